// DHCP clients and a server against each other, over a LAN that delays and loses.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "sim/service/dhcp_client.h"
#include "sim/service/dhcp_server.h"
#include "tests/service/dhcp_bench.h"

namespace natsim {
namespace {

using namespace dhcp_bench;

/// A LAN with one server and some clients. Datagrams take 1 ms; ARP probes are answered after
/// 200 ms, with a conflict for the addresses in `squatters`.
class Lan {
 public:
  Lan(std::uint64_t seed, int size, Ratio loss, DhcpServerOptions options = home_server())
      : server(std::move(options)), loss_(loss), rng_(Prng::stream(seed, "link/lan/loss")) {
    for (int i = 0; i < size; ++i) {
      DhcpClientOptions client;
      client.interface = kLan;
      client.mac = MacAddress::from_u64(0x02'00'00'00'00'10 + std::uint64_t(i));
      client.broadcast = i % 2 == 1;
      macs_.push_back(client.mac);
      clients.push_back(std::make_unique<DhcpClient>(
          client, Prng::stream(seed, "node/" + std::to_string(i) + "/dhcp"), Instant{}));
    }
  }

  void run_until(Instant end) {
    while (step(end)) {
    }
  }
  std::set<IpAddress> addresses() const {
    std::set<IpAddress> found;
    for (const auto& client : clients)
      if (client->configuration()) found.insert(client->configuration()->address.address);
    return found;
  }

  DhcpServer server;
  std::vector<std::unique_ptr<DhcpClient>> clients;
  std::set<IpAddress> squatters;
  std::string log;
  bool cut = false;  // nothing arrives any more

 private:
  struct Arrival {
    bool is_probe_answer;
    std::size_t client;  // who asked, or who sent
    IpAddress probed;
    DatagramOut datagram;
    bool from_server;
  };

  bool step(Instant end) {
    Instant next = arrivals_.empty() ? Instant::never() : arrivals_.begin()->first.first;
    for (const auto& client : clients) next = std::min(next, client->next_deadline());
    if (next > end) return false;
    now_ = next;
    if (!arrivals_.empty() && arrivals_.begin()->first.first == next) {
      const Arrival arrival = arrivals_.begin()->second;
      arrivals_.erase(arrivals_.begin());
      arrive(arrival);
      return true;
    }
    for (std::size_t i = 0; i < clients.size(); ++i) {
      if (clients[i]->next_deadline() > now_) continue;
      Outbox out;
      clients[i]->on_deadline(now_, out);
      take(out, i, false);
    }
    return true;
  }
  void arrive(const Arrival& arrival) {
    Outbox out;
    if (arrival.is_probe_answer) {
      clients[arrival.client]->on_probe_result(squatters.contains(arrival.probed), now_, out);
      return take(out, arrival.client, false);
    }
    const DatagramOut& sent = arrival.datagram;
    const Datagram datagram{sent.source, sent.destination, sent.payload, kLan};
    if (!arrival.from_server) {
      server.on_datagram(datagram, now_, out);
      return take(out, 0, true);
    }
    for (std::size_t i = 0; i < clients.size(); ++i) {
      if (sent.destination_mac && !sent.destination_mac->is_broadcast() &&
          *sent.destination_mac != macs_[i])
        continue;
      const auto* has = clients[i]->configuration();
      if (!sent.destination_mac && (!has || has->address.address != sent.destination.address))
        continue;
      Outbox answer;
      clients[i]->on_datagram(datagram, now_, answer);
      take(answer, i, false);
    }
  }
  void take(Outbox& out, std::size_t client, bool from_server) {
    for (const DatagramOut& datagram : out.datagrams) {
      log += datagram.source.to_string() + ">" + datagram.destination.to_string() + " ";
      if (rng_.chance(loss_) || cut) continue;
      put(1_ms, {false, client, {}, datagram, from_server});
    }
    for (const ServiceAction& action : out.actions)
      if (const auto* probe = std::get_if<ArpProbe>(&action))
        put(200_ms, {true, client, probe->address, {}, false});
    for (const std::string& note : out.notes) log += note + "\n";
  }
  void put(Duration delay, Arrival arrival) {
    arrivals_.emplace(std::pair{now_ + delay, count_++}, std::move(arrival));
  }

  Ratio loss_;
  Prng rng_;
  Instant now_;
  int count_ = 0;
  std::vector<MacAddress> macs_;
  std::map<std::pair<Instant, int>, Arrival> arrivals_;
};

// DHCP-02 … DHCP-11
TEST(DhcpExchange, ClientIsBoundAndStaysSo) {
  Lan lan(1, 1, {0, 1});
  lan.run_until(at(300_ms));
  ASSERT_EQ(lan.addresses().size(), 1u);
  const auto first = lan.addresses();
  lan.run_until(at(1_h));  // thirty leases long
  EXPECT_EQ(lan.addresses(), first);
  EXPECT_EQ(lan.server.leases(at(1_h)).at(0).state, LeaseState::bound);
  EXPECT_EQ(lan.log.find("expired"), std::string::npos);
}

TEST(DhcpExchange, EveryClientGetsItsOwnAddressOverALossyLan) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    DhcpServerOptions options = home_server();
    options.pools[0].lease = 1_h;
    Lan lan(seed, 10, {30, 100}, options);
    lan.run_until(at(10_min));
    EXPECT_EQ(lan.addresses().size(), 10u) << "seed " << seed;
    for (const DhcpLease& lease : lan.server.leases(at(10_min)))
      EXPECT_EQ(lease.state, LeaseState::bound) << "seed " << seed;
  }
}

// A lease of two minutes has one try at T1 and one at T2: leases do end on such a LAN. But at no
// time do two clients believe in one address, for the client's lease counts from its request.
TEST(DhcpExchange, NoAddressIsEverUsedTwiceWhileLeasesComeAndGo) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Lan lan(seed, 12, {30, 100});  // two more than there are addresses
    for (std::int64_t second = 0; second < 600; ++second) {
      lan.run_until(at(Duration::seconds(second)));
      const auto is_bound = [](const auto& client) { return client->configuration() != nullptr; };
      const auto bound = std::count_if(lan.clients.begin(), lan.clients.end(), is_bound);
      ASSERT_EQ(std::int64_t(lan.addresses().size()), bound) << "seed " << seed << " " << second;
    }
    EXPECT_NE(lan.log.find("expired"), std::string::npos);
    EXPECT_NE(lan.log.find("no free address"), std::string::npos);
  }
}

