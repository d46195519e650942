// A named set, ready for lookups: ipset's hash and bitmap types.
//
// Elements with prefixes of the same lengths share a shape. A lookup asks one hash table once a
// shape, the longest prefixes first, as the kernel does: its time depends on how many different
// lengths there are, not on the elements.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/time.h"
#include "sim/filter/match.h"
#include "sim/filter/set_description.h"
#include "sim/filter/traversal.h"

namespace natsim {

class AddressSet {
 public:
  explicit AddressSet(const SetDescription& description);

  const std::string& name() const { return name_; }
  /// Whether the packet's sides that `match` names are an element that is there at `now`. A packet
  /// that lacks a part (a port, a MAC) is in no set.
  bool holds(const Traversal& packet, const SetMatch& match, Instant now) const;

 private:
  struct Key {
    std::uint32_t addresses[kSetAddressesMax] = {0, 0};
    std::uint16_t port = 0;
    Protocol protocol{};
    std::uint16_t shape = 0;
    std::uint64_t mac = 0;
    bool operator==(const Key&) const = default;
    template <class H>
    friend H AbslHashValue(H h, const Key& k) {
      return H::combine(std::move(h), k.addresses[0], k.addresses[1], k.port, k.protocol, k.shape,
                        k.mac);
    }
  };
  struct Element {
    bool nomatch = false;
    Instant expiry = Instant::never();
  };
  using Lengths = std::array<std::uint8_t, kSetAddressesMax>;

  std::optional<Key> key_of(const Traversal& packet, const SetMatch& match) const;

  std::string name_;
  std::vector<SetPart> parts_;
  std::vector<Lengths> shapes_;  // of prefixes, the longest first
  absl::flat_hash_map<Key, Element> elements_;
};

}  // namespace natsim
