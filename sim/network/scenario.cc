#include "sim/network/scenario.h"

#include <algorithm>

#include <fmt/format.h>

#include "sim/network/traffic_kinds.h"

namespace natsim {

Scenario::Scenario(Network& network, const spec::Topology& topology, ScenarioOptions options)
    : network_(network),
      topology_(topology),
      options_(std::move(options)),
      place_(network, topology) {
  for (const spec::Traffic& item : topology_.traffic) traffic_.emplace_back().item = &item;
  for (const spec::Expectation& item : topology_.expect) judgements_.emplace_back().item = &item;
  for (std::size_t i = 0; i < traffic_.size(); ++i)
    items_.push_back(std::make_unique<Item>(*this, i));
  give_nameservers();
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
class Scenario::Item final : public TrafficStage, private EventHandler, private NameListener {
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
    const auto address = target.domain.empty() ? scenario_.address_of(target) : address_;
    if (!address)
      finish({ProbeResult::unreachable, {}}, fmt::format("{} has no address yet", target.node));
    return address;
  }
  ErrandPlace& place() override { return scenario_.place_; }
  ProbeOwner owner() override { return {&scenario_, index_}; }
  Pacer pacer() override {
    const Pacing pacing = pacing_of(item());
    const std::string stream = pacing.is_random() ? scenario_.stream_of(index_) : "";
    return {pacing, from().lane().simulator.now(), Prng::stream(scenario_.network_.seed(), stream)};
  }
  void schedule(Instant when) override {
    IpNode& node = from();
    node.lane().simulator.schedule(when, node.order().next(), *this);
    if (looks_elsewhere_) scenario_.network_.meet_at(when);
  }
  using TrafficStage::finish;
  void finish(ProbeOutcome outcome, std::string summary, Findings findings) override {
    TrafficResult& result = scenario_.traffic_[index_];
    if (result.done) return;
    result.done = true;
    result.outcome = outcome;
    result.summary = std::move(summary);
    result.findings = std::move(findings);
    if (!result.findings.elapsed) result.findings.elapsed = now() - item().at;
  }

 private:
  void on_event(std::uint64_t) override {
    const spec::Target* const target = source_->aims() ? target_of(item()) : nullptr;
    const bool has_address = target == nullptr || target->domain.empty() || address_;
    if (has_address) return source_->step(*this);
    from().sockets().resolve(address_question(target->domain), {this, 0});
  }
  void on_name(const NameAnswer& answer) override {
    address_ = first_address(answer.found);
    if (address_) return source_->step(*this);
    const auto result = answer.found.timed_out ? ProbeResult::timed_out : ProbeResult::unreachable;
    finish({result, {}}, lookup_failure(answer.found));
  }

  Scenario& scenario_;
  std::size_t index_;
  std::unique_ptr<TrafficSource> source_;
  bool looks_elsewhere_;
  std::optional<Ipv4Address> address_;  // of a domain name
};

Scenario::~Scenario() = default;

/// Whether a step of the item looks at a node other than its own: for an address that may change. A
/// redirect may lead to any of them.
bool Scenario::looks_elsewhere(const spec::Traffic& item) const {
  if (std::holds_alternative<spec::HttpRequest>(item.what)) return !place_.changing().empty();
  const spec::Target* const target = target_of(item);
  return target != nullptr && place_.changing().contains(target->node);
}

/// Of an item's random times. Other items move it only where they begin at its node and instant.
std::string Scenario::stream_of(std::size_t index) const {
  const spec::Traffic& item = topology_.traffic[index];
  const auto same = [&](const spec::Traffic& other) {
    return other.from.node == item.from.node && other.at == item.at;
  };
  const auto begin = topology_.traffic.begin();
  const auto earlier = std::count_if(begin, begin + std::ptrdiff_t(index), same);
  return fmt::format("traffic/{}/{}/{}", item.from.node, item.at.ns(), earlier);
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
