// Tracked and translated connections: what a packet of one of many costs a gateway, and what each
// holds. All pass prerouting, forward and postrouting of a router that masquerades.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "sim/base/check.h"
#include "sim/filter/netfilter.h"
#include "tools/bench/parts/datagram.h"

namespace natsim::bench {
namespace {

constexpr IfIndex kInside{0}, kOutside{1};
constexpr Ipv4Address kPublic = Ipv4Address::of(203, 0, 113, 1);

Ruleset masquerading() {
  Ruleset rules;
  Rule replies, outbound, masquerade;
  replies.state.states = kStateEstablished | kStateRelated;
  replies.target = AcceptTarget{};
  outbound.in.patterns = {"lan"};
  outbound.out.patterns = {"wan"};
  outbound.target = AcceptTarget{};
  masquerade.out.patterns = {"wan"};
  masquerade.target = MasqueradeTarget{};
  Chain& forward = rules.table(Table::filter).chain("FORWARD");
  forward.accept = false;
  forward.rules = {replies, outbound};
  rules.table(Table::nat).chain("POSTROUTING").rules = {masquerade};
  return rules;
}

NetfilterOptions room_for(std::uint32_t connections) {
  NetfilterOptions options;
  options.conntrack_max = connections + 1024;
  return options;
}

/// Connections 0, 1, …: 50,000 to each server, each from a port of its own.
class Gateway {
 public:
  explicit Gateway(std::uint32_t connections)
      : filter_(
            masquerading(),
            {{"lan", {*Prefix::parse("10.0.0.1/8")}}, {"wan", {*Prefix::parse("203.0.113.1/24")}}},
            Prng::stream(1, "gateway"), room_for(connections)) {
    for (std::uint32_t i = 0; i < connections; ++i) send(i);
  }

  void send(std::uint32_t i) { pass(buffer_.fill(outbound(i)), kInside, kOutside); }
  void answer(std::uint32_t i) {
    const Ends out = outbound(i);  // masquerading keeps ports that are free
    pass(buffer_.fill({out.destination, kPublic, out.destination_port, out.source_port}), kOutside,
         kInside);
  }
  std::size_t bytes() const { return filter_.connection_memory_bytes(); }
  std::size_t connections() const { return filter_.connection_count(now_); }

 private:
  static Ends outbound(std::uint32_t i) {
    return {Ipv4Address::of(10, 0, 0, 2),
            {Ipv4Address::of(198, 18, 0, 1).value + i / 50'000},
            std::uint16_t(10'000 + i % 50'000),
            53};
  }
  void pass(Packet& packet, IfIndex in, IfIndex out) {
    now_ = now_ + Duration::nanoseconds(100);
    Traversal traversal(packet, packet.data(), std::uint32_t(packet.size()));
    traversal.in = in;
    bool passed = filter_.run(Hook::prerouting, traversal, now_);
    traversal.out = out;
    passed = passed && filter_.run(Hook::forward, traversal, now_) &&
             filter_.run(Hook::postrouting, traversal, now_);
    SIM_CHECK(passed);
  }

  DatagramBuffer buffer_;
  Netfilter filter_;
  Instant now_;
};

/// The last one made is kept: to make ten million connections takes longer than to measure them.
Gateway& gateway_with(std::uint32_t connections) {
  static std::uint32_t made = 0;
  static std::unique_ptr<Gateway> gateway;
  if (made != connections) {
    gateway.reset();
    gateway = std::make_unique<Gateway>(connections);
    made = connections;
  }
  return *gateway;
}

/// All of them in an order that no cache foresees: steps of a prime.
class Order {
 public:
  explicit Order(std::uint32_t count) : count_(count) {}
  std::uint32_t next() {
    at_ = std::uint32_t((at_ + std::uint64_t{7'368'787}) % count_);
    return at_;
  }

 private:
  std::uint32_t count_;
  std::uint32_t at_ = 0;
};

void tell_size(benchmark::State& state, const Gateway& gateway) {
  state.SetItemsProcessed(state.iterations());
  state.counters["bytes_per_mapping"] = double(gateway.bytes()) / double(gateway.connections());
}

void nat_outbound(benchmark::State& state) {
  const auto count = std::uint32_t(state.range(0));
  Gateway& gateway = gateway_with(count);
  Order order(count);
  for (auto _ : state) gateway.send(order.next());
  tell_size(state, gateway);
}

void nat_answer(benchmark::State& state) {
  const auto count = std::uint32_t(state.range(0));
  Gateway& gateway = gateway_with(count);
  Order order(count);
  for (auto _ : state) gateway.answer(order.next());
  tell_size(state, gateway);
}

void nat_open(benchmark::State& state) {
  const auto count = std::uint32_t(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(Gateway(count).bytes());
  state.SetItemsProcessed(state.iterations() * count);
}

// In this order for each count, so that the gateway is made once.
[[maybe_unused]] const bool registered = [] {
  for (const std::int64_t count : {1'000, 10'000, 100'000, 1'000'000, 10'000'000}) {
    benchmark::RegisterBenchmark("nat_outbound", nat_outbound)->Arg(count);
    benchmark::RegisterBenchmark("nat_answer", nat_answer)->Arg(count);
  }
  return true;
}();
BENCHMARK(nat_open)->Arg(1'000)->Arg(100'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace natsim::bench
