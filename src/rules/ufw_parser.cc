#include "src/rules/ufw_parser.h"

#include <algorithm>

#include <fmt/format.h>

#include "src/rules/ufw_profiles.h"
#include "src/rules/ufw_values.h"
#include "src/rules/values.h"
#include "src/topology/suggest.h"

namespace natsim::rules {
namespace {

using topology::did_you_mean;
using topology::nearest;
using topology::quoted;

/// After the action: six clauses and "log".
constexpr std::size_t kWordsMax = 13;

constexpr std::pair<std::string_view, UfwAction> kActions[] = {{"allow", UfwAction::allow},
                                                               {"deny", UfwAction::deny},
                                                               {"reject", UfwAction::reject},
                                                               {"limit", UfwAction::limit}};

class RuleParser {
 public:
  RuleParser(std::vector<Word> words, Complaints& complaints)
      : words_(std::move(words)), self_(words_.front()), complaints_(complaints) {}

  std::optional<UfwRequest> parse() {
    const std::size_t errors = complaints_.errors();
    if (!take_route() || !take_place()) return std::nullopt;
    if (request_.number != 0) return std::move(request_);
    if (!take_action() || !take_comment()) return std::nullopt;
    request_.rule.words = command_words();
    if (!take_direction() || !take_log()) return std::nullopt;
    const bool has_interface = !match().in.empty() || !match().out.empty();
    if (words_.empty() && !has_interface)
      return syntax(self_, "'allow 22/tcp', 'allow from 192.168.1.0/24'");
    if (words_.size() + 1 > kWordsMax) return syntax(words_.back(), "too many words");
    if (words_.size() == 1 && !has_interface)
      take_short(words_[0]);
    else
      take_clauses();
    if (complaints_.errors() == errors) finish();
    if (complaints_.errors() != errors) return std::nullopt;
    return std::move(request_);
  }

 private:
  UfwMatch& match() { return request_.rule.match; }
  bool next_is(std::string_view word, std::size_t at = 0) const {
    return words_.size() > at && !words_[at].quoted && words_[at].text == word;
  }
  void drop(std::size_t count = 1) {
    words_.erase(words_.begin(), words_.begin() + std::ptrdiff_t(count));
  }
  std::nullopt_t syntax(const Word& where, std::string hint) {
    complaints_.error(where, "Invalid syntax", std::move(hint));
    return std::nullopt;
  }
  bool wrong(const Word& where, std::string message, std::string hint = {}) {
    complaints_.error(where, std::move(message), std::move(hint));
    return false;
  }

  std::string command_words() const;
  bool take_route();
  bool take_place();
  bool take_action();
  bool take_comment();
  bool take_direction();
  void bring_forward(std::string_view direction);
  bool take_log();
  void take_short(const Word& word);
  void take_profile(const Word& word, UfwEnd& end);
  void take_clauses();
  bool take_clause(const Word& key, const Word& value);
  bool take_address(const Word& value, bool source);
  bool take_ports(const Word& value);
  void take_service(const Word& word);
  void finish();

