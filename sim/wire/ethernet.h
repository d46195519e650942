// Ethernet frames, IEEE 802.3-2018 3.1.1, as they cross a cable here: without preamble and FCS.
//
//   0                   6                   12        14
//   | destination       | source            | type    | payload, 46 … MTU octets
//
// A type of 0x0600 or more is an EtherType, 1500 or less the length of an 802.3 frame whose LLC
// header follows; what lies between is invalid (3.2.6).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "sim/base/bytes.h"
#include "sim/base/result.h"
#include "sim/wire/mac.h"

namespace natsim {

enum class EtherType : std::uint16_t {
  ipv4 = 0x0800,
  arp = 0x0806,
  vlan = 0x8100,  ///< the C-TAG of IEEE 802.1Q
  ipv6 = 0x86dd,
  service_vlan = 0x88a8,  ///< the S-TAG of IEEE 802.1ad
};

/// "ipv4", "arp", …; "0x88cc" for the unnamed.
std::string to_string(EtherType type);

inline constexpr std::size_t kEthernetHeaderBytes = 14;
inline constexpr std::size_t kEthernetFrameBytesMin = 60;  // 64 with the FCS
inline constexpr std::uint16_t kEthernetLengthMax = 1500;
inline constexpr std::uint16_t kEtherTypeMin = 0x0600;

/// Says where the fields of a frame are. Does not own the bytes.
class EthernetView {
 public:
  /// Unchecked. REQUIRES: at least kEthernetHeaderBytes at `frame`.
  constexpr EthernetView(const std::uint8_t* frame, std::size_t size)
      : bytes_(frame), size_(size) {}
  /// After this no accessor leaves `frame`. Errors: truncated.
  static Result<EthernetView> checked(ByteSpan frame) {
    if (frame.size() < kEthernetHeaderBytes) return WireError::truncated;
    return EthernetView(frame.data(), frame.size());
  }

  MacAddress destination() const { return MacAddress::load(bytes_); }
  MacAddress source() const { return MacAddress::load(bytes_ + 6); }
  std::uint16_t type_or_length() const { return load_be16(bytes_ + 12); }
  EtherType type() const { return EtherType(type_or_length()); }
  bool has_type() const { return type_or_length() >= kEtherTypeMin; }
  bool has_length() const { return type_or_length() <= kEthernetLengthMax; }
  /// With the padding, if there is any: only the layer above knows its own length.
  ByteSpan payload() const { return {bytes_ + kEthernetHeaderBytes, size_ - kEthernetHeaderBytes}; }

 private:
  const std::uint8_t* bytes_;
  std::size_t size_;
};

/// The same with setters, for who rewrites a frame in place.
class MutableEthernetView : public EthernetView {
 public:
  constexpr MutableEthernetView(std::uint8_t* frame, std::size_t size)
      : EthernetView(frame, size), bytes_(frame) {}
  void set_destination(MacAddress mac) { mac.store(bytes_); }
  void set_source(MacAddress mac) { mac.store(bytes_ + 6); }
  void set_type(EtherType type) { store_be16(bytes_ + 12, std::uint16_t(type)); }

 private:
  std::uint8_t* bytes_;
};

struct EthernetHeader {
  MacAddress destination{};
  MacAddress source{};
  EtherType type = EtherType::ipv4;

  /// Errors: truncated; unsupported for an 802.3 length; bad_value for 1501 … 1535.
  static Result<EthernetHeader> parse(ByteSpan frame);
  static constexpr std::size_t size() { return kEthernetHeaderBytes; }
  /// Writes the first size() octets of `out`. REQUIRES: out.size() >= size().
  void emit(MutableByteSpan out) const;
  bool operator==(const EthernetHeader&) const = default;
};

/// Zeroes `buffer` from `frame_bytes` up to the shortest legal frame and returns the length to
/// send (IEEE 802.3 4.2.8). REQUIRES: buffer.size() >= max(frame_bytes, kEthernetFrameBytesMin).
std::size_t pad_frame(MutableByteSpan buffer, std::size_t frame_bytes);

}  // namespace natsim
