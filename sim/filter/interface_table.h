// What filtering and NAT know of a node's interfaces: names and addresses.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/base/ids.h"
#include "sim/filter/match.h"
#include "sim/wire/address.h"

namespace natsim {

struct InterfaceInfo {
  std::string name;
  std::vector<Prefix> addresses;  ///< the first is the primary one
};

class InterfaceTable {
 public:
  explicit InterfaceTable(std::vector<InterfaceInfo> interfaces)
      : interfaces_(std::move(interfaces)) {}

  const std::vector<InterfaceInfo>& all() const { return interfaces_; }
  /// Empty for kNoInterface.
  const std::string& name(IfIndex index) const;
  /// kNoInterface where there is none of that name.
  IfIndex find(const std::string& name) const;
  void set_addresses(IfIndex index, std::vector<Prefix> addresses);

  /// The first address. nullopt: none.
  std::optional<Ipv4Address> primary(IfIndex index) const;
  bool has_address(IfIndex index, Ipv4Address address) const;
  /// What a packet to `next_hop` that leaves by `out` gets as source: the primary address of the
  /// subnet that holds it, else the interface's first, else some other interface's
  /// (inet_select_addr).
  std::optional<Ipv4Address> source_for(IfIndex out, Ipv4Address next_hop) const;
  /// What `address` is to this node (--addrtype).
  AddressType type_of(Ipv4Address address) const;

 private:
  std::vector<InterfaceInfo> interfaces_;
};

}  // namespace natsim
