// Goal: connections are as fast as the models of their algorithms say, and share a cable. Method:
// flows from one node to another over a bottleneck with a drop-tail queue and random loss.
#include <gtest/gtest.h>

#include <cmath>
#include <deque>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "sim/transport/tcp_sockets.h"

namespace natsim {
namespace {

const IpAddress kClient = Ipv4Address::of(192, 168, 1, 100);
const IpAddress kServer = Ipv4Address::of(203, 0, 113, 80);

struct Bottleneck {
  std::uint64_t bandwidth_bps = 10'000'000;
  Duration delay = 10_ms;  // each way
  std::uint64_t queue_bytes = 1'000'000'000;
  Ratio loss = {};
  std::vector<Duration> farther = {};  // by flow: so much more on the way back
};

/// Flows that send as much as they can, all through one bottleneck.
class Race {
 public:
  Race(const Bottleneck& cable, std::vector<CongestionAlgorithm> flows)
      : cable_(cable), last_(flows.size()), delivered(flows.size()) {
    server_.listen(80, {}, TcpProgram::accept);
    for (const CongestionAlgorithm algorithm : flows) {
      TcpSettings settings;
      settings.congestion = algorithm;
      settings_.push_back(settings);
    }
    for (std::uint16_t i = 0; i < flows.size(); ++i) {
      clients_.emplace_back(settings_[i], Prng(i + 10));
      const auto tuple =
          clients_[i].connect({kClient, port(i)}, {kServer, 80}, now_, out_, TcpProgram::stream);
      EXPECT_TRUE(tuple);
      flush();
    }
  }
  void run_until(Instant end) {
    for (;;) {
      Instant next = server_.next_deadline();
      for (const TcpSockets& client : clients_) next = std::min(next, client.next_deadline());
      if (!cable_frames_.empty()) next = std::min(next, cable_frames_.begin()->first.first);
      if (next >= end) return;
      now_ = next;
      if (!cable_frames_.empty() && cable_frames_.begin()->first.first == now_) {
        arrive();
      } else {
        server_.on_deadline(now_, out_);
        flush();
        for (TcpSockets& client : clients_) client.on_deadline(now_, out_), flush();
      }
    }
  }

 private:
  struct Frame {
    TcpSegmentOut segment;
    Bytes payload;
  };
  static std::uint16_t port(std::size_t flow) { return std::uint16_t(40000 + flow); }

  void arrive() {
    const Frame frame = std::move(cable_frames_.begin()->second);
    cable_frames_.erase(cable_frames_.begin());
    const TcpSegmentOut& sent = frame.segment;
    const bool to_server = sent.destination == kServer;
    if (to_server) waiting_ -= frame.payload.size() + 54;
    const std::size_t flow =
        std::size_t((to_server ? sent.header.source_port : sent.header.destination_port) - 40000);
    TcpSockets& to = to_server ? server_ : clients_[flow];
    EXPECT_TRUE(
        to.on_segment({sent.source, sent.destination, sent.header, frame.payload, {}}, now_, out_));
    if (!to_server) refill(flow);
    flush();
  }

  void refill(std::size_t flow) {
    static const Bytes bytes(64 * 1024, 'x');
    const Tuple tuple{{kClient, port(flow)}, {kServer, 80}, Protocol::tcp};
    clients_[flow].with(tuple, [&](TcpConnection& connection) {
      while (connection.send(bytes, now_, out_) == bytes.size()) continue;
      const Seq una = connection.sender().una();
      if (last_[flow]) delivered[flow] += std::uint64_t(una - *last_[flow]);
      last_[flow] = una;
    });
  }

