#include "tools/bench/scenario/setup.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "sim/network/build.h"
#include "sim/network/scenario.h"
#include "src/topology/reader.h"
#include "src/topology/source_map.h"
#include "tools/bench/scenario/plan.h"

namespace natsim::bench {
namespace {

constexpr std::uint32_t kHostsPerRouter = 100;

std::unique_ptr<Network> by_hand(std::uint32_t hosts, std::int64_t delay_ns) {
  auto network = std::make_unique<Network>(1);
  const ChannelOptions options = cable(delay_ns);
  IpNode* router = nullptr;
  for (std::uint32_t i = 0; i < hosts; ++i) {
    const std::uint32_t r = i / kHostsPerRouter, place = i % kHostsPerRouter;
    if (place == 0) router = &network->add_node(fmt::format("r{}", r), IpNodeKind::router);
    IpNode& host = network->add_node(fmt::format("h{}", i), IpNodeKind::host);
    const std::uint32_t subnet = (10u << 24) + 4 * i;
    const auto address = [&](std::uint32_t which) {
      return Ipv4Address{subnet + which}.to_string();
    };
    const IfIndex up = add_interface(*network, host, "eth0", address(1) + "/30");
    const IfIndex down =
        add_interface(*network, *router, fmt::format("p{}", place), address(2) + "/30");
    network->connect(host.port(up), router->port(down), options, options, fmt::format("c{}", i));
    add_route(host, "0.0.0.0/0", up, address(2));
  }
  return network;
}

SetupFigures refused(const Problems& problems) {
  SetupFigures figures;
  figures.trouble = "the file could not be read";
  for (const Problem& problem : problems)
    if (problem.severity == Severity::error) figures.trouble = problem.message;
  return figures;
}

std::uint64_t hosts_of(const Network& network) {
  std::uint64_t hosts = 0;
  for (std::uint32_t i = 0; i < network.node_count(); ++i)
    hosts += network.role({i}) == NodeRole::host;
  return hosts;
}

}  // namespace

SetupFigures run_setup(const Settings& settings) {
  SetupFigures figures;
  SourceMap sources;
  spec::Topology topology;
  if (!settings.file.empty()) {
    const Stopwatch watch;
    ReadResult read = read_topology_file(sources, settings.file);
    figures.read = watch.read();
    if (!read.topology) return refused(read.problems);
    topology = std::move(*read.topology);
  }
  Problems problems;
  const std::uint64_t before = heap_bytes();
  const Stopwatch watch;
  const auto network = settings.file.empty() ? by_hand(settings.hosts, settings.delay_ns)
                                             : build_network(topology, problems);
  figures.build = watch.read();
  if (network == nullptr) return refused(problems);
  figures.network_bytes = heap_bytes() - before;
  figures.hosts = hosts_of(*network);
  const Stopwatch start;
  Scenario scenario(*network, topology, {Instant::from_ns(1), {}, {}});
  scenario.prepare();
  scenario.run();
  figures.start = start.read();
  return figures;
}

}  // namespace natsim::bench
