// The checks as a whole: silence about what is right, order, and no fear of nonsense.
#include "sim/network/checks.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "sim/base/random.h"
#include "tests/network/planned_topologies.h"
#include "tests/network/problem_text.h"

namespace natsim::test {
namespace {

TEST(Checks, NothingIsSaidAboutWhatIsRight) {
  expect_problems({
      {"a home behind one address", home_nat(), {}},
      {"a server behind two NATs", port_forward(), {}},
      {"two LANs and a router", two_lans_router(), {}},
      {"an office with VLANs and a router on a stick", vlan_office(), {}},
      {"two firewalls with a DMZ between", office_dmz(), {}},
      {"nothing at all", Spec(), {}},
  });
}

TEST(Checks, ProblemsComeInTheOrderOfTheFile) {
  Spec spec = Spec().network("unused").network("lan").host("a").eth("e", {});
  spec.host("b").eth("e", {.network = "lan", .addresses = {"10.0.0.0/24"}}).gateway("10.9.9.9");
  spec.host("c").eth("e", {.network = "lan", .mtu = 9000});
  EXPECT_EQ(
      problems_of(spec),
      (std::vector<std::string>{
          "warning at `network unused`: no interface is plugged into network 'unused'",
          "warning at `a:e`: a:e is not plugged in: it names no network, and no link names it",
          "error at `b:e 10.0.0.0/24`: 10.0.0.0 is the address of the network 10.0.0.0/24 itself "
          "and cannot be b:e's",
          "error at `b route default`: the gateway 10.9.9.9 is in no subnet that b is connected to "
          "(10.0.0.0/24)",
          "warning at `c:e`: the MTUs on network 'lan' differ: b:e has 1500 bytes, c:e 9000"}));
}

TEST(Checks, WhatAProgramBuiltWithoutPlacesIsCheckedToo) {
  spec::Topology topology = Spec().network("lan").host("a").eth("e", {}).build();
  topology.networks[0].place = topology.nodes[0].place = {};
  topology.nodes[0].interfaces[0].place = {};
  const Problems problems = check_topology(topology);
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_FALSE(problems[0].place.known());
}

/// Topologies that hardly make sense: few names and addresses, so that they clash and dangle.
class Nonsense {
 public:
  explicit Nonsense(std::uint64_t seed) : random_(seed) {}

  Spec make() {
    Spec spec;
    for (auto i = random_.below(3); i > 0; --i) spec.network(name(), {}, random_.below(2) == 0);
    for (auto i = random_.below(6); i > 0; --i) add_node(spec);
    for (auto i = random_.below(6); i > 0; --i)
      spec.link(name() + ":" + port(), name() + ":" + port());
    for (auto i = random_.below(4); i > 0; --i) {
      spec.ping(name(), name()).udp(name(), address()).http(name(), "http://" + name() + "/");
      spec.expect(name(), address(), spec::ExpectedResult::delivered);
    }
    return spec;
  }

 private:
  template <std::size_t N>
  std::string pick(const char* const (&choices)[N]) {
    return choices[random_.below(N)];
  }
  std::string name() { return pick({"", "a", "b", "c", "lan", "sw"}); }
  std::string port() { return pick({"", "e", "f", "e.10", "g.20", "."}); }
  std::string address() {
    return pick({"10.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.0.255", "10.0.1.1", "0.0.0.0", "9.9.9.9",
                 "255.255.255.255", "224.0.0.1", "127.0.0.1", "2001:db8::1", "fe80::1", "::"});
  }
  std::string subnet() {
    const std::string base = address();
    const bool is_v4 = base.find(':') == std::string::npos;
    return base + "/" + std::to_string(random_.between(0, is_v4 ? 32 : 128));
  }
  std::string client() { return pick({"02:00:00:00:00:01", "02:00:00:00:00:02"}); }
  std::uint16_t vlan() { return std::uint16_t(random_.below(4) * 10); }

  void add_node(Spec& spec) {
    const auto kind = random_.below(3);
    kind == 0 ? spec.host(name()) : kind == 1 ? spec.router(name()) : spec.sw(name());
    for (auto i = random_.below(3); i > 0; --i) add_interface(spec);
    for (auto i = random_.below(3); i > 0; --i)
      random_.below(2) == 0 ? spec.access(port(), vlan())
                            : spec.trunk(port(), {vlan(), vlan()}, vlan());
    for (auto i = random_.below(3); i > 0; --i)
      spec.route(subnet(), random_.below(4) == 0 ? "" : address(), port());
    if (random_.below(3) == 0)
      spec.dhcp(port(), {.first = address(),
                         .last = address(),
                         .router = address(),
                         .reservations = {{client(), address()}, {client(), address()}}});
    if (random_.below(3) == 0)
      spec.masquerade(port())
          .snat(port(), address())
          .dnat(port(), address())
          .forward(port(), 80, "10.0.0.1:80");
    if (random_.below(3) == 0) spec.firewall({{.from = port(), .destination = "10.0.0.1"}});
  }

  void add_interface(Spec& spec) {
    Eth eth{.network = name(), .dhcp4 = random_.below(2) == 0, .vlan = vlan()};
    for (auto i = random_.below(3); i > 0; --i) eth.addresses.push_back(subnet());
    if (random_.below(2) == 0) eth.mac = client();
    spec.eth(port(), eth);
  }

  Prng random_;
};

TEST(Checks, NonsenseIsSurvivedAndJudgedAlikeEveryTime) {
  std::size_t found = 0;
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    const spec::Topology topology = Nonsense(seed).make().build();
    const Problems problems = check_topology(topology);
    ASSERT_EQ(problems, check_topology(topology)) << seed;
    ASSERT_TRUE(std::is_sorted(problems.begin(), problems.end(), [](const auto& a, const auto& b) {
      return a.place < b.place;
    })) << seed;
    for (const Problem& problem : problems)
      ASSERT_TRUE(problem.place.known() && !problem.message.empty()) << seed << problem.message;
    found += problems.size();
  }
  EXPECT_GT(found, 3000u);  // Else the nonsense makes sense and nothing was tried.
}

}  // namespace
}  // namespace natsim::test
