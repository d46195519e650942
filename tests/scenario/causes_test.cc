// Goal: an expectation is met for the cause that it names, and for no other; and it may be about
// more than a packet's end: its addresses, its way, a lease, what passed an interface.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "tests/scenario/simulation.h"
#include "tests/scenario/topologies.h"

namespace natsim::scenario {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

/// home-nat with these expectations instead of its own: those that are not met.
std::vector<std::string> unmet(const std::string& expectations, std::string text = {}) {
  if (text.empty()) text = topology_text("home-nat");
  Simulation run("home-nat", up_to_key(text, "expect") + "expect:\n" + expectations);
  if (!run.built()) return {run.problems()};
  if (run.problems().find("error: ") != std::string::npos) return {run.problems()};
  run.run();
  return run.unmet();
}

std::string one(const std::vector<std::string>& unmet) {
  return unmet.empty() ? "met" : unmet.front();
}

TEST(Causes, ADropIsTheFiltersUnlessAnotherCauseIsNamed) {
  EXPECT_THAT(unmet("  - {from: web, to: \"203.0.113.2:22\", proto: tcp, result: dropped}\n"),
              IsEmpty());
  // A private address on the Internet is no proof of a firewall.
  const std::string leak = "  - {from: web, to: 192.168.1.10, result: dropped";
  std::string routed =
      edited(topology_text("home-nat"), "{network: internet, addresses: [203.0.113.80/24]}",
             "{network: internet, addresses: [203.0.113.80/24]}\n"
             "    routes: [{to: 192.168.0.0/16, via: 203.0.113.2}]");
  EXPECT_THAT(one(unmet(leak + "}\n", routed)), HasSubstr("private address on the internet"));
  EXPECT_THAT(unmet(leak + ", by: private_leak}\n", routed), IsEmpty());
}

TEST(Causes, AWrongGatewayFailsWithItsOwnMessage) {
  const std::string wrong =
      edited(topology_text("home-nat"), "routes: [{to: default, via: 192.168.1.1}]",
             "routes: [{to: default, via: 192.168.1.77}]");
  const std::string drop =
      "  - {from: nas, to: 192.168.2.9, proto: icmp, result: dropped, at: router, by: policy}\n";
  EXPECT_THAT(one(unmet(drop, wrong)), HasSubstr("unreachable"));
}

TEST(Causes, ALostAnswerIsNoDroppedProbe) {
  const std::string silent = edited(topology_text("home-nat"), "{name: replies,  chain: forward",
                                    "{name: replies,  chain: forward, in: [lan]");
  EXPECT_THAT(
      one(unmet("  - {from: laptop, to: \"web:80\", proto: tcp, result: dropped}\n", silent)),
      HasSubstr("the answer, on its way back"));
}

TEST(Causes, TheAddressesBehindNatAreJudged) {
  const std::string probe =
      "  - {from: laptop, to: \"web:80\", proto: tcp, result: delivered, nat: ";
  EXPECT_THAT(unmet(probe + "{src: 203.0.113.2, dst: \"203.0.113.80:80\"}}\n"), IsEmpty());
  EXPECT_THAT(one(unmet(probe + "{src: 203.0.113.9}}\n")),
              HasSubstr("found delivered at web as tcp 203.0.113.2:"));
  EXPECT_THAT(unmet("  - {from: web, to: \"203.0.113.2:8080\", proto: tcp, result: delivered, "
                    "nat: {dst: \"192.168.1.10:80\"}}\n"),
              IsEmpty());
}

TEST(Causes, TheWayIsJudged) {
  const std::string probe = "  - {from: laptop, to: web, result: delivered, via: ";
  EXPECT_THAT(unmet(probe + "router}\n"), IsEmpty());
  EXPECT_THAT(one(unmet(probe + "nas}\n")), HasSubstr("found delivered at web via router"));
  const std::string office =
      "  - {from: staff, to: \"customer:443\", proto: tcp, result: delivered, via: ";
  EXPECT_THAT(unmet(office + "[inner, outer]}\n", topology_text("office-dmz")), IsEmpty());
  EXPECT_THAT(unmet(office + "[outer, inner]}\n", topology_text("office-dmz")), testing::SizeIs(1));
  EXPECT_THAT(unmet(office + "[inner]}\n", topology_text("office-dmz")), testing::SizeIs(1));
}

TEST(Causes, ALeaseIsJudged) {
  EXPECT_THAT(unmet("  - {lease: laptop, range: 192.168.1.100-192.168.1.199}\n"), IsEmpty());
  EXPECT_THAT(unmet("  - {lease: \"laptop:eth0\", range: 192.168.1.100-192.168.1.199}\n"),
              IsEmpty());
  EXPECT_THAT(one(unmet("  - {lease: laptop, range: 192.168.1.10}\n")),
              HasSubstr("expected 192.168.1.10, found 192.168.1.1"));
  EXPECT_THAT(one(unmet("  - {lease: laptop, at: 1ms, range: 192.168.1.10}\n")),
              HasSubstr("found no address"));
}

TEST(Causes, FramesAreCounted) {
  EXPECT_THAT(unmet("  - {capture: \"router:wan\", filter: \"src net 192.168.0.0/16\", count: 0}\n"
                    "  - {capture: \"router:wan\", filter: \"icmp[0] == 8\", count: 3}\n"
                    "  - {capture: \"router:lan\", filter: icmp, at_least: 6}\n"
                    "  - {never: \"src net 192.168.0.0/16\", on: \"router:wan\"}\n"
                    "  - {never: \"udp port 67\", on: \"web:eth0\"}\n"),
              IsEmpty());
  EXPECT_THAT(one(unmet("  - {never: arp, on: \"router:wan\"}\n")),
              HasSubstr("arp at router:wan: expected no frame, found "));
  EXPECT_THAT(one(unmet("  - {capture: \"router:wan\", filter: icmp, at_most: 5}\n")),
              HasSubstr("expected 0 to 5 frames, found 6 frames, the first at 1."));
}

TEST(Causes, AFilterThatIsNoneIsAnError) {
  EXPECT_THAT(one(unmet("  - {never: \"prot 5\", on: \"router:wan\"}\n")),
              HasSubstr("error: filter 'prot 5': "));
}

TEST(Causes, ATitleStandsForTheProbe) {
  EXPECT_THAT(
      one(unmet("  - {title: The web server answers, from: laptop, to: web, result: lost}\n")),
      HasSubstr("The web server answers: expected lost, found delivered at web"));
}

}  // namespace
}  // namespace natsim::scenario
