#include "sim/transport/udp_sockets.h"

#include "sim/base/check.h"
#include "sim/transport/ephemeral.h"

namespace natsim {

bool UdpSockets::bind(const UdpBinding& binding, UdpHandler handler) {
  SIM_CHECK(binding.port != 0);
  const Key key{binding.address, binding.port, binding.interface};
  if (!sockets_.try_emplace(key, Socket{handler, binding.remote}).second) return false;
  ++ports_[binding.port];
  with_address_ += binding.address != IpAddress{};
  with_interface_ += binding.interface != kNoInterface;
  return true;
}

std::optional<std::uint16_t> UdpSockets::bind_ephemeral(UdpBinding binding, UdpHandler handler,
                                                        Prng& rng) {
  const auto port = pick_ephemeral_port(rng, [this](std::uint16_t p) { return in_use(p); });
  if (!port) return std::nullopt;
  binding.port = *port;
  SIM_CHECK(bind(binding, handler));
  return port;
}

bool UdpSockets::unbind(const UdpBinding& binding) {
  if (sockets_.erase(Key{binding.address, binding.port, binding.interface}) == 0) return false;
  const auto port = ports_.find(binding.port);
  SIM_CHECK(port != ports_.end());
  if (--port->second == 0) ports_.erase(port);
  with_address_ -= binding.address != IpAddress{};
  with_interface_ -= binding.interface != kNoInterface;
  return true;
}

const UdpSockets::Socket* UdpSockets::match(const Key& key, const Endpoint& source) const {
  const auto found = sockets_.find(key);
  if (found == sockets_.end()) return nullptr;
  const Socket& socket = found->second;
  return !socket.remote || *socket.remote == source ? &socket : nullptr;
}

std::optional<UdpHandler> UdpSockets::find(const Endpoint& source, const Endpoint& destination,
                                           IfIndex interface) const {
  const std::uint16_t port = destination.port;
  const Socket* socket = nullptr;
  if (with_address_ > 0) {
    if (with_interface_ > 0) socket = match({destination.address, port, interface}, source);
    if (socket == nullptr) socket = match({destination.address, port, kNoInterface}, source);
  }
  if (socket == nullptr && with_interface_ > 0) socket = match({{}, port, interface}, source);
  if (socket == nullptr) socket = match({{}, port, kNoInterface}, source);
  if (socket == nullptr) return std::nullopt;
  return socket->handler;
}

}  // namespace natsim
