// MTUs that differ within a segment: what the larger one sends whole, the smaller one never hears.
#include <fmt/format.h>

#include "sim/network/checks_survey.h"

namespace natsim::checks {
namespace {

/// Among the interfaces the first one's MTU sets the measure; one report a segment.
void check_segment(const Survey& survey, std::uint32_t segment, Report& report) {
  const std::vector<InterfaceRef>& members = survey.segments()[segment].members;
  if (members.size() < 2) return;
  const TopologyGraph& graph = survey.graph;
  const InterfaceRef first = members[0];
  const std::uint32_t mtu = graph.interface(first).mtu;
  const InterfaceRef* odd = nullptr;
  std::vector<std::string> others;
  for (const InterfaceRef& at : members) {
    if (graph.interface(at).mtu == mtu) continue;
    if (odd == nullptr) odd = &at;
    others.push_back(fmt::format("{} {}", graph.name(at), graph.interface(at).mtu));
  }
  if (odd == nullptr) return;
  report.warning(graph.interface(*odd).place,
                 fmt::format("the MTUs on {} differ: {} has {} bytes, {}", survey.describe(segment),
                             graph.name(first), mtu, list_of(others)),
                 "what the larger one sends whole is dropped without a word; only a router between "
                 "two segments can fragment or complain");
}

/// A cable that takes less than an interface on it sends.
void check_cable(const Survey& survey, const TopologyCable& cable, Report& report) {
  const TopologyGraph& graph = survey.graph;
  for (const CableEnd* end : {&cable.a, &cable.b}) {
    for (const std::uint32_t number : graph.interfaces_at(*end)) {
      const InterfaceRef at = graph.interface_at(number);
      const std::uint32_t mtu = graph.interface(at).mtu;
      if (mtu <= cable.mtu || graph.carrier(at) != at) continue;
      report.warning(
          cable.place,
          fmt::format("the cable of {} takes {} bytes, the interface sends up to {}",
                      graph.name(at), cable.mtu, mtu),
          "longer packets are lost without a word; set the interface's `mtu` to the cable's");
    }
  }
}

}  // namespace

void check_mtus(const Survey& survey, Report& report) {
  for (std::uint32_t s = 0; s < survey.segments().size(); ++s) check_segment(survey, s, report);
  for (const TopologyCable& cable : survey.graph.cables()) check_cable(survey, cable, report);
}

}  // namespace natsim::checks
