// What the checks say about plugs, parts and loops.
#include <gtest/gtest.h>

#include "tests/network/problem_text.h"

namespace natsim::test {
namespace {

Spec lan() { return Spec().network("home"); }
Eth at_home(const std::string& address) { return {.network = "home", .addresses = {address}}; }

TEST(ConnectivityChecks, WhatIsNotPluggedInIsNamed) {
  expect_problems({
      {"an interface without a cable",
       lan().host("a").eth("eth0", at_home("10.0.0.1/24")).eth("eth1", {}),
       {"warning at `a:eth1`: a:eth1 is not plugged in: it names no network, and no link names "
        "it"}},
      {"a whole node without one",
       lan().host("a").eth("eth0", at_home("10.0.0.1/24")).host("b"),
       {"warning at `b`: b has no interfaces: it hears and says nothing"}},
      {"addresses of the node itself need no cable",
       lan()
           .router("r")
           .eth("eth0", at_home("10.0.0.1/24"))
           .eth("lo", {})
           .eth("dummy0", {.addresses = {"10.9.9.9/32"}}),
       {}},
      {"a base interface speaks for its VLANs",
       Spec()
           .router("r")
           .eth("eth0", {})
           .eth("eth0.10", {.addresses = {"10.0.0.1/24"}, .vlan = 10}),
       {"warning at `r:eth0`: r:eth0 is not plugged in: it names no network, and no link names "
        "it"}},
      {"a switch and a network that nobody uses",
       Spec().network("lan").sw("sw"),
       {"warning at `network lan`: no interface is plugged into network 'lan'",
        "warning at `sw`: no cable is plugged into switch sw"}},
  });
}

TEST(ConnectivityChecks, APortTakesOneCable) {
  Spec two =
      Spec().sw("sw").access("p1").access("p2").host("a").eth("e", {}).host("b").eth("e", {});
  two.link("sw:p1", "a:e").link("sw:p1", "b:e");
  Spec unlisted = Spec().sw("sw").host("a").eth("e", {}).host("b").eth("e", {});
  unlisted.link("sw:x", "a:e").link("b:e", "sw:x");
  Spec both = lan().host("a").eth("e", {.network = "home"}).host("b").eth("e", {});
  both.link("a:e", "b:e");
  Spec itself = Spec().host("a").eth("e", {}).link("a:e", "a:e");
  expect_problems({
      {"two links to one port",
       two,
       {"error at `link sw:p1 b:e`: sw:p1 has two cables, sw:p1 – a:e and sw:p1 – b:e"}},
      {"also where the switch does not list it",
       unlisted,
       {"error at `link b:e sw:x`: sw:x has two cables, sw:x – a:e and b:e – sw:x"}},
      {"a network and a link",
       both,
       {"error at `link a:e b:e`: a:e has two cables, network 'home' and a:e – b:e"}},
      {"a cable from a port to itself",
       itself,
       {"error at `link a:e a:e`: both ends of the cable are plugged into a:e"}},
  });
}

TEST(ConnectivityChecks, PartsAreListed) {
  Spec spec = lan().host("a").eth("e", {.network = "home"}).host("b").eth("e", {.network = "home"});
  spec.host("c").eth("e", {}).host("d").eth("e", {}).link("c:e", "d:e");
  Spec four = spec;
  four.network("x").network("y");
  for (const char* name : {"e", "f", "g", "h", "i"}) four.host(name).eth("e", {.network = "x"});
  four.host("j").eth("e", {.network = "y"});
  expect_problems({
      {"two of them",
       spec,
       {"warning at `c`: the topology is in 2 parts that no cable joins: a and b | c and d"}},
      {"more than anybody wants to read",
       four,
       {"warning at `c`: the topology is in 4 parts that no cable joins: a and b | c and d | e, f, "
        "g and 2 more | …"}},
  });
}

Spec triangle(bool stp) {
  Spec spec;
  for (const char* name : {"sw1", "sw2", "sw3"}) spec.sw(name, stp).access("a").access("b");
  return spec.link("sw1:a", "sw2:a").link("sw2:b", "sw3:a").link("sw3:b", "sw1:b");
}

TEST(ConnectivityChecks, LoopsWithoutStpAreWarnedOf) {  // ETH-21
  Spec trunks;
  for (const char* name : {"sw1", "sw2"}) trunks.sw(name).trunk("a", {10, 20}).trunk("b", {10, 20});
  trunks.link("sw1:a", "sw2:a").link("sw1:b", "sw2:b");
  Spec itself = Spec().sw("sw").access("a").access("b").link("sw:a", "sw:b");
  expect_problems({
      {"a triangle",
       triangle(false),
       {"warning at `link sw3:b sw1:b`: sw3, sw2 and sw1 form a loop without STP: the cable sw3:b "
        "– "
        "sw1:b closes it"}},
      {"a triangle that speaks STP", triangle(true), {}},
      {"two trunks side by side",
       trunks,
       {"warning at `link sw1:b sw2:b`: sw1 and sw2 form a loop without STP in VLANs 10 and 20: "
        "the "
        "cable sw1:b – sw2:b closes it"}},
      {"both ends in one switch",
       itself,
       {"warning at `link sw:a sw:b`: sw is cabled to itself, a loop without STP: the cable sw:a – "
        "sw:b closes it"}},
  });
}

}  // namespace
}  // namespace natsim::test
