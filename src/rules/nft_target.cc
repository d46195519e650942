// Targets in nft's words.
#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include "src/rules/nft_writer.h"
#include "src/rules/spelling.h"

namespace natsim::rules {
namespace {

using Text = std::optional<std::string>;

/// "snat to 203.0.113.1:1024-2048 random,persistent".
Text translation(const char* verb, const NatRange& range) {
  if (range.base_port) return std::nullopt;
  std::string text = verb;
  if (range.addresses || range.ports) text += " to ";
  if (range.addresses) {
    text += range.addresses->first.to_string();
    if (range.addresses->last != range.addresses->first)
      text += "-" + range.addresses->last.to_string();
  }
  if (range.ports) text += ":" + ports_text(*range.ports, '-');
  if (range.random) text += " random";
  if (range.persistent) text += range.random ? ",persistent" : " persistent";
  return text;
}

/// mark = (mark & ~mask) ^ value.
std::string mark(const char* what, std::uint32_t value, std::uint32_t mask) {
  if (mask == 0xffff'ffff) return fmt::format("{0} set {1:#x}", what, value);
  return fmt::format("{0} set {0} & {1:#x} ^ {2:#x}", what, ~mask, value);
}

struct Words {
  Text operator()(const ContinueTarget&) const { return ""; }
  Text operator()(const AcceptTarget&) const { return "accept"; }
  Text operator()(const DropTarget&) const { return "drop"; }
  Text operator()(const ReturnTarget&) const { return "return"; }
  Text operator()(const RejectTarget& t) const {
    if (t.with == RejectWith::tcp_reset) return "reject with tcp reset";
    static constexpr const char* kTypes[] = {
        "net-unreachable", "host-unreachable", "prot-unreachable", "port-unreachable",
        "net-prohibited",  "host-prohibited",  "admin-prohibited"};
    return fmt::format("reject with icmp type {}", kTypes[int(t.with)]);
  }
  Text operator()(const JumpTarget& t) const { return "jump " + nft_chain(t.chain); }
  Text operator()(const GotoTarget& t) const { return "goto " + nft_chain(t.chain); }
  Text operator()(const LogTarget& t) const {
    static constexpr const char* kLevels[] = {"emerg", "alert",  "crit", "err",
                                              "warn",  "notice", "info", "debug"};
    if (t.prefix.find('"') != std::string::npos) return std::nullopt;
    std::string text = "log";
    if (!t.prefix.empty()) text += fmt::format(" prefix \"{}\"", t.prefix);
    text += fmt::format(" level {}", kLevels[t.level & 7]);
    if (t.tcp_sequence) text += " flags tcp sequence";
    if (t.tcp_options) text += " flags tcp options";
    if (t.ip_options) text += " flags ip options";
    return text;
  }
  Text operator()(const MarkTarget& t) const { return mark("meta mark", t.value, t.mask); }
  Text operator()(const ConnmarkTarget& t) const {
    if (t.operation == ConnmarkTarget::Operation::set) return mark("ct mark", t.value, t.mask);
    if (t.mask != 0xffff'ffff || t.packet_mask != 0xffff'ffff) return std::nullopt;
    return t.operation == ConnmarkTarget::Operation::save ? "ct mark set meta mark"
                                                          : "meta mark set ct mark";
  }
  Text operator()(const MasqueradeTarget& t) const { return translation("masquerade", t.range); }
  Text operator()(const SnatTarget& t) const { return translation("snat", t.range); }
  Text operator()(const DnatTarget& t) const { return translation("dnat", t.range); }
  Text operator()(const RedirectTarget& t) const { return translation("redirect", t.range); }
  Text operator()(const NetmapTarget&) const { return std::nullopt; }
  Text operator()(const NotrackTarget&) const { return "notrack"; }
  Text operator()(const TtlTarget& t) const {
    if (t.operation != TtlTarget::Operation::set) return std::nullopt;
    return fmt::format("ip ttl set {}", t.value);
  }
  Text operator()(const TcpMssTarget& t) const {
    return "tcp option maxseg size set " + (t.mss ? std::to_string(*t.mss) : "rt mtu");
  }
  Text operator()(const DscpTarget& t) const { return fmt::format("ip dscp set {:#04x}", t.dscp); }
};

}  // namespace

std::string nft_chain(const std::string& name) {
  // Those of nft 1.0's words that somebody could call a chain.
  static constexpr std::array<std::string_view, 96> kWords = {
      "accept",   "add",      "address", "all",     "and",     "any",        "arp",     "bridge",
      "burst",    "bytes",    "chain",   "clear",   "comment", "continue",   "count",   "counter",
      "cpu",      "create",   "ct",      "daddr",   "day",     "dccp",       "delete",  "device",
      "devices",  "dnat",     "dport",   "drop",    "dst",     "dup",        "element", "elements",
      "esp",      "ether",    "expires", "export",  "family",  "fib",        "flags",   "flow",
      "flush",    "frag",     "fwd",     "ghost",   "goto",    "group",      "handle",  "hook",
      "hour",     "icmp",     "icmpv6",  "id",      "igmp",    "import",     "index",   "inet",
      "insert",   "interval", "ip",      "ip6",     "jump",    "last",       "length",  "level",
      "limit",    "list",     "log",     "map",     "mark",    "masquerade", "meta",    "monitor",
      "netdev",   "notrack",  "over",    "packets", "policy",  "quota",      "queue",   "rate",
      "redirect", "reject",   "reset",   "return",  "rule",    "rules",      "saddr",   "set",
      "snat",     "sport",    "table",   "tcp",     "time",    "udp",        "vlan",    "vmap"};
  const auto readable = [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '-' || c == '.';
  };
  const bool word = std::find(kWords.begin(), kWords.end(), name) != kWords.end();
  const bool letter = !name.empty() && std::isalpha(static_cast<unsigned char>(name[0]));
  if (!word && letter && std::all_of(name.begin(), name.end(), readable)) return name;
  std::string text = "chain_";
  for (const char c : name)
    text += readable(static_cast<unsigned char>(c))
                ? std::string(1, c)
                : fmt::format("_{:02x}", static_cast<unsigned char>(c));
  return text;
}

std::optional<std::string> nft_target(const Target& target) { return std::visit(Words{}, target); }

}  // namespace natsim::rules
