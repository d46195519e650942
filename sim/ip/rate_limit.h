// How many ICMP errors a node sends to one host: Linux's token bucket (RFC 1812 4.3.2.8 asks for
// some limit).
#pragma once

#include <cstdint>
#include <vector>

#include "sim/base/time.h"
#include "sim/ip/flat_index.h"
#include "sim/wire/address.h"
#include "sim/wire/icmp.h"

namespace natsim {

/// One bucket for each host that errors went to: six at once, then one a second (ICMP-09). Types 3,
/// 4, 11 and 12 are counted, all others pass (ICMP-10).
class IcmpRateLimit {
 public:
  /// What made the error. Linux draws twice for a packet without a usable route (no route,
  /// unreachable, prohibit), and from a bucket that holds only five there.
  enum class From : std::uint8_t { packet, routing };

  static constexpr Duration kInterval = Duration::seconds(1);
  static constexpr std::int64_t kBurst = 6;
  static constexpr std::int64_t kRoutingBurst = 5;
  /// Hosts remembered at most. One more with none to forget goes unlimited.
  static constexpr std::size_t kHostsMax = 65'536;

  /// Switched off, everything passes and nothing is counted (ICMP-12).
  void set_enabled(bool enabled) { enabled_ = enabled; }

  /// Whether an error of this type may go to `host` now; if so it is counted.
  /// REQUIRES: now is not before that of any earlier call.
  bool allow(Instant now, Ipv4Address host, IcmpType type, From from = From::packet);

 private:
  struct Bucket {
    Ipv4Address host;
    Duration tokens;  // in time: kInterval is one error
    Instant filled;
  };
  Bucket* bucket_for(Instant now, Ipv4Address host);
  void forget_full_ones(Instant now);

  std::vector<Bucket> buckets_;
  FlatIndex index_;
  std::size_t sweep_at_ = 64;  // hosts
  Instant swept_;
  bool enabled_ = true;
};

}  // namespace natsim
