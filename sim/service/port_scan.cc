#include "sim/service/port_scan.h"

#include <algorithm>

#include "sim/base/check.h"
#include "sim/wire/icmp.h"

namespace natsim {

const char* to_string(ScanMethod method) {
  switch (method) {
    case ScanMethod::syn: return "syn";
    case ScanMethod::connect: return "connect";
    case ScanMethod::udp: return "udp";
  }
  return "?";
}

const char* to_string(PortState state) {
  switch (state) {
    case PortState::unknown: return "unknown";
    case PortState::open: return "open";
    case PortState::closed: return "closed";
    case PortState::filtered: return "filtered";
    case PortState::open_filtered: return "open|filtered";
  }
  return "?";
}

const char* to_string(PortReason reason) {
  switch (reason) {
    case PortReason::no_response: return "no-response";
    case PortReason::syn_ack: return "syn-ack";
    case PortReason::reset: return "reset";
    case PortReason::conn_refused: return "conn-refused";
    case PortReason::udp_response: return "udp-response";
    case PortReason::net_unreach: return "net-unreach";
    case PortReason::host_unreach: return "host-unreach";
    case PortReason::proto_unreach: return "proto-unreach";
    case PortReason::port_unreach: return "port-unreach";
    case PortReason::net_prohibited: return "net-prohibited";
    case PortReason::host_prohibited: return "host-prohibited";
    case PortReason::admin_prohibited: return "admin-prohibited";
    case PortReason::time_exceeded: return "time-exceeded";
    case PortReason::other_error: return "error";
  }
  return "?";
}

PortReason reason_of(const IcmpError& error) {
  if (IcmpType(error.type) == IcmpType::time_exceeded) return PortReason::time_exceeded;
  if (IcmpType(error.type) != IcmpType::destination_unreachable) return PortReason::other_error;
  switch (IcmpUnreachable(error.code)) {
    case IcmpUnreachable::network: return PortReason::net_unreach;
    case IcmpUnreachable::host: return PortReason::host_unreach;
    case IcmpUnreachable::protocol: return PortReason::proto_unreach;
    case IcmpUnreachable::port: return PortReason::port_unreach;
    case IcmpUnreachable::network_prohibited: return PortReason::net_prohibited;
    case IcmpUnreachable::host_prohibited: return PortReason::host_prohibited;
    case IcmpUnreachable::administratively_prohibited: return PortReason::admin_prohibited;
    default: return PortReason::other_error;
  }
}

std::size_t ScanResult::count(PortState state) const {
  return std::size_t(std::count_if(ports.begin(), ports.end(), [&](const PortFinding& finding) {
    return finding.state == state;
  }));
}

PortScan::PortScan(Ipv4Address target, const ScanOptions& options,
                   const std::vector<std::uint16_t>& ports, Instant start)
    : options_(options),
      under_way_of_(ports.size(), 0),
      undecided_(ports.size()),
      next_send_(start) {
  SIM_CHECK(!ports.empty() && options.parallel > 0);
  SIM_CHECK(std::is_sorted(ports.begin(), ports.end()));
  result_.target = target;
  result_.method = options.method;
  result_.ports.reserve(ports.size());
  for (const std::uint16_t port : ports) result_.ports.push_back({port});
}

std::optional<std::uint32_t> PortScan::index_of(std::uint16_t port) const {
  const auto& ports = result_.ports;
  const auto at = std::lower_bound(
      ports.begin(), ports.end(), port,
      [](const PortFinding& finding, std::uint16_t wanted) { return finding.port < wanted; });
  if (at == ports.end() || at->port != port) return std::nullopt;
  return std::uint32_t(at - ports.begin());
}

Instant PortScan::next_deadline() const {
  if (done()) return Instant::never();
  Instant next = Instant::never();
  const bool has_work = !again_.empty() || next_ < result_.ports.size();
  if (has_work && under_way_ < options_.parallel) next = next_send_;
  if (!waiting_.empty()) next = std::min(next, waiting_.front().sent + options_.timeout);
  return next;
}

void PortScan::give_up(Instant now) {
  while (!waiting_.empty()) {
    const Waiting oldest = waiting_.front();
    const bool decided = result_.ports[oldest.index].state != PortState::unknown;
    if (!decided && oldest.sent + options_.timeout > now) return;
    waiting_.pop_front();
    if (decided) continue;
    under_way_of_[oldest.index] = 0;
    --under_way_;
    if (oldest.attempt < options_.retries)
      again_.push_back({now, oldest.index, std::uint8_t(oldest.attempt + 1)});
    else
      decide(oldest.index,
             options_.method == ScanMethod::udp ? PortState::open_filtered : PortState::filtered,
             PortReason::no_response);
  }
}

std::optional<PortScan::Due> PortScan::on_deadline(Instant now) {
  give_up(now);
  while (!again_.empty() && result_.ports[again_.front().index].state != PortState::unknown)
    again_.pop_front();
  if (done() || now < next_send_ || under_way_ >= options_.parallel) return std::nullopt;
  Waiting probe{now, 0, 0};
  if (!again_.empty()) {
    probe = again_.front();
    again_.pop_front();
    probe.sent = now;
  } else if (next_ < result_.ports.size()) {
    probe.index = next_++;
  } else {
    return std::nullopt;
  }
  waiting_.push_back(probe);
  under_way_of_[probe.index] = 1;
  ++under_way_;
  ++result_.probes;
  next_send_ = now + options_.interval;
  return Due{result_.ports[probe.index].port, probe.attempt};
}

void PortScan::decide(std::uint32_t index, PortState state, PortReason reason) {
  PortFinding& finding = result_.ports[index];
  if (finding.state != PortState::unknown) return;
  finding.state = state;
  finding.reason = reason;
  --undecided_;
  under_way_ -= under_way_of_[index];
  under_way_of_[index] = 0;
}

void PortScan::on_found(std::uint16_t port, PortState state, PortReason reason, Instant now) {
  const auto index = index_of(port);
  if (!index) return;
  if (!result_.latency)
    for (const Waiting& waiting : waiting_)
      if (waiting.index == *index) result_.latency = now - waiting.sent;
  decide(*index, state, reason);
}

void PortScan::on_error(std::uint16_t port, const IcmpError& error, Instant now) {
  const ProbeResult result = natsim::result_of(error);
  if (result == ProbeResult::pending) return;
  const PortReason reason = reason_of(error);
  const bool by_target = error.reporter == IpAddress(result_.target);
  const bool closed =
      options_.method == ScanMethod::udp && reason == PortReason::port_unreach && by_target;
  on_found(port, closed ? PortState::closed : PortState::filtered, reason, now);
}

}  // namespace natsim
