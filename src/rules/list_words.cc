#include "src/rules/list_words.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "src/rules/iptables_writer.h"
#include "src/rules/spelling.h"

namespace natsim::rules {
namespace {

constexpr std::uint32_t kWholeMark = 0xffff'ffff;

// iptables sets the sign of negation with a blank behind it, or without.
const char* no(bool negated) { return negated ? "!" : ""; }
const char* no_blank(bool negated) { return negated ? "! " : ""; }

void add_word(std::string& list, std::string_view word, char separator) {
  if (!list.empty()) list += separator;
  list += word;
}

std::string without(std::string text, std::string_view what) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos;)
    text.erase(at, what.size());
  return text;
}

/// iptables-save's options without their dashes, from the `words`-th word on.
std::string bare_options(const std::string& saved, int words) {
  std::size_t at = 0;
  for (; words > 0 && at != std::string::npos; --words) at = saved.find(' ', at + 1);
  return at == std::string::npos ? "" : without(saved.substr(at + 1), "--");
}

std::string mark_text(std::uint32_t value, std::uint32_t mask) {
  return mask == kWholeMark ? fmt::format("{:#x}", value) : fmt::format("{:#x}/{:#x}", value, mask);
}

std::string recent(const RecentMatch& m) {
  static constexpr const char* kOperations[] = {"SET", "CHECK", "UPDATE", "REMOVE"};
  std::string out = fmt::format("{}recent: {}", no_blank(m.negated), kOperations[int(m.operation)]);
  if (m.within) out += fmt::format(" seconds: {}", m.within->whole_seconds());
  if (m.reap) out += " reap";
  if (m.hits != 0) out += fmt::format(" hit_count: {}", m.hits);
  if (m.check_ttl) out += " TTL-Match";
  return out + fmt::format(" name: {} side: {} mask: {}", m.name,
                           m.by_destination ? "dest" : "source", m.mask.to_string());
}

std::string hashlimit(const HashlimitMatch& m) {
  std::string out = fmt::format("limit: {} {} burst {}", m.above ? "above" : "up to",
                                rate_text(m.interval), m.burst);
  std::string mode;
  if (m.by_source) add_word(mode, "srcip", '-');
  if (m.by_source_port) add_word(mode, "srcport", '-');
  if (m.by_destination) add_word(mode, "dstip", '-');
  if (m.by_destination_port) add_word(mode, "dstport", '-');
  if (!mode.empty()) out += " mode " + mode;
  if (m.keys_max != 0) out += fmt::format(" htable-max {}", m.keys_max);
  if (m.expire != HashlimitMatch{}.expire)
    out += fmt::format(" htable-expire {}", m.expire.ns() / 1'000'000);
  if (m.source_length != 32) out += fmt::format(" srcmask {}", m.source_length);
  if (m.destination_length != 32) out += fmt::format(" dstmask {}", m.destination_length);
  return out;
}

std::string ordinal(int day) {
  static constexpr const char* kEndings[] = {"th", "st", "nd", "rd"};
  return fmt::format("{}{}", day, kEndings[day % 10 < 4 && day / 10 != 1 ? day % 10 : 0]);
}

