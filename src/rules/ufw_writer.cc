#include "src/rules/ufw_writer.h"

#include <array>
#include <set>

#include <fmt/format.h>

#include "src/rules/ufw_frame.h"

namespace natsim::rules {
namespace {

constexpr const char* kLimit = " -m limit --limit 3/min --limit-burst 10";

struct Direction {
  const char* chain;
  const char* suffix;
  UfwDefault UfwState::*policy;
};
constexpr std::array<Direction, 3> kDirections = {{{"INPUT", "input", &UfwState::incoming},
                                                   {"FORWARD", "forward", &UfwState::routed},
                                                   {"OUTPUT", "output", &UfwState::outgoing}}};

const char* policy_target(UfwPolicy policy) {
  switch (policy) {
    case UfwPolicy::accept: return "ACCEPT";
    case UfwPolicy::drop: return "DROP";
    case UfwPolicy::reject: return "REJECT";
  }
  return "";
}

const char* suffix_of(const UfwMatch& match) {
  return match.routed ? "forward" : match.outgoing ? "output" : "input";
}

/// The words before the target, for this protocol.
std::string match_words(const UfwMatch& match, const std::string& protocol) {
  const UfwEnd &to = match.destination, &from = match.source;
  const auto single = [](const UfwEnd& end) {
    return end.ports.size() == 1 && end.ports[0].first == end.ports[0].last;
  };
  std::string text;
  if (!from.address.empty()) text += " -s " + from.address;
  if (!to.address.empty()) text += " -d " + to.address;
  if (!match.in.empty()) text += " -i " + match.in;
  if (!match.out.empty()) text += " -o " + match.out;
  if (protocol != "any") text += " -p " + protocol;
  const bool multiple =
      (!to.ports.empty() && !single(to)) || (!from.ports.empty() && !single(from));
  const char* const option = multiple ? " -m multiport --{}s {}" : " --{} {}";
  for (const auto& [end, name] : {std::pair(&to, "dport"), std::pair(&from, "sport")})
    if (!end->ports.empty())
      text += fmt::format(fmt::runtime(option), name, ufw_ports_text(end->ports));
  return text;
}

/// ufw remembers a rule's profiles in a comment.
std::string profile_comment(const UfwMatch& match) {
  const auto escaped = [](std::string text) {
    for (std::size_t at = 0; (at = text.find(' ', at)) != std::string::npos;)
      text.replace(at, 1, "%20");
    return text;
  };
  const std::string &to = match.destination.profile, &from = match.source.profile;
  std::string text;
  if (!to.empty()) text = "dapp_" + escaped(to);
  if (!from.empty()) text += (text.empty() ? "sapp_" : ",sapp_") + escaped(from);
  return text.empty() ? "" : fmt::format(" -m comment --comment \"'{}'\"", text);
}

class Writer {
 public:
  Writer(const UfwState& state, Place ufw) : state_(state), ufw_(ufw) {}

  std::vector<UfwLine> write() {
    own("*filter");
    for (const Direction& direction : kDirections) {
      const bool drop = state_.enabled && policy_of(direction).policy != UfwPolicy::accept;
      add(fmt::format(":{} {} [0:0]", direction.chain, drop ? "DROP" : "ACCEPT"), kUfwPolicyLabel,
          place_of(policy_of(direction)));
    }
    if (state_.enabled) write_enabled();
    own("COMMIT");
    return std::move(lines_);
  }

 private:
  void add(std::string text, std::string label, Place place) {
    lines_.push_back({std::move(text), std::move(label), place});
  }
  void own(std::string text) { add(std::move(text), "", ufw_); }
  void all(std::string_view text, const char* label) {
    for (; !text.empty(); text.remove_prefix(text.find('\n') + 1))
      add(std::string(text.substr(0, text.find('\n'))), label, ufw_);
  }

  const UfwDefault& policy_of(const Direction& direction) const { return state_.*direction.policy; }
  Place place_of(const UfwDefault& policy) const {
    return policy.place.known() ? policy.place : ufw_;
  }

  void write_enabled();
  void write_policies();
  void write_rule(const UfwRule& rule);
  void write_rule(const UfwRule& rule, const std::string& protocol);
  void write_log(const UfwRule& rule, const std::string& words);
  void write_limit();
  void write_block_log();
  void write_audit_log();

