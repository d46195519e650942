// Bytes of packets: parsed, summed, rewritten, copied.
#include <benchmark/benchmark.h>

#include <cstdint>

#include "sim/filter/rewrite.h"
#include "tools/bench/parts/datagram.h"

namespace natsim::bench {
namespace {

constexpr Ends kEnds{Ipv4Address::of(192, 168, 1, 10), Ipv4Address::of(203, 0, 113, 80), 49'152,
                     53};

void parse_ipv4_udp(benchmark::State& state) {
  DatagramBuffer buffer;
  const Packet& packet = buffer.fill(kEnds);
  for (auto _ : state) {
    const auto ip = Ipv4View::received(packet.bytes());
    const auto udp = UdpView::checked(ip.value().payload());
    benchmark::DoNotOptimize(udp.value().destination_port());
  }
}

void checksum(benchmark::State& state) {
  const Bytes bytes(std::size_t(state.range(0)), 0x5a);
  for (auto _ : state) benchmark::DoNotOptimize(checksum_of(sum_words(bytes)));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

void decrement_ttl(benchmark::State& state) {
  DatagramBuffer buffer;
  Packet& packet = buffer.fill(kEnds);
  MutableIpv4View ip(packet.data(), packet.size());
  for (auto _ : state) {
    ip.set_ttl(std::uint8_t(ip.ttl() - 1));
    benchmark::ClobberMemory();
  }
}

void rewrite_source(benchmark::State& state) {
  DatagramBuffer buffer;
  Packet& packet = buffer.fill_and_sum(kEnds);
  Traversal traversal(packet, packet.data(), std::uint32_t(packet.size()));
  FlowKeyV4 target = *traversal.key();
  target.source = Ipv4Address::of(203, 0, 113, 1);
  for (auto _ : state) {
    ++target.source_port;
    benchmark::DoNotOptimize(rewrite(traversal, NatSide::source, end_of(target, NatSide::source)));
  }
}

void copy_packet(benchmark::State& state) {
  PacketPool pool;
  const Packet packet = pool.copy(Bytes(std::size_t(state.range(0)), 0x5a));
  for (auto _ : state) benchmark::DoNotOptimize(pool.copy(packet).data());
}

BENCHMARK(parse_ipv4_udp);
BENCHMARK(checksum)->Arg(20)->Arg(64)->Arg(1500);
BENCHMARK(decrement_ttl);
BENCHMARK(rewrite_source);
BENCHMARK(copy_packet)->Arg(106)->Arg(1514);

}  // namespace
}  // namespace natsim::bench
