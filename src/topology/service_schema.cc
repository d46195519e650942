// What a node offers: ports that it answers on, DHCP.
#include <limits>
#include <map>

#include <fmt/format.h>

#include "sim/network/web_spec.h"
#include "src/topology/objects.h"

namespace natsim::topology {
namespace {

using spec::DhcpReservation;
using spec::DhcpServer;
using spec::Listen;

const std::vector<std::string_view>& transport_words() {
  static const std::vector<std::string_view> words = {"tcp", "udp"};
  return words;
}

const std::vector<std::string_view>& app_words() {
  static const std::vector<std::string_view> words = {"http",   "echo", "discard",
                                                      "accept", "ntp",  "syslog"};
  return words;
}

void read_transport(Context& context, Yaml value, Listen& out) {
  if (const auto index = read_word(context, value, transport_words()))
    out.protocol = *index == 0 ? Protocol::tcp : Protocol::udp;
}

void read_app(Context& context, Yaml value, Listen& out) {
  if (const auto index = read_word(context, value, app_words()))
    out.app = {std::string(app_words()[*index]), value.place()};
}

std::uint8_t& stratum_of(Listen& listen) { return listen.ntp.stratum; }
Duration& clock_of(Listen& listen) { return listen.ntp.clock; }

const Schema<Listen>& listen_rows() {
  using R = Rows<Listen>;
  static const Schema<Listen> schema = [] {
    auto proto = R::by<&read_transport>("proto", "tcp or udp", ValueKind::word, Shape::one);
    proto.words = transport_words();
    auto app = R::by<&read_app>(
        "app",
        "what answers: http serves a page; echo sends back what it gets; discard takes it; accept "
        "takes the connection and says nothing; ntp tells the time; syslog notes what is logged",
        ValueKind::word, Shape::one);
    app.words = app_words();
    return Schema<Listen>(
        "a listen item",
        {
            std::move(proto).required().also("protocol"),
            R::one<PortValue, &Listen::port>("port", "the port").required().also("dport"),
            std::move(app).or_else("accept for tcp, echo for udp").also("service server"),
            R::by<&read_pages>("pages", "for http: its pages", ValueKind::object, Shape::list,
                               &page_schema),
            R::by<&read_hosts>("hosts", "for http: pages by the name in Host", ValueKind::object,
                               Shape::map, &page_schema)
                .also("sites vhosts"),
            R::by<&read_proxy>("proxy", "for http: other servers, whose answers it passes on",
                               ValueKind::object, Shape::one, &proxy_schema)
                .also("upstream backends"),
            R::one<IntegerValue<std::uint8_t, 1, 15>, &stratum_of>(
                "stratum", "for ntp: how far it is from the best clock")
                .or_else("1"),
            R::one<OffsetValue, &clock_of>("clock", "for ntp: how far its clock is ahead")
                .or_else("0s"),
            R::by<&read_listen_tls>("tls", "speaks TLS", ValueKind::object, Shape::one,
                                    &tls_listener_schema)
                .also("ssl https"),
        });
  }();
  return schema;
}

using TakenPorts = std::map<std::pair<Protocol, std::uint16_t>, Place>;

void finish_listen(Context& context, const Listen& listen, TakenPorts& taken) {
  const std::string& app = listen.app.value;
  if (listen.protocol == Protocol::udp && (app == "http" || app == "accept"))
    context.error(listen.app.place, fmt::format("'{}' needs tcp", app));
  if (listen.protocol == Protocol::tcp && (app == "ntp" || app == "syslog"))
    context.error(listen.app.place, fmt::format("'{}' needs udp", app));
  if (app != "ntp" && (listen.ntp.stratum != 1 || listen.ntp.clock != Duration()))
    context.error(listen.place, "'stratum' and 'clock' need 'app: ntp'");
  if (listen.protocol == Protocol::udp && listen.tls)
    context.error(listen.tls->place, "'tls' needs tcp");
  if (listen.site && app != "http")
    context.error(listen.site->place, "pages, hosts and proxy need 'app: http'");
  if (listen.port == 0) return;  // Wrong, and reported.
  const auto [first, is_new] = taken.emplace(std::pair(listen.protocol, listen.port), listen.place);
  if (!is_new)
    context.error(listen.place,
                  fmt::format("{} port {} is taken", to_string(listen.protocol), listen.port),
                  fmt::format("by the item in line {}", first->second.line));
}

const Schema<DhcpReservation>& reservation_rows() {
  using R = Rows<DhcpReservation>;
  static const Schema<DhcpReservation> schema(
      "a reservation",
      {
          R::one<MacValue, &DhcpReservation::mac>("mac", "the client's MAC address").required(),
          R::one<AddressValue, &DhcpReservation::address>("address", "what it always gets")
              .required()
              .also("ip"),
          R::one<NameValue, &DhcpReservation::hostname>("hostname", "the name that it is given")
              .also("name"),
      });
  return schema;
}

void read_range(Context& context, Yaml value, DhcpServer& out) {
  const auto range = read_scalar<AddressRangeValue>(context, value);
  if (!range) return;
  out.first = {range->first, value.place()};
  out.last = {range->last, value.place()};
}

void read_lease(Context& context, Yaml value, DhcpServer& out) {
  const auto lease = read_scalar<DurationValue>(context, value);
  if (!lease) return;
  // RFC 2131 carries leases as 32 bits of seconds; all ones is for ever.
  const bool whole = lease->ns() % 1'000'000'000 == 0;
  const auto max = std::int64_t(std::numeric_limits<std::uint32_t>::max());
  if (!whole || lease->whole_seconds() < 1 || lease->whole_seconds() >= max)
    return context.error(value.place(), "a lease is a whole number of seconds, at least 1s");
  out.lease = *lease;
}

void read_domain(Context& context, Yaml value, DhcpServer& out) {
  const auto text = read_scalar<TextValue>(context, value);
  if (!text) return;
  const bool valid = !text->empty() && text->size() <= 253 &&
                     text->find_first_not_of(
                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                         "0123456789-.") == std::string::npos;
  if (!valid) return complain(context, value, "a domain such as home.example");
  out.domain = *text;
}

void read_reservations(Context& context, Yaml list, DhcpServer& out) {
  std::map<MacAddress, Place> seen;
  for_each_item(context, list, [&](Yaml item) {
    DhcpReservation reservation;
    reservation.place = item.place();
    if (!read_object(context, item, reservation_rows(), reservation)) return;
    const auto [first, is_new] = seen.emplace(reservation.mac, item.place());
    if (!is_new && !reservation.mac.is_zero())
      context.error(item.place(),
                    fmt::format("{} has two reservations", reservation.mac.to_string()),
                    fmt::format("the first is in line {}", first->second.line));
    out.reservations.push_back(std::move(reservation));
  });
}

const Schema<DhcpServer>& dhcp_rows() {
  using R = Rows<DhcpServer>;
  static const Schema<DhcpServer> schema(
      "a DHCP server",
      {
          R::by<&read_range>("range", "the addresses that it hands out", ValueKind::address_range,
                             Shape::one)
              .required()
              .also("pool"),
          R::by<&read_lease>("lease", "how long a client may keep one", ValueKind::duration,
                             Shape::one)
              .or_else("1h")
              .also("lease_time"),
          R::one<AddressValue, &DhcpServer::router>("router", "the router that clients are told")
              .or_else("the interface's own address")
              .also("gateway"),
          R::one_or_more<AddressValue, &DhcpServer::dns>("dns",
                                                         "the DNS servers that they are told")
              .also("nameservers"),
          R::by<&read_domain>("domain", "the domain that they are told", ValueKind::text,
                              Shape::one),
          R::by<&read_reservations>("reservations", "addresses that belong to one client each",
                                    ValueKind::object, Shape::list, &reservation_schema)
              .also("static hosts"),
      });
  return schema;
}

}  // namespace

const ObjectSchema& listen_schema() { return listen_rows(); }
const ObjectSchema& dhcp_schema() { return dhcp_rows(); }
const ObjectSchema& reservation_schema() { return reservation_rows(); }

void read_listen(Context& context, Yaml list, spec::Node& out) {
  TakenPorts taken;
  for_each_item(context, list, [&](Yaml item) {
    Listen listen;
    listen.place = item.place();
    if (!read_object(context, item, listen_rows(), listen)) return;
    finish_listen(context, listen, taken);
    out.listen.push_back(std::move(listen));
  });
}

void read_dhcp(Context& context, Yaml map, spec::Node& out) {
  for_each_named<InterfaceNameValue>(
      context, map, "an interface", [&](std::string name, Place place, Yaml value) {
        DhcpServer server;
        server.place = place;
        server.interface = {std::move(name), place};
        if (value.is_nothing())
          return context.error(place, "a DHCP server needs the key 'range'",
                               "range: 192.168.1.100-192.168.1.199");
        read_object(context, value, dhcp_rows(), server);
        out.dhcp.push_back(std::move(server));
      });
}

}  // namespace natsim::topology
