// natsim new [NAME] [--fault]
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace natsim {

struct NewOptions {
  std::string name;    ///< of the gallery; with `fault` also a path; empty: list the gallery
  std::string output;  ///< empty: from the name; "-": stdout
  bool fault = false;
  std::string kind;  ///< of fault; empty: any
  bool key = false;  ///< tell what the fault is
  std::optional<std::uint64_t> seed;
};

/// Writes a file of the gallery, or one with a fault planted into it, or lists what there is.
/// Returns the exit status: 3 where a file could not be read or written.
int make_new(const NewOptions& options);

}  // namespace natsim
