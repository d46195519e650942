#include "sim/network/scenario.h"

#include <algorithm>

#include <fmt/format.h>

#include "sim/network/traffic_kinds.h"

namespace natsim {
namespace {

bool is_configured_by_dhcp(const spec::Node& node) {
  return std::any_of(node.interfaces.begin(), node.interfaces.end(),
                     [](const spec::Interface& interface) { return interface.dhcp4; });
}

}  // namespace

Scenario::Scenario(Network& network, const spec::Topology& topology, ScenarioOptions options)
    : network_(network), topology_(topology), options_(std::move(options)) {
  for (const spec::Traffic& item : topology_.traffic) traffic_.push_back({&item, false, {}, {}});
  for (const spec::Expectation& item : topology_.expect) judgements_.emplace_back().item = &item;
  for (const spec::Node& node : topology_.nodes)
    if (is_configured_by_dhcp(node)) changing_.insert(node.name);
  for (std::size_t i = 0; i < traffic_.size(); ++i)
    items_.push_back(std::make_unique<Item>(*this, i));
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

// --- traffic ------------------------------------------------------------------------------------

/// An item under way: its source, and the stage that it acts on.
class Scenario::Item final : public TrafficStage, private EventHandler {
 public:
  Item(Scenario& scenario, std::size_t index)
      : scenario_(scenario),
        index_(index),
        source_(make_traffic_source(item())),
        looks_elsewhere_(scenario.looks_elsewhere(item())) {}

  TrafficSource& source() { return *source_; }
  const spec::Traffic& item() const override { return *scenario_.traffic_[index_].item; }
  IpNode& from() override { return *scenario_.node(item().from.node); }
  std::optional<Ipv4Address> aim(const spec::Target& target) override {
    const auto address = scenario_.address_of(target);
    if (!address)
      finish({ProbeResult::unreachable, {}}, fmt::format("{} has no address yet", target.node));
    return address;
  }
  ProbeOwner owner() override { return {&scenario_, index_}; }
  void schedule(Instant when) override {
    IpNode& node = from();
    node.lane().simulator.schedule(when, node.order().next(), *this);
    if (looks_elsewhere_) scenario_.network_.meet_at(when);
  }
  void finish(ProbeOutcome outcome, std::string summary) override {
    TrafficResult& result = scenario_.traffic_[index_];
    if (result.done) return;
    result.done = true;
    result.outcome = outcome;
    result.summary = std::move(summary);
  }

 private:
  void on_event(std::uint64_t) override { source_->step(*this); }

  Scenario& scenario_;
  std::size_t index_;
  std::unique_ptr<TrafficSource> source_;
  bool looks_elsewhere_;
};

Scenario::~Scenario() = default;

/// Whether a step of the item looks at a node other than its own: for an address that may change.
bool Scenario::looks_elsewhere(const spec::Traffic& item) const {
  const spec::Target* const target = target_of(item);
  return target != nullptr && !target->address && changing_.contains(target->node);
}

Problems Scenario::prepare() {
  Problems problems;
  prepare_counters(problems);
  for (const auto& item : items_) {
    auto error = item->source().prepare(item->item(), options_.read_capture);
    if (error) problems.push_back({Severity::error, item->item().place, std::move(*error), {}});
  }
  return problems;
}

void Scenario::on_probe(const ProbeReport& report) {
  if (report.tag >= kExpectationTag) {
    if (report.tag == kExpectationTag + judging_) report_ = report;
    return;
  }
  Item& item = *items_[std::size_t(report.tag)];
  item.source().on_probe(report, item);
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
  const bool watched = observers_.size() > 0;
  observers_.add(fate_);
  network_.observe(watched ? &observers_ : nullptr);
  for (const auto& item : items_) item->schedule(item->item().at);
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
