// What the DHCP tests share: messages of a client, and a server that answers them one by one.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/service/dhcp_server.h"

namespace natsim::dhcp_bench {

inline constexpr Ipv4Address kServer = Ipv4Address::of(192, 168, 1, 1);
inline constexpr Ipv4Address kFirst = Ipv4Address::of(192, 168, 1, 100);
inline constexpr Ipv4Address kLast = Ipv4Address::of(192, 168, 1, 109);
inline constexpr Ipv4Address kBroadcast = Ipv4Address::of(255, 255, 255, 255);
inline constexpr MacAddress kLaptop = MacAddress::from_u64(0x02'00'00'00'00'07);
inline constexpr MacAddress kPhone = MacAddress::from_u64(0x02'00'00'00'00'08);
inline constexpr IfIndex kLan{3};

inline Instant at(Duration since_start) { return Instant{} + since_start; }

inline DhcpServerOptions home_server() {
  DhcpPoolOptions pool;
  pool.subnet = *Prefix::parse("192.168.1.0/24");
  pool.first = kFirst;
  pool.last = kLast;
  pool.lease = 120_s;
  pool.router = kServer;
  pool.dns = {kServer};
  pool.domain = "home.example";
  return {kLan, kServer, {pool}};
}

/// A message as clients send it.
inline DhcpMessage message(DhcpType type, MacAddress mac, std::uint32_t xid = 77) {
  DhcpMessage made;
  made.type = type;
  made.xid = xid;
  made.chaddr = mac;
  return made;
}
inline DhcpMessage discover(MacAddress mac) { return message(DhcpType::discover, mac); }
/// SELECTING.
inline DhcpMessage request(MacAddress mac, Ipv4Address address, Ipv4Address server = kServer) {
  DhcpMessage made = message(DhcpType::request, mac);
  made.options.set_address(DhcpCode::requested_address, address);
  made.options.set_address(DhcpCode::server_identifier, server);
  return made;
}
inline DhcpMessage init_reboot(MacAddress mac, Ipv4Address address) {
  DhcpMessage made = message(DhcpType::request, mac);
  made.options.set_address(DhcpCode::requested_address, address);
  return made;
}
/// RENEWING and REBINDING look alike.
inline DhcpMessage renewal(MacAddress mac, Ipv4Address address) {
  DhcpMessage made = message(DhcpType::request, mac);
  made.ciaddr = address;
  return made;
}

struct Reply {
  DatagramOut datagram;
  DhcpMessage message;
};

class ServerBench {
 public:
  explicit ServerBench(DhcpServerOptions options = home_server()) : server(std::move(options)) {}

  std::optional<Reply> send(const DhcpMessage& asked, Instant now = {}) {
    Bytes payload(asked.size());
    asked.emit(payload);
    Outbox out;
    server.on_datagram({{Ipv4Address{}, 68}, {kBroadcast, 67}, payload, kLan, true}, now, out);
    notes.insert(notes.end(), out.notes.begin(), out.notes.end());
    EXPECT_TRUE(out.actions.empty());
    EXPECT_LE(out.datagrams.size(), 1u);
    if (out.datagrams.empty()) return std::nullopt;
    const auto message = DhcpMessage::parse(out.datagrams[0].payload);
    EXPECT_TRUE(message.ok());
    if (!message) return std::nullopt;
    return Reply{out.datagrams[0], *message};
  }
  /// The address that is offered; 0.0.0.0 for silence.
  Ipv4Address offered(const DhcpMessage& asked, Instant now = {}) {
    const auto reply = send(asked, now);
    if (!reply) return {};
    EXPECT_EQ(reply->message.type, DhcpType::offer);
    return reply->message.yiaddr;
  }
  /// DISCOVER to ACK; returns the address.
  Ipv4Address lease(MacAddress mac, Instant now = {}) {
    const Ipv4Address address = offered(discover(mac), now);
    const auto reply = send(request(mac, address), now);
    EXPECT_TRUE(reply && reply->message.type == DhcpType::ack);
    return address;
  }
  /// "ACK", "NAK: wrong network", "silence" …
  std::string answer(const DhcpMessage& asked, Instant now = {}) {
    const auto reply = send(asked, now);
    if (!reply) return "silence";
    const auto why = reply->message.options.text(DhcpCode::message);
    return to_string(reply->message.type) + (why ? ": " + *why : "");
  }

  DhcpServer server;
  std::vector<std::string> notes;
};

}  // namespace natsim::dhcp_bench
