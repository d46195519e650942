// Where in the file the things are written that take part in a decision.
#pragma once

#include <algorithm>
#include <vector>

#include "sim/network/spec.h"
#include "src/report/names.h"

namespace natsim {

class Places {
 public:
  /// Both outlive it.
  Places(const spec::Topology& topology, const NetworkNames& names) : names_(names) {
    for (const NodeNames& node : names) {
      const auto found =
          std::find_if(topology.nodes.begin(), topology.nodes.end(),
                       [&](const spec::Node& written) { return written.name == node.name; });
      nodes_.push_back(found == topology.nodes.end() ? nullptr : &*found);
      const auto network = std::find_if(
          topology.networks.begin(), topology.networks.end(),
          [&](const spec::Network& written) { return "lan:" + written.name == node.name; });
      networks_.push_back(network == topology.networks.end() ? nullptr : &*network);
    }
  }

  /// Of an interface, a switch port, or the network where the node is a LAN.
  Place interface(NodeId node, IfIndex interface) const {
    if (node.value >= nodes_.size()) return {};
    const std::string& name = interface_name(names_, node, interface);
    if (const spec::Network* network = networks_[node.value];
        network != nullptr && names_[node.value].role == NodeRole::lan)
      return network->place;
    const spec::Node* const written = nodes_[node.value];
    if (written == nullptr) return {};
    for (const spec::Interface& own : written->interfaces)
      if (own.name == name) return own.place;
    for (const spec::SwitchPort& port : written->ports)
      if (port.name == name) return port.place;
    return {};
  }

  /// Whether a route is written there: others come with an address.
  bool is_route(Place place) const {
    if (!place.known()) return false;
    for (const spec::Node* node : nodes_)
      if (node != nullptr)
        for (const spec::Route& route : node->routes)
          if (route.place == place) return true;
    return false;
  }

 private:
  const NetworkNames& names_;
  std::vector<const spec::Node*> nodes_;        // by NodeId
  std::vector<const spec::Network*> networks_;  // by NodeId
};

}  // namespace natsim
