// What matches remember between packets: token buckets, counters, lists of addresses.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/random.h"
#include "sim/base/time.h"
#include "sim/filter/connection_table.h"
#include "sim/filter/match.h"
#include "sim/filter/traversal.h"

namespace natsim {

/// A token bucket in nanoseconds: full at first, and never more than full.
class TokenBucket {
 public:
  bool take(Duration interval, std::uint32_t burst, Instant now);

 private:
  bool started_ = false;
  Instant last_;
  Duration credit_;
};

class MatchMemory {
 public:
  explicit MatchMemory(Prng rng) : rng_(rng) {}

  /// Room for as many matches as a program has; whatever was there is forgotten, save for named
  /// lists.
  void reset(std::uint32_t memories);

  bool limit(std::uint32_t at, const LimitMatch& match, Instant now);
  bool statistic(std::uint32_t at, const StatisticMatch& match);
  /// Counts as nf_conncount of Linux 6.18 does, each packet in a jiffy of its own. `own` is the
  /// original key of the packet's connection; `table` is searched for those that are still alive.
  /// nullopt: nothing is left to count, and the packet is dropped.
  std::optional<bool> connlimit(std::uint32_t at, const ConnlimitMatch& match,
                                const Traversal& packet, const FlowKeyV4& own,
                                ConnectionTable& table, Instant now);
  bool recent(const RecentMatch& match, const Traversal& packet, Instant now);
  /// Whether the packet is within the rate. nullopt: there is no room for another key.
  std::optional<bool> hashlimit(const HashlimitMatch& match, const Traversal& packet, Instant now);

 private:
  struct Slot {
    TokenBucket bucket;
    std::uint32_t count = 0;
    std::map<std::uint32_t, std::vector<FlowKeyV4>> connections;  // by masked address
  };
  /// An address of a recent list, and when it was seen last: xt_recent keeps 20 times.
  struct Sightings {
    std::uint8_t ttl = 0;
    std::vector<Instant> times;  // oldest first
  };
  struct Bucket {
    TokenBucket tokens;
    Instant last;
  };
  static constexpr std::size_t kSightingsMax = 20;
  static constexpr std::size_t kRecentAddressesMax = 100;

  Prng rng_;
  std::vector<Slot> slots_;
  std::map<std::string, std::map<std::uint32_t, Sightings>> recent_;
  std::map<std::string, std::map<FlowKeyV4, Bucket, bool (*)(const FlowKeyV4&, const FlowKeyV4&)>>
      hashlimit_;
};

}  // namespace natsim
