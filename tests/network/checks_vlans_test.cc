// What the checks say about cables whose two ends disagree, and about MTUs.
#include <gtest/gtest.h>

#include "tests/network/problem_text.h"

namespace natsim::test {
namespace {

/// Two switches with one cable, sw1:t – sw2:t, and a spare port of VLAN 99 so that both know VLANs.
template <class A, class B>
Spec cable(A port_a, B port_b) {
  Spec spec;
  spec.sw("sw1").access("spare", 99);
  port_a(spec);
  spec.sw("sw2").access("spare", 99);
  port_b(spec);
  return spec.link("sw1:t", "sw2:t");
}
auto trunk(std::vector<std::uint16_t> vlans, std::optional<std::uint16_t> native = {}) {
  return [=](Spec& spec) { spec.trunk("t", vlans, native); };
}
auto access(std::uint16_t vlan) {
  return [=](Spec& spec) { spec.access("t", vlan); };
}

TEST(VlanChecks, BothEndsOfATrunkAgree) {  // VLAN-12
  expect_problems({
      {"alike", cable(trunk({10, 20}, 1), trunk({20, 10}, 1)), {}},
      {"native VLANs differ",
       cable(trunk({30}, 10), trunk({30}, 20)),
       {"warning at `link sw1:t sw2:t`: native VLAN 10 on sw1:t, 20 on sw2:t: untagged frames of "
        "VLAN 10 arrive in VLAN 20"}},
      {"a VLAN on one side only",
       cable(trunk({10, 20, 30}), trunk({10})),
       {"warning at `link sw1:t sw2:t`: VLANs 20 and 30 are on sw1:t but not on sw2:t: frames end "
        "there"}},
      {"and one on the other",
       cable(trunk({10, 20}), trunk({10, 30})),
       {"warning at `link sw1:t sw2:t`: VLAN 20 is on sw1:t but not on sw2:t: frames end there",
        "warning at `link sw1:t sw2:t`: VLAN 30 is on sw2:t but not on sw1:t: frames end there"}},
      {"tagged here, native there",
       cable(trunk({10, 20}), trunk({20}, 10)),
       {"warning at `link sw1:t sw2:t`: VLAN 10 is on sw1:t but not on sw2:t: frames end there"}},
      {"a native VLAN that is in use, and nobody takes",
       cable(trunk({10}, 99), trunk({10})),
       {"warning at `link sw1:t sw2:t`: sw1:t sends VLAN 99 untagged, but sw2:t takes tagged "
        "frames "
        "only"}},
      {"a native VLAN that is there to be unused",
       cable(trunk({10}, 666), trunk({10})),
       {}},  // VLAN-13
  });
}

TEST(VlanChecks, AccessPortsFaceTheirLike) {
  expect_problems({
      {"the same VLAN", cable(access(10), access(10)), {}},
      {"two VLANs",
       cable(access(10), access(20)),
       {"warning at `link sw1:t sw2:t`: sw1:t is an access port of VLAN 10, sw2:t one of VLAN 20: "
        "untagged frames of VLAN 10 arrive in VLAN 20"}},
      {"an access port and a trunk with another native VLAN",
       cable(access(10), trunk({30}, 20)),
       {"warning at `link sw1:t sw2:t`: sw1:t is an access port of VLAN 10, sw2:t a trunk with "
        "native VLAN 20: untagged frames of VLAN 10 arrive in VLAN 20"}},
      {"with the same",
       cable(trunk({20, 30}, 10), access(10)),
       {"warning at `link sw1:t sw2:t`: sw2:t is an access port, sw1:t a trunk: VLANs 20 and 30 do "
        "not pass"}},
      {"with none",
       cable(access(10), trunk({10})),
       {"warning at `link sw1:t sw2:t`: sw1:t is an access port, sw2:t a trunk that takes tagged "
        "frames only: nothing passes between them"}},
  });
}

TEST(VlanChecks, StationsTagWhatTheirPortCarries) {
  const auto router = [](const char* name, std::uint16_t vlan) {
    Spec spec;
    spec.router("r").eth("eth0", {}).eth(name, {.addresses = {"10.0.0.1/24"}, .vlan = vlan});
    return spec.sw("sw");
  };
  expect_problems({
      {"a router on a stick",
       router("eth0.10", 10).trunk("p", {10, 20}).link("sw:p", "r:eth0"),
       {}},
      {"a VLAN that the trunk leaves out",
       router("eth0.30", 30).trunk("p", {10, 20}).link("sw:p", "r:eth0"),
       {"warning at `r:eth0.30 vlan`: r:eth0.30 tags its frames with VLAN 30, which sw:p does not "
        "carry"}},
      {"one that it carries untagged",
       router("eth0.10", 10).trunk("p", {20}, 10).link("sw:p", "r:eth0"),
       {"warning at `r:eth0.10 vlan`: r:eth0.10 tags its frames with VLAN 10, but sw:p carries "
        "that "
        "VLAN untagged"}},
      {"one that it carries untagged, although it is listed",
       router("eth0.10", 10).trunk("p", {10, 20}, 10).link("sw:p", "r:eth0"),
       {"warning at `r:eth0.10 vlan`: r:eth0.10 tags its frames with VLAN 10, but sw:p carries "
        "that "
        "VLAN untagged"}},
      {"an access port",
       router("eth0.20", 20).access("p", 10).link("r:eth0", "sw:p"),
       {"warning at `r:eth0.20 vlan`: r:eth0.20 tags its frames with VLAN 20, which sw:p does not "
        "carry"}},
      {"a plain host on a trunk",
       Spec()
           .host("pc")
           .eth("eth0", {.addresses = {"10.0.0.1/24"}})
           .sw("sw")
           .trunk("p", {10})
           .link("pc:eth0", "sw:p"),
       {"warning at `pc:eth0`: pc:eth0 sends untagged frames, but sw:p is a trunk without a native "
        "VLAN and drops them"}},
      {"a switch that says nothing of VLANs",  // VLAN-09
       router("eth0.10", 10).access("p").link("sw:p", "r:eth0"),
       {"warning at `r:eth0.10 vlan`: r:eth0.10 tags its frames with VLAN 10, which sw:p does not "
        "carry"}},
      {"a network passes all tags",  // VLAN-17
       Spec()
           .network("lan")
           .router("r")
           .eth("eth0", {.network = "lan"})
           .eth("eth0.10", {.addresses = {"10.0.0.1/24"}, .vlan = 10}),
       {}},
      {"nobody at the other end of a cable",
       Spec()
           .router("r")
           .eth("eth0", {})
           .eth("eth0.10", {.addresses = {"10.0.0.1/24"}, .vlan = 10})
           .host("pc")
           .eth("eth0", {.addresses = {"10.0.0.2/24"}})
           .link("r:eth0", "pc:eth0"),
       {"warning at `r:eth0.10 vlan`: r:eth0.10 tags its frames with VLAN 10, which nothing at the "
        "other end, pc:eth0, takes"}},
  });
}

TEST(MtuChecks, InterfacesOfASegmentAreAlike) {
  Spec spec = Spec().network("lan").host("a").eth("e", {.network = "lan"});
  Spec two = spec;
  spec.host("b").eth("e", {.network = "lan", .mtu = 9000});
  two.host("b").eth("e", {.network = "lan"}).router("r").eth("e", {.network = "lan"});
  two.network("other").eth("f", {.network = "other", .mtu = 1400});
  spec::Cable narrow;
  narrow.mtu = 1400;
  Spec cable = Spec().host("a").eth("e", {}).host("b").eth("e", {.mtu = 1400});
  cable.link("a:e", "b:e", narrow);
  expect_problems({
      {"a jumbo interface among others",
       spec,
       {"warning at `b:e`: the MTUs on network 'lan' differ: a:e has 1500 bytes, b:e 9000"}},
      {"a router between two MTUs does its work", two, {}},
      {"a cable that takes less than is sent",
       cable,
       {"warning at `b:e`: the MTUs on the cable a:e – b:e differ: a:e has 1500 bytes, b:e 1400",
        "warning at `link a:e b:e`: the cable of a:e takes 1400 bytes, the interface sends up to "
        "1500"}},
  });
}

}  // namespace
}  // namespace natsim::test
