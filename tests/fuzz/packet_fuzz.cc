// Foreign bytes as a frame and as every header: no parser may leave them, and what a parser accepts
// it must be able to write and read back unchanged.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "sim/base/check.h"
#include "sim/wire/arp.h"
#include "sim/wire/dhcp.h"
#include "sim/wire/dhcp_encoding.h"
#include "sim/wire/dump.h"
#include "sim/wire/ethernet.h"
#include "sim/wire/icmp.h"
#include "sim/wire/ipv4.h"
#include "sim/wire/summary.h"
#include "sim/wire/tcp.h"
#include "sim/wire/udp.h"
#include "sim/wire/vlan.h"

namespace natsim {
namespace {

constexpr PseudoHeader kIp{Ipv4Address::of(192, 168, 1, 100), Ipv4Address::of(203, 0, 113, 80)};

Bytes copy_of(ByteSpan bytes) { return Bytes(bytes.begin(), bytes.end()); }

/// `header` written over the front of `bytes`, the rest as it was: longer if there was less.
template <class Header>
Bytes rewritten(const Header& header, ByteSpan bytes) {
  Bytes out = copy_of(bytes);
  out.resize(std::max(out.size(), header.size()));
  std::fill_n(out.begin(), header.size(), std::uint8_t{0xa5});
  header.emit(out);
  return out;
}

/// For headers without a checksum, and whose size does not depend on their content.
template <class Header>
void check_plain(ByteSpan bytes) {
  const auto header = Header::parse(bytes);
  if (!header) return;
  const auto again = Header::parse(rewritten(*header, bytes));
  SIM_CHECK(again.ok());
  SIM_CHECK(*again == *header);
}

void check_ipv4(ByteSpan bytes) {
  // With its checksum repaired a mutated header gets past the first check.
  Bytes packet = copy_of(bytes);
  if (Ipv4View::checked(packet)) MutableIpv4View(packet.data(), packet.size()).finish_checksum();
  const auto header = Ipv4Header::parse(packet);
  if (!header) return;
  Bytes out(Ipv4Header::size() + header->payload_bytes, 0xa5);
  header->emit(out);
  const auto again = Ipv4Header::parse(out);
  SIM_CHECK(again.ok());
  SIM_CHECK(*again == *header);
}

/// Gives `bytes` the transport checksum they should have.
Bytes repaired(Protocol protocol, ByteSpan bytes, std::size_t header_bytes, std::size_t length) {
  Bytes segment = copy_of(bytes);
  if (segment.size() >= header_bytes && length >= header_bytes && length <= segment.size())
    finish_l4_checksum(protocol, kIp, MutableByteSpan(segment).first(length));
  return segment;
}

void check_icmp(ByteSpan bytes) {
  const Bytes message = repaired(Protocol::icmp, bytes, kIcmpHeaderBytes, bytes.size());
  const auto header = IcmpHeader::parse(message);
  if (!header) return;
  Bytes out = rewritten(*header, message);
  finish_l4_checksum(Protocol::icmp, kIp, out);
  const auto again = IcmpHeader::parse(out);
  SIM_CHECK(again.ok());
  SIM_CHECK(*again == *header);
}

void check_udp(ByteSpan bytes) {
  const std::size_t length = bytes.size() < kUdpHeaderBytes ? 0 : load_be16(bytes.data() + 4);
  const Bytes datagram = repaired(Protocol::udp, bytes, kUdpHeaderBytes, length);
  const auto header = UdpHeader::parse(datagram, kIp);
  if (!header) return;
  Bytes out = rewritten(*header, datagram);
  finish_l4_checksum(Protocol::udp, kIp, MutableByteSpan(out).first(length));
  const auto again = UdpHeader::parse(out, kIp);
  SIM_CHECK(again.ok());
  SIM_CHECK(*again == *header);
}

void check_tcp(ByteSpan bytes) {
  const Bytes segment = repaired(Protocol::tcp, bytes, kTcpHeaderBytes, bytes.size());
  const auto header = TcpHeader::parse(segment, kIp);
  if (!header) return;
  Bytes out(header->size(), 0xa5);
  header->emit(out);
  finish_l4_checksum(Protocol::tcp, kIp, out);
  const auto again = TcpHeader::parse(out, kIp);
  SIM_CHECK(again.ok());
  SIM_CHECK(*again == *header);
}

void check_dhcp_options(const DhcpOptions& options) {
  DhcpOptions again;
  if (const auto routes = options.classless_routes()) {
    again.set_classless_routes(*routes);
    SIM_CHECK(again.classless_routes() == routes);
  }
  if (const auto names = options.domain_search()) {
    again.set_domain_search(*names);
    SIM_CHECK(again.domain_search() == names);
  }
  if (const auto information = options.relay_agent_information()) {
    again.set_relay_agent_information(*information);
    SIM_CHECK(again.relay_agent_information() == information);
  }
}

void check_dhcp(ByteSpan bytes) {
  const auto message = DhcpMessage::parse(bytes);
  if (!message) return;
  Bytes out(message->size(), 0xa5);
  message->emit(out);
  const auto again = DhcpMessage::parse(out);
  SIM_CHECK(again.ok());
  SIM_CHECK(*again == *message);
  check_dhcp_options(message->options);
}

/// The packed encodings on their own, which few mutations of a whole message would reach.
void check_dhcp_encodings(ByteSpan bytes) {
  DhcpOptions options;
  for (const auto code :
       {DhcpCode::classless_routes, DhcpCode::domain_search, DhcpCode::relay_agent_information})
    options.set(code, copy_of(bytes));
  check_dhcp_options(options);
}

void check_frame(ByteSpan bytes) {
  SIM_CHECK(!dump_frame(bytes).empty());
  SIM_CHECK(!dump_ip(bytes).empty());
  SIM_CHECK(summarize(bytes).has_value() == content_of(bytes).ok());
}

}  // namespace
}  // namespace natsim

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace natsim;
  const ByteSpan bytes(data, size);
  check_frame(bytes);
  check_plain<EthernetHeader>(bytes);
  check_plain<VlanTag>(bytes);
  check_plain<ArpHeader>(bytes);
  check_ipv4(bytes);
  check_icmp(bytes);
  check_udp(bytes);
  check_tcp(bytes);
  check_dhcp(bytes);
  check_dhcp_encodings(bytes);
  return 0;
}
