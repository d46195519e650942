// The DHCP server as packet scripts, a row of the conformance list each.
#include "sim/service/dhcp_server.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/service/dhcp_bench.h"

namespace natsim {
namespace {

using namespace dhcp_bench;

std::vector<int> codes(const DhcpMessage& message) {
  std::vector<int> found;
  for (const DhcpOption& option : message.options.list()) found.push_back(int(option.code));
  return found;
}

DhcpMessage with_wanted(DhcpMessage message, Bytes wanted) {
  message.options.set(DhcpCode::parameter_request_list, std::move(wanted));
  return message;
}

DhcpMessage with_id(DhcpMessage message, const std::string& id) {
  message.options.set_text(DhcpCode::client_identifier, id);
  return message;
}

// DHCP-02
TEST(DhcpServer, OfferCarriesAddressServerLeaseAndMask) {
  ServerBench bench;
  const auto offer = bench.send(discover(kLaptop));
  ASSERT_TRUE(offer);
  const DhcpMessage& message = offer->message;
  EXPECT_EQ(message.type, DhcpType::offer);
  EXPECT_EQ(message.xid, 77u);
  EXPECT_EQ(message.chaddr, kLaptop);
  EXPECT_GE(message.yiaddr, kFirst);
  EXPECT_LE(message.yiaddr, kLast);
  EXPECT_EQ(message.options.address(DhcpCode::server_identifier), kServer);
  EXPECT_EQ(message.options.u32(DhcpCode::lease_time), 120u);
  EXPECT_EQ(message.options.u32(DhcpCode::subnet_mask), 0xffff'ff00u);
  EXPECT_EQ(message.options.address(DhcpCode::router), kServer);
  EXPECT_EQ(message.options.text(DhcpCode::domain_name), "home.example");
  EXPECT_EQ(offer->datagram.source, (Endpoint{kServer, 67}));
  EXPECT_FALSE(offer->datagram.raw);  // DHCP-37: the server's socket is an ordinary one.
}

// DHCP-03
TEST(DhcpServer, AnswerGoesToTheNewAddressAtTheClientsMacWithoutArp) {
  ServerBench bench;
  for (const DhcpMessage& asked : {discover(kLaptop), request(kLaptop, bench.lease(kLaptop))}) {
    const auto reply = bench.send(asked);
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->datagram.destination, (Endpoint{reply->message.yiaddr, 68}));
    EXPECT_EQ(reply->datagram.destination_mac, kLaptop);
    EXPECT_EQ(reply->datagram.interface, kLan);
  }
}

// DHCP-04
TEST(DhcpServer, BroadcastFlagIsObeyed) {
  ServerBench bench;
  DhcpMessage asked = discover(kLaptop);
  asked.broadcast = true;
  const auto offer = bench.send(asked);
  ASSERT_TRUE(offer);
  EXPECT_EQ(offer->datagram.destination, (Endpoint{kBroadcast, 68}));
  EXPECT_EQ(offer->datagram.destination_mac, MacAddress::broadcast());
  EXPECT_TRUE(offer->message.broadcast);
}

// DHCP-07
TEST(DhcpServer, OnlyTheServerThatIsNamedAnswers) {
  ServerBench bench;
  const Ipv4Address address = bench.offered(discover(kLaptop));
  const Ipv4Address rival = Ipv4Address::of(192, 168, 1, 2);
  EXPECT_EQ(bench.answer(request(kLaptop, address, rival)), "silence");
  // The offer is withdrawn: somebody else may ask for the address and get it.
  DhcpMessage wanted = discover(kPhone);
  wanted.options.set_address(DhcpCode::requested_address, address);
  EXPECT_EQ(bench.offered(wanted), address);
}

// DHCP-09
TEST(DhcpServer, TimersAreTold) {
  ServerBench bench;
  const auto offer = bench.send(discover(kLaptop));
  EXPECT_EQ(offer->message.options.u32(DhcpCode::renewal_time), 60u);
  EXPECT_EQ(offer->message.options.u32(DhcpCode::rebinding_time), 105u);
}

// DHCP-10, DHCP-11
TEST(DhcpServer, RenewalExtendsTheLeaseAndIsAnsweredByUnicast) {
  ServerBench bench;
  const Ipv4Address address = bench.lease(kLaptop);
  const auto ack = bench.send(renewal(kLaptop, address), at(60_s));
  ASSERT_TRUE(ack);
  EXPECT_EQ(ack->message.type, DhcpType::ack);
  EXPECT_EQ(ack->message.yiaddr, address);
  EXPECT_EQ(ack->message.ciaddr, address);
  EXPECT_EQ(ack->datagram.destination, (Endpoint{address, 68}));
  EXPECT_EQ(ack->datagram.destination_mac, std::nullopt);
  EXPECT_EQ(bench.server.leases(at(60_s)).at(0).expires, at(180_s));
  EXPECT_EQ(bench.notes.back(), address.to_string() + " leased again to 02:00:00:00:00:07 for 2m");
}

// DHCP-14
TEST(DhcpServer, InitRebootIsConfirmedRefusedOrLeftToOthers) {
  const Ipv4Address free_one = Ipv4Address::of(192, 168, 1, 105);
  for (const bool authoritative : {false, true}) {
    DhcpServerOptions options = home_server();
    options.authoritative = authoritative;
    ServerBench bench(options);
    const Ipv4Address address = bench.lease(kLaptop);
    EXPECT_EQ(bench.answer(init_reboot(kLaptop, address)), "ACK");
    EXPECT_EQ(bench.answer(init_reboot(kLaptop, Ipv4Address::of(10, 0, 0, 5))),
              "NAK: wrong network");
    EXPECT_EQ(bench.answer(init_reboot(kLaptop, Ipv4Address::of(192, 168, 1, 33))),
              "NAK: wrong address");
    EXPECT_EQ(bench.answer(init_reboot(kPhone, address)), "NAK: address in use");
    EXPECT_EQ(bench.answer(init_reboot(kPhone, free_one)), authoritative ? "ACK" : "silence");
  }
}

// DHCP-14
TEST(DhcpServer, RenewalOfAnUnknownLeaseIsLeftToOthers) {
  ServerBench bench;
  EXPECT_EQ(bench.answer(renewal(kLaptop, kFirst)), "silence");
  const Ipv4Address address = bench.lease(kLaptop);
  EXPECT_EQ(bench.answer(renewal(kPhone, address)), "NAK: address in use");
  // After its end the lease is still known, and free: the client may go on with it.
  EXPECT_EQ(bench.answer(renewal(kLaptop, address), at(500_s)), "ACK");
}

// DHCP-15
TEST(DhcpServer, NakIsBroadcastWithoutAddresses) {
  ServerBench bench;
  bench.lease(kLaptop);
  const auto nak = bench.send(renewal(kLaptop, Ipv4Address::of(192, 168, 1, 33)));
  ASSERT_TRUE(nak);
  EXPECT_EQ(nak->message.type, DhcpType::nak);
  EXPECT_EQ(nak->message.yiaddr, Ipv4Address{});
  EXPECT_EQ(nak->message.ciaddr, Ipv4Address{});
  EXPECT_FALSE(nak->message.broadcast);
  EXPECT_EQ(codes(nak->message), (std::vector{54, 56}));
  EXPECT_EQ(nak->datagram.destination, (Endpoint{kBroadcast, 68}));
  EXPECT_EQ(nak->datagram.destination_mac, MacAddress::broadcast());
  EXPECT_EQ(bench.notes.back(), "02:00:00:00:00:07 refused: wrong address");
}

// DHCP-15
TEST(DhcpServer, NakThroughARelayGoesThereWithTheBroadcastBit) {
  ServerBench bench;
  DhcpMessage asked = init_reboot(kLaptop, Ipv4Address::of(10, 0, 0, 5));
  asked.giaddr = Ipv4Address::of(192, 168, 1, 254);
  const auto nak = bench.send(asked);
  ASSERT_TRUE(nak);
  EXPECT_TRUE(nak->message.broadcast);
  EXPECT_EQ(nak->datagram.destination, (Endpoint{asked.giaddr, 67}));
}

// DHCP-17
TEST(DhcpServer, ReleasedAddressIsOfferableAtOnce) {
  ServerBench bench;
  const Ipv4Address address = bench.lease(kLaptop);
  DhcpMessage wanted = discover(kPhone);
  wanted.options.set_address(DhcpCode::requested_address, address);
  EXPECT_NE(bench.offered(wanted), address);

  DhcpMessage release = message(DhcpType::release, kLaptop);
  release.ciaddr = address;
  release.options.set_address(DhcpCode::server_identifier, kServer);
  EXPECT_EQ(bench.answer(release), "silence");
  EXPECT_EQ(bench.server.leases({}).at(0).state == LeaseState::released ||
                bench.server.leases({}).at(1).state == LeaseState::released,
            true);
  DhcpMessage third = wanted;
  third.chaddr = MacAddress::from_u64(0x02'00'00'00'00'09);
  EXPECT_EQ(bench.offered(third), address);
}

// DHCP-17
TEST(DhcpServer, NobodyReleasesAnothersAddress) {
  ServerBench bench;
  const Ipv4Address address = bench.lease(kLaptop);
  DhcpMessage release = message(DhcpType::release, kPhone);
  release.ciaddr = address;
  release.options.set_address(DhcpCode::server_identifier, kServer);
  bench.send(release);
  EXPECT_EQ(bench.server.leases({}).at(0).state, LeaseState::bound);
}

// DHCP-18
TEST(DhcpServer, DeclinedAddressRestsForTenMinutes) {
  ServerBench bench;
  const Ipv4Address address = bench.lease(kLaptop);
  DhcpMessage decline = message(DhcpType::decline, kLaptop);
  decline.options.set_address(DhcpCode::requested_address, address);
  decline.options.set_address(DhcpCode::server_identifier, kServer);
  EXPECT_EQ(bench.answer(decline), "silence");
  EXPECT_EQ(bench.notes.back(),
            address.to_string() + " declined by 02:00:00:00:00:07: not offered for 10m");
  EXPECT_EQ(bench.server.leases({}).at(0).state, LeaseState::declined);

  DhcpMessage wanted = discover(kLaptop);
  wanted.options.set_address(DhcpCode::requested_address, address);
  EXPECT_NE(bench.offered(wanted, at(10_s)), address);
  DhcpMessage later = wanted;
  later.chaddr = kPhone;
  EXPECT_NE(bench.offered(later, at(599_s)), address);
  later.chaddr = MacAddress::from_u64(0x02'00'00'00'00'09);
  EXPECT_EQ(bench.offered(later, at(600_s)), address);
}

// DHCP-19
TEST(DhcpServer, InformGetsParametersWithoutAddressOrLease) {
  ServerBench bench;
  DhcpMessage inform = message(DhcpType::inform, kLaptop);
  inform.ciaddr = Ipv4Address::of(192, 168, 1, 20);
  const auto ack = bench.send(inform);
  ASSERT_TRUE(ack);
  EXPECT_EQ(ack->message.type, DhcpType::ack);
  EXPECT_EQ(ack->message.yiaddr, Ipv4Address{});
  EXPECT_EQ(codes(ack->message), (std::vector{54, 1, 28, 3, 6, 15}));
  EXPECT_EQ(ack->datagram.destination, (Endpoint{inform.ciaddr, 68}));
  EXPECT_TRUE(bench.server.leases({}).empty());
}

// DHCP-20
TEST(DhcpServer, ClientGetsItsAddressAgainEvenAfterTheLeasesEnd) {
  ServerBench bench;
  const Ipv4Address address = bench.lease(kLaptop);
  EXPECT_EQ(bench.offered(discover(kLaptop), at(10_s)), address);
  EXPECT_EQ(bench.server.leases(at(1000_s)).at(0).state, LeaseState::expired);
  // Eight others come and go; remembered addresses are touched last.
  for (std::uint64_t i = 0; i < 8; ++i)
    EXPECT_NE(bench.lease(MacAddress::from_u64(0x02'00'00'00'10'00 + i), at(1000_s)), address);
  EXPECT_EQ(bench.offered(discover(kLaptop), at(1001_s)), address);
}

// DHCP-20, DHCP-21
TEST(DhcpServer, ClientIdentifierCountsBeforeTheMac) {
  ServerBench bench;
  const Ipv4Address address = bench.offered(with_id(discover(kLaptop), "same"));
  EXPECT_EQ(bench.offered(with_id(discover(kPhone), "same")), address);
  EXPECT_NE(bench.offered(with_id(discover(kLaptop), "other")), address);
  EXPECT_NE(bench.offered(discover(kLaptop)), address);
}

// DHCP-22
TEST(DhcpServer, WantedAddressIsHonouredIfItIsFreeAndInThePool) {
  const struct {
    Ipv4Address wanted;
    bool honoured;
  } rows[] = {
      {Ipv4Address::of(192, 168, 1, 107), true},
      {Ipv4Address::of(192, 168, 1, 110), false},  // beyond the range
      {Ipv4Address::of(192, 168, 1, 1), false},    // the server's own
      {Ipv4Address::of(10, 0, 0, 1), false},
  };
  for (const auto& row : rows) {
    ServerBench bench;
    DhcpMessage asked = discover(kLaptop);
    asked.options.set_address(DhcpCode::requested_address, row.wanted);
    const Ipv4Address got = bench.offered(asked);
    EXPECT_EQ(got == row.wanted, row.honoured) << row.wanted.to_string();
    EXPECT_FALSE(got.is_unspecified());
  }
}

// DHCP-23, DHCP-24
TEST(DhcpServer, ReservationsArePermanentAndNobodyElses) {
  DhcpServerOptions options = home_server();
  const Ipv4Address outside = Ipv4Address::of(192, 168, 1, 50);
  const Ipv4Address inside = Ipv4Address::of(192, 168, 1, 104);
  options.pools[0].reservations = {
      {kLaptop, {}, outside, "nas"},
      {{}, Bytes{'s', 'p'}, inside, ""},
  };
  ServerBench bench(options);
  const auto offer = bench.send(with_wanted(discover(kLaptop), {12}));
  EXPECT_EQ(offer->message.yiaddr, outside);
  EXPECT_EQ(offer->message.options.text(DhcpCode::host_name), "nas");
  EXPECT_EQ(bench.offered(with_id(discover(kPhone), "sp")), inside);
  // Nobody else gets them: not by asking, and not when all others are gone.
  DhcpMessage asked = discover(kPhone);
  asked.options.set_address(DhcpCode::requested_address, inside);
  EXPECT_NE(bench.offered(asked), inside);
  std::set<Ipv4Address> given;
  for (std::uint64_t i = 0; i < 20; ++i)
    given.insert(bench.offered(discover(MacAddress::from_u64(0x02'00'00'00'20'00 + i))));
  EXPECT_FALSE(given.contains(inside));
  EXPECT_FALSE(given.contains(outside));
}

// DHCP-25
TEST(DhcpServer, ExhaustedPoolIsSilentAndSaysSoInANote) {
  ServerBench bench;
  std::set<Ipv4Address> given;
  for (std::uint64_t i = 0; i < 10; ++i)
    given.insert(bench.lease(MacAddress::from_u64(0x02'00'00'00'30'00 + i)));
  EXPECT_EQ(given.size(), 10u);
  EXPECT_EQ(bench.answer(discover(kPhone)), "silence");
  EXPECT_EQ(bench.notes.back(),
            "no free address for 02:00:00:00:00:08 in 192.168.1.100-192.168.1.109");
  EXPECT_NE(bench.answer(discover(kPhone), at(120_s)), "silence");  // The leases are over.
}

// DHCP-26
TEST(DhcpServer, FirstAddressIsAStableHashOfTheMac) {
  ServerBench one, other;
  other.lease(kPhone);
  EXPECT_EQ(one.offered(discover(kLaptop)), other.offered(discover(kLaptop)));
}

// DHCP-29
TEST(DhcpServer, RelaysAddressChoosesThePool) {
  DhcpServerOptions options = home_server();
  DhcpPoolOptions branch;
  branch.subnet = *Prefix::parse("10.20.0.0/16");
  branch.first = Ipv4Address::of(10, 20, 0, 10);
  branch.last = Ipv4Address::of(10, 20, 0, 19);
  options.pools.push_back(branch);
  ServerBench bench(options);
  DhcpMessage asked = discover(kLaptop);
  asked.giaddr = Ipv4Address::of(10, 20, 255, 254);
  const auto offer = bench.send(asked);
  ASSERT_TRUE(offer);
  EXPECT_TRUE(branch.subnet.contains(offer->message.yiaddr));
  EXPECT_EQ(offer->message.giaddr, asked.giaddr);
  EXPECT_EQ(offer->datagram.destination, (Endpoint{asked.giaddr, 67}));
  EXPECT_EQ(offer->datagram.interface, kNoInterface);
  // DHCP-31: the client behind the relay renews directly.
  bench.send([&] {
    DhcpMessage selecting = request(kLaptop, offer->message.yiaddr);
    selecting.giaddr = asked.giaddr;
    return selecting;
  }());
  EXPECT_EQ(bench.answer(renewal(kLaptop, offer->message.yiaddr)), "ACK");

  asked.giaddr = Ipv4Address::of(172, 16, 0, 1);
  EXPECT_EQ(bench.answer(asked), "silence");
  EXPECT_EQ(bench.notes.back(),
            "no DHCP pool for 02:00:00:00:00:07, which came by the relay 172.16.0.1");
}

// DHCP-30
TEST(DhcpServer, RelayInformationComesBackUnchangedAndLast) {
  ServerBench bench;
  DhcpMessage asked = with_id(discover(kLaptop), "x");
  asked.giaddr = Ipv4Address::of(192, 168, 1, 254);
  asked.options.set(DhcpCode::relay_agent_information, {1, 2, 'p', '1', 9, 1, 7});
  const auto offer = bench.send(asked);
  ASSERT_TRUE(offer);
  const DhcpOption& last = offer->message.options.list().back();
  EXPECT_EQ(last.code, DhcpCode::relay_agent_information);
  EXPECT_EQ(last.data, (Bytes{1, 2, 'p', '1', 9, 1, 7}));
}

// DHCP-33, DHCP-35
TEST(DhcpServer, OptionsComeAsAskedForAndInThatOrder) {
  DhcpServerOptions options = home_server();
  DhcpOptions& more = options.pools[0].more;
  more.set_u16(DhcpCode::interface_mtu, 1400);
  more.set_addresses(DhcpCode::ntp_server, {kServer});
  more.set_domain_search({"home.example", "lab.example"});
  more.set_classless_routes({{*Prefix::parse("10.0.0.0/8"), kServer}});
  ServerBench bench(options);
  const auto codes_for = [&](Bytes wanted) {
    return codes(bench.send(with_wanted(discover(kLaptop), std::move(wanted)))->message);
  };
  const auto after_lease = [](std::vector<int> rest) {
    std::vector<int> all = {54, 51, 58, 59, 1};
    all.insert(all.end(), rest.begin(), rest.end());
    return all;
  };
  EXPECT_EQ(codes_for({1, 28, 3, 15, 42}), after_lease({28, 3, 15, 42}));
  EXPECT_EQ(codes_for({121, 15, 6, 3}), after_lease({121, 15, 6, 3}));
  EXPECT_EQ(codes_for({26, 119, 26}), after_lease({26, 119}));
  EXPECT_EQ(codes_for({44, 66, 67, 12}), after_lease({}));  // Not known: left out.
  EXPECT_EQ(codes(bench.send(discover(kLaptop))->message), after_lease({28, 3, 6, 15}));
}

// DHCP-38
TEST(DhcpServer, OfferIsHeldForAMinute) {
  DhcpServerOptions options = home_server();
  options.pools[0].last = options.pools[0].first;
  ServerBench bench(options);
  EXPECT_EQ(bench.offered(discover(kLaptop)), kFirst);
  EXPECT_EQ(bench.answer(discover(kPhone), at(59_s)), "silence");
  EXPECT_EQ(bench.offered(discover(kPhone), at(60_s)), kFirst);
  EXPECT_EQ(bench.answer(request(kLaptop, kFirst), at(61_s)), "NAK: address was not offered");
}

TEST(DhcpServer, ShorterLeaseIsGrantedDownToTwoMinutes) {
  DhcpServerOptions options = home_server();
  options.pools[0].lease = 1_h;
  const struct {
    std::uint32_t wanted, granted;
  } rows[] = {{600, 600}, {10, 120}, {7200, 3600}, {kDhcpInfiniteSeconds, 3600}};
  for (const auto& row : rows) {
    ServerBench bench(options);
    DhcpMessage asked = discover(kLaptop);
    asked.options.set_u32(DhcpCode::lease_time, row.wanted);
    EXPECT_EQ(bench.send(asked)->message.options.u32(DhcpCode::lease_time), row.granted);
  }
}

TEST(DhcpServer, InfiniteLeaseNeverExpires) {
  DhcpServerOptions options = home_server();
  options.pools[0].lease = Duration::max();
  ServerBench bench(options);
  bench.lease(kLaptop);
  const DhcpLease lease = bench.server.leases(at(Duration::seconds(1'000'000'000))).at(0);
  EXPECT_EQ(lease.state, LeaseState::bound);
  EXPECT_EQ(lease.expires, Instant::never());
}

TEST(DhcpServer, LeaseTableTellsWhoHasWhat) {
  ServerBench bench;
  DhcpMessage asked = discover(kLaptop);
  asked.options.set_text(DhcpCode::host_name, "laptop");
  const Ipv4Address address = bench.offered(asked);
  EXPECT_EQ(bench.server.leases({}).at(0).state, LeaseState::offered);
  DhcpMessage selecting = request(kLaptop, address);
  selecting.options.set_text(DhcpCode::host_name, "laptop");
  bench.send(selecting);
  EXPECT_EQ(bench.notes.back(),
            address.to_string() + " leased to 02:00:00:00:00:07 (laptop) for 2m");
  const DhcpLease lease = bench.server.leases({}).at(0);
  EXPECT_EQ(lease.address, address);
  EXPECT_EQ(lease.client.mac, kLaptop);
  EXPECT_EQ(lease.client.hostname, "laptop");
  EXPECT_EQ(lease.client.key, (Bytes{1, 2, 0, 0, 0, 0, 7}));
  EXPECT_EQ(lease.expires, at(120_s));
}

TEST(DhcpServer, ServersMessagesAndNoiseAreIgnored) {
  ServerBench bench;
  EXPECT_EQ(bench.answer(message(DhcpType::offer, kLaptop)), "silence");
  EXPECT_EQ(bench.answer(message(DhcpType::request, kLaptop)), "silence");  // names no address
  Outbox out;
  bench.server.on_datagram({{}, {}, Bytes(300, 0x5a), kLan}, {}, out);
  EXPECT_TRUE(out.empty());
}

}  // namespace
}  // namespace natsim
