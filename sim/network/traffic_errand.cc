#include "sim/network/traffic_errand.h"

#include <type_traits>
#include <variant>

namespace natsim {

void ErrandTraffic::step(TrafficStage& stage) {
  stage_ = &stage;
  const spec::Traffic& item = stage.item();
  if (++begun_ < item.count)
    stage.schedule(stage.now() + item.interval.value_or(Duration::milliseconds(10)));
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
  if (++done_ == stage_->item().count) stage_->finish(outcome_, summary_);
}

}  // namespace natsim