  void flush() {
    out_.events.clear();
    for (const TcpSegmentOut& segment : out_.segments) {
      const ByteSpan payload = out_.payload(segment);
      Instant when = now_ + cable_.delay;
      if (segment.destination == kClient && !cable_.farther.empty())
        when = when + cable_.farther[std::size_t(segment.header.destination_port - 40000)];
      if (segment.destination == kServer) {
        const std::uint64_t bytes = payload.size() + 54;
        const bool lost = dice_.chance(cable_.loss) && !payload.empty();
        if (lost || waiting_ + bytes > cable_.queue_bytes) continue;
        waiting_ += bytes;
        busy_until_ =
            std::max(busy_until_, now_) +
            Duration::nanoseconds(std::int64_t(bytes * 8'000'000'000 / cable_.bandwidth_bps));
        when = busy_until_ + cable_.delay;
      }
      cable_frames_.emplace(std::pair{when, number_++},
                            Frame{segment, {payload.begin(), payload.end()}});
    }
    out_.clear();
  }

  Bottleneck cable_;
  std::deque<TcpSettings> settings_;
  TcpSettings server_settings_;
  TcpSockets server_{server_settings_, Prng(1)};
  std::deque<TcpSockets> clients_;
  Prng dice_ = Prng::stream(7, "loss");
  Instant now_, busy_until_;
  std::uint64_t waiting_ = 0, number_ = 0;  // octets before the bottleneck
  std::vector<std::optional<Seq>> last_;    // acknowledged
  TcpOutbox out_;
  std::map<std::pair<Instant, std::uint64_t>, Frame> cable_frames_;

 public:
  std::vector<std::uint64_t> delivered;
};

constexpr auto kReno = CongestionAlgorithm::reno;
constexpr auto kCubic = CongestionAlgorithm::cubic;
constexpr double kSegment = 1448;

Instant at(std::int64_t seconds) { return Instant() + Duration::seconds(seconds); }

// Mathis et al. 1997: rate = MSS / RTT * sqrt(3 / (2 b p)). b is 1, although an ACK answers two
// segments: RFC 5681 counts octets.
TEST(TcpThroughput, RenoUnderRandomLossKeepsToTheMathisModel) {
  for (const std::uint32_t per_mille : {1, 4, 10}) {
    Race race({.bandwidth_bps = 1'000'000'000, .delay = 25_ms, .loss = {per_mille, 1000}}, {kReno});
    race.run_until(at(400));
    const double p = per_mille / 1000.0;
    const double model = kSegment / 0.05 * std::sqrt(3 / (2 * p));
    const double rate = double(race.delivered[0]) / 400;
    EXPECT_GT(rate, model * 0.7) << per_mille;
    EXPECT_LT(rate, model * 1.3) << per_mille;
    RecordProperty("of_the_model_at_" + std::to_string(per_mille), std::to_string(rate / model));
  }
}

TEST(TcpThroughput, ABulkFlowFillsItsCable) {
  for (const auto algorithm : {kReno, kCubic}) {
    Race race({.queue_bytes = 50'000}, {algorithm});
    race.run_until(at(60));
    EXPECT_GT(race.delivered[0], 60u * 10'000'000 / 8 * 9 / 10) << to_string(algorithm);
  }
}

TEST(TcpThroughput, TwoFlowsShareEvenly) {
  for (const auto algorithm : {kReno, kCubic}) {
    Race race({.queue_bytes = 60'000, .loss = {1, 2000}}, {algorithm, algorithm});
    race.run_until(at(300));
    const double sum = double(race.delivered[0] + race.delivered[1]);
    EXPECT_NEAR(double(race.delivered[0]) / sum, 0.5, 0.15) << to_string(algorithm);
    EXPECT_GT(sum, 300 * 10e6 / 8 * 0.85);
  }
}

/// Jain, Chiu, Hawe 1984: 1 where all have the same, 1/n where one has all.
double jains_index(const std::vector<std::uint64_t>& shares) {
  double sum = 0, squares = 0;
  for (const std::uint64_t share : shares) {
    sum += double(share);
    squares += double(share) * double(share);
  }
  return sum * sum / (double(shares.size()) * squares);
}

// Drop-tail with a queue of one bandwidth-delay product and no other loss: the flows fill it
// themselves. Without a little randomness deterministic flows may fall into step, so there is some.
TEST(TcpFairness, FlowsOfOneRoundTripShareEvenly) {
  for (const std::size_t flows : {2u, 4u})
    for (const auto algorithm : {kReno, kCubic}) {
      Race race({.queue_bytes = 60'000, .loss = {1, 20'000}}, std::vector(flows, algorithm));
      race.run_until(at(300));
      const double index = jains_index(race.delivered);
      EXPECT_GT(index, 0.9) << flows << " of " << to_string(algorithm);
      RecordProperty(std::string(to_string(algorithm)) + "_" + std::to_string(flows),
                     std::to_string(index));
      std::uint64_t sum = 0;
      for (const std::uint64_t share : race.delivered) sum += share;
      EXPECT_GT(double(sum), 300 * 10e6 / 8 * 0.9) << "and leave nothing idle";
    }
}

// RFC 5681's window grows by a segment a round trip: with a shared queue's losses the shares are
// inverse to the round trip at least, to its square at most (Lakshman, Madhow 1997).
TEST(TcpFairness, RenoFavoursTheShorterRoundTrip) {
  const std::int64_t far_ms = 60;
  Race race({.queue_bytes = 25'000, .loss = {1, 20'000}, .farther = {0_ms, 60_ms}}, {kReno, kReno});
  race.run_until(at(300));
  const double share = double(race.delivered[0]) / double(race.delivered[1]);
  // 20 ms and up to 20 ms of waiting, against that and 60 ms more.
  const double least = (40.0 + far_ms) / 40.0, most = std::pow((20.0 + far_ms) / 20.0, 2);
  EXPECT_GT(share, least * 0.8);
  EXPECT_LT(share, most * 1.2);
  RecordProperty("share", std::to_string(share));
}

// RFC 9438 1: long and fast paths, where Reno takes minutes to grow back.
TEST(TcpThroughput, CubicIsFasterThanRenoOnALongPath) {
  const Bottleneck cable{
      .bandwidth_bps = 200'000'000, .delay = 50_ms, .queue_bytes = 500'000, .loss = {1, 20'000}};
  std::uint64_t bytes[2];
  for (const auto algorithm : {kReno, kCubic}) {
    Race race(cable, {algorithm});
    race.run_until(at(200));
    bytes[algorithm == kCubic] = race.delivered[0];
  }
  EXPECT_GT(double(bytes[1]), 1.3 * double(bytes[0])) << bytes[1] << " and " << bytes[0];
}

}  // namespace
}  // namespace natsim
