// What a resolver has learned, for as long as its TTL allows: records, and that there are none
// (RFC 2308 5), and who serves which zone.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "sim/base/time.h"
#include "sim/wire/dns.h"

namespace natsim {

class DnsCache {
 public:
  struct Entry {
    DnsRcode rcode = DnsRcode::no_error;
    std::vector<DnsRecord> records{};  ///< of one name and type; none: a negative answer
    std::optional<DnsRecord> soa{};    ///< of a negative one
  };
  /// The zone's servers, as a referral named them.
  struct Delegation {
    DnsName zone;
    std::vector<DnsName> names;
    std::vector<IpAddress> addresses;  ///< from glue; may be empty
  };

  /// TTLs are what is left of them.
  std::optional<Entry> find(const DnsName& name, DnsType type, Instant now) const;
  void add(const DnsName& name, DnsType type, std::vector<DnsRecord> records, Instant now);
  /// For min(SOA's TTL, its minimum), at most three hours; without an SOA nothing is remembered.
  void add_negative(const DnsName& name, DnsType type, DnsRcode rcode,
                    const std::optional<DnsRecord>& soa, Instant now);
  void add_delegation(Delegation delegation, std::uint32_t ttl_s, Instant now);
  /// The one that is closest to the name.
  std::optional<Delegation> delegation_for(const DnsName& name, Instant now) const;

  std::size_t size() const { return entries_.size() + delegations_.size(); }

 private:
  static constexpr std::size_t kEntriesMax = 10'000;
  struct Held {
    Entry entry;
    Instant since, until;
  };
  struct HeldDelegation {
    Delegation delegation;
    Instant until;
  };
  using Key = std::pair<DnsName, DnsType>;
  void store(Key key, Entry entry, std::uint32_t ttl_s, Instant now);

  absl::flat_hash_map<Key, Held> entries_;
  absl::flat_hash_map<DnsName, HeldDelegation> delegations_;
};

}  // namespace natsim
