// One item of a scenario's traffic: a small class for each kind, behind one interface.
//
// A new kind is a struct in spec.h's variant, a pair of files beside these, and a line in
// traffic_kinds.cc.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/base/bytes.h"
#include "sim/base/pacing.h"
#include "sim/base/time.h"
#include "sim/network/errand.h"
#include "sim/network/spec.h"
#include "sim/node/ip_node.h"
#include "sim/node/probe_listener.h"

namespace natsim {

/// One frame of a capture to replay, and when, counted from the first.
struct ReplayFrame {
  Duration offset;
  Bytes frame;
};

/// Reads the capture at `path` into `frames`; an error is a text.
using CaptureReader =
    std::function<std::optional<std::string>(const std::string& path, std::vector<ReplayFrame>&)>;

/// What the scenario does for an item. Outlives its source.
class TrafficStage {
 public:
  virtual const spec::Traffic& item() const = 0;
  /// The node that it starts from; everything happens in that node's part of the network.
  virtual IpNode& from() = 0;
  /// Where the target is now. nullopt: it has no address yet, and the item is finished so.
  virtual std::optional<Ipv4Address> aim(const spec::Target& target) = 0;
  /// For errands.
  virtual ErrandPlace& place() = 0;
  /// For probes: their reports come to TrafficSource::on_probe().
  virtual ProbeOwner owner() = 0;
  /// When each of its repetitions begins, the first of them now.
  virtual Pacer pacer() = 0;
  /// Calls TrafficSource::step() at that time.
  virtual void schedule(Instant when) = 0;
  /// It is done; the first call counts. Without an `elapsed` the time since the item's own counts.
  virtual void finish(ProbeOutcome outcome, std::string summary, Findings findings) = 0;
  void finish(ProbeOutcome outcome, std::string summary) {
    finish(outcome, std::move(summary), Findings{});
  }

  Instant now() { return from().lane().simulator.now(); }

 protected:
  ~TrafficStage() = default;
};

class TrafficSource {
 public:
  virtual ~TrafficSource() = default;
  /// Reads what it needs; an error is a text. Called once, before anything runs.
  virtual std::optional<std::string> prepare(const spec::Traffic&, const CaptureReader&) {
    return std::nullopt;
  }
  /// Whether step() calls aim(); otherwise it finds its targets itself.
  virtual bool aims() const { return true; }
  /// At the item's time, and whenever it was scheduled.
  virtual void step(TrafficStage& stage) = 0;
  virtual void on_probe(const ProbeReport& report, TrafficStage& stage) {
    stage.finish(report.outcome, report.summary,
                 {.bytes_sent = report.bytes_sent, .bytes_received = report.bytes_received});
  }
};

}  // namespace natsim
