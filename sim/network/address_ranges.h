// Sets of addresses as ranges: what a node has a route to, what a DHCP server gives out.
#pragma once

#include <vector>

#include "sim/wire/address.h"

namespace natsim {

/// Both ends included. Compares IPv4 and IPv6 alike; empty if last < first.
struct AddressRange {
  IpAddress first, last;
  static AddressRange of(const Prefix& prefix);
  bool contains(IpAddress address) const { return first <= address && address <= last; }
};

/// A union of ranges, asked by binary search.
class AddressRanges {
 public:
  AddressRanges() = default;
  explicit AddressRanges(std::vector<AddressRange> ranges);
  bool contains(IpAddress address) const;

 private:
  std::vector<AddressRange> ranges_;  // Sorted, none overlaps another.
};

}  // namespace natsim
