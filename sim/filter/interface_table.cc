#include "sim/filter/interface_table.h"

#include "sim/base/check.h"

namespace natsim {

const std::string& InterfaceTable::name(IfIndex index) const {
  static const std::string kNone;
  return index.value < interfaces_.size() ? interfaces_[index.value].name : kNone;
}

IfIndex InterfaceTable::find(const std::string& name) const {
  for (std::size_t i = 0; i < interfaces_.size(); ++i)
    if (interfaces_[i].name == name) return {std::uint32_t(i)};
  return kNoInterface;
}

bool InterfaceTable::has_address(IfIndex index, Ipv4Address address) const {
  if (index.value >= interfaces_.size()) return false;
  for (const Prefix& p : interfaces_[index.value].addresses)
    if (p.address == IpAddress(address)) return true;
  return false;
}

void InterfaceTable::set_addresses(IfIndex index, std::vector<Prefix> addresses) {
  SIM_CHECK(index.value < interfaces_.size());
  interfaces_[index.value].addresses = std::move(addresses);
}

std::optional<Ipv4Address> InterfaceTable::primary(IfIndex index) const {
  if (index.value >= interfaces_.size()) return std::nullopt;
  for (const Prefix& p : interfaces_[index.value].addresses)
    if (p.address.is_v4()) return p.address.v4();
  return std::nullopt;
}

std::optional<Ipv4Address> InterfaceTable::source_for(IfIndex out, Ipv4Address next_hop) const {
  if (out.value >= interfaces_.size()) return std::nullopt;
  for (const Prefix& p : interfaces_[out.value].addresses)
    if (p.address.is_v4() && p.contains(next_hop)) return p.address.v4();
  if (const auto first = primary(out)) return first;
  for (std::uint16_t i = 0; i < interfaces_.size(); ++i)
    if (const auto other = primary({i})) return other;
  return std::nullopt;
}

AddressType InterfaceTable::type_of(Ipv4Address address) const {
  if (address.is_broadcast()) return AddressType::broadcast;
  if (address.is_multicast()) return AddressType::multicast;
  if (address.is_loopback()) return AddressType::local;
  for (const InterfaceInfo& interface : interfaces_) {
    for (const Prefix& p : interface.addresses) {
      if (p.address == IpAddress(address)) return AddressType::local;
      if (p.address.is_v4() && p.broadcast() == IpAddress(address)) return AddressType::broadcast;
    }
  }
  return AddressType::unicast;
}

}  // namespace natsim
