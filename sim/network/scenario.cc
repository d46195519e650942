#include "sim/network/scenario.h"

#include <algorithm>

#include <fmt/format.h>

namespace natsim {
namespace {

/// What the item is aimed at; null: it has no such thing.
const spec::Target* target_of(const spec::Traffic& item) {
  if (const auto* ping = std::get_if<spec::Ping>(&item.what)) return &ping->to;
  if (const auto* udp = std::get_if<spec::UdpSend>(&item.what)) return &udp->to;
  if (const auto* tcp = std::get_if<spec::TcpConnect>(&item.what)) return &tcp->to;
  return nullptr;
}

bool is_configured_by_dhcp(const spec::Node& node) {
  return std::any_of(node.interfaces.begin(), node.interfaces.end(),
                     [](const spec::Interface& interface) { return interface.dhcp4; });
}

}  // namespace

Scenario::Scenario(Network& network, const spec::Topology& topology, ScenarioOptions options)
    : network_(network), topology_(topology), options_(std::move(options)) {
  for (const spec::Traffic& item : topology_.traffic) traffic_.push_back({&item, false, {}, {}});
  for (const spec::Expectation& item : topology_.expect)
    judgements_.push_back({&item, false, false, std::nullopt, {}});
  runs_.resize(traffic_.size());
  for (const spec::Node& node : topology_.nodes)
    if (is_configured_by_dhcp(node)) changing_.insert(node.name);
}

IpNode* Scenario::node(const std::string& name) {
  const auto id = network_.find(name);
  return id ? network_.ip_node(*id) : nullptr;
}

// A node's name stands for its first address, at the time when it is needed: DHCP may still be at
// it.
std::optional<Ipv4Address> Scenario::address_of(const spec::Target& target) {
  if (target.address) return target.address->v4();
  IpNode* const named = node(target.node);
  if (named == nullptr || named->stack().addresses().addresses().empty()) return std::nullopt;
  return named->stack().addresses().addresses().front().address;
}

Problems Scenario::prepare() {
  Problems problems;
  for (std::size_t i = 0; i < traffic_.size(); ++i) {
    const spec::Traffic& item = *traffic_[i].item;
    if (const auto* raw = std::get_if<spec::RawFrame>(&item.what)) {
      runs_[i].frames.push_back({Duration(), raw->bytes});
    } else if (const auto* replay = std::get_if<spec::Replay>(&item.what)) {
      const auto error = options_.read_capture
                             ? options_.read_capture(replay->path, runs_[i].frames)
                             : std::optional<std::string>("no captures can be read here");
      if (error)
        problems.push_back({Severity::error,
                            item.place,
                            fmt::format("cannot replay '{}': {}", replay->path, *error),
                            {}});
    }
  }
  return problems;
}

// --- traffic ------------------------------------------------------------------------------------

Duration Scenario::interval_of(const spec::Traffic& item) const {
  if (item.interval) return *item.interval;
  return std::holds_alternative<spec::Ping>(item.what) ? Duration::seconds(1)
                                                       : Duration::milliseconds(10);
}

void Scenario::schedule(std::size_t item, Instant when) {
  IpNode* const from = node(traffic_[item].item->from.node);
  from->lane().simulator.schedule(when, from->order().next(), *this, item);
  if (looks_elsewhere(*traffic_[item].item)) network_.meet_at(when);
}

/// Whether a step of the item looks at a node other than its own: for an address that may change.
bool Scenario::looks_elsewhere(const spec::Traffic& item) const {
  const spec::Target* const target = target_of(item);
  return target != nullptr && !target->address && changing_.contains(target->node);
}

void Scenario::on_event(std::uint64_t item) { step(std::size_t(item)); }

void Scenario::finish(std::size_t item, ProbeOutcome outcome, std::string summary) {
  traffic_[item].done = true;
  traffic_[item].outcome = outcome;
  traffic_[item].summary = std::move(summary);
}

void Scenario::step(std::size_t index) {
  const spec::Traffic& item = *traffic_[index].item;
  IpNode& from = *node(item.from.node);
  const Instant now = from.lane().simulator.now();
  const ProbeOwner owner{this, index};
  const auto aim = [&](const spec::Target& target) {
    const auto address = address_of(target);
    if (!address)
      finish(index, {ProbeResult::unreachable, {}},
             fmt::format("{} has no address yet", target.node));
    return address;
  };
  if (const auto* ping = std::get_if<spec::Ping>(&item.what)) {
    if (const auto to = aim(ping->to)) {
      PingOptions options;
      options.destination = IpAddress(*to);
      options.count = item.count;
      options.interval = interval_of(item);
      if (item.size > 0) options.size = std::uint16_t(item.size);
      from.sockets().ping(options, owner);
    }
  } else if (const auto* udp = std::get_if<spec::UdpSend>(&item.what)) {
    if (const auto to = aim(udp->to)) {
      UdpFlowOptions options;
      options.destination = *to;
      options.destination_port = udp->to.port.value_or(0);
      options.count = item.count;
      options.interval = interval_of(item);
      options.payload.assign(udp->text.begin(), udp->text.end());
      if (item.size > 0) options.payload.resize(item.size, std::uint8_t('.'));
      if (!from.sockets().send_udp(std::move(options), owner))
        finish(index, {ProbeResult::unreachable, {}}, "no free source port");
    }
  } else if (const auto* tcp = std::get_if<spec::TcpConnect>(&item.what)) {
    if (const auto to = aim(tcp->to)) {
      Run& run = runs_[index];
      ++run.open;
      if (++run.repetitions < item.count) schedule(index, now + interval_of(item));
      from.sockets().connect(0, {IpAddress(*to), tcp->to.port.value_or(0)}, owner);
    }
  } else {
    send_frames(index, from.port(*from.find_interface(item.from.interface)));
  }
}

void Scenario::send_frames(std::size_t index, Interface& port) {
  Run& run = runs_[index];
  const spec::Traffic& item = *traffic_[index].item;
  IpNode& from = *node(item.from.node);
  const Instant now = from.lane().simulator.now();
  if (run.next_frame < run.frames.size()) {
    const ReplayFrame& next = run.frames[run.next_frame++];
    Packet frame = from.lane().pool.copy(next.frame);
    frame.set_journey(from.stack().next_journey());
    port.send(std::move(frame));
    if (run.next_frame < run.frames.size())
      return schedule(index, now + (run.frames[run.next_frame].offset - next.offset));
  }
  if (++run.repetitions < item.count && !run.frames.empty()) {
    run.next_frame = 0;
    return schedule(index, now + interval_of(item));
  }
  finish(index, {ProbeResult::answered, {}},
         fmt::format("{} frames sent", run.frames.size() * item.count));
}

void Scenario::on_probe(const ProbeReport& report) {
  if (report.tag >= kExpectationTag) {
    if (report.tag == kExpectationTag + judging_) report_ = report;
    return;
  }
  const auto index = std::size_t(report.tag);
  Run& run = runs_[index];
  const spec::Traffic& item = *traffic_[index].item;
  if (!std::holds_alternative<spec::TcpConnect>(item.what))
    return finish(index, report.outcome, report.summary);
  // Many connects are one item: the last to report ends it, the first failure is its outcome.
  TrafficResult& result = traffic_[index];
  if (result.outcome.result == ProbeResult::pending ||
      result.outcome.result == ProbeResult::answered) {
    result.outcome = report.outcome;
    result.summary = report.summary;
  }
  result.done = --run.open == 0 && run.repetitions == item.count;
}

// --- running ------------------------------------------------------------------------------------

bool Scenario::traffic_done() const {
  return std::all_of(traffic_.begin(), traffic_.end(),
                     [](const TrafficResult& result) { return result.done; });
}

// Runs in steps of simulated time until `done`, or to `end`. The steps do not depend on anything
// but simulated time, so that every run ends at the same event.
bool Scenario::advance(Instant end, const std::function<bool()>& done) {
  constexpr Duration kStep = Duration::milliseconds(10);
  while (!done() && network_.now() < end) {
    if (options_.interrupted && options_.interrupted()) {
      interrupted_ = true;
      return false;
    }
    const Instant next = network_.next_event();
    if (next == Instant::never()) return done();
    network_.run_until(std::min(end, std::max(network_.now(), next) + kStep));
  }
  return done();
}

void Scenario::run() {
  const Instant end = options_.until.value_or(Instant::never());
  // Without anybody to tell, and nothing to judge, nobody watches.
  observers_.add(fate_);
  const bool watched = observers_.size() > 1;
  network_.observe(watched ? &observers_ : nullptr);
  for (std::size_t i = 0; i < traffic_.size(); ++i) schedule(i, traffic_[i].item->at);
  std::vector<std::size_t> later;
  for (std::size_t i = 0; i < judgements_.size(); ++i) {
    if (judgements_[i].item->at)
      timed_.push_back(i);
    else
      later.push_back(i);
  }
  std::stable_sort(timed_.begin(), timed_.end(), [this](std::size_t a, std::size_t b) {
    return *judgements_[a].item->at < *judgements_[b].item->at;
  });
  for (const std::size_t index : timed_) {
    const Instant at = std::min(end, *judgements_[index].item->at);
    advance(at, [] { return false; });
    // Time passes, though nothing happens until then.
    if (!interrupted_ && network_.now() < at) network_.run_until(at);
    judge(index);
  }
  advance(end, [this] { return traffic_done(); });
  advance(std::min(end, end == Instant::never() ? network_.now() + kSettle : end),
          [] { return false; });
  for (const std::size_t index : later) judge(index);
  network_.observe(nullptr);
}

}  // namespace natsim
