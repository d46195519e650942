#include "src/report/rule_account.h"

#include <fmt/format.h>

#include <string_view>
#include <vector>

#include "sim/filter/rule.h"
#include "sim/wire/tcp.h"
#include "src/report/text.h"
#include "src/rules/iptables_writer.h"

namespace natsim {
namespace {

std::string unless(bool negated, std::string text) { return negated ? "not " + text : text; }

std::string interface_words(const NodeNames& node, IfIndex interface) {
  return interface.value < node.interfaces.size() ? node.interfaces[interface.value] : "none";
}

std::string alternatives(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i)
    text += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i];
  return text;
}

std::string range_words(const char* what, PortRange range) {
  if (range.first == range.last) return fmt::format("{} {}", what, range.first);
  return fmt::format("{}s {}-{}", what, range.first, range.last);
}

std::string state_words(StateMask states) {
  std::vector<std::string> words;
  constexpr const char* kWords[] = {"NEW",       "ESTABLISHED", "RELATED", "INVALID",
                                    "UNTRACKED", "SNAT",        "DNAT"};
  for (int bit = 0; bit < 7; ++bit)
    if (states & 1 << bit) words.emplace_back(kWords[bit]);
  return alternatives(words);
}

std::string prefix_words(const Prefix& prefix) {
  return prefix.length == 32 ? prefix.address.to_string() : prefix.to_string();
}

std::string ports_had(const SeenPacket& seen, std::uint16_t port) {
  return seen.has_ports ? fmt::to_string(port) : "no ports";
}

/// What a packet has where one of the further matches looks. Empty: more than the packet decides.
struct Had {
  const SeenPacket& seen;
  const NodeNames& node;

  std::string operator()(const MultiportMatch& m) const {
    if (!seen.has_ports) return "no ports";
    const std::string source = fmt::to_string(seen.tuple.source.port);
    const std::string destination = fmt::to_string(seen.tuple.destination.port);
    switch (m.end) {
      case MultiportMatch::End::source: return source;
      case MultiportMatch::End::destination: return destination;
      case MultiportMatch::End::either: break;
    }
    return source + " and " + destination;
  }
  std::string operator()(const IcmpMatch&) const {
    if (seen.icmp_type == 255) return to_string(seen.tuple.protocol);
    return fmt::format("type {}, code {}", seen.icmp_type, seen.icmp_code);
  }
  std::string operator()(const TcpFlagsMatch&) const {
    return seen.tuple.protocol == Protocol::tcp ? tcp_flags_to_string(seen.tcp_flags)
                                                : to_string(seen.tuple.protocol);
  }
  std::string operator()(const IpRangeMatch&) const {
    return seen.tuple.source.address.to_string() + " to " +
           seen.tuple.destination.address.to_string();
  }
  std::string operator()(const MarkMatch& m) const {
    return m.of_connection ? std::string() : fmt::format("{:#x}", seen.mark);
  }
  std::string operator()(const TtlMatch&) const { return fmt::to_string(seen.ttl); }
  std::string operator()(const LengthMatch&) const { return fmt::to_string(seen.length); }
  std::string operator()(const DscpMatch&) const { return fmt::format("{:#04x}", seen.tos >> 2); }
  std::string operator()(const TosMatch&) const { return fmt::format("{:#04x}", seen.tos); }
  std::string operator()(const ConntrackMatch&) const { return to_string(seen.state); }
  std::string operator()(const InterfaceAddressMatch&) const {
    return seen.tuple.destination.address.to_string();
  }
  std::string operator()(const SameInterfaceMatch&) const {
    return interface_words(node, seen.in) + " and " + interface_words(node, seen.out);
  }
  template <class Other>
  std::string operator()(const Other&) const {
    return {};
  }
};

