// Result<T>: a value, or why there is none. For everything that comes from outside.
#pragma once

#include <utility>
#include <variant>

#include "sim/base/check.h"

namespace natsim {

/// Why bytes are not the header they should be.
enum class WireError {
  truncated,    ///< fewer bytes than the header, or than it says that follow
  bad_version,  ///< a version or type field with another protocol's value
  bad_length,   ///< a length field that contradicts another one
  bad_checksum,
  bad_value,    ///< a field outside its range
  unsupported,  ///< well formed, but of a kind that is not modelled
};

/// "truncated", "bad_checksum", …
constexpr const char* to_string(WireError error) {
  switch (error) {
    case WireError::truncated: return "truncated";
    case WireError::bad_version: return "bad_version";
    case WireError::bad_length: return "bad_length";
    case WireError::bad_checksum: return "bad_checksum";
    case WireError::bad_value: return "bad_value";
    case WireError::unsupported: return "unsupported";
  }
  return "?";
}

template <class T, class E = WireError>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(E error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  /// REQUIRES: ok().
  const T& value() const& { return SIM_CHECK(ok()), *std::get_if<0>(&state_); }
  T& value() & { return SIM_CHECK(ok()), *std::get_if<0>(&state_); }
  T value() && { return SIM_CHECK(ok()), std::move(*std::get_if<0>(&state_)); }
  const T& operator*() const& { return value(); }
  T& operator*() & { return value(); }
  const T* operator->() const { return &value(); }
  T* operator->() { return &value(); }

  /// REQUIRES: !ok().
  const E& error() const { return SIM_CHECK(!ok()), *std::get_if<1>(&state_); }

 private:
  std::variant<T, E> state_;
};

}  // namespace natsim
