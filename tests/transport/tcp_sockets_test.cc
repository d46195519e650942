// A node's TCP: listeners, connections side by side, and two nodes that talk over a lossy cable.
#include "sim/transport/tcp_sockets.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace natsim {
namespace {

const IpAddress kClient = Ipv4Address::of(192, 168, 1, 100);
const IpAddress kServer = Ipv4Address::of(203, 0, 113, 80);

TcpSegment received(const TcpSegmentOut& sent) {
  return {sent.source, sent.destination, sent.header, {}};
}

TcpSegment scanned(TcpFlags flags, std::uint16_t port = 80, std::uint16_t source_port = 40000) {
  TcpSegment made{kClient, kServer, {}, {}};
  made.header.source_port = source_port;
  made.header.destination_port = port;
  made.header.flags = flags;
  made.header.seq = Seq{100};
  made.header.ack = Seq{7};
  return made;
}

/// Two nodes, one cable with 5 ms of delay that loses the frames (counted from 0) that are named.
class Pair {
 public:
  explicit Pair(std::vector<int> lost = {}) : lost_(std::move(lost)) {}
  void run() {
    flush();
    for (int steps = 0; steps < 1000; ++steps) {
      const Instant arrival = cable_.empty() ? Instant::never() : cable_.begin()->first.first;
      now_ = std::min({arrival, client.next_deadline(), server.next_deadline()});
      if (now_ == Instant::never()) return;
      if (arrival == now_) {
        const TcpSegmentOut segment = cable_.begin()->second;
        cable_.erase(cable_.begin());
        TcpSockets& to = segment.destination == kServer ? server : client;
        EXPECT_TRUE(to.on_segment(received(segment), now_, out));
      } else {
        client.on_deadline(now_, out);
        server.on_deadline(now_, out);
      }
      flush();
    }
    FAIL() << "it never ends";
  }

  TcpSettings settings;
  TcpSockets client{settings, Prng::stream(3, "node/client/tcp")};
  TcpSockets server{settings, Prng::stream(3, "node/server/tcp")};
  TcpOutbox out;
  std::vector<TcpEvent> events;
  std::string log;

 private:
  void flush() {
    for (const TcpSegmentOut& segment : out.segments) {
      const bool lost = std::find(lost_.begin(), lost_.end(), sent_) != lost_.end();
      log += segment.source == kClient ? '>' : '<';
      log += tcp_flags_to_string(segment.header.flags) + (lost ? "! " : " ");
      if (!lost) cable_.emplace(std::pair{now_ + Duration::milliseconds(5), sent_}, segment);
      ++sent_;
    }
    events.insert(events.end(), out.events.begin(), out.events.end());
    out.clear();
  }

