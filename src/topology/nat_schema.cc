// A router's NAT rules.
#include <fmt/format.h>

#include "src/topology/objects.h"

namespace natsim::topology {
namespace {

using spec::DestinationNat;
using spec::Masquerade;
using spec::PortForward;
using spec::SourceNat;

const std::vector<std::string_view>& transport_words() {
  static const std::vector<std::string_view> words = {"tcp", "udp"};
  return words;
}

const Schema<Masquerade>& masquerade_rows() {
  using R = Rows<Masquerade>;
  static const Schema<Masquerade> schema(
      "masquerade",
      {
          R::one<InterfaceNameValue, &Masquerade::out>(
              "out", "the interface that packets leave by, whose address they get")
              .required()
              .also("interface to dev"),
          R::one<PrefixValue, &Masquerade::source>("src", "only packets from here")
              .also("source from network"),
          R::one<BooleanValue, &Masquerade::random>("random", "ports are drawn at random")
              .or_else("false"),
      });
  return schema;
}

const Schema<SourceNat>& snat_rows() {
  using R = Rows<SourceNat>;
  static const Schema<SourceNat> schema(
      "snat",
      {
          R::one<InterfaceNameValue, &SourceNat::out>("out", "the interface that packets leave by")
              .required()
              .also("interface dev"),
          R::one<PrefixValue, &SourceNat::source>("src", "only packets from here")
              .also("source from network"),
          R::one<AddressValue, &SourceNat::to>("to", "the source address that they get")
              .required()
              .also("address to_source"),
      });
  return schema;
}

void read_dnat_target(Context& context, Yaml value, DestinationNat& out) {
  const auto to = read_scalar<EndpointValue>(context, value);
  if (!to) return;
  out.to = {to->address, value.place()};
  if (to->port != 0) out.to_port = to->port;
}

const Schema<DestinationNat>& dnat_rows() {
  using R = Rows<DestinationNat>;
  static const Schema<DestinationNat> schema(
      "dnat",
      {
          R::one<InterfaceNameValue, &DestinationNat::in>("in", "only packets that came in here")
              .also("interface dev"),
          R::one<PrefixValue, &DestinationNat::destination>("dst", "only packets to here")
              .also("destination"),
          R::one<ProtocolValue, &DestinationNat::protocol>("proto", "only this protocol")
              .also("protocol"),
          R::one<PortRangeValue, &DestinationNat::ports>("port", "only packets to these ports")
              .also("dport ports"),
          R::by<&read_dnat_target>("to", "the destination that they get, a port with it or not",
                                   ValueKind::endpoint, Shape::one)
              .required()
              .also("target to_destination"),
      });
  return schema;
}

void read_forward_proto(Context& context, Yaml value, PortForward& out) {
  if (const auto index = read_word(context, value, transport_words()))
    out.protocol = *index == 0 ? Protocol::tcp : Protocol::udp;
}

const Schema<PortForward>& forward_rows() {
  using R = Rows<PortForward>;
  static const Schema<PortForward> schema = [] {
    auto proto = R::by<&read_forward_proto>("proto", "tcp or udp", ValueKind::word, Shape::one);
    proto.words = transport_words();
    return Schema<PortForward>(
        "port_forward",
        {
            R::one<InterfaceNameValue, &PortForward::in>("in", "the outside interface")
                .required()
                .also("interface dev"),
            std::move(proto).required().also("protocol"),
            R::one<PortRangeValue, &PortForward::ports>("port", "the outside port or ports")
                .required()
                .also("dport ports"),
            R::one<EndpointValue, &PortForward::to>(
                "to", "the inside host; without a port the port stays as it is")
                .required()
                .also("target host"),
            R::one<BooleanValue, &PortForward::hairpin>(
                "hairpin", "also for inside hosts that use the outside address")
                .or_else("false")
                .also("loopback reflection"),
        });
  }();
  return schema;
}

const ObjectSchema& masquerade_schema() { return masquerade_rows(); }
const ObjectSchema& snat_schema() { return snat_rows(); }
const ObjectSchema& dnat_schema() { return dnat_rows(); }
const ObjectSchema& forward_schema() { return forward_rows(); }

struct NatDraft {
  spec::NatRule rule;
  int kinds = 0;
};

template <class What, auto rows>
void read_what(Context& context, Yaml value, NatDraft& out) {
  ++out.kinds;
  What what;
  read_object(context, value, rows(), what);
  out.rule.what = std::move(what);
}

std::string& name_of(NatDraft& draft) { return draft.rule.name; }

const Schema<NatDraft>& nat_rows() {
  using R = Rows<NatDraft>;
  static const Schema<NatDraft> schema(
      "a NAT rule",
      {
          R::one<RuleNameValue, &name_of>("name", "what reports call it").or_else("nat rule N"),
          R::by<&read_what<Masquerade, &masquerade_rows>>(
              "masquerade", "packets that leave get the outgoing interface's address",
              ValueKind::object, Shape::one, &masquerade_schema),
          R::by<&read_what<SourceNat, &snat_rows>>("snat",
                                                   "packets that leave get this source address",
                                                   ValueKind::object, Shape::one, &snat_schema),
          R::by<&read_what<DestinationNat, &dnat_rows>>(
              "dnat", "packets that arrive get another destination", ValueKind::object, Shape::one,
              &dnat_schema),
          R::by<&read_what<PortForward, &forward_rows>>(
              "port_forward", "an outside port leads to an inside host", ValueKind::object,
              Shape::one, &forward_schema)
              .also("forward port_forwarding"),
      });
  return schema;
}

void finish_nat(Context& context, const spec::NatRule& rule) {
  if (const auto* dnat = std::get_if<DestinationNat>(&rule.what)) {
    const bool has_ports = dnat->protocol == Protocol::tcp || dnat->protocol == Protocol::udp ||
                           dnat->protocol == Protocol::sctp;
    if ((dnat->ports || dnat->to_port) && !has_ports)
      context.error(rule.place, "a port needs 'proto: tcp' or 'proto: udp'");
    return;
  }
  const auto* forward = std::get_if<PortForward>(&rule.what);
  if (forward != nullptr && forward->ports.first != forward->ports.last &&
      forward->to.value.port != 0)
    context.warning(forward->to.place, "all of these ports lead to the same one",
                    "without a port in 'to' each keeps its own");
}

}  // namespace

const ObjectSchema& nat_schema() { return nat_rows(); }

void read_nat(Context& context, Yaml list, spec::Node& out) {
  for_each_item(context, list, [&](Yaml item) {
    NatDraft draft;
    draft.rule.place = item.place();
    const std::size_t errors_before = context.errors();
    if (!read_object(context, item, nat_rows(), draft)) return;
    if (draft.kinds == 0 && context.errors() > errors_before) return;
    if (draft.kinds != 1)
      return context.error(
          item.place(),
          draft.kinds == 0 ? "a NAT rule that does nothing" : "two NAT rules in one item",
          draft.kinds == 0 ? "it needs one of masquerade, snat, dnat, port_forward"
                           : "each begins with its own '- '");
    finish_nat(context, draft.rule);
    if (draft.rule.name.empty()) draft.rule.name = fmt::format("nat rule {}", out.nat.size() + 1);
    out.nat.push_back(std::move(draft.rule));
  });
}

}  // namespace natsim::topology
