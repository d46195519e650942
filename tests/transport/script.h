// A connection with a scripted peer, told in numbers that begin at 0 on either side.
//
//   Script tcp;                               // open, segments of 1000 octets, round trip 100 ms
//   tcp.write(3000);
//   EXPECT_EQ(tcp.sent(), "0:1000 1000:2000 2000:3000P");
//   tcp.peer(200, {.ack = 3000});
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "sim/transport/tcp_connection.h"

namespace natsim {

/// What the peer sends. Numbers count octets of data, from either side's first.
struct PeerSegment {
  TcpFlags flags = kTcpAck;
  std::int64_t seq = 0, ack = 0;
  std::size_t data = 0;
  std::uint16_t window = 65535;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> sack = {};
  std::optional<TcpTimestamps> clock = std::nullopt;
};

struct ScriptOptions {
  TcpSettings settings = {};
  std::uint16_t mss = 1000;
  bool sack = true, timestamps = false, window_scale = false;
  bool passive = false;  ///< the peer opens
  bool opened = true;    ///< false: the peer has not answered yet
  std::uint16_t window = 65535;
};

class Script {
 public:
  static constexpr Seq kPeerIsn{5000};

  explicit Script(ScriptOptions options = {}) : settings_(options.settings), options_(options) {
    settings_.sack = options.sack;
    settings_.timestamps = options.timestamps;
    settings_.window_scale = options.window_scale;
    if (options.passive) {
      tcp_ = TcpConnection::accept(segment(syn(kTcpSyn)), settings_, TcpProgram::stream, numbers_,
                                   Instant(), out_);
    } else {
      tcp_ = TcpConnection::connect(tuple(), {}, settings_, TcpProgram::stream, numbers_, Instant(),
                                    out_);
    }
    isn_ = out_.segments.at(0).header.seq;
    if (!options.opened) return;
    if (options.passive)
      peer(100, {.window = options.window});
    else
      peer(100, syn(kTcpSyn | kTcpAck));
    out_.clear();
  }

  TcpConnection& tcp() { return *tcp_; }
  TcpState state() const { return tcp_->state(); }
  const CongestionControl& congestion() const { return *tcp_->sender().congestion(); }
  Seq isn() const { return isn_; }

  // --- what the program does
  std::size_t write(std::size_t octets) {
    const Bytes bytes(octets, std::uint8_t('x'));
    return tcp_->send(bytes, now_, out_);
  }
  void close() { tcp_->close(now_, out_); }
  void leave() { tcp_->leave(now_, out_); }
  void abort() { tcp_->abort(out_); }
  void pause() { tcp_->pause(); }
  void resume() { tcp_->resume(now_, out_); }
  void read_all() { tcp_->consume(tcp_->unread_octets(), now_, out_); }

  // --- what the peer and time do
  PeerSegment syn(TcpFlags flags) const {
    return {.flags = flags, .seq = -1, .ack = 0, .window = options_.window};
  }
  void peer(std::int64_t ms, const PeerSegment& sent) {
    now_ = Instant::from_ns(ms * 1'000'000);
    tcp_->on_segment(segment(sent), now_, out_);
  }
  /// Lets the next timer fire; returns its time in ms.
  std::int64_t fire() {
    now_ = tcp_->next_deadline();
    if (now_ == Instant::never()) return -1;
    tcp_->on_deadline(now_, out_);
    return now_.ns() / 1'000'000;
  }

  // --- what came of it
  /// Segments since the last call: "0:1000", with P and F behind; "ack 10", with SACK blocks; R, S.
  std::string sent() {
    std::string text;
    for (const TcpSegmentOut& one : out_.segments) {
      if (!text.empty()) text += ' ';
      text += words(one);
    }
    out_.segments.clear();
    out_.payloads.clear();
    return text;
  }
  TcpHeader last() const { return out_.segments.back().header; }
  std::string events() {
    std::string text;
    for (const TcpEvent& event : out_.events) {
      if (!text.empty()) text += ' ';
      text += words(event);
    }
    out_.events.clear();
    return text;
  }

 private:
  static Tuple tuple() {
    return {{Ipv4Address::of(192, 168, 1, 100), 40000},
            {Ipv4Address::of(203, 0, 113, 80), 80},
            Protocol::tcp};
  }
  TcpSegment segment(const PeerSegment& sent) {
    payload_.assign(sent.data, std::uint8_t('y'));
    TcpSegment made{tuple().destination.address, tuple().source.address, {}, payload_, {}};
    TcpHeader& header = made.header;
    header.source_port = tuple().destination.port;
    header.destination_port = tuple().source.port;
    header.flags = sent.flags;
    header.seq = Seq(std::uint32_t(kPeerIsn.value() + 1 + std::uint32_t(sent.seq)));
    header.ack = isn_ + 1 + std::uint32_t(sent.ack);
    header.window = sent.window;
    for (const auto& [left, right] : sent.sack)
      header.options.sack[header.options.sack_count++] = {isn_ + 1 + left, isn_ + 1 + right};
    header.options.timestamps = sent.clock;
    if (sent.flags & kTcpSyn) {
      header.options.mss = options_.mss;
      header.options.sack_permitted = options_.sack;
      if (options_.timestamps) header.options.timestamps = TcpTimestamps{77, 0};
      if (options_.window_scale) header.options.window_scale = 8;
    }
    return made;
  }
  std::string words(const TcpSegmentOut& one) const {
    const TcpHeader& header = one.header;
    const std::int32_t seq = header.seq - (isn_ + 1);
    const std::int32_t ack = header.ack - (kPeerIsn + 1);
    if (header.has(kTcpRst)) return header.has(kTcpAck) ? "RA" : fmt::format("R {}", seq);
    if (header.has(kTcpSyn)) return header.has(kTcpAck) ? "SA" : "S";
    std::string text;
    if (one.payload_octets > 0) text = fmt::format("{}:{}", seq, seq + int(one.payload_octets));
    if (header.has(kTcpPsh)) text += "P";
    if (header.has(kTcpFin))
      text += fmt::format("F{}", one.payload_octets > 0 ? "" : std::to_string(seq));
    if (text.empty()) text = fmt::format("ack {}", ack);
    for (std::size_t i = 0; i < header.options.sack_count; ++i)
      text += fmt::format(" [{}-{}]", header.options.sack[i].left - (kPeerIsn + 1),
                          header.options.sack[i].right - (kPeerIsn + 1));
    return text;
  }
  static std::string words(const TcpEvent& event) {
    using Kind = TcpEvent::Kind;
    switch (event.kind) {
      case Kind::connected: return "connected";
      case Kind::accepted: return "accepted";
      case Kind::data: return fmt::format("data {}", event.data.size());
      case Kind::readable: return "readable";
      case Kind::peer_closed: return "peer_closed";
      case Kind::writable: return "writable";
      case Kind::failed: return to_string(event.outcome.result);
      case Kind::closed: return "closed";
    }
    return "?";
  }

  TcpSettings settings_;
  ScriptOptions options_;
  TcpNumbers numbers_{1};
  std::optional<TcpConnection> tcp_;
  TcpOutbox out_;
  Bytes payload_;
  Seq isn_;
  Instant now_;
};

}  // namespace natsim