/// What a further match asks for: iptables' words where it has them.
std::string wanted_by(const Match& match) {
  if (const auto* address = std::get_if<InterfaceAddressMatch>(&match))
    return "an address of " + address->interface;
  if (std::holds_alternative<SameInterfaceMatch>(match))
    return "the interface that it came in by to be the one it leaves by";
  if (const auto* ports = std::get_if<MultiportMatch>(&match)) {
    std::vector<std::string> words;
    for (const PortRange& range : ports->ports)
      words.push_back(range.first == range.last ? fmt::to_string(range.first)
                                                : fmt::format("{}-{}", range.first, range.last));
    using End = MultiportMatch::End;
    const char* const what = ports->end == End::source        ? "source port "
                             : ports->end == End::destination ? "port "
                                                              : "either port ";
    return unless(ports->negated, what + alternatives(words));
  }
  std::string text = rules::write_match(match);
  if (text.starts_with("-m ")) text.erase(0, text.find(' ', 3) + 1);  // its module's name
  return text;
}

RuleAccount further_account(const Match& match, const SeenPacket& seen, const NodeNames& node) {
  return {wanted_by(match), std::visit(Had{seen, node}, match)};
}

RuleAccount interface_account(const char* how, const InterfaceMatch& match, IfIndex found,
                              const NodeNames& node) {
  const bool came = std::string_view(how) == "arrival by";
  RuleAccount account{
      unless(match.negated, fmt::format("{} {}", how, alternatives(match.patterns))),
      interface_words(node, found), came ? "came by" : "leaves by"};
  if (found == kNoInterface) account.had = came ? "is this node's own" : "stays here";
  if (found == kNoInterface) account.verb = "";
  return account;
}

RuleAccount fragment_account(const Rule& rule, const SeenPacket& seen) {
  return {rule.fragment == FragmentMatch::later_fragments ? "a fragment that is not the first"
                                                          : "no later fragment",
          seen.fragment_offset == 0 ? "a first fragment or whole" : "a later fragment", "is"};
}

RuleAccount common_account(const Rule& rule, std::string_view part, const SeenPacket& seen,
                           const NodeNames& node) {
  const Tuple& tuple = seen.tuple;
  if (part == "in-interface") return interface_account("arrival by", rule.in, seen.in, node);
  if (part == "out-interface") return interface_account("departure by", rule.out, seen.out, node);
  if (part == "source")
    return {unless(rule.source.negated, "source " + prefix_words(rule.source.prefix)),
            tuple.source.address.to_string()};
  if (part == "destination")
    return {
        unless(rule.destination.negated, "destination " + prefix_words(rule.destination.prefix)),
        tuple.destination.address.to_string()};
  if (part == "protocol")
    return {unless(rule.protocol.negated, to_string(*rule.protocol.protocol)),
            to_string(tuple.protocol), "is"};
  if (part == "sport")
    return {unless(rule.source_port.negated, range_words("source port", *rule.source_port.ports)),
            ports_had(seen, tuple.source.port)};
  if (part == "dport")
    return {
        unless(rule.destination_port.negated, range_words("port", *rule.destination_port.ports)),
        ports_had(seen, tuple.destination.port)};
  if (part == "ctstate")
    return {unless(rule.state.negated, "state " + state_words(rule.state.states)),
            to_string(seen.state), "is"};
  return fragment_account(rule, seen);
}

}  // namespace

std::optional<RuleAccount> account_of(const RuleStep& step, const SeenPacket& seen,
                                      const NodeNames& node) {
  if (step.matched || step.body == nullptr || step.failed_match == nullptr) return std::nullopt;
  if (step.failed_further < 0) return common_account(*step.body, step.failed_match, seen, node);
  if (std::size_t(step.failed_further) >= step.body->matches.size()) return std::nullopt;
  return further_account(step.body->matches[std::size_t(step.failed_further)], seen, node);
}

std::string account_words(const RuleAccount& account) {
  std::string text = "wants " + printable(account.wanted);
  if (account.had.empty()) return text;
  return text + ", the packet " + account.verb + (*account.verb == 0 ? "" : " ") + account.had;
}

// That a rule is for another state than the packet's says nothing: no packet can be sent otherwise.
bool came_near(const RuleStep& step) {
  return !step.matched && step.failed_count <= 1 && step.failed_match != nullptr &&
         std::string_view(step.failed_match) != "ctstate";
}

}  // namespace natsim
