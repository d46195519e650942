#include "src/rules/rule_line.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "src/rules/values.h"
#include "src/topology/suggest.h"

namespace natsim::rules {
namespace {

using topology::did_you_mean;
using topology::nearest;
using topology::quoted;

constexpr std::size_t kInterfaceNameMax = 15;
/// Rules that one line may make.
constexpr std::size_t kProductMax = 100'000;

enum : std::uint8_t {
  kSource,
  kDestination,
  kIn,
  kOut,
  kProtocol,
  kMatch,
  kJump,
  kGoto,
  kFragment,
  kCounters,
  kIpv4,
  kIpv6,
  kTable,
};

struct GeneralOption {
  char letter;
  OptionSyntax syntax;
};

/// iptables' own options. A second name of one has no letter.
constexpr GeneralOption kGeneral[] = {
    {'s', {"source", kSource, 1, true}},
    {0, {"src", kSource, 1, true}},
    {'d', {"destination", kDestination, 1, true}},
    {0, {"dst", kDestination, 1, true}},
    {'i', {"in-interface", kIn, 1, true}},
    {'o', {"out-interface", kOut, 1, true}},
    {'p', {"protocol", kProtocol, 1, true}},
    {0, {"proto", kProtocol, 1, true}},
    {'m', {"match", kMatch}},
    {'j', {"jump", kJump}},
    {'g', {"goto", kGoto}},
    {'f', {"fragments", kFragment, 0, true}},
    {0, {"fragment", kFragment, 0, true}},
    {'c', {"set-counters", kCounters, 2}},
    {'4', {"ipv4", kIpv4, 0}},
    {'6', {"ipv6", kIpv6, 0}},
    {'t', {"table", kTable}},
};

class RuleReader {
 public:
  RuleReader(std::span<const Word> words, const Word& command, const RuleScope& scope,
             Complaints& complaints)
      : words_(words), command_(command), scope_(scope), complaints_(complaints) {}

  std::vector<Rule> read() {
    const std::size_t errors = complaints_.errors();
    while (at_ < words_.size())
      if (!read_option()) return {};
    finish();
    if (complaints_.errors() != errors) return {};
    return product();
  }

 private:
  /// What an option's name stands for: a general option, or one of an extension.
  struct Found {
    const OptionSyntax* syntax = nullptr;
    Extension* extension = nullptr;  // nullptr: a general option
  };
  struct Loaded {
    std::unique_ptr<Extension> extension;
    Word word;
  };

  bool read_option();
  bool use(const Found& found, const Word& option, bool negated, std::vector<Word> values);
  Found find(std::string_view name);
  Found find_exact(std::string_view name);
  Found find_prefix(std::string_view name);
  bool load_protocol_match(const Word& option);
  void unknown(const Word& option, std::string_view name);

  bool once(std::uint8_t id, const Word& option);
  void use_general(std::uint8_t id, const Word& option, bool negated,
                   const std::vector<Word>& values);
  void take_addresses(std::uint8_t id, const Word& value, bool negated);
  void take_interface(InterfaceMatch& match, const Word& value, bool negated);
  void load_match(const Word& name);
  void jump(const Word& name, bool go);
  void finish();
  std::vector<Rule> product() const;

