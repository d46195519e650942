// Targets as iptables-save prints them.
#include <fmt/format.h>

#include "src/rules/iptables_writer.h"
#include "src/rules/spelling.h"

namespace natsim::rules {
namespace {

std::string range_text(const NatRange& range) {
  std::string text;
  if (range.addresses) {
    text = range.addresses->first.to_string();
    if (range.addresses->last != range.addresses->first)
      text += "-" + range.addresses->last.to_string();
  }
  if (range.ports) text += ":" + ports_text(*range.ports, '-');
  if (range.base_port) text += fmt::format("/{}", *range.base_port);
  return text;
}

std::string flags_text(const NatRange& range) {
  return std::string(range.random ? " --random" : "") + (range.persistent ? " --persistent" : "");
}

std::string to_ports(const NatRange& range) {
  return range.ports ? " --to-ports " + ports_text(*range.ports, '-') : "";
}

struct Writer {
  std::string operator()(const ContinueTarget&) const { return {}; }
  std::string operator()(const AcceptTarget&) const { return "-j ACCEPT"; }
  std::string operator()(const DropTarget&) const { return "-j DROP"; }
  std::string operator()(const ReturnTarget&) const { return "-j RETURN"; }
  std::string operator()(const RejectTarget& t) const {
    return fmt::format("-j REJECT --reject-with {}", to_string(t.with));
  }
  std::string operator()(const JumpTarget& t) const { return "-j " + t.chain; }
  std::string operator()(const GotoTarget& t) const { return "-g " + t.chain; }
  std::string operator()(const LogTarget& t) const {
    std::string out = "-j LOG";
    if (!t.prefix.empty()) out += " --log-prefix \"" + word_inside(t.prefix) + "\"";
    if (t.level != 4) out += fmt::format(" --log-level {}", t.level);
    if (t.tcp_sequence) out += " --log-tcp-sequence";
    if (t.tcp_options) out += " --log-tcp-options";
    if (t.ip_options) out += " --log-ip-options";
    return out;
  }
  std::string operator()(const MarkTarget& t) const {
    return fmt::format("-j MARK --set-xmark {:#x}/{:#x}", t.value, t.mask);
  }
  std::string operator()(const ConnmarkTarget& t) const {
    if (t.operation == ConnmarkTarget::Operation::set)
      return fmt::format("-j CONNMARK --set-xmark {:#x}/{:#x}", t.value, t.mask);
    return fmt::format("-j CONNMARK --{}-mark --nfmask {:#x} --ctmask {:#x}",
                       t.operation == ConnmarkTarget::Operation::save ? "save" : "restore",
                       t.packet_mask, t.mask);
  }
  std::string operator()(const MasqueradeTarget& t) const {
    return "-j MASQUERADE" + to_ports(t.range) + flags_text(t.range);
  }
  std::string operator()(const SnatTarget& t) const {
    return "-j SNAT --to-source " + range_text(t.range) + flags_text(t.range);
  }
  std::string operator()(const DnatTarget& t) const {
    return "-j DNAT --to-destination " + range_text(t.range) + flags_text(t.range);
  }
  std::string operator()(const RedirectTarget& t) const {
    return "-j REDIRECT" + to_ports(t.range) + flags_text(t.range);
  }
  std::string operator()(const NetmapTarget& t) const {
    return "-j NETMAP --to " + t.to.to_string();
  }
  std::string operator()(const NotrackTarget&) const { return "-j CT --notrack"; }
  std::string operator()(const TtlTarget& t) const {
    static constexpr const char* kOperations[] = {"set", "inc", "dec"};
    return fmt::format("-j TTL --ttl-{} {}", kOperations[int(t.operation)], t.value);
  }
  std::string operator()(const TcpMssTarget& t) const {
    return t.mss ? fmt::format("-j TCPMSS --set-mss {}", *t.mss) : "-j TCPMSS --clamp-mss-to-pmtu";
  }
  std::string operator()(const DscpTarget& t) const {
    return fmt::format("-j DSCP --set-dscp {:#04x}", t.dscp);
  }

 private:
  /// Prefixes end in a space more often than not: always quoted.
  static std::string word_inside(std::string_view text) {
    std::string out;
    for (const char c : text) {
      if (c == '"' || c == '\\' || c == '\'') out += '\\';
      out += c;
    }
    return out;
  }
};

}  // namespace

std::string write_target(const Target& target) { return std::visit(Writer{}, target); }

}  // namespace natsim::rules
