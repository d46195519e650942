// What programs on a node do for the scenario: a name looked up, a page fetched.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "sim/network/spec.h"
#include "sim/node/ip_node.h"

namespace natsim {

/// What an errand came to.
struct ErrandResult {
  ProbeOutcome outcome;                ///< answered: somebody said something, be it no
  int status = 0;                      ///< HTTP's, or 0
  std::vector<std::string> answers{};  ///< addresses, "NXDOMAIN", a page
  std::string error{};                 ///< what went wrong, if it did
  std::string summary{};               ///< for people
};

class ErrandListener {
 public:
  virtual void on_errand(std::uint64_t tag, const ErrandResult& result) = 0;

 protected:
  ~ErrandListener() = default;
};

struct ErrandOwner {
  ErrandListener* listener;
  std::uint64_t tag;
};

/// One errand under way; it lives until its node does, or longer.
class Errand {
 public:
  virtual ~Errand() = default;
};

/// Starts at once, from `from`; what becomes of it is told to `owner`, perhaps before this returns.
std::unique_ptr<Errand> start_errand(IpNode& from, const spec::NameLookup& lookup,
                                     ErrandOwner owner);

}  // namespace natsim
