// A topology run in this process, with every frame on record.
//
//   Simulation run("home-nat", topology_text("home-nat"));
//   ASSERT_EQ(run.problems(), "");
//   run.run();
//   EXPECT_THAT(run.unmet(), testing::IsEmpty());
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/network/network.h"
#include "sim/network/scenario.h"
#include "sim/network/spec.h"
#include "sim/observe/observer.h"
#include "src/report/names.h"
#include "src/topology/source_map.h"

namespace natsim::scenario {

/// A frame as it passed an interface.
struct SeenFrame {
  Instant when;
  NodeId node;
  IfIndex interface;
  Direction direction;
  Bytes bytes;
  bool operator==(const SeenFrame&) const = default;
};

/// Remembers all of them.
class FrameRecord final : public Observer {
 public:
  void on_frame(const FrameEvent& event) override;
  const std::vector<SeenFrame>& frames() const { return frames_; }
  /// FNV-1a over frames, places and times, as "0123-4567-89ab-cdef".
  std::string fingerprint() const;

 private:
  std::vector<SeenFrame> frames_;
};

class Simulation {
 public:
  /// Reads, checks and builds. `name` is that of the topology; messages call the file NAME.yaml.
  Simulation(const std::string& name, std::string text,
             std::optional<std::uint64_t> seed = std::nullopt);

  /// Errors and warnings, rendered; empty: there are none.
  const std::string& problems() const { return problems_; }
  /// There is something to run. REQUIRED by everything that follows.
  bool built() const { return network_ != nullptr; }

  /// Also tells `observer`. Not owned.
  void add_observer(Observer& observer) { scenario_->add_observer(observer); }
  void run();
  /// The same without anybody watching: there is no record.
  void run_unwatched();

  Network& network() { return *network_; }
  const spec::Topology& topology() const { return topology_; }
  const Scenario& scenario() const { return *scenario_; }
  const SourceMap& sources() const { return sources_; }
  const FrameRecord& record() const { return record_; }

  /// "pc1 → printer:9100 tcp: expected delivered, found dropped at router by policy" for each
  /// expectation that was not met or not judged.
  std::vector<std::string> unmet() const;
  /// What each expectation came to, "found" in the line above, in the order of the file.
  std::vector<std::string> found() const;
  /// Traffic items that never came to an end, in the file's words.
  std::vector<std::string> unfinished() const;
  /// "fingerprint: …  events: …  frames: …  seed: …"
  std::string fingerprint_line() const;

 private:
  SourceMap sources_;
  spec::Topology topology_;
  std::string problems_;
  std::unique_ptr<Network> network_;
  std::unique_ptr<Scenario> scenario_;
  FrameRecord record_;
};

}  // namespace natsim::scenario
