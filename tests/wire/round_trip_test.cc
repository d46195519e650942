// Property of every header: what is written is read back as it was, for seeded random values and in
// a buffer whose old content must not show.
#include <gtest/gtest.h>

#include "sim/base/random.h"
#include "sim/wire/arp.h"
#include "sim/wire/dhcp.h"
#include "sim/wire/ethernet.h"
#include "sim/wire/icmp.h"
#include "sim/wire/ipv4.h"
#include "sim/wire/tcp.h"
#include "sim/wire/udp.h"
#include "sim/wire/vlan.h"
#include "tests/wire/golden.h"

namespace natsim {
namespace {

constexpr int kRounds = 1000;

class Values {
 public:
  explicit Values(std::string_view name) : dice_(Prng::stream(42, name)) {}
  std::uint8_t u8() { return std::uint8_t(dice_.next()); }
  std::uint16_t u16() { return std::uint16_t(dice_.next()); }
  std::uint32_t u32() { return std::uint32_t(dice_.next()); }
  bool flip() { return dice_.chance({1, 2}); }
  std::uint64_t below(std::uint64_t bound) { return dice_.below(bound); }
  Ipv4Address ip() { return {u32()}; }
  MacAddress mac() { return MacAddress::from_u64(dice_.next() >> 16); }
  Bytes bytes(std::size_t size) {
    Bytes bytes(size);
    for (auto& octet : bytes) octet = u8();
    return bytes;
  }