  std::span<const Word> words_;
  const Word& command_;
  const RuleScope& scope_;
  Complaints& complaints_;
  std::size_t at_ = 0;
  std::uint32_t seen_ = 0;
  RuleDraft draft_;
  std::vector<Prefix> sources_, destinations_;
  std::vector<Loaded> matches_;
  std::optional<Loaded> target_;
  bool target_given_ = false;
};

/// One option with its values.
bool RuleReader::read_option() {
  bool negated = false;
  if (words_[at_].text == "!" && !words_[at_].quoted) {
    negated = true;
    if (++at_ == words_.size()) {
      complaints_.error(words_[at_ - 1], "nothing follows the '!'");
      return false;
    }
  }
  const Word& option = words_[at_++];
  const std::string& text = option.text;
  if (text.size() < 2 || text[0] != '-' || text == "--") {
    const bool after_not = at_ >= 2 && words_[at_ - 2].text == "!";
    complaints_.error(option, fmt::format("{} belongs to no option", quoted(text)),
                      after_not ? "the '!' goes before the option: ! -s 10.0.0.1" : "");
    return false;
  }
  Found found;
  std::vector<Word> values;
  std::string_view name;
  if (text[1] == '-') {
    const auto equals = text.find('=');
    name = std::string_view(text).substr(2, equals == std::string::npos ? equals : equals - 2);
    found = find(name);
    if (found.syntax == nullptr && load_protocol_match(option)) found = find(name);
    if (equals != std::string::npos) values.push_back(option.part(equals + 1));
  } else {
    name = std::string_view(text).substr(1, 1);
    for (const GeneralOption& general : kGeneral)
      if (general.letter == text[1]) found.syntax = &general.syntax;
    if (text.size() > 2) values.push_back(option.part(2));
  }
  if (found.syntax == nullptr) {
    unknown(option, name);
    return false;
  }
  if (values.size() > found.syntax->values) {
    complaints_.error(values[0], fmt::format("{} takes no value", quoted(option.text)));
    return false;
  }
  while (values.size() < found.syntax->values && at_ < words_.size())
    values.push_back(words_[at_++]);
  if (values.size() < found.syntax->values) {
    complaints_.error(option, fmt::format("{} needs {}", quoted(text),
                                          found.syntax->values == 1 ? "a value" : "two values"));
    return false;
  }
  return use(found, option, negated, std::move(values));
}

/// After what cannot be understood the rest of the line is not looked at; after a wrong value it
/// is.
bool RuleReader::use(const Found& found, const Word& option, bool negated,
                     std::vector<Word> values) {
  if (!values.empty() && values[0].text == "!" && !values[0].quoted) {
    complaints_.error(
        values[0], "the '!' goes before the option",
        fmt::format("! {} {}", option.text, at_ < words_.size() ? words_[at_].text : "…"));
    return false;
  }
  if (found.extension != nullptr) {
    found.extension->use({found.syntax->id, negated, option, values}, *found.syntax, complaints_);
    return true;
  }
  if (negated && !found.syntax->negatable) {
    complaints_.error(option, fmt::format("{} cannot be negated", quoted(option.text)));
    return false;
  }
  const bool had_target = target_given_;
  use_general(found.syntax->id, option, negated, values);
  // An unknown target's or match's options are unknown as well.
  if (found.syntax->id == kMatch)
    return !matches_.empty() && matches_.back().word.column == values[0].column;
  return found.syntax->id != kJump || had_target || target_given_;
}

RuleReader::Found RuleReader::find(std::string_view name) {
  const Found exact = find_exact(name);
  return exact.syntax != nullptr ? exact : find_prefix(name);
}

/// The extension that was loaded last comes first.
RuleReader::Found RuleReader::find_exact(std::string_view name) {
  const auto in = [&](Extension* extension) -> Found {
    for (const OptionSyntax& option : extension->options())
      if (option.name == name) return {&option, extension};
    return {};
  };
  if (target_)
    if (const Found found = in(target_->extension.get()); found.syntax != nullptr) return found;
  for (auto loaded = matches_.rbegin(); loaded != matches_.rend(); ++loaded)
    if (const Found found = in(loaded->extension.get()); found.syntax != nullptr) return found;
  for (const GeneralOption& general : kGeneral)
    if (general.syntax.name == name) return {&general.syntax, nullptr};
  return {};
}

/// getopt_long takes the beginning of a name where that can only be one: "--to" for
/// "--to-destination".
RuleReader::Found RuleReader::find_prefix(std::string_view name) {
  Found best;
  bool ambiguous = false;
  const auto look = [&](const OptionSyntax& option, Extension* extension) {
    if (option.name.substr(0, name.size()) != name) return;
    const bool same =
        best.syntax != nullptr && best.extension == extension && best.syntax->id == option.id;
    ambiguous = ambiguous || (best.syntax != nullptr && !same);
    best = {&option, extension};
  };
  for (const GeneralOption& general : kGeneral) look(general.syntax, nullptr);
  for (const Loaded& loaded : matches_)
    for (const OptionSyntax& option : loaded.extension->options())
      look(option, loaded.extension.get());
  if (target_)
    for (const OptionSyntax& option : target_->extension->options())
      look(option, target_->extension.get());
  return ambiguous ? Found{} : best;
}

/// "-p tcp --dport 80" means "-p tcp -m tcp --dport 80".
bool RuleReader::load_protocol_match(const Word& option) {
  const auto protocol = draft_.rule.protocol.protocol;
  if (!protocol || draft_.rule.protocol.negated) return false;
  const std::string name = to_string(*protocol);
  for (const Loaded& loaded : matches_)
    if (loaded.extension->name() == name) return false;
  auto extension = make_match(name);
  if (extension == nullptr) return false;
  matches_.push_back({std::move(extension), option});
  return true;
}

void RuleReader::unknown(const Word& option, std::string_view name) {
  std::string hint;
  if (const std::string owner = matches_with_option(name); !owner.empty()) {
    const bool by_protocol = owner.find("tcp") == 0 || owner == "udp" || owner == "icmp";
    hint = by_protocol && owner != "tcp or -m udp" ? fmt::format("put '-p {}' before it", owner)
           : by_protocol                           ? "put '-p tcp' or '-p udp' before it"
                                                   : fmt::format("put '-m {}' before it", owner);
  } else {
    std::vector<std::string_view> known;
    for (const GeneralOption& general : kGeneral) known.push_back(general.syntax.name);
    for (const Loaded& loaded : matches_)
      for (const OptionSyntax& syntax : loaded.extension->options()) known.push_back(syntax.name);
    if (target_)
      for (const OptionSyntax& syntax : target_->extension->options()) known.push_back(syntax.name);
    if (const auto near = nearest(name, known); !near.empty() && name.size() > 1)
      hint = did_you_mean(fmt::format("--{}", near));
  }
  complaints_.error(option, fmt::format("unknown option {}", quoted(option.text)), std::move(hint));
}

bool RuleReader::once(std::uint8_t id, const Word& option) {
  if ((seen_ >> id & 1) == 0) {
    seen_ |= 1u << id;
    return true;
  }
  complaints_.error(option, fmt::format("{} is there twice", quoted(option.text)));
  return false;
}

void RuleReader::use_general(std::uint8_t id, const Word& option, bool negated,
                             const std::vector<Word>& values) {
  if (id == kMatch) return load_match(values[0]);
  if (!once(id, option)) return;
  Rule& rule = draft_.rule;
  switch (id) {
    case kSource:
    case kDestination: return take_addresses(id, values[0], negated);
    case kIn: return take_interface(rule.in, values[0], negated);
    case kOut: return take_interface(rule.out, values[0], negated);
    case kProtocol:
      if (const auto protocol = read_protocol(values[0], complaints_)) {
        if (!*protocol && negated) complaints_.error(values[0], "'! -p all' would never match");
        rule.protocol = {*protocol, negated};
      }
      return;
    case kJump:
    case kGoto: return jump(values[0], id == kGoto);
    case kFragment:
      rule.fragment = negated ? FragmentMatch::not_later_fragments : FragmentMatch::later_fragments;
      return;
    case kCounters: {
      const auto packets = read_number(values[0], 0, UINT64_MAX, complaints_);
      const auto bytes = read_number(values[1], 0, UINT64_MAX, complaints_);
      if (packets && bytes) rule.counters = {*packets, *bytes};
      return;
    }
    case kIpv4: return;
    case kIpv6: complaints_.error(option, "IPv6 is not filtered"); return;
    case kTable:
      complaints_.error(option, "'-t' has no place in a file", "the line '*nat' begins table nat");
      return;
  }
}

void RuleReader::take_addresses(std::uint8_t id, const Word& value, bool negated) {
  std::vector<Prefix>& list = id == kSource ? sources_ : destinations_;
  const std::vector<Word> parts = value.split(',');
  if (negated && parts.size() > 1)
    return complaints_.error(value, "a list of addresses cannot be negated",
                             "a packet outside of one of them is not outside of all");
  for (const Word& part : parts) {
    const auto prefix = read_prefix(part, complaints_);
    if (!prefix) continue;
    if (negated && prefix->length == 0)
      return complaints_.error(part, "no packet is outside of all addresses");
    list.push_back(*prefix);
  }
  (id == kSource ? draft_.rule.source : draft_.rule.destination).negated = negated;
}

void RuleReader::take_interface(InterfaceMatch& match, const Word& value, bool negated) {
  if (value.text.empty() || value.text[0] == '!')
    return complaints_.error(value, "an interface's name is missing",
                             "the '!' goes before the option: ! -i eth0");
  if (value.text.size() > kInterfaceNameMax)
    return complaints_.error(
        value,
        fmt::format("the interface name {} is longer than 15 characters", quoted(value.text)));
  match = {{value.text}, negated};
  if (value.text == "+") match.patterns = negated ? match.patterns : std::vector<std::string>();
}

void RuleReader::load_match(const Word& name) {
  if (auto extension = make_match(name.text)) {
    matches_.push_back({std::move(extension), name});
    return;
  }
  if (is_unmodelled_match(name.text)) {
    complaints_.error(name, fmt::format("match {} is not modelled", quoted(name.text)),
                      name.text == "owner" ? "packets here have no process that owns them" : "");
    return;
  }
  complaints_.error(name, fmt::format("there is no match {}", quoted(name.text)),
                    did_you_mean(nearest(name.text, match_names())));
}

void RuleReader::jump(const Word& name, bool go) {
  if ((seen_ >> kJump & 1) && (seen_ >> kGoto & 1))
    return complaints_.error(name, "'-j' and '-g' exclude each other");
  if (!go) {
    if (auto extension = make_target(name.text)) {
      target_ = Loaded{std::move(extension), name};
      target_given_ = true;
      return;
    }
  }
  if (scope_.has_chain(name.text)) {
    target_given_ = true;
    if (go)
      draft_.rule.target = GotoTarget{name.text};
    else
      draft_.rule.target = JumpTarget{name.text};
    return;
  }
  if (!go && is_unmodelled_target(name.text))
    return complaints_.error(name, fmt::format("target {} is not modelled", quoted(name.text)));
  std::vector<std::string_view> known = scope_.chain_names();
  if (!go)
    for (const std::string_view target : target_names()) known.push_back(target);
  const auto near = nearest(name.text, known);
  complaints_.error(
      name, fmt::format("there is no {} {}", go ? "chain" : "target or chain", quoted(name.text)),
      near.empty() ? fmt::format("a chain is declared before: ':{} - [0:0]'", name.text)
                   : did_you_mean(near));
}

/// The matches first: targets look at them.
void RuleReader::finish() {
  for (Loaded& loaded : matches_) loaded.extension->finish(draft_, loaded.word, complaints_);
  if (target_) target_->extension->finish(draft_, target_->word, complaints_);
}

std::vector<Rule> RuleReader::product() const {
  const Prefix any{Ipv4Address{0}, 0};
  const std::vector<Prefix> sources = sources_.empty() ? std::vector{any} : sources_;
  const std::vector<Prefix> destinations = destinations_.empty() ? std::vector{any} : destinations_;
  if (sources.size() > kProductMax / destinations.size()) {
    complaints_.error(command_,
                      fmt::format("the lists of this line make more than {} rules", kProductMax));
    return {};
  }
  std::vector<Rule> rules;
  rules.reserve(sources.size() * destinations.size());
  for (const Prefix& source : sources)
    for (const Prefix& destination : destinations) {
      rules.push_back(draft_.rule);
      rules.back().source.prefix = source;
      rules.back().destination.prefix = destination;
    }
  return rules;
}

}  // namespace

std::vector<Rule> read_rule(std::span<const Word> words, const Word& command,
                            const RuleScope& scope, Complaints& complaints) {
  return RuleReader(words, command, scope, complaints).read();
}

}  // namespace natsim::rules