  const UfwState& state_;
  Place ufw_;
  std::vector<UfwLine> lines_;
  std::set<std::string> returns_taken_;  // chains
};

void Writer::write_enabled() {
  all(ufw_chains(), "");
  all(ufw_entry_rules(), "ufw's own chains");
  all(ufw_before_rules(), "ufw's before rules");
  all(ufw_after_rules(), "ufw's after rules");
  write_policies();
  if (state_.log_level == UfwLogLevel::off)
    for (const Direction& direction : kDirections)
      add(fmt::format("-A ufw-user-logging-{} -j RETURN", direction.suffix), "ufw's logging rules",
          ufw_);
  for (const UfwRule& rule : state_.rules_v4()) write_rule(rule);
  write_limit();
  if (state_.log_level == UfwLogLevel::off) return;
  write_block_log();
  write_audit_log();
}

/// What stands behind all rules: a policy that rejects, new connections where it accepts, and where
/// noisy services go so that nobody logs them.
void Writer::write_policies() {
  for (const Direction& direction : kDirections) {
    const UfwDefault& policy = policy_of(direction);
    const Place place = place_of(policy);
    if (policy.policy == UfwPolicy::reject)
      add(fmt::format("-A ufw-reject-{} -j REJECT", direction.suffix), kUfwPolicyLabel, place);
    if (policy.policy == UfwPolicy::accept)
      for (const char* const protocol : {"tcp", "udp"})
        add(fmt::format("-A ufw-track-{} -p {} -m conntrack --ctstate NEW -j ACCEPT",
                        direction.suffix, protocol),
            "ufw's track rules", place);
    add(fmt::format("-A ufw-skip-to-policy-{} -j {}", direction.suffix,
                    policy_target(policy.policy)),
        kUfwPolicyLabel, place);
  }
}

void Writer::write_rule(const UfwRule& rule) {
  const UfwMatch& match = rule.match;
  const bool has_ports = !match.source.ports.empty() || !match.destination.ports.empty();
  if (match.protocol != "any" || !has_ports) return write_rule(rule, match.protocol);
  write_rule(rule, "tcp");
  write_rule(rule, "udp");
}

void Writer::write_rule(const UfwRule& rule, const std::string& protocol) {
  const std::string words = match_words(rule.match, protocol);
  if (rule.log != UfwLog::none) write_log(rule, words);
  const std::string begin = fmt::format("-A ufw-user-{}{}", suffix_of(rule.match), words);
  const std::string end = profile_comment(rule.match);
  const auto add_rule = [&](std::string_view target) {
    add(fmt::format("{} {}{}", begin, target, end), rule.words, rule.place);
  };
  switch (rule.action) {
    case UfwAction::allow: return add_rule("-j ACCEPT");
    case UfwAction::deny: return add_rule("-j DROP");
    case UfwAction::reject:
      return add_rule(protocol == "tcp" ? "-j REJECT --reject-with tcp-reset" : "-j REJECT");
    case UfwAction::limit:
      add_rule("-m conntrack --ctstate NEW -m recent --set");
      add_rule(
          "-m conntrack --ctstate NEW -m recent --update --seconds 30 --hitcount 6 "
          "-j ufw-user-limit");
      return add_rule("-j ufw-user-limit-accept");
  }
}

void Writer::write_log(const UfwRule& rule, const std::string& words) {
  const std::string chain = fmt::format("ufw-user-logging-{}", suffix_of(rule.match));
  const char* const what = rule.action == UfwAction::allow   ? "ALLOW"
                           : rule.action == UfwAction::limit ? "LIMIT"
                                                             : "BLOCK";
  const char* const when = rule.log == UfwLog::first ? " -m conntrack --ctstate NEW" : "";
  add(fmt::format("-A {}{}{}{} -j LOG --log-prefix \"[UFW {}] \"", chain, words, when, kLimit,
                  what),
      rule.words, rule.place);
  // Switching logging on, ufw takes out the RETURN that switched it off: the first that it finds,
  // be it that of a rule for everything.
  const bool taken_out =
      words.empty() && state_.log_level != UfwLogLevel::off && returns_taken_.insert(chain).second;
  if (!taken_out) add(fmt::format("-A {}{} -j RETURN", chain, words), rule.words, rule.place);
  add(fmt::format("-A ufw-user-{}{} -j {}", suffix_of(rule.match), words, chain), rule.words,
      rule.place);
}

/// Where "limit" rules send who comes too often: the command's place if there is only one.
void Writer::write_limit() {
  Place place;
  for (const UfwRule& rule : state_.rules_v4()) {
    if (rule.action != UfwAction::limit) continue;
    place = !place.known() || place == rule.place ? rule.place : ufw_;
  }
  if (!place.known()) place = ufw_;
  if (state_.log_level != UfwLogLevel::off)
    add("-A ufw-user-limit -m limit --limit 3/min -j LOG --log-prefix \"[UFW LIMIT BLOCK] \"",
        "ufw's limit", place);
  add("-A ufw-user-limit -j REJECT", "ufw's limit", place);
  add("-A ufw-user-limit-accept -j ACCEPT", "ufw's limit", place);
}

/// What the policies block, from "low" on; what they allow, from "medium" on.
void Writer::write_block_log() {
  const UfwLogLevel level = state_.log_level;
  const char* const limit = level < UfwLogLevel::high ? kLimit : "";
  const auto log = [&](const std::string& chain, const char* match, const char* prefix) {
    add(fmt::format("-A {}{}{} -j LOG --log-prefix \"[UFW {}] \"", chain, match, limit, prefix),
        "ufw's logging rules", ufw_);
  };
  for (const Direction& direction : kDirections) {
    const bool allows = policy_of(direction).policy == UfwPolicy::accept;
    if (!allows || level >= UfwLogLevel::medium)
      log(fmt::format("ufw-after-logging-{}", direction.suffix), "", allows ? "ALLOW" : "BLOCK");
  }
  constexpr const char* kInvalid = " -m conntrack --ctstate INVALID";
  if (level < UfwLogLevel::medium)
    add(fmt::format("-A ufw-logging-deny{}{} -j RETURN", kInvalid, limit), "ufw's logging rules",
        ufw_);
  else
    log("ufw-logging-deny", kInvalid, "AUDIT INVALID");
  log("ufw-logging-deny", "", "BLOCK");
  log("ufw-logging-allow", "", "ALLOW");
}

/// All packets, from "medium" on: new connections, rarely; "full" each.
void Writer::write_audit_log() {
  const UfwLogLevel level = state_.log_level;
  if (level < UfwLogLevel::medium) return;
  const char* const when = level == UfwLogLevel::medium ? " -m conntrack --ctstate NEW" : "";
  const char* const limit = level < UfwLogLevel::full ? kLimit : "";
  for (const Direction& direction : kDirections)
    add(fmt::format("-A ufw-before-logging-{}{}{} -j LOG --log-prefix \"[UFW AUDIT] \"",
                    direction.suffix, when, limit),
        "ufw's logging rules", ufw_);
}

}  // namespace

std::vector<UfwLine> write_ufw(const UfwState& state, Place ufw) {
  return Writer(state, ufw).write();
}

}  // namespace natsim::rules
