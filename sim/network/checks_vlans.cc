// Cables whose two ends disagree about VLANs.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "sim/network/checks_survey.h"
#include "sim/network/topology_vlans.h"

namespace natsim::checks {
namespace {

std::string numbers(const std::vector<std::uint16_t>& vlans) {
  std::vector<std::string> names;
  for (const std::uint16_t vlan : vlans) names.push_back(std::to_string(vlan));
  return (vlans.size() == 1 ? "VLAN " : "VLANs ") + list_of(names, 8);
}

/// One end of a cable between two switches.
struct PortEnd {
  std::uint32_t vertex;
  std::string name;
  const spec::SwitchPort& port;
  PortTags tags;
};

class SwitchCable {
 public:
  SwitchCable(const Survey& survey, const TopologyCable& cable, Report& report)
      : survey_(survey), cable_(cable), report_(report), a_(end(cable.a)), b_(end(cable.b)) {}

  void check() {
    if (a_.port.trunk && b_.port.trunk)
      check_trunks();
    else if (a_.port.trunk || b_.port.trunk)
      check_access_and_trunk(a_.port.trunk ? b_ : a_, a_.port.trunk ? a_ : b_);
    else if (a_.port.access != b_.port.access)
      mismatch(fmt::format("{} is an access port of VLAN {}, {} one of VLAN {}", a_.name,
                           a_.port.access, b_.name, b_.port.access));
  }

 private:
  PortEnd end(const CableEnd& at) const {
    const spec::SwitchPort& port = survey_.graph.switch_port(at);
    return {at.vertex, survey_.graph.name(at), port, PortTags::of(port)};
  }

  void mismatch(const std::string& what) {
    report_.warning(cable_.place,
                    what + fmt::format(": untagged frames of VLAN {} arrive in VLAN {}",
                                       a_.tags.untagged, b_.tags.untagged),
                    "give both ends of the cable the same VLAN");
  }

  void check_trunks() {  // VLAN-12
    const std::uint16_t native_a = a_.tags.untagged, native_b = b_.tags.untagged;
    if (native_a != 0 && native_b != 0 && native_a != native_b)
      mismatch(fmt::format("native VLAN {} on {}, {} on {}", native_a, a_.name, native_b, b_.name));
    check_one_sided(a_, b_);
    check_one_sided(b_, a_);
  }

  /// VLANs that `near` sends and `far` drops. A native VLAN that disagrees was reported; one that
  /// nothing else on the switch uses is often there only to be unused.
  void check_one_sided(const PortEnd& near, const PortEnd& far) {
    std::vector<std::uint16_t> dropped;
    std::set_difference(near.tags.tagged.begin(), near.tags.tagged.end(), far.tags.tagged.begin(),
                        far.tags.tagged.end(), std::back_inserter(dropped));
    if (far.tags.untagged != 0 && near.tags.untagged != 0) std::erase(dropped, far.tags.untagged);
    if (!dropped.empty())
      report_.warning(cable_.place,
                      fmt::format("{} {} on {} but not on {}: frames end there", numbers(dropped),
                                  dropped.size() == 1 ? "is" : "are", near.name, far.name),
                      "list the same VLANs on both ends of a trunk");
    const std::uint16_t native = near.tags.untagged;
    if (native != 0 && far.tags.untagged == 0 && !far.tags.carries_tagged(native) &&
        uses(near, native))
      report_.warning(cable_.place,
                      fmt::format("{} sends VLAN {} untagged, but {} takes tagged frames only",
                                  near.name, native, far.name),
                      "give both ends the same `native` VLAN, or list it in both `trunk`s");
  }

  /// Whether another port of the switch carries the VLAN.
  bool uses(const PortEnd& end, std::uint16_t vlan) const {
    const std::vector<spec::SwitchPort>& ports = survey_.topology.nodes[end.vertex].ports;
    return std::any_of(ports.begin(), ports.end(), [&](const spec::SwitchPort& port) {
      if (&port == &end.port) return false;
      if (!port.trunk) return port.access == vlan;
      return port.native == vlan || std::count(port.allowed.begin(), port.allowed.end(), vlan) != 0;
    });
  }

