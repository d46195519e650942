#include "tools/bench/scenario/towns.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/network/build.h"
#include "sim/network/scenario.h"

namespace natsim::bench {
namespace {

constexpr std::uint32_t kRouters = 8;
constexpr std::uint32_t kNodes = kRouters + 2;
constexpr std::uint16_t kPort = 9;
constexpr Duration kBackboneDelay = Duration::milliseconds(1);
constexpr Duration kPace = Duration::microseconds(20);
constexpr std::uint32_t kTownsMax = 4000;  // a /20 of 10.0.0.0/8 each

/// Town `t`'s network number `i`, and its hosts.
std::string address(std::uint32_t t, std::uint32_t i, std::uint32_t host) {
  return Ipv4Address{(10u << 24) + (t << 12) + (i << 8) + host}.to_string();
}

class Plan {
 public:
  explicit Plan(const Settings& settings)
      : settings_(settings), towns_(std::clamp(settings.hosts / kNodes, 1u, kTownsMax)) {}

  spec::Topology make() {
    topology_.name = "towns";
    for (std::uint32_t t = 0; t < towns_; ++t) add_town(t);
    for (std::uint32_t t = 0; t < towns_; ++t) add_flow(t);
    return std::move(topology_);
  }

 private:
  spec::Node& add(const std::string& name, spec::NodeKind kind) {
    topology_.nodes.emplace_back();
    topology_.nodes.back().name = name;
    topology_.nodes.back().kind = kind;
    return topology_.nodes.back();
  }
  static void add_interface(spec::Node& to, const std::string& name, const std::string& prefix) {
    to.interfaces.emplace_back();
    to.interfaces.back().name = name;
    to.interfaces.back().addresses.push_back({*Prefix::parse(prefix), {}});
  }
  static void add_route(spec::Node& to, const std::string& prefix, const std::string& via) {
    to.routes.emplace_back();
    to.routes.back().to = *Prefix::parse(prefix);
    to.routes.back().via = {*IpAddress::parse(via), {}};
  }
  void add_link(const std::string& a, const std::string& a_port, const std::string& b,
                const std::string& b_port, Duration delay) {
    spec::Cable cable;
    cable.delay = delay;
    cable.bandwidth_bps = 10'000'000'000;
    topology_.links.push_back({{}, {a, a_port, {}}, {b, b_port, {}}, cable, cable});
  }
  std::string router(std::uint32_t t, std::uint32_t r) const { return fmt::format("t{}r{}", t, r); }

  void add_town(std::uint32_t t) {
    const Duration near = Duration::nanoseconds(settings_.delay_ns);
    const std::string first = fmt::format("t{}a", t), last = fmt::format("t{}b", t);
    spec::Node& a = add(first, spec::NodeKind::host);
    add_interface(a, "eth0", address(t, 0, 1) + "/24");
    add_route(a, "0.0.0.0/0", address(t, 0, 2));
    spec::Node& b = add(last, spec::NodeKind::host);
    add_interface(b, "eth0", address(t, kRouters, 2) + "/24");
    add_route(b, "0.0.0.0/0", address(t, kRouters, 1));
    b.listen.push_back({{}, Protocol::udp, kPort, {"discard", {}}});
    for (std::uint32_t r = 0; r < kRouters; ++r) add_router(t, r);
    add_link(first, "eth0", router(t, 0), "left", near);
    for (std::uint32_t r = 0; r + 1 < kRouters; ++r)
      add_link(router(t, r), "right", router(t, r + 1), "left", near);
    add_link(router(t, kRouters - 1), "right", last, "eth0", near);
    if (t > 0) add_link(router(t - 1, 0), "forth", router(t, 0), "back", kBackboneDelay);
  }

  void add_router(std::uint32_t t, std::uint32_t r) {
    spec::Node& to = add(router(t, r), spec::NodeKind::router);
    add_interface(to, "left", address(t, r, 2) + "/24");
    add_interface(to, "right", address(t, r + 1, 1) + "/24");
    if (r > 0) add_route(to, "0.0.0.0/0", address(t, r, 1));
    if (r + 1 < kRouters) add_route(to, address(t, kRouters, 0) + "/24", address(t, r + 1, 2));
    if (r > 0) return;
    if (t > 0) {  // the backbone's networks have number 15 of the town that they lead to
      add_interface(to, "back", address(t, 15, 2) + "/24");
      add_route(to, address(t - 1, 0, 0) + "/20", address(t, 15, 1));
    }
    if (t + 1 < towns_) {
      add_interface(to, "forth", address(t + 1, 15, 1) + "/24");
      add_route(to, address(t + 1, 0, 0) + "/20", address(t + 1, 15, 2));
    }
  }

  void add_flow(std::uint32_t t) {
    const std::uint32_t to = t % 10 == 9 && t + 1 < towns_ ? t + 1 : t;
    spec::Traffic item;
    item.at = Instant() + kPace / towns_ * t;
    item.from.node = fmt::format("t{}a", t);
    spec::Target target;
    target.node = fmt::format("t{}b", to);
    target.port = kPort;
    item.what = spec::UdpSend{target, {}};
    item.size = settings_.size;
    item.count = std::uint32_t(std::max<std::uint64_t>(1, settings_.packets / towns_));
    item.interval = kPace;
    topology_.traffic.push_back(std::move(item));
  }

  const Settings& settings_;
  std::uint32_t towns_;
  spec::Topology topology_;
};

}  // namespace

TownsFigures run_towns(const Settings& settings, std::uint32_t threads) {
  TownsFigures figures;
  const spec::Topology topology = Plan(settings).make();
  Problems problems;
  const Stopwatch divide;
  const auto network = build_network(topology, problems, std::nullopt, threads);
  figures.divide = divide.read();
  if (network == nullptr) {
    figures.trouble = problems.front().message;
    return figures;
  }
  figures.nodes = network->node_count();
  figures.threads = network->thread_count();
  figures.parts = network->part_count();
  Scenario scenario(*network, topology, {});
  scenario.prepare();
  const Stopwatch run;
  scenario.run();
  figures.run = run.read();
  std::uint64_t lost = 0;
  for (const auto& channel : network->channels()) {
    figures.hops += channel->counters().delivered;
    lost += channel->counters().queue_full;
  }
  if (lost > 0) figures.trouble = fmt::format("{} frames found a queue full", lost);
  return figures;
}

}  // namespace natsim::bench
