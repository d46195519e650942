#include "tests/threads/country.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "sim/base/random.h"
#include "tests/network/spec_builder.h"

namespace natsim::threads {
namespace {

class Country {
 public:
  explicit Country(std::uint64_t number) : dice_(Prng::stream(number, "country")) {}

  spec::Topology build() {
    const auto sites = std::uint32_t(dice_.between(2, 6));
    for (std::uint32_t i = 0; i < sites; ++i) parents_.push_back(i == 0 ? 0 : pick(i));
    for (std::uint32_t i = 0; i < sites; ++i) add_site(i);
    for (std::uint32_t i = 1; i < sites; ++i)
      spec_.link(fmt::format("r{}:up", i), fmt::format("r{}:down{}", parents_[i], i),
                 some_cable(true));
    spec::Topology topology = spec_.build();
    for (std::uint32_t i = 0; i < 12; ++i) add_traffic(topology);
    for (std::uint32_t i = 0; i < 3; ++i) add_probe(topology, i);
    return topology;
  }

 private:
  std::uint32_t pick(std::uint64_t bound) { return std::uint32_t(dice_.below(bound)); }
  template <class T>
  T one_of(const std::vector<T>& choices) {
    return choices[dice_.below(choices.size())];
  }
  bool often() { return dice_.chance({2, 3}); }
  bool rarely() { return dice_.chance({1, 5}); }

