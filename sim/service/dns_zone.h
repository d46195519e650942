// Authoritative data: what a zone says of a name (RFC 1034 4.3.2, wildcards of RFC 4592).
#pragma once

#include <absl/container/flat_hash_map.h>

#include <vector>

#include "sim/wire/dns.h"

namespace natsim {

class DnsZone {
 public:
  /// Records whose names are not within `origin` are left out. A zone without an SOA record gets
  /// one: ns.ORIGIN and hostmaster.ORIGIN, serial 1, its minimum 5 minutes.
  DnsZone(DnsName origin, std::vector<DnsRecord> records);

  enum class Kind {
    answer,     ///< records of the type
    alias,      ///< the CNAME record
    no_data,    ///< the name has none of the type
    no_name,    ///< NXDOMAIN
    delegated,  ///< the NS records of the zone below, named by their owner
  };
  struct Found {
    Kind kind = Kind::no_name;
    std::vector<DnsRecord> records{};
  };
  /// REQUIRES: name.is_within(origin()).
  Found find(const DnsName& name, DnsType type) const;

  const DnsName& origin() const { return origin_; }
  const DnsRecord& soa() const { return soa_; }
  /// A and AAAA records of a name, glue included.
  void append_addresses(const DnsName& name, std::vector<DnsRecord>& out) const;

 private:
  using Records = std::vector<DnsRecord>;
  const Records* at(const DnsName& name) const;
  const Records* wildcard_for(const DnsName& name) const;
  /// The NS records of the highest cut on the way from the origin to `name`, or null.
  const Records* cut_above(const DnsName& name) const;

  DnsName origin_;
  DnsRecord soa_;
  absl::flat_hash_map<DnsName, Records> names_;  // those between have none
};

/// The zones of a server.
class DnsZones {
 public:
  void add(DnsZone zone) { zones_.push_back(std::move(zone)); }
  bool empty() const { return zones_.empty(); }
  /// The zone that is closest to the name, or null.
  const DnsZone* find(const DnsName& name) const;

  enum class Outcome {
    foreign,    ///< not in these zones; nothing was added
    complete,   ///< all there is
    elsewhere,  ///< an alias leads out of these zones, to `name`
    delegated,  ///< a referral is in the authority section
  };
  /// Fills answers, authority, additional and rcode, aliases followed. `name` is the last alias'
  /// target.
  Outcome answer(DnsName& name, DnsType type, DnsMessage& out) const;

 private:
  std::vector<DnsZone> zones_;
};

/// One of the reverse zones of private and other local addresses, which are never asked for
/// elsewhere (RFC 6303 4), or null.
const DnsName* local_reverse_zone(const DnsName& name);

}  // namespace natsim
