#include "tests/filter/random_rules.h"

#include <fmt/format.h>

#include <array>
#include <span>

#include "sim/filter/match_eval.h"
#include "sim/wire/ipv4.h"
#include "tests/filter/packets.h"

namespace natsim::test {

namespace {

constexpr std::array kAddresses = {Ipv4Address::of(10, 0, 0, 2), Ipv4Address::of(10, 0, 0, 3),
                                   Ipv4Address::of(10, 0, 1, 2), Ipv4Address::of(203, 0, 113, 10),
                                   Ipv4Address::of(203, 0, 113, 11)};
constexpr std::array<std::uint8_t, 6> kLengths = {0, 8, 24, 31, 32, 32};
constexpr std::array<std::uint16_t, 7> kPorts = {0, 22, 53, 80, 443, 8080, 65535};
constexpr std::array kProtocols = {Protocol::udp, Protocol::tcp, Protocol::icmp, Protocol::gre};
constexpr std::array kPatterns = {"lan", "wan", "ppp0", "ppp+", "+"};
constexpr std::array kStates = {ConnectionState::untracked, ConnectionState::invalid,
                                ConnectionState::new_, ConnectionState::established,
                                ConnectionState::related};
constexpr std::uint16_t kInterfaces = 4;

/// Draws values; `one_in(n)` is true so often.
struct Draw {
  Prng& chance;

