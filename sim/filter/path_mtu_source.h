// How long packets may be: what TCPMSS asks the node's routes.
#pragma once

#include <cstdint>

#include "sim/base/time.h"
#include "sim/wire/address.h"

namespace natsim {

class PathMtuSource {
 public:
  /// The longest packet that gets to `destination` whole, as far as the node knows.
  virtual std::uint32_t path_mtu(Instant now, Ipv4Address destination) const = 0;

 protected:
  ~PathMtuSource() = default;
};

}  // namespace natsim
