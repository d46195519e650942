// What a switch port makes of VLAN tags (802.1Q-2018 6.9), as far as it decides who hears whom.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/network/spec.h"

namespace natsim {

/// Whether a switch says anything of VLANs. One whose ports are all access ports of VLAN 1 works
/// like any other, tagged frames are refused too; but nobody who drew it thinks of a VLAN.
bool mentions_vlans(const spec::Node& switch_node);

/// How a switch port maps frames on its cable to VLANs of its switch. A tagged frame keeps the
/// number of its tag.
struct PortTags {
  std::uint16_t untagged = 0;         ///< VLAN of untagged frames: access or native; 0: none
  std::vector<std::uint16_t> tagged;  ///< sorted, each once, without the native VLAN

  static PortTags of(const spec::SwitchPort& port);
  bool carries_tagged(std::uint16_t vlan) const;
};

/// VLANs of two switches that a cable joins: equal, but for untagged frames whose ends disagree.
struct VlanPair {
  std::uint16_t a = 0;
  std::uint16_t b = 0;
};

/// The VLANs that pass between two switch ports, the untagged one first, then by number.
std::vector<VlanPair> joined_vlans(const PortTags& a, const PortTags& b);

}  // namespace natsim
