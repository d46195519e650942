// How conntrack follows TCP: states, timers, ASSURED, resets and windows. The stories and their
// numbers are those that Linux 6 showed.
#include <gtest/gtest.h>

#include "tests/filter/bench.h"

namespace natsim::test {
namespace {

constexpr std::uint16_t kPort = 1111;

/// A segment from C to S (out) or back, through a masquerading router.
struct Segment {
  enum class Way { out, back } way;
  Tcp tcp;
  std::string state;  ///< its ctstate
  std::string entry;  ///< the only connection afterwards: "tcp      6 120 SYN_SENT [UNREPLIED]"
};
constexpr auto kOut = Segment::Way::out;
constexpr auto kBack = Segment::Way::back;

Bytes packet_of(const Segment& s) {
  return s.way == kOut ? tcp(kC, kPort, kS, 80, s.tcp) : tcp(kS, 80, kX, kPort, s.tcp);
}

/// Where it is expected: INVALID packets are not translated (FW-C10, DIFF-12).
std::string outcome_of(const Segment& s) {
  const bool invalid = s.state == "INVALID";
  if (s.way == kOut)
    return (invalid ? "out0 tcp 10.0.0.2:1111 → " : "out0 tcp 203.0.113.1:1111 → ") +
           std::string("203.0.113.10:80 ") + s.state;
  return invalid ? "local tcp 203.0.113.10:80 → 203.0.113.1:1111 INVALID"
                 : "in0 tcp 203.0.113.10:80 → 10.0.0.2:1111 " + s.state;
}

void follow(Bench& bench, const std::vector<Segment>& segments) {
  std::string story;
  for (const Segment& s : segments) {
    const std::string outcome = bench.arrive(s.way == kOut ? kIn0 : kOut0, packet_of(s));
    const auto entries = bench.connections(false);
    const std::string entry = entries.empty() ? "(none)" : entries.front();
    story += std::string("  ") + (s.way == kOut ? "C→S " : "S→C ") + std::string(s.tcp.flags) +
             "  ⇒  " + outcome + " | " + entry + "\n";
    ASSERT_EQ(outcome, outcome_of(s)) << story;
    ASSERT_EQ(entry, s.entry) << story;
  }
}

std::vector<Segment> handshake() {
  return {
      {kOut, {"S", 1000}, "NEW", "tcp      6 120 SYN_SENT [UNREPLIED]"},
      {kBack, {"SA", 5000, 1001}, "ESTABLISHED", "tcp      6 60 SYN_RECV"},
      {kOut, {"A", 1001, 5001}, "ESTABLISHED", "tcp      6 432000 ESTABLISHED [ASSURED]"},
  };
}

// FW-C02, FW-C12, FW-C13, FW-C15, DIFF-05, DIFF-06, NAT-C02
TEST(TcpTracking, FollowsAConnectionFromSynToTimeWait) {
  Bench bench(home_router());
  follow(bench, handshake());
  follow(bench,
         {{kOut, {"PA", 1001, 5001, 5}, "ESTABLISHED", "tcp      6 300 ESTABLISHED [ASSURED]"},
          {kBack, {"A", 5001, 1006}, "ESTABLISHED", "tcp      6 432000 ESTABLISHED [ASSURED]"},
          {kOut, {"FA", 1006, 5001}, "ESTABLISHED", "tcp      6 120 FIN_WAIT [ASSURED]"},
          {kBack, {"A", 5001, 1007}, "ESTABLISHED", "tcp      6 60 CLOSE_WAIT [ASSURED]"},
          {kBack, {"FA", 5001, 1007}, "ESTABLISHED", "tcp      6 30 LAST_ACK [ASSURED]"},
          {kOut, {"A", 1007, 5002}, "ESTABLISHED", "tcp      6 120 TIME_WAIT [ASSURED]"}});
}

// FW-C11
TEST(TcpTracking, ASynReplacesAConnectionInTimeWait) {
  Bench bench(home_router());
  follow(bench, handshake());
  follow(bench, {{kOut, {"FA", 1001, 5001}, "ESTABLISHED", "tcp      6 120 FIN_WAIT [ASSURED]"},
                 {kBack, {"FA", 5001, 1002}, "ESTABLISHED", "tcp      6 30 LAST_ACK [ASSURED]"},
                 {kOut, {"A", 1002, 5002}, "ESTABLISHED", "tcp      6 120 TIME_WAIT [ASSURED]"},
                 {kOut, {"S", 900000}, "NEW", "tcp      6 120 SYN_SENT [UNREPLIED]"}});
}

// NAT-C02: half close by the server
TEST(TcpTracking, FollowsACloseThatTheServerBegins) {
  Bench bench(home_router());
  follow(bench, handshake());
  follow(bench, {{kBack, {"FA", 5001, 1001}, "ESTABLISHED", "tcp      6 120 FIN_WAIT [ASSURED]"},
                 {kOut, {"A", 1001, 5002}, "ESTABLISHED", "tcp      6 60 CLOSE_WAIT [ASSURED]"},
                 {kOut, {"FA", 1001, 5002}, "ESTABLISHED", "tcp      6 30 LAST_ACK [ASSURED]"},
                 {kBack, {"A", 5002, 1002}, "ESTABLISHED", "tcp      6 120 TIME_WAIT [ASSURED]"}});
}

// FW-C12, NAT-C02
TEST(TcpTracking, FollowsASimultaneousClose) {
  Bench bench(home_router());
  follow(bench, handshake());
  follow(bench, {{kOut, {"FA", 1001, 5001}, "ESTABLISHED", "tcp      6 120 FIN_WAIT [ASSURED]"},
                 {kBack, {"FA", 5001, 1001}, "ESTABLISHED", "tcp      6 30 LAST_ACK [ASSURED]"},
                 {kOut, {"A", 1002, 5002}, "ESTABLISHED", "tcp      6 120 TIME_WAIT [ASSURED]"},
                 {kBack, {"A", 5002, 1002}, "ESTABLISHED", "tcp      6 120 TIME_WAIT [ASSURED]"}});
}

// FW-C12, NAT-C02
TEST(TcpTracking, FollowsASimultaneousOpen) {
  Bench bench(home_router());
  follow(bench,
         {{kOut, {"S", 5000}, "NEW", "tcp      6 120 SYN_SENT [UNREPLIED]"},
          {kBack, {"S", 7000}, "ESTABLISHED", "tcp      6 120 SYN_SENT2"},
          {kOut, {"SA", 5000, 7001}, "ESTABLISHED", "tcp      6 60 SYN_RECV"},
          {kBack, {"SA", 7000, 5001}, "ESTABLISHED", "tcp      6 60 SYN_RECV"},
          {kOut, {"A", 5001, 7001}, "ESTABLISHED", "tcp      6 432000 ESTABLISHED [ASSURED]"},
          {kBack, {"A", 7001, 5001}, "ESTABLISHED", "tcp      6 432000 ESTABLISHED [ASSURED]"}});
}

// DIFF-07, NAT-L12: a reset that is the only answer leaves nothing behind.
TEST(TcpTracking, AResetThatAnswersASynEndsTheConnection) {
  Bench bench(home_router());
  follow(bench, {{kOut, {"S", 1000}, "NEW", "tcp      6 120 SYN_SENT [UNREPLIED]"},
                 {kBack, {"RA", 0, 1001}, "ESTABLISHED", "(none)"}});
}

// FW-C09, DIFF-07
TEST(TcpTracking, AnExactResetClosesAndTheEntryStaysTenSeconds) {
  Bench bench(home_router());
  follow(bench, handshake());
  follow(bench, {{kOut, {"R", 1001}, "ESTABLISHED", "tcp      6 10 CLOSE [ASSURED]"},
                 {kOut, {"A", 1001, 5001}, "ESTABLISHED", "tcp      6 10 CLOSE [ASSURED]"},
                 {kBack, {"A", 5001, 1001}, "ESTABLISHED", "tcp      6 10 CLOSE [ASSURED]"}});
  bench.wait(10_s);
  EXPECT_TRUE(bench.connections().empty());
}

// FW-C09: RFC 5961 3.2
TEST(TcpTracking, AResetInTheWindowKeepsTheStateButCutsTheTimer) {
  Bench bench(home_router());
  follow(bench, handshake());
  follow(bench, {{kOut, {"R", 99999999}, "INVALID", "tcp      6 432000 ESTABLISHED [ASSURED]"},
                 {kBack, {"R", 777777777}, "INVALID", "tcp      6 300 ESTABLISHED [ASSURED]"},
                 {kBack, {"R", 5100}, "ESTABLISHED", "tcp      6 10 ESTABLISHED [ASSURED]"}});
}

// FW-C09: what is closing may be another connection's by now, and any reset is believed.
TEST(TcpTracking, AResetOfAClosingConnectionIsBelieved) {
  Bench bench(home_router());
  follow(bench, handshake());
  follow(bench, {{kOut, {"FA", 1001, 5001}, "ESTABLISHED", "tcp      6 120 FIN_WAIT [ASSURED]"},
                 {kBack, {"R", 3000}, "ESTABLISHED", "tcp      6 10 CLOSE [ASSURED]"}});
}

// FW-C09: RFC 5961 4.2. The port was in use before; as Linux showed it.
TEST(TcpTracking, AResetThatAnswersAChallengeIsBelieved) {
  Bench bench(home_router());
  follow(bench, {{kOut, {"S", 1000}, "NEW", "tcp      6 120 SYN_SENT [UNREPLIED]"},
                 {kBack, {"A", 9000, 4444}, "ESTABLISHED", "tcp      6 120 SYN_SENT"},
                 {kOut, {"R", 1002}, "INVALID", "tcp      6 120 SYN_SENT"},
                 {kOut, {"RA", 4444, 777'777}, "ESTABLISHED", "tcp      6 10 CLOSE"}});
}

// FW-C09: a SYN that was let through may have been answered out of the tracker's sight.
TEST(TcpTracking, AResetAfterASynNeedNotBeBehindTheLastAcknowledgment) {
  Bench bench(home_router());
  follow(bench, handshake());
  follow(bench,
         {{kBack, {"PA", 5001, 1001, 100}, "ESTABLISHED", "tcp      6 300 ESTABLISHED [ASSURED]"},
          {kOut, {"A", 1001, 5101}, "ESTABLISHED", "tcp      6 432000 ESTABLISHED [ASSURED]"},
          {kOut, {"S", 777'000}, "ESTABLISHED", "tcp      6 432000 ESTABLISHED [ASSURED]"},
          {kBack, {"R", 5051}, "ESTABLISHED", "tcp      6 10 CLOSE [ASSURED]"}});
}

// FW-C08
TEST(TcpTracking, DataAndAcksOutsideTheWindowAreInvalid) {
  Bench bench(home_router());
  follow(bench, handshake());
  follow(bench,
         {{kOut, {"PA", 10'001'001, 5001, 2}, "INVALID", "tcp      6 432000 ESTABLISHED [ASSURED]"},
          {kOut, {"A", 1001, 10'005'001}, "INVALID", "tcp      6 432000 ESTABLISHED [ASSURED]"}});
}

// FW-C08 with tcp_be_liberal
TEST(TcpTracking, ALiberalRouterLetsThemPass) {
  Bench bench(home_router(), {.tcp_be_liberal = true});
  follow(bench, handshake());
  follow(bench, {{kOut,
                  {"PA", 10'001'001, 5001, 2},
                  "ESTABLISHED",
                  "tcp      6 432000 ESTABLISHED [ASSURED]"}});
}

TEST(TcpTracking, WindowScalingWidensTheWindow) {
  TcpOptions scale;
  scale.window_scale = 7;
  const auto opening = [&](std::optional<std::uint8_t> answer) {
    TcpOptions back;
    back.window_scale = answer;
    return std::vector<Segment>{
        {kOut, {"S", 1000, 0, 0, 64240, scale}, "NEW", "tcp      6 120 SYN_SENT [UNREPLIED]"},
        {kBack, {"SA", 5000, 1001, 0, 64240, back}, "ESTABLISHED", "tcp      6 60 SYN_RECV"},
        {kOut,
         {"A", 1001, 5001, 0, 1000},
         "ESTABLISHED",
         "tcp      6 432000 ESTABLISHED [ASSURED]"}};
  };
  // C's window is now 1000, or 128,000 if both have offered to scale.
  const Segment far{kBack,
                    {"PA", 5001 + 100'000, 1001, 100},
                    "ESTABLISHED",
                    "tcp      6 300 ESTABLISHED [ASSURED]"};
  Bench scaled(home_router());
  follow(scaled, opening(7));
  follow(scaled, {far});

  Bench plain(home_router());
  follow(plain, opening(std::nullopt));
  Segment too_far = far;
  too_far.state = "INVALID";
  too_far.entry = "tcp      6 432000 ESTABLISHED [ASSURED]";
  follow(plain, {too_far});
}

TEST(TcpTracking, ASackShowsThatMoreHasArrivedThanTheAckSays) {
  TcpOptions permitted;
  permitted.sack_permitted = true;
  Bench bench(home_router());
  follow(bench,
         {{kOut, {"S", 1000, 0, 0, 64240, permitted}, "NEW", "tcp      6 120 SYN_SENT [UNREPLIED]"},
          {kBack, {"SA", 5000, 1001, 0, 64240, permitted}, "ESTABLISHED", "tcp      6 60 SYN_RECV"},
          {kOut, {"A", 1001, 5001}, "ESTABLISHED", "tcp      6 432000 ESTABLISHED [ASSURED]"}});
  // S reports a block that C has never sent: as invalid as an ACK of it.
  TcpOptions sack;
  sack.sack_count = 1;
  sack.sack[0] = {Seq(90'001'001), Seq(90'002'001)};
  follow(bench, {{kBack,
                  {"A", 5001, 1001, 0, 64240, sack},
                  "INVALID",
                  "tcp      6 432000 ESTABLISHED [ASSURED]"}});
}

TEST(TcpTracking, OldDataSentAgainPassesAndRefreshesNothing) {
  Bench bench(home_router());
  follow(bench, handshake());
  std::uint32_t seq = 1001;
  for (int i = 0; i < 100; ++i, seq += 1460) {
    bench.arrive(kIn0, tcp(kC, kPort, kS, 80, {"PA", seq, 5001, 1460}));
    bench.arrive(kOut0, tcp(kS, 80, kX, kPort, {"A", 5001, seq + 1460}));
  }
  bench.wait(100_s);
  follow(
      bench,
      {{kOut, {"PA", 1001, 5001, 1460}, "ESTABLISHED", "tcp      6 431900 ESTABLISHED [ASSURED]"}});
}

// FW-C15: the fourth copy of an ACK shortens the timer to max-retrans.
TEST(TcpTracking, ARepeatedAckWithoutProgressShortensTheTimer) {
  Bench bench(home_router());
  follow(bench, handshake());
  for (int i = 0; i < 3; ++i) bench.arrive(kIn0, tcp(kC, kPort, kS, 80, {"A", 1001, 5001}));
  EXPECT_EQ(bench.connections(false).front(), "tcp      6 300 ESTABLISHED [ASSURED]");
}

// A SYN in an established connection is let through, so that its receiver may answer.
TEST(TcpTracking, ASynWithinAConnectionIsIgnored) {
  Bench bench(home_router());
  follow(bench, handshake());
  follow(bench,
         {{kOut, {"S", 424242}, "ESTABLISHED", "tcp      6 432000 ESTABLISHED [ASSURED]"},
          {kBack, {"A", 5001, 1001}, "ESTABLISHED", "tcp      6 432000 ESTABLISHED [ASSURED]"}});
}

TEST(TcpTracking, AnAnswerToAnIgnoredSynBringsTheTrackerBackInSync) {
  Bench bench(home_router());
  follow(bench, handshake());
  follow(bench,
         {{kOut, {"S", 424242}, "ESTABLISHED", "tcp      6 432000 ESTABLISHED [ASSURED]"},
          {kBack, {"SA", 888, 424243}, "ESTABLISHED", "tcp      6 60 SYN_RECV [ASSURED]"},
          {kOut, {"A", 424243, 889}, "ESTABLISHED", "tcp      6 432000 ESTABLISHED [ASSURED]"}});
}

TEST(TcpTracking, ARepeatedSynDoesNotProlongTheEntry) {
  Bench bench(home_router());
  follow(bench, {{kOut, {"S", 1000}, "NEW", "tcp      6 120 SYN_SENT [UNREPLIED]"}});
  bench.wait(50_s);
  follow(bench, {{kOut, {"S", 1000}, "NEW", "tcp      6 70 SYN_SENT [UNREPLIED]"}});
}

// FW-C05, FW-C13, FW-C15
TEST(TcpTracking, PicksUpAConnectionMidway) {
  Bench bench(home_router());
  follow(bench,
         {{kOut, {"A", 1001, 5001}, "NEW", "tcp      6 300 ESTABLISHED [UNREPLIED]"},
          {kBack, {"A", 5001, 1001}, "ESTABLISHED", "tcp      6 300 ESTABLISHED"},
          {kOut, {"PA", 1001, 5001, 1}, "ESTABLISHED", "tcp      6 300 ESTABLISHED [ASSURED]"}});
}

// FW-C05
TEST(TcpTracking, WithoutLooseItDoesNot) {
  Bench bench(home_router(), {.tcp_loose = false});
  follow(bench, {{kOut, {"A", 1001, 5001}, "INVALID", "(none)"},
                 {kOut, {"PA", 1001, 5001, 1}, "INVALID", "(none)"}});
}

// FW-C06, FW-C19
TEST(TcpTracking, SomeSegmentsOpenNothing) {
  for (const char* flags : {"FA", "R", "SA", "", "FPU", "SF", "F"}) {
    Bench bench(home_router());
    follow(bench, {{kOut, {flags, 1, 1}, "INVALID", "(none)"}});
  }
}

// FW-C19
TEST(TcpTracking, OnAnAsymmetricPathTheClientsAckIsPickedUp) {
  Bench bench(counting_states({}));
  play(bench, {outside(tcp(kS, 80, kC, 1234, {"SA", 5000, 1001}),
                       "in0 tcp 203.0.113.10:80 → 10.0.0.2:1234 INVALID"),
               inside(tcp(kC, 1234, kS, 80, {"A", 1001, 5001}),
                      "out0 tcp 10.0.0.2:1234 → 203.0.113.10:80 NEW")});
  EXPECT_EQ(bench.connections(false).front(), "tcp      6 300 ESTABLISHED [UNREPLIED]");
}

// FW-C07, DIFF-12
TEST(TcpTracking, AWrongChecksumIsInvalidAndNotTranslated) {
  Bench bench(home_router());
  EXPECT_EQ(bench.arrive(kIn0, damaged(tcp(kC, 1125, kS, 80, {"S"}))),
            "out0 tcp 10.0.0.2:1125 → 203.0.113.10:80 INVALID");
  EXPECT_TRUE(bench.connections().empty());

  Bench trusting(home_router(), {.verify_checksums = false});
  trusting.arrive(kOut0, udp(kS, 1, kX, 2));
  EXPECT_EQ(trusting.connections().size(), 1u);
}

// FW-C17
TEST(TcpTracking, AnExpiredConnectionsAnswersAreStrangers) {
  Bench bench(home_router());
  follow(bench, {{kOut, {"S", 1000}, "NEW", "tcp      6 120 SYN_SENT [UNREPLIED]"}});
  bench.wait(120_s);
  follow(bench, {{kBack, {"SA", 5000, 1001}, "INVALID", "(none)"}});
}

}  // namespace
}  // namespace natsim::test
