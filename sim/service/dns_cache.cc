#include "sim/service/dns_cache.h"

#include <algorithm>

namespace natsim {
namespace {

constexpr std::uint32_t kNegativeTtlMax = 3 * 3600;  // RFC 2308 5
constexpr std::uint32_t kTtlMax = 7 * 24 * 3600;     // RFC 8767 4: a week

/// NXDOMAIN is about all types.
constexpr DnsType kEveryType = DnsType::any;

template <class Table>
void make_room(Table& table, std::size_t entries_max, Instant now) {
  if (table.size() < entries_max) return;
  absl::erase_if(table, [now](const auto& held) { return held.second.until <= now; });
  if (table.size() >= entries_max) table.clear();  // All are alike: it fills again.
}

}  // namespace

std::optional<DnsCache::Entry> DnsCache::find(const DnsName& name, DnsType type,
                                              Instant now) const {
  auto found = entries_.find(Key(name, type));
  if (found == entries_.end() || found->second.until <= now)
    found = entries_.find(Key(name, kEveryType));
  if (found == entries_.end() || found->second.until <= now) return std::nullopt;
  Entry entry = found->second.entry;
  const auto age = std::uint32_t((now - found->second.since).whole_seconds());
  for (DnsRecord& record : entry.records) record.ttl_s -= std::min(record.ttl_s, age);
  if (entry.soa) entry.soa->ttl_s -= std::min(entry.soa->ttl_s, age);
  return entry;
}

void DnsCache::store(Key key, Entry entry, std::uint32_t ttl_s, Instant now) {
  if (ttl_s == 0) return;
  make_room(entries_, kEntriesMax, now);
  entries_[std::move(key)] = {std::move(entry), now, now + Duration::seconds(ttl_s)};
}

void DnsCache::add(const DnsName& name, DnsType type, std::vector<DnsRecord> records, Instant now) {
  if (records.empty()) return;
  std::uint32_t ttl = kTtlMax;
  for (const DnsRecord& record : records) ttl = std::min(ttl, record.ttl_s);
  store(Key(name, type), {DnsRcode::no_error, std::move(records), std::nullopt}, ttl, now);
}

void DnsCache::add_negative(const DnsName& name, DnsType type, DnsRcode rcode,
                            const std::optional<DnsRecord>& soa, Instant now) {
  if (!soa) return;
  const auto& data = std::get<DnsSoa>(soa->data);
  const std::uint32_t ttl = std::min({soa->ttl_s, data.minimum, kNegativeTtlMax});
  Entry entry{rcode, {}, soa};
  entry.soa->ttl_s = ttl;
  store(Key(name, rcode == DnsRcode::name_error ? kEveryType : type), std::move(entry), ttl, now);
}

void DnsCache::add_delegation(Delegation delegation, std::uint32_t ttl_s, Instant now) {
  if (ttl_s == 0) ttl_s = 1;  // for the question at hand
  make_room(delegations_, kEntriesMax, now);
  const DnsName zone = delegation.zone;
  delegations_[zone] = {std::move(delegation), now + Duration::seconds(std::min(ttl_s, kTtlMax))};
}

std::optional<DnsCache::Delegation> DnsCache::delegation_for(const DnsName& name,
                                                             Instant now) const {
  for (DnsName zone = name;; zone = zone.parent()) {
    const auto found = delegations_.find(zone);
    if (found != delegations_.end() && found->second.until > now) return found->second.delegation;
    if (zone.is_root()) return std::nullopt;
  }
}

}  // namespace natsim
