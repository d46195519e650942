// DHCP: what a server gives out, and whether servers and clients meet.
#include <fmt/format.h>

#include <algorithm>

#include "sim/network/checks_survey.h"

namespace natsim::checks {
namespace {

class ServerCheck {
 public:
  ServerCheck(const Survey& survey, const DhcpService& service, Report& report)
      : survey_(survey),
        service_(service),
        server_(*service.server),
        name_(survey.graph.name(service.at)),
        report_(report) {}

  void check() {
    if (!service_.own)
      return report_.error(server_.place,
                           fmt::format("{} serves DHCP but has no address of its own", name_),
                           "give the interface the address that clients get as their router");
    const bool is_range = check_range();
    if (is_range) {
      check_statics();
      check_size();
    }
    check_reservations();
    check_router();
  }

 private:
  Place range_place() const { return place_of(server_.first.place, server_.place); }
  std::string range_text() const {
    return server_.first.value.to_string() + "-" + server_.last.value.to_string();
  }
  std::string subnet_text() const { return service_.own->network().to_string(); }

  bool check_range() {
    if (server_.last.value < server_.first.value) {
      report_.error(range_place(),
                    fmt::format("the DHCP range of {} is reversed: {}", name_, range_text()),
                    "the lower address comes first");
      return false;
    }
    const Prefix subnet = service_.own->network();
    for (const spec::At<IpAddress>* end : {&server_.first, &server_.last}) {
      if (subnet.contains(end->value)) continue;
      report_.error(place_of(end->place, server_.place),
                    fmt::format("the DHCP range {} is not within {}, the subnet of {}",
                                range_text(), subnet_text(), name_),
                    fmt::format("{} is outside", end->value.to_string()));
      return false;
    }
    check_edges(service_.range(), range_place(), fmt::format("the DHCP range {}", range_text()));
    if (service_.range().contains(service_.own->address))
      report_.warning(range_place(),
                      fmt::format("the DHCP range {} holds the server's own address, {}",
                                  range_text(), service_.own->address.to_string()),
                      "leave the router's address out of the range");
    return true;
  }

  /// Neither the network's nor the broadcast address is for a client.
  void check_edges(const AddressRange& range, Place place, const std::string& what) {
    const Prefix subnet = service_.own->network();
    const auto broadcast = subnet.broadcast();
    if (!broadcast) return;
    if (range.contains(subnet.address))
      report_.error(place, fmt::format("{} holds {}, the address of the network itself", what,
                                       subnet.address.to_string()));
    if (range.contains(*broadcast))
      report_.error(place, fmt::format("{} holds {}, the broadcast address of {}", what,
                                       broadcast->to_string(), subnet_text()));
  }

  void check_statics() {
    std::vector<std::string> taken;
    for (const InterfaceRef& at : survey_.segments()[service_.segment].members) {
      if (at == service_.at) continue;
      for (const spec::At<Prefix>& address : survey_.graph.interface(at).addresses)
        if (service_.range().contains(address.value.address) &&
            !service_.reserved.contains(address.value.address))
          taken.push_back(
              fmt::format("{} ({})", address.value.address.to_string(), survey_.graph.name(at)));
    }
    if (taken.empty()) return;
    report_.warning(range_place(),
                    fmt::format("the DHCP range {} of {} holds addresses that are taken: {}",
                                range_text(), name_, list_of(taken)),
                    "leave them out of the range, or reserve them");
  }

  /// Clients without a reservation share the range.
  void check_size() {
    if (!server_.first.value.is_v4() || !server_.last.value.is_v4()) return;
    const std::uint64_t size =
        std::uint64_t(server_.last.value.v4().value) - server_.first.value.v4().value + 1;
    std::vector<MacAddress> reserved;
    for (const spec::DhcpReservation& reservation : server_.reservations)
      reserved.push_back(reservation.mac);
    std::sort(reserved.begin(), reserved.end());
    const auto has_reservation = [&](const spec::Interface& interface) {
      return interface.mac &&
             std::binary_search(reserved.begin(), reserved.end(), interface.mac->value);
    };
    std::uint64_t clients = 0;
    for (const InterfaceRef& at : survey_.segments()[service_.segment].members) {
      const spec::Interface& interface = survey_.graph.interface(at);
      clients += interface.dhcp4 && !has_reservation(interface);
    }
    if (clients > size && survey_.dhcp_services_on(service_.segment).size() == 1)
      report_.warning(range_place(), fmt::format("the DHCP range {} of {} has room for {}, but {} "
                                                 "on {} ask",
                                                 range_text(), name_, size, clients,
                                                 survey_.describe(service_.segment)));
  }

