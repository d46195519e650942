// Matches as iptables-save prints them.
#include <array>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "sim/filter/connection.h"
#include "src/rules/iptables_writer.h"
#include "src/rules/spelling.h"

namespace natsim::rules {
namespace {

const char* no(bool negated) { return negated ? "! " : ""; }

std::string mark_text(std::uint32_t value, std::uint32_t mask) {
  return mask == 0xffff'ffff ? fmt::format("{:#x}", value)
                             : fmt::format("{:#x}/{:#x}", value, mask);
}

template <class T>
std::string option(const char* name, const std::optional<Negatable<T>>& value,
                   const std::string& text) {
  if (!value) return {};
  return fmt::format(" {}--{} {}", no(value->negated), name, text);
}

std::string conntrack(const ConntrackMatch& m) {
  std::string out = "-m conntrack";
  if (m.states) out += option("ctstate", m.states, states_text(m.states->value));
  if (m.protocol) out += option("ctproto", m.protocol, std::to_string(int(m.protocol->value)));
  const auto address = [&](const char* name, const std::optional<Negatable<Prefix>>& value) {
    if (value) out += option(name, value, value->value.to_string());
  };
  address("ctorigsrc", m.original_source);
  address("ctorigdst", m.original_destination);
  address("ctreplsrc", m.reply_source);
  address("ctrepldst", m.reply_destination);
  const auto ports = [&](const char* name, const std::optional<Negatable<PortRange>>& value) {
    if (value) out += option(name, value, ports_text(value->value, ':'));
  };
  ports("ctorigsrcport", m.original_source_port);
  ports("ctorigdstport", m.original_destination_port);
  ports("ctreplsrcport", m.reply_source_port);
  ports("ctrepldstport", m.reply_destination_port);
  if (m.status) {
    std::string words;
    for (const auto& [bit, word] : {std::pair<std::uint16_t, const char*>{kExpected, "EXPECTED"},
                                    {kSeenReply, "SEEN_REPLY"},
                                    {kAssured, "ASSURED"},
                                    {kConfirmed, "CONFIRMED"}})
      if (m.status->value & bit) words += (words.empty() ? "" : ",") + std::string(word);
    out += option("ctstatus", m.status, words.empty() ? "NONE" : words);
  }
  if (m.expires) {
    const SecondsLeft left = m.expires->value;
    out += option("ctexpire", m.expires,
                  left.first == left.last ? std::to_string(left.first)
                                          : fmt::format("{}:{}", left.first, left.last));
  }
  if (m.direction != ConntrackMatch::Direction::any)
    out += m.direction == ConntrackMatch::Direction::reply ? " --ctdir REPLY" : " --ctdir ORIGINAL";
  return out;
}

std::string hashlimit(const HashlimitMatch& m) {
  std::string out = fmt::format("-m hashlimit --hashlimit-{} {} --hashlimit-burst {}",
                                m.above ? "above" : "upto", rate_text(m.interval), m.burst);
  std::string mode;
  const auto add = [&](bool on, const char* word) {
    if (on) mode += (mode.empty() ? "" : ",") + std::string(word);
  };
  add(m.by_source, "srcip");
  add(m.by_source_port, "srcport");
  add(m.by_destination, "dstip");
  add(m.by_destination_port, "dstport");
  if (!mode.empty()) out += " --hashlimit-mode " + mode;
  out += " --hashlimit-name " + word_text(m.name);
  if (m.keys_max != 0) out += fmt::format(" --hashlimit-htable-max {}", m.keys_max);
  if (m.expire != HashlimitMatch{}.expire)
    out += fmt::format(" --hashlimit-htable-expire {}", m.expire.ns() / 1'000'000);
  if (m.source_length != 32) out += fmt::format(" --hashlimit-srcmask {}", m.source_length);
  if (m.destination_length != 32)
    out += fmt::format(" --hashlimit-dstmask {}", m.destination_length);
  return out;
}

std::string recent(const RecentMatch& m) {
  static constexpr const char* kOperations[] = {"set", "rcheck", "update", "remove"};
  std::string out = fmt::format("-m recent {}--{}", no(m.negated), kOperations[int(m.operation)]);
  if (m.within) out += fmt::format(" --seconds {}", m.within->whole_seconds());
  if (m.reap) out += " --reap";
  if (m.hits != 0) out += fmt::format(" --hitcount {}", m.hits);
  if (m.check_ttl) out += " --rttl";
  return out + fmt::format(" --name {} --mask {} --{}", word_text(m.name), m.mask.to_string(),
                           m.by_destination ? "rdest" : "rsource");
}

std::string date_text(std::int64_t wall_s) {
  return fmt::format("{:%FT%T}", fmt::gmtime(std::time_t(wall_s)));
}

std::string time(const TimeMatch& m) {
  const auto clock = [](std::uint32_t s) {
    return fmt::format("{:02}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
  };
  constexpr TimeMatch kAny;
  std::string out = "-m time";
  if (m.day_first != kAny.day_first || m.day_last != kAny.day_last)
    out += " --timestart " + clock(m.day_first) + " --timestop " + clock(m.day_last);
  const auto add_days = [&](const char* name, std::uint32_t bits, auto spell) {
    std::string list;
    for (int i = 1; i < 32; ++i)
      if (bits >> i & 1) list += (list.empty() ? "" : ",") + spell(i);
    out += fmt::format(" --{} {}", name, list);
  };
  if (m.month_days != kAny.month_days)
    add_days("monthdays", m.month_days, [](int day) { return std::to_string(day); });
  static constexpr const char* kDays[] = {"", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  if (m.week_days != kAny.week_days)
    add_days("weekdays", m.week_days, [](int day) { return std::string(kDays[day]); });
  if (m.date_first != kAny.date_first) out += " --datestart " + date_text(m.date_first);
  if (m.date_last != kAny.date_last) out += " --datestop " + date_text(m.date_last);
  return out + (m.contiguous ? " --contiguous" : "");
}

struct Writer {
  std::string operator()(const MultiportMatch& m) const {
    static constexpr const char* kEnds[] = {"sports", "dports", "ports"};
    std::string list;
    for (const PortRange& range : m.ports)
      list += (list.empty() ? "" : ",") + ports_text(range, ':');
    return fmt::format("-m multiport {}--{} {}", no(m.negated), kEnds[int(m.end)], list);
  }
  std::string operator()(const IcmpMatch& m) const {
    if (!m.type) return fmt::format("-m icmp {}--icmp-type any", no(m.negated));
    const std::string code = m.code_first == m.code_last ? fmt::format("/{}", m.code_first) : "";
    return fmt::format("-m icmp {}--icmp-type {}{}", no(m.negated), *m.type, code);
  }
  std::string operator()(const TcpFlagsMatch& m) const { return "-m tcp" + tcp_flags_option(m); }
  std::string operator()(const MacMatch& m) const {
    return fmt::format("-m mac {}--mac-source {}", no(m.negated), m.source.to_string());
  }
  std::string operator()(const IpRangeMatch& m) const {
    std::string out = "-m iprange";
    const auto add = [&](const char* name, const std::optional<IpRangeMatch::Range>& range) {
      if (range)
        out += fmt::format(" {}--{} {}-{}", no(range->negated), name, range->first.to_string(),
                           range->last.to_string());
    };
    add("src-range", m.source);
    add("dst-range", m.destination);
    return out;
  }
  std::string operator()(const MarkMatch& m) const {
    return fmt::format("-m {} {}--mark {}", m.of_connection ? "connmark" : "mark", no(m.negated),
                       mark_text(m.value, m.mask));
  }
  std::string operator()(const TtlMatch& m) const {
    static constexpr const char* kRelations[] = {"--ttl-eq", "! --ttl-eq", "--ttl-lt", "--ttl-gt"};
    return fmt::format("-m ttl {} {}", kRelations[int(m.relation)], m.value);
  }
  std::string operator()(const LengthMatch& m) const {
    return fmt::format("-m length {}--length {}", no(m.negated),
                       ports_text({m.first, m.last}, ':'));
  }
  std::string operator()(const DscpMatch& m) const {
    return fmt::format("-m dscp {}--dscp {:#04x}", no(m.negated), m.dscp);
  }
  std::string operator()(const TosMatch& m) const {
    return fmt::format("-m tos {}--tos {:#04x}/{:#04x}", no(m.negated), m.value, m.mask);
  }
  std::string operator()(const LimitMatch& m) const {
    const std::string burst = m.burst == 5 ? "" : fmt::format(" --limit-burst {}", m.burst);
    return "-m limit --limit " + rate_text(m.interval) + burst;
  }
  std::string operator()(const ConntrackMatch& m) const { return conntrack(m); }
  std::string operator()(const AddressTypeMatch& m) const {
    std::string out = "-m addrtype";
    const auto add = [&](const char* name, std::uint8_t types, bool negated) {
      static constexpr const char* kTypes[] = {"UNICAST",   "LOCAL",  "BROADCAST",
                                               "MULTICAST", "UNSPEC", "ANYCAST"};
      std::string words;
      for (int i = 0; i < 6; ++i)
        if (types >> i & 1) words += (words.empty() ? "" : ",") + std::string(kTypes[i]);
      if (types != 0) out += fmt::format(" {}--{} {}", no(negated), name, words);
    };
    add("src-type", m.source, m.source_negated);
    add("dst-type", m.destination, m.destination_negated);
    return out;
  }
  // iptables has no such matches: write_rule() says the same by addresses and interfaces.
  std::string operator()(const InterfaceAddressMatch&) const { return {}; }
  std::string operator()(const SameInterfaceMatch&) const { return {}; }
  std::string operator()(const PacketTypeMatch& m) const {
    static constexpr const char* kTypes[] = {"unicast", "broadcast", "multicast"};
    return fmt::format("-m pkttype {}--pkt-type {}", no(m.negated), kTypes[int(m.type)]);
  }
  std::string operator()(const StatisticMatch& m) const {
    if (m.mode == StatisticMatch::Mode::nth)
      return fmt::format("-m statistic --mode nth {}--every {} --packet {}", no(m.negated), m.every,
                         m.packet);
    return fmt::format("-m statistic --mode random {}--probability {:.11f}", no(m.negated),
                       double(m.probability.numerator) / m.probability.denominator);
  }
  std::string operator()(const ConnlimitMatch& m) const {
    return fmt::format("-m connlimit --connlimit-{} {} --connlimit-mask {} --connlimit-{}",
                       m.upto ? "upto" : "above", m.limit, m.prefix_length,
                       m.by_destination ? "daddr" : "saddr");
  }
  std::string operator()(const RecentMatch& m) const { return recent(m); }
  std::string operator()(const HashlimitMatch& m) const { return hashlimit(m); }
  std::string operator()(const SetMatch& m) const {
    std::string sides;
    for (int i = 0; i < m.parts; ++i)
      sides += (i == 0 ? "" : ",") + std::string(m.source_parts >> i & 1 ? "src" : "dst");
    return fmt::format("-m set {}--match-set {} {}", no(m.negated), word_text(m.name), sides);
  }
  std::string operator()(const TimeMatch& m) const { return time(m); }
};

}  // namespace

std::string write_match(const Match& match) { return std::visit(Writer{}, match); }

}  // namespace natsim::rules
