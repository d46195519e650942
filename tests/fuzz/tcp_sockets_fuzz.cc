// Foreign segments against a node's TCP, one in each nine octets:
// | port | flags | sequence (16) | acknowledgment (16) | payload bytes | ms (16) |, numbers as
// distances from what would be right.
#include <cstdint>

#include "sim/base/check.h"
#include "sim/transport/tcp_sockets.h"

namespace natsim {
namespace {

const IpAddress kNode = Ipv4Address::of(203, 0, 113, 80);
const IpAddress kPeer = Ipv4Address::of(192, 168, 1, 100);
constexpr std::size_t kStepBytes = 9;

class Node {
 public:
  Node() {
    settings_.half_open_max = 3;
    tcp_.listen(80);
    tcp_.connect({kNode, 40000}, {kPeer, 7}, now_, out_);
    learn();
  }
  void step(const std::uint8_t* p) {
    now_ = now_ + Duration::milliseconds(load_be16(p + 7));
    tcp_.on_deadline(now_, out_);
    SIM_CHECK(tcp_.next_deadline() > now_);
    learn();

    TcpSegment segment{kPeer, kNode, {}, {}};
    const bool to_client = p[0] % 2 == 0;
    segment.header.source_port = to_client ? 7 : std::uint16_t(1000 + p[0]);
    segment.header.destination_port = to_client ? 40000 : 80;
    segment.header.flags = p[1];
    segment.header.seq = said_.ack + std::uint32_t(std::int16_t(load_be16(p + 2)));
    segment.header.ack = said_.seq + std::uint32_t(std::int16_t(load_be16(p + 4)));
    const Bytes payload(p[6], 'x');
    segment.payload = payload;
    const bool taken = tcp_.on_segment(segment, now_, out_);
    SIM_CHECK(taken || out_.segments.empty());
    SIM_CHECK(out_.segments.size() <= 2);
    learn();
  }

 private:
  void learn() {
    for (const TcpSegmentOut& sent : out_.segments) {
      SIM_CHECK(sent.source == kNode && sent.destination == kPeer);
      said_ = sent.header;
    }
    out_.clear();
  }

  TcpSettings settings_;
  TcpSockets tcp_{settings_, Prng(1)};
  TcpOutbox out_;
  TcpHeader said_;
  Instant now_;
};

}  // namespace
}  // namespace natsim

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  natsim::Node node;
  for (; size >= natsim::kStepBytes; data += natsim::kStepBytes, size -= natsim::kStepBytes)
    node.step(data);
  return 0;
}
