// The whole file.
#include <limits>

#include "src/topology/objects.h"

namespace natsim::topology {
namespace {

auto& name_of(Reading& out) { return out.topology.name; }
auto& description_of(Reading& out) { return out.topology.description; }
auto& seed_of(Reading& out) { return out.topology.seed; }
auto& epoch_of(Reading& out) { return out.topology.epoch_s; }

/// "all", "none", or a list of nodes ("router") and interfaces ("router:wan").
void read_capture(Context& context, Yaml value, Reading& out) {
  if (value.is_scalar() && value.text() == "all") return;
  auto& capture = out.topology.capture.emplace();
  if (value.is_scalar() && value.text() == "none") return;
  for_each_or_one(context, value, [&](Yaml item) {
    spec::PortName name;
    if (item.text().find(':') != std::string_view::npos) {
      const auto both = read_scalar<NodeInterfaceValue>(context, item);
      if (!both) return;
      name = *both;
    } else {
      auto node = read_scalar<NameValue>(context, item);
      if (!node) return;
      name.node = std::move(*node);
    }
    name.place = item.place();
    capture.push_back(std::move(name));
  });
}

const Schema<Reading>& topology_rows() {
  using R = Rows<Reading>;
  using Seed = IntegerValue<std::uint64_t, 0, std::numeric_limits<std::uint64_t>::max()>;
  static const Schema<Reading> schema(
      "a topology file",
      {
          R::one<NameValue, &name_of>("name", "what it is called; names its captures").required(),
          R::one<TextValue, &description_of>("description", "what it shows, in a sentence or two"),
          R::one<Seed, &seed_of>("seed", "chance: the same seed makes the same run").or_else("0"),
          R::one<TimestampValue, &epoch_of>("epoch", "the wall clock when the simulation starts")
              .or_else("2026-01-01T00:00:00Z"),
          R::by<&read_capture>("capture",
                               "what is captured: all, none, or a list of nodes and node:interface",
                               ValueKind::node_interface, Shape::one_or_more)
              .or_else("all"),
          R::by<&read_networks>("networks", "LANs that interfaces plug into, by name",
                                ValueKind::object, Shape::map, &network_schema),
          R::by<&read_nodes>("nodes", "hosts, routers and switches, by name", ValueKind::object,
                             Shape::map, &node_schema)
              .required()
              .also("hosts routers switches machines"),
          R::by<&read_certificates>("certificates", "X.509 certificates by name, each with a key",
                                    ValueKind::object, Shape::map, &certificate_schema)
              .also("pki certs"),
          R::by<&read_links>("links", "cables between two interfaces", ValueKind::object,
                             Shape::list, &link_schema)
              .also("cables"),
          R::by<&read_traffic>("traffic", "what is sent, and when", ValueKind::object, Shape::list,
                               &traffic_schema),
          R::by<&read_expect>("expect", "probes, and what should become of them", ValueKind::object,
                              Shape::list, &expect_schema)
              .also("expectations checks tests"),
      });
  return schema;
}

}  // namespace

const ObjectSchema& topology_schema() { return topology_rows(); }

void read_topology_map(Context& context, Yaml root, Reading& out) {
  read_object(context, root, topology_rows(), out);
}

}  // namespace natsim::topology
