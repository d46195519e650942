// Goal: in each state each event has the outcome of RFC 9293 3.10. Method: a table a section; a row
// brings a connection into a state, lets one thing happen, and says what is sent and told, and what
// state follows. Numbers count from 0 on either side; a FIN takes one.
//
//                               CLOSED  LISTEN  the nine others
//   3.10.1 OPEN                 calls   calls   calls: OpenInEveryOtherState…
//   3.10.2 SEND                 calls   calls   Send
//   3.10.3 RECEIVE              calls   calls   Receive
//   3.10.4 CLOSE                calls   calls   Close
//   3.10.5 ABORT                calls   calls   Abort
//   3.10.6 STATUS               calls   calls   every row: the state that follows
//   3.10.7 SEGMENT ARRIVES      calls   calls
//     first: number, PAWS                       AnOldSegment, BeyondTheWindow, PawsRefuses…
//     second: RST                               Reset, NotExact, FarOff, OfASyn
//     third: security                           there is none
//     fourth: SYN                               Syn
//     fifth: ACK                                PlainAck, OfWhatWasNotSent, OfLongAgo, OfTheFin,
//     None sixth: URG                                Urgent seventh: text Text, AfterLeaving
//     eighth: FIN                               Fin, AFinThatAcknowledges…
//   3.10.8 user timeout         -       -       calls: ThePeerIsSilentForTooLong
//     retransmission, TIME-WAIT -       -       Timeouts
//
// calls: tcp_calls_test.cc.
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>

#include "tests/transport/states.h"

