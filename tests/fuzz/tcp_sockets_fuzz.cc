// Foreign segments against a node's TCP, one in each nine octets:
// | port | flags | sequence (16) | acknowledgment (16) | payload bytes | ms (16) |, numbers as
// distances from what would be right. Of the port octet the low two bits choose the peer's target:
// a probe's connection, a listener that only reads, one with a program (twice as often), whose
// program does what the high bits say: writes, pauses, resumes, closes, leaves, aborts. Payloads
// have the octet's value in segments of that many times four.
#include <array>
#include <cstdint>

#include "sim/base/check.h"
#include "sim/transport/tcp_sockets.h"

namespace natsim {
namespace {

const IpAddress kNode = Ipv4Address::of(203, 0, 113, 80);
const IpAddress kPeer = Ipv4Address::of(192, 168, 1, 100);
constexpr std::size_t kStepBytes = 9;
constexpr std::uint16_t kReads = 80, kProgram = 81;

class Node {
 public:
  Node() {
    settings_.half_open_max = 3;
    tcp_.listen(kReads);
    tcp_.listen(kProgram, {}, TcpProgram::stream);
    tcp_.connect({kNode, 40000}, {kPeer, 7}, now_, out_);
    learn();
  }
  void step(const std::uint8_t* p) {
    now_ = now_ + Duration::milliseconds(load_be16(p + 7));
    tcp_.on_deadline(now_, out_);
    SIM_CHECK(tcp_.next_deadline() > now_);
    learn();

    TcpSegment segment{kPeer, kNode, {}, {}, {}};
    const unsigned target = p[0] % 4;
    TcpHeader& header = segment.header;
    header.source_port = target == 0 ? 7 : std::uint16_t(1000 + (p[0] >> 6));
    header.destination_port = target == 0 ? 40000 : target == 1 ? kReads : kProgram;
    const TcpHeader& said = said_[target == 0 ? 0 : target == 1 ? 1 : 2];
    header.flags = p[1];
    header.seq = said.ack + std::uint32_t(std::int16_t(load_be16(p + 2)));
    header.ack = said.seq + std::uint32_t(std::int16_t(load_be16(p + 4)));
    header.window = std::uint16_t(p[6] * 257);
    if (p[6] % 3 == 0) header.options.timestamps = TcpTimestamps{std::uint32_t(p[6]), 0};
    if (p[6] % 5 == 0) {
      header.options.sack_permitted = (header.flags & kTcpSyn) != 0;
      header.options.sack_count = 1;
      header.options.sack[0] = {header.ack + 1000, header.ack + 1000 + 10 * p[6]};
    }
    const Bytes payload(p[6] * 4, p[6]);
    segment.payload = payload;
    const bool taken = tcp_.on_segment(segment, now_, out_);
    SIM_CHECK(taken || out_.segments.empty());
    if (target < 2) SIM_CHECK(out_.segments.size() <= 2);
    const Tuple tuple = segment.connection();
    learn();
    if (target >= 2) act(tuple, p[0] >> 2);
    learn();
  }

 private:
  void act(const Tuple& tuple, unsigned what) {
    tcp_.with(tuple, [&](TcpConnection& connection) {
      static const Bytes words(5000, 'w');
      switch (what % 16) {
        case 0: connection.pause(); break;
        case 1: connection.resume(now_, out_); break;
        case 2: connection.close(now_, out_); break;
        case 3: connection.leave(now_, out_); break;
        case 4: connection.abort(out_); break;
        case 5: connection.on_path_mtu(connection.sender().una(), 300, now_, out_); break;
        default: connection.send(words, now_, out_);
      }
    });
  }
  void learn() {
    for (const TcpSegmentOut& sent : out_.segments) {
      SIM_CHECK(sent.source == kNode && sent.destination == kPeer);
      SIM_CHECK(sent.payload_octets + sent.header.size() <= 1480);
      said_[sent.header.source_port == 40000    ? 0
            : sent.header.source_port == kReads ? 1
                                                : 2] = sent.header;
    }
    for (const TcpEvent& event : out_.events) {
      tcp_.with(event.connection, [&](TcpConnection& connection) {
        if (event.kind == TcpEvent::Kind::failed) connection.discard_unread();
        if (event.kind == TcpEvent::Kind::readable)
          seen_ += connection.unread().empty() ? 0 : connection.unread().front();
      });
      if (event.kind == TcpEvent::Kind::data) seen_ += event.data.size();
    }
    out_.clear();
  }

  TcpSettings settings_;
  TcpSockets tcp_{settings_, Prng(1)};
  TcpOutbox out_;
  std::array<TcpHeader, 3> said_;
  Instant now_;
  std::uint64_t seen_ = 0;
};

}  // namespace
}  // namespace natsim

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  natsim::Node node;
  for (; size >= natsim::kStepBytes; data += natsim::kStepBytes, size -= natsim::kStepBytes)
    node.step(data);
  return 0;
}