  void check_reservations() {
    std::vector<const spec::DhcpReservation*> sorted;
    for (const spec::DhcpReservation& reservation : server_.reservations) {
      check_reservation(reservation);
      sorted.push_back(&reservation);
    }
    const auto same_twice = [&](auto field, const char* what) {
      std::stable_sort(sorted.begin(), sorted.end(),
                       [&](const auto* a, const auto* b) { return a->*field < b->*field; });
      for (std::size_t i = 1; i < sorted.size(); ++i)
        if (sorted[i]->*field == sorted[i - 1]->*field)
          report_.error(place_of(sorted[i]->place, server_.place),
                        fmt::format("two reservations of {} are for {}{}", name_, what,
                                    (sorted[i]->*field).to_string()));
    };
    same_twice(&spec::DhcpReservation::address, "");
    same_twice(&spec::DhcpReservation::mac, "the client ");
  }

  void check_reservation(const spec::DhcpReservation& reservation) {
    const Place place = place_of(reservation.place, server_.place);
    const std::string address = reservation.address.to_string();
    if (!service_.own->contains(reservation.address))
      return report_.error(place, fmt::format("the reservation {} is outside {}, the subnet of {}",
                                              address, subnet_text(), name_));
    check_edges({reservation.address, reservation.address}, place, "the reservation " + address);
    for (const Holder& holder : survey_.holders_of(reservation.address, service_.segment)) {
      const InterfaceRef at = survey_.graph.interface_at(holder.interface);
      const auto& mac = survey_.graph.interface(at).mac;
      if (at != service_.at && (!mac || mac->value == reservation.mac)) continue;
      report_.warning(place, fmt::format("{} is reserved for {}, but {} has it", address,
                                         reservation.mac.to_string(), survey_.graph.name(at)));
    }
  }

  /// The gateway that clients are told of.
  void check_router() {
    if (!server_.router) return;
    const IpAddress router = server_.router->value;
    const Place place = place_of(server_.router->place, server_.place);
    if (!service_.own->contains(router))
      return report_.error(place,
                           fmt::format("{} tells its clients of the router {}, which is outside "
                                       "their subnet, {}",
                                       name_, router.to_string(), subnet_text()));
    if (survey_.holders_of(router, service_.segment).empty() &&
        !survey_.has_proxy_arp(service_.segment) && !service_.reserved.contains(router))
      report_.warning(place,
                      fmt::format("{} tells its clients of the router {}, which nobody on {} "
                                  "is",
                                  name_, router.to_string(), survey_.describe(service_.segment)));
  }

  const Survey& survey_;
  const DhcpService& service_;
  const spec::DhcpServer& server_;
  std::string name_;
  Report& report_;
};

void check_rivals(const Survey& survey, Report& report) {
  const auto services = survey.dhcp_services();
  for (std::size_t i = 1; i < services.size(); ++i) {
    const DhcpService &first = services[i - 1], &second = services[i];
    if (first.segment != second.segment) continue;
    const bool overlap = first.range().contains(second.server->first.value) ||
                         second.range().contains(first.server->first.value);
    report.warning(
        second.server->place,
        fmt::format("two DHCP servers are on {}: {} and {}", survey.describe(second.segment),
                    survey.graph.name(first.at), survey.graph.name(second.at)),
        overlap ? "their ranges overlap: they will give one address to two clients"
                : "clients take whichever answers first");
  }
}

/// One report a segment, at its first client.
void check_clients_on(const Survey& survey, std::uint32_t segment, Report& report) {
  if (!survey.dhcp_services_on(segment).empty()) return;
  std::vector<InterfaceRef> clients;
  for (const InterfaceRef& at : survey.segments()[segment].members)
    if (survey.graph.interface(at).dhcp4 && survey.graph.is_plugged(at)) clients.push_back(at);
  if (clients.empty()) return;
  std::vector<std::string> names;
  for (const InterfaceRef& at : clients) names.push_back(survey.graph.name(at));
  report.warning(
      survey.graph.interface(clients[0]).place,
      fmt::format("nobody on {} serves DHCP, but {} ask{} for an address", survey.describe(segment),
                  list_of(names), names.size() == 1 ? "s" : ""),
      "give the interface `addresses`, or a router there a `dhcp` range");
}

}  // namespace

void check_dhcp(const Survey& survey, Report& report) {
  for (const DhcpService& service : survey.dhcp_services())
    ServerCheck(survey, service, report).check();
  check_rivals(survey, report);
  for (std::uint32_t s = 0; s < survey.segments().size(); ++s) check_clients_on(survey, s, report);
}

}  // namespace natsim::checks
