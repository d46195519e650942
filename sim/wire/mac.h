// MAC addresses, IEEE 802-2014 8.2 (EUI-48).
#pragma once

#include <compare>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace natsim {

/// Six octets in a 64-bit number, first octet most significant: compares and hashes as a number.
class MacAddress {
 public:
  constexpr MacAddress() = default;
  static constexpr MacAddress from_u64(std::uint64_t value) { return MacAddress(value); }
  static constexpr MacAddress broadcast() { return MacAddress(0xffff'ffff'ffff); }
  /// The six octets at `p`.
  static MacAddress load(const std::uint8_t* p) {
    std::uint64_t value = 0;
    std::memcpy(&value, p, 6);
    return MacAddress(__builtin_bswap64(value) >> 16);
  }
  void store(std::uint8_t* p) const {
    const std::uint64_t swapped = __builtin_bswap64(value_ << 16);
    std::memcpy(p, &swapped, 6);
  }
  /// "02:00:00:00:00:07"; also '-' as separator. nullopt for anything else.
  static std::optional<MacAddress> parse(std::string_view text);
  std::string to_string() const;

  constexpr std::uint64_t as_u64() const { return value_; }
  constexpr bool is_broadcast() const { return value_ == 0xffff'ffff'ffff; }
  /// The I/G bit: broadcast counts as a group too.
  constexpr bool is_group() const { return (value_ >> 40) & 1; }
  constexpr bool is_zero() const { return value_ == 0; }
  constexpr auto operator<=>(const MacAddress&) const = default;

 private:
  constexpr explicit MacAddress(std::uint64_t value) : value_(value) {}
  std::uint64_t value_ = 0;
};

}  // namespace natsim
