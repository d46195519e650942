// Goal: a run is its description and its seed, nothing else: not who watches, not what else lives
// in the process, not how often it was stopped on the way. Method: a network with every source of
// chance, far ends that hear what it says, to the octet and the nanosecond.
#include <gtest/gtest.h>

#include "sim/service/dhcp_server.h"
#include "sim/service/udp_echo.h"
#include "tests/support/lab.h"

namespace natsim::lab {
namespace {

/// Hosts on a switch with spoilt cables behind a router, far ends on both sides: ephemeral ports,
/// initial sequence numbers, ARP timers, loss, jitter, reordering, DHCP's random numbers.
class Town {
 public:
  explicit Town(LabOptions options) : lab_(options) {
    FarEnd& street = lab_.far("street");  // hears what the switch floods
    FarEnd& outside = lab_.far("outside", "203.0.113.10");
    ends_ = {&street, &outside};
    Switch& bridge = lab_.bridge("sw");
    IpNode& router = lab_.router("r", {"10.0.0.1/24", {"203.0.113.1/24", {.mtu = 1300}}});
    lab_.cable(street, bridge);
    lab_.cable(bridge, router, {.delay = 1_ms, .bandwidth_bps = 10'000'000, .jitter = 300_us});
    lab_.cable(router, outside,
               {.delay = 5_ms, .loss = {1, 10}, .duplicate = {1, 10}, .reorder = {1, 10}});
    serve_dhcp(router);
    for (const char* name : {"a", "b", "c"}) add_host(name, bridge);
    outside.sends(100_ms, udp({.src = "203.0.113.10:9", .dst = "10.0.0.77:9"}));  // nobody's
    outside.sends(200_ms, ping({.src = "203.0.113.10", .dst = "10.0.0.1"}));
  }

  /// Lets the hosts talk for ten seconds, in steps of `step`.
  void run(Duration step) {
    start();
    for (const Instant end = lab_.now() + 10_s; lab_.now() < end;)
      lab_.run(std::min(step, end - lab_.now()));
  }
  /// Everything that anybody heard.
  std::vector<Sighting> heard() const {
    std::vector<Sighting> all;
    for (const FarEnd* end : ends_) all.insert(all.end(), end->heard().begin(), end->heard().end());
    return all;
  }
  std::uint64_t events() { return lab_.network().lane().simulator.events_run(); }
  std::vector<std::uint64_t> octets_sent() const {
    std::vector<std::uint64_t> octets;
    for (IpNode* host : hosts_) octets.push_back(host->port(IfIndex{0}).sent().bytes);
    return octets;
  }
  std::vector<std::string> results() const {
    std::vector<std::string> texts;
    for (const Outcomes* outcome : outcomes_)
      for (const ProbeReport& report : outcome->reports())
        texts.push_back(to_string(report.when) + " " + report.summary);
    return texts;
  }

 private:
  void serve_dhcp(IpNode& router) {
    DhcpPoolOptions pool;
    pool.subnet = prefix("10.0.0.0/24");
    pool.first = ip("10.0.0.100");
    pool.last = ip("10.0.0.200");
    pool.router = ip("10.0.0.1");
    router.sockets().serve_udp(
        {.port = 67, .interface = IfIndex{0}},
        std::make_unique<DhcpServer>(DhcpServerOptions{IfIndex{0}, ip("10.0.0.1"), {pool}, false}));
  }
  void add_host(const std::string& name, Switch& bridge) {
    IpNode& host = lab_.host(name, "");
    lab_.cable(host, bridge, {.delay = 2_ms, .jitter = 1_ms, .loss = {1, 50}, .corrupt = {1, 50}});
    host.sockets().serve_udp({.port = 7}, std::make_unique<UdpEcho>());
    host.sockets().listen_tcp(80);
    host.start_dhcp_client(IfIndex{0});
    hosts_.push_back(&host);
  }
  void start() {
    lab_.run(5_s);  // leases
    for (IpNode* host : hosts_) {
      for (const char* to : {"203.0.113.10", "10.0.0.1", "10.0.0.99"})
        outcomes_.push_back(&lab_.ping(*host, to, {.count = 3}));
      outcomes_.push_back(&lab_.send_udp(
          *host, "203.0.113.10:7",
          {.payload = counting(1400), .count = 50, .interval = 7_ms, .timeout = 1_s}));
      outcomes_.push_back(&lab_.connect(*host, "203.0.113.10:80"));
      outcomes_.push_back(&lab_.connect(*host, "10.0.0.1:80"));
    }
  }

  Lab lab_;
  std::vector<FarEnd*> ends_;
  std::vector<IpNode*> hosts_;
  std::vector<const Outcomes*> outcomes_;
};

/// What there is to compare of a run.
struct Recorded {
  explicit Recorded(LabOptions options, Duration step = 10_s) {
    Town town(options);
    town.run(step);
    heard = town.heard();
    octets = town.octets_sent();
    results = town.results();
    events = town.events();
  }
  std::vector<Sighting> heard;
  std::vector<std::uint64_t> octets;
  std::vector<std::string> results;
  std::uint64_t events;
};

void expect_same(const Recorded& one, const Recorded& other) {
  ASSERT_EQ(one.heard.size(), other.heard.size());
  for (std::size_t i = 0; i < one.heard.size(); ++i)
    ASSERT_EQ(one.heard[i], other.heard[i]) << "frame " << i;
  EXPECT_EQ(one.octets, other.octets);
  EXPECT_EQ(one.results, other.results);
  EXPECT_EQ(one.events, other.events);
}

TEST(Determinism, TheTownTalks) {
  const Recorded run({});
  EXPECT_GT(run.heard.size(), 100u);
  EXPECT_GE(run.results.size(), 12u);
}

TEST(Determinism, TwoRunsInOneProcessAreTheSame) { expect_same(Recorded({}), Recorded({})); }

TEST(Determinism, ObservingChangesNothing) {
  expect_same(Recorded({.observed = true}), Recorded({.observed = false}));
}

TEST(Determinism, StoppingOnTheWayChangesNothing) {
  expect_same(Recorded({}, 10_s), Recorded({}, 1'234'567_ns));
}

TEST(Determinism, AnotherSeedIsAnotherRun) {
  EXPECT_NE(Recorded({.seed = 1}).heard, Recorded({.seed = 2}).heard);
}

TEST(Determinism, TwoNetworksSideBySideDoNotMeet) {
  const Recorded alone({.seed = 5});
  Town one({.seed = 5}), other({.seed = 6});
  one.run(10_s);
  other.run(10_s);
  EXPECT_EQ(one.heard(), alone.heard);
}

TEST(Determinism, AddingAHostMovesNobodysDice) {
  // Loss is drawn from a stream of the cable's own name; so are ports and sequence numbers.
  const auto talk = [](bool with_another) {
    Lab lab;
    IpNode& a = lab.host("a", "10.0.0.2/24");
    FarEnd& far = lab.far("far", "10.0.0.3");
    lab.cable(a, far, {.delay = 1_ms, .loss = {1, 3}});
    if (with_another) {
      IpNode& b = lab.host("b", "10.0.1.2/24");
      FarEnd& other = lab.far("other", "10.0.1.3");
      lab.cable(b, other, {.delay = 1_ms, .loss = {1, 3}});
      lab.send_udp(b, "10.0.1.3:9", {.count = 100});
    }
    lab.send_udp(a, "10.0.0.3:9", {.count = 100});
    lab.connect(a, "10.0.0.3:80");
    lab.run(10_s);
    return far.heard();
  };
  EXPECT_EQ(talk(false), talk(true));
}

}  // namespace
}  // namespace natsim::lab
