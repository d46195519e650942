#include "src/teaching/faults.h"

#include <utility>

#include "sim/base/check.h"
#include "src/teaching/fault_search.h"
#include "src/topology/text_check.h"
#include "src/topology/yaml_parse.h"

namespace natsim::teaching {
namespace {

struct Kind {
  FaultKind kind;
  void (*look)(Search&);
};

constexpr Kind kKinds[] = {
    {{"wrong-gateway", "a route leads via an address where no router is"}, wrong_gateway},
    {{"wrong-mask", "an interface's mask is too long or too short"}, wrong_mask},
    {{"missing-route", "a route is to another network than the one that is there"}, missing_route},
    {{"wrong-interface", "NAT is set up for the wrong interface"}, wrong_interface},
    {{"swapped-zones", "inside and outside are swapped"}, swapped_zones},
    {{"rule-order", "two firewall rules stand in the wrong order"}, rule_order},
    {{"rule-protocol", "a firewall rule is about TCP in place of UDP, or the other way round"},
     rule_protocol},
    {{"rule-port", "a firewall rule has a mistyped port"}, rule_port},
    {{"missing-state", "a firewall rule does not let answers (or errors) back in"}, missing_state},
    {{"forward-target", "a port forward leads to the wrong port or host"}, forward_target},
    {{"trunk-vlan", "a VLAN is missing on a trunk"}, trunk_vlan},
    {{"access-vlan", "a switch port is in another department's VLAN"}, access_vlan},
    {{"dhcp-router", "DHCP names a router that is not there"}, dhcp_router},
};

}  // namespace

// Two neighbouring digits change places; 80 would be 08, so that is 81.
std::string mistyped(std::string_view digits) {
  std::string text(digits);
  for (std::size_t i = text.size(); i-- > 1;)
    if (text[i] != text[i - 1] && (i > 1 || text[i] != '0')) {
      std::swap(text[i], text[i - 1]);
      return text;
    }
  text.back() = text.back() == '9' ? '8' : char(text.back() + 1);
  return text;
}

std::span<const FaultKind> fault_catalogue() {
  static const std::vector<FaultKind> kinds = [] {
    std::vector<FaultKind> all;
    for (const Kind& kind : kKinds) all.push_back(kind.kind);
    return all;
  }();
  return kinds;
}

std::vector<Fault> possible_faults(std::string_view text) {
  if (topology::check_text(text, 0)) return {};
  const topology::YamlResult yaml = topology::parse_yaml(text, 0);
  if (!yaml.problems.empty() || yaml.tree.empty() || !yaml.tree.root().is_map()) return {};
  Search search(text, yaml.tree.root());
  for (const Kind& kind : kKinds) {
    search.begin(kind.kind.name);
    kind.look(search);
  }
  return search.take();
}

std::string with_fault(std::string_view text, const Fault& fault) {
  std::string result;
  std::size_t at = 0;
  for (const Edit& edit : fault.edits) {
    SIM_CHECK(edit.offset >= at && edit.offset + edit.length <= text.size());
    result += text.substr(at, edit.offset - at);
    result += edit.text;
    at = edit.offset + edit.length;
  }
  return result += text.substr(at);
}

}  // namespace natsim::teaching