  // Round times, so that much happens at the same instants.
  spec::Cable some_cable(bool far) {
    spec::Cable cable;
    cable.delay = Duration::microseconds(far ? one_of<std::int64_t>({0, 1, 100, 1000, 1000, 5000})
                                             : one_of<std::int64_t>({0, 2, 50}));
    cable.bandwidth_bps = one_of<std::uint64_t>({0, 0, 10'000'000, 1'000'000'000});
    if (rarely()) cable.jitter = Duration::microseconds(300);
    if (rarely()) cable.loss = {1, 20};
    if (rarely()) cable.duplicate = {1, 10};
    if (rarely()) cable.corrupt = {1, 20};
    if (rarely() && far) cable.reorder = {1, 10};
    return cable;
  }

  bool is_below(std::uint32_t site, std::uint32_t ancestor) const {
    for (; site != 0; site = parents_[site])
      if (site == ancestor) return true;
    return ancestor == 0;
  }

  void add_site(std::uint32_t i) {
    const std::string lan = fmt::format("lan{}", i), router = fmt::format("r{}", i);
    spec_.network(lan, some_cable(false));
    spec_.router(router).eth("lan",
                             {.network = lan, .addresses = {fmt::format("10.{}.0.1/24", i)}});
    if (i > 0) {
      spec_.eth("up", {.addresses = {fmt::format("172.16.{}.2/24", i)}});
      spec_.gateway(fmt::format("172.16.{}.1", i));
    }
    const auto sites = std::uint32_t(parents_.size());
    for (std::uint32_t child = 1; child < sites; ++child) {
      if (parents_[child] != i || child == i) continue;
      spec_.eth(fmt::format("down{}", child),
                {.addresses = {fmt::format("172.16.{}.1/24", child)}});
      for (std::uint32_t below = 1; below < sites; ++below)
        if (is_below(below, child))
          spec_.route(fmt::format("10.{}.0.0/24", below), fmt::format("172.16.{}.2", child));
    }
    spec_.dhcp("lan",
               {.first = fmt::format("10.{}.0.100", i), .last = fmt::format("10.{}.0.199", i)});
    if (i > 0 && rarely()) spec_.masquerade("up");
    const std::uint64_t hosts = dice_.between(1, 4);
    for (std::uint64_t h = 0; h < hosts; ++h) add_host(i, lan, std::uint32_t(h));
  }

  void add_host(std::uint32_t site, const std::string& lan, std::uint32_t number) {
    const std::string name = fmt::format("h{}x{}", site, number);
    hosts_.push_back(name);
    if (rarely()) {
      spec_.host(name).eth("eth0", {.network = lan, .dhcp4 = true});
      return;
    }
    spec_.host(name).eth(
        "eth0", {.network = lan, .addresses = {fmt::format("10.{}.0.{}/24", site, 10 + number)}});
    spec_.gateway(fmt::format("10.{}.0.1", site));
  }

  spec::Target some_target() {
    spec::Target target;
    target.node = one_of(hosts_);
    target.port = one_of<std::uint16_t>({7, 9, 80});
    return target;
  }

  void add_traffic(spec::Topology& topology) {
    spec::Traffic item;
    item.at = Instant::from_ns(dice_.between(0, 200) * 10'000'000);
    item.from.node = one_of(hosts_);
    item.count = std::uint32_t(dice_.between(1, 20));
    item.interval = Duration::microseconds(one_of<std::int64_t>({10, 1000, 7000}));
    item.size = one_of<std::uint32_t>({0, 64, 1400});
    spec::Target target = some_target();
    const std::uint64_t kind = dice_.below(3);
    if (kind != 0 && target.node == item.from.node) target.node = "r0";
    if (kind == 0) target.port.reset();
    if (kind == 0) item.what = spec::Ping{target};
    if (kind == 1) item.what = spec::UdpSend{target, "hello"};
    if (kind == 2) item.what = spec::TcpConnect{target}, item.size = 0;
    topology.traffic.push_back(item);
  }

  void add_probe(spec::Topology& topology, std::uint32_t number) {
    spec::Expectation item;
    item.from = one_of(hosts_);
    item.to = some_target();
    item.protocol = one_of<Protocol>({Protocol::icmp, Protocol::udp, Protocol::tcp});
    if (item.protocol == Protocol::icmp) item.to.port.reset();
    if (number == 0) item.at = Instant::from_ns(700'000'000);
    topology.expect.push_back(item);
  }

  Prng dice_;
  test::Spec spec_;
  std::vector<std::uint32_t> parents_;  // of the routers; the first one is its own
  std::vector<std::string> hosts_;
};

}  // namespace

spec::Topology make_country(std::uint64_t number) { return Country(number).build(); }

spec::Topology make_towns(std::uint32_t towns, std::uint32_t routers, Duration delay,
                          std::uint32_t datagrams) {
  test::Spec spec;
  spec::Cable near;
  near.delay = Duration::microseconds(10);
  spec::Cable far;
  far.delay = delay;
  for (std::uint32_t t = 0; t < towns; ++t) {
    const auto subnet = [&](std::uint32_t i) { return fmt::format("10.{}.{}.", t, i); };
    for (std::uint32_t r = 0; r < routers; ++r) {
      spec.router(fmt::format("t{}r{}", t, r));
      spec.eth("left", {.addresses = {subnet(r) + "2/24"}});
      spec.eth("right", {.addresses = {subnet(r + 1) + "1/24"}});
      if (r > 0) spec.route(subnet(0) + "0/24", subnet(r) + "1");
      if (r + 1 < routers) spec.route(subnet(routers) + "0/24", subnet(r + 1) + "2");
      if (r == 0 && t > 0) spec.eth("back", {.addresses = {fmt::format("172.16.{}.2/24", t)}});
      if (r == 0 && t + 1 < towns)
        spec.eth("forth", {.addresses = {fmt::format("172.16.{}.1/24", t + 1)}});
    }
    spec.host(fmt::format("t{}a", t)).eth("eth0", {.addresses = {subnet(0) + "1/24"}});
    spec.gateway(subnet(0) + "2");
    spec.host(fmt::format("t{}b", t)).eth("eth0", {.addresses = {subnet(routers) + "2/24"}});
    spec.gateway(subnet(routers) + "1");
    spec.link(fmt::format("t{}a:eth0", t), fmt::format("t{}r0:left", t), near);
    for (std::uint32_t r = 0; r + 1 < routers; ++r)
      spec.link(fmt::format("t{}r{}:right", t, r), fmt::format("t{}r{}:left", t, r + 1), near);
    spec.link(fmt::format("t{}r{}:right", t, routers - 1), fmt::format("t{}b:eth0", t), near);
    if (t > 0) spec.link(fmt::format("t{}r0:forth", t - 1), fmt::format("t{}r0:back", t), far);
  }
  spec::Topology topology = spec.build();
  for (std::uint32_t t = 0; t < towns; ++t) {
    spec::Traffic item;
    item.from.node = fmt::format("t{}a", t);
    spec::Target target;
    target.node = fmt::format("t{}b", t);
    target.port = std::uint16_t(9);
    item.what = spec::UdpSend{target, "hello"};
    item.count = datagrams;
    item.interval = Duration::microseconds(20);
    topology.traffic.push_back(item);
  }
  return topology;
}

}  // namespace natsim::threads
