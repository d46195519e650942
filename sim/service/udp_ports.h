// Sockets that a service opens for itself, besides the one that it stands behind.
#pragma once

#include <cstdint>
#include <optional>

#include "sim/wire/address.h"

namespace natsim {

/// Belongs to one service, which gets what arrives at these ports by on_datagram().
class UdpPorts {
 public:
  virtual ~UdpPorts() = default;
  /// An ephemeral port that only `remote` can send to, or nullopt when all are taken.
  virtual std::optional<std::uint16_t> open(const Endpoint& remote) = 0;
  virtual void close(std::uint16_t port) = 0;
};

}  // namespace natsim
