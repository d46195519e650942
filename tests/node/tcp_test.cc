// Goal: TCP at a node, on the wire: opening, refusing, closing. The state machine has tests of its
// own; here its segments have to come out right, and closed ports have no machine at all.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/lab.h"

namespace natsim::lab {
namespace {

using testing::ElementsAre;

/// far 10.0.0.2 ── h 10.0.0.1, which listens on port 80. Its neighbour is known to it.
struct Bench {
  Bench() {
    lab.cable(far, host);
    host.stack().add_neighbor(IfIndex{0}, ip("10.0.0.2"), far.mac());
    host.sockets().listen_tcp(80);
  }
  void send(const Frame& frame) {
    far.sends(0_ms, frame);
    lab.run(100_ms);
  }
  /// A segment from far's port 4000.
  void send(std::uint16_t port, TcpFlags flags, std::uint32_t seq, std::uint32_t ack = 0,
            const Bytes& payload = {}) {
    send(tcp({.src = "10.0.0.2:4000",
              .dst = "10.0.0.1:" + std::to_string(port),
              .flags = flags,
              .seq = seq,
              .ack = ack,
              .payload = payload}));
  }
  /// Opens a connection to port 80 with sequence number 1000; returns the host's.
  std::uint32_t open() {
    send(80, kTcpSyn, 1000);
    const Sighting answer = far.next();
    EXPECT_FRAME(answer, tcp(flags(kTcpSyn | kTcpAck), ack(1001)));
    const std::uint32_t isn = load_be32(Dissected(answer).ip->payload().data() + 4);
    send(80, kTcpAck, 1001, isn + 1);
    EXPECT_SILENCE(far);
    return isn;
  }
  Lab lab;
  FarEnd& far = lab.far("far", "10.0.0.2");
  IpNode& host = lab.host("h", "10.0.0.1/24");
};

TEST(TcpClosed, TCP_03_04_05_APortWithoutListenerResets) {
  struct Row {
    const char* what;
    TcpFlags flags;
    Bytes payload;
    std::optional<TcpFlags> answer;
    std::uint32_t seq, ack;
  };
  const TcpFlags rst_ack = kTcpRst | kTcpAck;
  // All carry sequence number 1000 and acknowledgment number 5555.
  const Row rows[] = {
      {"SYN", kTcpSyn, {}, rst_ack, 0, 1001},
      {"SYN with data", kTcpSyn, text("abc"), rst_ack, 0, 1004},
      {"ACK", kTcpAck, {}, kTcpRst, 5555, 0},
      {"SYN+ACK", kTcpSyn | kTcpAck, {}, kTcpRst, 5555, 0},
      {"data", kTcpPsh | kTcpAck, text("abc"), kTcpRst, 5555, 0},
      {"FIN+ACK", kTcpFin | kTcpAck, {}, kTcpRst, 5555, 0},
      {"FIN", kTcpFin, {}, rst_ack, 0, 1001},
      {"no flags", 0, {}, rst_ack, 0, 1000},
      {"RST", kTcpRst, {}, std::nullopt, 0, 0},
      {"RST+ACK", rst_ack, {}, std::nullopt, 0, 0},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.what);
    Bench b;
    b.send(22, row.flags, 1000, 5555, row.payload);
    if (row.answer) {
      EXPECT_FRAME(
          b.far.next(), ipv4(src("10.0.0.1"), dst("10.0.0.2"), ttl(64), df(true)),
          tcp(src_port(22), dst_port(4000), flags(*row.answer), seq(row.seq), ack(row.ack)),
          valid_checksums());
    }
    EXPECT_SILENCE(b.far);
  }
}

TEST(TcpClosed, ANodeWithoutSocketsResetsToo) {
  Lab lab;
  FarEnd& far = lab.far("far", "10.0.0.2");
  IpNode& router = lab.router("r", {"10.0.0.1/24"});
  lab.cable(far, router);
  far.sends(0_ms, tcp({.src = "10.0.0.2:4000", .dst = "10.0.0.1:22", .seq = 7}));
  lab.run(100_ms);
  EXPECT_FRAME(far.next(), tcp(flags(kTcpRst | kTcpAck), ack(8)));
}

TEST(TcpClosed, SegmentsToAGroupAreLeftAlone) {
  // With and without sockets: RFC 1122 4.2.3.10.
  for (const bool with_sockets : {true, false}) {
    Lab lab;
    FarEnd& far = lab.far("far", "10.0.0.2");
    IpNode& router = lab.router("r", {"10.0.0.1/24"});
    lab.cable(far, router);
    if (with_sockets) router.sockets().listen_tcp(80);
    for (const char* to : {"10.0.0.255:80", "255.255.255.255:80", "224.0.0.1:80", "10.0.0.1:80"})
      far.sends(0_ms, tcp({.src = "10.0.0.2:4000", .dst = to}).to_all());
    far.sends(0_ms, tcp({.src = "10.0.0.2:4000", .dst = "10.0.0.255:22"}));
    lab.run(100_ms);
    EXPECT_SILENCE(far);
  }
}

TEST(TcpClosed, TCP_35_DamagedSegmentsAreDroppedInSilence) {
  Bench b;
  b.send(tcp({.src = "10.0.0.2:4000", .dst = "10.0.0.1:22"}).with_bad_checksum());
  b.send(tcp({.src = "10.0.0.2:4000", .dst = "10.0.0.1:80"}).with_bad_checksum());
  EXPECT_SILENCE(b.far);
  EXPECT_THAT(b.lab.drops(), ElementsAre("h: bad_checksum", "h: bad_checksum"));
}

TEST(TcpClosed, SegmentsTooShortForTheirHeaderAreDropped) {
  Bench b;
  b.send(ipv4(
      {.src = "10.0.0.2", .dst = "10.0.0.1", .protocol = Protocol::tcp, .payload = counting(19)}));
  b.send(tcp({.src = "10.0.0.2:4000", .dst = "10.0.0.1:22"}).with_octet(32, 0x40));  // offset 4
  b.send(tcp({.src = "10.0.0.2:4000", .dst = "10.0.0.1:22"}).with_octet(32, 0xf0));  // offset 15
  EXPECT_SILENCE(b.far);
}

/// The first four octets of the payload become options; a smaller window keeps the checksum right.
Frame with_options_of_payload(const Frame& frame) {
  constexpr std::size_t kOffsetAt = 32, kWindowAt = 34;
  return frame.with_octet(kOffsetAt, 0x60)
      .with_octet(kWindowAt, std::uint8_t(frame.payload()[kWindowAt] - 0x10));
}

// RFC 9293 3.1, MUST-7: an illegal length of an option is no reason to be silent.
TEST(TcpListen, OptionsThatMakeNoSenseAreLeftAside) {
  const Bytes of_length_zero = {8, 0, 1, 1};
  const auto syn = [&](const char* to) {
    return with_options_of_payload(
        tcp({.src = "10.0.0.2:4000", .dst = to, .seq = 7, .payload = of_length_zero}));
  };
  Bench b;
  b.send(syn("10.0.0.1:22"));
  EXPECT_FRAME(b.far.next(), tcp(flags(kTcpRst | kTcpAck), ack(8)), valid_checksums());
  b.send(syn("10.0.0.1:80"));
  EXPECT_FRAME(b.far.next(), tcp(flags(kTcpSyn | kTcpAck), ack(8)));
}

TEST(TcpListen, TCP_02_AHandshakeOpensAConnectionAndAFinClosesIt) {
  Bench b;
  const std::uint32_t isn = b.open();
  b.send(80, kTcpPsh | kTcpAck, 1001, isn + 1, text("GET /"));
  EXPECT_FRAME(b.far.next(), tcp(flags(kTcpAck), seq(isn + 1), ack(1006)));
  b.send(80, kTcpFin | kTcpAck, 1006, isn + 1);
  // TCP-25: the acknowledgment, and the host's own FIN, in one segment or in two.
  const Sighting first = b.far.next();
  EXPECT_FRAME(first, tcp(ack(1007)));
  const Sighting second = b.far.next();
  EXPECT_FRAME(second ? second : first, tcp(flags(kTcpFin | kTcpAck), seq(isn + 1), ack(1007)));
  b.send(80, kTcpAck, 1007, isn + 2);
  EXPECT_SILENCE(b.far);
  // It is over: the next segment finds nothing.
  b.send(80, kTcpAck, 1007, isn + 2);
  EXPECT_FRAME(b.far.next(), tcp(flags(kTcpRst), seq(isn + 2)));
}

TEST(TcpListen, TCP_06_07_OnlyASynOpens) {
  struct Row {
    const char* what;
    TcpFlags flags;
    bool reset;
  };
  const Row rows[] = {
      {"ACK", kTcpAck, true},
      {"SYN+ACK", kTcpSyn | kTcpAck, true},
      {"RST", kTcpRst, false},
      {"FIN", kTcpFin, false},
      {"SYN+FIN", kTcpSyn | kTcpFin, false},
      {"SYN+RST", kTcpSyn | kTcpRst, false},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.what);
    Bench b;
    b.send(80, row.flags, 1000, 5555);
    if (row.reset) {
      EXPECT_FRAME(b.far.next(), tcp(flags(kTcpRst), seq(5555)));
    }
    EXPECT_SILENCE(b.far);
  }
}

