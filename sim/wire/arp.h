// ARP for IPv4 over Ethernet, RFC 826.
//
//    0               8              16              24             31
//   |   hardware type (1)           |   protocol type (0x0800)      |  0
//   | h. length (6) | p. length (4) |   operation                   |  4
//   |   sender hardware address                                     |  8
//   |   …                           |   sender protocol address     | 12
//   |   …                           |   target hardware address     | 16
//   |   …                                                           | 20
//   |   target protocol address                                     | 24
#pragma once

#include <cstddef>
#include <cstdint>

#include "sim/base/bytes.h"
#include "sim/base/result.h"
#include "sim/wire/address.h"
#include "sim/wire/mac.h"

namespace natsim {

inline constexpr std::size_t kArpBytes = 28;

enum class ArpOperation : std::uint16_t { request = 1, reply = 2 };

/// Says where the fields of an Ethernet/IPv4 ARP packet are; does not look at types and lengths.
class ArpView {
 public:
  /// Unchecked. REQUIRES: kArpBytes at `packet`.
  explicit constexpr ArpView(const std::uint8_t* packet) : bytes_(packet) {}
  /// Errors: truncated. Octets after the packet are padding.
  static Result<ArpView> checked(ByteSpan packet) {
    if (packet.size() < kArpBytes) return WireError::truncated;
    return ArpView(packet.data());
  }

  std::uint16_t hardware_type() const { return load_be16(bytes_); }
  std::uint16_t protocol_type() const { return load_be16(bytes_ + 2); }
  std::uint8_t hardware_length() const { return bytes_[4]; }
  std::uint8_t protocol_length() const { return bytes_[5]; }
  ArpOperation operation() const { return ArpOperation(load_be16(bytes_ + 6)); }
  MacAddress sender_mac() const { return MacAddress::load(bytes_ + 8); }
  Ipv4Address sender_ip() const { return {load_be32(bytes_ + 14)}; }
  MacAddress target_mac() const { return MacAddress::load(bytes_ + 18); }
  Ipv4Address target_ip() const { return {load_be32(bytes_ + 24)}; }

 private:
  const std::uint8_t* bytes_;
};

struct ArpHeader {
  ArpOperation operation = ArpOperation::request;
  MacAddress sender_mac{};
  Ipv4Address sender_ip{};
  MacAddress target_mac{};  // zero in a request: it is what is asked for
  Ipv4Address target_ip{};

  /// RFC 5227 1.1: asks whether an address is free, and so does not claim one itself.
  constexpr bool is_probe() const {
    return operation == ArpOperation::request && sender_ip.is_unspecified();
  }
  /// RFC 5227 1.1, 3: tells its own address to all; as a request or as a reply ("gratuitous ARP").
  constexpr bool is_announcement() const {
    return sender_ip == target_ip && !sender_ip.is_unspecified();
  }

  /// Errors: truncated; unsupported for other hardware, protocols, lengths or operations.
  static Result<ArpHeader> parse(ByteSpan packet);
  static constexpr std::size_t size() { return kArpBytes; }
  /// Writes the first size() octets of `out`. REQUIRES: out.size() >= size().
  void emit(MutableByteSpan out) const;
  bool operator==(const ArpHeader&) const = default;
};

}  // namespace natsim
