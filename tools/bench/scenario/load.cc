#include "tools/bench/scenario/load.h"

#include <fmt/format.h>

#include <memory>
#include <vector>

#include "sim/filter/netfilter.h"
#include "sim/node/udp_flow.h"
#include "sim/service/udp_echo.h"
#include "tools/bench/scenario/recording.h"

namespace natsim::bench {
namespace {

/// Takes datagrams, and answers them while it is told to.
class Sink final : public UdpService {
 public:
  explicit Sink(bool answers) : answers_(answers) {}
  void on_datagram(const Datagram& datagram, Instant, Outbox& out) override {
    ++datagrams_;
    if (!answers_) return;
    DatagramOut& answer = out.add_datagram();
    answer.source = datagram.destination;
    answer.destination = datagram.source;
    answer.payload.assign(datagram.payload.begin(), datagram.payload.end());
  }
  void stop_answering() { answers_ = false; }
  std::uint64_t datagrams() const { return datagrams_; }

 private:
  bool answers_;
  std::uint64_t datagrams_ = 0;
};

/// The senders of a plan and what they send to. They live as long as the network: events and the
/// receiver's table of services point at them.
class Load final : private EventHandler {
 public:
  Load(Plan& plan, const Settings& settings) : plan_(plan), settings_(settings) {
    for (const Sender& sender : plan_.senders) {
      auto sink = std::make_unique<Sink>(settings.answered);
      Sink* const placed = sink.get();
      if (sender.receiver->sockets().serve_udp({.port = sender.port}, std::move(sink)) != nullptr)
        sinks_.push_back(placed);
      if (settings.answered) expect_answers(sender);
    }
  }

  std::uint64_t arrived() const {
    std::uint64_t sum = 0;
    for (const Sink* sink : sinks_) sum += sink->datagrams();
    return sum;
  }
  void stop_answering() {
    for (Sink* sink : sinks_) sink->stop_answering();
  }

  /// A packet from each host, one after the other where they meet: its way has no unresolved
  /// address then.
  std::uint64_t resolve() {
    for (std::size_t i = 0; i < plan_.senders.size(); ++i) {
      add_flow(i, 1, kInterval);
      flows_.back()->start();
      if (!plan_.apart) run_for(path_time() * 6);
    }
    if (plan_.apart) run_for(path_time() * 6);
    return plan_.senders.size();
  }
  /// `each` packets from every sender. Returns when all have arrived.
  std::uint64_t send(std::uint64_t each) {
    const auto senders = std::int64_t(plan_.senders.size());
    Simulator& simulator = plan_.network.lane().simulator;
    for (std::int64_t i = 0; i < senders; ++i) {
      const Duration later = Duration::nanoseconds(plan_.stagger_ns * i + 1);
      add_flow(std::size_t(i), each, kInterval * senders);
      simulator.schedule(simulator.now() + later,
                         plan_.senders[std::size_t(i)].host->order().next(), *this,
                         flows_.size() - 1);
    }
    run_for(kInterval * (senders * std::int64_t(each)) +
            Duration::nanoseconds(plan_.stagger_ns * senders) + path_time() * 2);
    return std::uint64_t(senders) * each;
  }

 private:
  void on_event(std::uint64_t flow) override { flows_[flow]->start(); }

  void expect_answers(const Sender& sender) {
    for (std::uint32_t i = 0; i < sender.flows; ++i)
      sender.host->sockets().serve_udp({.port = std::uint16_t(kSourcePort + i)},
                                       std::make_unique<UdpDiscard>());
  }
  void add_flow(std::size_t of, std::uint64_t count, Duration interval) {
    const Sender& sender = plan_.senders[of];
    UdpFlowOptions options;
    options.destination = sender.target;
    options.destination_port = sender.port;
    options.source_port = kSourcePort;
    options.payload.assign(settings_.size, 0x5a);
    options.count = count;
    options.interval = interval;
    options.flows = sender.flows;
    flows_.push_back(std::make_unique<UdpFlow>(*sender.host, std::move(options), ProbeOwner{}));
  }
  Duration path_time() const {
    return Duration::nanoseconds((settings_.delay_ns + 10'000) * plan_.hops) +
           Duration::milliseconds(1);
  }
  void run_for(Duration time) { plan_.network.run_until(plan_.network.now() + time); }

  Plan& plan_;
  const Settings& settings_;
  std::vector<Sink*> sinks_;
  std::vector<std::unique_ptr<UdpFlow>> flows_;
};

}  // namespace

Figures run_load(Plan& plan, const Settings& settings) {
  Figures figures;
  Network& network = plan.network;
  figures.nodes = network.node_count();
  Load load(plan, settings);
  std::uint64_t sent = load.resolve();
  if (settings.flows > 1) {
    const Stopwatch first;
    sent += load.send((settings.flows + plan.senders.size() - 1) / plan.senders.size());
    figures.first_pass = first.read();
  }
  load.stop_answering();
  const std::uint64_t before = load.arrived();
  const std::uint64_t each = std::max<std::uint64_t>(1, settings.packets / plan.senders.size());
  const std::uint64_t events = network.lane().simulator.events_run();
  auto recording = Recording::begin(network, settings);
  const Stopwatch watch;
  figures.packets = load.send(each);
  if (recording != nullptr) figures.records = recording->finish();
  figures.cost = watch.read();
  figures.events = network.lane().simulator.events_run() - events;
  figures.hops = figures.packets * plan.hops;
  if (before != sent || load.arrived() != sent + figures.packets)
    figures.trouble =
        fmt::format("{} packets sent, {} arrived", sent + figures.packets, load.arrived());
  if (recording != nullptr && !recording->trouble().empty()) figures.trouble = recording->trouble();
  if (plan.gateway != nullptr) {
    const Netfilter& filter = *plan.gateway->stack().filter();
    figures.connections = filter.connection_count(network.now());
    figures.connection_bytes = filter.connection_memory_bytes();
    if (figures.connections != settings.flows)
      figures.trouble = fmt::format("{} connections tracked", figures.connections);
  }
  return figures;
}

}  // namespace natsim::bench
