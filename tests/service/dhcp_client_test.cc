// The DHCP client as packet scripts against a server that is written by hand.
#include "sim/service/dhcp_client.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "tests/service/dhcp_bench.h"

namespace natsim {
namespace {

using namespace dhcp_bench;

constexpr Ipv4Address kOffered = Ipv4Address::of(192, 168, 1, 103);
constexpr Ipv4Address kRival = Ipv4Address::of(192, 168, 1, 2);

class ClientBench {
 public:
  explicit ClientBench(DhcpClientOptions options = laptop(), std::uint64_t seed = 1)
      : client(std::move(options), Prng::stream(seed, "node/laptop/eth0/dhcp"), Instant{}) {}
  static DhcpClientOptions laptop() {
    DhcpClientOptions options;
    options.interface = kLan;
    options.mac = kLaptop;
    options.hostname = "laptop";
    return options;
  }
  /// With a lease of 3600 s, acknowledged at 0 s.
  static ClientBench bound() {
    ClientBench bench;
    bench.fire();
    bench.answer(DhcpType::offer);
    bench.answer(DhcpType::ack);
    bench.probe(false);
    EXPECT_EQ(bench.client.state(), DhcpClientState::bound);
    bench.out.clear();
    return bench;
  }

  /// Lets the next timer fire and reads the one message that is sent, if any.
  std::optional<DhcpMessage> fire() {
    now = client.next_deadline();
    EXPECT_NE(now, Instant::never());
    out.clear();
    client.on_deadline(now, out);
    return read();
  }
  std::optional<DhcpMessage> read() {
    if (out.datagrams.empty()) return std::nullopt;
    EXPECT_EQ(out.datagrams.size(), 1u);
    const auto message = DhcpMessage::parse(out.datagrams[0].payload);
    EXPECT_TRUE(message.ok());
    if (!message) return std::nullopt;
    xid = message->xid;
    return *message;
  }
  DhcpMessage reply(DhcpType type, Ipv4Address server = kServer) const {
    DhcpMessage made = message(type, kLaptop, xid);
    made.options.set_address(DhcpCode::server_identifier, server);
    if (type == DhcpType::nak) return made;
    made.yiaddr = kOffered;
    made.options.set_u32(DhcpCode::lease_time, 3600);
    made.options.set_u32(DhcpCode::subnet_mask, 0xffff'ff00);
    made.options.set_address(DhcpCode::router, kServer);
    made.options.set_addresses(DhcpCode::dns_server, {kServer, kRival});
    return made;
  }
  /// The server says this, now; returns what the client says to it.
  std::optional<DhcpMessage> hear(const DhcpMessage& said) {
    Bytes payload(said.size());
    said.emit(payload);
    out.clear();
    client.on_datagram({{kServer, 67}, {kOffered, 68}, payload, kLan}, now, out);
    return read();
  }
  std::optional<DhcpMessage> answer(DhcpType type) { return hear(reply(type)); }
  void probe(bool conflict) {
    out.clear();
    client.on_probe_result(conflict, now, out);
  }
  template <class Action>
  std::optional<Action> action() const {
    for (const ServiceAction& each : out.actions)
      if (const auto* found = std::get_if<Action>(&each)) return *found;
    return std::nullopt;
  }
  std::int64_t seconds() const { return now.since_start().whole_seconds(); }

  DhcpClient client;
  Outbox out;
  Instant now;
  std::uint32_t xid = 0;
};

// DHCP-01
TEST(DhcpClient, DiscoverIsABroadcastFromNobody) {
  ClientBench bench;
  const auto discover = bench.fire();
  ASSERT_TRUE(discover);
  EXPECT_EQ(discover->type, DhcpType::discover);
  EXPECT_EQ(discover->chaddr, kLaptop);
  EXPECT_EQ(discover->options.find(DhcpCode::client_identifier)->size(), 7u);
  EXPECT_TRUE(discover->options.has(DhcpCode::parameter_request_list));
  EXPECT_EQ(discover->options.text(DhcpCode::vendor_class), "natsim");
  EXPECT_EQ(discover->options.text(DhcpCode::host_name), "laptop");
  EXPECT_FALSE(discover->options.has(DhcpCode::requested_address));
  const DatagramOut& sent = bench.out.datagrams.at(0);
  EXPECT_EQ(sent.source, (Endpoint{Ipv4Address{}, 68}));
  EXPECT_EQ(sent.destination, (Endpoint{kBroadcast, 67}));
  EXPECT_EQ(sent.destination_mac, MacAddress::broadcast());
  EXPECT_EQ(sent.interface, kLan);
  EXPECT_GE(sent.payload.size(), 300u);
  EXPECT_TRUE(sent.raw);  // DHCP-37
  EXPECT_TRUE(bench.client.receives_raw());
}

// DHCP-06
TEST(DhcpClient, RequestNamesServerAndAddress) {
  ClientBench bench;
  bench.fire();
  const auto discover = bench.fire();  // The first one was lost: `secs` is not 0.
  ASSERT_GE(discover->secs, 3);
  bench.now = bench.now + 2_s;  // The offer takes its time; `secs` stays.
  const auto request = bench.answer(DhcpType::offer);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->type, DhcpType::request);
  EXPECT_EQ(request->xid, discover->xid);
  EXPECT_EQ(request->secs, discover->secs);
  EXPECT_EQ(request->ciaddr, Ipv4Address{});
  EXPECT_EQ(request->options.address(DhcpCode::requested_address), kOffered);
  EXPECT_EQ(request->options.address(DhcpCode::server_identifier), kServer);
  EXPECT_EQ(bench.out.datagrams.at(0).destination, (Endpoint{kBroadcast, 67}));
}

// DHCP-32
TEST(DhcpClient, FirstOfferWins) {
  ClientBench bench;
  bench.fire();
  EXPECT_TRUE(bench.hear(bench.reply(DhcpType::offer, kRival)));
  EXPECT_FALSE(bench.hear(bench.reply(DhcpType::offer, kServer)));
  bench.hear(bench.reply(DhcpType::ack, kServer));  // not the one that was asked
  EXPECT_EQ(bench.client.state(), DhcpClientState::requesting);
  bench.hear(bench.reply(DhcpType::nak, kServer));
  EXPECT_EQ(bench.client.state(), DhcpClientState::requesting);
  bench.hear(bench.reply(DhcpType::ack, kRival));
  EXPECT_EQ(bench.client.state(), DhcpClientState::probing);
}

// DHCP-08
TEST(DhcpClient, AddressIsProbedBeforeItIsUsed) {
  ClientBench bench;
  bench.fire();
  bench.answer(DhcpType::offer);
  bench.answer(DhcpType::ack);
  const auto probe = bench.action<ArpProbe>();
  ASSERT_TRUE(probe);
  EXPECT_EQ(probe->address, IpAddress(kOffered));
  EXPECT_EQ(probe->interface, kLan);
  EXPECT_EQ(bench.client.configuration(), nullptr);
  bench.probe(false);
  const auto configured = bench.action<Configured>();
  ASSERT_TRUE(configured);
  const LeasedConfiguration& got = configured->configuration;
  EXPECT_EQ(got.address.to_string(), "192.168.1.103/24");
  EXPECT_EQ(got.router, IpAddress(kServer));
  EXPECT_EQ(got.routes, (std::vector{LearnedRoute{*Prefix::parse("0.0.0.0/0"), kServer}}));
  EXPECT_EQ(got.dns, (std::vector<IpAddress>{kServer, kRival}));
  EXPECT_EQ(got.lease, 1_h);
  EXPECT_EQ(bench.out.notes.at(0), "lease 192.168.1.103/24 from 192.168.1.1 for 1h");
}

// DHCP-08, DHCP-18
TEST(DhcpClient, ConflictIsDeclinedAndTriedAgainTenSecondsLater) {
  ClientBench bench;
  bench.fire();
  bench.answer(DhcpType::offer);
  bench.answer(DhcpType::ack);
  bench.probe(true);
  const auto decline = bench.read();
  ASSERT_TRUE(decline);
  EXPECT_EQ(decline->type, DhcpType::decline);
  EXPECT_EQ(decline->ciaddr, Ipv4Address{});
  EXPECT_EQ(decline->options.address(DhcpCode::requested_address), kOffered);
  EXPECT_EQ(decline->options.address(DhcpCode::server_identifier), kServer);
  EXPECT_EQ(bench.out.datagrams.at(0).destination, (Endpoint{kBroadcast, 67}));
  EXPECT_FALSE(bench.action<Configured>());
  const auto again = bench.fire();
  EXPECT_EQ(bench.seconds(), 10);
  EXPECT_EQ(again->type, DhcpType::discover);
  EXPECT_FALSE(again->options.has(DhcpCode::requested_address));
}

// RFC 2131 4.4.1: the lease counts from the request, so the client never believes in it longer than
// the server does.
TEST(DhcpClient, LeaseCountsFromTheRequest) {
  ClientBench bench;
  bench.fire();
  bench.answer(DhcpType::offer);
  bench.now = bench.now + 2_s;
  bench.answer(DhcpType::ack);
  bench.now = bench.now + 5_s;
  bench.probe(false);
  EXPECT_EQ(bench.client.expires(), at(1_h));
  bench.fire();
  EXPECT_EQ(bench.seconds(), 1800);
}

TEST(DhcpClient, ExtensionOfAnotherAddressIsIgnored) {
  ClientBench bench = ClientBench::bound();
  bench.fire();
  DhcpMessage ack = bench.reply(DhcpType::ack);
  ack.yiaddr = kLast;
  bench.hear(ack);
  EXPECT_EQ(bench.client.state(), DhcpClientState::renewing);
}

TEST(DhcpClient, ConflictWhileTheAddressIsInUseGivesItUp) {
  ClientBench bench = ClientBench::bound();
  bench.client.on_conflict(bench.now, bench.out);
  EXPECT_EQ(bench.read()->type, DhcpType::decline);
  EXPECT_TRUE(bench.action<Deconfigured>());
  EXPECT_EQ(bench.client.configuration(), nullptr);
}

TEST(DhcpClient, WithoutProbingTheAckConfigures) {
  DhcpClientOptions options = ClientBench::laptop();
  options.probe = false;
  ClientBench bench(options);
  bench.fire();
  bench.answer(DhcpType::offer);
  bench.answer(DhcpType::ack);
  EXPECT_TRUE(bench.action<Configured>());
  EXPECT_FALSE(bench.action<ArpProbe>());
}

// DHCP-09, DHCP-10
TEST(DhcpClient, RenewsAtHalfTheLeaseByUnicast) {
  ClientBench bench = ClientBench::bound();
  const std::uint32_t first_xid = bench.xid;
  EXPECT_FALSE(bench.client.receives_raw());
  const auto request = bench.fire();
  EXPECT_EQ(bench.seconds(), 1800);
  EXPECT_EQ(bench.client.state(), DhcpClientState::renewing);
  ASSERT_TRUE(request);
  EXPECT_NE(request->xid, first_xid);
  EXPECT_EQ(request->ciaddr, kOffered);
  EXPECT_FALSE(request->options.has(DhcpCode::requested_address));
  EXPECT_FALSE(request->options.has(DhcpCode::server_identifier));
  const DatagramOut& sent = bench.out.datagrams.at(0);
  EXPECT_EQ(sent.source, (Endpoint{kOffered, 68}));
  EXPECT_EQ(sent.destination, (Endpoint{kServer, 67}));
  EXPECT_EQ(sent.destination_mac, std::nullopt);
  EXPECT_FALSE(sent.raw);

  bench.answer(DhcpType::ack);
  EXPECT_EQ(bench.client.state(), DhcpClientState::bound);
  EXPECT_TRUE(bench.out.actions.empty());  // Nothing has changed.
  EXPECT_EQ(bench.out.notes.at(0), "renewed lease 192.168.1.103/24 from 192.168.1.1 for 1h");
  EXPECT_EQ(bench.client.expires(), at(Duration::seconds(1800 + 3600)));
  bench.fire();
  EXPECT_EQ(bench.seconds(), 3600);
}

// DHCP-09
TEST(DhcpClient, ServersOwnTimersCount) {
  const struct {
    std::uint32_t t1, t2;
    std::int64_t renews, rebinds;
  } rows[] = {
      {100, 200, 100, 200},
      {100, 5000, 100, 3150},  // T2 beyond the lease: the default
      {300, 200, 200, 200},    // T1 beyond T2
  };
  for (const auto& row : rows) {
    ClientBench bench;
    bench.fire();
    bench.answer(DhcpType::offer);
    DhcpMessage ack = bench.reply(DhcpType::ack);
    ack.options.set_u32(DhcpCode::renewal_time, row.t1);
    ack.options.set_u32(DhcpCode::rebinding_time, row.t2);
    bench.hear(ack);
    bench.probe(false);
    bench.fire();
    EXPECT_EQ(bench.seconds(), row.renews);
    while (bench.client.state() == DhcpClientState::renewing) bench.fire();
    EXPECT_EQ(bench.seconds(), row.rebinds);
  }
}

// DHCP-11, DHCP-12, DHCP-13
TEST(DhcpClient, RetriesAtHalfOfWhatIsLeftThenRebindsThenGivesUp) {
  ClientBench bench = ClientBench::bound();
  std::vector<std::int64_t> renewals, rebindings;
  for (;;) {
    const auto message = bench.fire();
    ASSERT_TRUE(message);
    if (message->type == DhcpType::discover) break;
    ASSERT_EQ(message->type, DhcpType::request);
    const DatagramOut& sent = bench.out.datagrams.at(0);
    if (sent.destination.address == IpAddress(kServer)) {
      renewals.push_back(bench.seconds());
    } else {  // T2: anybody is asked.
      EXPECT_EQ(sent.destination, (Endpoint{kBroadcast, 67}));
      EXPECT_EQ(sent.source, (Endpoint{kOffered, 68}));
      EXPECT_EQ(message->ciaddr, kOffered);
      EXPECT_FALSE(message->options.has(DhcpCode::server_identifier));
      rebindings.push_back(bench.seconds());
    }
  }
  EXPECT_EQ(renewals, (std::vector<std::int64_t>{1800, 2475, 2812, 2981, 3065, 3125}));
  EXPECT_EQ(rebindings, (std::vector<std::int64_t>{3150, 3375, 3487, 3547}));
  EXPECT_EQ(bench.seconds(), 3600);
  const auto gone = bench.action<Deconfigured>();
  ASSERT_TRUE(gone);
  EXPECT_EQ(gone->address.to_string(), "192.168.1.103/24");
  EXPECT_EQ(bench.out.notes.at(0), "lease of 192.168.1.103 expired");
  // It asks for the address that it had.
  EXPECT_EQ(bench.read()->options.address(DhcpCode::requested_address), kOffered);
}

// DHCP-11
TEST(DhcpClient, AnyServerMayTakeOverWhileRebinding) {
  ClientBench bench = ClientBench::bound();
  while (bench.client.state() != DhcpClientState::rebinding) bench.fire();
  bench.hear(bench.reply(DhcpType::ack, kRival));
  EXPECT_EQ(bench.client.state(), DhcpClientState::bound);
  EXPECT_EQ(bench.client.configuration()->server, IpAddress(kRival));
  bench.fire();
  EXPECT_EQ(bench.out.datagrams.at(0).destination, (Endpoint{kRival, 67}));
}

// DHCP-16
TEST(DhcpClient, NakTakesTheAddressAwayAndStartsAgain) {
  ClientBench bench = ClientBench::bound();
  bench.fire();
  DhcpMessage nak = bench.reply(DhcpType::nak);
  nak.options.set_text(DhcpCode::message, "wrong network");
  bench.hear(nak);
  EXPECT_TRUE(bench.action<Deconfigured>());
  EXPECT_EQ(bench.out.notes.at(0), "192.168.1.103 refused by 192.168.1.1: wrong network");
  const auto discover = bench.fire();
  EXPECT_EQ(bench.seconds(), 1800);
  EXPECT_EQ(discover->type, DhcpType::discover);
  EXPECT_FALSE(discover->options.has(DhcpCode::requested_address));
}

// DHCP-16
TEST(DhcpClient, ServerThatRefusesItsOwnOffersIsNotAskedInALoop) {
  ClientBench bench;
  for (std::int64_t round = 0; round < 5; ++round) {
    EXPECT_EQ(bench.fire()->type, DhcpType::discover);
    EXPECT_EQ(bench.seconds(), 3 * round);
    bench.answer(DhcpType::offer);
    bench.answer(DhcpType::nak);
  }
}

// DHCP-27
TEST(DhcpClient, DiscoverIsRepeatedWithBackoffAndJitter) {
  ClientBench bench;
  std::uint32_t xid = 0;
  Instant before;
  bool jitter_seen = false;
  for (const int expected : {0, 4, 8, 16, 32, 64, 64, 64}) {
    const auto discover = bench.fire();
    ASSERT_EQ(discover->type, DhcpType::discover);
    const Duration gap = bench.now - before;
    if (expected > 0) {
      EXPECT_GE(gap, Duration::seconds(expected - 1));
      EXPECT_LE(gap, Duration::seconds(expected + 1));
      EXPECT_EQ(discover->xid, xid);
      jitter_seen |= gap != Duration::seconds(expected);
    }
    EXPECT_EQ(discover->secs, bench.seconds());
    before = bench.now;
    xid = discover->xid;
  }
  EXPECT_TRUE(jitter_seen);
}

// DHCP-27
TEST(DhcpClient, UnansweredRequestsEndInANewDiscover) {
  ClientBench bench;
  const std::uint32_t first_xid = bench.fire()->xid;
  bench.answer(DhcpType::offer);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(bench.fire()->type, DhcpType::request);
  const auto again = bench.fire();
  EXPECT_EQ(again->type, DhcpType::discover);
  EXPECT_NE(again->xid, first_xid);
  EXPECT_GE(bench.seconds(), 56);  // 4 + 8 + 16 + 32 s, each up to a second off
  EXPECT_LE(bench.seconds(), 64);
}

// DHCP-36
TEST(DhcpClient, RepliesToOthersAreIgnored) {
  ClientBench bench;
  bench.fire();
  DhcpMessage offer = bench.reply(DhcpType::offer);
  offer.xid ^= 1;
  EXPECT_FALSE(bench.hear(offer));
  offer = bench.reply(DhcpType::offer);
  offer.chaddr = kPhone;
  EXPECT_FALSE(bench.hear(offer));
  offer = bench.reply(DhcpType::offer);
  offer.options.remove(DhcpCode::server_identifier);
  EXPECT_FALSE(bench.hear(offer));
  EXPECT_FALSE(bench.hear(discover(kLaptop)));
  EXPECT_EQ(bench.client.state(), DhcpClientState::selecting);
}

// DHCP-34
TEST(DhcpClient, ClasslessRoutesReplaceTheRouter) {
  DhcpClientOptions options = ClientBench::laptop();
  options.probe = false;
  ClientBench bench(options);
  bench.fire();
  bench.answer(DhcpType::offer);
  DhcpMessage ack = bench.reply(DhcpType::ack);
  ack.options.set_classless_routes(
      {{*Prefix::parse("10.0.0.0/8"), kRival}, {*Prefix::parse("192.168.7.0/24"), Ipv4Address{}}});
  ack.options.set_u16(DhcpCode::interface_mtu, 1400);
  bench.hear(ack);
  const LeasedConfiguration* got = bench.client.configuration();
  ASSERT_NE(got, nullptr);
  EXPECT_EQ(got->router, std::nullopt);
  EXPECT_EQ(got->routes,
            (std::vector{LearnedRoute{*Prefix::parse("10.0.0.0/8"), kRival},
                         LearnedRoute{*Prefix::parse("192.168.7.0/24"), Ipv4Address{}}}));
  EXPECT_EQ(got->mtu, 1400);
}

// DHCP-17
TEST(DhcpClient, ReleaseSaysGoodbyeAndStops) {
  ClientBench bench = ClientBench::bound();
  bench.client.release(bench.now, bench.out);
  const auto release = bench.read();
  ASSERT_TRUE(release);
  EXPECT_EQ(release->type, DhcpType::release);
  EXPECT_EQ(release->ciaddr, kOffered);
  EXPECT_EQ(release->options.address(DhcpCode::server_identifier), kServer);
  EXPECT_EQ(bench.out.datagrams.at(0).destination, (Endpoint{kServer, 67}));
  EXPECT_TRUE(bench.action<Deconfigured>());
  EXPECT_EQ(bench.client.next_deadline(), Instant::never());
}

TEST(DhcpClient, InfiniteLeaseIsNeverRenewed) {
  ClientBench bench;
  bench.fire();
  bench.answer(DhcpType::offer);
  DhcpMessage ack = bench.reply(DhcpType::ack);
  ack.options.set_u32(DhcpCode::lease_time, kDhcpInfiniteSeconds);
  bench.hear(ack);
  bench.probe(false);
  EXPECT_EQ(bench.client.state(), DhcpClientState::bound);
  EXPECT_EQ(bench.client.next_deadline(), Instant::never());
  EXPECT_EQ(bench.out.notes.at(0), "lease 192.168.1.103/24 from 192.168.1.1 for ever");
}

TEST(DhcpClient, LongestFiniteLeaseDoesNotOverflow) {
  ClientBench bench;
  bench.fire();
  bench.answer(DhcpType::offer);
  DhcpMessage ack = bench.reply(DhcpType::ack);
  ack.options.set_u32(DhcpCode::lease_time, kDhcpInfiniteSeconds - 1);
  bench.hear(ack);
  bench.probe(false);
  bench.fire();
  EXPECT_EQ(bench.client.state(), DhcpClientState::renewing);
  EXPECT_EQ(bench.seconds(), (std::int64_t{kDhcpInfiniteSeconds} - 1) / 2);
}

TEST(DhcpClient, UselessAcknowledgmentsAreNoLease) {
  using Spoil = void (*)(DhcpMessage&);
  const std::pair<const char*, Spoil> rows[] = {
      {"no lease time", [](DhcpMessage& m) { m.options.remove(DhcpCode::lease_time); }},
      {"lease of nothing", [](DhcpMessage& m) { m.options.set_u32(DhcpCode::lease_time, 0); }},
      {"no address", [](DhcpMessage& m) { m.yiaddr = {}; }},
      {"broadcast", [](DhcpMessage& m) { m.yiaddr = kBroadcast; }},
      {"mask with a hole",
       [](DhcpMessage& m) { m.options.set_u32(DhcpCode::subnet_mask, 0xff00'ff00); }},
  };
  for (const auto& [what, spoil] : rows) {
    ClientBench bench;
    bench.fire();
    bench.answer(DhcpType::offer);
    DhcpMessage ack = bench.reply(DhcpType::ack);
    spoil(ack);
    bench.hear(ack);
    EXPECT_EQ(bench.client.state(), DhcpClientState::requesting) << what;
  }
}

TEST(DhcpClient, SameStreamSameWords) {
  ClientBench one, same, other(ClientBench::laptop(), 2);
  for (int i = 0; i < 4; ++i) one.fire(), same.fire(), other.fire();
  EXPECT_EQ(one.now, same.now);
  EXPECT_EQ(one.xid, same.xid);
  EXPECT_NE(one.xid, other.xid);
  EXPECT_NE(one.now, other.now);
}

}  // namespace
}  // namespace natsim
