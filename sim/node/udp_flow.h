// A source of UDP datagrams at a pace, and what comes back for it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/base/pacing.h"
#include "sim/engine/event.h"
#include "sim/node/probe_listener.h"
#include "sim/service/service.h"
#include "sim/wire/packet.h"

namespace natsim {

class IpNode;

struct UdpFlowOptions {
  Ipv4Address destination{};
  std::uint16_t destination_port = 0;
  std::uint16_t source_port = 0;  ///< 0: an ephemeral one
  Bytes payload{};                ///< of each datagram
  std::uint64_t count = 1;
  Duration interval = Duration::milliseconds(10);
  std::optional<Pacer> pace{};              ///< instead of the two before
  std::uint32_t flows = 1;                  ///< source ports in turn, from source_port on
  Duration timeout = Duration::seconds(5);  ///< that a report waits for answers after the last one
};

/// Sends datagrams, the first at once when started. They are real packets, copied from a
/// template whose checksums are brought up to date: a source of millions is as cheap as it can be.
class UdpFlow final : public UdpService, private EventHandler {
 public:
  /// The node outlives the flow. Reports to `owner` when as many answers as datagrams are in, at an
  /// ICMP error, or at the timeout.
  UdpFlow(IpNode& node, UdpFlowOptions options, ProbeOwner owner);

  /// Sends the first datagram. False: no source address or route; the report says so.
  void start();
  JourneyId first_journey() const { return first_journey_; }
  std::uint16_t source_port() const { return options_.source_port; }
  std::uint64_t answered() const { return answered_; }

  void on_datagram(const Datagram& datagram, Instant now, Outbox& out) override;
  void on_icmp_error(const IcmpError& error) override;

 private:
  enum : std::uint64_t { kSend, kTimeout };
  void on_event(std::uint64_t what) override;
  bool make_template();
  void send_one();
  void report(ProbeOutcome outcome);

  IpNode& node_;
  UdpFlowOptions options_;
  ProbeOwner owner_;
  Pacer pace_;
  Packet template_;
  std::uint64_t sent_ = 0, answered_ = 0, bytes_received_ = 0;
  std::uint32_t flow_ = 0;
  bool reported_ = false;
  JourneyId first_journey_;
};

}  // namespace natsim
