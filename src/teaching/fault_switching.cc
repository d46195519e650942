// Faults of switch ports.
#include <set>

#include <fmt/format.h>

#include "src/teaching/fault_search.h"

namespace natsim::teaching {
namespace {

template <class Look>
void each_switch_port(const Search& search, Look look) {
  search.each_node([&](std::string_view name, Yaml node) {
    if (is_type(node, "switch"))
      each_entry(node.find("ports"),
                 [&](std::string_view port, Yaml settings) { look(name, port, settings); });
  });
}

}  // namespace

void trunk_vlan(Search& search) {
  each_switch_port(search, [&](std::string_view node, std::string_view port, Yaml settings) {
    const auto trunk = settings.find("trunk");
    if (!trunk || !trunk->is_list()) return;
    std::size_t index = 0;
    each_item(trunk, [&](Yaml vlan) {
      if (auto edit = search.source().without_item(*trunk, index++))
        search.found(vlan,
                     fmt::format("VLAN {} is missing on trunk {} of '{}'", vlan.text(), port, node),
                     {std::move(*edit)});
    });
  });
}

void access_vlan(Search& search) {
  std::set<std::string_view> vlans;
  each_switch_port(search, [&](std::string_view, std::string_view, Yaml settings) {
    if (const auto access = settings.find("access")) vlans.insert(access->text());
  });
  each_switch_port(search, [&](std::string_view node, std::string_view port, Yaml settings) {
    const auto access = settings.find("access");
    if (!access) return;
    for (const std::string_view other : vlans)
      if (other != access->text())
        search.replace(*access, std::string(other),
                       fmt::format("port {} of '{}' is in VLAN {}, not {}", port, node, other,
                                   access->text()));
  });
}

}  // namespace natsim::teaching
