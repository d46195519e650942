// A network under load: nodes and cables by hand, senders of datagrams, one host that gets them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/network/network.h"
#include "tools/bench/scenario/settings.h"

namespace natsim::bench {

/// Where a host's datagrams go.
inline constexpr std::uint16_t kSinkPort = 9000;
/// The first of those that they come from.
inline constexpr std::uint16_t kSourcePort = 10'000;
/// Source ports of one sender at most.
inline constexpr std::uint32_t kFlowsMax = 50'000;
/// Between two datagrams of all senders together.
inline constexpr Duration kInterval = Duration::microseconds(2);

/// A host that sends: `flows` source ports in turn, to one port of the receiver.
struct Sender {
  IpNode* host = nullptr;
  IpNode* receiver = nullptr;
  Ipv4Address target;  ///< the receiver's
  std::uint32_t flows = 1;
  std::uint16_t port = kSinkPort;
};

/// Who sends to whom.
struct Plan {
  Network network{1};
  std::vector<Sender> senders;
  bool apart = false;           ///< the senders' ways have nothing in common
  IpNode* gateway = nullptr;    ///< the router that translates, if one does
  std::uint32_t hops = 0;       ///< cables between a sender and the receiver
  std::int64_t stagger_ns = 0;  ///< one sender starts so much after the other
};

/// host - routers - host, a packet every 2 us; `settings.chains` of them.
void plan_chain(Plan& plan, const Settings& settings);
/// All hosts but the first send to it, through one router; the first one's cable carries the sum.
void plan_star(Plan& plan, const Settings& settings);
/// host - masquerading router - host. Each 50,000 connections go to a port of their own.
void plan_nat(Plan& plan, const Settings& settings);

/// An interface named `name` at `node`, with an address ("10.0.0.1/24").
IfIndex add_interface(Network& network, IpNode& node, const std::string& name,
                      const std::string& address);
/// Cables of 10 Gbit/s that hold what waits (6 MiB), unless told otherwise.
ChannelOptions cable(std::int64_t delay_ns, std::uint64_t bandwidth_bps = 10'000'000'000);
void add_route(IpNode& node, const std::string& to, IfIndex out, const std::string& via);

}  // namespace natsim::bench
