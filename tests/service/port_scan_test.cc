// Goal: a port scan asks every port, asks the silent ones again, keeps to its pace and its limits,
// and calls what it finds by nmap's names.
#include <gtest/gtest.h>

#include <numeric>

#include "sim/service/port_scan.h"

namespace natsim {
namespace {

const Ipv4Address kTarget = *Ipv4Address::parse("10.0.9.9");
const Ipv4Address kFirewall = *Ipv4Address::parse("10.0.1.1");
Instant at_ms(std::int64_t ms) { return Instant() + Duration::milliseconds(ms); }

std::vector<std::uint16_t> due(PortScan& scan, Instant now) {
  std::vector<std::uint16_t> ports;
  while (const auto next = scan.on_deadline(now)) ports.push_back(next->port);
  return ports;
}

/// A scan that is as fast as it may be.
ScanOptions fast(ScanMethod method = ScanMethod::syn) {
  ScanOptions options;
  options.method = method;
  options.interval = Duration();
  return options;
}

TEST(PortScan, SilentPortsAreAskedAgain) {
  PortScan scan(kTarget, fast(), {22, 80}, at_ms(0));
  EXPECT_EQ(due(scan, at_ms(0)), (std::vector<std::uint16_t>{22, 80}));
  scan.on_found(80, PortState::open, PortReason::syn_ack, at_ms(5));
  EXPECT_EQ(scan.next_deadline(), at_ms(1000));
  EXPECT_EQ(due(scan, at_ms(1000)), (std::vector<std::uint16_t>{22}));
  EXPECT_FALSE(scan.done());
  EXPECT_EQ(due(scan, at_ms(2000)), (std::vector<std::uint16_t>{}));
  ASSERT_TRUE(scan.done());
  EXPECT_EQ(scan.result().ports,
            (std::vector<PortFinding>{{22, PortState::filtered, PortReason::no_response},
                                      {80, PortState::open, PortReason::syn_ack}}));
  EXPECT_EQ(scan.result().probes, 3u);
  EXPECT_EQ(*scan.result().latency, Duration::milliseconds(5));
}

TEST(PortScan, KeepsItsPace) {
  ScanOptions options;
  options.interval = Duration::milliseconds(10);
  PortScan scan(kTarget, options, {1, 2, 3}, at_ms(0));
  EXPECT_EQ(due(scan, at_ms(0)).size(), 1u);
  EXPECT_EQ(scan.next_deadline(), at_ms(10));
  EXPECT_EQ(due(scan, at_ms(9)).size(), 0u);
  EXPECT_EQ(due(scan, at_ms(10)).size(), 1u);
}

TEST(PortScan, OnlySoManyWaitAtOnce) {
  ScanOptions options = fast();
  options.parallel = 2;
  PortScan scan(kTarget, options, {1, 2, 3}, at_ms(0));
  EXPECT_EQ(due(scan, at_ms(0)), (std::vector<std::uint16_t>{1, 2}));
  scan.on_found(1, PortState::closed, PortReason::reset, at_ms(1));
  EXPECT_EQ(due(scan, at_ms(1)), (std::vector<std::uint16_t>{3}));
}

// The first answer counts; one to a probe that was given up is good too.
TEST(PortScan, ALateAnswerCounts) {
  PortScan scan(kTarget, fast(), {22}, at_ms(0));
  due(scan, at_ms(0));
  due(scan, at_ms(1000));
  scan.on_found(22, PortState::closed, PortReason::reset, at_ms(1001));
  scan.on_found(22, PortState::open, PortReason::syn_ack, at_ms(1002));
  ASSERT_TRUE(scan.done());
  EXPECT_EQ(scan.result().ports[0].state, PortState::closed);
  scan.on_found(23, PortState::open, PortReason::syn_ack, at_ms(1003));  // was not asked for
}

// As nmap 7.93 says of the same errors, in tests/kernel too.
TEST(PortScan, ErrorsAreJudgedAsNmapDoes) {
  struct Case {
    ScanMethod method;
    IcmpError error;
    PortState state;
    PortReason reason;
  };
  const Case cases[] = {
      {ScanMethod::syn, {IpAddress(kTarget), 3, 3}, PortState::filtered, PortReason::port_unreach},
      {ScanMethod::udp, {IpAddress(kTarget), 3, 3}, PortState::closed, PortReason::port_unreach},
      {ScanMethod::udp,
       {IpAddress(kFirewall), 3, 3},
       PortState::filtered,
       PortReason::port_unreach},
      {ScanMethod::udp,
       {IpAddress(kFirewall), 3, 13},
       PortState::filtered,
       PortReason::admin_prohibited},
      {ScanMethod::syn,
       {IpAddress(kFirewall), 3, 1},
       PortState::filtered,
       PortReason::host_unreach},
      {ScanMethod::syn,
       {IpAddress(kFirewall), 11, 0},
       PortState::filtered,
       PortReason::time_exceeded},
  };
  for (const Case& each : cases) {
    PortScan scan(kTarget, fast(each.method), {53}, at_ms(0));
    due(scan, at_ms(0));
    scan.on_error(53, each.error, at_ms(1));
    ASSERT_TRUE(scan.done()) << to_string(each.reason);
    EXPECT_EQ(scan.result().ports[0], (PortFinding{53, each.state, each.reason}));
  }
}

TEST(PortScan, ADatagramThatNobodyAnswersIsOpenOrFiltered) {
  ScanOptions options = fast(ScanMethod::udp);
  options.retries = 0;
  PortScan scan(kTarget, options, {53}, at_ms(0));
  due(scan, at_ms(0));
  due(scan, at_ms(1000));
  ASSERT_TRUE(scan.done());
  EXPECT_STREQ(to_string(scan.result().ports[0].state), "open|filtered");
}

TEST(PortScan, EveryPortOnce) {
  std::vector<std::uint16_t> ports(65'536);
  std::iota(ports.begin(), ports.end(), std::uint16_t(0));
  PortScan scan(kTarget, fast(), ports, at_ms(0));
  Instant now = at_ms(0);
  std::size_t sent = 0;
  for (; !scan.done(); now = scan.next_deadline()) {
    ASSERT_NE(now, Instant::never());
    for (const std::uint16_t port : due(scan, now)) {
      ++sent;
      if (port % 2 == 0) scan.on_found(port, PortState::closed, PortReason::reset, now);
    }
    if (scan.done()) break;
  }
  EXPECT_EQ(sent, 65'536u + 32'768u);
  EXPECT_EQ(scan.result().count(PortState::filtered), 32'768u);
}

}  // namespace
}  // namespace natsim