  void check_access_and_trunk(const PortEnd& access, const PortEnd& trunk) {
    const std::uint16_t native = trunk.tags.untagged;
    const std::string hint = "make both ends trunks, or both access ports of one VLAN";
    if (native != 0 && native != access.port.access)
      return mismatch(fmt::format("{} is an access port of VLAN {}, {} a trunk with native VLAN {}",
                                  access.name, access.port.access, trunk.name, native));
    if (native == 0)
      report_.warning(cable_.place,
                      fmt::format("{} is an access port, {} a trunk that takes tagged frames only: "
                                  "nothing passes between them",
                                  access.name, trunk.name),
                      hint);
    else if (!trunk.tags.tagged.empty())
      report_.warning(
          cable_.place,
          fmt::format("{} is an access port, {} a trunk: {} {} not pass", access.name, trunk.name,
                      numbers(trunk.tags.tagged), trunk.tags.tagged.size() == 1 ? "does" : "do"),
          hint);
  }

  const Survey& survey_;
  const TopologyCable& cable_;
  Report& report_;
  PortEnd a_, b_;
};

/// A switch port with a host or router behind it: do they mean the same tags?
void check_station(const Survey& survey, const CableEnd& station, const CableEnd& bridge,
                   Report& report) {
  const TopologyGraph& graph = survey.graph;
  const spec::SwitchPort& port = graph.switch_port(bridge);
  const PortTags tags = PortTags::of(port);
  const std::string port_name = graph.name(bridge);
  for (const std::uint32_t number : graph.interfaces_at(station)) {
    const InterfaceRef at = graph.interface_at(number);
    const spec::Interface& interface = graph.interface(at);
    if (!interface.vlan) {
      const bool speaks = !interface.addresses.empty() || interface.dhcp4;
      if (speaks && tags.untagged == 0)
        report.warning(interface.place,
                       fmt::format("{} sends untagged frames, but {} is a trunk without a native "
                                   "VLAN and drops them",
                                   graph.name(at), port_name),
                       "make the port an access port, or give it a `native` VLAN");
      continue;
    }
    const std::uint16_t vlan = interface.vlan->value;
    if (tags.carries_tagged(vlan)) continue;
    const std::string why = tags.untagged == vlan
                                ? fmt::format("but {} carries that VLAN untagged", port_name)
                                : fmt::format("which {} does not carry", port_name);
    report.warning(place_of(interface.vlan->place, interface.place),
                   fmt::format("{} tags its frames with VLAN {}, {}", graph.name(at), vlan, why),
                   fmt::format("list {} in the port's `trunk`", vlan));
  }
}

/// Two stations on one cable: a VLAN sub-interface wants one of the same VLAN at the other end.
void check_stations(const Survey& survey, const CableEnd& near, const CableEnd& far,
                    Report& report) {
  const TopologyGraph& graph = survey.graph;
  for (const std::uint32_t number : graph.interfaces_at(near)) {
    const InterfaceRef at = graph.interface_at(number);
    const spec::Interface& interface = graph.interface(at);
    if (!interface.vlan || survey.segments()[survey.map.segment_of(number)].members.size() > 1)
      continue;
    report.warning(place_of(interface.vlan->place, interface.place),
                   fmt::format("{} tags its frames with VLAN {}, which nothing at the other end, "
                               "{}, takes",
                               graph.name(at), interface.vlan->value, graph.name(far)));
  }
}

}  // namespace

void check_vlans(const Survey& survey, Report& report) {
  const TopologyGraph& graph = survey.graph;
  const auto is_switch = [&](const CableEnd& end) { return graph.is_switch(end.vertex); };
  const auto is_station = [&](const CableEnd& end) {
    return !graph.is_switch(end.vertex) && !graph.is_network(end.vertex);
  };
  for (const TopologyCable& cable : graph.cables()) {
    if (is_switch(cable.a) && is_switch(cable.b)) {
      SwitchCable(survey, cable, report).check();
    } else if (is_switch(cable.a) && is_station(cable.b)) {
      check_station(survey, cable.b, cable.a, report);
    } else if (is_switch(cable.b) && is_station(cable.a)) {
      check_station(survey, cable.a, cable.b, report);
    } else if (is_station(cable.a) && is_station(cable.b)) {
      check_stations(survey, cable.a, cable.b, report);
      check_stations(survey, cable.b, cable.a, report);
    }
  }
}

}  // namespace natsim::checks