  std::vector<int> lost_;
  int sent_ = 0;
  Instant now_;
  std::map<std::pair<Instant, int>, TcpSegmentOut> cable_;
};

std::vector<TcpEvent::Kind> kinds(const std::vector<TcpEvent>& events) {
  std::vector<TcpEvent::Kind> found;
  for (const TcpEvent& event : events) found.push_back(event.kind);
  return found;
}

using Kind = TcpEvent::Kind;

TEST(TcpSockets, ProbeOpensAndClosesAConnection) {
  Pair pair;
  ASSERT_TRUE(pair.server.listen(80));
  EXPECT_FALSE(pair.server.listen(80));
  const auto tuple = pair.client.connect({kClient, 0}, {kServer, 80}, {}, pair.out);
  ASSERT_TRUE(tuple);
  EXPECT_GE(tuple->source.port, 32768);
  pair.run();
  EXPECT_EQ(pair.log, ">S <S. >. >F. <F. >. ");
  EXPECT_EQ(kinds(pair.events),
            (std::vector{Kind::connected, Kind::accepted, Kind::closed, Kind::closed}));
  EXPECT_EQ(pair.events[0].connection, *tuple);
  EXPECT_EQ(pair.client.connections() + pair.server.connections(), 0u);
}

TEST(TcpSockets, LossOfAnyOneSegmentIsRepaired) {
  for (int lost = 0; lost < 7; ++lost) {
    Pair pair({lost});
    pair.server.listen(80);
    pair.client.connect({kClient, 0}, {kServer, 80}, {}, pair.out);
    pair.run();
    EXPECT_EQ(kinds(pair.events),
              (std::vector{Kind::connected, Kind::accepted, Kind::closed, Kind::closed}))
        << pair.log;
    EXPECT_EQ(pair.client.connections() + pair.server.connections(), 0u) << pair.log;
  }
}

TEST(TcpSockets, ManyConnectionsRunSideBySide) {
  Pair pair;
  pair.server.listen(80);
  for (int i = 0; i < 50; ++i)
    ASSERT_TRUE(pair.client.connect({kClient, 0}, {kServer, 80}, {}, pair.out));
  pair.run();
  EXPECT_EQ(pair.events.size(), 200u);
}

TEST(TcpSockets, SameSeedSameConversation) {
  std::vector<Tuple> tuples[2];
  for (auto& run : tuples) {
    Pair pair;
    pair.server.listen(80);
    for (int i = 0; i < 5; ++i)
      run.push_back(*pair.client.connect({kClient, 0}, {kServer, 80}, {}, pair.out));
  }
  EXPECT_EQ(tuples[0], tuples[1]);
}

// TCP-03 … TCP-07
TEST(TcpSockets, ListenerTakesPlainSynsOnly) {
  const struct {
    TcpFlags flags;
    bool taken;  // by the listener; otherwise the stack resets
    std::size_t answers;
  } rows[] = {
      {kTcpSyn, true, 1},
      {kTcpSyn | kTcpPsh, true, 1},
      // TCP-06: reset by the stack; a reset is ignored.
      {kTcpAck, false, 0},
      {kTcpSyn | kTcpAck, false, 0},
      {kTcpRst, true, 0},
      // TCP-07
      {kTcpFin, true, 0},
      {kTcpSyn | kTcpFin, true, 0},
      {kTcpSyn | kTcpRst, true, 0},
  };
  for (const auto& row : rows) {
    Pair pair;
    pair.server.listen(80, kServer);
    EXPECT_EQ(pair.server.on_segment(scanned(row.flags), {}, pair.out), row.taken)
        << tcp_flags_to_string(row.flags);
    EXPECT_EQ(pair.out.segments.size(), row.answers) << tcp_flags_to_string(row.flags);
    EXPECT_FALSE(pair.server.on_segment(scanned(row.flags, 81), {}, pair.out));
  }
}

TEST(TcpSockets, FloodOfSynsIsBounded) {
  Pair pair;
  pair.settings.half_open_max = 10;
  pair.server.listen(80);
  for (std::uint16_t i = 0; i < 100; ++i)
    EXPECT_TRUE(pair.server.on_segment(scanned(kTcpSyn, 80, 1000 + i), {}, pair.out));
  EXPECT_EQ(pair.server.connections(), 10u);
  pair.out.clear();
  // Nobody acknowledges: after 63 s (TCP-12) the places are free again.
  for (int i = 0; i < 6; ++i) pair.server.on_deadline(pair.server.next_deadline(), pair.out);
  EXPECT_EQ(pair.server.connections(), 0u);
  EXPECT_TRUE(pair.server.on_segment(scanned(kTcpSyn), Instant{} + 64_s, pair.out));
  EXPECT_EQ(pair.server.connections(), 1u);
}

TEST(TcpSockets, CompleteHandshakesAreNotHalfOpen) {
  Pair pair;
  pair.settings.half_open_max = 1;
  pair.server.listen(80);
  for (std::uint16_t i = 0; i < 5; ++i) {
    pair.out.clear();
    ASSERT_TRUE(pair.server.on_segment(scanned(kTcpSyn, 80, 1000 + i), {}, pair.out));
    ASSERT_EQ(pair.out.segments.size(), 1u);
    TcpSegment ack = scanned(kTcpAck, 80, 1000 + i);
    ack.header.seq = Seq{101};
    ack.header.ack = pair.out.segments[0].header.seq + 1;
    ASSERT_TRUE(pair.server.on_segment(ack, {}, pair.out));
  }
  EXPECT_EQ(pair.server.connections(), 5u);
}

// TCP-27
TEST(TcpSockets, TimeWaitYieldsToANewerSyn) {
  for (const bool newer : {true, false}) {
    Pair pair;
    pair.client.listen(40000);  // The side that will be in TIME_WAIT also listens on its port.
    pair.server.listen(80);
    const auto tuple = pair.client.connect({kClient, 40000}, {kServer, 80}, {}, pair.out);
    ASSERT_TRUE(tuple);
    TcpOutbox answers;
    const auto exchange = [&](TcpSockets& to) {
      TcpOutbox replies;
      for (const TcpSegmentOut& segment : pair.out.segments)
        ASSERT_TRUE(to.on_segment(received(segment), {}, replies));
      pair.out = replies;
    };
    exchange(pair.server);
    const Seq server_isn = pair.out.segments.at(0).header.seq;
    exchange(pair.client);
    exchange(pair.server);
    exchange(pair.client);
    ASSERT_EQ(pair.client.state(*tuple), TcpState::time_wait);

    TcpSegment syn{kServer, kClient, {}, {}};
    syn.header.source_port = 80;
    syn.header.destination_port = 40000;
    syn.header.flags = kTcpSyn;
    syn.header.seq = newer ? server_isn + 1000 : server_isn - 1000;
    pair.out.clear();
    EXPECT_TRUE(pair.client.on_segment(syn, Instant{} + 1_s, pair.out));
    ASSERT_EQ(pair.out.segments.size(), 1u);
    EXPECT_EQ(pair.out.segments[0].header.flags, newer ? kTcpSyn | kTcpAck : kTcpAck);
    EXPECT_EQ(pair.client.state(*tuple), newer ? TcpState::syn_received : TcpState::time_wait);
  }
}

}  // namespace
}  // namespace natsim
