// Matches in nft's words.
#include <fmt/format.h>

#include "sim/filter/connection.h"
#include "src/rules/nft_writer.h"
#include "src/rules/spelling.h"

namespace natsim::rules {
namespace {

const char* unless(bool negated) { return negated ? "!= " : ""; }

/// "a & mask == value", short where the mask is whole.
std::string masked(const char* what, std::uint32_t value, std::uint32_t mask, std::uint32_t whole,
                   bool negated) {
  const char* const relation = negated ? "!=" : "==";
  if (mask == whole) return fmt::format("{} {} {:#x}", what, relation, value);
  return fmt::format("{} & {:#x} {} {:#x}", what, mask, relation, value);
}

std::string flag_words(std::uint8_t flags) {
  static constexpr const char* kNames[] = {"fin", "syn", "rst", "psh", "ack", "urg"};
  std::string text;
  for (int i = 0; i < 6; ++i)
    if (flags >> i & 1) text += (text.empty() ? "" : "|") + std::string(kNames[i]);
  return text.empty() ? "0x0" : text;
}

std::string type_words(const char* end, std::uint8_t types, bool negated) {
  static constexpr const char* kTypes[] = {"unicast",   "local",  "broadcast",
                                           "multicast", "unspec", "anycast"};
  std::string words;
  for (int i = 0; i < 6; ++i)
    if (types >> i & 1) words += (words.empty() ? "" : ", ") + std::string(kTypes[i]);
  return fmt::format("fib {} type {}{{ {} }}", end, unless(negated), words);
}

/// limit's "3/min" with nft's names of the units.
std::string rate_words(Duration interval) {
  std::string text = rate_text(interval);
  if (text.ends_with("sec")) return text.substr(0, text.size() - 3) + "second";
  if (text.ends_with("min")) return text.substr(0, text.size() - 3) + "minute";
  return text;
}

class ConntrackWords {
 public:
  std::string write(const ConntrackMatch& m);

 private:
  void add(const std::string& part) { text_ += (text_.empty() ? "" : " ") + part; }
  void add(const char* what, const std::optional<Negatable<Prefix>>& prefix) {
    if (prefix)
      add(fmt::format("ct {} {}{}", what, unless(prefix->negated), prefix->value.to_string()));
  }
  void add(const char* what, const std::optional<Negatable<PortRange>>& ports) {
    if (ports)
      add(fmt::format("ct {} {}{}", what, unless(ports->negated), ports_text(ports->value, '-')));
  }
  std::string text_;
};

std::string ConntrackWords::write(const ConntrackMatch& m) {
  // Words for a single status only, and none for what expires.
  if (m.expires || (m.status && m.status->value == 0)) return {};
  if (m.states) {
    const std::string states = nft_states(m.states->value, m.states->negated);
    if (states.empty()) return {};
    add(states);
  }
  if (m.direction != ConntrackMatch::Direction::any)
    add(m.direction == ConntrackMatch::Direction::reply ? "ct direction reply"
                                                        : "ct direction original");
  if (m.protocol)
    add(fmt::format("ct original protocol {}{}", unless(m.protocol->negated),
                    int(m.protocol->value)));
  add("original ip saddr", m.original_source);
  add("original ip daddr", m.original_destination);
  add("reply ip saddr", m.reply_source);
  add("reply ip daddr", m.reply_destination);
  const bool ports = m.original_source_port || m.original_destination_port || m.reply_source_port ||
                     m.reply_destination_port;
  if (ports && !m.protocol) return {};
  add("original proto-src", m.original_source_port);
  add("original proto-dst", m.original_destination_port);
  add("reply proto-src", m.reply_source_port);
  add("reply proto-dst", m.reply_destination_port);
  if (m.status) {
    std::string words;
    for (const auto& [bit, word] : {std::pair<std::uint16_t, const char*>{kExpected, "expected"},
                                    {kSeenReply, "seen-reply"},
                                    {kAssured, "assured"},
                                    {kConfirmed, "confirmed"}})
      if (m.status->value & bit) words += (words.empty() ? "" : ",") + std::string(word);
    add(fmt::format("ct status {}{}", unless(m.status->negated), words));
  }
  return text_;
}

struct Words {
  const std::string& transport;

