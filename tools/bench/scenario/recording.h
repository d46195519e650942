// Captures of a run under load, as the settings ask for them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "sim/network/network.h"
#include "tools/bench/scenario/settings.h"

namespace natsim::bench {

/// Observes the network from begin() on. Its files are removed with it, unless the settings name a
/// folder.
class Recording {
 public:
  /// nullptr: nothing is to be captured, and nobody observes. `network` outlives the recording.
  static std::unique_ptr<Recording> begin(Network& network, const Settings& settings);
  virtual ~Recording() = default;

  /// Nobody observes any more, and the files are complete. Returns the number of records.
  virtual std::uint64_t finish() = 0;
  /// Empty: nothing went wrong.
  const std::string& trouble() const { return trouble_; }

 protected:
  std::string trouble_;
};

}  // namespace natsim::bench
