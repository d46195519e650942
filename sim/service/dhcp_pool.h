// The addresses of one subnet that a DHCP server gives out, and who has which.
//
//   (free) ──offer──▶ offered ──bind──▶ bound ──▶ released or expired: free, but remembered, so
//   that
//                        │                │       the same client gets the same address again
//                        └───── decline ──┴─▶ declined: nobody's, for a while
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/bytes.h"
#include "sim/base/time.h"
#include "sim/wire/address.h"
#include "sim/wire/dhcp_options.h"
#include "sim/wire/mac.h"

namespace natsim {

/// An address kept for one client, inside the range or not.
struct DhcpReservation {
  MacAddress mac;   ///< counts if client_id is empty
  Bytes client_id;  ///< all of option 61, with its type octet
  Ipv4Address address;
  std::string hostname;  ///< told to the client as option 12; may be empty
};

struct DhcpPoolOptions {
  Prefix subnet{};  ///< IPv4; also what relays are told apart by (giaddr)
  Ipv4Address first, last;
  Duration lease = Duration::seconds(3600);  ///< Duration::max(): infinite
  std::optional<Ipv4Address> router;
  std::vector<Ipv4Address> dns;
  std::string domain;
  DhcpOptions more;  ///< further options, sent to clients that ask for them (26, 42, 119, 121 …)
  std::vector<DhcpReservation> reservations;
  std::vector<Ipv4Address> excluded;  ///< in the range, but somebody has them: the server itself …
  Duration offer_hold = Duration::seconds(60);     ///< an offer nobody took is free again after it
  Duration decline_hold = Duration::seconds(600);  ///< dnsmasq's
};

enum class LeaseState : std::uint8_t { offered, bound, released, expired, declined };
/// "bound", …
const char* to_string(LeaseState state);

/// Who asks. The key is what RFC 2131 4.2 says: option 61, or hardware type and address.
struct DhcpClientIdentity {
  Bytes key;
  MacAddress mac;
  std::string hostname;
};

struct DhcpLease {
  Ipv4Address address;
  DhcpClientIdentity client;
  LeaseState state = LeaseState::offered;
  Instant expires;  ///< of the offer, the lease or the quarantine; never() for an infinite lease
};

/// A client has at most one address. Nothing runs by itself: what has expired is free at the next
/// question.
class DhcpPool {
 public:
  /// REQUIRES: first <= last, both within the subnet.
  explicit DhcpPool(DhcpPoolOptions options);

  const DhcpPoolOptions& options() const { return options_; }
  const DhcpReservation* reservation(const DhcpClientIdentity& client) const;

  /// The address to offer, in the order of RFC 2131 4.3.1: its reservation; what it has or had;
  /// what it asks for; the first free one from a stable hash of its MAC on, upwards and around
  /// (DHCP-26). Addresses that other clients had before come last. nullopt: exhausted.
  std::optional<Ipv4Address> choose(const DhcpClientIdentity& client,
                                    std::optional<Ipv4Address> wanted, Instant now) const;
  /// Whether the client may be given (or go on with) `address` now.
  bool may_have(const DhcpClientIdentity& client, Ipv4Address address, Instant now) const;

  /// Holds `address` for the client for offer_hold. A running lease of the same address stays.
  /// REQUIRES of offer() and bind(): may_have().
  void offer(const DhcpClientIdentity& client, Ipv4Address address, Instant now);
  void bind(const DhcpClientIdentity& client, Ipv4Address address, Instant now, Duration lease);
  /// The client does not take the offer. Nothing happens to a lease.
  void withdraw(const Bytes& key);
  /// False if the client does not hold `address`, of these two.
  bool release(const Bytes& key, Ipv4Address address, Instant now);
  bool decline(const Bytes& key, Ipv4Address address, Instant now);

  /// Its running or remembered lease; nullptr: never seen, or its address is another's by now.
  const DhcpLease* find(const Bytes& key) const;
  const DhcpLease* find(Ipv4Address address) const;
  /// All, by address, with their states as of `now`.
  std::vector<DhcpLease> leases(Instant now) const;

 private:
  bool is_usable(const DhcpClientIdentity& client, Ipv4Address address) const;
  bool is_held(const DhcpLease& lease, Instant now) const;
  std::optional<Ipv4Address> search(const DhcpClientIdentity& client, bool remembered_too,
                                    Instant now) const;
  DhcpLease& take(const DhcpClientIdentity& client, Ipv4Address address);
  DhcpLease* held_by(const Bytes& key, Ipv4Address address, Instant now);

  DhcpPoolOptions options_;
  std::map<Ipv4Address, DhcpLease> leases_;
  std::map<Bytes, Ipv4Address> by_client_;  // every lease that is not declined
};

}  // namespace natsim
