// TCP sequence numbers, RFC 9293 3.4: numbers modulo 2^32, in which "less" has no meaning.
#pragma once

#include <concepts>
#include <cstdint>

namespace natsim {

/// Deliberately without operator<: two of them compare only within a window, so say which
/// relation is meant.
class Seq {
 public:
  constexpr Seq() = default;
  explicit constexpr Seq(std::uint32_t value) : value_(value) {}
  constexpr std::uint32_t value() const { return value_; }

  constexpr bool operator==(const Seq&) const = default;
  constexpr Seq operator+(std::uint32_t octets) const { return Seq(value_ + octets); }
  constexpr Seq operator-(std::uint32_t octets) const { return Seq(value_ - octets); }
  constexpr Seq& operator+=(std::uint32_t octets) { return value_ += octets, *this; }
  /// How far this is after `other`; negative if it is before.
  constexpr std::int32_t operator-(Seq other) const {
    return static_cast<std::int32_t>(value_ - other.value_);
  }

  /// REQUIRES of the next four: the two are less than 2^31 apart.
  constexpr bool before(Seq other) const { return *this - other < 0; }
  constexpr bool after(Seq other) const { return *this - other > 0; }
  constexpr bool at_or_before(Seq other) const { return *this - other <= 0; }
  constexpr bool at_or_after(Seq other) const { return *this - other >= 0; }
  /// begin <= this < begin + octets, modulo 2^32. An empty window holds nothing.
  constexpr bool in_window(Seq begin, std::uint32_t octets) const {
    return value_ - begin.value_ < octets;
  }

 private:
  std::uint32_t value_ = 0;
};

static_assert(!std::totally_ordered<Seq>);

}  // namespace natsim