  std::string operator()(const MultiportMatch& m) const {
    if (m.end == MultiportMatch::End::either) return {};
    std::string list;
    for (const PortRange& range : m.ports)
      list += (list.empty() ? "" : ", ") + ports_text(range, '-');
    return fmt::format("{} {} {}{{ {} }}", transport,
                       m.end == MultiportMatch::End::source ? "sport" : "dport", unless(m.negated),
                       list);
  }
  std::string operator()(const IcmpMatch& m) const {
    if (!m.type) return m.negated ? "" : "meta l4proto icmp";
    const bool any_code = m.code_first == 0 && m.code_last == 255;
    if (any_code) return fmt::format("icmp type {}{}", unless(m.negated), *m.type);
    if (m.negated) return {};
    return fmt::format("icmp type {} icmp code {}", *m.type,
                       ports_text({m.code_first, m.code_last}, '-'));
  }
  std::string operator()(const TcpFlagsMatch& m) const {
    return fmt::format("tcp flags & ({}) {} {}", flag_words(m.mask),
                       m.negated ? "!=" : "==", flag_words(m.set));
  }
  std::string operator()(const MacMatch& m) const {
    return fmt::format("ether saddr {}{}", unless(m.negated), m.source.to_string());
  }
  std::string operator()(const IpRangeMatch& m) const {
    std::string out;
    const auto add = [&](const char* end, const std::optional<IpRangeMatch::Range>& range) {
      if (!range) return;
      const std::string last = range->last == range->first ? "" : "-" + range->last.to_string();
      out += fmt::format("{}ip {} {}{}{}", out.empty() ? "" : " ", end, unless(range->negated),
                         range->first.to_string(), last);
    };
    add("saddr", m.source);
    add("daddr", m.destination);
    return out;
  }
  std::string operator()(const MarkMatch& m) const {
    return masked(m.of_connection ? "ct mark" : "meta mark", m.value, m.mask, 0xffff'ffff,
                  m.negated);
  }
  std::string operator()(const TtlMatch& m) const {
    static constexpr const char* kRelations[] = {"==", "!=", "<", ">"};
    return fmt::format("ip ttl {} {}", kRelations[int(m.relation)], m.value);
  }
  std::string operator()(const LengthMatch& m) const {
    return fmt::format("meta length {}{}", unless(m.negated), ports_text({m.first, m.last}, '-'));
  }
  std::string operator()(const DscpMatch& m) const {
    return fmt::format("ip dscp {}{:#04x}", unless(m.negated), m.dscp);
  }
  std::string operator()(const TosMatch& m) const {
    return masked("@nh,8,8", m.value, m.mask, 0xff, m.negated);
  }
  std::string operator()(const LimitMatch& m) const {
    return fmt::format("limit rate {} burst {} packets", rate_words(m.interval), m.burst);
  }
  std::string operator()(const ConntrackMatch& m) const { return ConntrackWords().write(m); }
  std::string operator()(const AddressTypeMatch& m) const {
    std::string out;
    if (m.source != 0) out = type_words("saddr", m.source, m.source_negated);
    if (m.destination != 0)
      out += (out.empty() ? "" : " ") + type_words("daddr", m.destination, m.destination_negated);
    return out;
  }
  std::string operator()(const InterfaceAddressMatch&) const { return {}; }
  std::string operator()(const SameInterfaceMatch&) const { return {}; }
  std::string operator()(const PacketTypeMatch& m) const {
    static constexpr const char* kTypes[] = {"host", "broadcast", "multicast"};
    return fmt::format("meta pkttype {}{}", unless(m.negated), kTypes[int(m.type)]);
  }
  std::string operator()(const StatisticMatch& m) const {
    if (m.mode == StatisticMatch::Mode::nth)
      return fmt::format("numgen inc mod {} {} {}", m.every, m.negated ? "!=" : "==", m.packet);
    return fmt::format("numgen random mod {} {} {}", m.probability.denominator,
                       m.negated ? ">=" : "<", m.probability.numerator);
  }
  std::string operator()(const ConnlimitMatch&) const { return {}; }
  std::string operator()(const RecentMatch&) const { return {}; }
  std::string operator()(const HashlimitMatch&) const { return {}; }
  std::string operator()(const SetMatch&) const { return {}; }
  std::string operator()(const TimeMatch&) const { return {}; }
};

}  // namespace

std::string nft_match(const Match& match, const std::string& transport) {
  return std::visit(Words{transport}, match);
}

std::string nft_states(StateMask states, bool negated) {
  static constexpr std::pair<StateMask, const char*> kStates[] = {
      {kStateInvalid, "invalid"},
      {kStateNew, "new"},
      {kStateRelated, "related"},
      {kStateEstablished, "established"},
      {kStateUntracked, "untracked"},
      {kStateSnat, "snat"},
      {kStateDnat, "dnat"}};
  constexpr StateMask kTranslations = kStateSnat | kStateDnat;
  const bool translations = (states & kTranslations) != 0;
  if (translations && (states & ~kTranslations) != 0) return {};
  std::string words;
  for (const auto& [bit, word] : kStates)
    if (states & bit) words += (words.empty() ? "" : ",") + std::string(word);
  return fmt::format("ct {} {}{}", translations ? "status" : "state", unless(negated), words);
}

}  // namespace natsim::rules