  bool one_in(std::uint32_t n) { return chance.chance({1, n}); }
  template <class List>
  auto of(const List& list) {
    return list[chance.below(std::size(list))];
  }
  Prefix prefix() { return {of(kAddresses), of(kLengths)}; }
  PortRange ports() {
    const std::uint16_t a = of(kPorts), b = of(kPorts);
    if (one_in(2)) return {a, a};
    return {std::min(a, b), std::max(a, b)};
  }
  IfIndex interface() {
    return one_in(8) ? kNoInterface : IfIndex{std::uint16_t(chance.below(kInterfaces))};
  }
  StateMask states() { return StateMask(1 + chance.below(31)); }
};

InterfaceMatch random_interfaces(Draw& draw) {
  InterfaceMatch match;
  while (draw.one_in(3)) match.patterns.push_back(draw.of(kPatterns));
  match.negated = draw.one_in(4);
  return match;
}

Match random_packet_match(Draw& draw, bool has_ports) {
  const auto small = [&draw] { return std::uint32_t(draw.chance.below(4)); };
  switch (draw.chance.below(has_ports ? 6 : 5)) {
    case 0: return MarkMatch{small(), std::uint32_t(3), draw.one_in(3), false};
    case 1: return TtlMatch{TtlMatch::Relation(small()), std::uint8_t(62 + small())};
    case 2: return LengthMatch{std::uint16_t(20 + 10 * small()), 60, draw.one_in(3)};
    case 3: return DscpMatch{std::uint8_t(small()), draw.one_in(3)};
    case 4: return SameInterfaceMatch{};
    default: {
      MultiportMatch match{MultiportMatch::End(draw.chance.below(3)), {}, draw.one_in(3)};
      do match.ports.push_back(draw.ports());
      while (draw.one_in(2));
      return match;
    }
  }
}

Match random_remembering_match(Draw& draw) {
  switch (draw.chance.below(4)) {
    case 0: return LimitMatch{Duration::milliseconds(3), 1 + std::uint32_t(draw.chance.below(3))};
    case 1: {
      StatisticMatch match;
      match.every = 2 + std::uint32_t(draw.chance.below(3));
      match.negated = draw.one_in(3);
      if (draw.one_in(2)) {
        match.mode = StatisticMatch::Mode::random;
        match.probability = {1, 3};
      }
      return match;
    }
    case 2: {
      RecentMatch match;
      match.operation = RecentMatch::Operation(draw.chance.below(4));
      match.negated = draw.one_in(3);
      return match;
    }
    default: {
      HashlimitMatch match;
      match.name = "h";
      match.interval = Duration::milliseconds(5);
      match.burst = 2;
      match.by_source = true;
      return match;
    }
  }
}

/// `callable`: user chains that a rule here may jump to.
Target random_target(Draw& draw, Table table, std::span<const char* const> callable) {
  switch (draw.chance.below(callable.empty() ? 6 : 8)) {
    case 0: return ContinueTarget{};
    case 1: return AcceptTarget{};
    case 2: return DropTarget{};
    case 3: return ReturnTarget{};
    case 4:
    case 5:
      if (table == Table::filter) return RejectTarget{};
      if (draw.one_in(3)) return TtlTarget{TtlTarget::Operation::set, 63};
      if (draw.one_in(2)) return DscpTarget{std::uint8_t(draw.chance.below(4))};
      return MarkTarget{std::uint32_t(draw.chance.below(4)), 3};
    case 6: return JumpTarget{draw.of(callable)};
    default: return GotoTarget{draw.of(callable)};
  }
}

Rule random_rule(Draw& draw, Table table, Kinds kinds, std::span<const char* const> callable) {
  Rule rule;
  if (draw.one_in(3)) rule.source = {draw.prefix(), draw.one_in(4)};
  if (draw.one_in(3)) rule.destination = {draw.prefix(), draw.one_in(4)};
  if (draw.one_in(4)) rule.in = random_interfaces(draw);
  if (draw.one_in(4)) rule.out = random_interfaces(draw);
  if (draw.one_in(3)) rule.state = {draw.states(), draw.one_in(4)};
  if (draw.one_in(10)) rule.fragment = FragmentMatch(1 + draw.chance.below(2));
  const bool has_ports = draw.one_in(2);
  if (has_ports) {
    rule.protocol.protocol = draw.one_in(2) ? Protocol::udp : Protocol::tcp;
    if (draw.one_in(3)) rule.source_port = {draw.ports(), draw.one_in(4)};
    if (!draw.one_in(3)) rule.destination_port = {draw.ports(), draw.one_in(4)};
  } else if (draw.one_in(3)) {
    rule.protocol = {draw.of(kProtocols), draw.one_in(4)};
  }
  while (draw.one_in(4)) rule.matches.push_back(random_packet_match(draw, has_ports));
  if (kinds == Kinds::all && draw.one_in(5)) rule.matches.push_back(random_remembering_match(draw));
  rule.target = random_target(draw, table, callable);
  return rule;
}

std::string target_words(const Target& target) {
  static constexpr std::array kNames = {"CONTINUE",   "ACCEPT", "DROP",   "RETURN",   "REJECT",
                                        "JUMP",       "GOTO",   "LOG",    "MARK",     "CONNMARK",
                                        "MASQUERADE", "SNAT",   "DNAT",   "REDIRECT", "NETMAP",
                                        "NOTRACK",    "TTL",    "TCPMSS", "DSCP"};
  static_assert(kNames.size() == std::variant_size_v<Target>);
  std::string words = kNames[target.index()];
  if (const auto* jump = std::get_if<JumpTarget>(&target)) words += " " + jump->chain;
  if (const auto* go = std::get_if<GotoTarget>(&target)) words += " " + go->chain;
  if (const auto* mark = std::get_if<MarkTarget>(&target)) words += fmt::format(" {}", mark->value);
  return words;
}

std::string rule_words(const Rule& rule) {
  std::string words = rule.label.name;
  const auto add = [&words](const char* option, bool negated, const std::string& value) {
    words += fmt::format("{} {} {}", negated ? " !" : "", option, value);
  };
  const auto ports = [](const PortRange& range) {
    return fmt::format("{}:{}", range.first, range.last);
  };
  if (rule.source.prefix.length > 0 || rule.source.negated)
    add("-s", rule.source.negated, rule.source.prefix.to_string());
  if (rule.destination.prefix.length > 0 || rule.destination.negated)
    add("-d", rule.destination.negated, rule.destination.prefix.to_string());
  for (const std::string& name : rule.in.patterns) add("-i", rule.in.negated, name);
  for (const std::string& name : rule.out.patterns) add("-o", rule.out.negated, name);
  if (rule.protocol.protocol)
    add("-p", rule.protocol.negated, std::to_string(int(*rule.protocol.protocol)));
  if (rule.fragment != FragmentMatch::any)
    add("-f", rule.fragment == FragmentMatch::not_later_fragments, "");
  if (rule.source_port.ports)
    add("--sport", rule.source_port.negated, ports(*rule.source_port.ports));
  if (rule.destination_port.ports)
    add("--dport", rule.destination_port.negated, ports(*rule.destination_port.ports));
  if (rule.state.states != 0)
    add("--ctstate", rule.state.negated, fmt::format("{:#x}", rule.state.states));
  for (const Match& match : rule.matches) add("-m", false, match_name(match));
  return words + " -j " + target_words(rule.target);
}

/// Calls `leave_out(i)` for each i from the last on; it says whether the failure stayed.
template <class LeaveOut>
bool shrink_list(std::size_t size, LeaveOut leave_out) {
  bool shrunk = false;
  for (std::size_t i = size; i-- > 0;) shrunk = leave_out(i) || shrunk;
  return shrunk;
}

}  // namespace

std::vector<InterfaceInfo> random_rules_interfaces() {
  return {{"lan", {*Prefix::parse("10.0.0.1/8")}},
          {"wan", {*Prefix::parse("203.0.113.1/24")}},
          {"ppp0", {}},
          {"ppp1", {}}};
}

Ruleset random_ruleset(Prng& chance, Kinds kinds, std::uint32_t rules_max) {
  static constexpr std::array kChains = {"FORWARD", "A", "B", "C"};  // each may call later ones
  Draw draw{chance};
  Ruleset ruleset;
  int number = 0;
  for (const Table table : {Table::mangle, Table::filter}) {
    for (std::size_t i = 0; i < kChains.size(); ++i) {
      Chain& chain = ruleset.table(table).chain(kChains[i]);
      chain.accept = draw.one_in(2);
      chain.policy_label = {to_string(table), kChains[i], "policy", {}};
      const auto callable = std::span(kChains).subspan(i + 1);
      for (std::uint64_t rules = chance.below(rules_max + 1); rules > 0; --rules) {
        Rule rule = random_rule(draw, table, kinds, callable);
        rule.label = {to_string(table), kChains[i], fmt::format("r{}", number++), {}};
        chain.rules.push_back(std::move(rule));
      }
    }
  }
  return ruleset;
}

std::vector<Sample> random_samples(Prng& chance, std::size_t count) {
  Draw draw{chance};
  std::vector<Sample> samples;
  while (samples.size() < count) {
    const Ipv4Address from = draw.of(kAddresses), to = draw.of(kAddresses);
    const std::uint16_t source = draw.of(kPorts), destination = draw.of(kPorts);
    Sample sample;
    switch (chance.below(5)) {
      case 0: sample.packet = tcp(from, source, to, destination, {.flags = "S"}); break;
      case 1: sample.packet = ping(from, to, source); break;
      case 2: sample.packet = ipv4(from, to, Protocol::gre, Bytes(chance.below(20))); break;
      default:
        sample.packet = udp(from, source, to, destination, draw.one_in(2) ? "x" : "some more");
    }
    MutableIpv4View header(sample.packet.data(), sample.packet.size());
    if (draw.one_in(3)) header.set_ttl(std::uint8_t(62 + chance.below(3)));
    if (draw.one_in(10)) {  // a later fragment: no ports in it
      store_be16(sample.packet.data() + 6, 100);
      header.finish_checksum();
    }
    sample.in = draw.interface();
    sample.out = draw.interface();
    sample.state = draw.of(kStates);
    sample.mark = std::uint32_t(chance.below(4));
    samples.push_back(std::move(sample));
  }
  return samples;
}

std::string describe(const Sample& sample) {
  const auto name = [](IfIndex interface) {
    return interface == kNoInterface ? "-" : random_rules_interfaces()[interface.value].name;
  };
  return fmt::format("{} from {} to {}, {}, mark {}", tuple_of(sample.packet), name(sample.in),
                     name(sample.out), to_string(sample.state), sample.mark);
}

std::string describe(const Ruleset& ruleset) {
  std::string text;
  for (const TableRules& table : ruleset.tables)
    for (const Chain& chain : table.chains) {
      if (chain.rules.empty() && !base_chain_hook(chain.name)) continue;
      text += fmt::format("{} {}{}\n", to_string(table.table), chain.name,
                          chain.accept ? "" : ", policy drop");
      for (const Rule& rule : chain.rules) text += "  " + rule_words(rule) + "\n";
    }
  return text;
}

std::string fewest(Ruleset ruleset, std::vector<Sample> samples, const Trial& trial) {
  const auto keep_if_wrong = [&](auto& place, auto smaller) {
    auto before = std::exchange(place, std::move(smaller));
    if (!trial(ruleset, samples).empty()) return true;
    place = std::move(before);
    return false;
  };
  const auto without = [](auto list, std::size_t at) {
    list.erase(list.begin() + std::ptrdiff_t(at));
    return list;
  };
  for (bool shrunk = true; shrunk;) {
    shrunk = shrink_list(
        samples.size(), [&](std::size_t i) { return keep_if_wrong(samples, without(samples, i)); });
    for (TableRules& table : ruleset.tables)
      for (Chain& chain : table.chains)
        shrunk = shrink_list(chain.rules.size(),
                             [&](std::size_t i) {
                               return keep_if_wrong(chain.rules, without(chain.rules, i));
                             }) ||
                 shrunk;
  }
  std::string text = trial(ruleset, samples) + "\nrules:\n" + describe(ruleset) + "packets:\n";
  for (const Sample& sample : samples) text += "  " + describe(sample) + "\n";
  return text;
}

}  // namespace natsim::test
