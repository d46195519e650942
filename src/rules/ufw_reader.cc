#include "src/rules/ufw_reader.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "src/rules/iptables_reader.h"
#include "src/rules/shell_words.h"
#include "src/rules/ufw_parser.h"
#include "src/rules/ufw_writer.h"
#include "src/topology/suggest.h"

namespace natsim::rules {
namespace {

using topology::did_you_mean;
using topology::nearest;
using topology::quoted;

constexpr std::size_t kCommandMax = 10'240;  // octets

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
  return text;
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

class Reader {
 public:
  Reader(topology::Context& context, Place ufw) : context_(context), ufw_(ufw) {}

  std::optional<Ruleset> read(const std::vector<UfwText>& texts);

 private:
  void read_line(std::string_view line, Complaints& complaints);
  bool is_for_shell(const std::vector<Word>& words, Complaints& complaints);
  void run(std::vector<Word> words, Complaints& complaints);
  void set_enabled(const Word& word, bool enabled, Complaints& complaints);
  void set_default(const std::vector<Word>& words, Complaints& complaints);
  void set_logging(const std::vector<Word>& words, Complaints& complaints);
  void change_rules(std::vector<Word> words, Complaints& complaints);
  void tell(UfwOutcome outcome, const UfwRequest& request, const Word& word,
            Complaints& complaints);
  void unknown(const Word& word, Complaints& complaints);
  std::optional<Ruleset> rules();