TEST(TcpListen, TCP_12_ASynAckIsRepeatedAt1_3_7_15_31Seconds) {
  Bench b;
  b.far.sends(0_ms, tcp({.src = "10.0.0.2:4000", .dst = "10.0.0.1:80", .seq = 1000}));
  b.lab.run(200_s);
  for (const Duration later : {0_s, 1_s, 3_s, 7_s, 15_s, 31_s})
    EXPECT_FRAME(b.far.next(), at(later + 2_ms), tcp(flags(kTcpSyn | kTcpAck), ack(1001)));
  EXPECT_SILENCE(b.far);
}

TEST(TcpListen, TCP_31_32_OnlyAnExactResetEndsAConnection) {
  Bench b;
  const std::uint32_t isn = b.open();
  b.send(80, kTcpRst, 1001 + 100);  // in the window, but not exact
  EXPECT_FRAME(b.far.next(), tcp(flags(kTcpAck), seq(isn + 1), ack(1001)));
  b.send(80, kTcpRst, 1000);  // before the window
  EXPECT_SILENCE(b.far);
  b.send(80, kTcpRst, 1001);
  EXPECT_SILENCE(b.far);
  b.send(80, kTcpAck, 1001, isn + 1);
  EXPECT_FRAME(b.far.next(), tcp(flags(kTcpRst), seq(isn + 1)));
}

