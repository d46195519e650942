// A DNS server: authoritative for its zones, and for the clients that it lets, a resolver. Clients
// may see different zones by where they ask from (split horizon).
//
//   query ─▶ view of the client ─▶ its zones ─▶ common zones ─▶ resolver, or a referral, or REFUSED
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "sim/service/dns_resolver.h"
#include "sim/service/dns_stream.h"
#include "sim/service/dns_zone.h"
#include "sim/service/service.h"

namespace natsim {

/// What some of the clients see. The first view whose `clients` hold the asking address counts.
struct DnsView {
  std::vector<Prefix> clients;  ///< none: everybody
  DnsZones zones;
  bool recursive = false;  ///< asks others for what is not in the zones
  DnsResolverOptions resolver{};
};

struct DnsServerOptions {
  std::vector<DnsView> views;
  std::uint16_t udp_bytes_max = 1232;  ///< of an answer to a client with EDNS (DNS-16)
  bool round_robin = true;             ///< equal records begin with another one each time
};

class DnsServer final : public UdpService {
 public:
  /// One of `ports` and of `rngs` for each view.
  DnsServer(DnsServerOptions options, std::vector<std::unique_ptr<UdpPorts>> ports, Prng rng);

  void on_datagram(const Datagram& datagram, Instant now, Outbox& out) override;
  void on_send_error(const Tuple& sent, const IcmpError& error, Instant now, Outbox& out) override;
  Instant next_deadline() const override;
  void on_deadline(Instant now, Outbox& out) override;

  /// Behind TCP port 53: the same answers, whole (RFC 7766). The server outlives it.
  std::unique_ptr<StreamHandlerFactory> stream_listener() { return streams_.listener(); }

  std::uint64_t queries() const { return queries_; }

 private:
  struct View {
    DnsView options;
    std::unique_ptr<DnsResolver> resolver;
  };
  struct Asker {
    Endpoint client, local;
    std::uint64_t stream = 0;  // of streams_; 0: by UDP
  };
  /// A query that waits for the resolver.
  struct Pending {
    DnsMessage query;
    Asker asker;
  };

  void on_query(ByteSpan message, const Asker& asker, Instant now, Outbox& out);
  void answer(const DnsMessage& query, const Asker& asker, Instant now, Outbox& out);
  View* view_for(IpAddress client);
  /// True: there is nothing more to find out.
  bool answer_from_zones(View& view, const DnsMessage& query, DnsMessage& answer);
  void settle(Outbox& out);
  void rotate(std::vector<DnsRecord>& records);
  void send(DnsMessage answer, const DnsMessage& query, const Asker& asker, Outbox& out);

  DnsServerOptions options_;
  std::vector<View> views_;
  DnsStreams streams_;
  std::map<std::uint64_t, Pending> pending_;
  std::uint64_t next_pending_ = 1;
  std::uint64_t queries_ = 0, rotation_ = 0;
};

}  // namespace natsim
