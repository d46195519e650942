// What the checks say about NAT that nothing can use.
#include <gtest/gtest.h>

#include "tests/network/planned_topologies.h"
#include "tests/network/problem_text.h"

namespace natsim::test {
namespace {

/// A server at 192.168.1.10 behind a router with zones inside (lan) and outside (wan), last.
Spec home(const Eth& wan) {
  Spec spec = Spec().network("home").network("outer");
  spec.host("server").eth("eth0", {.network = "home", .addresses = {"192.168.1.10/24"}});
  spec.router("r");
  spec.eth("lan", {.network = "home", .addresses = {"192.168.1.1/24"}, .zone = "inside"});
  return spec.eth("wan", wan);
}
Spec home() {
  return home({.network = "outer", .addresses = {"203.0.113.2/24"}, .zone = "outside"});
}

TEST(NatChecks, MasqueradeHasAnAddressToHideBehind) {
  expect_problems({
      {"a public one", home().masquerade("wan"), {}},
      {"a private one: two NATs in a row are legal",
       home({.network = "outer", .addresses = {"10.0.0.2/24"}}).masquerade("wan"),
       {}},
      {"none",
       home({.network = "outer"})
           .eth("x", {.network = "outer", .addresses = {"9.9.9.9/24"}})
           .masquerade("wan"),
       {"warning at `r masquerade`: r masquerades out of wan, which has no address to hide "
        "behind"}},
      {"one side only",
       Spec()
           .network("n")
           .router("r")
           .eth("e", {.network = "n", .addresses = {"10.0.0.1/24"}})
           .masquerade("e"),
       {"warning at `r masquerade`: r has NAT rules, but only one interface with an address: there "
        "is nothing to translate between"}},
      {"no side at all",
       Spec().network("n").router("r").eth("e", {.network = "n"}).masquerade("x"),
       {"warning at `r masquerade`: r has NAT rules, but no interface with an address: there is "
        "nothing to translate between"}},
  });
}

TEST(NatChecks, SomebodyAnswersForTheSourceThatIsShown) {
  expect_problems({
      {"the router's own", home().snat("wan", "203.0.113.2"), {}},
      {"nobody's",
       home().snat("wan", "203.0.113.77"),
       {"warning at `r snat`: r hides senders behind 203.0.113.77, but nobody on network 'outer' "
        "answers for that address"}},
      {"routed here by somebody else", home().snat("wan", "198.51.100.7"), {}},
  });
}

TEST(NatChecks, ForwardsLeadSomewhere) {
  expect_problems({
      {"to the server", home().forward("wan", 80, "192.168.1.10:80"), {}},
      {"to no subnet of the router",
       home().forward("wan", 80, "192.168.7.10:80"),
       {"warning at `r forward 80`: port_forward leads to 192.168.7.10, but r has no route there"}},
      {"to nobody",
       home().forward("wan", 80, "192.168.1.11:80"),
       {"warning at `r forward 80`: port_forward leads to 192.168.1.11, an address that no node "
        "has"}},
      {"to what may be leased",
       home()
           .dhcp("lan", {.first = "192.168.1.100", .last = "192.168.1.199"})
           .forward("wan", 80, "192.168.1.100:80"),
       {}},
      {"by dnat",
       home().dnat("wan", "192.168.1.11"),
       {"warning at `r dnat`: dnat leads to 192.168.1.11, an address that no node has"}},
      {"one port twice",
       home().forward("wan", 80, "192.168.1.10:80").forward("wan", 80, "192.168.1.10:8080"),
       {"warning at `r forward 80`: r forwards tcp port 80 twice: the first rule takes it all, to "
        "192.168.1.10"}},
  });
}

TEST(NatChecks, TheFirewallLetsTranslatedPacketsPass) {
  const Rule replies{.states = spec::kStateEstablished | spec::kStateRelated};
  const auto guarded = [&](const Rule& rule) {
    return home().forward("wan", 8080, "192.168.1.10:80").firewall({replies, rule});
  };
  const auto shut = [](const char* what) {
    return std::vector<std::string>{
        std::string("warning at `r forward 8080`: port_forward leads to ") + what +
        ", but no rule of r's firewall accepts that in the forward chain"};
  };
  const std::vector<std::string> closed = shut("tcp 192.168.1.10 port 80");
  expect_problems({
      {"the inside address and port",
       guarded({.from = "outside",
                .destination = "192.168.1.10",
                .protocol = Protocol::tcp,
                .port = 80}),
       {}},
      {"everything that was translated", guarded({.states = spec::kStateDnat}), {}},
      {"the outside port", guarded({.protocol = Protocol::tcp, .port = 8080}), closed},
      {"the outside address", guarded({.destination = "203.0.113.2"}), closed},
      {"another protocol", guarded({.protocol = Protocol::udp}), closed},
      {"another side", guarded({.from = "inside"}), closed},
      {"only replies", guarded(replies), closed},
      {"the input chain is not for this", guarded({.chain = spec::Chain::input}), closed},
      {"a drop is no accept", guarded({.action = spec::RuleAction::drop}), closed},
      {"to the router itself the forward chain is not asked",
       home().forward("wan", 8080, "192.168.1.1:80").firewall({replies}),
       {}},
  });
}

TEST(NatChecks, AFirewallThatForwardsNothingIsNamed) {
  expect_problems({
      {"no rule in the chain",
       home().masquerade("wan").firewall({{.chain = spec::Chain::input}}),
       {"warning at `r firewall`: r has NAT rules, but its firewall forwards nothing: the policy "
        "is "
        "not to, and no rule accepts anything in the forward chain"}},
      {"one is enough", home().masquerade("wan").firewall({{.from = "inside"}}), {}},
  });
}

}  // namespace
}  // namespace natsim::test
