// IPv4 datagrams and their fragments as the tests of this area make and compare them.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "sim/wire/ipv4.h"
#include "sim/wire/packet.h"
#include "tests/ip/address_text.h"

namespace natsim {

/// A datagram from 10.0.0.2 to 203.0.113.10; its payload counts 0, 1, 2 … 255, 0 ….
struct DatagramText {
  std::size_t payload_bytes = 0;
  std::uint16_t id = 77;
  bool df = false;
  std::uint8_t tos = 0;
  std::vector<std::uint8_t> options = {};  ///< padded to four octets by whoever writes them
};

inline Packet make_datagram(PacketPool& pool, const DatagramText& text) {
  const std::size_t header_bytes = kIpv4HeaderBytes + text.options.size();
  Packet packet = pool.allocate(header_bytes + text.payload_bytes);
  Ipv4Header header;
  header.tos = text.tos;
  header.id = text.id;
  header.dont_fragment = text.df;
  header.source = ip("10.0.0.2");
  header.destination = ip("203.0.113.10");
  header.payload_bytes = std::uint16_t(text.options.size() + text.payload_bytes);
  header.emit(packet.mutable_bytes());
  packet.data()[0] = std::uint8_t(0x40 | header_bytes / 4);
  std::copy(text.options.begin(), text.options.end(), packet.data() + kIpv4HeaderBytes);
  for (std::size_t i = 0; i < text.payload_bytes; ++i)
    packet.data()[header_bytes + i] = std::uint8_t(i);
  MutableIpv4View(packet.data(), packet.size()).finish_checksum();
  packet.set_journey({42});
  return packet;
}

/// Octets [begin, end) of `whole`'s payload as a fragment with its header.
inline Packet piece_of(PacketPool& pool, const Packet& whole, std::size_t begin, std::size_t end) {
  const Ipv4View ip(whole.data(), whole.size());
  const std::size_t header_bytes = ip.header_bytes();
  Packet piece = pool.allocate(header_bytes + end - begin);
  std::copy_n(whole.data(), header_bytes, piece.data());
  std::copy_n(whole.data() + header_bytes + begin, end - begin, piece.data() + header_bytes);
  MutableIpv4View out(piece.data(), piece.size());
  out.set_total_length(std::uint16_t(piece.size()));
  const bool more = header_bytes + end < whole.size();
  const std::uint16_t df = ip.flags_and_offset() & kIpv4DontFragment;
  out.set_flags_and_offset(std::uint16_t(begin / 8 | df | (more ? kIpv4MoreFragments : 0)));
  piece.set_journey(whole.journey());
  return piece;
}

/// "1500@0+": total length, offset in octets, "+" for more fragments, "D" for don't fragment.
inline std::string shape(const Packet& packet) {
  const Ipv4View ip(packet.data(), packet.size());
  return std::to_string(ip.total_length()) + "@" + std::to_string(ip.fragment_offset()) +
         (ip.more_fragments() ? "+" : "") + (ip.dont_fragment() ? "D" : "");
}

inline std::vector<std::string> shapes(const std::vector<Packet>& packets) {
  std::vector<std::string> result;
  for (const Packet& packet : packets) result.push_back(shape(packet));
  return result;
}

inline Bytes payload_of(const Packet& packet) {
  const ByteSpan payload = Ipv4View(packet.data(), packet.size()).payload();
  return {payload.begin(), payload.end()};
}

using Shapes = std::vector<std::string>;

}  // namespace natsim
