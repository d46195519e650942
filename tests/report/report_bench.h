// A laptop, a router and a web server as reports know them, packets made by hand, and a report that
// goes into a string.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sim/node/local_packet.h"
#include "sim/wire/arp.h"
#include "sim/wire/dhcp.h"
#include "sim/wire/ethernet.h"
#include "src/report/names.h"
#include "src/report/output.h"
#include "src/report/text.h"

namespace natsim {

class StringOutput final : public Output {
 public:
  void write(std::string_view more) override { text += more; }
  std::string text;
};

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    EXPECT_NE(end, std::string::npos) << "the last line has no end: " << text.substr(at);
    if (end == std::string::npos) break;
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

/// What holds for every text that people read.
inline void expect_tidy_lines(const std::string& text) {
  for (const std::string& line : lines_of(text)) {
    EXPECT_LE(columns_of(line), kReportColumns) << line;
    EXPECT_FALSE(line.ends_with(' ')) << "'" << line << "'";
  }
}

inline constexpr NodeId kLaptop{0}, kRouter{1}, kWeb{2}, kSwitch{3}, kLan{4};
inline constexpr IfIndex kEth0{0}, kRouterLan{0}, kRouterWan{1};

inline Ipv4Address ip(const char* text) { return *Ipv4Address::parse(text); }
inline Endpoint endpoint(const char* text) { return *Endpoint::parse(text); }

class ReportBench : public testing::Test {
 protected:
  ReportBench() {
    names = {{"laptop", NodeRole::host, {"eth0"}},
             {"router", NodeRole::router, {"lan", "wan"}},
             {"web", NodeRole::host, {"eth0"}},
             {"sw1", NodeRole::switch_, {"p1", "p2"}},
             {"lan:home", NodeRole::lan, {"p1", "p2"}}};
    sources.add("topologies/home-nat.yaml", "name: home-nat\n");
  }

  static Place line(std::uint32_t number) { return {0, number, 1}; }

  Bytes tcp(const char* from, const char* to, std::uint8_t flags, std::string_view payload = "") {
    const Endpoint source = endpoint(from), destination = endpoint(to);
    TcpHeader header;
    header.source_port = source.port;
    header.destination_port = destination.port;
    header.seq = Seq(1'234'567'890);
    if ((flags & kTcpAck) != 0) header.ack = Seq(987'654'321);
    header.flags = flags;
    header.window = 64'240;
    if ((flags & kTcpSyn) != 0) header.options.mss = 1460;
    return bytes_of(make_tcp(pool, ends(source, destination), header, span_of(payload)));
  }
  Bytes udp(const char* from, const char* to, ByteSpan payload) {
    const Endpoint source = endpoint(from), destination = endpoint(to);
    return bytes_of(
        make_udp(pool, ends(source, destination), source.port, destination.port, payload));
  }
  Bytes echo_request(const char* from, const char* to) {
    const Bytes payload(56, 0);
    return bytes_of(make_icmp(pool, {.source = ip(from), .destination = ip(to)},
                              IcmpHeader::echo_request(1, 1), payload));
  }
  Bytes discover() {
    DhcpMessage message;
    message.chaddr = MacAddress::from_u64(0x0200'0000'0001);
    Bytes payload(message.size());
    message.emit(payload);
    return udp("0.0.0.0:68", "255.255.255.255:67", payload);
  }
  static Bytes framed(const Bytes& packet, EtherType type = EtherType::ipv4) {
    Bytes frame(kEthernetHeaderBytes);
    EthernetHeader{MacAddress::from_u64(0x0200'0000'0002), MacAddress::from_u64(0x0200'0000'0001),
                   type}
        .emit(frame);
    frame.insert(frame.end(), packet.begin(), packet.end());
    return frame;
  }
  static Bytes who_has(const char* target, const char* asker) {
    Bytes packet(kArpBytes);
    ArpHeader{ArpOperation::request, MacAddress::from_u64(0x0200'0000'0001), ip(asker),
              MacAddress(), ip(target)}
        .emit(packet);
    return framed(packet, EtherType::arp);
  }

  static Visit visit_at(NodeId node, IfIndex in, IfIndex out, Outcome outcome, Bytes packet) {
    Visit visit;
    visit.when = Instant::from_ns(1'000'310'999);
    visit.node = node;
    visit.in = in;
    visit.out = out;
    visit.journey = JourneyId{7};
    visit.outcome = outcome;
    visit.link_layer = in != kNoInterface;
    visit.before = visit.link_layer ? framed(packet) : std::move(packet);
    return visit;
  }

  NetworkNames names;
  SourceMap sources;
  StringOutput output;
  PacketPool pool;

 private:
  static Ipv4Header ends(const Endpoint& source, const Endpoint& destination) {
    return {.source = source.address.v4(), .destination = destination.address.v4()};
  }
  static Bytes bytes_of(const Packet& packet) {
    return {packet.bytes().begin(), packet.bytes().end()};
  }
  static ByteSpan span_of(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
  }
};

}  // namespace natsim
