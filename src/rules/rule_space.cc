#include "src/rules/rule_space.h"

#include <algorithm>

#include "sim/filter/rule_program.h"
#include "src/rules/iptables_writer.h"

namespace natsim::rules {
namespace {

constexpr int kBaseStates = 5;     // NEW … UNTRACKED
constexpr int kCombinations = 20;  // each with SNAT, DNAT, both or neither

PortSet ports_of(PortRange range) {
  PortSet set;
  for (std::uint32_t port = range.first; port <= range.last; ++port) set.set(port);
  return set;
}

std::vector<bool> interfaces_of(const InterfaceMatch& match, const InterfaceTable& table) {
  const InterfaceSet set(match, table);
  std::vector<bool> held;
  for (std::uint32_t i = 0; i < table.all().size(); ++i) held.push_back(set.holds({i}));
  held.push_back(set.holds(kNoInterface));
  return held;
}

bool remembers(const Match& match) {
  return std::holds_alternative<LimitMatch>(match) ||
         std::holds_alternative<StatisticMatch>(match) ||
         std::holds_alternative<ConnlimitMatch>(match) ||
         std::holds_alternative<RecentMatch>(match) ||
         std::holds_alternative<HashlimitMatch>(match);
}

std::string written_as(const Match& match) {
  if (const auto* address = std::get_if<InterfaceAddressMatch>(&match))
    return "an address of " + address->interface;
  if (std::holds_alternative<SameInterfaceMatch>(match)) return "the same interface";
  return write_match(match);
}

bool covers(const std::vector<bool>& wide, const std::vector<bool>& narrow) {
  for (std::size_t i = 0; i < wide.size(); ++i)
    if (narrow[i] && !wide[i]) return false;
  return true;
}

bool are_apart(const std::vector<bool>& a, const std::vector<bool>& b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i] && b[i]) return false;
  return true;
}

template <std::size_t n>
bool covers(const std::bitset<n>& wide, const std::bitset<n>& narrow) {
  return (narrow & ~wide).none();
}

bool holds(const Prefix& wide, const Prefix& narrow) {
  return narrow.length >= wide.length && wide.contains(narrow.address);
}

}  // namespace

bool AddressSet::covers(const AddressSet& other) const {
  if (is_all() || other.is_none()) return true;
  if (!negated && !other.negated) return holds(prefix, other.prefix);
  if (negated && other.negated) return holds(other.prefix, prefix);
  if (negated) return !holds(prefix, other.prefix) && !holds(other.prefix, prefix);
  return false;
}

bool AddressSet::is_apart_from(const AddressSet& other) const {
  if (is_none() || other.is_none()) return true;
  if (!negated && !other.negated)
    return !holds(prefix, other.prefix) && !holds(other.prefix, prefix);
  if (negated && other.negated) return false;
  return negated ? holds(prefix, other.prefix) : holds(other.prefix, prefix);
}

// A combination's number is base + 5 * (SNAT + 2 * DNAT).
std::uint32_t state_combinations(StateMask mask, bool negated) {
  std::uint32_t held = 0;
  for (int i = 0; i < kCombinations; ++i) {
    const int nat = i / kBaseStates;
    const StateMask packet = StateMask(1u << (i % kBaseStates) | (nat & 1 ? kStateSnat : 0) |
                                       (nat & 2 ? kStateDnat : 0));
    if (((packet & mask) != 0) != negated) held |= 1u << i;
  }
  return held;
}

