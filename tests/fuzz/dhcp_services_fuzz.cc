// Foreign bytes against the DHCP server and client: a list of messages, each | length (16) | bytes
// |. The first octet of a message says how many seconds pass before it comes; messages that are
// long enough get the transaction id and the MAC of the client, so that it does not ignore them
// all.
#include <algorithm>
#include <cstdint>
#include <set>

#include "sim/base/check.h"
#include "sim/service/dhcp_client.h"
#include "sim/service/dhcp_server.h"

namespace natsim {
namespace {

constexpr MacAddress kMac = MacAddress::from_u64(0x02'00'00'00'00'07);

class Exchange {
 public:
  void hear(ByteSpan bytes) {
    Bytes message(bytes.begin(), bytes.end());
    if (!message.empty()) now_ = now_ + Duration::seconds(message[0]);
    if (message.size() >= 34) {
      message[0] = message[0] % 2 + 1;  // op
      store_be32(message.data() + 4, xid_);
      kMac.store(message.data() + 28);
    }
    const Datagram datagram{{Ipv4Address::of(192, 168, 1, 1), 67}, {}, message, IfIndex{0}};
    server_.on_datagram(datagram, now_, out_);
    settle(true);
    client_.on_datagram(datagram, now_, out_);
    settle(false);
    client_.on_probe_result(!message.empty() && message.back() % 2 == 1, now_, out_);
    settle(false);
    client_.on_deadline(now_, out_);
    settle(false);
    SIM_CHECK(client_.next_deadline() > now_ || client_.state() == DhcpClientState::init);
  }

 private:
  // Everything that is said must be readable, and the server's books in order.
  void settle(bool by_server) {
    SIM_CHECK(out_.datagrams.size() <= 1);
    for (const DatagramOut& sent : out_.datagrams) {
      const auto message = DhcpMessage::parse(sent.payload);
      SIM_CHECK(message.ok());
      SIM_CHECK(is_from_server(message->type) == by_server);
      if (!by_server) xid_ = message->xid;
    }
    out_.clear();
    std::set<Bytes> clients;
    for (const DhcpLease& lease : server_.leases(now_)) {
      if (lease.state == LeaseState::declined || lease.state == LeaseState::expired) continue;
      SIM_CHECK(clients.insert(lease.client.key).second);
    }
  }

  static DhcpServerOptions server_options() {
    DhcpPoolOptions pool;
    pool.subnet = {Ipv4Address::of(192, 168, 1, 0), 24};
    pool.first = Ipv4Address::of(192, 168, 1, 100);
    pool.last = Ipv4Address::of(192, 168, 1, 103);
    return {IfIndex{0}, Ipv4Address::of(192, 168, 1, 1), {pool}};
  }
  static DhcpClientOptions client_options() {
    DhcpClientOptions options;
    options.mac = kMac;
    return options;
  }

  Instant now_;
  std::uint32_t xid_ = 0;
  DhcpServer server_{server_options()};
  DhcpClient client_{client_options(), Prng(1), Instant{}};
  Outbox out_;
};

}  // namespace
}  // namespace natsim

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  natsim::Exchange exchange;
  natsim::ByteSpan rest(data, size);
  while (rest.size() >= 2) {
    const std::size_t length =
        std::min<std::size_t>(natsim::load_be16(rest.data()), rest.size() - 2);
    exchange.hear(rest.subspan(2, length));
    rest = rest.subspan(2 + length);
  }
  return 0;
}