std::string time(const TimeMatch& m) {
  static constexpr const char* kDays[] = {"", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  const auto clock = [](std::uint32_t s) {
    return fmt::format("{:02}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
  };
  const auto date = [](std::int64_t wall_s) {
    return fmt::format("{:%F %T}", fmt::gmtime(std::time_t(wall_s)));
  };
  constexpr TimeMatch kAny;
  std::string out = "TIME";
  if (m.day_first != kAny.day_first || m.day_last != kAny.day_last)
    out += " from " + clock(m.day_first) + " to " + clock(m.day_last);
  std::string week_days, month_days;
  for (int i = 1; i <= 7; ++i)
    if (m.week_days >> i & 1) add_word(week_days, kDays[i], ',');
  for (int i = 1; i <= 31; ++i)
    if (m.month_days >> i & 1) add_word(month_days, ordinal(i), ',');
  if (m.week_days != kAny.week_days) out += " on " + week_days;
  if (m.month_days != kAny.month_days) out += " on " + month_days;
  if (m.date_first != kAny.date_first) out += " starting from " + date(m.date_first);
  if (m.date_last != kAny.date_last) out += " until date " + date(m.date_last);
  return out + " UTC" + (m.contiguous ? " contiguous" : "");
}

struct MatchWords {
  std::string operator()(const MultiportMatch& m) const {
    static constexpr const char* kEnds[] = {"sports", "dports", "ports"};
    std::string list;
    for (const PortRange& range : m.ports) add_word(list, ports_text(range, ':'), ',');
    return fmt::format("multiport {} {}{}", kEnds[int(m.end)], no(m.negated), list);
  }
  std::string operator()(const IcmpMatch& m) const {
    const std::string code =
        m.code_first == m.code_last ? fmt::format(" code {}", m.code_first) : "";
    return fmt::format("{}type {}{}", m.negated ? "icmp !" : "icmp", m.type.value_or(255), code);
  }
  std::string operator()(const TcpFlagsMatch& m) const {
    return fmt::format("tcp flags:{}0x{:02X}/0x{:02X}", no(m.negated), m.mask, m.set);
  }
  std::string operator()(const MacMatch& m) const {
    return fmt::format("MAC {}{}", no_blank(m.negated), m.source.to_string());
  }
  std::string operator()(const IpRangeMatch& m) const {
    std::string out;
    const auto add = [&](const char* end, const std::optional<IpRangeMatch::Range>& range) {
      if (!range) return;
      add_word(out,
               fmt::format("{} IP range {}{}-{}", end, no_blank(range->negated),
                           range->first.to_string(), range->last.to_string()),
               ' ');
    };
    add("source", m.source);
    add("destination", m.destination);
    return out;
  }
  std::string operator()(const MarkMatch& m) const {
    return fmt::format("{} match {}{}", m.of_connection ? "connmark" : "mark", no_blank(m.negated),
                       mark_text(m.value, m.mask));
  }
  std::string operator()(const TtlMatch& m) const {
    static constexpr const char* kRelations[] = {"==", "!=", "<", ">"};
    return fmt::format("TTL match TTL {} {}", kRelations[int(m.relation)], m.value);
  }
  std::string operator()(const LengthMatch& m) const {
    return fmt::format("length {}{}", no(m.negated), ports_text({m.first, m.last}, ':'));
  }
  std::string operator()(const DscpMatch& m) const {
    return fmt::format("DSCP match {}{:#04x}", no(m.negated), m.dscp);
  }
  std::string operator()(const TosMatch& m) const {
    return fmt::format("tos match{}{:#04x}/{:#04x}", no(m.negated), m.value, m.mask);
  }
  std::string operator()(const LimitMatch& m) const {
    return fmt::format("limit: avg {} burst {}", rate_text(m.interval), m.burst);
  }
  std::string operator()(const ConntrackMatch& m) const {
    return without(bare_options(write_match(m), 2), "/32");
  }
  std::string operator()(const AddressTypeMatch& m) const {
    // "-m addrtype ! --src-type LOCAL": the sign stands before the types here.
    std::string out = "ADDRTYPE match";
    const std::string saved = bare_options(write_match(m), 2);
    for (const auto& [name, negated] :
         {std::pair("src-type", m.source_negated), std::pair("dst-type", m.destination_negated)}) {
      const std::size_t at = saved.find(name);
      if (at == std::string::npos) continue;
      const std::size_t begin = at + 9;
      out += fmt::format(" {} {}{}", name, no(negated),
                         saved.substr(begin, saved.find(' ', begin) - begin));
    }
    return out;
  }
  std::string operator()(const InterfaceAddressMatch&) const { return {}; }
  std::string operator()(const SameInterfaceMatch&) const { return {}; }
  std::string operator()(const PacketTypeMatch& m) const {
    static constexpr const char* kTypes[] = {"unicast", "broadcast", "multicast"};
    return fmt::format("PKTTYPE {}= {}", no(m.negated), kTypes[int(m.type)]);
  }
  std::string operator()(const StatisticMatch& m) const {
    if (m.mode == StatisticMatch::Mode::random)
      return "statistic " + bare_options(write_match(m), 2);
    const std::string packet = m.packet == 0 ? "" : fmt::format(" packet {}", m.packet);
    return fmt::format("statistic mode nth {}every {}{}", no_blank(m.negated), m.every, packet);
  }
  std::string operator()(const ConnlimitMatch& m) const {
    return fmt::format("#conn {}/{} {} {}", m.by_destination ? "dst" : "src", m.prefix_length,
                       m.upto ? "<=" : ">", m.limit);
  }
  std::string operator()(const RecentMatch& m) const { return recent(m); }
  std::string operator()(const HashlimitMatch& m) const { return hashlimit(m); }
  std::string operator()(const SetMatch& m) const { return bare_options(write_match(m), 2); }
  std::string operator()(const TimeMatch& m) const { return time(m); }
};

struct TargetWords {
  std::string operator()(const RejectTarget& t) const {
    return fmt::format("reject-with {}", to_string(t.with));
  }
  std::string operator()(const LogTarget& t) const {
    const int flags = int(t.tcp_sequence) | int(t.tcp_options) << 1 | int(t.ip_options) << 2;
    const std::string prefix = t.prefix.empty() ? "" : fmt::format(" prefix \"{}\"", t.prefix);
    return fmt::format("LOG flags {} level {}{}", flags, t.level, prefix);
  }
  std::string operator()(const MarkTarget& t) const {
    return "MARK " + mark_operation(t.value, t.mask);
  }
  std::string operator()(const ConnmarkTarget& t) const {
    if (t.operation == ConnmarkTarget::Operation::set)
      return "CONNMARK " + mark_operation(t.value, t.mask);
    const bool save = t.operation == ConnmarkTarget::Operation::save;
    std::string out = save ? "CONNMARK save" : "CONNMARK restore";
    if (t.packet_mask != t.mask)
      return out + fmt::format(" nfmask {:#x} ctmask ~{:#x}", t.packet_mask, t.mask);
    return t.mask == kWholeMark ? out : out + fmt::format(" mask {:#x}", t.mask);
  }
  std::string operator()(const MasqueradeTarget& t) const {
    return with_ports("masq ports: ", bare_options(write_target(t), 2));
  }
  std::string operator()(const RedirectTarget& t) const {
    return with_ports("redir ports ", bare_options(write_target(t), 2));
  }
  std::string operator()(const SnatTarget& t) const {
    return "to:" + bare_options(write_target(t), 3);
  }
  std::string operator()(const DnatTarget& t) const {
    return "to:" + bare_options(write_target(t), 3);
  }
  std::string operator()(const NetmapTarget& t) const { return "to:" + t.to.to_string(); }
  std::string operator()(const NotrackTarget&) const { return "CT notrack"; }
  std::string operator()(const TtlTarget& t) const {
    static constexpr const char* kOperations[] = {"set to", "increment by", "decrement by"};
    return fmt::format("TTL {} {}", kOperations[int(t.operation)], t.value);
  }
  std::string operator()(const TcpMssTarget& t) const {
    return t.mss ? fmt::format("TCPMSS set {}", *t.mss) : "TCPMSS clamp to PMTU";
  }
  std::string operator()(const DscpTarget& t) const {
    return fmt::format("DSCP set {:#04x}", t.dscp);
  }
  template <class Other>
  std::string operator()(const Other&) const {
    return {};
  }

 private:
  static std::string with_ports(const char* words, const std::string& options) {
    constexpr std::string_view kPorts = "to-ports ";
    return options.starts_with(kPorts) ? words + options.substr(kPorts.size()) : options;
  }
  /// --set-mark, --and-mark and --or-mark are all --set-xmark to the kernel.
  static std::string mark_operation(std::uint32_t value, std::uint32_t mask) {
    if (mask == kWholeMark) return fmt::format("set {:#x}", value);
    if (value == 0) return fmt::format("and {:#x}", ~mask);
    if (value == mask) return fmt::format("or {:#x}", value);
    if (mask == 0) return fmt::format("xor {:#x}", value);
    return fmt::format("xset {:#x}/{:#x}", value, mask);
  }
};

}  // namespace

std::string list_words(const Match& match) { return std::visit(MatchWords(), match); }
std::string list_words(const Target& target) { return std::visit(TargetWords(), target); }

}  // namespace natsim::rules
