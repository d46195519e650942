// A UDP packet in a buffer that benchmarks fill anew, as cheaply as can be, for each pass.
#pragma once

#include <cstdint>

#include "sim/base/bytes.h"
#include "sim/wire/ipv4.h"
#include "sim/wire/packet.h"
#include "sim/wire/udp.h"

namespace natsim::bench {

struct Ends {
  Ipv4Address source, destination;
  std::uint16_t source_port = 0, destination_port = 0;
};

class DatagramBuffer {
 public:
  explicit DatagramBuffer(std::uint16_t payload_bytes = 64)
      : packet_(pool_.allocate(kIpv4HeaderBytes + kUdpHeaderBytes + payload_bytes)) {
    std::memset(packet_.data(), 0x5a, packet_.size());
    const Ipv4Header ip{.payload_bytes = std::uint16_t(kUdpHeaderBytes + payload_bytes)};
    ip.emit(packet_.mutable_bytes());
    UdpHeader{.payload_bytes = payload_bytes}.emit(
        packet_.mutable_bytes().subspan(kIpv4HeaderBytes));
  }

  /// Addresses and ports; the header checksum is right, and there is no UDP checksum.
  Packet& fill(const Ends& ends) {
    std::uint8_t* const p = packet_.data();
    store_be32(p + 12, ends.source.value);
    store_be32(p + 16, ends.destination.value);
    store_be16(p + 20, ends.source_port);
    store_be16(p + 22, ends.destination_port);
    MutableIpv4View(p, packet_.size()).finish_checksum();
    return packet_;
  }
  /// The same with a right UDP checksum.
  Packet& fill_and_sum(const Ends& ends) {
    fill(ends);
    finish_l4_checksum(Protocol::udp, {ends.source, ends.destination},
                       packet_.mutable_bytes().subspan(kIpv4HeaderBytes));
    return packet_;
  }

 private:
  PacketPool pool_;
  Packet packet_;
};

}  // namespace natsim::bench
