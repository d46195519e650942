// What -m and -j load: a match or a target with options of its own.
//
// An extension is a table of options and two functions: `take` reads one use of an option, `finish`
// puts what was read into the rule. tcp.cc of iptables is `class Tcp` in matches_packet.cc.
#pragma once

#include <bitset>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/filter/ruleset.h"
#include "src/rules/origin.h"
#include "src/rules/words.h"
#include "src/topology/context.h"

namespace natsim::rules {

/// Tells what is wrong with the words of one line.
class Complaints {
 public:
  Complaints(topology::Context& context, const Origin& origin, std::uint32_t line)
      : context_(context), origin_(origin), line_(line) {}

  Place place(const Word& word) const { return origin_.at(line_, word.column); }
  void error(const Word& word, std::string message, std::string hint = {}) {
    context_.error(place(word), std::move(message), std::move(hint));
  }
  void warning(const Word& word, std::string message, std::string hint = {}) {
    context_.warning(place(word), std::move(message), std::move(hint));
  }
  std::size_t errors() const { return context_.errors(); }

 private:
  topology::Context& context_;
  const Origin& origin_;
  std::uint32_t line_;
};

/// A rule in the making.
struct RuleDraft {
  Rule rule;
  /// A match that remembers something stands before: what follows has to stay behind it.
  bool ordered = false;

  void add(Match match);
  /// --sport and --dport: into the rule's own part where they may stand there.
  void add_ports(MultiportMatch::End end, PortRange ports, bool negated);
  void add_states(StateMask states, bool negated);
};

struct OptionSyntax {
  std::string_view name;  ///< without the dashes
  std::uint8_t id = 0;    ///< equal for two names of one thing; at most 31
  std::uint8_t values = 1;
  bool negatable = false;
};

struct OptionUse {
  std::uint8_t id;
  bool negated;
  const Word& option;
  std::span<const Word> values;
  const Word& value() const { return values[0]; }
};

class Extension {
 public:
  Extension(std::string_view name, std::span<const OptionSyntax> options)
      : name_(name), options_(options) {}
  virtual ~Extension() = default;

  std::string_view name() const { return name_; }
  std::span<const OptionSyntax> options() const { return options_; }
  /// Refuses what is used twice or cannot be negated; the rest is take()'s.
  void use(const OptionUse& use, const OptionSyntax& syntax, Complaints& complaints);
  bool used(std::uint8_t id) const { return used_[id]; }

  /// Puts it into the rule. `self` is the word that loaded it, for what is missing.
  virtual void finish(RuleDraft& draft, const Word& self, Complaints& complaints) = 0;

 protected:
  virtual void take(const OptionUse& use, Complaints& complaints) = 0;

 private:
  std::string_view name_;
  std::span<const OptionSyntax> options_;
  std::bitset<32> used_;
};

struct ExtensionSyntax {
  std::string_view name;
  std::unique_ptr<Extension> (*make)();
};
template <class T>
std::unique_ptr<Extension> make_extension() {
  return std::make_unique<T>();
}

// The extensions by file.
std::span<const ExtensionSyntax> packet_matches();
std::span<const ExtensionSyntax> header_matches();
std::span<const ExtensionSyntax> connection_matches();
std::span<const ExtensionSyntax> remembering_matches();
std::span<const ExtensionSyntax> surrounding_matches();
std::span<const ExtensionSyntax> filter_targets();
std::span<const ExtensionSyntax> mangle_targets();
std::span<const ExtensionSyntax> nat_targets();

/// nullptr: none of that name.
std::unique_ptr<Extension> make_match(std::string_view name);
std::unique_ptr<Extension> make_target(std::string_view name);
/// Their names: for "did you mean".
std::vector<std::string_view> match_names();
std::vector<std::string_view> target_names();
/// A name that iptables has and this does not.
bool is_unmodelled_match(std::string_view name);
bool is_unmodelled_target(std::string_view name);
/// "tcp or -m udp": the matches that have an option called `name`, or empty.
std::string matches_with_option(std::string_view name);

}  // namespace natsim::rules
