// Goal: initial sequence numbers and timestamps begin as RFC 6528 and RFC 7323 5.4 say.
#include "sim/transport/tcp_numbers.h"

#include <gtest/gtest.h>

#include "sim/transport/tcp_sockets.h"

namespace natsim {
namespace {

const IpAddress kClient = Ipv4Address::of(192, 168, 1, 100);
const IpAddress kServer = Ipv4Address::of(203, 0, 113, 80);

Tuple from_port(std::uint16_t port) { return {{kClient, port}, {kServer, 80}, Protocol::tcp}; }
Instant at(std::int64_t us) { return Instant() + Duration::microseconds(us); }

TEST(TcpNumbers, TCP_43_OfOnePairOfEndpointsTheyFollowTheClock) {
  const TcpNumbers numbers(1);
  const Seq first = numbers.initial(from_port(40000), {});
  EXPECT_EQ(numbers.initial(from_port(40000), {}), first) << "reproducible";
  EXPECT_EQ(numbers.initial(from_port(40000), at(64)) - first, 1000) << "a tick is 64 ns";
  EXPECT_EQ(numbers.initial(from_port(40000), at(64'000'000)) - first, 1'000'000'000);
}

TEST(TcpNumbers, TCP_43_AnotherPairOrSecretTellsNothingAboutThem) {
  const TcpNumbers numbers(1), others(2);
  const Seq first = numbers.initial(from_port(40000), {});
  for (const Seq other :
       {numbers.initial(from_port(40001), {}), numbers.initial(from_port(40002), {}),
        others.initial(from_port(40000), {})}) {
    const std::int32_t apart = other - first;
    EXPECT_GT(std::abs(std::int64_t{apart}), 1'000'000);
  }
}

TEST(TcpNumbers, ConnectionsOfTwoHostsShareTheClock) {
  const TcpNumbers numbers(1);
  EXPECT_EQ(numbers.clock_offset(from_port(40000)), numbers.clock_offset(from_port(40001)));
  EXPECT_NE(numbers.clock_offset(from_port(40000)), TcpNumbers(2).clock_offset(from_port(40000)));
}

// What the clock is for: the same ports again while the other end is still in TIME_WAIT.
TEST(TcpNumbers, TCP_27_43_TheSamePortsAgainFindTimeWaitBehindThem) {
  const TcpSettings settings;
  TcpSockets client(settings, Prng(1)), server(settings, Prng(2));
  server.listen(80, {}, TcpProgram::stream);
  TcpOutbox out;
  const auto exchange = [&](Instant now) {
    while (!out.segments.empty()) {
      const TcpOutbox sent = std::exchange(out, {});
      for (const TcpSegmentOut& segment : sent.segments) {
        TcpSockets& to = segment.destination == kServer ? server : client;
        EXPECT_TRUE(
            to.on_segment({segment.source, segment.destination, segment.header, {}, {}}, now, out));
      }
    }
  };
  const Tuple served{{kServer, 80}, {kClient, 40000}, Protocol::tcp};
  for (const std::int64_t second : {0, 1, 2}) {
    const Instant now = at(second * 1'000'000);
    ASSERT_TRUE(client.connect({kClient, 40000}, {kServer, 80}, now, out, TcpProgram::accept))
        << second;
    exchange(now);
    ASSERT_EQ(server.state(served), TcpState::established) << second;
    server.with(served, [&](TcpConnection& connection) { connection.close(now, out); });
    exchange(now);
    ASSERT_EQ(server.state(served), TcpState::time_wait) << second;
  }
}

}  // namespace
}  // namespace natsim
