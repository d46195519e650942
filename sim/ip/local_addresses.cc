#include "sim/ip/local_addresses.h"

#include <algorithm>
#include <bit>

#include "sim/base/check.h"

namespace natsim {
namespace {

/// RFC 3021: a /31 has two hosts and a /32 one, and neither a broadcast address (IPV4-34).
std::optional<Ipv4Address> broadcast_of(const InterfaceAddress& address) {
  if (address.length >= 31) return std::nullopt;
  return Ipv4Address{address.address.value | ~netmask_of(address.length)};
}

}  // namespace

LocalAddress LocalAddresses::find_cell(Ipv4Address address, std::uint32_t hash) const {
  const std::size_t mask = cells_.size() - 1;
  for (std::size_t at = hash >> shift_;; ++at) {
    const Cell& cell = cells_[at & mask];
    if (cell.kind == LocalKind::none) return everywhere(address);
    if (cell.address == address) return {cell.kind, cell.interface};
  }
}

bool LocalAddresses::add(const InterfaceAddress& address) {
  SIM_CHECK(address.length <= 32);
  for (const InterfaceAddress& other : addresses_)
    if (other.address == address.address && other.interface == address.interface) return false;
  addresses_.push_back(address);
  rebuild();
  return true;
}

bool LocalAddresses::remove(IfIndex interface, Ipv4Address address) {
  const std::size_t removed = std::erase_if(addresses_, [&](const InterfaceAddress& other) {
    return other.interface == interface && other.address == address;
  });
  if (removed > 0) rebuild();
  return removed > 0;
}

void LocalAddresses::rebuild() {
  cells_.clear();
  maybe_ = 0;
  if (addresses_.empty()) return;
  // An address makes at most two cells: itself and its broadcast address.
  const std::size_t size = std::bit_ceil(addresses_.size() * 4);
  cells_.resize(size);
  shift_ = 32 - std::uint32_t(std::countr_zero(size));
  // What is a host's own address is not a broadcast, whatever another subnet's mask says.
  for (const InterfaceAddress& address : addresses_)
    place(address.address, address.interface, LocalKind::unicast);
  for (const InterfaceAddress& address : addresses_)
    if (const auto broadcast = broadcast_of(address))
      place(*broadcast, address.interface, LocalKind::broadcast);
}

void LocalAddresses::place(Ipv4Address address, IfIndex interface, LocalKind kind) {
  const std::uint32_t mask = std::uint32_t(cells_.size()) - 1;
  maybe_ |= std::uint64_t{1} << (hash_of(address) >> 26);
  std::uint32_t at = (hash_of(address) >> shift_) & mask;
  while (cells_[at].kind != LocalKind::none) {
    if (cells_[at].address == address) return;  // the first one has it
    at = (at + 1) & mask;
  }
  cells_[at] = {address, interface, kind};
}

bool LocalAddresses::is_broadcast_on(IfIndex interface, Ipv4Address address) const {
  if (address.is_broadcast()) return true;
  return std::any_of(addresses_.begin(), addresses_.end(), [&](const InterfaceAddress& own) {
    return own.interface == interface && broadcast_of(own) == address;
  });
}

std::optional<Ipv4Address> LocalAddresses::primary(IfIndex interface) const {
  for (const InterfaceAddress& own : addresses_)
    if (own.interface == interface) return own.address;
  return std::nullopt;
}

std::optional<Ipv4Address> LocalAddresses::source_towards(IfIndex interface,
                                                          Ipv4Address neighbor) const {
  for (const InterfaceAddress& own : addresses_)
    if (own.interface == interface && own.on_subnet(neighbor)) return own.address;
  if (const auto own = primary(interface)) return own;
  if (addresses_.empty()) return std::nullopt;
  return addresses_.front().address;
}

Ipv4Address LocalAddresses::source_towards_own(Ipv4Address destination) const {
  const LocalAddress place = find(destination);
  SIM_CHECK(place.kind == LocalKind::unicast);
  if (place.interface == kNoInterface) return Ipv4Address::of(127, 0, 0, 1);
  const auto here = [&](const InterfaceAddress& one) { return one.interface == place.interface; };
  const auto own = std::find_if(addresses_.begin(), addresses_.end(), [&](const auto& one) {
    return here(one) && one.address == destination;
  });
  const auto first = std::find_if(addresses_.begin(), own, [&](const auto& one) {
    return here(one) && one.length == own->length && one.on_subnet(destination);
  });
  return first->address;
}

std::optional<Ipv4Address> LocalAddresses::select_source(const Route& route,
                                                         Ipv4Address destination) const {
  if (!route.preferred_source.is_unspecified()) return route.preferred_source;
  return source_towards(route.out, route.neighbor_for(destination));
}

}  // namespace natsim
