#include "sim/service/traceroute.h"

#include <algorithm>

#include <fmt/core.h>

#include "sim/base/check.h"
#include "sim/wire/icmp.h"

namespace natsim {
namespace {

constexpr std::uint16_t kUdpPortFirst = 33'434;
constexpr std::uint16_t kTcpPort = 80;
// traceroute(8), --wait=5.0,3,10: three times as long as another probe of the same hop took, or ten
// times as long as one of a later hop.
constexpr int kHereFactor = 3, kNearFactor = 10;

bool is_time_exceeded(const IcmpError& error) {
  return IcmpType(error.type) == IcmpType::time_exceeded &&
         IcmpTimeExceeded(error.code) == IcmpTimeExceeded::in_transit;
}

bool is_port_unreachable(const IcmpError& error) {
  return IcmpType(error.type) == IcmpType::destination_unreachable &&
         IcmpUnreachable(error.code) == IcmpUnreachable::port;
}

}  // namespace

const char* to_string(TracerouteMethod method) {
  switch (method) {
    case TracerouteMethod::udp: return "udp";
    case TracerouteMethod::icmp: return "icmp";
    case TracerouteMethod::tcp: return "tcp";
  }
  return "?";
}

std::uint16_t TracerouteOptions::port_of_probe(std::uint32_t probe) const {
  if (method == TracerouteMethod::tcp) return port != 0 ? port : kTcpPort;
  return std::uint16_t((port != 0 ? port : kUdpPortFirst) + probe);
}

std::string traceroute_mark(const IcmpError& error) {
  if (is_time_exceeded(error) || is_port_unreachable(error)) return {};
  if (IcmpType(error.type) != IcmpType::destination_unreachable)
    return fmt::format("!<{}-{}>", error.type, error.code);
  switch (error.code) {
    case 0:  // network: unreachable, unknown, isolated, for this type of service
    case 6:
    case 8:
    case 11: return "!N";
    case 1:  // host
    case 7:
    case 12: return "!H";
    case 2: return "!P";
    case 4: return "!F";
    case 5: return "!S";
    case 9:  // prohibited: network, host, by a filter
    case 10:
    case 13: return "!X";
    case 14: return "!V";
    case 15: return "!C";
    default: return fmt::format("!<{}>", error.code);
  }
}

Traceroute::Traceroute(Ipv4Address target, const TracerouteOptions& options, Instant start)
    : target_(target),
      options_(options),
      probes_(std::size_t{options.max_hops} * options.probes),
      first_(std::uint32_t(options.first_hop - 1) * options.probes),
      next_shown_(first_),
      end_(std::uint32_t(probes_.size())),
      next_send_(start) {
  SIM_CHECK(options.first_hop > 0 && options.first_hop <= options.max_hops);
  SIM_CHECK(options.probes > 0 && options.parallel > 0);
}

/// Only what stands before all that is known yet is given up: what comes later has the time.
Duration Traceroute::patience(std::uint32_t number) const {
  const auto longer = [&](const Probe& other, int factor) {
    // A millisecond more, for who answers at once.
    return std::min(options_.timeout, (*other.rtt + Duration::milliseconds(1)) * factor);
  };
  const std::uint32_t hop = number - number % options_.probes;
  for (std::uint32_t i = hop; i < hop + options_.probes; ++i)
    if (i != number && probes_[i].rtt) return longer(probes_[i], kHereFactor);
  for (std::uint32_t i = number + 1; i < probes_.size() && probes_[i].is_sent; ++i)
    if (probes_[i].rtt) return longer(probes_[i], kNearFactor);
  return options_.timeout;
}

std::uint32_t Traceroute::under_way() const {
  std::uint32_t count = 0;
  for (std::uint32_t i = next_shown_; i < end_; ++i)
    count += probes_[i].is_sent && !probes_[i].is_done;
  return count;
}

std::optional<std::uint32_t> Traceroute::next_unsent() const {
  for (std::uint32_t i = next_shown_; i < end_; ++i)
    if (!probes_[i].is_sent) return i;
  return std::nullopt;
}

Instant Traceroute::next_deadline() const {
  if (done()) return Instant::never();
  Instant next = Instant::never();
  if (next_unsent() && under_way() < options_.parallel) next = next_send_;
  const Probe& waiting = probes_[next_shown_];
  if (waiting.is_sent) next = std::min(next, waiting.sent + patience(next_shown_));
  return next;
}

void Traceroute::advance(Instant now) {
  while (!done()) {
    Probe& probe = probes_[next_shown_];
    if (!probe.is_done && probe.is_sent && probe.sent + patience(next_shown_) <= now)
      probe.is_done = true;
    if (!probe.is_done) return;
    ++next_shown_;
  }
}

std::optional<Traceroute::Due> Traceroute::on_deadline(Instant now) {
  advance(now);
  if (done() || now < next_send_ || under_way() >= options_.parallel) return std::nullopt;
  const auto number = next_unsent();
  if (!number) return std::nullopt;
  Probe& probe = probes_[*number];
  probe.is_sent = true;
  probe.sent = now;
  next_send_ = now + options_.interval;
  return Due{*number, std::uint8_t(*number / options_.probes + 1)};
}

void Traceroute::settle(std::uint32_t number, Probe found, Instant now) {
  if (number >= end_ || !probes_[number].is_sent || probes_[number].is_done) return;
  Probe& probe = probes_[number];
  found.sent = probe.sent;
  found.rtt = now - probe.sent;
  found.is_sent = found.is_done = true;
  probe = std::move(found);
  if (probe.final)
    end_ = std::min(end_, (number / options_.probes + 1) * std::uint32_t{options_.probes});
  advance(now);
}

void Traceroute::on_answer(std::uint32_t probe, Ipv4Address from, Instant now) {
  Probe found;
  found.from = from;
  found.final = found.reached = true;
  settle(probe, std::move(found), now);
}

void Traceroute::on_error(std::uint32_t probe, const IcmpError& error, Instant now) {
  // A redirect tells of a better way; the probe goes on by the one that it took.
  const auto type = IcmpType(error.type);
  if (type == IcmpType::redirect || type == IcmpType::source_quench) return;
  Probe found;
  found.from = error.reporter.v4();
  found.mark = traceroute_mark(error);
  found.final = !is_time_exceeded(error);
  found.reached = is_port_unreachable(error) && found.from == target_;
  settle(probe, std::move(found), now);
}

TracerouteResult Traceroute::result() const {
  SIM_CHECK(done());
  TracerouteResult result{target_, options_.max_hops, options_.size, options_.names, false, {}};
  for (std::uint32_t i = first_; i < end_; ++i) {
    if (i % options_.probes == 0)
      result.hops.push_back({std::uint8_t(i / options_.probes + 1), {}});
    result.hops.back().probes.push_back(probes_[i]);
    result.reached |= probes_[i].reached;
  }
  return result;
}

}  // namespace natsim
