// The far end of a cable: a bare interface with a script.
//
//   FarEnd& wan = lab.far("wan", "203.0.113.10");
//   wan.sends(5_ms, udp({.src = "203.0.113.10:53", .dst = "10.0.0.2:1000"}));
//   lab.run(1_s);
//   EXPECT_FRAME(wan.next(), icmp(3, 3));
//   EXPECT_SILENCE(wan);
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/engine/event.h"
#include "sim/link/interface.h"
#include "tests/support/frame.h"
#include "tests/support/sighting.h"

namespace natsim::lab {

/// With addresses, it is a station that answers ARP requests for them, and next() passes over ARP:
/// scripts of packets need not care how they are resolved. Without, it answers nothing and next()
/// shows everything. It is not told of what is meant for other stations but takes all frames.
class FarEnd final : private FrameHandler, private EventHandler {
 public:
  FarEnd(Lane& lane, NodeId id, std::string name, MacAddress mac, const Storyteller& teller);
  FarEnd(const FarEnd&) = delete;
  FarEnd& operator=(const FarEnd&) = delete;

  const std::string& name() const { return name_; }
  Interface& interface() { return interface_; }
  OrderSource& order() { return order_; }
  MacAddress mac() const { return interface_.mac(); }
  /// Where frames go that say nothing else; a cable sets it to what is plugged in at its other end.
  void talk_to(MacAddress peer) { peer_ = peer; }
  void answer_arp_for(std::string_view address) { addresses_.push_back(ip(address)); }

  /// Puts the frame on the cable so much later than now.
  void sends(Duration later, const Frame& frame);
  /// The next frame that came and was not looked at.
  Sighting next();
  /// The same of ARP frames only, whether next() shows them or not.
  Sighting next_arp();
  /// How many frames next() would still show.
  std::size_t waiting() const;
  /// What came so far needs no look.
  void skip();
  /// Everything that ever came, ARP too.
  const std::vector<Sighting>& heard() const { return heard_; }

 private:
  void on_frame(Interface& from, Packet&& frame) override;
  void on_event(std::uint64_t number) override;
  bool passes_over(const Sighting& seen) const;
  void answer_arp(const Sighting& seen);
  void put_on_cable(const Bytes& bytes);

  Lane& lane_;
  std::string name_;
  OrderSource order_;
  Interface interface_;
  const Storyteller& teller_;
  MacAddress peer_;
  std::vector<Ipv4Address> addresses_;
  std::vector<Bytes> script_;
  std::uint64_t journeys_;
  std::vector<Sighting> heard_;
  std::size_t looked_at_ = 0, arp_looked_at_ = 0;
};

}  // namespace natsim::lab
