#include "sim/ip/rate_limit.h"

#include <algorithm>

namespace natsim {
namespace {

/// The default of net.ipv4.icmp_ratemask.
bool is_limited(IcmpType type) {
  return type == IcmpType::destination_unreachable || type == IcmpType::source_quench ||
         type == IcmpType::time_exceeded || type == IcmpType::parameter_problem;
}

std::uint32_t hash_of(Ipv4Address host) { return hash_key(host.value); }

}  // namespace

bool IcmpRateLimit::allow(Instant now, Ipv4Address host, IcmpType type, From from) {
  if (!enabled_ || !is_limited(type)) return true;
  Bucket* const bucket = bucket_for(now, host);
  if (bucket == nullptr) return true;
  const auto draw = [&](std::int64_t burst) {
    bucket->tokens = std::min(bucket->tokens, kInterval * burst);
    if (bucket->tokens < kInterval) return false;
    bucket->tokens += -kInterval;
    return true;
  };
  bucket->tokens += now - bucket->filled;
  bucket->filled = now;
  if (from == From::routing && !draw(kRoutingBurst)) return false;
  return draw(kBurst);
}

IcmpRateLimit::Bucket* IcmpRateLimit::bucket_for(Instant now, Ipv4Address host) {
  const auto is_it = [&](std::uint32_t number) { return buckets_[number].host == host; };
  const std::uint32_t number = index_.find(hash_of(host), is_it);
  if (number != FlatIndex::kNone) return &buckets_[number];
  // Once an interval is enough: within one hardly any bucket fills up.
  if (buckets_.size() >= sweep_at_ && now >= swept_ + kInterval) forget_full_ones(now);
  if (buckets_.size() >= kHostsMax) return nullptr;
  index_.insert(hash_of(host), std::uint32_t(buckets_.size()));
  buckets_.push_back({host, kInterval * kBurst, now});
  return &buckets_.back();
}

/// A bucket that is full again says what no bucket says.
void IcmpRateLimit::forget_full_ones(Instant now) {
  swept_ = now;
  std::erase_if(buckets_, [&](const Bucket& bucket) {
    return bucket.tokens + (now - bucket.filled) >= kInterval * kBurst;
  });
  index_.clear();
  for (std::uint32_t i = 0; i < buckets_.size(); ++i) index_.insert(hash_of(buckets_[i].host), i);
  sweep_at_ = std::clamp<std::size_t>(buckets_.size() * 2, 64, kHostsMax);
}

}  // namespace natsim
