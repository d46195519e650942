#include "tests/support/text.h"

namespace natsim::lab {

std::string to_string(Instant when) {
  const std::string ns = std::to_string(when.ns() % 1'000'000'000);
  return std::to_string(when.ns() / 1'000'000'000) + "." + std::string(9 - ns.size(), '0') + ns +
         " s";
}

}  // namespace natsim::lab
