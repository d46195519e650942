#include "sim/network/topology_vlans.h"

#include <algorithm>
#include <iterator>

namespace natsim {

bool mentions_vlans(const spec::Node& switch_node) {
  return std::any_of(switch_node.ports.begin(), switch_node.ports.end(),
                     [](const spec::SwitchPort& port) { return port.trunk || port.access != 1; });
}

PortTags PortTags::of(const spec::SwitchPort& port) {
  if (!port.trunk) return {port.access, {}};
  PortTags tags{port.native.value_or(0), port.allowed};
  std::sort(tags.tagged.begin(), tags.tagged.end());
  tags.tagged.erase(std::unique(tags.tagged.begin(), tags.tagged.end()), tags.tagged.end());
  if (tags.untagged != 0) std::erase(tags.tagged, tags.untagged);
  return tags;
}

bool PortTags::carries_tagged(std::uint16_t vlan) const {
  return std::binary_search(tagged.begin(), tagged.end(), vlan);
}

std::vector<VlanPair> joined_vlans(const PortTags& a, const PortTags& b) {
  std::vector<std::uint16_t> common;
  std::set_intersection(a.tagged.begin(), a.tagged.end(), b.tagged.begin(), b.tagged.end(),
                        std::back_inserter(common));
  std::vector<VlanPair> pairs;
  if (a.untagged != 0 && b.untagged != 0) pairs.push_back({a.untagged, b.untagged});
  for (const std::uint16_t vlan : common) pairs.push_back({vlan, vlan});
  return pairs;
}

}  // namespace natsim
