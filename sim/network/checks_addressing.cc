// Addresses for themselves: taken twice, or not for interfaces at all.
#include <fmt/format.h>

#include <algorithm>

#include "sim/network/checks_survey.h"

namespace natsim::checks {
namespace {

const spec::At<Prefix>& written(const Survey& survey, const Holder& holder) {
  return survey.graph.interface(survey.graph.interface_at(holder.interface))
      .addresses[holder.which];
}

Place place_of_holder(const Survey& survey, const Holder& holder) {
  const InterfaceRef at = survey.graph.interface_at(holder.interface);
  return place_of(written(survey, holder).place, survey.graph.interface(at).place);
}

std::string name_of(const Survey& survey, const Holder& holder) {
  return survey.graph.name(survey.graph.interface_at(holder.interface));
}

/// `first` and `second` are the same address on one segment.
void report_duplicate(const Survey& survey, const Holder& first, const Holder& second,
                      Report& report) {
  const std::string address = second.address.to_string();
  if (first.interface == second.interface)
    return report.error(place_of_holder(survey, second),
                        fmt::format("{} is listed twice on {}", address, name_of(survey, first)));
  report.error(
      place_of_holder(survey, second),
      fmt::format("{} is taken twice on {}: by {} and by {}", address,
                  survey.describe(second.segment), name_of(survey, first), name_of(survey, second)),
      "every interface on a network needs an address of its own");
}

/// Private addresses may come again behind every NAT; public ones are one host's in all the world.
void report_public_twin(const Survey& survey, const Holder& first, const Holder& second,
                        Report& report) {
  const bool same_node = survey.graph.interface_at(first.interface).node ==
                         survey.graph.interface_at(second.interface).node;
  if (same_node || is_local_use(second.address)) return;
  report.warning(
      place_of_holder(survey, second),
      fmt::format("the public address {} is taken twice: by {} and by {}",
                  second.address.to_string(), name_of(survey, first), name_of(survey, second)),
      "only private addresses may be used again on another network");
}

/// Holders come sorted by address, then segment.
void check_duplicates(const Survey& survey, Report& report) {
  const auto holders = survey.holders();
  for (std::size_t i = 1, run = 0, on_segment = 0; i < holders.size(); ++i) {
    if (holders[i].address != holders[run].address) {
      run = on_segment = i;
    } else if (holders[i].segment != holders[on_segment].segment) {
      on_segment = i;
      report_public_twin(survey, holders[run], holders[i], report);
    } else {
      report_duplicate(survey, holders[on_segment], holders[i], report);
    }
  }
}

std::string why_not_an_address(const Prefix& prefix) {
  const IpAddress address = prefix.address;
  if (!address.is_v4()) {
    if (address == IpAddress()) return "is the unspecified address";
    return address.high() >> 56 == 0xff ? "is a multicast group" : "";
  }
  if (address.v4().is_unspecified()) return "means \"no address\"";
  if (address.v4().is_multicast()) return "is a multicast group";
  if (address.v4().is_broadcast()) return "is the broadcast address";
  if (prefix.length >= 31) return "";  // RFC 3021: a /31 has two hosts and nothing else.
  if (address == prefix.network().address)
    return fmt::format("is the address of the network {} itself", prefix.to_string());
  if (address == prefix.broadcast())
    return fmt::format("is the broadcast address of {}", prefix.network().to_string());
  return "";
}

void check_values(const Survey& survey, Report& report) {
  for (const Holder& holder : survey.holders()) {
    const Prefix& prefix = written(survey, holder).value;
    const std::string why = why_not_an_address(prefix);
    if (why.empty()) continue;
    std::string hint;
    if (prefix.address.is_v4() && prefix.length < 31 && prefix.length > 0) {
      const AddressRange range = AddressRange::of(prefix);
      hint = fmt::format("hosts there are {} … {}",
                         Ipv4Address{range.first.v4().value + 1}.to_string(),
                         Ipv4Address{range.last.v4().value - 1}.to_string());
    }
    report.error(place_of_holder(survey, holder),
                 fmt::format("{} {} and cannot be {}'s", prefix.address.to_string(), why,
                             name_of(survey, holder)),
                 hint);
  }
}

/// Written MACs only: those that are made from names do not clash.
void check_macs_on(const Survey& survey, std::uint32_t segment, Report& report) {
  struct Written {
    MacAddress mac;
    InterfaceRef at;
    auto operator<=>(const Written&) const = default;
  };
  const TopologyGraph& graph = survey.graph;
  std::vector<Written> macs;
  for (const InterfaceRef& at : survey.segments()[segment].members)
    if (const auto& mac = graph.interface(at).mac) macs.push_back({mac->value, at});
  std::sort(macs.begin(), macs.end());
  for (std::size_t i = 1; i < macs.size(); ++i) {
    if (macs[i].mac != macs[i - 1].mac) continue;
    const spec::Interface& interface = graph.interface(macs[i].at);
    report.warning(place_of(interface.mac->place, interface.place),
                   fmt::format("the MAC address {} is used twice on {}: by {} and by {}",
                               macs[i].mac.to_string(), survey.describe(segment),
                               graph.name(macs[i - 1].at), graph.name(macs[i].at)),
                   "switches will send one's frames to the other");
  }
}

/// What routers on the Internet throw away does not belong on a network that is marked so.
void check_internet(const Survey& survey, std::uint32_t segment, Report& report) {
  const TopologyGraph& graph = survey.graph;
  const auto& bridges = survey.segments()[segment].bridges;
  const auto internet = std::find_if(bridges.begin(), bridges.end(), [&](const Bridging& bridge) {
    return graph.is_network(bridge.vertex) &&
           survey.topology.networks[graph.graph()[bridge.vertex].index].internet;
  });
  if (internet == bridges.end()) return;
  for (const InterfaceRef& at : survey.segments()[segment].members) {
    const spec::Interface& interface = graph.interface(at);
    for (const spec::At<Prefix>& address : interface.addresses) {
      if (!address.value.address.is_v4() || !is_local_use(address.value.address)) continue;
      report.warning(place_of(address.place, interface.place),
                     fmt::format("{} has {} on '{}', which is the Internet: nobody there routes to "
                                 "that address",
                                 graph.name(at), address.value.address.to_string(),
                                 graph.name(internet->vertex)),
                     "use a public address, such as one of 203.0.113.0/24");
    }
  }
}

}  // namespace

void check_addressing(const Survey& survey, Report& report) {
  check_duplicates(survey, report);
  check_values(survey, report);
  for (std::uint32_t s = 0; s < survey.segments().size(); ++s) {
    check_macs_on(survey, s, report);
    check_internet(survey, s, report);
  }
}

}  // namespace natsim::checks