TEST(TcpConnect, TCP_01_TheSynCarriesLinuxsOptions) {
  Bench b;
  b.lab.connect(b.host, "10.0.0.2:80");
  b.lab.run(100_ms);
  const Sighting syn = b.far.next();
  ASSERT_FRAME(syn, ipv4(src("10.0.0.1"), ttl(64), df(true)), tcp(flags(kTcpSyn), mss(1460)),
               valid_checksums());
  const ByteSpan segment = Dissected(syn).ip->payload();
  ASSERT_EQ(segment.size(), 40u);
  const auto kinds =
      std::vector<int>{segment[20], segment[24], segment[26], segment[36], segment[37]};
  EXPECT_THAT(kinds, ElementsAre(2, 4, 8, 1, 3)) << "MSS, SACK, timestamps, no-op, window scale";
}

TEST(TcpConnect, TCP_10_AnUnansweredSynIsRepeatedFor127Seconds) {
  Bench b;
  const Outcomes& outcome = b.lab.connect(b.host, "10.0.0.2:80");
  b.lab.run(300_s);
  for (const Duration later : {0_s, 1_s, 3_s, 7_s, 15_s, 31_s, 63_s})
    EXPECT_FRAME(b.far.next(), at(later + 1_ms), tcp(flags(kTcpSyn)));
  EXPECT_SILENCE(b.far);
  EXPECT_EQ(outcome.result(), "timed_out");
  EXPECT_EQ(outcome.when(), at_time(127_s));
}

TEST(TcpConnect, TCP_30_OnlyAnAcceptableResetRefuses) {
  for (const bool acceptable : {false, true}) {
    Bench b;
    const Outcomes& outcome = b.lab.connect(b.host, "10.0.0.2:80", 4000);
    b.lab.run(100_ms);
    const Sighting syn = b.far.next();
    const std::uint32_t isn = load_be32(Dissected(syn).ip->payload().data() + 4);
    b.send(tcp({.src = "10.0.0.2:80",
                .dst = "10.0.0.1:4000",
                .flags = kTcpRst | kTcpAck,
                .ack = isn + (acceptable ? 1 : 2)}));
    EXPECT_EQ(outcome.result(), acceptable ? "refused" : "pending");
  }
}

