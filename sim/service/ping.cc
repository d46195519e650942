#include "sim/service/ping.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>

#include "sim/base/check.h"
#include "sim/wire/icmp.h"

namespace natsim {
namespace {

/// "20.040": milliseconds to the microsecond, as iputils prints them.
std::string milliseconds(Duration duration) {
  const std::int64_t us = duration.ns() / 1000;
  return fmt::format("{}.{:03}", us / 1000, us % 1000);
}

Pacer pace_of(const PingOptions& options) {
  if (options.pace) return *options.pace;
  return Pacer({options.count, options.interval, Instant::never(), {}}, Instant(), Prng(0));
}

}  // namespace

Ping::Ping(const PingOptions& options, Instant start)
    : options_(options), pace_(pace_of(options)), next_send_(start) {
  SIM_CHECK(options.pace || options.interval > Duration{});
}

Instant Ping::next_deadline() const {
  if (done()) return Instant::never();
  if (requests_.empty()) return next_send_;
  return std::min(next_send_, requests_.front().sent + options_.timeout);
}

std::optional<EchoRequest> Ping::on_deadline(Instant now) {
  while (!requests_.empty() && now >= requests_.front().sent + options_.timeout) {
    if (requests_.front().waiting) {
      --waiting_;
      ++timed_out_;
      failure_ = {ProbeResult::timed_out};
    }
    requests_.pop_front();
  }
  if (now < next_send_) return std::nullopt;
  next_send_ = pace_.next(next_send_).value_or(Instant::never());
  return make(now);
}

EchoRequest Ping::make(Instant now) {
  ++sent_;
  ++waiting_;
  requests_.push_back({now, true});
  EchoRequest request{options_.destination, options_.id, std::uint16_t(sent_), {}};
  request.payload.resize(options_.size);
  // iputils' data: a struct timeval in the byte order of its machine if there is room, then each
  // octet holds its own index. Wireshark reads the time from it.
  for (std::size_t i = 0; i < request.payload.size(); ++i) request.payload[i] = std::uint8_t(i);
  const std::int64_t time[2] = {options_.epoch_s + now.ns() / 1'000'000'000,
                                now.ns() / 1000 % 1'000'000};
  if (request.payload.size() >= sizeof time) std::memcpy(request.payload.data(), time, sizeof time);
  return request;
}

Ping::Request* Ping::find(std::uint16_t id, std::uint16_t sequence) {
  if (id != options_.id) return nullptr;
  const std::uint32_t oldest = sent_ - std::uint32_t(requests_.size()) + 1;
  const auto index = std::uint16_t(sequence - std::uint16_t(oldest));
  return index < requests_.size() ? &requests_[index] : nullptr;
}

PingMatch Ping::on_reply(std::uint16_t id, std::uint16_t sequence, Instant now) {
  Request* request = find(id, sequence);
  if (request == nullptr) return PingMatch::unknown;
  if (!request->waiting) return ++duplicates_, PingMatch::duplicate;
  request->waiting = false;
  --waiting_;
  ++received_;
  rtt_last_ = now - request->sent;
  rtt_min_ = std::min(rtt_min_, rtt_last_);
  rtt_max_ = std::max(rtt_max_, rtt_last_);
  rtt_sum_ += rtt_last_;
  return PingMatch::matched;
}

PingMatch Ping::on_error(std::uint16_t id, std::uint16_t sequence, const IcmpError& error) {
  Request* request = find(id, sequence);
  if (request == nullptr) return PingMatch::unknown;
  if (!request->waiting) return PingMatch::duplicate;
  // A redirect tells of a better way; the request goes on by the one that it took (RFC 792).
  if (IcmpType(error.type) == IcmpType::redirect && error.reporter.is_v4())
    return PingMatch::unknown;
  request->waiting = false;
  --waiting_;
  ++errors_;
  const ProbeResult result = result_of(error);
  failure_ = {result == ProbeResult::pending ? ProbeResult::unreachable : result, error};
  return PingMatch::matched;
}

ProbeOutcome Ping::outcome() const {
  return received_ > 0 ? ProbeOutcome{ProbeResult::answered} : failure_;
}

std::string Ping::summary() const {
  std::string text = fmt::format("{} sent, {} received", sent_, received_);
  if (duplicates_ > 0) text += fmt::format(", {} duplicates", duplicates_);
  if (errors_ > 0) text += fmt::format(", {} errors", errors_);
  if (received_ > 0) {
    text += fmt::format(", rtt min/avg/max = {}/{}/{} ms", milliseconds(rtt_min_),
                        milliseconds(rtt_sum_ / std::int64_t(received_)), milliseconds(rtt_max_));
  } else if (failure_.done()) {
    text += ", " + failure_.to_string();
  }
  return text;
}

}  // namespace natsim
