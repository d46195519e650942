// One TCP connection as packet scripts: what it says, when, and what it makes of the answers.
#include "sim/transport/tcp_connection.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <optional>
#include <string>

namespace natsim {
namespace {

const Endpoint kLocal{Ipv4Address::of(192, 168, 1, 100), 40000};
const Endpoint kRemote{Ipv4Address::of(203, 0, 113, 80), 80};
constexpr Seq kRemoteIsn{5000};

/// A connection with a scripted peer. Times are absolute; expectations look at one segment each.
class TcpBench {
 public:
  static TcpBench syn_sent() {
    TcpBench bench;
    bench.tcp_ = TcpConnection::connect({kLocal, kRemote, Protocol::tcp}, {}, settings(),
                                        TcpProgram::probe, bench.numbers_, Instant{}, bench.out_);
    bench.isn_ = bench.out_.segments.at(0).header.seq;
    return bench;
  }
  static TcpBench syn_received(const TcpOptions& options = all_options()) {
    TcpBench bench;
    TcpSegment syn = bench.segment(kTcpSyn, kRemoteIsn, Seq{});
    syn.header.options = options;
    bench.tcp_ = TcpConnection::accept(syn, settings(), TcpProgram::accept, bench.numbers_,
                                       Instant{}, bench.out_);
    bench.isn_ = bench.out_.segments.at(0).header.seq;
    return bench;
  }
  /// The peer's SYN accepted, our SYN+ACK acknowledged, nothing left to read.
  static TcpBench established() {
    TcpBench bench = syn_received();
    bench.send(0, kTcpAck, kRemoteIsn + 1, bench.isn() + 1);
    bench.out_.clear();
    return bench;
  }
  static TcpOptions all_options() {
    TcpOptions options;
    options.mss = 1460;
    options.sack_permitted = true;
    options.window_scale = 8;
    options.timestamps = TcpTimestamps{77, 0};
    return options;
  }

  void send(std::int64_t ms, TcpFlags flags, Seq seq, Seq ack, ByteSpan payload = {}) {
    tcp_->on_segment(segment(flags, seq, ack, payload), at(ms), out_);
  }
  void send_with_clock(std::int64_t ms, Seq seq, Seq ack, std::uint32_t clock, ByteSpan payload) {
    TcpSegment made = segment(kTcpAck | kTcpPsh, seq, ack, payload);
    made.header.options.timestamps = TcpTimestamps{clock, 0};
    tcp_->on_segment(made, at(ms), out_);
  }
  /// The next segment. It must carry just these flags.
  TcpHeader expect(TcpFlags flags) {
    if (out_.segments.empty()) {
      ADD_FAILURE() << "silence instead of " << tcp_flags_to_string(flags);
      return {};
    }
    const TcpHeader header = out_.segments.front().header;
    out_.segments.erase(out_.segments.begin());
    EXPECT_EQ(tcp_flags_to_string(header.flags), tcp_flags_to_string(flags));
    return header;
  }
  void expect_silence() {
    for (const TcpSegmentOut& unexpected : out_.segments)
      ADD_FAILURE() << "unexpected " << tcp_flags_to_string(unexpected.header.flags);
    out_.segments.clear();
  }
  std::optional<TcpEvent> event() {
    if (out_.events.empty()) return std::nullopt;
    const TcpEvent first = out_.events.front();
    out_.events.erase(out_.events.begin());
    return first;
  }
  /// Lets the next timer fire; returns its time in ms.
  std::int64_t fire() {
    const Instant when = tcp_->next_deadline();
    EXPECT_NE(when, Instant::never());
    tcp_->on_deadline(when, out_);
    return when.ns() / 1'000'000;
  }
  Seq isn() const { return isn_; }
  TcpState state() const { return tcp_->state(); }
  TcpConnection& tcp() { return *tcp_; }
  TcpOutbox& out() { return out_; }

 private:
  static const TcpSettings& settings() {
    static const TcpSettings defaults;
    return defaults;
  }
  static Instant at(std::int64_t ms) { return Instant::from_ns(ms * 1'000'000); }
  TcpSegment segment(TcpFlags flags, Seq seq, Seq ack, ByteSpan payload = {}) const {
    TcpSegment made;
    made.source = kRemote.address;
    made.destination = kLocal.address;
    made.header.source_port = kRemote.port;
    made.header.destination_port = kLocal.port;
    made.header.flags = flags;
    made.header.seq = seq;
    made.header.ack = ack;
    made.header.window = 65535;
    made.payload = payload;
    if (flags & kTcpSyn) made.header.options = all_options();
    return made;
  }

