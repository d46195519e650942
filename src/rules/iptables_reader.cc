#include "src/rules/iptables_reader.h"

#include <algorithm>
#include <map>
#include <memory>

#include <fmt/format.h>

#include "src/rules/rule_line.h"
#include "src/rules/values.h"
#include "src/topology/suggest.h"

namespace natsim::rules {
namespace {

using topology::did_you_mean;
using topology::nearest;
using topology::quoted;

constexpr std::size_t kLineMax = 10'240;   // iptables-restore's own limit, octets
constexpr std::size_t kChainNameMax = 28;  // XT_EXTENSION_MAXNAMELEN without its end
constexpr std::size_t kChainsMax = 50'000;

/// A chain in the making: rules move cheaply when others are put before them.
struct ChainDraft {
  Chain chain;
  bool is_base = false;
  std::vector<std::unique_ptr<Rule>> rules;
};

/// A table between its '*' line and COMMIT.
class TableDraft {
 public:
  TableDraft(Table table, Word begin) : table_(table), begin_(std::move(begin)) {
    for (const Hook hook :
         {Hook::prerouting, Hook::input, Hook::forward, Hook::output, Hook::postrouting})
      if (table_has_hook(table, hook)) add(chain_name(hook)).is_base = true;
  }

  Table table() const { return table_; }
  const Word& begin() const { return begin_; }
  ChainDraft* find(const std::string& name) {
    const auto at = by_name_.find(name);
    return at == by_name_.end() ? nullptr : chains_[at->second].get();
  }
  ChainDraft& add(const std::string& name) {
    auto made = std::make_unique<ChainDraft>();
    made->chain.name = name;
    made->chain.policy_label = {to_string(table_), name, "policy", {}};
    by_name_[name] = chains_.size();
    return *chains_.emplace_back(std::move(made));
  }
  void remove(const std::string& name) {
    chains_[by_name_.at(name)].reset();
    by_name_.erase(name);
  }
  std::size_t size() const { return chains_.size(); }
  bool is_called(const std::string& name) const;
  std::vector<std::string_view> names() const {
    std::vector<std::string_view> all;
    for (const auto& [name, index] : by_name_) all.push_back(name);
    return all;
  }
  TableRules finish();

 private:
  Table table_;
  Word begin_;
  std::vector<std::unique_ptr<ChainDraft>> chains_;  // null: removed again
  std::map<std::string, std::size_t> by_name_;
};

bool TableDraft::is_called(const std::string& name) const {
  for (const auto& chain : chains_) {
    if (chain == nullptr) continue;
    for (const auto& rule : chain->rules) {
      const auto* jump = std::get_if<JumpTarget>(&rule->target);
      const auto* go = std::get_if<GotoTarget>(&rule->target);
      if ((jump != nullptr && jump->chain == name) || (go != nullptr && go->chain == name))
        return true;
    }
  }
  return false;
}

TableRules TableDraft::finish() {
  TableRules done;
  done.table = table_;
  for (const auto& draft : chains_) {
    if (draft == nullptr) continue;
    Chain& chain = done.chains.emplace_back(std::move(draft->chain));
    chain.rules.reserve(draft->rules.size());
    for (const auto& rule : draft->rules) {
      chain.rules.push_back(std::move(*rule));
      RuleLabel& label = chain.rules.back().label;
      if (label.name.empty()) label.name = fmt::format("rule {}", chain.rules.size());
    }
  }
  return done;
}

class Reader {
 public:
  Reader(topology::Context& context, const Origin& origin) : context_(context), origin_(origin) {}

  std::optional<Ruleset> read(std::string_view text);

 private:
  void read_line(std::string_view line, Complaints& complaints);
  void begin_table(const std::vector<Word>& words, Complaints& complaints);
  void declare_chain(std::vector<Word> words, Complaints& complaints);
  void read_command(std::vector<Word> words, Complaints& complaints);
  void add_rule(char command, ChainDraft& chain, std::span<const Word> words, const Word& first,
                RuleCounters counters, Complaints& complaints);
  void change_chain(char command, const std::vector<Word>& words, Complaints& complaints);
  bool take_counters(const Word& word, RuleCounters& counters, Complaints& complaints);
  ChainDraft* known_chain(const Word& name, Complaints& complaints);
  bool new_chain(const Word& name, Complaints& complaints);
  void commit();

