#include "sim/network/traffic_errand.h"

#include <type_traits>
#include <variant>

#include <fmt/format.h>

namespace natsim {
namespace {

void add(std::optional<std::uint64_t>& sum, const std::optional<std::uint64_t>& bytes) {
  if (bytes) sum = sum.value_or(0) + *bytes;
}

}  // namespace

void ErrandTraffic::step(TrafficStage& stage) {
  stage_ = &stage;
  const spec::Traffic& item = stage.item();
  if (!pace_) pace_ = stage.pacer();
  ++begun_;
  if (const auto next = pace_->next(stage.now())) stage.schedule(*next);
  std::visit(
      [&](const auto& what) {
        if constexpr (requires { start_errand(stage.place(), stage.from(), what, {this, 0}); })
          errands_.push_back(start_errand(stage.place(), stage.from(), what, {this, 0}));
      },
      item.what);
}

// As with connections, the first failure is the item's outcome.
void ErrandTraffic::on_errand(std::uint64_t, const ErrandResult& result) {
  if (!outcome_.done() || outcome_.result == ProbeResult::answered) {
    outcome_ = result.outcome;
    summary_ = result.summary;
  }
  well_ += result.error.empty();
  add(findings_.bytes_sent, result.findings.bytes_sent);
  add(findings_.bytes_received, result.findings.bytes_received);
  if (result.findings.route) findings_.route = result.findings.route;
  if (result.findings.scan) findings_.scan = result.findings.scan;
  if (++done_ < begun_ || !pace_->finished()) return;
  if (begun_ > 1) summary_ = fmt::format("{} of {} went well; {}", well_, begun_, summary_);
  stage_->finish(outcome_, summary_, std::move(findings_));
}

}  // namespace natsim
