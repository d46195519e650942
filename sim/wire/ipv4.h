// IPv4, RFC 791 3.1; the TOS octet as RFC 2474 and RFC 3168 redefine it.
//
//    0       4       8              16    19                       31
//   |version|  IHL  | DSCP      |ECN|   total length                |  0
//   |   identification              |0|D|M|   fragment offset       |  4   D: don't fragment
//   |   TTL         |   protocol    |   header checksum             |  8   M: more fragments
//   |   source address                                              | 12
//   |   destination address                                         | 16
//   |   options, padded to a multiple of four octets …              | 20
//
// IHL counts 4-octet words, the fragment offset 8-octet units, total length octets with the header.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "sim/base/bytes.h"
#include "sim/base/result.h"
#include "sim/wire/address.h"
#include "sim/wire/checksum.h"
#include "sim/wire/l4_checksum.h"

namespace natsim {

inline constexpr std::size_t kIpv4HeaderBytes = 20;  // without options
inline constexpr std::size_t kIpv4HeaderBytesMax = 60;
inline constexpr std::uint16_t kIpv4DontFragment = 0x4000;
inline constexpr std::uint16_t kIpv4MoreFragments = 0x2000;
inline constexpr std::uint16_t kIpv4OffsetMask = 0x1fff;

/// Says where the fields of a packet are. Does not own the bytes.
class Ipv4View {
 public:
  /// Unchecked. REQUIRES: at least a whole header at `packet`.
  constexpr Ipv4View(const std::uint8_t* packet, std::size_t size) : bytes_(packet), size_(size) {}
  /// After this no accessor leaves `packet`. The packet may be cut off behind its header, as one
  /// quoted in an ICMP error is. Errors: truncated; bad_version; bad_length for IHL < 5.
  static Result<Ipv4View> checked(ByteSpan packet);
  /// What RFC 1122 3.2.1.2 wants of a packet that arrives; the view ends at the total length, so
  /// that a frame's padding is gone. Errors: as checked(), truncated if the total length runs past
  /// `packet`, bad_length if it is less than the header, bad_checksum.
  static Result<Ipv4View> received(ByteSpan packet);

  std::uint8_t version() const { return std::uint8_t(bytes_[0] >> 4); }
  std::size_t header_bytes() const { return std::size_t(bytes_[0] & 0x0f) * 4; }
  std::uint8_t tos() const { return bytes_[1]; }
  std::uint8_t dscp() const { return std::uint8_t(bytes_[1] >> 2); }
  std::uint8_t ecn() const { return bytes_[1] & 3; }
  std::uint16_t total_length() const { return load_be16(bytes_ + 2); }
  std::uint16_t id() const { return load_be16(bytes_ + 4); }
  /// Flags and offset as they stand, to test with the masks above.
  std::uint16_t flags_and_offset() const { return load_be16(bytes_ + 6); }
  bool dont_fragment() const { return (flags_and_offset() & kIpv4DontFragment) != 0; }
  bool more_fragments() const { return (flags_and_offset() & kIpv4MoreFragments) != 0; }
  /// In octets.
  std::size_t fragment_offset() const {
    return std::size_t(flags_and_offset() & kIpv4OffsetMask) * 8;
  }
  bool is_fragment() const {
    return (flags_and_offset() & (kIpv4MoreFragments | kIpv4OffsetMask)) != 0;
  }
  std::uint8_t ttl() const { return bytes_[8]; }
  Protocol protocol() const { return Protocol(bytes_[9]); }
  std::uint16_t checksum() const { return load_be16(bytes_ + 10); }
  Ipv4Address source() const { return {load_be32(bytes_ + 12)}; }
  Ipv4Address destination() const { return {load_be32(bytes_ + 16)}; }
  PseudoHeader pseudo_header() const { return {source(), destination()}; }

  ByteSpan bytes() const { return {bytes_, size_}; }
  ByteSpan header() const { return {bytes_, header_bytes()}; }
  ByteSpan options() const { return header().subspan(kIpv4HeaderBytes); }
  /// Up to the total length, or to the end of what is there.
  ByteSpan payload() const {
    const std::size_t end = std::min<std::size_t>(total_length(), size_);
    const std::size_t begin = header_bytes();
    return {bytes_ + begin, std::max(end, begin) - begin};
  }
  bool checksum_ok() const { return fold_sum(sum_words(header())) == 0xffff; }

 private:
  const std::uint8_t* bytes_;
  std::size_t size_;
};

/// The same with setters that keep the header checksum right (RFC 1624). A transport checksum
/// covers the addresses too: update that with sum_of(before) and sum_of(after) of l4_checksum.h.
class MutableIpv4View : public Ipv4View {
 public:
  constexpr MutableIpv4View(std::uint8_t* packet, std::size_t size)
      : Ipv4View(packet, size), bytes_(packet) {}

  void set_tos(std::uint8_t tos) { replace16(0, std::uint16_t(bytes_[0] << 8 | tos)); }
  void set_total_length(std::uint16_t octets) { replace16(2, octets); }
  void set_id(std::uint16_t id) { replace16(4, id); }
  void set_flags_and_offset(std::uint16_t word) { replace16(6, word); }
  void set_ttl(std::uint8_t ttl) { replace16(8, std::uint16_t(ttl << 8 | bytes_[9])); }
  void set_source(Ipv4Address address) { replace32(12, address); }
  void set_destination(Ipv4Address address) { replace32(16, address); }
  /// Computes the checksum anew, whatever the field held.
  void finish_checksum() {
    store_raw16(bytes_ + 10, 0);
    store_raw16(bytes_ + 10, checksum_of(sum_words(header())));
  }

 private:
  void replace16(std::size_t at, std::uint16_t value) {
    const std::uint64_t before = load_raw16(bytes_ + at);
    store_be16(bytes_ + at, value);
    update_checksum(bytes_ + 10, before, sum_of(value));
  }
  void replace32(std::size_t at, Ipv4Address address) {
    const Ipv4Address before{load_be32(bytes_ + at)};
    store_be32(bytes_ + at, address.value);
    update_checksum(bytes_ + 10, sum_of(before), sum_of(address));
  }
  std::uint8_t* bytes_;
};

/// A header without options: this simulator's nodes send none, and a router that forwards a packet
/// with options edits it in place.
struct Ipv4Header {
  std::uint8_t tos = 0;
  std::uint16_t id = 0;
  bool dont_fragment = false;
  bool more_fragments = false;
  std::uint16_t fragment_offset = 0;  // in octets, a multiple of 8
  std::uint8_t ttl = 64;
  Protocol protocol = Protocol::udp;
  Ipv4Address source{};
  Ipv4Address destination{};
  std::uint16_t payload_bytes = 0;

  PseudoHeader pseudo_header() const { return {source, destination}; }

  /// `packet` is what arrived: header, payload, perhaps padding; options are read over.
  /// Errors: those of Ipv4View::received(); bad_length if the payload would end beyond octet
  /// 65,515 of the datagram it is a fragment of.
  static Result<Ipv4Header> parse(ByteSpan packet);
  static constexpr std::size_t size() { return kIpv4HeaderBytes; }
  /// Writes the first size() octets of `out`, with the checksum. REQUIRES: out.size() >= size(),
  /// payload_bytes <= 65,515, fragment_offset a multiple of 8 and at most 65,528.
  void emit(MutableByteSpan out) const;
  bool operator==(const Ipv4Header&) const = default;
};

}  // namespace natsim
