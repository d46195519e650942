// Goal: what is sent, how much of it and when, follows RFC 5681, 6298, 6582 and 6675. Method: a
// scripted peer that acknowledges what a row says it got.
#include <gtest/gtest.h>

#include "tests/transport/script.h"

namespace natsim {
namespace {

TcpSettings reno() {
  TcpSettings settings;
  settings.congestion = CongestionAlgorithm::reno;
  return settings;
}

/// Open, with ten segments of 1000 octets under way and as much again waiting.
Script ten_under_way(bool sack, TcpSettings settings = reno()) {
  Script tcp({.settings = settings, .sack = sack});
  tcp.write(60'000);
  EXPECT_EQ(tcp.sent(),
            "0:1000 1000:2000 2000:3000 3000:4000 4000:5000 5000:6000 6000:7000 7000:8000 "
            "8000:9000 9000:10000");
  return tcp;
}

TEST(TcpWindow, TCP_17_18_TenSegmentsAndOneMoreForEachAck) {
  Script tcp = ten_under_way(true);
  EXPECT_EQ(tcp.congestion().window(), 10'000u);
  tcp.peer(200, {.ack = 2000});  // Of two segments, and yet one more: RFC 5681's min(N, SMSS).
  EXPECT_EQ(tcp.congestion().window(), 11'000u);
  EXPECT_EQ(tcp.sent(), "10000:11000 11000:12000 12000:13000");
}

TEST(TcpWindow, TCP_08_09_SegmentsKeepToTheSmallerOfMssAndPath) {
  Script without({.mss = 536});
  without.write(600);
  EXPECT_EQ(without.sent(), "0:536 536:600P");
  Script with_clock({.mss = 1460, .timestamps = true});
  with_clock.write(1448);
  EXPECT_EQ(with_clock.sent(), "0:1448P") << "the option takes twelve octets of each";
}

TEST(TcpWindow, ThePeersWindowHoldsUsBack) {
  Script tcp({.window = 2500});
  tcp.write(9000);
  EXPECT_EQ(tcp.sent(), "0:1000 1000:2000") << "500 more would be silly";
  tcp.peer(200, {.ack = 2000, .window = 3000});
  EXPECT_EQ(tcp.sent(), "2000:3000 3000:4000 4000:5000");
}

TEST(TcpWindow, TCP_44_WindowsOfSynsAreNotScaled) {
  Script tcp({.window_scale = true, .window = 3000});
  tcp.write(9000);
  EXPECT_EQ(tcp.sent(), "0:1000 1000:2000 2000:3000");
  tcp.peer(200, {.ack = 3000, .window = 12});  // 12 * 2^8
  EXPECT_EQ(tcp.sent(), "3000:4000 4000:5000 5000:6000");
}

TEST(TcpNagle, OneSmallSegmentIsUnderWay) {
  Script tcp;
  tcp.write(10);
  tcp.write(10);
  tcp.write(10);
  EXPECT_EQ(tcp.sent(), "0:10P");
  tcp.peer(200, {.ack = 10});
  EXPECT_EQ(tcp.sent(), "10:30P");
  tcp.close();
  EXPECT_EQ(tcp.sent(), "F30");
  TcpSettings settings;
  settings.no_delay = true;
  Script hasty({.settings = settings});
  hasty.write(10);
  hasty.write(10);
  EXPECT_EQ(hasty.sent(), "0:10P 10:20P");
}

TEST(TcpRetransmission, TCP_13_14_20_ATimeoutSendsOneSegmentAndBacksOff) {
  Script tcp = ten_under_way(true);
  EXPECT_EQ(tcp.fire(), 400) << "R = 0.1 s, so RTO = 0.3 s";
  EXPECT_EQ(tcp.sent(), "0:1000");
  EXPECT_EQ(tcp.congestion().window(), 1000u);
  EXPECT_EQ(tcp.congestion().threshold(), 5000u);
  for (const std::int64_t ms : {1000, 2200, 4600}) {
    EXPECT_EQ(tcp.fire(), ms);
    EXPECT_EQ(tcp.sent(), "0:1000");
  }
  EXPECT_EQ(tcp.congestion().threshold(), 5000u) << "once, for the same octets";
  tcp.peer(4700, {.ack = 10'000});  // All of it had arrived.
  EXPECT_EQ(tcp.sent(), "10000:11000 11000:12000");
  EXPECT_EQ(tcp.fire(), 5000) << "restored by the ACK";
}

TEST(TcpRetransmission, TCP_20_AfterATimeoutTheRestFollowsInSlowStart) {
  for (const bool sack : {false, true}) {
    Script tcp = ten_under_way(sack);
    tcp.fire();
    EXPECT_EQ(tcp.sent(), "0:1000");
    tcp.peer(500, {.ack = 1000});
    EXPECT_EQ(tcp.sent(), "1000:2000 2000:3000");
    tcp.peer(600, {.ack = 3000});
    EXPECT_EQ(tcp.sent(), "3000:4000 4000:5000 5000:6000");
  }
}

TEST(TcpRetransmission, TCP_15_KarnTakesNoSampleFromWhatWasSentTwice) {
  Script tcp;
  tcp.write(500);
  tcp.sent();
  EXPECT_EQ(tcp.fire(), 400);
  tcp.peer(450, {.ack = 500});  // 50 ms after the second, 350 ms after the first
  tcp.write(500);
  EXPECT_EQ(tcp.fire(), 750) << "still 0.3 s";
}

TEST(TcpRetransmission, TCP_15_TimestampsTellWhichOneWasAnswered) {
  Script tcp({.timestamps = true});
  tcp.write(500);
  const std::uint32_t first = tcp.last().options.timestamps->value;
  tcp.sent();
  EXPECT_EQ(tcp.fire(), 400);
  tcp.sent();
  // The first one's clock comes back: the round trip was 1.1 s.
  tcp.peer(1200, {.ack = 500, .clock = TcpTimestamps{78, first}});
  tcp.write(500);
  EXPECT_GT(tcp.fire(), 1200 + 700) << "SRTT 225 ms, RTTVAR 287.5 ms";
}

TEST(TcpRetransmission, TCP_16_DataIsGivenUpAfter15Retries) {
  Script tcp;
  tcp.write(100);
  std::int64_t last = 0;
  for (int i = 0; i < 15; ++i) last = tcp.fire();
  EXPECT_EQ(tcp.events(), "");
  EXPECT_GT(tcp.fire(), last);
  EXPECT_EQ(tcp.events(), "timed_out");
  EXPECT_EQ(tcp.state(), TcpState::closed);
  EXPECT_GT(last, 100'000) << "R2 is 100 s at least";
}

TEST(TcpFastRetransmit, TCP_19_22_ThreeDuplicatesWithoutSack) {
  Script tcp = ten_under_way(false);
  tcp.peer(200, {.ack = 0});
  EXPECT_EQ(tcp.sent(), "10000:11000") << "limited transmit";
  tcp.peer(201, {.ack = 0});
  EXPECT_EQ(tcp.sent(), "11000:12000");
  tcp.peer(202, {.ack = 0});
  EXPECT_EQ(tcp.sent(), "0:1000");
  EXPECT_EQ(tcp.congestion().threshold(), 5000u) << "half of the ten that the window allowed";
  // Each further duplicate says that another one has left: with threshold + 3 for the first three,
  // the window opens when six of those twelve are gone.
  for (int i = 0; i < 3; ++i) tcp.peer(203, {.ack = 0});
  EXPECT_EQ(tcp.sent(), "");
  tcp.peer(204, {.ack = 0});
  tcp.peer(205, {.ack = 0});
  EXPECT_EQ(tcp.sent(), "12000:13000");
  tcp.peer(300, {.ack = 12'000});  // All that was under way when it began.
  EXPECT_EQ(tcp.congestion().window(), 2000u) << "no burst: RFC 6582 3.2 (3)";
}

TEST(TcpFastRetransmit, TCP_21_APartialAckUncoversTheNextHole) {
  Script tcp = ten_under_way(false);
  for (int i = 0; i < 3; ++i) tcp.peer(200 + i, {.ack = 0});
  tcp.sent();
  tcp.peer(300, {.ack = 4000});
  EXPECT_EQ(tcp.sent().substr(0, 9), "4000:5000");
  EXPECT_TRUE(tcp.tcp().sender().recovering());
  tcp.peer(400, {.ack = 12'000});
  EXPECT_FALSE(tcp.tcp().sender().recovering());
}

TEST(TcpFastRetransmit, TCP_19_TheScoreboardTellsWhatIsLost) {
  Script tcp = ten_under_way(true);
  // Segments 0 and 4 are lost.
  tcp.peer(200, {.ack = 0, .sack = {{1000, 2000}}});
  tcp.peer(201, {.ack = 0, .sack = {{1000, 3000}}});
  EXPECT_EQ(tcp.sent(), "10000:11000 11000:12000") << "limited transmit";
  tcp.peer(202, {.ack = 0, .sack = {{1000, 4000}}});
  EXPECT_EQ(tcp.sent(), "0:1000");
  EXPECT_EQ(tcp.congestion().window(), 5000u);
  tcp.peer(203, {.ack = 0, .sack = {{5000, 6000}, {1000, 4000}}});
  tcp.peer(204, {.ack = 0, .sack = {{5000, 7000}, {1000, 4000}}});
  EXPECT_EQ(tcp.sent(), "");
  tcp.peer(205, {.ack = 0, .sack = {{5000, 8000}, {1000, 4000}}});
  tcp.peer(206, {.ack = 0, .sack = {{5000, 9000}, {1000, 4000}}});
  EXPECT_EQ(tcp.sent(), "4000:5000") << "three beyond it have arrived";
  tcp.peer(300, {.ack = 4000, .sack = {{5000, 12000}}});
  tcp.peer(306, {.ack = 12'000});
  EXPECT_FALSE(tcp.tcp().sender().recovering());
}

TEST(TcpFastRetransmit, ADuplicateOfWhatTheTimeoutRepeatedSaysNothing) {
  Script tcp = ten_under_way(false);
  tcp.fire();
  tcp.sent();
  tcp.peer(500, {.ack = 10'000});
  tcp.sent();
  for (int i = 0; i < 5; ++i) tcp.peer(501 + i, {.ack = 10'000});
  EXPECT_EQ(tcp.sent().find("10000:11000"), std::string::npos);
}

TEST(TcpPathMtu, TCP_41_WhatWasTooLongGoesAgainInSmallerPieces) {
  Script tcp({.settings = reno(), .mss = 1460});
  tcp.write(2920);
  EXPECT_EQ(tcp.sent(), "0:1460 1460:2920P");
  TcpOutbox out;
  tcp.tcp().on_path_mtu(tcp.isn() + 1, 1300, Instant::from_ns(110'000'000), out);
  ASSERT_EQ(out.segments.size(), 3u);
  EXPECT_EQ(out.segments[0].payload_octets, 1260u);
  EXPECT_EQ(out.segments[2].payload_octets, 400u);
  EXPECT_EQ(tcp.congestion().window(), 14'600u) << "no congestion";
  out.clear();
  tcp.tcp().on_path_mtu(tcp.isn() + 1 + 50'000, 600, Instant::from_ns(120'000'000), out);
  EXPECT_TRUE(out.segments.empty()) << "about a segment that is not under way: not believed";
}

TEST(TcpZeroWindow, TCP_38_ProbesBackOffAndGoOnWhileTheyAreAnswered) {
  Script tcp({.window = 1000});
  tcp.write(2000);
  EXPECT_EQ(tcp.sent(), "0:1000");
  tcp.peer(200, {.ack = 1000, .window = 0});
  EXPECT_EQ(tcp.sent(), "");
  std::int64_t before = 200, gap = 0;
  for (int i = 0; i < 40; ++i) {
    const std::int64_t at = tcp.fire();
    EXPECT_EQ(tcp.sent(), "1000:1001") << i;
    EXPECT_GE(at - before, std::min<std::int64_t>(gap, 120'000));
    gap = at - before;
    before = at;
    tcp.peer(at, {.ack = 1000, .window = 0});
  }
  EXPECT_EQ(gap, 120'000);
  EXPECT_EQ(tcp.events(), "");
  tcp.peer(before + 1, {.ack = 1000, .window = 5000});
  EXPECT_EQ(tcp.sent(), "1000:2000P");
}

TEST(TcpKeepAlive, TCP_42_OffUntilAskedForThenNineProbes) {
  Script plain;
  EXPECT_EQ(plain.fire(), -1) << "nothing to wait for";
  TcpSettings settings;
  settings.keep_alive = true;
  Script tcp({.settings = settings});
  EXPECT_EQ(tcp.fire(), 7'200'100);
  EXPECT_EQ(tcp.last().seq, tcp.isn());
  EXPECT_EQ(tcp.sent(), "ack 0");
  tcp.peer(7'200'200, {.ack = 0});
  EXPECT_EQ(tcp.fire(), 14'400'200) << "answered: it lives";
  for (int i = 1; i < 9; ++i) EXPECT_EQ(tcp.fire(), 14'400'200 + 75'000 * i);
  tcp.sent();
  tcp.fire();
  EXPECT_EQ(tcp.sent(), "R 0");
  EXPECT_EQ(tcp.events(), "timed_out");
}

TEST(TcpReceiving, TCP_45_SackBlocksTellTheLatestFirst) {
  Script tcp;
  tcp.peer(200, {.seq = 100, .data = 100});
  EXPECT_EQ(tcp.sent(), "ack 0 [100-200]");
  tcp.peer(201, {.seq = 300, .data = 100});
  EXPECT_EQ(tcp.sent(), "ack 0 [300-400] [100-200]");
  tcp.peer(202, {.seq = 200, .data = 50});
  EXPECT_EQ(tcp.sent(), "ack 0 [100-250] [300-400]");
  tcp.peer(203, {.seq = 0, .data = 100});
  EXPECT_EQ(tcp.sent(), "ack 250 [300-400]");
  Script without({.sack = false});
  without.peer(200, {.seq = 100, .data = 100});
  EXPECT_EQ(without.sent(), "ack 0");
}

TEST(TcpReceiving, TCP_24_AcksAreDelayedAfterTheFirstSixteen) {
  Script tcp;
  std::int64_t seq = 0;
  for (int i = 0; i < 16; ++i, seq += 1000) {
    tcp.peer(200, {.seq = seq, .data = 1000});
    EXPECT_EQ(tcp.sent(), fmt::format("ack {}", seq + 1000));
  }
  tcp.peer(300, {.seq = seq, .data = 1000});
  EXPECT_EQ(tcp.sent(), "");
  tcp.peer(310, {.seq = seq + 1000, .data = 1000});
  EXPECT_EQ(tcp.sent(), fmt::format("ack {}", seq + 2000)) << "every second one";
  tcp.peer(400, {.seq = seq + 2000, .data = 1000});
  EXPECT_EQ(tcp.fire(), 440);
  EXPECT_EQ(tcp.sent(), fmt::format("ack {}", seq + 3000));
  EXPECT_EQ(tcp.fire(), -1);
}

TEST(TcpReceiving, AnswerCarriesTheAcknowledgment) {
  TcpSettings settings;
  settings.quick_acks = 0;
  Script tcp({.settings = settings});
  tcp.peer(200, {.seq = 0, .data = 100});
  tcp.write(50);
  EXPECT_EQ(tcp.last().ack, Script::kPeerIsn + 1 + 100);
  EXPECT_EQ(tcp.sent(), "0:50P");
}

TEST(TcpReceiving, AClosedWindowOpensAgainWhenItIsRead) {
  TcpSettings settings;
  settings.window_active_bytes = 3000;
  Script tcp({.settings = settings});
  tcp.pause();
  for (int i = 0; i < 3; ++i) tcp.peer(200 + i, {.seq = i * 1000, .data = 1000});
  EXPECT_EQ(tcp.last().window, 0);
  tcp.sent();
  tcp.peer(300, {.seq = 3000, .data = 1});  // a probe
  EXPECT_EQ(tcp.sent(), "ack 3000");
  tcp.resume();
  EXPECT_NE(tcp.events().find("readable"), std::string::npos);
  tcp.read_all();
  EXPECT_EQ(tcp.last().window, 3000);
  EXPECT_EQ(tcp.sent(), "ack 3000");
}

TEST(TcpReceiving, PawsRefusesAnOldClock) {
  Script tcp({.timestamps = true});
  tcp.peer(200, {.seq = 0, .data = 100, .clock = TcpTimestamps{1000, 0}});
  EXPECT_EQ(tcp.sent(), "ack 100");
  tcp.peer(300, {.seq = 100, .data = 100, .clock = TcpTimestamps{999, 0}});
  EXPECT_EQ(tcp.sent(), "ack 100");
  tcp.peer(400, {.seq = 100, .data = 100, .clock = TcpTimestamps{1001, 0}});
  EXPECT_EQ(tcp.sent(), "ack 200");
}

}  // namespace
}  // namespace natsim
