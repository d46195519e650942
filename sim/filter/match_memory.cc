#include "sim/filter/match_memory.h"

#include <algorithm>
#include <tuple>

namespace natsim {

namespace {

constexpr std::size_t kForgottenMax = 64;  // CONNCOUNT_GC_MAX_COLLECT

std::uint32_t masked(Ipv4Address address, std::uint8_t length) {
  return address.value & netmask_of(length);
}

/// Whether a TCP connection is over but for its waiting: it does not count against a limit.
bool is_closed(const Connection& c) {
  return c.original().protocol == Protocol::tcp &&
         (c.tcp_state == TrackedState::time_wait || c.tcp_state == TrackedState::close);
}

bool key_less(const FlowKeyV4& a, const FlowKeyV4& b) {
  return std::tie(a.source, a.destination, a.source_port, a.destination_port) <
         std::tie(b.source, b.destination, b.source_port, b.destination_port);
}

}  // namespace

bool TokenBucket::take(Duration interval, std::uint32_t burst, Instant now) {
  const Duration full = interval * burst;
  credit_ = started_ ? std::min(full, credit_ + (now - last_)) : full;
  started_ = true;
  last_ = now;
  if (credit_ < interval) return false;
  credit_ = credit_ - interval;
  return true;
}

void MatchMemory::reset(std::uint32_t memories) {
  slots_.clear();
  slots_.resize(memories);
}

bool MatchMemory::limit(std::uint32_t at, const LimitMatch& match, Instant now) {
  return slots_[at].bucket.take(match.interval, match.burst, now);
}

bool MatchMemory::statistic(std::uint32_t at, const StatisticMatch& match) {
  if (match.mode == StatisticMatch::Mode::random)
    return rng_.chance(match.probability) != match.negated;
  std::uint32_t& count = slots_[at].count;
  const bool hit = count == match.packet;
  count = count + 1 >= match.every ? 0 : count + 1;
  return hit != match.negated;
}

std::optional<bool> MatchMemory::connlimit(std::uint32_t at, const ConnlimitMatch& match,
                                           const Traversal& packet, const FlowKeyV4& own,
                                           ConnectionTable& table, Instant now) {
  const std::uint32_t key =
      masked(match.by_destination ? packet.destination : packet.source, match.prefix_length);
  const auto [place, is_new] = slots_[at].connections.try_emplace(key);
  std::vector<FlowKeyV4>& list = place->second;
  const Connection* const connection =
      packet.connection != nullptr ? packet.connection : table.find(own, now).connection;
  // An assured connection is not put on the list again, nor spared when it is over: the last one's
  // reset finds the list empty. While it is being set up it stays, closed or not.
  const bool assured = connection != nullptr && connection->has(kConfirmed | kAssured) && !is_new;
  bool listed = assured;
  std::size_t forgotten = 0;
  for (auto entry = list.begin(); entry != list.end() && forgotten <= kForgottenMax;) {
    const Connection* c = table.find(*entry, now).connection;
    if (!assured && c != nullptr && *entry == own) {
      listed = true;
      break;
    }
    if (c == nullptr || is_closed(*c)) {
      entry = list.erase(entry);
      ++forgotten;
    } else {
      ++entry;
    }
  }
  if (!listed) list.push_back(own);
  if (list.empty()) return std::nullopt;
  return (list.size() > match.limit) != match.upto;
}

bool MatchMemory::recent(const RecentMatch& match, const Traversal& packet, Instant now) {
  using Operation = RecentMatch::Operation;
  auto& list = recent_[match.name];
  const std::uint32_t address =
      (match.by_destination ? packet.destination : packet.source).value & match.mask.value;
  const std::uint8_t ttl = packet.ip[8];
  auto found = list.find(address);
  if (found != list.end() && match.check_ttl && found->second.ttl != ttl) found = list.end();

  bool matched = false;
  bool refresh = false;
  if (found == list.end()) {
    if (match.operation != Operation::set) return match.negated;
    if (list.size() >= kRecentAddressesMax) {
      // The one not seen for longest makes room.
      list.erase(std::min_element(list.begin(), list.end(), [](const auto& a, const auto& b) {
        return a.second.times.back() < b.second.times.back();
      }));
    }
    list[address] = {ttl, {now}};
    return !match.negated;
  }
  Sightings& seen = found->second;
  switch (match.operation) {
    case Operation::set: matched = refresh = true; break;
    case Operation::remove: list.erase(found); return !match.negated;
    case Operation::check:
    case Operation::update: {
      const Instant since = match.within ? now - *match.within : Instant::from_ns(INT64_MIN);
      const auto hits = std::count_if(seen.times.begin(), seen.times.end(),
                                      [&](Instant t) { return t >= since; });
      matched = std::size_t(hits) >= std::max<std::size_t>(1, match.hits);
      if (match.reap && hits == 0) {
        list.erase(found);
        return match.negated;
      }
      refresh = matched && match.operation == Operation::update;
    }
  }
  matched = matched != match.negated;
  if (refresh || (match.operation == Operation::update && matched)) {
    if (seen.times.size() >= kSightingsMax) seen.times.erase(seen.times.begin());
    seen.times.push_back(now);
    seen.ttl = ttl;
  }
  return matched;
}

std::optional<bool> MatchMemory::hashlimit(const HashlimitMatch& match, const Traversal& packet,
                                           Instant now) {
  FlowKeyV4 key{};
  if (match.by_source) key.source = {masked(packet.source, match.source_length)};
  if (match.by_destination)
    key.destination = {masked(packet.destination, match.destination_length)};
  if (match.by_source_port) key.source_port = packet.source_port;
  if (match.by_destination_port) key.destination_port = packet.destination_port;
  auto& buckets = hashlimit_.try_emplace(match.name, &key_less).first->second;
  auto at = buckets.find(key);
  if (at == buckets.end() && match.keys_max != 0 && buckets.size() >= match.keys_max) {
    std::erase_if(buckets, [&](const auto& b) { return b.second.last + match.expire <= now; });
    if (buckets.size() >= match.keys_max) return std::nullopt;
  }
  const bool known = at != buckets.end();
  if (!known) at = buckets.try_emplace(key).first;
  Bucket& bucket = at->second;
  if (known && bucket.last + match.expire <= now) bucket = {};
  bucket.last = now;
  return bucket.tokens.take(match.interval, match.burst, now);
}

}  // namespace natsim
