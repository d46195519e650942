// Goal: a node that pings is told what became of it, whoever answers, and only once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/lab.h"

namespace natsim::lab {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// h 10.0.0.1 ── r 10.0.0.254, 203.0.113.1
struct Bench {
  Bench() { lab.cable(host, router); }
  Lab lab;
  IpNode& host = lab.host("h", "10.0.0.1/24", "10.0.0.254");
  IpNode& router = lab.router("r", {"10.0.0.254/24", "203.0.113.1/24"});
};

TEST(Ping, WithoutARouteItIsOverAtOnce) {
  Lab lab;
  IpNode& lonely = lab.host("lonely", "10.0.0.1/24");
  const Outcomes& outcome = lab.ping(lonely, "192.0.2.1", {.count = 2});
  lab.run(5_s);
  EXPECT_THAT(outcome.result(), HasSubstr("unreachable"));
}

TEST(Ping, ManyAtOnceAreToldApart) {
  Bench b;
  const Outcomes& near = b.lab.ping(b.host, "10.0.0.254", {.count = 3});
  const Outcomes& gone = b.lab.ping(b.host, "192.0.2.1", {.count = 3});
  const Outcomes& self = b.lab.ping(b.host, "10.0.0.1", {.count = 3});
  b.lab.run(10_s);
  EXPECT_THAT(near.reports().at(0).summary, HasSubstr("3 sent, 3 received"));
  EXPECT_THAT(gone.reports().at(0).summary, HasSubstr("3 sent, 0 received, 3 errors"));
  EXPECT_THAT(self.reports().at(0).summary, HasSubstr("3 sent, 3 received"));
}

TEST(Ping, TwoNodesMayUseTheSameIdentifier) {
  Bench b;
  // Each pings the other: requests and replies with one id and one sequence number cross.
  const Outcomes& there = b.lab.ping(b.host, "10.0.0.254", {.count = 2});
  const Outcomes& back = b.lab.ping(b.router, "10.0.0.1", {.count = 2});
  b.lab.run(10_s);
  EXPECT_THAT(there.reports().at(0).summary, HasSubstr("2 sent, 2 received, rtt"));
  EXPECT_THAT(back.reports().at(0).summary, HasSubstr("2 sent, 2 received, rtt"));
}

TEST(Ping, AnErrorAboutAReplyIsNoErrorAboutARequest) {
  Lab lab;
  FarEnd& far = lab.far("far", "10.0.0.2");
  IpNode& host = lab.host("h", "10.0.0.1/24");
  lab.cable(far, host);
  const Outcomes& own = lab.ping(host, "10.0.0.2");  // id 1, sequence 1, never answered
  lab.run(100_ms);
  const Frame reply =
      icmp({.src = "10.0.0.1", .dst = "10.0.0.2", .what = IcmpHeader::echo_reply(1, 1)});
  far.sends(0_ms, icmp({.src = "10.0.0.2",
                        .dst = "10.0.0.1",
                        .what = IcmpHeader::unreachable(IcmpUnreachable::port),
                        .payload = reply.payload()}));
  lab.run(100_ms);
  EXPECT_EQ(own.result(), "pending") << lab.story();
}

TEST(Ping, IsNotedForWhoWatches) {
  Bench b;
  b.lab.ping(b.host, "10.0.0.254");
  b.lab.run(1_s);
  EXPECT_THAT(b.lab.notes(),
              ElementsAre("h: ping: 64 bytes from 10.0.0.254: icmp_seq=1 ttl=64 time=4.000 ms",
                          "h: ping: 1 sent, 1 received, rtt min/avg/max = 4.000/4.000/4.000 ms"));
}

TEST(Ping, TellsWhatBecameOfIt) {
  Bench b;
  const auto outcome_of = [&](std::string_view to) {
    const Outcomes& outcome = b.lab.ping(b.host, to);
    b.lab.run(20_s);
    return outcome.result();
  };
  EXPECT_EQ(outcome_of("10.0.0.254"), "answered");
  EXPECT_EQ(outcome_of("203.0.113.1"), "answered");
  EXPECT_EQ(outcome_of("10.0.0.1"), "answered") << "itself";
  EXPECT_EQ(outcome_of("10.0.0.77"), "unreachable: host unreachable (3/1) from 10.0.0.1");
  EXPECT_EQ(outcome_of("192.0.2.1"), "unreachable: net unreachable (3/0) from 10.0.0.254");
  EXPECT_EQ(outcome_of("10.0.0.255"), "timed_out") << "a broadcast";
}

}  // namespace
}  // namespace natsim::lab
