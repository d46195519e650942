// The router that kernel cases were recorded on: three legs, static neighbours, one set of rules.
//
//   lan0 192.168.1.1/24    dmz0 172.16.5.1/24    wan0 203.0.113.1/24, .2, .3; default via .254
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "sim/filter/ruleset.h"
#include "sim/network/network.h"
#include "tests/support/far_end.h"

namespace natsim::lab {

/// A frame and the leg that it enters or leaves by: "lan", "dmz", "wan".
struct LegFrame {
  std::string leg;
  Bytes frame;
};

class KernelRouter final : public Storyteller {
 public:
  explicit KernelRouter(const Ruleset& rules);
  ~KernelRouter();

  /// Sends the frame into the router and lets `time` pass. What came out, leg by leg.
  std::vector<LegFrame> step(const LegFrame& in, Duration time = Duration::milliseconds(10));
  /// What the router said about its packets since the last step, a line each.
  std::string story() const override;
  Netfilter& filter() { return *router_->stack().filter(); }
  Instant now() const { return network_.now(); }

 private:
  struct Story;
  struct Leg {
    Leg(Lane& lane, NodeId id, std::string_view leg_name, MacAddress far_mac,
        const Storyteller& teller)
        : name(leg_name), far(lane, id, name, far_mac, teller) {}
    std::string name;
    FarEnd far;
    std::unique_ptr<Channel> to_router, to_far;
    std::size_t heard = 0;
  };
  void add_leg(std::string_view name, MacAddress router_mac, MacAddress far_mac,
               std::initializer_list<std::string_view> addresses,
               std::initializer_list<std::string_view> neighbors);

  std::unique_ptr<Story> story_;
  Network network_{1};
  IpNode* router_;
  std::deque<Leg> legs_;
};

/// Where two frames differ in what counts: the IPv4 packet, save for the identification of one that
/// the router made and the time of day in an ICMP timestamp reply. `input` is the frame that it
/// answers. Empty: alike.
std::string difference(const Bytes& expected, const Bytes& actual, const Bytes& input);

Bytes from_hex(std::string_view hex);

}  // namespace natsim::lab
