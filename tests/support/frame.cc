#include "tests/support/frame.h"

#include <algorithm>

#include "sim/wire/ipv4.h"
#include "sim/wire/l4_checksum.h"
#include "sim/wire/udp.h"

namespace natsim::lab {
namespace {

constexpr std::size_t kSenderMacAt = 8;  // in an ARP packet

void append16(Bytes& bytes, unsigned value) {
  bytes.push_back(std::uint8_t(value >> 8));
  bytes.push_back(std::uint8_t(value));
}

Bytes packet_of(const IpText& text, const Bytes& payload) {
  const std::size_t header_bytes = kIpv4HeaderBytes + text.options.size();
  Bytes packet(header_bytes + payload.size());
  Ipv4Header header;
  header.tos = text.tos;
  header.id = text.id;
  header.dont_fragment = text.df;
  header.more_fragments = text.more_fragments;
  header.fragment_offset = std::uint16_t(text.fragment_offset);
  header.ttl = text.ttl;
  header.protocol = text.protocol;
  header.source = ip(text.src);
  header.destination = ip(text.dst);
  header.payload_bytes = std::uint16_t(text.options.size() + payload.size());
  header.emit(packet);
  packet[0] = std::uint8_t(0x40 | header_bytes / 4);
  std::copy(text.options.begin(), text.options.end(), packet.begin() + kIpv4HeaderBytes);
  std::copy(payload.begin(), payload.end(), packet.begin() + std::ptrdiff_t(header_bytes));
  MutableIpv4View(packet.data(), packet.size()).finish_checksum();
  return packet;
}

template <class Header>
Frame transport(const IpText& text, const Header& header, const Bytes& payload) {
  Bytes segment(header.size() + payload.size());
  header.emit(segment);
  std::copy(payload.begin(), payload.end(), segment.begin() + std::ptrdiff_t(header.size()));
  finish_l4_checksum(text.protocol, {ip(text.src), ip(text.dst)}, segment);
  return {std::uint16_t(EtherType::ipv4), packet_of(text, segment)};
}

std::string host_of(std::string_view endpoint) {
  return std::string(endpoint.substr(0, endpoint.find(':')));
}

Frame arp(ArpOperation operation, const ArpText& text) {
  const ArpHeader header{operation, text.sender_mac.value_or(MacAddress()), ip(text.sender),
                         text.target_mac, ip(text.target)};
  Bytes packet(kArpBytes);
  header.emit(packet);
  return {std::uint16_t(EtherType::arp), std::move(packet)};
}

}  // namespace

Frame Frame::from(MacAddress source) const {
  Frame changed = *this;
  changed.source_ = source;
  return changed;
}

Frame Frame::to(MacAddress destination) const {
  Frame changed = *this;
  changed.destination_ = destination;
  return changed;
}

Frame Frame::tagged(VlanTag tag) const {
  Frame changed = *this;
  changed.tags_.push_back(tag);
  return changed;
}

Frame Frame::with_octet(std::size_t offset, std::uint8_t value) const {
  Frame changed = *this;
  changed.payload_.at(offset) = value;
  return changed;
}

Frame Frame::with_header_octet(std::size_t offset, std::uint8_t value) const {
  Frame changed = with_octet(offset, value);
  MutableIpv4View(changed.payload_.data(), changed.payload_.size()).finish_checksum();
  return changed;
}

Frame Frame::with_bad_checksum() const {
  const Ipv4View view(payload_.data(), payload_.size());
  const std::size_t at = view.header_bytes() + *l4_checksum_offset(view.protocol()) + 1;
  return with_octet(at, std::uint8_t(payload_.at(at) ^ 1));
}

Frame Frame::with_trailer(const Bytes& trailer) const {
  Frame changed = *this;
  changed.payload_.insert(changed.payload_.end(), trailer.begin(), trailer.end());
  return changed;
}

Frame Frame::cut_to(std::size_t count) const {
  Frame changed = *this;
  changed.payload_.resize(count);
  return changed;
}

Bytes Frame::bytes(MacAddress source, MacAddress destination) const {
  Bytes frame(12);
  destination_.value_or(destination).store(frame.data());
  source_.value_or(source).store(frame.data() + 6);
  for (auto tag = tags_.rbegin(); tag != tags_.rend(); ++tag) {
    const unsigned control = tag->priority << 13 | tag->drop_eligible << 12 | tag->id;
    append16(frame, unsigned(tag->tpid));
    append16(frame, control);
  }
  append16(frame, type_);
  const std::size_t header_bytes = frame.size();
  frame.insert(frame.end(), payload_.begin(), payload_.end());
  std::uint8_t* const payload = frame.data() + header_bytes;
  if (type_ == std::uint16_t(EtherType::arp) && payload_.size() >= kArpBytes &&
      MacAddress::load(payload + kSenderMacAt).is_zero())
    source_.value_or(source).store(payload + kSenderMacAt);
  return frame;
}

Frame udp(const UdpText& text) {
  const UdpHeader header{endpoint(text.src).port, endpoint(text.dst).port,
                         std::uint16_t(text.payload.size())};
  const IpText network{.src = host_of(text.src),
                       .dst = host_of(text.dst),
                       .protocol = Protocol::udp,
                       .ttl = text.ttl,
                       .tos = text.tos,
                       .id = text.id,
                       .df = text.df};
  const Frame made = transport(network, header, text.payload);
  constexpr std::size_t kChecksumAt = kIpv4HeaderBytes + 6;
  return text.without_checksum ? made.with_octet(kChecksumAt, 0).with_octet(kChecksumAt + 1, 0)
                               : made;
}

Frame tcp(const TcpText& text) {
  TcpHeader header;
  header.source_port = endpoint(text.src).port;
  header.destination_port = endpoint(text.dst).port;
  header.seq = Seq(text.seq);
  header.ack = Seq(text.ack);
  header.flags = text.flags;
  header.window = text.window;
  header.options = text.options;
  return transport({.src = host_of(text.src),
                    .dst = host_of(text.dst),
                    .protocol = Protocol::tcp,
                    .ttl = text.ttl,
                    .tos = text.tos,
                    .df = true},
                   header, text.payload);
}

Frame ping(const PingText& text) {
  return transport({.src = text.src,
                    .dst = text.dst,
                    .protocol = Protocol::icmp,
                    .ttl = text.ttl,
                    .tos = text.tos,
                    .df = text.df},
                   IcmpHeader::echo_request(text.echo_id, text.seq), text.payload);
}

Frame icmp(const IcmpText& text) {
  return transport({.src = text.src, .dst = text.dst, .protocol = Protocol::icmp, .ttl = text.ttl},
                   text.what, text.payload);
}

Frame ipv4(const IpText& text) {
  return {std::uint16_t(EtherType::ipv4), packet_of(text, text.payload)};
}

Frame fragment_of(const Frame& whole, std::size_t begin, std::size_t end) {
  Bytes packet(whole.payload().begin(), whole.payload().begin() + kIpv4HeaderBytes);
  const auto payload = whole.payload().begin() + kIpv4HeaderBytes;
  packet.insert(packet.end(), payload + std::ptrdiff_t(begin), payload + std::ptrdiff_t(end));
  MutableIpv4View view(packet.data(), packet.size());
  const bool more = kIpv4HeaderBytes + end < whole.payload().size();
  const unsigned df = view.flags_and_offset() & kIpv4DontFragment;
  view.set_flags_and_offset(std::uint16_t(begin / 8 | df | (more ? kIpv4MoreFragments : 0u)));
  view.set_total_length(std::uint16_t(packet.size()));
  return {std::uint16_t(EtherType::ipv4), std::move(packet)};
}

Frame arp_request(const ArpText& text) { return arp(ArpOperation::request, text).to_all(); }
Frame arp_reply(const ArpText& text) { return arp(ArpOperation::reply, text); }

Frame raw(std::string_view words, std::uint16_t type_or_length) {
  return {type_or_length, text(words)};
}

}  // namespace natsim::lab
