#include "sim/service/udp_probe.h"

#include <fmt/core.h>

#include <utility>

#include "sim/base/check.h"

namespace natsim {

UdpProbe::UdpProbe(UdpProbeOptions options, Instant start)
    : options_(std::move(options)), start_(start), next_send_(start) {
  SIM_CHECK(options_.count > 0);
  SIM_CHECK(options_.interval > Duration{});
}

Instant UdpProbe::next_deadline() const {
  if (done_) return Instant::never();
  return sent_ < options_.count ? next_send_ : last_sent_ + options_.timeout;
}

void UdpProbe::on_deadline(Instant now, Outbox& out) {
  if (now < next_deadline()) return;
  if (sent_ == options_.count) {
    done_ = true;
    if (!outcome_.done()) outcome_ = {ProbeResult::timed_out};
    return;
  }
  DatagramOut& datagram = out.add_datagram();
  datagram.source = options_.source;
  datagram.destination = options_.destination;
  datagram.payload.assign(options_.payload.begin(), options_.payload.end());
  ++sent_;
  last_sent_ = now;
  next_send_ = next_send_ + options_.interval;
}

void UdpProbe::on_datagram(const Datagram& datagram, Instant now, Outbox&) {
  if (done_ || sent_ == 0 || datagram.source != options_.destination) return;
  if (++received_ == 1) {
    rtt_ = now - start_;
    outcome_ = {ProbeResult::answered};
  }
  judge();
}

void UdpProbe::on_error(const IcmpError& error) {
  const ProbeResult result = result_of(error);
  if (done_ || result == ProbeResult::pending) return;
  ++errors_;
  if (!outcome_.done()) outcome_ = {result, error};
  judge();
}

void UdpProbe::judge() { done_ = sent_ == options_.count && received_ + errors_ >= sent_; }

std::string UdpProbe::summary() const {
  std::string text = fmt::format("{} sent, {} answered", sent_, received_);
  if (outcome_.done() && outcome_.result != ProbeResult::answered)
    text += ", " + outcome_.to_string();
  return text;
}

}  // namespace natsim
