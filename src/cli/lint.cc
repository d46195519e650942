#include "src/cli/lint.h"

#include <algorithm>
#include <vector>

#include "src/rules/rule_lint.h"

namespace natsim {
namespace {

bool is_internet(const spec::Topology& topology, const std::string& network) {
  return std::any_of(topology.networks.begin(), topology.networks.end(),
                     [&](const auto& known) { return known.name == network && known.internet; });
}

/// By IfIndex: what leads to the Internet, or where the default route goes.
std::vector<bool> outside_of(const spec::Topology& topology, const spec::Node& written,
                             const Stack& stack) {
  std::vector<bool> outside(stack.interface_count(), false);
  for (std::uint32_t i = 0; i < stack.interface_count(); ++i)
    for (const spec::Interface& interface : written.interfaces)
      if (interface.name == stack.interface({i}).name)
        outside[i] = is_internet(topology, interface.network.value);
  for (const Route& route : stack.routes().routes())
    if (route.prefix().length == 0 && route.kind == RouteKind::unicast &&
        route.out.value < outside.size())
      outside[route.out.value] = true;
  return outside;
}

InterfaceTable table_of(const Stack& stack) {
  std::vector<InterfaceInfo> interfaces;
  for (std::uint32_t i = 0; i < stack.interface_count(); ++i)
    interfaces.push_back({stack.interface({i}).name, {}});
  for (const InterfaceAddress& own : stack.addresses().addresses())
    interfaces[own.interface.value].addresses.push_back({own.address, own.length});
  return InterfaceTable(std::move(interfaces));
}

}  // namespace

Problems lint(const Loaded& loaded) {
  Problems problems;
  for (const spec::Node& written : loaded.topology.nodes) {
    const auto id = loaded.network->find(written.name);
    const IpNode* const node = id ? loaded.network->ip_node(*id) : nullptr;
    if (node == nullptr || node->stack().filter() == nullptr) continue;
    const InterfaceTable interfaces = table_of(node->stack());
    const Problems found =
        rules::lint_rules({written.name, node->stack().filter()->ruleset(), interfaces,
                           outside_of(loaded.topology, written, node->stack())});
    problems.insert(problems.end(), found.begin(), found.end());
  }
  return problems;
}

}  // namespace natsim
