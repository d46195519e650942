// Networks and links: what is a cable, and what it does to frames.
#include <fmt/format.h>

#include "src/topology/objects.h"

namespace natsim::topology {
namespace {

using spec::Cable;

/// A cable's property, inside of whatever has the cable.
template <class T, auto cable, auto member>
auto& cable_part(T& object) {
  return (object.*cable).*member;
}

struct OneDirection {
  Cable cable;
};

/// The keys of a cable as rows for T, whose cable is `cable`.
template <class T, auto cable>
std::vector<Row<T>> cable_rows() {
  using R = Rows<T>;
  using Mtu = IntegerValue<std::uint32_t, 68, 65535>;
  return {
      R::template one<DurationValue, &cable_part<T, cable, &Cable::delay>>(
          "delay", "the time a bit takes from end to end, one way")
          .or_else("10us")
          .also("latency"),
      R::template one<RateValue, &cable_part<T, cable, &Cable::bandwidth_bps>>(
          "bandwidth", "how fast frames are sent; 'unlimited': sending takes no time")
          .or_else("1Gbit/s")
          .also("rate speed bitrate"),
      R::template one<QueueSizeValue, &cable_part<T, cable, &Cable::queue_bytes_max>>(
          "queue", "how much may wait to be sent; what comes on top is dropped")
          .or_else("512KiB")
          .also("buffer limit"),
      R::template one<Mtu, &cable_part<T, cable, &Cable::mtu>>(
          "mtu", "the longest payload of a frame that passes, bytes")
          .or_else("9216"),
      R::template one<DurationValue, &cable_part<T, cable, &Cable::jitter>>(
          "jitter", "up to this much more delay, uniformly at random")
          .or_else("0s"),
      R::template one<PercentValue, &cable_part<T, cable, &Cable::loss>>("loss",
                                                                         "frames that get lost")
          .or_else("0%"),
      R::template one<PercentValue, &cable_part<T, cable, &Cable::duplicate>>(
          "duplicate", "frames that arrive twice")
          .or_else("0%"),
      R::template one<PercentValue, &cable_part<T, cable, &Cable::reorder>>(
          "reorder", "frames that are overtaken")
          .or_else("0%"),
      R::template one<PercentValue, &cable_part<T, cable, &Cable::corrupt>>(
          "corrupt", "frames in which a bit is flipped")
          .or_else("0%"),
  };
}

const Schema<spec::Network>& network_rows() {
  static const Schema<spec::Network> schema = [] {
    auto rows = cable_rows<spec::Network, &spec::Network::cable>();
    rows.push_back(Rows<spec::Network>::one<BooleanValue, &spec::Network::internet>(
                       "internet", "this is the public Internet: a private address here is a leak")
                       .or_else("false"));
    return Schema<spec::Network>("a network", std::move(rows));
  }();
  return schema;
}

const Schema<OneDirection>& direction_rows() {
  static const Schema<OneDirection> schema("one direction of a link",
                                           cable_rows<OneDirection, &OneDirection::cable>());
  return schema;
}

struct LinkDraft {
  std::vector<spec::PortName> endpoints;
  Cable cable;  // of both directions
  std::optional<Yaml> a_to_b, b_to_a;
};

void read_endpoints(Context& context, Yaml value, LinkDraft& out) {
  if (!value.is_list() || value.size() != 2)
    return context.error(value.place(), "a link has two endpoints",
                         "endpoints: [\"sw1:p1\", \"pc1:eth0\"]");
  for (const Yaml item : value.items()) {
    auto name = read_scalar<NodeInterfaceValue>(context, item);
    if (!name) continue;
    name->place = item.place();
    out.endpoints.push_back(std::move(*name));
  }
}

template <auto member>
void keep_for_later(Context&, Yaml value, LinkDraft& out) {
  out.*member = value;
}

const Schema<LinkDraft>& link_rows() {
  using R = Rows<LinkDraft>;
  static const Schema<LinkDraft> schema = [] {
    auto rows = cable_rows<LinkDraft, &LinkDraft::cable>();
    rows.insert(rows.begin(), R::by<&read_endpoints>("endpoints", "the two ends, node:interface",
                                                     ValueKind::node_interface, Shape::one_or_more)
                                  .required());
    rows.push_back(R::by<&keep_for_later<&LinkDraft::a_to_b>>(
        "a_to_b", "what is different from the first endpoint to the second", ValueKind::object,
        Shape::one, &direction_schema));
    rows.push_back(R::by<&keep_for_later<&LinkDraft::b_to_a>>(
        "b_to_a", "what is different from the second endpoint to the first", ValueKind::object,
        Shape::one, &direction_schema));
    return Schema<LinkDraft>("a link", std::move(rows));
  }();
  return schema;
}

Cable direction(Context& context, const std::optional<Yaml>& changes, const Cable& both) {
  OneDirection out{both};
  if (changes) read_object(context, *changes, direction_rows(), out);
  return out.cable;
}

}  // namespace

const ObjectSchema& network_schema() { return network_rows(); }
const ObjectSchema& link_schema() { return link_rows(); }
const ObjectSchema& direction_schema() { return direction_rows(); }

void read_networks(Context& context, Yaml map, Reading& out) {
  for_each_named<NameValue>(context, map, "a network",
                            [&](std::string name, Place place, Yaml value) {
                              spec::Network network;
                              network.name = std::move(name);
                              network.place = place;
                              read_object(context, value, network_rows(), network);
                              out.topology.networks.push_back(std::move(network));
                            });
}

void read_links(Context& context, Yaml list, Reading& out) {
  for_each_item(context, list, [&](Yaml item) {
    LinkDraft draft;
    if (!read_object(context, item, link_rows(), draft)) return;
    spec::Link link;
    link.place = item.place();
    link.a_to_b = direction(context, draft.a_to_b, draft.cable);
    link.b_to_a = direction(context, draft.b_to_a, draft.cable);
    if (draft.endpoints.size() != 2) return;
    link.a = std::move(draft.endpoints[0]);
    link.b = std::move(draft.endpoints[1]);
    out.topology.links.push_back(std::move(link));
  });
}

}  // namespace natsim::topology
