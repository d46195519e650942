// Runs what a topology file asks for: its traffic, then its expectations.
//
// Traffic items start at their times. When all are done and a moment has passed, the expectations'
// probes are sent one after the other from the named nodes' own stacks, each when the one before it
// was judged, and judged by what became of them (fate.h). `at:` sends one while traffic runs.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/place.h"
#include "sim/network/errand.h"
#include "sim/network/fan_out.h"
#include "sim/network/fate.h"
#include "sim/network/frame_counter.h"
#include "sim/network/network.h"
#include "sim/network/spec.h"
#include "sim/network/traffic_source.h"
#include "sim/node/name_lookups.h"
#include "sim/node/probe_listener.h"

namespace natsim {

struct ScenarioOptions {
  /// End here, whatever is still going on.
  std::optional<Instant> until;
  /// Unset: `replay` items are errors.
  CaptureReader read_capture;
  /// Asked now and then; true ends the run cleanly.
  std::function<bool()> interrupted;
  /// Compiles a filter in tcpdump's language; an error is a text. Unset: expectations that count
  /// frames are errors.
  std::function<std::optional<std::string>(const std::string& expression, FrameFilter&)>
      compile_filter{};
  /// Keep what every node did with each probe and its answer, to the end of both.
  bool keep_ways = false;
};

/// What became of a traffic item.
struct TrafficResult {
  const spec::Traffic* item;
  bool done = false;
  ProbeOutcome outcome;  ///< of raw input: answered
  std::string summary;
  Findings findings;
};

/// An expectation, judged.
struct Judgement {
  const spec::Expectation* item;
  bool met = false;
  bool judged = false;  ///< false: the run ended before it
  std::optional<Fate> fate;
  std::string found;             ///< "dropped at router by policy forward"
  Instant sent;                  ///< when the probe was
  std::optional<Duration> took;  ///< to its result: the answer, or of UDP the arrival
  std::optional<Tuple> tuple;    ///< the probe's addresses where it ended
  Way way;                       ///< with ScenarioOptions::keep_ways
};

/// "delivered", …: as in `expect`.
const char* to_string(spec::ExpectedResult result);

class Scenario final : private ProbeListener, private NameListener, private ErrandListener {
 public:
  /// All outlive the scenario.
  Scenario(Network& network, const spec::Topology& topology, ScenarioOptions options);
  ~Scenario();

  /// Reads captures; to be called first. With errors among the problems there is nothing to run.
  Problems prepare();
  /// Gets told everything during run(). Not owned.
  void add_observer(Observer& observer) { observers_.add(observer); }
  void run();

  const std::vector<TrafficResult>& traffic() const { return traffic_; }
  const std::vector<Judgement>& judgements() const { return judgements_; }
  bool interrupted() const { return interrupted_; }

 private:
  static constexpr Duration kSettle = Duration::seconds(1);        // after the last traffic
  static constexpr Duration kProbeTimeout = Duration::seconds(5);  // no news: lost
  static constexpr Duration kErrandTimeout = Duration::seconds(60);
  static constexpr std::uint64_t kExpectationTag = std::uint64_t{1} << 32;

  class Item;

  void on_probe(const ProbeReport& report) override;
  void on_name(const NameAnswer& answer) override;
  void on_errand(std::uint64_t tag, const ErrandResult& result) override;
  void give_nameservers();
  void judge_errand(Judgement& judgement, std::size_t index);
  void look_up_target(const spec::Expectation& item, std::size_t index);
  bool traffic_done() const;
  bool advance(Instant end, const std::function<bool()>& done);
  void judge(std::size_t index);
  void judge_probe(std::size_t index);
  void judge_lease(Judgement& judgement);
  void judge_capture(std::size_t index);
  std::optional<JourneyId> probe(const spec::Expectation& item, std::size_t index);
  void conclude(Judgement& judgement);
  Fate fate_of(const spec::Expectation& item) const;
  std::vector<std::string> nodes_passed() const;
  bool is_via_met(const spec::Expectation& item) const;
  bool is_hop(const std::string& wanted, const TracerouteHop& hop);
  bool is_route_met(const spec::ExpectedRoute& wanted, const TracerouteResult& route);
  std::string route_words(const TracerouteResult& route);
  bool is_on_time(const Judgement& judgement) const;
  std::string took_words(const Judgement& judgement) const;
  void prepare_counters(Problems& problems);

  IpNode* node(const std::string& name);
  std::optional<Ipv4Address> address_of(const spec::Target& target);
  bool looks_elsewhere(const spec::Traffic& item) const;
  std::string stream_of(std::size_t index) const;

  Network& network_;
  const spec::Topology& topology_;
  ScenarioOptions options_;
  ErrandPlace place_;
  FanOut observers_;
  FateTracker fate_;
  std::vector<std::unique_ptr<FrameCounter>> counters_;  // by judgement; null: counts nothing
  // Each item, and what is known of it, belongs to the part of the node that it starts from.
  std::vector<TrafficResult> traffic_;
  std::vector<std::unique_ptr<Item>> items_;
  std::vector<Judgement> judgements_;
  std::vector<std::size_t> timed_;                // expectations with `at:`, in that order
  std::optional<ProbeReport> report_;             // of the probe being judged
  std::optional<NameAnswer> looked_up_;           // and of its target's domain name
  std::vector<std::unique_ptr<Errand>> errands_;  // of expectations; the last is being judged
  std::optional<ErrandResult> errand_result_;     // and what it came to
  std::size_t judging_ = 0;
  bool interrupted_ = false;
};

}  // namespace natsim
