// The rules of one chain, and packets that only its last rule lets through.
#include <benchmark/benchmark.h>

#include <cstdint>

#include "sim/base/check.h"
#include "sim/filter/netfilter.h"
#include "tools/bench/parts/datagram.h"

namespace natsim::bench {
namespace {

/// What rules are told apart by.
enum class Kind { ports, sources, mixed };

Rule rule_number(Kind kind, std::uint32_t n) {
  Rule rule;
  rule.target = AcceptTarget{};
  rule.protocol.protocol = Protocol::udp;
  const auto port = std::uint16_t(1'000 + n);
  const bool by_port = kind == Kind::ports || (kind == Kind::mixed && n % 2 == 0);
  if (by_port)
    rule.destination_port.ports = PortRange{port, port};
  else
    rule.source.prefix = {Ipv4Address{Ipv4Address::of(10, 0, 0, 1).value + n}, 32};
  if (kind == Kind::mixed) rule.in.patterns = {n % 3 == 0 ? "lan" : "wan"};
  return rule;
}

/// The packet that rule n, and none before it, lets through.
Ends packet_for(std::uint32_t n) {
  return {{Ipv4Address::of(10, 0, 0, 1).value + n},
          Ipv4Address::of(203, 0, 113, 80),
          5'000,
          std::uint16_t(1'000 + n)};
}

void last_rule(benchmark::State& state, Kind kind) {
  const auto rules = std::uint32_t(state.range(0));
  Ruleset ruleset;
  Chain& forward = ruleset.table(Table::filter).chain("FORWARD");
  forward.accept = false;
  for (std::uint32_t n = 0; n < rules; ++n) forward.rules.push_back(rule_number(kind, n));
  forward.rules.back() = rule_number(kind == Kind::mixed ? Kind::ports : kind, rules - 1);
  Netfilter filter(std::move(ruleset), {{"lan", {}}, {"wan", {}}}, Prng::stream(1, "rules"));
  DatagramBuffer buffer;
  Packet& packet = buffer.fill(packet_for(rules - 1));
  for (auto _ : state) {
    Traversal traversal(packet, packet.data(), std::uint32_t(packet.size()));
    traversal.in = {0};
    traversal.out = {1};
    SIM_CHECK(filter.run(Hook::forward, traversal, Instant()));
  }
  state.SetItemsProcessed(state.iterations());
}

void rule_counts(benchmark::internal::Benchmark* benchmark) {
  for (const std::int64_t rules : {10, 100, 1'000, 10'000}) benchmark->Arg(rules);
}

BENCHMARK_CAPTURE(last_rule, ports, Kind::ports)->Apply(rule_counts);
BENCHMARK_CAPTURE(last_rule, sources, Kind::sources)->Apply(rule_counts);
BENCHMARK_CAPTURE(last_rule, mixed, Kind::mixed)->Apply(rule_counts);

}  // namespace
}  // namespace natsim::bench
