// What a node says on its listening UDP ports: everything back (RFC 862), or nothing (RFC 863).
#pragma once

#include <cstdint>

#include "sim/service/service.h"

namespace natsim {

/// Answers from the address that was spoken to; the stack chooses one where that was a broadcast.
/// A datagram from the port number it came to is not answered: two echo services that a forged
/// source address points at each other would go on for ever (CERT CA-1996-01).
class UdpEcho : public UdpService {
 public:
  void on_datagram(const Datagram& datagram, Instant now, Outbox& out) override;
  std::uint64_t datagrams() const { return datagrams_; }

 private:
  std::uint64_t datagrams_ = 0;
};

class UdpDiscard : public UdpService {
 public:
  void on_datagram(const Datagram& datagram, Instant now, Outbox& out) override;
  std::uint64_t datagrams() const { return datagrams_; }
  std::uint64_t bytes() const { return bytes_; }

 private:
  std::uint64_t datagrams_ = 0, bytes_ = 0;
};

}  // namespace natsim