 private:
  Prng dice_;
};

TEST(RoundTrip, Ethernet) {
  Values any("ethernet");
  for (int i = 0; i < kRounds; ++i) {
    const EthernetHeader header{any.mac(), any.mac(), EtherType(0x0600 + any.below(0xfa00))};
    Bytes out = unwritten(EthernetHeader::size());
    header.emit(out);
    const auto parsed = EthernetHeader::parse(out);
    ASSERT_TRUE(parsed.ok());
    ASSERT_EQ(*parsed, header);
  }
}

TEST(RoundTrip, Vlan) {
  Values any("vlan");
  for (int i = 0; i < kRounds; ++i) {
    const VlanTag tag{std::uint16_t(any.below(4095)), std::uint8_t(any.below(8)), any.flip(),
                      any.flip() ? EtherType::vlan : EtherType::service_vlan};
    Bytes out = unwritten(VlanTag::size() + 2);
    tag.emit(out);
    const auto parsed = VlanTag::parse(out);
    ASSERT_TRUE(parsed.ok());
    ASSERT_EQ(*parsed, tag);
  }
}

TEST(RoundTrip, Arp) {
  Values any("arp");
  for (int i = 0; i < kRounds; ++i) {
    const ArpHeader arp{any.flip() ? ArpOperation::request : ArpOperation::reply, any.mac(),
                        any.ip(), any.mac(), any.ip()};
    Bytes out = unwritten(ArpHeader::size());
    arp.emit(out);
    const auto parsed = ArpHeader::parse(out);
    ASSERT_TRUE(parsed.ok());
    ASSERT_EQ(*parsed, arp);
  }
}

TEST(RoundTrip, Ipv4) {
  Values any("ipv4");
  for (int i = 0; i < kRounds; ++i) {
    Ipv4Header header{.tos = any.u8(),
                      .id = any.u16(),
                      .dont_fragment = any.flip(),
                      .more_fragments = any.flip(),
                      .fragment_offset = std::uint16_t(8 * any.below(8000)),
                      .ttl = any.u8(),
                      .protocol = Protocol(any.u8()),
                      .source = any.ip(),
                      .destination = any.ip(),
                      .payload_bytes = std::uint16_t(any.below(1481))};
    Bytes out = unwritten(Ipv4Header::size() + header.payload_bytes);
    header.emit(out);
    const auto parsed = Ipv4Header::parse(out);
    ASSERT_TRUE(parsed.ok());
    ASSERT_EQ(*parsed, header);
  }
}

TEST(RoundTrip, Icmp) {
  Values any("icmp");
  for (int i = 0; i < kRounds; ++i) {
    const IcmpHeader header{IcmpType(any.u8()), any.u8(), any.u32()};
    Bytes out = joined(unwritten(IcmpHeader::size()), any.bytes(any.below(65)));
    header.emit(out);
    finish_l4_checksum(Protocol::icmp, {}, out);
    const auto parsed = IcmpHeader::parse(out);
    ASSERT_TRUE(parsed.ok());
    ASSERT_EQ(*parsed, header);
  }
}

TEST(RoundTrip, Udp) {
  Values any("udp");
  for (int i = 0; i < kRounds; ++i) {
    const PseudoHeader ip{any.ip(), any.ip()};
    const UdpHeader header{any.u16(), any.u16(), std::uint16_t(any.below(65))};
    Bytes out = joined(unwritten(UdpHeader::size()), any.bytes(header.payload_bytes));
    header.emit(out);
    finish_l4_checksum(Protocol::udp, ip, out);
    ASSERT_NE(load_be16(&out[6]), 0) << "UDP-01: a computed checksum is never zero";
    const auto parsed = UdpHeader::parse(out, ip);
    ASSERT_TRUE(parsed.ok());
    ASSERT_EQ(*parsed, header);
  }
}

TcpOptions some_options(Values& any) {
  TcpOptions options;
  if (any.flip()) options.mss = any.u16();
  if (any.flip()) options.window_scale = std::uint8_t(any.below(15));
  options.sack_permitted = any.flip();
  if (any.flip()) options.timestamps = TcpTimestamps{any.u32(), any.u32()};
  // One block fits with everything else.
  options.sack_count = std::uint8_t(any.below(2));
  for (std::size_t i = 0; i < options.sack_count; ++i)
    options.sack[i] = {Seq(any.u32()), Seq(any.u32())};
  return options;
}

TEST(RoundTrip, Tcp) {
  Values any("tcp");
  for (int i = 0; i < kRounds; ++i) {
    const PseudoHeader ip{any.ip(), any.ip()};
    const TcpHeader header{any.u16(), any.u16(), Seq(any.u32()), Seq(any.u32()),
                           any.u8(),  any.u16(), any.u16(),      some_options(any)};
    ASSERT_EQ(header.size() % 4, 0u);
    Bytes out = joined(unwritten(header.size()), any.bytes(any.below(65)));
    header.emit(out);
    finish_l4_checksum(Protocol::tcp, ip, out);
    const auto parsed = TcpHeader::parse(out, ip);
    ASSERT_TRUE(parsed.ok());
    ASSERT_EQ(*parsed, header);
  }
}

DhcpMessage some_message(Values& any) {
  DhcpMessage message;
  message.type = DhcpType(1 + any.below(8));
  message.hops = any.u8();
  message.xid = any.u32();
  message.secs = any.u16();
  message.broadcast = any.flip();
  message.ciaddr = any.ip();
  message.yiaddr = any.ip();
  message.siaddr = any.ip();
  message.giaddr = any.ip();
  message.chaddr = any.mac();
  message.sname.assign(any.below(65), 's');
  message.file.assign(any.below(129), 'f');
  for (std::uint64_t left = any.below(8); left > 0; --left) {
    const auto code = DhcpCode(1 + any.below(254));
    if (code == DhcpCode::overload || code == DhcpCode::message_type) continue;
    message.options.set(code, any.bytes(any.below(600)));
  }
  return message;
}

TEST(RoundTrip, Dhcp) {
  Values any("dhcp");
  for (int i = 0; i < kRounds; ++i) {
    const DhcpMessage message = some_message(any);
    Bytes out = unwritten(message.size());
    message.emit(out);
    const auto parsed = DhcpMessage::parse(out);
    ASSERT_TRUE(parsed.ok());
    ASSERT_EQ(*parsed, message);
  }
}

}  // namespace
}  // namespace natsim