  std::vector<Word> words_;
  Word self_;
  Complaints& complaints_;
  UfwRequest request_;
  UfwEnd* end_ = nullptr;  // what "port" and "app" belong to
  UfwFamily source_family_ = UfwFamily::both, destination_family_ = UfwFamily::both;
  std::string service_protocol_;  // that of the services by name; empty: none was named
  std::vector<std::string_view> seen_;
};

/// As `ufw show added` has it: without its place in the list, and without its comment.
std::string RuleParser::command_words() const {
  std::string text = (request_.rule.match.routed ? "route " : "") + self_.text;
  for (const Word& word : words_) {
    const bool quotes = word.text.find(' ') != std::string::npos;
    text += fmt::format(fmt::runtime(quotes ? " '{}'" : " {}"), word.text);
  }
  return text;
}

bool RuleParser::take_route() {
  match().routed = next_is("route");
  if (match().routed || next_is("rule")) drop();
  return !words_.empty() || (syntax(self_, "'route allow in on eth1 out on eth2'"), false);
}

/// delete, insert, prepend.
bool RuleParser::take_place() {
  if (next_is("delete")) {
    drop();
    if (words_.empty()) return syntax(self_, "'delete 3' or 'delete allow 22'"), false;
    request_.remove = true;
    if (next_is("route"))
      return syntax(words_[0], "'route' comes first: 'route delete allow …'"), false;
    const auto number = read_ufw_number(words_[0].text);
    if (!number) return true;
    if (match().routed)
      return wrong(words_[0], "'route delete NUM' unsupported. Use 'delete NUM' instead.");
    if (words_.size() > 1) return syntax(words_[1], "nothing follows the rule's number"), false;
    if (*number == 0) return wrong(words_[0], "Could not find rule '0'", "the first one is 1");
    request_.number = *number;
    return true;
  }
  if (next_is("prepend")) {
    request_.position = UfwRequest::kPrepend;
    drop();
  } else if (next_is("insert")) {
    if (words_.size() < 4) return syntax(self_, "'insert 1 deny from 203.0.113.5'"), false;
    const Word& number = words_[1];
    if (number.text == "0" || number.text == "-1")
      return wrong(number, fmt::format("Cannot insert rule at position {}", quoted(number.text)),
                   "the first one is 1");
    const auto position = read_ufw_number(number.text);
    if (!position)
      return wrong(number,
                   fmt::format("Insert position {} is not a valid position", quoted(number.text)));
    request_.position = *position;
    drop(2);
  }
  return !words_.empty() || (syntax(self_, "'prepend deny from 203.0.113.5'"), false);
}

bool RuleParser::take_action() {
  for (const auto& [name, action] : kActions) {
    if (!next_is(name)) continue;
    request_.rule.action = action;
    self_ = words_[0];
    drop();
    return true;
  }
  std::vector<std::string_view> known;
  for (const auto& entry : kActions) known.push_back(entry.first);
  const auto near = nearest(words_[0].text, known);
  return syntax(words_[0],
                near.empty() ? "allow, deny, reject or limit comes here" : did_you_mean(near)),
         false;
}

bool RuleParser::take_comment() {
  for (std::size_t i = 0; i < words_.size(); ++i) {
    if (!next_is("comment", i)) continue;
    if (i + 1 == words_.size())
      return wrong(words_[i], "Option 'comment' missing required argument");
    const Word& text = words_[i + 1];
    if (text.text.find('\'') != std::string::npos)
      return wrong(text, "Comment may not contain \"'\"");
    request_.rule.comment = text.text;
    words_.erase(words_.begin() + std::ptrdiff_t(i), words_.begin() + std::ptrdiff_t(i) + 2);
    return true;
  }
  return true;
}

/// "in", "out", "in on eth0"; "route" has both.
bool RuleParser::take_direction() {
  bool first = true;
  while (next_is("in") || next_is("out")) {
    const bool out = next_is("out");
    std::string& interface = out ? match().out : match().in;
    if (!first && !match().routed)
      return wrong(words_[0], "Invalid interface clause",
                   "'route' rules have two interfaces, others one");
    if (!interface.empty()) return wrong(words_[0], "Improper rule syntax", "it is there twice");
    if (!match().routed || first) match().outgoing = out;
    if (next_is("on", 1)) {
      if (words_.size() < 3) return wrong(words_[1], "Invalid interface clause");
      const auto name = read_ufw_interface(words_[2], complaints_);
      if (!name) return false;
      interface = *name;
      drop(3);
      if (first && match().routed) bring_forward(out ? "in" : "out");
    } else if (match().routed) {
      return wrong(words_[0], "Invalid interface clause for route rule",
                   fmt::format("'{} on' and an interface", words_[0].text));
    } else {
      if (words_.size() < 2) return wrong(words_[0], "Invalid interface clause");
      drop();
      if (next_is("in") || next_is("out")) return wrong(words_[0], "Invalid interface clause");
      break;
    }
    first = false;
  }
  return true;
}

/// The second interface of a "route" rule may stand anywhere.
void RuleParser::bring_forward(std::string_view direction) {
  for (std::size_t i = 0; i + 2 < words_.size(); ++i) {
    if (!next_is(direction, i) || !next_is("on", i + 1)) continue;
    const auto begin = words_.begin() + std::ptrdiff_t(i);
    std::rotate(words_.begin(), begin, begin + 3);
    return;
  }
}

bool RuleParser::take_log() {
  if (next_is("log") || next_is("log-all")) {
    request_.rule.log = next_is("log") ? UfwLog::first : UfwLog::all;
    drop();
  }
  for (std::size_t i = 0; i < words_.size(); ++i)
    if (next_is("log", i) || next_is("log-all", i))
      return wrong(words_[i], fmt::format("Option '{}' not allowed here", words_[i].text),
                   "it follows the direction: 'allow in on eth0 log …'");
  return true;
}

/// "22/tcp", "ssh", "WWW Full".
void RuleParser::take_short(const Word& word) {
  const std::vector<Word> parts = word.split('/');
  if (parts.size() > 2) {
    wrong(word, fmt::format("Bad port {}", quoted(word.text)));
    return;
  }
  UfwEnd& to = match().destination;
  const bool names_service = parts.size() == 2 || !service_protocol(word.text).empty();
  if (is_ufw_service(word) && !names_service) return take_profile(word, to);
  if (parts.size() == 2) {
    const auto protocol = read_ufw_protocol(parts[1], complaints_);
    if (!protocol) return;
    if (is_portless(*protocol)) {
      wrong(parts[1], fmt::format("Invalid port with protocol '{}'", *protocol));
      return;
    }
    match().protocol = *protocol;
  }
  if (const auto ports = read_ufw_ports(parts[0], complaints_)) to.ports = *ports;
  take_service(parts[0]);
}

void RuleParser::take_profile(const Word& word, UfwEnd& end) {
  if (const UfwProfile* profile = find_ufw_profile(word.text)) {
    end.profile = profile->name;
    return;
  }
  std::vector<std::string_view> known = ufw_profile_names();
  for (const std::string_view service : service_names()) known.push_back(service);
  wrong(word, fmt::format("Could not find a profile matching {}", quoted(word.text)),
        did_you_mean(nearest(word.text, known)));
}

void RuleParser::take_clauses() {
  std::size_t i = 0;
  for (; i + 1 < words_.size(); i += 2)
    if (!take_clause(words_[i], words_[i + 1])) return;
  if (i < words_.size()) {
    wrong(words_[i], "Wrong number of arguments",
          fmt::format("{} stands alone", quoted(words_[i].text)));
    return;
  }
  if (end_ == nullptr && match().in.empty() && match().out.empty())
    wrong(self_, "Need 'to' or 'from' clause");
}

bool RuleParser::take_clause(const Word& key, const Word& value) {
  static const std::vector<std::string_view> keys = {"proto", "from", "to", "port", "app"};
  const auto at = std::find(keys.begin(), keys.end(), key.text);
  if (at == keys.end())
    return wrong(key, fmt::format("Invalid token {}", quoted(key.text)),
                 did_you_mean(nearest(key.text, keys)));
  const bool of_end = *at == "port" || *at == "app";
  if (std::count(seen_.begin(), seen_.end(), *at) > (of_end ? 1 : 0))
    return wrong(key, "Improper rule syntax", fmt::format("'{}' is there twice", *at));
  seen_.push_back(*at);
  if (*at == "from" || *at == "to") return take_address(value, *at == "from");
  if (of_end && end_ == nullptr)
    return wrong(key, fmt::format("Need 'from' or 'to' with '{}'", *at),
                 *at == "port" ? "'to any port 22'" : "'to any app OpenSSH'");
  if (*at == "port") return take_ports(value);
  if (*at == "app") {
    take_profile(value, *end_);
    return true;
  }
  if (const auto protocol = read_ufw_protocol(value, complaints_)) match().protocol = *protocol;
  return true;
}

bool RuleParser::take_address(const Word& value, bool source) {
  end_ = source ? &match().source : &match().destination;
  const auto address = read_ufw_address(value, source ? "source" : "destination", complaints_);
  if (!address) return true;  // The rest may be wrong as well.
  end_->address = address->text;
  (source ? source_family_ : destination_family_) = address->family;
  return true;
}

bool RuleParser::take_ports(const Word& value) {
  if (!end_->profile.empty()) return wrong(value, "Improper rule syntax", "'port' beside 'app'");
  const auto ports = read_ufw_ports(value, complaints_);
  if (!ports) return true;
  end_->ports = *ports;
  take_service(value);
  return true;
}

/// "ssh" means tcp, as /etc/services has it.
void RuleParser::take_service(const Word& word) {
  if (!is_ufw_service(word)) return;
  const std::string protocol(service_protocol(word.text));
  if (protocol.empty()) return;
  if (service_protocol_.empty() || service_protocol_ == "any")
    service_protocol_ = protocol;
  else if (protocol != "any" && protocol != service_protocol_)
    wrong(word, "Protocol mismatch (from/to)",
          fmt::format("{} is {} and not {}", word.text, protocol, service_protocol_));
}

/// What takes the whole rule to judge.
void RuleParser::finish() {
  UfwMatch& what = match();
  const bool has_ports = !what.source.ports.empty() || !what.destination.ports.empty();
  if (!service_protocol_.empty()) {
    if (what.protocol == "any")
      what.protocol = service_protocol_;
    else if (service_protocol_ != "any" && service_protocol_ != what.protocol)
      wrong(self_, fmt::format("Protocol mismatch with specified protocol {}", what.protocol),
            fmt::format("the service is {}", service_protocol_));
  }
  if (what.has_profile() && what.protocol != "any")
    wrong(self_, fmt::format("Improper rule syntax ('{}' specified with app rule)", what.protocol));
  if (is_portless(what.protocol) && has_ports)
    wrong(self_, fmt::format("Invalid port with protocol '{}'", what.protocol));
  const bool multiple = is_multiport(what.source.ports) || is_multiport(what.destination.ports);
  if (multiple && what.protocol == "any" && !what.has_profile())
    wrong(self_, "Must specify 'tcp' or 'udp' with multiple ports", "such as '80,443/tcp'");
  UfwFamily& family = request_.family;
  if (source_family_ != UfwFamily::both && destination_family_ != UfwFamily::both &&
      source_family_ != destination_family_)
    wrong(self_, "Mixed IP versions for 'from' and 'to'");
  family = source_family_ != UfwFamily::both ? source_family_ : destination_family_;
  if (is_ipv4_only(what.protocol) && family == UfwFamily::v6)
    wrong(self_, fmt::format("Invalid IPv6 address with protocol '{}'", what.protocol));
  if (is_ipv4_only(what.protocol) && family == UfwFamily::both) family = UfwFamily::v4;
}

}  // namespace

std::optional<UfwRequest> read_ufw_rule(std::vector<Word> words, Complaints& complaints) {
  return RuleParser(std::move(words), complaints).parse();
}

const std::vector<std::string_view>& ufw_rule_words() {
  static const std::vector<std::string_view> words = {"allow",  "deny",   "reject",  "limit",
                                                      "delete", "insert", "prepend", "route"};
  return words;
}

bool begins_ufw_rule(std::string_view word) {
  const auto& words = ufw_rule_words();
  return word == "rule" || std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace natsim::rules