TEST(TcpConnect, TCP_28_BothMayOpenAtOnce) {
  Bench b;
  const Outcomes& outcome = b.lab.connect(b.host, "10.0.0.2:80", 4000);
  b.lab.run(10_ms);
  const Sighting syn = b.far.next();
  const std::uint32_t isn = load_be32(Dissected(syn).ip->payload().data() + 4);
  const TcpText reply{.src = "10.0.0.2:80", .dst = "10.0.0.1:4000", .seq = 9000};
  b.send(tcp(reply));
  EXPECT_FRAME(b.far.next(), tcp(flags(kTcpSyn | kTcpAck), seq(isn), ack(9001)));
  auto acknowledged = reply;
  acknowledged.flags = kTcpSyn | kTcpAck;
  acknowledged.ack = isn + 1;
  b.send(tcp(acknowledged));
  EXPECT_EQ(outcome.result(), "answered") << b.lab.story();
}

TEST(TcpConnect, TCP_39_IcmpErrorsEndAnOpening) {
  struct Row {
    std::uint8_t type, code;
    const char* result;
  };
  const Row rows[] = {
      {3, 0, "unreachable: net unreachable (3/0) from 10.0.0.9"},
      {3, 1, "unreachable: host unreachable (3/1) from 10.0.0.9"},
      {3, 2, "refused: protocol unreachable (3/2) from 10.0.0.9"},
      {3, 3, "refused: port unreachable (3/3) from 10.0.0.9"},
      {3, 4, "pending"},
      {3, 13, "unreachable: admin prohibited (3/13) from 10.0.0.9"},
      {11, 0, "unreachable: time exceeded in-transit (11/0) from 10.0.0.9"},
      {11, 1, "pending"},
      {4, 0, "pending"},
  };
  for (const Row& row : rows) {
    Bench b;
    const Outcomes& outcome = b.lab.connect(b.host, "10.0.0.2:80");
    b.lab.run(10_ms);
    const Sighting syn = b.far.next();
    const ByteSpan packet = Dissected(syn).ip->bytes();
    b.send(icmp({.src = "10.0.0.9",
                 .dst = "10.0.0.1",
                 .what = {IcmpType(row.type), row.code},
                 .payload = {packet.begin(), packet.begin() + 28}}));
    const std::string result = outcome.result();
    EXPECT_EQ(result.substr(0, result.find(':')),
              std::string(row.result).substr(0, std::string(row.result).find(':')))
        << result;
    EXPECT_EQ(result, row.result);
  }
}

TEST(TcpConnect, TCP_02_25_26_TwoHostsGoThroughItAll) {
  Lab lab;
  IpNode& a = lab.host("a", "10.0.0.1/24");
  IpNode& b = lab.host("b", "10.0.0.2/24");
  lab.cable(a, b);
  b.sockets().listen_tcp(80);
  const Outcomes& open = lab.connect(a, "10.0.0.2:80", 4000);
  const Outcomes& closed = lab.connect(a, "10.0.0.2:81");
  const Outcomes& absent = lab.connect(a, "10.0.0.3:80");
  const Outcomes& nowhere = lab.connect(a, "192.0.2.1:80");
  lab.run(10_s);
  EXPECT_EQ(open.result(), "answered") << lab.story();
  EXPECT_EQ(open.when(), at_time(4_ms)) << "ARP, SYN and SYN+ACK";
  EXPECT_EQ(closed.result(), "refused");
  EXPECT_EQ(absent.result(), "unreachable: host unreachable (3/1) from 10.0.0.1");
  EXPECT_EQ(absent.when(), at_time(3_s));
  EXPECT_EQ(nowhere.result(), "unreachable");
  // The closer waits 60 s in TIME_WAIT: until then its port is taken.
  EXPECT_EQ(lab.connect(a, "10.0.0.2:80", 4000).result(), "unreachable");
  lab.run(60_s);
  const Outcomes& again = lab.connect(a, "10.0.0.2:80", 4000);
  lab.run(1_s);
  EXPECT_EQ(again.result(), "answered");
}

TEST(TcpConnect, AHostMayConnectToItself) {
  Lab lab;
  IpNode& host = lab.host("h", "10.0.0.1/24");
  host.sockets().listen_tcp(80);
  const Outcomes& open = lab.connect(host, "10.0.0.1:80");
  const Outcomes& closed = lab.connect(host, "10.0.0.1:81");
  lab.run(1_s);
  EXPECT_EQ(open.result(), "answered") << lab.story();
  EXPECT_EQ(closed.result(), "refused") << lab.story();
}

}  // namespace
}  // namespace natsim::lab