  topology::Context& context_;
  const Origin& origin_;
  Ruleset rules_;
  std::optional<TableDraft> table_;
  std::uint32_t table_line_ = 0;
  bool skipping_ = false;  // an unknown table's lines
  std::size_t rule_count_ = 0;
};

std::optional<Ruleset> Reader::read(std::string_view text) {
  const std::size_t errors = context_.errors();
  std::uint32_t number = 0;
  for (; !text.empty() && !context_.gave_up() && rule_count_ <= kRulesMax; ++number) {
    const std::string_view line = take_line(text);
    Complaints complaints(context_, origin_, number);
    if (line.size() > kLineMax)
      complaints.error({}, fmt::format("a line longer than {} octets", kLineMax));
    else
      read_line(line, complaints);
    if (table_ && table_line_ == 0) table_line_ = number + 1;
  }
  if (rule_count_ > kRulesMax)
    context_.error(origin_.at(number - 1, 0), fmt::format("more than {} rules", kRulesMax));
  if (table_)
    Complaints(context_, origin_, table_line_ - 1)
        .error(table_->begin(), fmt::format("table {} has no end", to_string(table_->table())),
               "its last line is 'COMMIT'");
  if (context_.errors() != errors) return std::nullopt;
  return std::move(rules_);
}

void Reader::read_line(std::string_view line, Complaints& complaints) {
  const auto first = line.find_first_not_of(" \t");
  if (first == std::string_view::npos || line[first] == '#') return;
  std::uint32_t bad_column = 0;
  auto words = split_words(line, bad_column);
  if (!words) {
    Word where;
    where.column = bad_column;
    return complaints.error(where, "the quotation mark is not closed");
  }
  if (words->empty()) return;
  const std::string& word = words->front().text;
  if (word.empty()) return complaints.error(words->front(), "an empty word begins the line");
  if (word.front() == '*') return begin_table(*words, complaints);
  if (skipping_ && word != "COMMIT") return;
  if (word == "COMMIT") {
    if (!table_ && !skipping_)
      complaints.error(words->front(), "'COMMIT' without a table", "a table begins with '*filter'");
    if (table_) commit();
    skipping_ = false;
    return;
  }
  if (word == "iptables" || word == "iptables-restore" || word == "sudo")
    return complaints.error(words->front(), fmt::format("{} is a command", quoted(word)),
                            "what is read here is what iptables-save prints: '*filter', rules "
                            "that begin with '-A', 'COMMIT'");
  if (!table_)
    return complaints.error(words->front(), fmt::format("{} is in no table", quoted(word)),
                            "a table begins with a line such as '*filter' or '*nat'");
  if (word.front() == ':') return declare_chain(std::move(*words), complaints);
  read_command(std::move(*words), complaints);
}

void Reader::begin_table(const std::vector<Word>& words, Complaints& complaints) {
  const Word name = words[0].after(1);
  if (table_)
    complaints.error(words[0], fmt::format("table {} is still open", to_string(table_->table())),
                     "its last line is 'COMMIT'");
  table_.reset();
  table_line_ = 0;
  skipping_ = true;
  const auto table = parse_table(name.text);
  if (!table) {
    static const std::vector<std::string_view> known = {"filter", "nat", "mangle", "raw"};
    const bool security = name.text == "security";
    return complaints.error(name,
                            security ? "table security is not modelled"
                                     : fmt::format("there is no table {}", quoted(name.text)),
                            security ? "" : did_you_mean(nearest(name.text, known)));
  }
  if (words.size() > 1) complaints.error(words[1], "nothing follows a table's name");
  if (rules_.find(*table) != nullptr)
    complaints.warning(words[0], fmt::format("table {} is there twice", name.text),
                       "this one replaces the one before");
  skipping_ = false;
  table_.emplace(*table, words[0]);
}

/// ":FORWARD DROP [12:34]", ":web - [0:0]".
void Reader::declare_chain(std::vector<Word> words, Complaints& complaints) {
  Word name = words[0].after(1);
  if (name.text.empty() && words.size() > 1) {  // ": web -": iptables-restore does not mind
    name = words[1];
    words.erase(words.begin());
  }
  if (words.size() < 2)
    return complaints.error(
        name, "a chain's line has a policy",
        fmt::format("':{} - [0:0]', or ACCEPT or DROP for a built-in one", name.text));
  ChainDraft* chain = table_->find(name.text);
  if (chain == nullptr || !chain->is_base) {
    if (words[1].text != "-")
      return complaints.error(words[1],
                              fmt::format("the policy {} for {}: only built-in chains have one",
                                          quoted(words[1].text), quoted(name.text)),
                              "'-' for others");
    if (chain == nullptr && !new_chain(name, complaints)) return;
    chain = table_->find(name.text);
    chain->rules.clear();
    chain->chain.place = complaints.place(name);
    if (words.size() > 2) {
      RuleCounters ignored;
      take_counters(words[2], ignored, complaints);
    }
    return;
  }
  if (words[1].text == "ACCEPT" || words[1].text == "DROP")
    chain->chain.accept = words[1].text == "ACCEPT";
  else if (words[1].text != "-")
    return complaints.error(words[1], fmt::format("{} is no policy", quoted(words[1].text)),
                            "ACCEPT or DROP");
  chain->chain.place = chain->chain.policy_label.place = complaints.place(name);
  if (words.size() > 2) take_counters(words[2], chain->chain.policy_counters, complaints);
}

/// "[packets:octets]".
bool Reader::take_counters(const Word& word, RuleCounters& counters, Complaints& complaints) {
  const std::string_view text = word.text;
  const auto colon = text.find(':');
  if (text.size() >= 5 && text.front() == '[' && text.back() == ']' &&
      colon != std::string_view::npos) {
    const auto packets = number_of(text.substr(1, colon - 1));
    const auto bytes = number_of(text.substr(colon + 1, text.size() - colon - 2));
    if (packets && bytes) {
      counters = {*packets, *bytes};
      return true;
    }
  }
  complaints.error(word, fmt::format("{} are no counters", quoted(text)),
                   "packets and octets: [0:0]");
  return false;
}

ChainDraft* Reader::known_chain(const Word& name, Complaints& complaints) {
  ChainDraft* chain = table_->find(name.text);
  if (chain != nullptr) return chain;
  const auto near = nearest(name.text, table_->names());
  complaints.error(
      name, fmt::format("table {} has no chain {}", to_string(table_->table()), quoted(name.text)),
      near.empty() ? fmt::format("a chain is declared before: ':{} - [0:0]'", name.text)
                   : did_you_mean(near));
  return nullptr;
}

bool Reader::new_chain(const Word& name, Complaints& complaints) {
  const std::string& text = name.text;
  if (table_->find(text) != nullptr)
    return complaints.error(name, fmt::format("chain {} is there already", quoted(text))), false;
  if (text.size() > kChainNameMax)
    return complaints.error(
               name, fmt::format("the chain name {} is longer than 28 characters", quoted(text))),
           false;
  if (text.empty() || text[0] == '-' || text[0] == '!')
    return complaints.error(name, fmt::format("{} cannot be a chain's name", quoted(text))), false;
  if (make_target(text) != nullptr || is_unmodelled_target(text))
    return complaints.error(
               name, fmt::format("{} is a target and cannot be a chain's name", quoted(text))),
           false;
  if (table_->size() >= kChainsMax)
    return complaints.error(name, fmt::format("more than {} chains", kChainsMax)), false;
  table_->add(text);
  return true;
}

/// "[p:b] -A CHAIN …" and the other commands of iptables.
void Reader::read_command(std::vector<Word> words, Complaints& complaints) {
  RuleCounters counters;
  if (words[0].text.front() == '[') {
    if (!take_counters(words[0], counters, complaints)) return;
    words.erase(words.begin());
    if (words.empty() || words[0].text.empty()) return;
  }
  struct Name {
    std::string_view name;
    char letter;
  };
  static constexpr Name kNames[] = {{"append", 'A'},       {"insert", 'I'},    {"delete", 'D'},
                                    {"replace", 'R'},      {"new-chain", 'N'}, {"policy", 'P'},
                                    {"delete-chain", 'X'}, {"flush", 'F'}};
  const std::string& text = words[0].text;
  char command = 0;
  for (const Name& known : kNames)
    if ((text.size() == 2 && text[0] == '-' && text[1] == known.letter) ||
        (text.substr(0, 2) == "--" && text.substr(2) == known.name))
      command = known.letter;
  if (command == 0)
    return complaints.error(words[0], fmt::format("{} is no command", quoted(text)),
                            "a rule begins with '-A' and a chain's name");
  if (command == 'N' || command == 'P' || command == 'X' || command == 'F')
    return change_chain(command, words, complaints);
  if (words.size() < 2)
    return complaints.error(words[0], fmt::format("{} needs a chain", quoted(text)));
  if (ChainDraft* chain = known_chain(words[1], complaints))
    add_rule(command, *chain, std::span<const Word>(words).subspan(2), words[0], counters,
             complaints);
}

void Reader::add_rule(char command, ChainDraft& chain, std::span<const Word> words,
                      const Word& first, RuleCounters counters, Complaints& complaints) {
  auto& rules = chain.rules;
  std::size_t at = command == 'A' ? rules.size() : 0;
  if (command != 'A' && !words.empty() && number_of(words[0].text)) {
    const std::size_t max = command == 'I' ? rules.size() + 1 : rules.size();
    const auto number = read_number(words[0], 1, std::max<std::size_t>(max, 1), complaints);
    if (!number || *number > max) return;
    at = *number - 1;
    words = words.subspan(1);
  } else if (command == 'D') {
    return complaints.error(first, "'-D' is understood with a rule's number only");
  } else if (command == 'R') {
    return complaints.error(first, "'-R' needs a rule's number");
  }
  const auto place = rules.begin() + std::ptrdiff_t(at);
  if (command == 'D') {
    rules.erase(place);
    return;
  }
  const RuleScope scope{
      [&](const std::string& name) { return table_->find(name) != nullptr; },
      [&] { return table_->names(); },
  };
  std::vector<std::unique_ptr<Rule>> made;
  for (Rule& rule : read_rule(words, first, scope, complaints)) {
    rule.label = {to_string(table_->table()), chain.chain.name, rule.comment,
                  complaints.place(first)};
    if (counters.packets != 0 || counters.bytes != 0) rule.counters = counters;
    made.push_back(std::make_unique<Rule>(std::move(rule)));
  }
  rule_count_ += made.size();
  if (made.empty()) return;
  if (command == 'R') {
    *place = std::move(made[0]);
    return;
  }
  rules.insert(place, std::make_move_iterator(made.begin()), std::make_move_iterator(made.end()));
}

void Reader::change_chain(char command, const std::vector<Word>& words, Complaints& complaints) {
  if (words.size() < (command == 'P' ? 3u : 2u))
    return complaints.error(words[0],
                            fmt::format("{} needs {}", quoted(words[0].text),
                                        command == 'P' ? "a chain and a policy" : "a chain"));
  if (command == 'N') {
    if (new_chain(words[1], complaints))
      table_->find(words[1].text)->chain.place = complaints.place(words[1]);
    return;
  }
  ChainDraft* chain = known_chain(words[1], complaints);
  if (chain == nullptr) return;
  if (command == 'F') {
    chain->rules.clear();
  } else if (command == 'P') {
    Word name = words[1];
    name.text = ":" + name.text;
    declare_chain({name, words[2]}, complaints);
  } else if (chain->is_base || !chain->rules.empty() || table_->is_called(words[1].text)) {
    complaints.error(words[1], fmt::format("chain {} cannot be deleted", quoted(words[1].text)),
                     "it is built in, has rules, or is called");
  } else {
    table_->remove(words[1].text);
  }
}

void Reader::commit() {
  TableRules done = table_->finish();
  rules_.table(done.table) = std::move(done);
  table_.reset();
}

}  // namespace

std::optional<Ruleset> read_iptables(topology::Context& context, std::string_view text,
                                     const Origin& origin) {
  return Reader(context, origin).read(text);
}

}  // namespace natsim::rules