namespace natsim {
namespace {

using State = TcpState;

/// What the peer has sent so far: its FIN too in the later states.
std::int64_t expected(State state) {
  return state == State::close_wait || state == State::closing || state == State::last_ack ||
         state == State::time_wait;
}

struct Row {
  State state;
  const char* sent;
  const char* told;
  State after;
};

void check(const std::vector<Row>& rows, const std::function<void(Script&, const Row&)>& event) {
  for (const Row& row : rows) {
    SCOPED_TRACE(to_string(row.state));
    Script tcp = in_state(row.state);
    event(tcp, row);
    EXPECT_EQ(tcp.sent(), row.sent);
    EXPECT_EQ(tcp.events(), row.told);
    EXPECT_STREQ(to_string(tcp.state()), to_string(row.after));
  }
}

// 3.10.2: before the connection is made it waits; behind a FIN it is refused.
TEST(TcpStates, Send) {
  check(
      {
          {State::syn_sent, "", "", State::syn_sent},
          {State::syn_received, "", "", State::syn_received},
          {State::established, "0:10P", "", State::established},
          {State::fin_wait_1, "", "", State::fin_wait_1},
          {State::fin_wait_2, "", "", State::fin_wait_2},
          {State::closing, "", "", State::closing},
          {State::time_wait, "", "", State::time_wait},
          {State::close_wait, "0:10P", "", State::close_wait},
          {State::last_ack, "", "", State::last_ack},
      },
      [](Script& tcp, const Row& row) {
        const bool taken = row.state <= State::established || row.state == State::close_wait;
        EXPECT_EQ(tcp.write(10), taken ? 10u : 0u);
      });
}

// 3.10.3: what came while reading was paused is there when it goes on.
TEST(TcpStates, Receive) {
  check(
      {
          // It comes with the last segment of the handshake.
          {State::syn_received, "ack 10", "accepted readable", State::established},
          {State::established, "ack 10", "readable", State::established},
          {State::fin_wait_1, "ack 10", "readable", State::fin_wait_1},
          {State::fin_wait_2, "ack 10", "readable", State::fin_wait_2},
          {State::close_wait, "ack 1", "", State::close_wait},
          {State::closing, "ack 1", "", State::closing},
          {State::last_ack, "ack 1", "", State::last_ack},
          {State::time_wait, "ack 1", "", State::time_wait},
      },
      [](Script& tcp, const Row& row) {
        tcp.pause();
        tcp.peer(200, {.seq = expected(row.state), .data = 10});
        tcp.resume();
        EXPECT_EQ(tcp.tcp().unread_octets(), expected(row.state) == 0 ? 10u : 0u);
      });
}

// 3.10.4
TEST(TcpStates, TCP_25_Close) {
  check(
      {
          {State::syn_sent, "", "closed", State::closed},
          {State::syn_received, "", "", State::syn_received},  // and goes on when it is open
          {State::established, "F0", "", State::fin_wait_1},
          {State::fin_wait_1, "", "", State::fin_wait_1},
          {State::fin_wait_2, "", "", State::fin_wait_2},
          {State::closing, "", "", State::closing},
          {State::time_wait, "", "", State::time_wait},
          {State::close_wait, "F0", "", State::last_ack},
          {State::last_ack, "", "", State::last_ack},
      },
      [](Script& tcp, const Row&) { tcp.close(); });
}

TEST(TcpStates, ACloseBeforeTheHandshakeIsDoneFollowsIt) {
  Script tcp = in_state(State::syn_received);
  tcp.write(10);
  tcp.close();
  tcp.peer(200, {.ack = 0});
  EXPECT_EQ(tcp.sent(), "0:10PF");
  EXPECT_EQ(tcp.state(), State::fin_wait_1);
}

// 3.10.5: the peer is told where it would go on waiting.
TEST(TcpStates, Abort) {
  check(
      {
          {State::syn_sent, "", "", State::closed},
          {State::syn_received, "R 0", "", State::closed},
          {State::established, "R 0", "", State::closed},
          {State::fin_wait_1, "R 1", "", State::closed},
          {State::fin_wait_2, "R 1", "", State::closed},
          {State::close_wait, "R 0", "", State::closed},
          {State::closing, "", "", State::closed},
          {State::last_ack, "", "", State::closed},
          {State::time_wait, "", "", State::closed},
      },
      [](Script& tcp, const Row&) { tcp.abort(); });
}

// 3.10.7.4, first: outside of the window. The answer says what is expected.
TEST(TcpStates, AnOldSegment) {
  check(
      {
          {State::syn_received, "ack 0", "", State::syn_received},
          {State::established, "ack 0", "", State::established},
          {State::fin_wait_1, "ack 0", "", State::fin_wait_1},
          {State::fin_wait_2, "ack 0", "", State::fin_wait_2},
          {State::closing, "ack 1", "", State::closing},
          {State::time_wait, "ack 1", "", State::time_wait},
          {State::close_wait, "ack 1", "", State::close_wait},
          {State::last_ack, "ack 1", "", State::last_ack},
      },
      [](Script& tcp, const Row&) { tcp.peer(200, {.seq = -100, .data = 10}); });
}

TEST(TcpStates, BeyondTheWindow) {
  check(
      {
          {State::syn_received, "ack 0", "", State::syn_received},
          {State::established, "ack 0", "", State::established},
          {State::fin_wait_1, "ack 0", "", State::fin_wait_1},
          {State::fin_wait_2, "ack 0", "", State::fin_wait_2},
          {State::closing, "ack 1", "", State::closing},
          {State::time_wait, "ack 1", "", State::time_wait},
          {State::close_wait, "ack 1", "", State::close_wait},
          {State::last_ack, "ack 1", "", State::last_ack},
      },
      [](Script& tcp, const Row&) { tcp.peer(200, {.seq = 1'000'000, .data = 10}); });
}

// Second: an exact reset ends it, quietly where nobody waits.
TEST(TcpStates, TCP_30_31_Reset) {
  check(
      {
          {State::syn_sent, "", "", State::syn_sent},  // without an ACK of our SYN
          {State::syn_received, "", "", State::closed},
          {State::established, "", "refused", State::closed},
          {State::fin_wait_1, "", "refused", State::closed},
          {State::fin_wait_2, "", "refused", State::closed},
          {State::close_wait, "", "refused", State::closed},
          {State::closing, "", "refused", State::closed},
          {State::last_ack, "", "refused", State::closed},
          {State::time_wait, "", "", State::closed},
      },
      [](Script& tcp, const Row& row) {
        tcp.peer(200, {.flags = kTcpRst, .seq = expected(row.state)});
      });
}

TEST(TcpStates, TCP_32_AResetThatIsNotExactIsChallenged) {
  check(
      {
          {State::syn_received, "ack 0", "", State::syn_received},
          {State::established, "ack 0", "", State::established},
          {State::fin_wait_1, "ack 0", "", State::fin_wait_1},
          {State::fin_wait_2, "ack 0", "", State::fin_wait_2},
          {State::close_wait, "ack 1", "", State::close_wait},
          {State::closing, "ack 1", "", State::closing},
          {State::last_ack, "ack 1", "", State::last_ack},
          {State::time_wait, "ack 1", "", State::time_wait},
      },
      [](Script& tcp, const Row& row) {
        tcp.peer(200, {.flags = kTcpRst, .seq = expected(row.state) + 5});
      });
}

TEST(TcpStates, TCP_32_AResetFromFarOffSaysNothing) {
  for (const State state : kStates)
    check({{state, "", "", state}},
          [](Script& tcp, const Row&) { tcp.peer(200, {.flags = kTcpRst, .seq = 1'000'000}); });
}

TEST(TcpStates, TCP_30_AResetOfTheSynRefuses) {
  check({{State::syn_sent, "", "refused", State::closed}}, [](Script& tcp, const Row&) {
    tcp.peer(200, {.flags = kTcpRst | kTcpAck, .seq = -1, .ack = 0});
  });
}

// Fourth: a SYN.
TEST(TcpStates, TCP_33_Syn) {
  check(
      {
          {State::syn_sent, "SA", "", State::syn_received},  // TCP-28
          {State::syn_received, "", "", State::closed},      // to LISTEN again
          {State::established, "ack 0", "", State::established},
          {State::fin_wait_1, "ack 0", "", State::fin_wait_1},
          {State::fin_wait_2, "ack 0", "", State::fin_wait_2},
          {State::close_wait, "ack 1", "", State::close_wait},
          {State::closing, "ack 1", "", State::closing},
          {State::last_ack, "ack 1", "", State::last_ack},
          {State::time_wait, "ack 1", "", State::time_wait},
      },
      [](Script& tcp, const Row& row) {
        tcp.peer(200, {.flags = kTcpSyn, .seq = expected(row.state) + 5});
      });
}

// Fifth: the ACK field.
TEST(TcpStates, APlainAck) {
  check(
      {
          {State::syn_sent, "", "", State::syn_sent},  // neither SYN nor RST: dropped
          {State::syn_received, "", "accepted", State::established},
          {State::established, "", "", State::established},
          {State::fin_wait_1, "", "", State::fin_wait_1},
          {State::fin_wait_2, "", "", State::fin_wait_2},
          {State::closing, "", "", State::closing},
          {State::time_wait, "", "", State::time_wait},
          {State::close_wait, "", "", State::close_wait},
          {State::last_ack, "", "", State::last_ack},
      },
      [](Script& tcp, const Row& row) { tcp.peer(200, {.seq = expected(row.state), .ack = 0}); });
}

// RFC 5961 5.2: whoever guesses numbers does not know what was acknowledged; text does not count.
TEST(TcpStates, AckOfLongAgo) {
  check(
      {
          {State::syn_sent, "R -100000", "", State::syn_sent},
          {State::syn_received, "R -100000", "", State::syn_received},
          {State::established, "ack 0", "", State::established},
          {State::fin_wait_1, "ack 0", "", State::fin_wait_1},
          {State::fin_wait_2, "ack 0", "", State::fin_wait_2},
          {State::close_wait, "ack 1", "", State::close_wait},
          {State::closing, "ack 1", "", State::closing},
          {State::last_ack, "ack 1", "", State::last_ack},
          {State::time_wait, "ack 1", "", State::time_wait},
      },
      [](Script& tcp, const Row& row) {
        tcp.peer(200, {.seq = expected(row.state), .ack = -100'000, .data = 10});
      });
}

TEST(TcpStates, TCP_34_AckOfWhatWasNotSent) {
  check(
      {
          {State::syn_sent, "R 5000", "", State::syn_sent},
          {State::syn_received, "R 5000", "", State::syn_received},
          {State::established, "ack 0", "", State::established},
          {State::fin_wait_1, "ack 0", "", State::fin_wait_1},
          {State::fin_wait_2, "ack 0", "", State::fin_wait_2},
          {State::close_wait, "ack 1", "", State::close_wait},
          {State::closing, "ack 1", "", State::closing},
          {State::last_ack, "ack 1", "", State::last_ack},
          {State::time_wait, "ack 1", "", State::time_wait},
      },
      [](Script& tcp, const Row& row) {
        tcp.peer(200, {.seq = expected(row.state), .ack = 5000});
      });
}

TEST(TcpStates, TCP_35_NoAckAtAll) {
  for (const State state : kStates)
    check({{state, "", "", state}}, [](Script& tcp, const Row& row) {
      tcp.peer(200, {.flags = kTcpPsh, .seq = expected(row.state), .data = 10});
    });
}

TEST(TcpStates, TCP_25_29_AckOfTheFin) {
  check(
      {
          {State::fin_wait_1, "", "", State::fin_wait_2},
          {State::closing, "", "closed", State::time_wait},
          {State::last_ack, "", "closed", State::closed},
      },
      [](Script& tcp, const Row& row) { tcp.peer(200, {.seq = expected(row.state), .ack = 1}); });
}

// Sixth: urgent data are data here, where the sending program put them (README).
TEST(TcpStates, Urgent) {
  for (const State state : {State::established, State::fin_wait_1, State::fin_wait_2})
    check({{state, "ack 10", "data 10", state}},
          [](Script& tcp, const Row&) { tcp.peer(200, {.flags = kTcpAck | kTcpUrg, .data = 10}); });
}

// Seventh: text.
TEST(TcpStates, Text) {
  check(
      {
          {State::syn_sent, "", "", State::syn_sent},
          {State::syn_received, "ack 10", "accepted data 10", State::established},
          {State::established, "ack 10", "data 10", State::established},
          {State::fin_wait_1, "ack 10", "data 10", State::fin_wait_1},
          {State::fin_wait_2, "ack 10", "data 10", State::fin_wait_2},
          {State::close_wait, "ack 1", "", State::close_wait},
          {State::closing, "ack 1", "", State::closing},
          {State::last_ack, "ack 1", "", State::last_ack},
          {State::time_wait, "ack 1", "", State::time_wait},
      },
      [](Script& tcp, const Row& row) { tcp.peer(200, {.seq = expected(row.state), .data = 10}); });
}

// Eighth: a FIN.
TEST(TcpStates, TCP_25_29_Fin) {
  check(
      {
          {State::syn_sent, "", "", State::syn_sent},
          {State::syn_received, "ack 1", "accepted peer_closed", State::close_wait},
          {State::established, "ack 1", "peer_closed", State::close_wait},
          {State::fin_wait_1, "ack 1", "peer_closed", State::closing},
          {State::fin_wait_2, "ack 1", "peer_closed closed", State::time_wait},
          {State::close_wait, "ack 1", "", State::close_wait},
          {State::closing, "ack 1", "", State::closing},
          {State::last_ack, "ack 1", "", State::last_ack},
          {State::time_wait, "ack 1", "", State::time_wait},
      },
      [](Script& tcp, const Row& row) {
        const bool ours_too = row.state == State::fin_wait_2;
        tcp.peer(200, {.flags = kTcpFin | kTcpAck, .seq = 0, .ack = ours_too ? 1 : 0});
      });
}

TEST(TcpStates, AFinThatAcknowledgesOursEndsBothAtOnce) {
  Script tcp = in_state(State::fin_wait_1);
  tcp.peer(200, {.flags = kTcpFin | kTcpAck, .seq = 0, .ack = 1});
  EXPECT_EQ(tcp.sent(), "ack 1");
  EXPECT_EQ(tcp.events(), "peer_closed closed");
  EXPECT_EQ(tcp.state(), State::time_wait);
}

// TCP-36: what comes for a program that has left is refused.
TEST(TcpStates, TextAfterLeaving) {
  check(
      {
          {State::established, "R 1", "refused", State::closed},
          {State::fin_wait_1, "R 1", "refused", State::closed},
          {State::fin_wait_2, "R 1", "refused", State::closed},
      },
      [](Script& tcp, const Row&) {
        tcp.leave();
        tcp.sent();
        tcp.peer(200, {.data = 10});
      });
}

// 3.10.8: timeouts.
TEST(TcpStates, TCP_10_12_26_37_Timeouts) {
  check(
      {
          {State::syn_sent, "S", "", State::syn_sent},
          {State::syn_received, "SA", "", State::syn_received},
          {State::established, "", "", State::established},
          {State::fin_wait_1, "F0", "", State::fin_wait_1},
          {State::fin_wait_2, "", "", State::fin_wait_2},
          {State::closing, "F0", "", State::closing},
          {State::time_wait, "", "", State::closed},
          {State::close_wait, "", "", State::close_wait},
          {State::last_ack, "F0", "", State::last_ack},
      },
      [](Script& tcp, const Row&) { tcp.fire(); });
}

}  // namespace
}  // namespace natsim
