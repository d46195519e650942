#include "sim/filter/rule_index.h"

#include <algorithm>
#include <bit>
#include <map>

#include "sim/filter/rule_program.h"

namespace natsim {

namespace {

/// Fewer different masks the coarser: a shorter mask lets more rules through, never fewer.
std::uint32_t coarsened(std::uint32_t mask, int coarseness) {
  const int length = std::popcount(mask);
  switch (coarseness) {
    case 0: return mask;
    case 1: return netmask_of(std::uint8_t(length / 8 * 8));
    case 2: return netmask_of(std::uint8_t(length / 16 * 16));
    default: return 0;
  }
}

}  // namespace

std::uint64_t RuleIndex::Key::hash() const {
  const std::uint64_t addresses = std::uint64_t(source) << 32 | destination;
  const std::uint64_t rest =
      std::uint64_t(source_port) << 40 | std::uint64_t(destination_port) << 8 | protocol;
  __extension__ using Wide = unsigned __int128;
  const Wide product = Wide(addresses ^ 0x9e37'79b9'7f4a'7c15) * (rest ^ 0xd1b5'4a32'd192'ed03);
  return std::uint64_t(product >> 64) ^ std::uint64_t(product);
}

RuleIndex::Shape RuleIndex::shape_of(const CompiledRule& rule, int coarseness) {
  using R = CompiledRule;
  const auto asks = [&rule](std::uint16_t part) {
    return (rule.asked & part) != 0 && (rule.inverted & part) == 0;
  };
  Shape shape;
  if (!(rule.inverted & R::kSource)) shape.source_mask = coarsened(rule.source_mask, coarseness);
  if (!(rule.inverted & R::kDestination))
    shape.destination_mask = coarsened(rule.destination_mask, coarseness);
  shape.protocol = asks(R::kProtocol);
  shape.source_port =
      coarseness == 0 && asks(R::kSourcePort) && rule.source_port_first == rule.source_port_last;
  shape.destination_port =
      asks(R::kDestinationPort) && rule.destination_port_first == rule.destination_port_last;
  return shape;
}

RuleIndex::Key RuleIndex::key_of(const CompiledRule& rule, const Shape& shape) {
  Key key{rule.source & shape.source_mask, rule.destination & shape.destination_mask, 0, 0, 0};
  if (shape.source_port) key.source_port = rule.source_port_first;
  if (shape.destination_port) key.destination_port = rule.destination_port_first;
  if (shape.protocol) key.protocol = rule.protocol;
  return key;
}

inline RuleIndex::Key RuleIndex::key_of(const Traversal& packet, const Shape& shape) {
  Key key{packet.source.value & shape.source_mask,
          packet.destination.value & shape.destination_mask, 0, 0, 0};
  if (shape.source_port) key.source_port = packet.source_port;
  if (shape.destination_port) key.destination_port = packet.destination_port;
  if (shape.protocol) key.protocol = std::uint8_t(packet.protocol);
  return key;
}

RuleIndex::RuleIndex(std::span<const CompiledRule> rules, std::uint32_t first)
    : first_(first), end_(first + std::uint32_t(rules.size())) {
  std::map<Shape, std::vector<std::uint32_t>> members;
  for (int coarseness = 0;; ++coarseness) {
    members.clear();
    for (std::uint32_t i = 0; i < rules.size(); ++i)
      members[shape_of(rules[i], coarseness)].push_back(i);
    if (members.size() <= kShapesMax) break;
  }
  for (const auto& [shape, numbers] : members) add_group(rules, numbers, shape);
}

void RuleIndex::add_group(std::span<const CompiledRule> rules,
                          const std::vector<std::uint32_t>& members, const Shape& shape) {
  std::map<Key, std::vector<std::uint32_t>> by_key;
  for (const std::uint32_t i : members) by_key[key_of(rules[i], shape)].push_back(first_ + i);
  const auto size = std::uint32_t(std::bit_ceil(by_key.size() * 2));
  const Group group{shape, std::uint32_t(slots_.size()), size - 1};
  groups_.push_back(group);
  slots_.resize(slots_.size() + size);
  for (const auto& [key, numbers] : by_key) {
    std::uint64_t at = key.hash() & group.mask;
    while (slots_[group.slots_first + at].end != 0) at = (at + 1) & group.mask;
    const auto begin = std::uint32_t(postings_.size());
    postings_.insert(postings_.end(), numbers.begin(), numbers.end());
    slots_[group.slots_first + at] = {key, begin, std::uint32_t(postings_.size())};
  }
}

inline const RuleIndex::Slot* RuleIndex::find(const Group& group, const Key& key) const {
  for (std::uint64_t at = key.hash() & group.mask;; at = (at + 1) & group.mask) {
    const Slot& slot = slots_[group.slots_first + at];
    if (slot.end == 0) return nullptr;
    if (slot.key == key) return &slot;
  }
}

std::uint32_t RuleIndex::next(const Traversal& packet, std::uint32_t at) const {
  std::uint32_t nearest = end_;
  for (const Group& group : groups_) {
    if ((group.shape.source_port || group.shape.destination_port) && !packet.has_ports) continue;
    const Slot* slot = find(group, key_of(packet, group.shape));
    if (slot == nullptr || postings_[slot->end - 1] < at) continue;
    const auto begin = postings_.begin() + slot->begin, end = postings_.begin() + slot->end;
    const std::uint32_t candidate = *begin >= at ? *begin : *std::lower_bound(begin, end, at);
    nearest = std::min(nearest, candidate);
  }
  return nearest;
}

}  // namespace natsim
