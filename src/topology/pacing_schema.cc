// When the repetitions of a traffic item begin: evenly, at random, in bursts; and that they end.
#include <limits>

#include <fmt/format.h>

#include "sim/network/traffic_kinds.h"
#include "src/topology/objects.h"

namespace natsim::topology {
namespace {

constexpr std::uint32_t kCountMax = 1'000'000'000;
/// How much longer than its mean a random time may be (pacing.h).
constexpr std::int64_t kTail = 45;

class PacingCheck {
 public:
  PacingCheck(Context& context, Yaml item, const PacingDraft& draft, spec::Traffic& out)
      : context_(context), item_(item), draft_(draft), out_(out) {}

  void run(std::size_t payload_bytes, std::uint64_t programs_max) {
    out_.interval = draft_.interval;
    take_rate(payload_bytes);
    take_bursts();
    take_end();
    if (!ends_in_time())
      return refuse(item_.find("count") ? "count" : "interval",
                    "repetitions at this interval never end");
    const std::uint64_t expected = pacing_of(out_).expected(out_.at);
    if (expected > programs_max)
      return refuse(
          item_.find("count") ? "count" : "interval",
          fmt::format("{} repetitions; of this kind there are at most {}", expected, programs_max));
    const bool repeats = out_.count > 1 || item_.find("count");
    for (const char* key : {"interval", "rate", "on"})
      if (const auto value = item_.find(key); value && !repeats)
        return context_.warning(value->place(),
                                fmt::format("'{}' without 'count' has no effect", key),
                                "count: 10, or for: 10s");
  }

 private:
  void refuse(std::string_view key, const std::string& why, std::string hint = {}) {
    if (const auto value = item_.find(key))
      context_.error(value->place(), why, std::move(hint));
    else
      context_.error(item_.place(), why, std::move(hint));
  }

  void take_rate(std::size_t payload_bytes) {
    if (!draft_.rate_bps || !std::holds_alternative<spec::UdpSend>(out_.what)) return;
    if (draft_.interval) return refuse("rate", "'rate' and 'interval' say the same");
    if (payload_bytes == 0)
      return refuse("rate", "the rate of datagrams that hold nothing", "size: 1000");
    if (*draft_.rate_bps == 0) return refuse("rate", "'unlimited' is no pace");
    const std::uint64_t bits = std::uint64_t{8} * payload_bytes;
    const std::uint64_t interval_ns = bits * 1'000'000'000 / *draft_.rate_bps;
    if (interval_ns == 0) return refuse("rate", "more than a datagram in a nanosecond");
    out_.interval = Duration::nanoseconds(std::int64_t(interval_ns));
  }

  void take_bursts() {
    if (!draft_.on && !draft_.off) return;
    if (!draft_.on || !draft_.off)
      return refuse(draft_.on ? "on" : "off", "'on' and 'off' go together", "on: 1s, off: 2s");
    for (const auto& [key, time] : {std::pair("on", draft_.on), std::pair("off", draft_.off)})
      if (time->mean == Duration()) return refuse(key, fmt::format("'{}' is no time at all", key));
    if (draft_.on->mean < pacing_of(out_).interval.mean)
      return refuse("on", "'on' is shorter than the time between two",
                    "that is the 'interval', or follows from the 'rate'");
    out_.bursts = Bursts{*draft_.on, *draft_.off};
  }

  void take_end() {
    if (!draft_.until && !draft_.length) return;
    if (draft_.until && draft_.length) return refuse("until", "'until' and 'for' say the same");
    const Duration room = Duration::max() / 2;
    if (draft_.length && *draft_.length > room) return refuse("for", "'for' is too large");
    out_.until = draft_.until ? *draft_.until : out_.at + *draft_.length;
    if (out_.until <= out_.at) return refuse("until", "'until' is not after 'at'");
    if (!item_.find("count")) out_.count = kCountMax;
    if (!item_.find("count") && pacing_of(out_).expected(out_.at) >= kCountMax)
      refuse(draft_.rate_bps ? "rate" : "interval",
             fmt::format("more than {} repetitions until then", kCountMax));
  }

  /// Whether the last repetition begins before the end of time.
  bool ends_in_time() const {
    const Pacing pacing = pacing_of(out_);
    if (pacing.until != Instant::never()) return true;
    std::int64_t step_ns = pacing.interval.mean.ns();
    if (pacing.bursts) step_ns += pacing.bursts->off.mean.ns() / 2;
    const std::int64_t room =
        std::numeric_limits<std::int64_t>::max() / 2 / (pacing.is_random() ? kTail : 1);
    return step_ns == 0 || std::int64_t(pacing.count) <= room / step_ns;
  }

  Context& context_;
  Yaml item_;
  const PacingDraft& draft_;
  spec::Traffic& out_;
};

}  // namespace

void finish_pacing(Context& context, Yaml item, const PacingDraft& draft, std::size_t payload_bytes,
                   std::uint64_t programs_max, spec::Traffic& out) {
  PacingCheck(context, item, draft, out).run(payload_bytes, programs_max);
}

}  // namespace natsim::topology
