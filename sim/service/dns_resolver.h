// Finds the answer to a question by asking other servers (RFC 1034 5.3.3): down from the root, or
// those that it is told to forward to.
//
//   start ─▶ own zones? ─▶ cache? ─▶ closest known servers ─▶ ask ─▶ answer ─────────▶ finished
//              ▲                                         ▲      ├──▶ alias: from the top, new name
//              └─────────────────────────────────────────┼──────┴──▶ referral: closer servers
//                                                        └─ timeout, failure: the next server
//
// Each query has a source port and an identifier of its own, drawn at random; what does not match
// port, address, identifier and question is no answer (RFC 5452 9). An answer that did not fit into
// a datagram is asked for again over TCP, from the same server (dns_stream.h).
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "sim/base/random.h"
#include "sim/base/time.h"
#include "sim/service/dns_cache.h"
#include "sim/service/dns_stream.h"
#include "sim/service/dns_zone.h"
#include "sim/service/service.h"
#include "sim/service/udp_ports.h"

namespace natsim {

struct DnsResolverOptions {
  std::vector<IpAddress> forward;  ///< asked in this order, with RD; none: down from `roots`
  std::vector<IpAddress> roots;
  Duration timeout = Duration::seconds(1);         ///< for an answer; then the next server is asked
  Duration stream_timeout = Duration::seconds(5);  ///< the same, over TCP
  int tries = 2;                                   ///< rounds over a zone's servers
  bool cache = true;
  bool local_reverse = true;  ///< private addresses' names are not asked for elsewhere (DNS-19)
};

/// What became of a question.
struct DnsResolution {
  std::uint64_t tag = 0;  ///< the caller's number for it
  DnsQuestion question{};
  DnsRcode rcode = DnsRcode::server_failure;
  bool timed_out = false;  ///< no server answered at all
  std::vector<DnsRecord> answers{}, authority{};
};

/// How to ask. UDP's answers that were cut short are asked for again over TCP (RFC 7766 5).
enum class DnsTransport : std::uint8_t { udp, tcp };

class DnsResolver final : private DnsStreamListener {
 public:
  /// `own` is consulted first, may be null, and outlives the resolver.
  DnsResolver(DnsResolverOptions options, const DnsZones* own, std::unique_ptr<UdpPorts> ports,
              Prng rng)
      : options_(std::move(options)), own_(own), ports_(std::move(ports)), rng_(rng) {}

  DnsResolver(const DnsResolver&) = delete;  // connections tell it what came
  DnsResolver& operator=(const DnsResolver&) = delete;

  void start(std::uint64_t tag, const DnsQuestion& question, Instant now, Outbox& out,
             DnsTransport transport = DnsTransport::udp);
  /// A datagram to one of its ports; others are none of its business.
  void on_datagram(const Datagram& datagram, Instant now, Outbox& out);
  /// An ICMP error about a query of its own.
  void on_send_error(const Tuple& sent, const IcmpError& error, Instant now, Outbox& out);
  Instant next_deadline() const {
    if (!arrived_.empty()) return arrived_.front().when;
    return deadlines_.empty() ? Instant::never() : deadlines_.begin()->first;
  }
  void on_deadline(Instant now, Outbox& out);

  /// Servers to forward to, from now on.
  void set_forward(std::vector<IpAddress> servers) { options_.forward = std::move(servers); }
  /// What was finished since the last call.
  std::vector<DnsResolution> take_finished() { return std::exchange(finished_, {}); }
  const DnsCache& cache() const { return cache_; }

 private:
  using TaskId = std::uint32_t;
  struct Task {
    std::uint64_t tag;
    TaskId parent;  // it waits for a server's address; 0: none
    DnsQuestion question;
    DnsName name;  // that is asked for now: the question's, or an alias' target
    std::vector<DnsRecord> answers{};
    DnsName zone{};  // whose servers are asked
    std::vector<IpAddress> servers{};
    std::size_t asked = 0;     // queries to these servers
    std::size_t nameless = 0;  // servers' names whose addresses were not found
    int steps = 0, depth = 0;
    bool heard = false;  // some server answered
    DnsRcode failure = DnsRcode::server_failure;
    DnsTransport transport = DnsTransport::udp;
    // The query that is out: by a port, or by a connection.
    std::uint16_t port = 0, id = 0;
    std::uint64_t stream = 0;
    IpAddress server{};
    Instant deadline = Instant::never();
  };
  using Tasks = std::map<TaskId, Task>;
  /// What a connection came to; looked at when the node calls next.
  struct Arrived {
    std::uint64_t stream;
    std::optional<Bytes> message;
    Instant when;
  };

  void add(Task task, Instant now, Outbox& out);
  void advance(Tasks::iterator at, Instant now, Outbox& out);
  bool settle_from_own(Tasks::iterator at, Instant now, Outbox& out, bool& settled);
  bool settle_from_cache(Tasks::iterator at, Instant now, Outbox& out, bool& settled);
  void choose_servers(Tasks::iterator at, Instant now, Outbox& out);
  void find_server_address(Tasks::iterator at, const DnsCache::Delegation& delegation, Instant now,
                           Outbox& out);
  void ask(Tasks::iterator at, Instant now, Outbox& out);
  void ask_by_stream(Tasks::iterator at, Instant now, Outbox& out);
  DnsMessage query_of(const Task& task) const;
  bool answers(const Task& task, const Result<DnsMessage>& message) const;
  void on_dns_stream(std::uint64_t stream, std::optional<Bytes> message, Instant now) override;
  void on_arrived(Arrived arrived, Instant now, Outbox& out);
  void on_answer(Tasks::iterator at, DnsMessage message, Instant now, Outbox& out);
  bool learn_referral(const Task& task, const DnsMessage& message, Instant now);
  void finish(Tasks::iterator at, DnsRcode rcode, std::vector<DnsRecord> authority, Instant now,
              Outbox& out);
  void stop_query(Tasks::iterator at);
  bool forwards() const { return !options_.forward.empty(); }

  DnsResolverOptions options_;
  const DnsZones* own_;
  std::unique_ptr<UdpPorts> ports_;
  Prng rng_;
  DnsCache cache_;
  Tasks tasks_;
  TaskId next_task_ = 1;
  absl::flat_hash_map<std::uint16_t, TaskId> by_port_;
  std::map<std::uint64_t, TaskId> by_stream_;
  std::uint64_t next_stream_ = 1;
  std::vector<Arrived> arrived_;
  std::set<std::pair<Instant, TaskId>> deadlines_;  // of queries by ports
  std::vector<DnsResolution> finished_;
};

}  // namespace natsim
