// Goal: calls and timeouts in each of the eleven states, and whatever happens in CLOSED and LISTEN,
// have the outcome of RFC 9293 3.10. What is beside it in tcp_states_test.cc is told at its head.
#include <gtest/gtest.h>

#include "sim/transport/tcp_sockets.h"
#include "tests/transport/states.h"

namespace natsim {
namespace {

const Endpoint kClient{Ipv4Address::of(192, 168, 1, 100), 40000};
const Endpoint kServer{Ipv4Address::of(203, 0, 113, 80), 80};
const Tuple kFromClient{kClient, kServer, Protocol::tcp};
const Tuple kFromServer{kServer, kClient, Protocol::tcp};

/// A host's sockets: the client's, with a peer that answers as a test says.
struct Host {
  const TcpSettings settings{};
  TcpSockets sockets{settings, Prng(1)};
  TcpOutbox out;

  std::string sent() {
    std::string text;
    const TcpOutbox taken = std::exchange(out, {});
    for (const TcpSegmentOut& segment : taken.segments)
      text += (text.empty() ? "" : " ") + tcp_flags_to_string(segment.header.flags);
    return text;
  }
  /// False: nobody wants it, and the stack resets.
  bool segment(const Tuple& connection, TcpFlags flags, Seq seq = Seq(100), Seq ack = Seq(7),
               ByteSpan payload = {}) {
    TcpSegment made{connection.destination.address, connection.source.address, {}, payload, {}};
    made.header.source_port = connection.destination.port;
    made.header.destination_port = connection.source.port;
    made.header.flags = flags;
    made.header.seq = seq;
    made.header.ack = ack;
    return sockets.on_segment(made, {}, out);
  }
};

// --- 3.10.1: OPEN -------------------------------------------------------------------------------

TEST(TcpOpen, InClosedItListensOrSendsASyn) {
  Host host;
  EXPECT_TRUE(host.sockets.listen(80));
  EXPECT_EQ(host.sent(), "");
  EXPECT_TRUE(host.sockets.connect(kClient, kServer, {}, host.out));
  EXPECT_EQ(host.sent(), "S");
  EXPECT_EQ(host.sockets.state(kFromClient), TcpState::syn_sent);
}

TEST(TcpOpen, InListenAnActiveOneSendsASyn) {
  Host host;
  EXPECT_TRUE(host.sockets.listen(kClient.port));
  EXPECT_FALSE(host.sockets.listen(kClient.port)) << "already exists";
  EXPECT_TRUE(host.sockets.connect(kClient, kServer, {}, host.out));
  EXPECT_EQ(host.sent(), "S");
}

TEST(TcpOpen, InEveryOtherStateTheConnectionExists) {
  for (const TcpState state : kStates) {
    SCOPED_TRACE(to_string(state));
    Host host, peer;
    ASSERT_NO_FATAL_FAILURE(bring(host.sockets, peer.sockets, state));
    EXPECT_FALSE(host.sockets.connect(kClient, kServer, {}, host.out, TcpProgram::stream));
    EXPECT_EQ(host.sent(), "");
    EXPECT_EQ(host.sockets.state(kFromClient), state) << "3.10.6, STATUS";
  }
}

// --- 3.10.2 to 3.10.6 in CLOSED and LISTEN ------------------------------------------------------

TEST(TcpCalls, InClosedAndListenThereIsNoConnection) {
  for (const bool listens : {false, true}) {
    Host host;
    if (listens) {
      EXPECT_TRUE(host.sockets.listen(kClient.port));
    }
    // SEND, RECEIVE, CLOSE, ABORT: each begins by looking the connection up.
    EXPECT_FALSE(host.sockets.with(kFromClient, [](TcpConnection&) { FAIL(); }));
    EXPECT_EQ(host.sockets.find(kFromClient), nullptr);
    EXPECT_EQ(host.sockets.state(kFromClient), TcpState::closed) << "STATUS";
    EXPECT_EQ(host.sockets.next_deadline(), Instant::never());
  }
}

// --- 3.10.7.1 and 3.10.7.2: SEGMENT ARRIVES in CLOSED and LISTEN --------------------------------

// The stack writes the reset then: tests/node/tcp_test.cc has its numbers.
TEST(TcpSegments, TCP_03_04_05_InClosedNobodyWantsThem) {
  for (const int flags :
       {int(kTcpSyn), int(kTcpAck), kTcpSyn | kTcpAck, int(kTcpFin), int(kTcpRst), 0}) {
    Host host;
    EXPECT_FALSE(host.segment(kFromServer, TcpFlags(flags))) << flags;
    EXPECT_EQ(host.sent(), "");
  }
}

TEST(TcpSegments, TCP_02_06_07_InListen) {
  const struct {
    TcpFlags flags;
    bool wanted;
    const char* sent;
    TcpState after;
  } rows[] = {
      {kTcpRst, true, "", TcpState::closed},  // first: a reset is ignored
      {kTcpRst | kTcpSyn, true, "", TcpState::closed},
      {kTcpAck, false, "", TcpState::closed},  // second: an ACK is reset
      {kTcpSyn | kTcpAck, false, "", TcpState::closed},
      {kTcpFin | kTcpAck, false, "", TcpState::closed},
      {kTcpSyn, true, "S.", TcpState::syn_received},  // third: a SYN
      {kTcpFin, true, "", TcpState::closed},          // fourth: anything else is dropped
      {kTcpFin | kTcpSyn, true, "", TcpState::closed},
      {TcpFlags{}, true, "", TcpState::closed},
  };
  for (const auto& row : rows) {
    Host host;
    host.sockets.listen(kServer.port);
    EXPECT_EQ(host.segment(kFromServer, row.flags), row.wanted) << tcp_flags_to_string(row.flags);
    EXPECT_EQ(host.sent(), row.sent) << tcp_flags_to_string(row.flags);
    EXPECT_EQ(host.sockets.state(kFromServer), row.after) << tcp_flags_to_string(row.flags);
  }
}

// 3.10.7.2: text on a SYN is not taken, and comes again behind the handshake.
TEST(TcpSegments, InListenTextOnASynWaits) {
  const Bytes text(10, 'x');
  Host host;
  host.sockets.listen(kServer.port, {}, TcpProgram::stream);
  EXPECT_TRUE(host.segment(kFromServer, kTcpSyn, Seq(100), Seq(0), text));
  ASSERT_EQ(host.out.segments.size(), 1u);
  EXPECT_EQ(host.out.segments[0].header.ack, Seq(101));
}

// --- 3.10.8: TIMEOUTS ---------------------------------------------------------------------------

// The user timeout is R2 of 3.8.3, counted in retransmissions as Linux does.
TEST(TcpTimeouts, TCP_10_12_16_ThePeerIsSilentForTooLong) {
  const struct {
    TcpState state;
    std::size_t octets;
    int retries;
    const char* told;
  } rows[] = {
      {TcpState::syn_sent, 0, 6, "timed_out"},
      {TcpState::syn_received, 0, 5, ""},  // nobody waits for it
      {TcpState::established, 10, 15, "timed_out"},
      {TcpState::fin_wait_1, 0, 15, "timed_out"},
      {TcpState::close_wait, 10, 15, "timed_out"},
      {TcpState::closing, 0, 15, "timed_out"},
      {TcpState::last_ack, 0, 15, "timed_out"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(to_string(row.state));
    Script tcp = in_state(row.state);
    EXPECT_EQ(tcp.write(row.octets), row.octets);
    for (int i = 0; i < row.retries; ++i) {
      tcp.fire();
      ASSERT_EQ(tcp.state(), row.state) << i;
    }
    EXPECT_EQ(tcp.events(), "");
    tcp.fire();
    EXPECT_EQ(tcp.events(), row.told);
    EXPECT_EQ(tcp.state(), TcpState::closed);
  }
}

// Where nothing is under way nothing is waited for: FIN_WAIT_2 belongs to its program.
TEST(TcpTimeouts, NobodyWaitsWhereNothingIsUnderWay) {
  for (const TcpState state : {TcpState::established, TcpState::fin_wait_2, TcpState::close_wait})
    EXPECT_EQ(in_state(state).fire(), -1) << to_string(state);
}

TEST(TcpTimeouts, TCP_26_TimeWaitEndsAfterTwoMaximumSegmentLifetimes) {
  Script tcp = in_state(TcpState::time_wait);
  EXPECT_EQ(tcp.fire(), 60'110);
  EXPECT_EQ(tcp.state(), TcpState::closed);
  EXPECT_EQ(tcp.events(), "");
}

TEST(TcpTimeouts, TCP_11_TheFirstSynsAtEvenDistances) {
  TcpSettings settings;
  settings.syn_linear_timeouts = 4;
  Script tcp({.settings = settings, .opened = false});
  tcp.sent();
  for (const std::int64_t second : {1, 2, 3, 4, 5, 7, 11, 19, 35, 67}) {
    EXPECT_EQ(tcp.fire(), second * 1000);
    EXPECT_EQ(tcp.sent(), "S");
  }
  EXPECT_EQ(tcp.fire(), 131'000);
  EXPECT_EQ(tcp.events(), "timed_out");
}

// --- beside 3.10: what ICMP says -----------------------------------------------------------------

TEST(TcpErrors, TCP_40_IcmpErrorsDoNotEndAnOpenConnection) {
  const IpAddress router = Ipv4Address::of(192, 168, 1, 1);
  for (const TcpState state :
       {TcpState::established, TcpState::fin_wait_1, TcpState::fin_wait_2, TcpState::close_wait})
    for (const std::uint8_t code : {0, 1, 3, 5, 13}) {
      Script tcp = in_state(state);
      TcpOutbox out;
      tcp.tcp().on_error({router, 3, code}, out);
      tcp.tcp().on_error({router, 11, 0}, out);
      EXPECT_TRUE(out.events.empty());
      EXPECT_EQ(tcp.state(), state);
    }
}

}  // namespace
}  // namespace natsim