  topology::Context& context_;
  Place ufw_;
  UfwState state_;
  Place disabled_;
  std::size_t commands_ = 0;
};

std::optional<Ruleset> Reader::read(const std::vector<UfwText>& texts) {
  const std::size_t errors = context_.errors();
  for (const UfwText& part : texts) {
    std::string_view text = part.text;
    for (std::uint32_t number = 0; !text.empty() && !context_.gave_up(); ++number) {
      Complaints complaints(context_, part.origin, number);
      read_line(take_line(text), complaints);
      if (commands_ <= kUfwCommandsMax) continue;
      complaints.error({}, fmt::format("more than {} commands", kUfwCommandsMax));
      return std::nullopt;
    }
  }
  if (!state_.enabled)
    context_.warning(disabled_, "ufw is disabled: everything is accepted", "'enable' comes last");
  return context_.errors() == errors ? rules() : std::nullopt;
}

void Reader::read_line(std::string_view line, Complaints& complaints) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  if (line.size() > kCommandMax)
    return complaints.error({}, fmt::format("a command longer than {} octets", kCommandMax));
  std::uint32_t bad_column = 0;
  auto words = split_shell_words(line, bad_column);
  if (!words) {
    Word where;
    where.column = bad_column;
    return complaints.error(where, "the quotation mark is not closed");
  }
  const auto drop_first = [&](std::string_view word) {
    if (!words->empty() && words->front().text == word) words->erase(words->begin());
  };
  if (words->empty() || is_for_shell(*words, complaints)) return;
  const Word first = words->front();
  drop_first("sudo");
  drop_first("ufw");
  drop_first("--force");
  drop_first("-f");
  if (words->empty()) return complaints.error(first, "not enough args", "such as 'allow 22/tcp'");
  ++commands_;
  run(std::move(*words), complaints);
}

bool Reader::is_for_shell(const std::vector<Word>& words, Complaints& complaints) {
  for (const Word& word : words) {
    if (word.quoted || word.text.empty()) continue;
    const bool joins = is_one_of(word.text, {"&&", "||", "|", "&"}) || word.text.back() == ';';
    if (!joins && word.text.find_first_of("$`<>") == std::string::npos) continue;
    complaints.error(word, fmt::format("{} is for a shell", quoted(word.text)),
                     joins ? "one command in each line" : "");
    return true;
  }
  return false;
}

void Reader::run(std::vector<Word> words, Complaints& complaints) {
  const Word& first = words[0];
  const std::string command = lower(first.text);
  if (is_one_of(command, {"enable", "disable", "reload", "reset"})) {
    if (words.size() > 1)
      return complaints.error(words[1], "Invalid syntax",
                              fmt::format("nothing follows '{}'", command));
    if (command == "reset") state_.clear();
    if (command != "reload") set_enabled(first, command == "enable", complaints);
    return;
  }
  if (command == "default") return set_default(words, complaints);
  if (command == "logging") return set_logging(words, complaints);
  if (begins_ufw_rule(command)) return change_rules(std::move(words), complaints);
  if (is_one_of(command, {"status", "show", "version", "--version", "help", "--help", "-h"}))
    return complaints.warning(first, fmt::format("'{}' prints, and changes nothing", command));
  if (is_one_of(command, {"app", "--dry-run"}))
    return complaints.error(first, fmt::format("'{}' is not modelled", command));
  unknown(first, complaints);
}

void Reader::unknown(const Word& word, Complaints& complaints) {
  std::vector<std::string_view> known = ufw_rule_words();
  for (const std::string_view other :
       {"default", "logging", "enable", "disable", "reload", "reset", "status"})
    known.push_back(other);
  const bool port = !word.text.empty() && word.text[0] >= '0' && word.text[0] <= '9';
  complaints.error(word, fmt::format("Invalid syntax: ufw has no command {}", quoted(word.text)),
                   port ? "in a list in brackets a command with a comma needs quotes"
                        : did_you_mean(nearest(word.text, known)));
}

void Reader::set_enabled(const Word& word, bool enabled, Complaints& complaints) {
  state_.enabled = enabled;
  disabled_ = complaints.place(word);
}

/// "default deny", "default deny incoming".
void Reader::set_default(const std::vector<Word>& words, Complaints& complaints) {
  if (words.size() < 2 || words.size() > 3)
    return complaints.error(words[words.size() < 2 ? 0 : 3], "Invalid syntax",
                            "such as 'default deny incoming'");
  UfwDefault chosen;
  chosen.place = complaints.place(words[0]);
  const std::string policy = lower(words[1].text);
  if (policy == "allow")
    chosen.policy = UfwPolicy::accept;
  else if (policy == "reject")
    chosen.policy = UfwPolicy::reject;
  else if (policy != "deny")
    return complaints.error(words[1], fmt::format("Unsupported policy {}", quoted(words[1].text)),
                            "allow, deny or reject");
  const std::string direction = words.size() > 2 ? lower(words[2].text) : "incoming";
  if (is_one_of(direction, {"incoming", "input"})) {
    state_.incoming = chosen;
  } else if (is_one_of(direction, {"outgoing", "output"})) {
    state_.outgoing = chosen;
  } else if (is_one_of(direction, {"routed", "forward"})) {
    state_.routed = chosen;
  } else {
    complaints.error(words[2],
                     fmt::format("Unsupported policy for direction {}", quoted(words[2].text)),
                     "incoming, outgoing or routed");
  }
}

void Reader::set_logging(const std::vector<Word>& words, Complaints& complaints) {
  static const std::vector<std::string_view> levels = {"off", "low", "medium", "high", "full"};
  if (words.size() != 2)
    return complaints.error(words[0], "Invalid syntax", "on, " + topology::listed(levels));
  const std::string level = lower(words[1].text);
  const auto at = std::find(levels.begin(), levels.end(), level);
  if (at != levels.end())
    state_.log_level = UfwLogLevel(at - levels.begin());
  else if (level != "on")
    complaints.error(words[1], fmt::format("Invalid log level {}", quoted(words[1].text)),
                     "on, " + topology::listed(levels));
  else if (state_.log_level == UfwLogLevel::off)
    state_.log_level = UfwLogLevel::low;
}

void Reader::change_rules(std::vector<Word> words, Complaints& complaints) {
  const Word first = words[0];
  auto request = read_ufw_rule(std::move(words), complaints);
  if (!request) return;
  request->rule.place = complaints.place(first);
  tell(state_.apply(*request), *request, first, complaints);
}

void Reader::tell(UfwOutcome outcome, const UfwRequest& request, const Word& word,
                  Complaints& complaints) {
  switch (outcome) {
    case UfwOutcome::absent: return complaints.error(word, "Could not delete non-existent rule");
    case UfwOutcome::bad_position: {
      const std::size_t count = state_.count(false) + state_.count(true);
      const std::string hint =
          fmt::format("there are {} rules, {} of them of IPv4", count, state_.count(false));
      if (request.number != 0)
        return complaints.error(word, fmt::format("Could not find rule '{}'", request.number),
                                hint);
      return complaints.error(word, fmt::format("Invalid position '{}'", request.position), hint);
    }
    case UfwOutcome::skipped:
      return complaints.warning(word, request.position == UfwRequest::kAppend
                                          ? "Skipping adding existing rule"
                                          : "Skipping inserting existing rule");
    default: break;
  }
  if (request.family == UfwFamily::v6 && request.number == 0)
    complaints.warning(word, "a rule for IPv6 alone: there is no IPv6 here");
}

/// Through the reader of iptables-save's text, and each rule gets the name and place of its line.
std::optional<Ruleset> Reader::rules() {
  const std::vector<UfwLine> lines = write_ufw(state_, ufw_);
  std::string text;
  std::vector<Place> places;
  std::map<std::string, std::vector<const UfwLine*>> by_chain;
  for (const UfwLine& line : lines) {
    text += line.text + '\n';
    places.push_back(line.place);
    if (line.text.compare(0, 3, "-A ") == 0)
      by_chain[line.text.substr(3, line.text.find(' ', 3) - 3)].push_back(&line);
  }
  auto ruleset = read_iptables(context_, text, Origin::lines(std::move(places)));
  if (!ruleset) return ruleset;
  for (TableRules& table : ruleset->tables)
    for (Chain& chain : table.chains)
      for (std::size_t i = 0; i < chain.rules.size(); ++i)
        chain.rules[i].label.name = by_chain.at(chain.name)[i]->label;
  return ruleset;
}

}  // namespace

std::optional<Ruleset> read_ufw(topology::Context& context, const std::vector<UfwText>& texts,
                                Place ufw) {
  return Reader(context, ufw).read(texts);
}

}  // namespace natsim::rules
