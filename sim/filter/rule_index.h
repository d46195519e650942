// Finds the rules of a long chain that a packet may match, without looking at the others.
//
// Tuple space search (Srinivasan, Suri, Varghese: "Packet Classification using Tuple Space Search",
// SIGCOMM 1999): rules that ask for the same parts of a packet share a hash table. A chain written
// by people asks for few different sets of parts, however long it is.
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/filter/traversal.h"

namespace natsim {

struct CompiledRule;

class RuleIndex {
 public:
  /// Shorter chains are walked faster than looked up.
  static constexpr std::size_t kRulesMin = 8;

  /// The rules of one chain; the first of them has the number `first`.
  RuleIndex(std::span<const CompiledRule> rules, std::uint32_t first);

  /// The first rule from `at` on that may match the packet; the number behind the chain's last rule
  /// if none does. What it passes over would fail its common part, and so has no side effect.
  std::uint32_t next(const Traversal& packet, std::uint32_t at) const;

 private:
  static constexpr std::size_t kShapesMax = 12;

  /// Which parts of a packet a set of rules looks at.
  struct Shape {
    std::uint32_t source_mask = 0, destination_mask = 0;
    bool protocol = false, source_port = false, destination_port = false;
    auto operator<=>(const Shape&) const = default;
  };
  struct Key {
    std::uint32_t source = 0, destination = 0;
    std::uint16_t source_port = 0, destination_port = 0;
    std::uint32_t protocol = 0;
    auto operator<=>(const Key&) const = default;
    std::uint64_t hash() const;
  };
  /// Rules with one key: postings_[begin, end), by number.
  struct Slot {
    Key key;
    std::uint32_t begin = 0, end = 0;  // end 0: empty
  };
  struct Group {
    Shape shape;
    std::uint32_t slots_first = 0;
    std::uint32_t mask = 0;  // slots are a power of two, at most half full
  };

  static Shape shape_of(const CompiledRule& rule, int coarseness);
  static Key key_of(const CompiledRule& rule, const Shape& shape);
  static Key key_of(const Traversal& packet, const Shape& shape);
  void add_group(std::span<const CompiledRule> rules, const std::vector<std::uint32_t>& members,
                 const Shape& shape);
  const Slot* find(const Group& group, const Key& key) const;

  std::uint32_t first_, end_;
  std::vector<Group> groups_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> postings_;
};

}  // namespace natsim
