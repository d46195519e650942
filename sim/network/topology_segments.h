// Broadcast domains of a topology, and the loops in them.
//
// A segment is everything that hears a broadcast: interfaces joined by switches and LANs, VLAN by
// VLAN. Tags are followed along cables: a trunk carries VLAN 10 to the other switch's VLAN 10, to
// the router's eth0.10, and a network passes every tag (VLAN-17); where two ends disagree about the
// untagged VLAN, the two VLANs are one segment, as they are in reality (VLAN-12).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/network/topology_graph.h"

namespace natsim {

/// A switch or a network as far as it belongs to a segment.
struct Bridging {
  std::uint32_t vertex = 0;
  std::uint16_t vlan = 0;  ///< a switch's VLAN; of a network the tag on the wire, 0: untagged
};

struct Segment {
  std::vector<InterfaceRef> members;  ///< in the order of the topology
  std::vector<Bridging> bridges;      ///< sorted by vertex, then VLAN
};

class SegmentMap {
 public:
  /// Linear in cables and in the VLANs on each. Keeps no reference to `graph`.
  explicit SegmentMap(const TopologyGraph& graph);

  /// Numbered by their first members; those without members come last. An interface that is not
  /// plugged in is a segment of its own; a switch's VLAN that no cable reaches is none.
  const std::vector<Segment>& segments() const& { return segments_; }
  void segments() && = delete;
  /// The segment of an interface, by TopologyGraph::number_of().
  std::uint32_t segment_of(std::uint32_t interface_number) const { return of_[interface_number]; }

 private:
  std::vector<Segment> segments_;
  std::vector<std::uint32_t> of_;
};

/// What a student would call the segment: "network 'home'", "VLAN 10 of sw1", "switch sw1",
/// "the cable a:eth0 – b:eth0", "a:eth0" (alone).
std::string describe(const TopologyGraph& graph, const Segment& segment);

/// Switches in a ring: a broadcast goes round for ever, unless something ends it (ETH-21).
struct Loop {
  std::uint32_t cable = 0;  ///< the last of the ring in file order: without it there is no ring
  /// The switches along the ring, from one end of the cable to the other. One switch alone: the
  /// cable leads back to it.
  std::vector<std::uint32_t> switches;
  std::vector<std::uint16_t> vlans;  ///< those that go round; empty: no switch there mentions any
};

/// What `stp: true` on a switch means for its rings.
enum class Stp {
  ignored,       ///< nothing: every ring that is cabled counts
  breaks_rings,  ///< one speaker of STP on a ring is enough to end it
};

/// One loop for each cable that closes one, in file order; they are a basis of all loops. From the
/// kLoopsSpelledOut-th on, `switches` names only the ends of the cable.
inline constexpr std::size_t kLoopsSpelledOut = 100;
std::vector<Loop> find_loops(const TopologyGraph& graph, Stp stp = Stp::ignored);

}  // namespace natsim