  TcpNumbers numbers_{1};
  std::optional<TcpConnection> tcp_;
  TcpOutbox out_;
  Seq isn_;
};

// TCP-01
TEST(TcpSynSent, SynCarriesLinuxsOptions) {
  TcpBench tcp = TcpBench::syn_sent();
  const TcpHeader syn = tcp.expect(kTcpSyn);
  EXPECT_EQ(syn.source_port, kLocal.port);
  EXPECT_EQ(syn.destination_port, kRemote.port);
  EXPECT_EQ(syn.options.mss, 1460);
  EXPECT_TRUE(syn.options.sack_permitted);
  EXPECT_EQ(syn.options.window_scale, 7);
  ASSERT_TRUE(syn.options.timestamps);
  EXPECT_EQ(syn.options.timestamps->echo, 0u);

  Bytes bytes(syn.size());
  syn.emit(bytes);
  const Bytes head(bytes.begin() + 20, bytes.begin() + 28);
  EXPECT_EQ(head, (Bytes{2, 4, 0x05, 0xb4, 4, 2, 8, 10}));
  const Bytes tail(bytes.end() - 4, bytes.end());
  EXPECT_EQ(tail, (Bytes{1, 3, 3, 7}));
}

// TCP-10
TEST(TcpSynSent, SynIsRepeatedSixTimesAndGivenUpAt127Seconds) {
  TcpBench tcp = TcpBench::syn_sent();
  tcp.expect(kTcpSyn);
  for (const std::int64_t second : {1, 3, 7, 15, 31, 63}) {
    EXPECT_EQ(tcp.fire(), second * 1000);
    EXPECT_EQ(tcp.expect(kTcpSyn).seq, tcp.isn());
    EXPECT_EQ(tcp.event(), std::nullopt) << second;
  }
  EXPECT_EQ(tcp.fire(), 127'000);
  tcp.expect_silence();
  EXPECT_EQ(tcp.event()->outcome, ProbeOutcome{ProbeResult::timed_out});
  EXPECT_EQ(tcp.state(), TcpState::closed);
}

// TCP-02, TCP-25, TCP-26
TEST(TcpSynSent, ProbeConnectsAndClosesProperly) {
  TcpBench tcp = TcpBench::syn_sent();
  tcp.expect(kTcpSyn);
  tcp.send(100, kTcpSyn | kTcpAck, kRemoteIsn, tcp.isn() + 1);
  const TcpHeader ack = tcp.expect(kTcpAck);
  EXPECT_EQ(ack.seq, tcp.isn() + 1);
  EXPECT_EQ(ack.ack, kRemoteIsn + 1);
  EXPECT_EQ(ack.window, 64240 >> 7);
  EXPECT_EQ(ack.options.timestamps->echo, 77u);
  EXPECT_EQ(ack.options.mss, std::nullopt);
  const TcpHeader fin = tcp.expect(kTcpFin | kTcpAck);
  EXPECT_EQ(fin.seq, tcp.isn() + 1);
  EXPECT_EQ(tcp.event()->kind, TcpEvent::Kind::connected);

  tcp.send(200, kTcpAck, kRemoteIsn + 1, tcp.isn() + 2);
  tcp.expect_silence();
  EXPECT_EQ(tcp.state(), TcpState::fin_wait_2);
  tcp.send(200, kTcpFin | kTcpAck, kRemoteIsn + 1, tcp.isn() + 2);
  EXPECT_EQ(tcp.expect(kTcpAck).ack, kRemoteIsn + 2);
  EXPECT_EQ(tcp.event()->kind, TcpEvent::Kind::closed);
  EXPECT_EQ(tcp.state(), TcpState::time_wait);

  // The last ACK was lost: the peer's FIN comes again, is acknowledged again, and the wait
  // restarts.
  tcp.send(10'200, kTcpFin | kTcpAck, kRemoteIsn + 1, tcp.isn() + 2);
  EXPECT_EQ(tcp.expect(kTcpAck).ack, kRemoteIsn + 2);
  EXPECT_EQ(tcp.fire(), 70'200);
  EXPECT_EQ(tcp.state(), TcpState::closed);
  tcp.expect_silence();
}

// TCP-30
TEST(TcpSynSent, OnlyAResetThatAcknowledgesTheSynRefuses) {
  TcpBench tcp = TcpBench::syn_sent();
  tcp.expect(kTcpSyn);
  tcp.send(1, kTcpRst, Seq{0}, Seq{0});
  tcp.send(1, kTcpRst | kTcpAck, Seq{0}, tcp.isn());
  tcp.send(1, kTcpRst | kTcpAck, Seq{0}, tcp.isn() + 2);
  EXPECT_EQ(tcp.event(), std::nullopt);
  EXPECT_EQ(tcp.state(), TcpState::syn_sent);
  tcp.send(1, kTcpRst | kTcpAck, Seq{0}, tcp.isn() + 1);
  tcp.expect_silence();
  EXPECT_EQ(tcp.event()->outcome, ProbeOutcome{ProbeResult::refused});
  EXPECT_EQ(tcp.state(), TcpState::closed);
}

TEST(TcpSynSent, ForeignAcknowledgmentIsAnsweredWithReset) {
  TcpBench tcp = TcpBench::syn_sent();
  tcp.expect(kTcpSyn);
  tcp.send(1, kTcpSyn | kTcpAck, kRemoteIsn, tcp.isn() + 9);
  EXPECT_EQ(tcp.expect(kTcpRst).seq, tcp.isn() + 9);
  EXPECT_EQ(tcp.state(), TcpState::syn_sent);
}

// TCP-39
TEST(TcpSynSent, IcmpErrorEndsTheAttemptUnlessLinuxIgnoresIt) {
  const IpAddress router = Ipv4Address::of(192, 168, 1, 1);
  TcpBench tcp = TcpBench::syn_sent();
  tcp.tcp().on_error({router, 3, 4}, tcp.out());
  EXPECT_EQ(tcp.event(), std::nullopt);
  tcp.tcp().on_error({router, 3, 13}, tcp.out());
  const ProbeOutcome prohibited{ProbeResult::unreachable, {router, 3, 13}};
  EXPECT_EQ(tcp.event()->outcome, prohibited);
  EXPECT_EQ(tcp.state(), TcpState::closed);
}

// TCP-28
TEST(TcpSynSent, SimultaneousOpenRepeatsTheSameIsn) {
  TcpBench tcp = TcpBench::syn_sent();
  tcp.expect(kTcpSyn);
  tcp.send(1, kTcpSyn, kRemoteIsn, Seq{});
  const TcpHeader answer = tcp.expect(kTcpSyn | kTcpAck);
  EXPECT_EQ(answer.seq, tcp.isn());
  EXPECT_EQ(answer.ack, kRemoteIsn + 1);
  EXPECT_EQ(tcp.state(), TcpState::syn_received);
  tcp.send(2, kTcpSyn | kTcpAck, kRemoteIsn, tcp.isn() + 1);
  EXPECT_EQ(tcp.event()->kind, TcpEvent::Kind::connected);
  tcp.expect(kTcpFin | kTcpAck);  // The probe closes; its FIN acknowledges the SYN too.
}

// TCP-02
TEST(TcpSynReceived, SynAckAnswersWithWhatWasOffered) {
  TcpBench tcp = TcpBench::syn_received();
  const TcpHeader answer = tcp.expect(kTcpSyn | kTcpAck);
  EXPECT_EQ(answer.ack, kRemoteIsn + 1);
  EXPECT_EQ(answer.options.timestamps->echo, 77u);
  EXPECT_TRUE(answer.options.sack_permitted);
  tcp.send(1, kTcpAck, kRemoteIsn + 1, tcp.isn() + 1);
  tcp.expect_silence();
  EXPECT_EQ(tcp.event()->kind, TcpEvent::Kind::accepted);
  EXPECT_EQ(tcp.state(), TcpState::established);
  EXPECT_EQ(tcp.tcp().next_deadline(), Instant::never());

  TcpBench plain = TcpBench::syn_received(TcpOptions{});
  const TcpHeader plain_answer = plain.expect(kTcpSyn | kTcpAck);
  EXPECT_EQ(plain_answer.options.mss, 1460);
  EXPECT_FALSE(plain_answer.options.sack_permitted);
  EXPECT_EQ(plain_answer.options.window_scale, std::nullopt);
  EXPECT_EQ(plain_answer.options.timestamps, std::nullopt);
}

// TCP-12
TEST(TcpSynReceived, SynAckIsRepeatedFiveTimesAndDroppedSilently) {
  TcpBench tcp = TcpBench::syn_received();
  tcp.expect(kTcpSyn | kTcpAck);
  for (const std::int64_t second : {1, 3, 7, 15, 31}) {
    EXPECT_EQ(tcp.fire(), second * 1000);
    EXPECT_EQ(tcp.expect(kTcpSyn | kTcpAck).seq, tcp.isn());
  }
  EXPECT_EQ(tcp.fire(), 63'000);
  tcp.expect_silence();
  EXPECT_EQ(tcp.event(), std::nullopt);
  EXPECT_EQ(tcp.state(), TcpState::closed);
}

TEST(TcpSynReceived, WrongAcknowledgmentIsAnsweredWithResetAndSynRepeatedWithSynAck) {
  TcpBench tcp = TcpBench::syn_received();
  tcp.expect(kTcpSyn | kTcpAck);
  tcp.send(1, kTcpAck, kRemoteIsn + 1, tcp.isn() + 2);
  EXPECT_EQ(tcp.expect(kTcpRst).seq, tcp.isn() + 2);
  tcp.send(2, kTcpSyn, kRemoteIsn, Seq{});
  EXPECT_EQ(tcp.expect(kTcpSyn | kTcpAck).seq, tcp.isn());
  tcp.send(3, kTcpRst, kRemoteIsn + 1, Seq{});
  tcp.expect_silence();
  EXPECT_EQ(tcp.state(), TcpState::closed);
}

// TCP-25
TEST(TcpEstablished, PeersFinIsAnsweredWithFinAndItsAckEndsTheConnection) {
  TcpBench tcp = TcpBench::established();
  tcp.send(5, kTcpFin | kTcpAck, kRemoteIsn + 1, tcp.isn() + 1);
  const TcpHeader fin = tcp.expect(kTcpFin | kTcpAck);
  EXPECT_EQ(fin.ack, kRemoteIsn + 2);
  tcp.expect_silence();
  EXPECT_EQ(tcp.state(), TcpState::last_ack);
  tcp.send(6, kTcpAck, kRemoteIsn + 2, tcp.isn() + 2);
  EXPECT_EQ(tcp.event()->kind, TcpEvent::Kind::closed);
  EXPECT_EQ(tcp.state(), TcpState::closed);
}

// TCP-37, TCP-13
TEST(TcpEstablished, UnacknowledgedFinIsRepeatedWithBackoff) {
  TcpBench tcp = TcpBench::syn_sent();
  tcp.expect(kTcpSyn);
  tcp.send(100, kTcpSyn | kTcpAck, kRemoteIsn, tcp.isn() + 1);  // R = 0.1 s, so RTO = 0.3 s
  tcp.expect(kTcpAck);
  tcp.expect(kTcpFin | kTcpAck);
  for (const std::int64_t ms : {400, 1000, 2200, 4600}) {
    EXPECT_EQ(tcp.fire(), ms);
    EXPECT_EQ(tcp.expect(kTcpFin | kTcpAck).seq, tcp.isn() + 1);
  }
}

// TCP-29
TEST(TcpEstablished, SimultaneousCloseGoesThroughClosing) {
  TcpBench tcp = TcpBench::syn_sent();
  tcp.expect(kTcpSyn);
  tcp.send(10, kTcpSyn | kTcpAck, kRemoteIsn, tcp.isn() + 1);
  tcp.expect(kTcpAck);
  tcp.expect(kTcpFin | kTcpAck);
  tcp.send(20, kTcpFin | kTcpAck, kRemoteIsn + 1, tcp.isn() + 1);  // crossed ours
  EXPECT_EQ(tcp.expect(kTcpAck).ack, kRemoteIsn + 2);
  EXPECT_EQ(tcp.state(), TcpState::closing);
  tcp.send(30, kTcpAck, kRemoteIsn + 2, tcp.isn() + 2);
  EXPECT_EQ(tcp.state(), TcpState::time_wait);
}

// TCP-23
TEST(TcpEstablished, DataBeyondAHoleIsAcknowledgedAtOnceAndTakenWhenTheHoleIsFilled) {
  const Bytes text(10, 'x');
  TcpBench tcp = TcpBench::established();
  tcp.send(5, kTcpAck | kTcpPsh, kRemoteIsn + 11, tcp.isn() + 1, text);
  EXPECT_EQ(tcp.expect(kTcpAck).ack, kRemoteIsn + 1);  // the hole
  tcp.send(6, kTcpAck | kTcpPsh, kRemoteIsn + 1, tcp.isn() + 1, text);
  EXPECT_EQ(tcp.expect(kTcpAck).ack, kRemoteIsn + 21);
  tcp.send(7, kTcpAck | kTcpPsh, kRemoteIsn + 1, tcp.isn() + 1, text);
  EXPECT_EQ(tcp.expect(kTcpAck).ack, kRemoteIsn + 21);  // a repetition
  // A FIN beyond a hole has to wait for it.
  tcp.send(8, kTcpFin | kTcpAck, kRemoteIsn + 31, tcp.isn() + 1);
  EXPECT_EQ(tcp.expect(kTcpAck).ack, kRemoteIsn + 21);
  EXPECT_EQ(tcp.state(), TcpState::established);
  tcp.send(9, kTcpAck, kRemoteIsn + 21, tcp.isn() + 1, text);
  EXPECT_EQ(tcp.expect(kTcpFin | kTcpAck).ack, kRemoteIsn + 32);
  EXPECT_EQ(tcp.state(), TcpState::last_ack);
}

// RFC 7323 4.3: what is echoed is the clock of the last segment in order; ours ticks in ms.
TEST(TcpEstablished, TimestampsAreEchoed) {
  const Bytes text(10, 'x');
  TcpBench tcp = TcpBench::established();
  tcp.send_with_clock(5, kRemoteIsn + 1, tcp.isn() + 1, 500, text);
  const TcpHeader first = tcp.expect(kTcpAck);
  EXPECT_EQ(first.options.timestamps->echo, 500u);
  tcp.send_with_clock(9, kRemoteIsn + 21, tcp.isn() + 1, 600, text);  // beyond a hole
  const TcpHeader second = tcp.expect(kTcpAck);
  EXPECT_EQ(second.options.timestamps->echo, 500u);
  EXPECT_EQ(second.options.timestamps->value - first.options.timestamps->value, 4u);
}

// TCP-31, TCP-32
TEST(TcpEstablished, ResetMustHaveTheExactNumber) {
  TcpBench tcp = TcpBench::established();
  tcp.send(5, kTcpRst, kRemoteIsn + 100'000, Seq{});  // outside of the window
  tcp.expect_silence();
  tcp.send(5, kTcpRst, kRemoteIsn + 2, Seq{});
  EXPECT_EQ(tcp.expect(kTcpAck).ack, kRemoteIsn + 1);  // the challenge
  EXPECT_EQ(tcp.state(), TcpState::established);
  tcp.send(5, kTcpRst, kRemoteIsn + 1, Seq{});
  EXPECT_EQ(tcp.event()->outcome, ProbeOutcome{ProbeResult::refused});
  EXPECT_EQ(tcp.state(), TcpState::closed);
}

// TCP-33
TEST(TcpEstablished, SynsAreChallengedOncePerBurst) {
  TcpBench tcp = TcpBench::established();
  for (std::uint32_t i = 0; i < 5; ++i) tcp.send(5, kTcpSyn, kRemoteIsn + 1 + i, Seq{});
  tcp.expect(kTcpAck);
  tcp.expect_silence();
  tcp.send(505, kTcpSyn, kRemoteIsn + 50'000'000, Seq{});
  tcp.expect(kTcpAck);
  EXPECT_EQ(tcp.state(), TcpState::established);
}

// TCP-34, TCP-35
TEST(TcpEstablished, AckOfTheFutureIsAnsweredAndNoAckAtAllIsNot) {
  const Bytes text(10, 'x');
  TcpBench tcp = TcpBench::established();
  tcp.send(5, kTcpAck, kRemoteIsn + 1, tcp.isn() + 1000, text);
  EXPECT_EQ(tcp.expect(kTcpAck).ack, kRemoteIsn + 1);
  tcp.send(6, kTcpPsh, kRemoteIsn + 1, Seq{}, text);
  tcp.expect_silence();
}

// TCP-36
TEST(TcpFinWait, DataAfterCloseIsAnsweredWithReset) {
  const Bytes banner(4, 'b');
  TcpBench tcp = TcpBench::syn_sent();
  tcp.expect(kTcpSyn);
  tcp.send(10, kTcpSyn | kTcpAck, kRemoteIsn, tcp.isn() + 1);
  tcp.expect(kTcpAck);
  tcp.expect(kTcpFin | kTcpAck);
  tcp.send(20, kTcpAck | kTcpPsh, kRemoteIsn + 1, tcp.isn() + 2, banner);
  EXPECT_EQ(tcp.expect(kTcpRst).seq, tcp.isn() + 2);
  EXPECT_EQ(tcp.state(), TcpState::closed);
}

}  // namespace
}  // namespace natsim
