#include "sim/network/parts.h"

#include <algorithm>
#include <functional>

namespace natsim {
namespace {

/// What is told in a window is held in memory.
constexpr Duration kWatchedWindowMax = Duration::milliseconds(1);

}  // namespace

Parts::Parts(std::uint32_t count, std::uint32_t threads)
    : lookahead_(count), next_(count), horizons_(count), threads_(std::min(threads, count)) {
  SIM_CHECK(count > 0 && threads > 0);
  for (std::uint32_t i = 0; i < count; ++i) {
    parts_.push_back(std::make_unique<Part>());
    logs_.push_back(&parts_.back()->log);
  }
}

Parts::~Parts() = default;

Mailbox& Parts::mailbox(std::uint32_t from, std::uint32_t to, Duration delay) {
  lookahead_.add(from, to, delay);
  for (const Route& route : routes_)
    if (route.from == from && route.to == to) return *route.mailbox;
  routes_.push_back({from, to, std::make_unique<Mailbox>()});
  parts_[to]->inboxes.push_back(routes_.back().mailbox.get());
  return *routes_.back().mailbox;
}

void Parts::observe(Observer* observer) {
  observer_ = observer;
  for (ObservationLog* const log : logs_)
    log->set_wants_visits(observer != nullptr && observer->wants_visits());
  listen(false);
}

// By its log while parts run side by side, else directly.
void Parts::listen(bool by_log) {
  for (const auto& part : parts_)
    part->lane.observer = by_log && observer_ != nullptr ? &part->log : observer_;
}

std::uint64_t Parts::events_run() const {
  std::uint64_t events = 0;
  for (const auto& part : parts_) events += part->lane.simulator.events_run();
  return events;
}

Instant Parts::next_event() {
  if (count() > 1) gather();
  Instant next = Instant::never();
  for (const auto& part : parts_) next = std::min(next, part->lane.simulator.next_event());
  return next;
}

void Parts::meet_at(Instant when) {
  if (count() == 1) return;  // always together
  meetings_.push_back(when);
  std::push_heap(meetings_.begin(), meetings_.end(), std::greater<>());
}

std::uint64_t Parts::run_until(Instant end) {
  return count() == 1 ? parts_.front()->lane.simulator.run_until(end) : run_divided(end);
}

std::uint64_t Parts::run_divided(Instant end) {
  const std::uint64_t before = events_run();
  gather();
  listen(true);
  for (Instant next; (next = *std::min_element(next_.begin(), next_.end())) < end;) {
    while (!meetings_.empty() && meetings_.front() < next) {
      std::pop_heap(meetings_.begin(), meetings_.end(), std::greater<>());
      meetings_.pop_back();
    }
    const Instant meeting = meetings_.empty() ? Instant::never() : meetings_.front();
    if (meeting == next)
      run_meeting(meeting);
    else
      run_window(std::min(end, meeting));
    turn_mailboxes();
  }
  Instant latest;
  for (const auto& part : parts_) {
    take_mail(*part);
    latest = std::max(latest, part->lane.simulator.now());
  }
  for (const auto& part : parts_)
    part->lane.simulator.wait_until(end == Instant::never() ? latest : end);
  listen(false);
  return events_run() - before;
}

void Parts::run_window(Instant end) {
  lookahead_.horizons(next_, horizons_);
  if (observer_ != nullptr) {
    // All at once, so that everything that was told can be told on.
    const Instant next = *std::min_element(next_.begin(), next_.end());
    Instant horizon = *std::min_element(horizons_.begin(), horizons_.end());
    horizon = std::min(horizon, next + kWatchedWindowMax);
    std::fill(horizons_.begin(), horizons_.end(), horizon);
  }
  for (std::uint32_t i = 0; i < count(); ++i) parts_[i]->horizon = std::min(horizons_[i], end);
  if (threads_ == 1 || events_apart_ < shared_events_min_) {
    for (const auto& part : parts_) run_part(*part);
  } else {
    if (team_ == nullptr)
      team_ = std::make_unique<Team>(
          threads_, [](void* parts, unsigned) { static_cast<Parts*>(parts)->run_parts_left(); },
          this);
    parts_taken_.store(0, std::memory_order_relaxed);
    team_->run();
  }
  reckon();
  if (observer_ != nullptr) ObservationLog::replay(logs_, *observer_);
}

void Parts::run_parts_left() {
  while (true) {
    const std::uint32_t taken = parts_taken_.fetch_add(1, std::memory_order_relaxed);
    if (taken >= count()) return;
    run_part(*parts_[taken]);
  }
}

void Parts::run_part(Part& part) {
  take_mail(part);
  Simulator& simulator = part.lane.simulator;
  part.events = observer_ != nullptr ? simulator.run_ranked_until(part.horizon)
                                     : simulator.run_until(part.horizon);
  part.next = simulator.next_event();
}

// Sharing pays where a window has enough to do for all but the busiest part.
void Parts::reckon() {
  std::uint64_t sum = 0, most = 0;
  for (const auto& part : parts_) {
    sum += part->events;
    most = std::max(most, part->events);
  }
  events_apart_ = (events_apart_ * 3 + (sum - most)) / 4;
}

// What one event does at this instant, the next one sees, wherever it is.
void Parts::run_meeting(Instant when) {
  for (const auto& part : parts_) take_mail(*part);
  listen(false);
  while (true) {
    Simulator* first = nullptr;
    for (const auto& part : parts_) {
      Simulator& simulator = part->lane.simulator;
      if (simulator.next_event() != when) continue;
      if (first == nullptr || simulator.next_order() < first->next_order()) first = &simulator;
    }
    if (first == nullptr) break;
    first->run_one();
  }
  listen(true);
  for (const auto& part : parts_) part->next = part->lane.simulator.next_event();
}

// The parts are at rest, and all that was ready has been taken.
void Parts::turn_mailboxes() {
  for (std::uint32_t i = 0; i < count(); ++i) next_[i] = parts_[i]->next;
  for (const Route& route : routes_)
    next_[route.to] = std::min(next_[route.to], route.mailbox->turn());
}

void Parts::take_mail(Part& part) {
  for (Mailbox* const inbox : part.inboxes) inbox->take(part.lane.pool);
}

// What was sent or scheduled between runs.
void Parts::gather() {
  for (const Route& route : routes_) route.mailbox->turn();
  for (std::uint32_t i = 0; i < count(); ++i) {
    take_mail(*parts_[i]);
    next_[i] = parts_[i]->next = parts_[i]->lane.simulator.next_event();
  }
}

}  // namespace natsim
