// Ping's bookkeeping: when requests go out, which replies count, and what the summary says.
#include "sim/service/ping.h"

#include <gtest/gtest.h>

#include <cstring>

namespace natsim {
namespace {

const IpAddress kTarget = Ipv4Address::of(203, 0, 113, 80);
const IpAddress kRouter = Ipv4Address::of(192, 168, 1, 1);
constexpr std::uint16_t kId = 0x1234;

Instant at(Duration since_start) { return Instant{} + since_start; }

PingOptions three_pings() {
  PingOptions options;
  options.destination = kTarget;
  options.id = kId;
  options.count = 3;
  return options;
}

TEST(Ping, SendsAtItsPaceAndEndsWithTheLastReply) {
  Ping ping(three_pings(), at(1_s));
  for (int i = 1; i <= 3; ++i) {
    const Instant due = at(Duration::seconds(i));
    EXPECT_FALSE(ping.done());
    EXPECT_EQ(ping.next_deadline(), due);
    EXPECT_FALSE(ping.on_deadline(due - 1_ns));
    const auto request = ping.on_deadline(due);
    ASSERT_TRUE(request);
    EXPECT_EQ(request->destination, kTarget);
    EXPECT_EQ(request->id, kId);
    EXPECT_EQ(request->sequence, i);
    EXPECT_FALSE(ping.on_deadline(due));
    EXPECT_EQ(ping.on_reply(kId, std::uint16_t(i), due + Duration::milliseconds(10 * i)),
              PingMatch::matched);
    EXPECT_EQ(ping.last_rtt(), Duration::milliseconds(10 * i));
  }
  EXPECT_TRUE(ping.done());
  EXPECT_EQ(ping.next_deadline(), Instant::never());
  EXPECT_EQ(ping.outcome(), ProbeOutcome{ProbeResult::answered});
  EXPECT_EQ(ping.summary(), "3 sent, 3 received, rtt min/avg/max = 10.000/20.000/30.000 ms");
}

TEST(Ping, DataIsThatOfIputils) {
  PingOptions options = three_pings();
  options.epoch_s = 1'767'225'600;
  Ping ping(options, at(1'500_ms));
  const Bytes data = ping.on_deadline(at(1'500_ms))->payload;
  ASSERT_EQ(data.size(), 56u);
  std::int64_t time[2];
  std::memcpy(time, data.data(), sizeof time);
  EXPECT_EQ(time[0], 1'767'225'601);
  EXPECT_EQ(time[1], 500'000);
  EXPECT_EQ(data[16], 0x10);
  EXPECT_EQ(data[55], 0x37);

  options.size = 8;  // no room for the time
  Ping small(options, {});
  EXPECT_EQ(small.on_deadline({})->payload, (Bytes{0, 1, 2, 3, 4, 5, 6, 7}));
}

TEST(Ping, SilenceTimesOutEachRequestAlone) {
  PingOptions options = three_pings();
  options.timeout = 2_s;
  Ping ping(options, {});
  ping.on_deadline({});
  ping.on_deadline(at(1_s));
  EXPECT_EQ(ping.on_reply(kId, 2, at(1'100_ms)), PingMatch::matched);
  EXPECT_TRUE(ping.on_deadline(at(2_s)));  // The first times out as the third leaves.
  EXPECT_EQ(ping.on_reply(kId, 1, at(2'100_ms)), PingMatch::unknown);
  EXPECT_EQ(ping.next_deadline(), at(3_s));
  EXPECT_FALSE(ping.on_deadline(at(4_s)));
  EXPECT_TRUE(ping.done());
  EXPECT_EQ(ping.summary(), "3 sent, 1 received, rtt min/avg/max = 100.000/100.000/100.000 ms");
}

TEST(Ping, NoReplyAtAllIsATimeout) {
  PingOptions options = three_pings();
  options.count = 1;
  Ping ping(options, {});
  ping.on_deadline({});
  EXPECT_EQ(ping.outcome(), ProbeOutcome{});
  ping.on_deadline(at(10_s));
  EXPECT_EQ(ping.outcome(), ProbeOutcome{ProbeResult::timed_out});
  EXPECT_EQ(ping.summary(), "1 sent, 0 received, timed_out");
}

TEST(Ping, ARedirectIsNoFailure) {
  PingOptions options = three_pings();
  options.count = 1;
  Ping ping(options, {});
  ping.on_deadline(at(1_ms));
  EXPECT_EQ(ping.on_error(kId, 1, {kRouter, 5, 1}), PingMatch::unknown);
  EXPECT_EQ(ping.on_reply(kId, 1, at(2_ms)), PingMatch::matched);
  EXPECT_EQ(ping.outcome(), ProbeOutcome{ProbeResult::answered});
}

TEST(Ping, ForeignAndRepeatedRepliesAreToldApart) {
  Ping ping(three_pings(), {});
  EXPECT_EQ(ping.on_reply(kId, 1, {}), PingMatch::unknown);  // not sent yet
  ping.on_deadline({});
  EXPECT_EQ(ping.on_reply(kId + 1, 1, at(1_ms)), PingMatch::unknown);
  EXPECT_EQ(ping.on_reply(kId, 2, at(1_ms)), PingMatch::unknown);
  EXPECT_EQ(ping.on_reply(kId, 0, at(1_ms)), PingMatch::unknown);
  EXPECT_EQ(ping.on_reply(kId, 1, at(1_ms)), PingMatch::matched);
  EXPECT_EQ(ping.on_reply(kId, 1, at(2_ms)), PingMatch::duplicate);
  EXPECT_EQ(ping.duplicates(), 1u);
  EXPECT_EQ(ping.received(), 1u);
}

TEST(Ping, IcmpErrorEndsItsRequest) {
  Ping ping(three_pings(), {});
  const IcmpError prohibited{kRouter, 3, 13};
  for (int i = 1; i <= 3; ++i) {
    ping.on_deadline(at(Duration::seconds(i)));
    EXPECT_EQ(ping.on_error(kId, std::uint16_t(i), prohibited), PingMatch::matched);
    EXPECT_EQ(ping.on_error(kId, std::uint16_t(i), prohibited), PingMatch::duplicate);
  }
  EXPECT_TRUE(ping.done());
  const ProbeOutcome unreachable{ProbeResult::unreachable, prohibited};
  EXPECT_EQ(ping.outcome(), unreachable);
  EXPECT_EQ(ping.errors(), 3u);
  EXPECT_EQ(ping.summary().find("3 sent, 0 received, 3 errors, unreachable: "), 0u)
      << ping.summary();
}

TEST(Ping, SequenceNumbersWrap) {
  PingOptions options = three_pings();
  options.count = 70'000;
  options.interval = 1_ms;
  Ping ping(options, {});
  for (std::uint32_t i = 1; i <= options.count; ++i) {
    const auto request = ping.on_deadline(ping.next_deadline());
    ASSERT_TRUE(request);
    ASSERT_EQ(request->sequence, std::uint16_t(i));
    ASSERT_EQ(ping.on_reply(kId, request->sequence, at(Duration::milliseconds(i))),
              PingMatch::matched);
  }
  EXPECT_TRUE(ping.done());
  EXPECT_EQ(ping.received(), 70'000u);
  EXPECT_EQ(ping.duplicates(), 0u);
}

}  // namespace
}  // namespace natsim
