// A DHCP server on one interface, RFC 2131 4.3: for the subnet it stands in, and for others whose
// relays bring it requests.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/service/dhcp_pool.h"
#include "sim/service/service.h"
#include "sim/wire/dhcp.h"

namespace natsim {

struct DhcpServerOptions {
  IfIndex interface;
  Ipv4Address address;                 ///< of the interface; the server identifier (option 54)
  std::vector<DhcpPoolOptions> pools;  ///< at most one for each subnet
  /// Also serves a client that comes with a lease this server does not know (after its own
  /// restart), if the address is free; otherwise such a client hears nothing (RFC 2131 4.3.2).
  bool authoritative = false;
};

/// Listens on UDP port 67 of its interface. Like dnsmasq it uses an ordinary socket, so the node's
/// firewall sees its datagrams. It does not probe an address before it offers it: clients do
/// (DHCP-08). It answers from its own address alone, and never on its own accord.
class DhcpServer : public UdpService {
 public:
  explicit DhcpServer(DhcpServerOptions options);

  void on_datagram(const Datagram& datagram, Instant now, Outbox& out) override;

  const std::vector<DhcpPool>& pools() const { return pools_; }
  /// Of all pools, as of `now`.
  std::vector<DhcpLease> leases(Instant now) const;

 private:
  struct Request;  // a message with what it means here

  DhcpPool* pool_for(const DhcpMessage& message);
  void on_discover(const Request& request, Outbox& out);
  void on_request(const Request& request, Outbox& out);
  void on_selecting(const Request& request, Outbox& out);
  void on_known_address(const Request& request, Ipv4Address address, Outbox& out);
  void on_release(const Request& request, Outbox& out);
  void on_decline(const Request& request, Outbox& out);
  void on_inform(const Request& request, Outbox& out);

  Duration lease_for(const Request& request) const;
  void acknowledge(const Request& request, Ipv4Address address, Outbox& out);
  void refuse(const Request& request, std::string_view why, Outbox& out);
  DhcpMessage answer_to(const Request& request, DhcpType type) const;
  void add_lease_times(Duration lease, DhcpMessage& answer) const;
  void add_wanted_options(const Request& request, DhcpMessage& answer) const;
  void send(const Request& request, const DhcpMessage& answer, Outbox& out) const;

  DhcpServerOptions options_;
  std::vector<DhcpPool> pools_;
};

}  // namespace natsim
