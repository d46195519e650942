#include "sim/network/address_ranges.h"

#include <algorithm>

namespace natsim {

AddressRange AddressRange::of(const Prefix& prefix) {
  const IpAddress first = prefix.network().address;
  if (first.is_v4()) return {first, Ipv4Address{first.v4().value | ~netmask_of(prefix.length)}};
  const int length = prefix.length;
  const auto host_bits = [](int count) {  // The low `count` bits of a word.
    return count <= 0 ? 0 : count >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
  };
  return {first, IpAddress::from_words(first.high() | host_bits(64 - length),
                                       first.low() | host_bits(128 - length))};
}

AddressRanges::AddressRanges(std::vector<AddressRange> ranges) {
  std::sort(ranges.begin(), ranges.end(),
            [](const AddressRange& a, const AddressRange& b) { return a.first < b.first; });
  for (const AddressRange& range : ranges) {
    if (range.last < range.first) continue;
    if (!ranges_.empty() && range.first <= ranges_.back().last)
      ranges_.back().last = std::max(ranges_.back().last, range.last);
    else
      ranges_.push_back(range);
  }
}

bool AddressRanges::contains(IpAddress address) const {
  const auto after = std::upper_bound(
      ranges_.begin(), ranges_.end(), address,
      [](IpAddress wanted, const AddressRange& range) { return wanted < range.first; });
  return after != ranges_.begin() && std::prev(after)->contains(address);
}

}  // namespace natsim
