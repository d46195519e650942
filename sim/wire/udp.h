// UDP, RFC 768.
//
//    0              16              31
//   |  source port  | dest. port    |  0
//   |  length       | checksum      |  4    length counts header and payload, in octets
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "sim/base/bytes.h"
#include "sim/base/result.h"
#include "sim/wire/l4_checksum.h"

namespace natsim {

inline constexpr std::size_t kUdpHeaderBytes = 8;

/// Says where the fields of a datagram are. Does not own the bytes.
class UdpView {
 public:
  /// Unchecked. REQUIRES: at least kUdpHeaderBytes at `datagram`.
  constexpr UdpView(const std::uint8_t* datagram, std::size_t size)
      : bytes_(datagram), size_(size) {}
  /// After this no accessor leaves `datagram`. Errors: truncated.
  static Result<UdpView> checked(ByteSpan datagram) {
    if (datagram.size() < kUdpHeaderBytes) return WireError::truncated;
    return UdpView(datagram.data(), datagram.size());
  }

  std::uint16_t source_port() const { return load_be16(bytes_); }
  std::uint16_t destination_port() const { return load_be16(bytes_ + 2); }
  std::uint16_t length() const { return load_be16(bytes_ + 4); }
  std::uint16_t checksum() const { return load_be16(bytes_ + 6); }
  /// Up to the length field, or to the end of what is there.
  ByteSpan payload() const {
    const std::size_t end = std::min<std::size_t>(length(), size_);
    return {bytes_ + kUdpHeaderBytes, std::max(end, kUdpHeaderBytes) - kUdpHeaderBytes};
  }

 private:
  const std::uint8_t* bytes_;
  std::size_t size_;
};

/// The same with setters that keep the checksum right, and absent if it was absent.
class MutableUdpView : public UdpView {
 public:
  constexpr MutableUdpView(std::uint8_t* datagram, std::size_t size)
      : UdpView(datagram, size), bytes_(datagram) {}
  void set_source_port(std::uint16_t port) { replace16(0, port); }
  void set_destination_port(std::uint16_t port) { replace16(2, port); }
  /// For update_udp_checksum() after a change of the pseudo header.
  std::uint8_t* checksum_field() { return bytes_ + 6; }

 private:
  void replace16(std::size_t at, std::uint16_t value) {
    const std::uint64_t before = load_raw16(bytes_ + at);
    store_be16(bytes_ + at, value);
    update_udp_checksum(bytes_ + 6, before, sum_of(value));
  }
  std::uint8_t* bytes_;
};

struct UdpHeader {
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint16_t payload_bytes = 0;

  /// `datagram` is the payload of the IPv4 packet; octets after the length field's are ignored.
  /// Errors: truncated; bad_length if the length is less than the header or more than there is;
  /// bad_checksum. A checksum of zero is not verified.
  static Result<UdpHeader> parse(ByteSpan datagram, const PseudoHeader& ip);
  static constexpr std::size_t size() { return kUdpHeaderBytes; }
  /// Writes the first size() octets of `out` with checksum zero; finish_l4_checksum() does the
  /// rest once the payload stands behind them.
  /// REQUIRES: out.size() >= size(), payload_bytes <= 65,527.
  void emit(MutableByteSpan out) const;
  bool operator==(const UdpHeader&) const = default;
};

}  // namespace natsim
