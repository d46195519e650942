// A ruleset made ready to run: all chains in one array, names resolved, a cache line a rule.
//
//   … | rules of FORWARD | its policy | rules of a user chain | its return | …
//
// Each chain ends in an entry that always matches, so that a walk needs no bounds. Long chains have
// an index beside them; a walk that explains itself does without, and is what tests compare with.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/filter/address_set.h"
#include "sim/filter/interface_table.h"
#include "sim/filter/rule_index.h"
#include "sim/filter/ruleset.h"

namespace natsim {

/// Interfaces as bits; without any bit and not negated "all".
class InterfaceSet {
 public:
  InterfaceSet() = default;
  InterfaceSet(const InterfaceMatch& match, const InterfaceTable& interfaces);
  bool operator==(const InterfaceSet&) const = default;
  bool holds(IfIndex index) const {
    if (any_) return !negated_;
    if (index.value < 64) return (first_word_ >> index.value & 1) != negated_;
    const std::size_t word = index.value / 64;
    const bool in = word < words_.size() && (words_[word] >> (index.value % 64) & 1);
    return in != negated_;
  }

 private:
  bool any_ = true;  // and none: a packet that has no such interface
  bool negated_ = false;
  std::uint64_t first_word_ = 0;  // as words_[0]
  std::vector<std::uint64_t> words_;
};

enum class Verb : std::uint8_t {
  next,  ///< count and go on
  accept,
  drop,
  return_,
  jump,
  goto_,
  action,  ///< the rule's Target says what
};

/// The common part of a rule, and what it counts: all that the usual packet touches, in one line of
/// the cache. Negations are bits of `inverted`.
struct alignas(64) CompiledRule {
  enum : std::uint16_t {
    kSource = 1,
    kDestination = 2,
    kProtocol = 4,
    kSourcePort = 8,
    kDestinationPort = 16,
    kState = 32,
    kIn = 64,
    kOut = 128,
    kLaterFragments = 256,
    kNotLaterFragments = 512,
    /// What comparing values alone does not settle.
    kSpecial = kSourcePort | kDestinationPort | kIn | kOut | kLaterFragments | kNotLaterFragments,
    kValues = kSource | kDestination | kProtocol | kSourcePort | kDestinationPort | kState,
  };
  std::uint32_t source = 0, source_mask = 0;
  std::uint32_t destination = 0, destination_mask = 0;
  std::uint16_t source_port_first = 0, source_port_last = 65535;
  std::uint16_t destination_port_first = 0, destination_port_last = 65535;
  std::uint16_t asked = 0;  ///< which of the parts below addresses count at all
  std::uint16_t inverted = 0;
  std::uint16_t compared = kSource | kDestination;  ///< those of kValues that count
  std::uint8_t protocol = 0;
  StateMask states = 0;
  Verb verb = Verb::next;
  std::uint8_t index = 0;  ///< into RuleProgram's indices of long chains; 0: its chain has none
  std::uint16_t in_set = 0, out_set = 0;  ///< into RuleProgram::interface_sets
  std::uint16_t matches_count = 0;
  std::uint32_t matches_first = 0;  ///< into RuleProgram::matches
  std::uint32_t target = 0;         ///< of jump and goto: the chain's first entry
  RuleCounters counters;
};
static_assert(sizeof(CompiledRule) == 64);

/// A match beyond the common part.
struct CompiledMatch {
  const Match* match;
  /// Where it keeps what it remembers; InterfaceAddressMatch: the IfIndex; SetMatch: the set's
  /// number.
  std::uint32_t memory;
};

class RuleProgram {
 public:
  static constexpr std::uint32_t kNone = 0xffff'ffff;

  /// `ruleset` is kept by reference and must outlive this. REQUIRES: check(ruleset) found no error.
  RuleProgram(const Ruleset& ruleset, const InterfaceTable& interfaces);

  struct Entry {
    std::uint32_t first = kNone;  ///< kNone: nothing there, everything is accepted
    std::uint32_t policy = kNone;
  };
  Entry entry(Table table, Hook hook) const { return entries_[int(table)][int(hook)]; }

  const CompiledRule& rule(std::uint32_t at) const { return rules_[at]; }
  const RuleLabel& label(std::uint32_t at) const { return *labels_[at]; }
  /// The rule as it was given. REQUIRES: is_rule(at).
  const Rule& body(std::uint32_t at) const { return *bodies_[at]; }
  /// REQUIRES: is_rule(at).
  const Target& target(std::uint32_t at) const { return bodies_[at]->target; }
  /// Neither a policy nor a user chain's end.
  bool is_rule(std::uint32_t at) const { return bodies_[at] != nullptr; }
  bool is_policy(std::uint32_t at) const {
    return bodies_[at] == nullptr && rules_[at].verb != Verb::return_;
  }
  RuleCounters& counters(std::uint32_t at) { return rules_[at].counters; }
  const RuleCounters& counters(std::uint32_t at) const { return rules_[at].counters; }
  std::uint32_t size() const { return std::uint32_t(rules_.size()); }
  std::span<const CompiledMatch> matches(const CompiledRule& rule) const {
    return {matches_.data() + rule.matches_first, rule.matches_count};
  }
  const InterfaceSet& interface_set(std::uint32_t at) const { return interface_sets_[at]; }
  /// The first entry from `at` on, in its chain, that the packet may match, as far as that is known
  /// without trying.
  std::uint32_t skip(const Traversal& packet, std::uint32_t at) const {
    const std::uint8_t index = rules_[at].index;
    return index == 0 ? at : indices_[index - 1u].next(packet, at);
  }
  /// How many matches keep something.
  std::uint32_t memories() const { return memories_; }
  std::span<const AddressSet> sets() const { return sets_; }
  /// Whether some rule makes the node track connections: one that translates, or looks at them.
  bool tracks() const { return tracks_; }
  bool translates() const { return translates_; }
  /// Entries that a report shows, in its order: all but the ends of user chains.
  const std::vector<std::uint32_t>& report_order() const { return report_order_; }

 private:
  struct ChainStart {
    const TableRules* table;
    const Chain* chain;
    std::uint32_t first;
  };
  void add_chain(const TableRules& table, const Chain& chain, const InterfaceTable& interfaces);
  void add_rule(const Rule& rule, const InterfaceTable& interfaces);
  std::uint32_t note_of(const Match& match, const InterfaceTable& interfaces);
  void add_entry(const CompiledRule& rule, const RuleLabel& label, const Rule* body,
                 RuleCounters counters);
  std::uint16_t add_interfaces(const InterfaceMatch& match, const InterfaceTable& interfaces);
  void resolve_jumps();
  void index_chain(std::uint32_t first);

  // What every packet touches stands together.
  std::vector<CompiledRule> rules_;
  std::array<std::array<Entry, 5>, 4> entries_{};
  std::vector<const RuleLabel*> labels_;
  std::vector<const Rule*> bodies_;
  std::vector<CompiledMatch> matches_;
  std::vector<InterfaceSet> interface_sets_;
  std::vector<AddressSet> sets_;
  std::vector<RuleIndex> indices_;
  std::vector<ChainStart> chains_;
  std::vector<std::uint32_t> report_order_;
  std::uint32_t memories_ = 0;
  bool tracks_ = false;
  bool translates_ = false;
};

}  // namespace natsim
