// Writes down everything that a simulation tells, to be compared word for word.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/network/network.h"
#include "sim/network/scenario.h"
#include "sim/observe/observer.h"

namespace natsim::threads {

/// A line for each thing that was told, in the order in which it was.
class Witness final : public Observer {
 public:
  void on_visit(const Visit& visit) override;
  void on_frame(const FrameEvent& frame) override;
  void on_note(const NoteEvent& note) override;
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  std::vector<std::string> lines_;
};

/// What a run came to.
struct Account {
  std::vector<std::string> told;     ///< while it ran
  std::vector<std::string> results;  ///< of its traffic, expectations, cables and interfaces
  std::uint32_t parts = 0;           ///< that its network was divided into
};

struct RunOptions {
  std::uint32_t threads = 1;
  bool watched = true;
  /// Every window of simulated time goes to several threads, even if little happens in it.
  bool share_everything = true;
  std::optional<std::uint64_t> seed{};
  std::function<std::optional<std::string>(const std::string&, std::vector<ReplayFrame>&)>
      read_capture{};
};

/// Builds the topology and runs its scenario. It has no errors.
Account run_scenario(const spec::Topology& topology, const RunOptions& options);

/// The first line in which two accounts differ; empty: none.
std::string difference(const Account& one, const Account& other);

}  // namespace natsim::threads