// DHCP-08, DHCP-18
TEST(DhcpExchange, SquattedAddressesAreDeclinedUntilAFreeOneIsFound) {
  Lan lan(1, 1, {0, 1});
  for (std::uint8_t last = 100; last < 109; ++last)
    lan.squatters.insert(Ipv4Address::of(192, 168, 1, last));
  lan.run_until(at(120_s));
  EXPECT_EQ(lan.addresses(), (std::set<IpAddress>{kLast}));
  EXPECT_NE(lan.log.find("is used by another station: declined"), std::string::npos);
}

// DHCP-13, DHCP-25
TEST(DhcpExchange, AddressIsGivenUpAtTheLeasesEndWhenTheServerIsGone) {
  Lan lan(1, 2, {0, 1});
  lan.run_until(at(1_s));
  EXPECT_EQ(lan.addresses().size(), 2u);
  lan.cut = true;
  lan.run_until(at(119_s));
  EXPECT_EQ(lan.addresses().size(), 2u);
  lan.run_until(at(121_s));
  EXPECT_EQ(lan.addresses().size(), 0u);
  lan.cut = false;
  lan.run_until(at(300_s));
  EXPECT_EQ(lan.addresses().size(), 2u);
}

TEST(DhcpExchange, SameSeedSameExchange) {
  const auto log_of = [](std::uint64_t seed) {
    Lan lan(seed, 5, {20, 100});
    lan.run_until(at(10_min));
    return lan.log;
  };
  EXPECT_EQ(log_of(4), log_of(4));
  EXPECT_NE(log_of(4), log_of(5));
}

}  // namespace
}  // namespace natsim