RuleSpace::RuleSpace(const Rule& rule, const InterfaceTable& interfaces)
    : source{rule.source.prefix, rule.source.negated},
      destination{rule.destination.prefix, rule.destination.negated},
      in(interfaces_of(rule.in, interfaces)),
      out(interfaces_of(rule.out, interfaces)) {
  protocols.set();
  if (rule.protocol.protocol) {
    protocols.reset();
    protocols.set(std::size_t(*rule.protocol.protocol));
    if (rule.protocol.negated) protocols.flip();
  }
  source_ports.set();
  destination_ports.set();
  const auto narrow = [this](PortSet& set, const PortSet& by, bool negated) {
    wants_ports = true;
    set &= negated ? ~by : by;
  };
  if (rule.source_port.ports)
    narrow(source_ports, ports_of(*rule.source_port.ports), rule.source_port.negated);
  if (rule.destination_port.ports)
    narrow(destination_ports, ports_of(*rule.destination_port.ports),
           rule.destination_port.negated);
  states = rule.state.states == 0 ? (1u << kCombinations) - 1
                                  : state_combinations(rule.state.states, rule.state.negated);
  if (rule.fragment == FragmentMatch::later_fragments) fragments = 2;
  if (rule.fragment == FragmentMatch::not_later_fragments) fragments = 1;
  for (const Match& match : rule.matches) {
    const auto* ports = std::get_if<MultiportMatch>(&match);
    if (ports != nullptr && ports->end != MultiportMatch::End::either) {
      PortSet any;
      for (const PortRange& range : ports->ports) any |= ports_of(range);
      narrow(ports->end == MultiportMatch::End::source ? source_ports : destination_ports, any,
             ports->negated);
      continue;
    }
    written.push_back(written_as(match));
    is_stateful |= remembers(match);
  }
  if (!wants_ports) return;
  std::bitset<256> with_ports;
  with_ports.set(std::size_t(Protocol::tcp)).set(std::size_t(Protocol::udp));
  protocols &= with_ports;
  fragments &= 1;
}

bool RuleSpace::is_empty() const {
  const auto none = [](const std::vector<bool>& set) {
    return std::find(set.begin(), set.end(), true) == set.end();
  };
  return source.is_none() || destination.is_none() || none(in) || none(out) || protocols.none() ||
         source_ports.none() || destination_ports.none() || states == 0 || fragments == 0;
}

bool RuleSpace::covers(const RuleSpace& narrow) const {
  if (is_stateful) return false;
  if ((narrow.states & ~states) != 0 || (narrow.fragments & ~fragments) != 0) return false;
  if (wants_ports && !narrow.wants_ports) return false;
  if (!source.covers(narrow.source) || !destination.covers(narrow.destination)) return false;
  if (!rules::covers(in, narrow.in) || !rules::covers(out, narrow.out)) return false;
  if (!rules::covers(protocols, narrow.protocols)) return false;
  const auto is_there = [&](const std::string& condition) {
    return std::find(narrow.written.begin(), narrow.written.end(), condition) !=
           narrow.written.end();
  };
  if (!std::all_of(written.begin(), written.end(), is_there)) return false;
  return !wants_ports || (rules::covers(source_ports, narrow.source_ports) &&
                          rules::covers(destination_ports, narrow.destination_ports));
}

bool RuleSpace::is_apart_from(const RuleSpace& other) const {
  if ((states & other.states) == 0 || (fragments & other.fragments) == 0) return true;
  if (source.is_apart_from(other.source) || destination.is_apart_from(other.destination))
    return true;
  if (are_apart(in, other.in) || are_apart(out, other.out)) return true;
  if ((protocols & other.protocols).none()) return true;
  return (source_ports & other.source_ports).none() ||
         (destination_ports & other.destination_ports).none();
}

RuleSpace RuleSpace::answers() const {
  RuleSpace back = *this;
  std::swap(back.source, back.destination);
  std::swap(back.source_ports, back.destination_ports);
  std::swap(back.in, back.out);
  back.states = state_combinations(kStateEstablished, false);
  return back;
}

bool RuleSpace::has_new() const { return (states & state_combinations(kStateNew, false)) != 0; }

bool is_final(const Target& target) {
  return !std::holds_alternative<ContinueTarget>(target) &&
         !std::holds_alternative<JumpTarget>(target) &&
         !std::holds_alternative<LogTarget>(target) &&
         !std::holds_alternative<MarkTarget>(target) &&
         !std::holds_alternative<ConnmarkTarget>(target) &&
         !std::holds_alternative<NotrackTarget>(target) &&
         !std::holds_alternative<TtlTarget>(target) &&
         !std::holds_alternative<TcpMssTarget>(target) &&
         !std::holds_alternative<DscpTarget>(target);
}

}  // namespace natsim::rules
