// Looking names up from a node: its stub resolver, and who waits for what.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "sim/base/ids.h"
#include "sim/service/dns_client.h"

namespace natsim {

class IpNode;
class Sockets;

/// The question for a domain's IPv4 addresses.
DnsQuestion address_question(const std::string& domain);
/// "www.example.com: NXDOMAIN": why there is no address.
std::string lookup_failure(const DnsResolution& found);
/// The first A record, if there is one.
std::optional<Ipv4Address> first_address(const DnsResolution& found);

struct NameAnswer {
  std::uint64_t tag;  ///< the asker's own number for it
  NodeId node;        ///< that asked
  Instant when;
  DnsResolution found;
};

class NameListener {
 public:
  virtual void on_name(const NameAnswer& answer) = 0;

 protected:
  ~NameListener() = default;
};

struct NameOwner {
  NameListener* listener = nullptr;
  std::uint64_t tag = 0;
};

/// Made when a node first looks something up. Asks the node's own nameservers, then those of its
/// leases; a search domain comes by DHCP only.
class NameLookups {
 public:
  /// `client` belongs to the node's sockets.
  NameLookups(IpNode& node, DnsClient& client) : node_(node), client_(client) {}

  /// What becomes of it is told to `owner`, not before this returns.
  void start(const DnsQuestion& question, DnsTransport transport, NameOwner owner,
             const Sockets& sockets, std::vector<IpAddress> nameservers, Outbox& out);
  /// Tells what is finished. May start other lookups.
  void settle(Outbox& out);
  const UdpService& service() const { return client_; }
  UdpService& service() { return client_; }

 private:
  IpNode& node_;
  DnsClient& client_;
  std::map<std::uint64_t, NameOwner> waiting_;
  std::uint64_t next_ = 1;
};

}  // namespace natsim
