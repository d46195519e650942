// The bound UDP sockets of one node: who gets a datagram, and which ports are free.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <optional>
#include <utility>

#include "sim/base/ids.h"
#include "sim/base/random.h"
#include "sim/transport/datagram.h"
#include "sim/wire/address.h"

namespace natsim {

/// Where a socket listens. Whatever is left at its default matches everything.
struct UdpBinding {
  std::uint16_t port = 0;
  IpAddress address{};               ///< `::`: any of the node's addresses, of either family
  IfIndex interface = kNoInterface;  ///< kNoInterface: any
  std::optional<Endpoint> remote{};  ///< connected: datagrams from elsewhere are not for it
};

/// The caller's number for whatever stands behind a socket.
using UdpHandler = std::uint32_t;

/// A datagram goes to the most specific socket, in the order of Linux's lookup: an address counts
/// more than an interface. Sockets with one port may differ in address or interface, as with
/// SO_REUSEADDR; `remote` alone does not make two sockets different.
/// Every operation is O(1); an empty table has allocated nothing.
class UdpSockets {
 public:
  /// False if a socket with this port, address and interface exists. REQUIRES: port is not 0.
  bool bind(const UdpBinding& binding, UdpHandler handler);
  /// bind() at a free ephemeral port, no matter which `binding` holds; returns the port, or nullopt
  /// when all are taken. "Free" means that no socket of this table has the port (UDP-11).
  std::optional<std::uint16_t> bind_ephemeral(UdpBinding binding, UdpHandler handler, Prng& rng);
  /// False if there is no such socket.
  bool unbind(const UdpBinding& binding);

  /// The handler for a datagram; nullopt: the port is closed.
  std::optional<UdpHandler> find(const Datagram& datagram) const {
    return find(datagram.source, datagram.destination, datagram.interface);
  }
  std::optional<UdpHandler> find(const Endpoint& source, const Endpoint& destination,
                                 IfIndex interface) const;
  /// True if any socket has the port.
  bool in_use(std::uint16_t port) const { return ports_.contains(port); }
  std::size_t size() const { return sockets_.size(); }

 private:
  struct Key {
    IpAddress address;
    std::uint16_t port;
    IfIndex interface;
    bool operator==(const Key&) const = default;
    template <class H>
    friend H AbslHashValue(H hash, const Key& key) {
      return H::combine(std::move(hash), key.address.high(), key.address.low(), key.port,
                        key.interface.value);
    }
  };
  struct Socket {
    UdpHandler handler;
    std::optional<Endpoint> remote;
  };
  const Socket* match(const Key& key, const Endpoint& source) const;

  absl::flat_hash_map<Key, Socket> sockets_;
  absl::flat_hash_map<std::uint16_t, std::uint32_t> ports_;  // how many sockets have the port
  std::uint32_t with_address_ = 0, with_interface_ = 0;      // spare the lookups that cannot match
};

}  // namespace natsim
