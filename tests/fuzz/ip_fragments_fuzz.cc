// Whatever comes as fragments: nothing leaves its buffer, no memory is lost count of, and what is
// reassembled can be cut and answered like any packet.
//
// Input: packets, each after one octet of time (in seconds) and two of length.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/base/check.h"
#include "sim/ip/icmp_error.h"
#include "sim/ip/reassembly.h"
#include "sim/wire/ipv4.h"

namespace natsim {
namespace {

void answer(PacketPool& pool, ByteSpan packet) {
  if (may_reject_with_icmp(packet)) SIM_CHECK(may_answer_with_icmp(packet));
  const Packet error = make_icmp_error(pool, IcmpHeader::unreachable(IcmpUnreachable::host), packet,
                                       Ipv4Address::of(10, 0, 0, 1), 1);
  SIM_CHECK(error.size() <= kIcmpErrorBytesMax);
  const Packet reset = make_tcp_reset(pool, packet, ResetBy::rule);
  if (reset) SIM_CHECK(make_tcp_reset(pool, reset.bytes(), ResetBy::rule).operator bool() == false);
}

void cut(PacketPool& pool, Packet datagram, std::size_t mtu, const FragmentLayout* layout) {
  const std::size_t payload = datagram.size() - Ipv4View(datagram.data(), 20).header_bytes();
  std::vector<Packet> fragments;
  if (!fragment(pool, std::move(datagram), mtu, fragments, layout)) return;
  std::size_t sum = 0;
  for (const Packet& piece : fragments) {
    SIM_CHECK(piece.size() <= mtu);
    sum += piece.size() - Ipv4View(piece.data(), piece.size()).header_bytes();
  }
  SIM_CHECK(sum == payload);
}

void run(ByteSpan input) {
  PacketPool pool;
  Reassembler reassembler;
  std::vector<LostFragment> lost;
  Instant now;
  while (input.size() >= 3) {
    now = now + Duration::seconds(input[0] & 0x1f);
    const std::size_t length = std::min<std::size_t>(load_be16(input.data() + 1), input.size() - 3);
    Bytes bytes(input.begin() + 3, input.begin() + 3 + std::ptrdiff_t(length));
    input = input.subspan(3 + length);
    if (!Ipv4View::checked(bytes)) continue;
    // A right checksum is hard to guess: it is made.
    MutableIpv4View(bytes.data(), bytes.size()).finish_checksum();
    const auto view = Ipv4View::received(bytes);
    if (!view) continue;
    answer(pool, view->bytes());
    reassembler.on_deadline(now, lost);
    Packet packet = pool.copy(view->bytes());
    if (!view->is_fragment()) {
      cut(pool, std::move(packet), 68, nullptr);
    } else if (reassembler.add(now, pool, packet, lost) == Reassembly::complete) {
      SIM_CHECK(Ipv4View::received(packet.bytes()).ok());
      answer(pool, packet.bytes());
      cut(pool, std::move(packet), 1500, &reassembler.layout());
    }
  }
  reassembler.on_deadline(now + Duration::seconds(60), lost);
  SIM_CHECK(reassembler.datagrams() == 0);
  SIM_CHECK(reassembler.memory_bytes() == 0);
}

}  // namespace
}  // namespace natsim

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  natsim::run({data, size});
  return 0;
}
