#include "tools/bench/scenario/rules.h"

#include <memory>
#include <utility>
#include <vector>

#include "sim/filter/netfilter.h"

namespace natsim::bench {
namespace {

constexpr StateMask kReplies = kStateEstablished | kStateRelated;

Rule state_rule(StateMask states, Target target) {
  Rule rule;
  rule.state.states = states;
  rule.target = std::move(target);
  return rule;
}

Rule service_rule(Protocol protocol, std::uint16_t port) {
  Rule rule = state_rule(kStateNew, AcceptTarget{});
  rule.protocol.protocol = protocol;
  rule.destination_port.ports = PortRange{port, port};
  return rule;
}

Rule between(Rule rule, const std::string& in, const std::string& out) {
  rule.in.patterns = {in};
  rule.out.patterns = {out};
  return rule;
}

}  // namespace

Ruleset empty_chains() {
  Ruleset rules;
  for (const char* chain : {"INPUT", "FORWARD", "OUTPUT"}) rules.table(Table::filter).chain(chain);
  return rules;
}

Ruleset ten_stateful_rules(const std::string& in, const std::string& out) {
  Ruleset rules = empty_chains();
  Chain& forward = rules.table(Table::filter).chain("FORWARD");
  forward.accept = false;
  Rule ping;
  ping.protocol.protocol = Protocol::icmp;
  ping.target = AcceptTarget{};
  Rule bogon;
  bogon.source.prefix = *Prefix::parse("192.0.2.0/24");
  bogon.target = DropTarget{};
  Rule datagrams = between(state_rule(kStateNew, AcceptTarget{}), in, out);
  datagrams.protocol.protocol = Protocol::udp;
  forward.rules = {state_rule(kReplies, AcceptTarget{}),
                   state_rule(kStateInvalid, DropTarget{}),
                   std::move(bogon),
                   std::move(ping),
                   service_rule(Protocol::tcp, 22),
                   service_rule(Protocol::tcp, 80),
                   service_rule(Protocol::tcp, 443),
                   service_rule(Protocol::udp, 53),
                   service_rule(Protocol::udp, 123),
                   std::move(datagrams)};
  return rules;
}

Ruleset masquerading(const std::string& in, const std::string& out) {
  Ruleset rules = empty_chains();
  Chain& forward = rules.table(Table::filter).chain("FORWARD");
  forward.accept = false;
  forward.rules = {state_rule(kReplies, AcceptTarget{}), state_rule(kStateInvalid, DropTarget{}),
                   between(state_rule(0, AcceptTarget{}), in, out)};
  Rule masquerade;
  masquerade.out.patterns = {out};
  masquerade.target = MasqueradeTarget{};
  rules.table(Table::nat).chain("POSTROUTING").rules = {std::move(masquerade)};
  return rules;
}

void install(IpNode& node, Ruleset rules, std::uint32_t conntrack_max) {
  std::vector<InterfaceInfo> interfaces;
  for (std::size_t i = 0; i < node.stack().interface_count(); ++i)
    interfaces.push_back({node.stack().interface({std::uint32_t(i)}).name, {}});
  NetfilterOptions options;
  options.conntrack_max = conntrack_max;
  node.stack().set_filter(std::make_unique<Netfilter>(std::move(rules), std::move(interfaces),
                                                      Prng::stream(1, node.name()), options));
}

}  // namespace natsim::bench
