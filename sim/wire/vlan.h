// The VLAN tag, IEEE 802.1Q-2018 9.6. It stands between a frame's source address and its type, and
// makes the frame four octets longer.
//
//   0         2    3 4              4         6
//   | TPID    |PCP|D| VID           | type    |      TPID 0x8100 (C-TAG) or 0x88a8 (S-TAG)
//              3   1  12 bits                         D: drop eligible
//
// Table 9-2: VID 0 carries a priority but no VLAN, 4095 is reserved.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sim/base/bytes.h"
#include "sim/base/result.h"
#include "sim/wire/ethernet.h"

namespace natsim {

inline constexpr std::size_t kVlanTagBytes = 4;
/// Where the tag's TPID stands in a frame.
inline constexpr std::size_t kVlanTagOffset = 12;
inline constexpr std::uint16_t kVlanIdMin = 1;
inline constexpr std::uint16_t kVlanIdMax = 4094;

/// Says where the fields of a tag are. The bytes begin with the TPID, at frame + kVlanTagOffset.
class VlanView {
 public:
  /// Unchecked. REQUIRES: six octets at `tag`: the tag and the type that follows it.
  constexpr VlanView(const std::uint8_t* tag, std::size_t size) : bytes_(tag), size_(size) {}
  /// Errors: truncated; bad_version if the TPID is no VLAN's.
  static Result<VlanView> checked(ByteSpan tag) {
    if (tag.size() < kVlanTagBytes + 2) return WireError::truncated;
    const VlanView view(tag.data(), tag.size());
    if (view.tpid() != EtherType::vlan && view.tpid() != EtherType::service_vlan)
      return WireError::bad_version;
    return view;
  }

  EtherType tpid() const { return EtherType(load_be16(bytes_)); }
  std::uint8_t priority() const { return std::uint8_t(bytes_[2] >> 5); }
  bool drop_eligible() const { return (bytes_[2] & 0x10) != 0; }
  std::uint16_t vlan_id() const { return std::uint16_t(load_be16(bytes_ + 2) & 0x0fff); }
  /// Of what follows: another tag's TPID if the frame is tagged twice.
  std::uint16_t inner_type_or_length() const { return load_be16(bytes_ + 4); }
  EtherType inner_type() const { return EtherType(inner_type_or_length()); }
  ByteSpan payload() const { return {bytes_ + 6, size_ - 6}; }

 private:
  const std::uint8_t* bytes_;
  std::size_t size_;
};

/// The same with setters. Changing the VID leaves priority and drop eligibility alone.
class MutableVlanView : public VlanView {
 public:
  constexpr MutableVlanView(std::uint8_t* tag, std::size_t size)
      : VlanView(tag, size), bytes_(tag) {}
  /// REQUIRES: id <= kVlanIdMax.
  void set_vlan_id(std::uint16_t id) {
    store_be16(bytes_ + 2, std::uint16_t((load_be16(bytes_ + 2) & 0xf000) | id));
  }

 private:
  std::uint8_t* bytes_;
};

/// One tag: TPID and tag control information.
struct VlanTag {
  std::uint16_t id = 0;        // 0 … kVlanIdMax; 0 is a priority tag
  std::uint8_t priority = 0;   // PCP, 0 … 7
  bool drop_eligible = false;  // DEI
  EtherType tpid = EtherType::vlan;

  /// The frame belongs to the port's own VLAN; only its priority is tagged.
  constexpr bool is_priority_tag() const { return id == 0; }

  /// `bytes` begin with the TPID. Errors: truncated; bad_version; bad_value for VID 4095.
  static Result<VlanTag> parse(ByteSpan bytes);
  static constexpr std::size_t size() { return kVlanTagBytes; }
  /// Writes the first size() octets of `out`: TPID and control information, not the inner type.
  void emit(MutableByteSpan out) const;
  bool operator==(const VlanTag&) const = default;
};

/// Puts `tag` into the frame that begins at `frame`: the two addresses move four octets towards
/// the front, the rest stays where it is. Returns the frame's new beginning.
/// REQUIRES: a whole Ethernet header at `frame` and kVlanTagBytes of writable room before it.
std::uint8_t* push_vlan_tag(std::uint8_t* frame, VlanTag tag);

/// Takes the outermost tag out and returns the frame's new beginning, four octets further on.
/// REQUIRES: a tagged frame.
std::uint8_t* pop_vlan_tag(std::uint8_t* frame);

}  // namespace natsim
