// The table of connections beside the plainest one that does the same.
#include "sim/filter/connection_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <list>

#include "sim/base/random.h"

namespace natsim {
namespace {

FlowKeyV4 key(std::uint32_t source, std::uint16_t port, std::uint32_t destination = 1) {
  return {{source}, {destination}, port, 53, Protocol::udp, {}};
}

Connection* confirmed(ConnectionTable& table, const FlowKeyV4& original, Instant now,
                      Instant expiry) {
  Connection* c = table.add(original, *invert(original), now);
  if (c == nullptr) return nullptr;
  c->expiry = expiry;
  EXPECT_TRUE(table.confirm(*c, now));
  return c;
}

TEST(ConnectionTable, FindsBothDirectionsOnceConfirmed) {
  ConnectionTable table(10);
  const Instant now;
  Connection* c = table.add(key(1, 2), *invert(key(1, 2)), now);
  EXPECT_EQ(table.find(key(1, 2), now).connection, nullptr);
  EXPECT_TRUE(table.confirm(*c, now));
  EXPECT_EQ(table.find(key(1, 2), now).connection, c);
  EXPECT_EQ(table.find(key(1, 2), now).direction, FlowDirection::original);
  EXPECT_EQ(table.find(*invert(key(1, 2)), now).connection, c);
  EXPECT_EQ(table.find(*invert(key(1, 2)), now).direction, FlowDirection::reply);
}

TEST(ConnectionTable, RefusesAKeyThatIsTaken) {
  ConnectionTable table(10);
  const Instant now;
  confirmed(table, key(1, 2), now, Instant::never());
  Connection* other = table.add(key(3, 4), *invert(key(1, 2)), now);
  EXPECT_FALSE(table.confirm(*other, now));
  EXPECT_TRUE(table.taken(*invert(key(1, 2)), *other, now));
  table.release(*other);
  EXPECT_EQ(table.find(key(3, 4), now).connection, nullptr);
}

TEST(ConnectionTable, AKilledRecordIsFoundNoMoreButStays) {
  ConnectionTable table(10);
  const Instant now;
  Connection* c = confirmed(table, key(1, 2), now, Instant::never());
  table.kill(*c);
  EXPECT_EQ(table.find(key(1, 2), now).connection, nullptr);
  EXPECT_EQ(c->original(), key(1, 2));
  table.release(*c);
}

TEST(ConnectionTable, HoldsAConnectionToItself) {
  ConnectionTable table(10);
  const Instant now;
  const FlowKeyV4 self{{1}, {1}, 7, 7, Protocol::udp, {}};
  Connection* c = confirmed(table, self, now, Instant::never());
  EXPECT_EQ(table.find(self, now).connection, c);
  table.remove(*c);
  EXPECT_EQ(table.find(self, now).connection, nullptr);
}

TEST(ConnectionTable, NewestMappingsOfASourceComeFirst) {
  ConnectionTable table(10);
  const Instant now;
  std::vector<Connection*> all;
  for (std::uint32_t to = 1; to <= 4; ++to) {
    all.push_back(confirmed(table, key(9, 9, to), now, Instant::never()));
    table.add_by_source(*all.back());
  }
  const auto order = [&] {
    std::vector<std::uint32_t> destinations;
    for (Connection* c = table.newest_with_source(key(9, 9), now); c != nullptr;
         c = table.next_with_source(*c, now))
      destinations.push_back(c->original().destination.value);
    return destinations;
  };
  EXPECT_EQ(order(), (std::vector<std::uint32_t>{4, 3, 2, 1}));
  table.remove(*all[1]);  // in the middle
  EXPECT_EQ(order(), (std::vector<std::uint32_t>{4, 3, 1}));
  table.remove(*all[3]);  // at the head
  EXPECT_EQ(order(), (std::vector<std::uint32_t>{3, 1}));
  table.remove(*all[0]);  // at the end
  EXPECT_EQ(order(), (std::vector<std::uint32_t>{3}));
  table.set_expiry(*all[2], now);
  EXPECT_EQ(order(), (std::vector<std::uint32_t>{}));
  table.remove(*all[2]);
  EXPECT_EQ(table.newest_with_source(key(9, 9), now), nullptr);
}

TEST(ConnectionTable, ExpiryFreesPlacesInAFullTable) {
  ConnectionTable table(3);
  Instant now;
  for (std::uint16_t port = 0; port < 3; ++port)
    confirmed(table, key(1, port), now, now + 10_s * (port + 1))->status |= kAssured;
  EXPECT_EQ(table.add(key(2, 1), *invert(key(2, 1)), now), nullptr);
  now = now + 10_s;
  Connection* c = confirmed(table, key(2, 1), now, now + 100_s);
  ASSERT_NE(c, nullptr);
  c->status |= kAssured;
  EXPECT_EQ(table.add(key(2, 2), *invert(key(2, 2)), now), nullptr);
}

// P12: 160 octets a mapping is the aim, both directions, timer, counters and indices included.
TEST(ConnectionTable, AMappingIsSmall) {
  ConnectionTable table(1u << 20);
  const Instant now;
  constexpr std::uint32_t kMappings = 200'000;
  for (std::uint32_t i = 0; i < kMappings; ++i)
    table.add_by_source(*confirmed(table, key(i, 1), now, Instant::never()));
  EXPECT_LE(table.memory_bytes() / kMappings, 130u);
}

/// The same, as a list that is searched from end to end.
class PlainTable {
 public:
  struct Entry {
    FlowKeyV4 keys[2];
    Instant expiry;
    std::uint32_t id;
  };
  std::optional<std::pair<std::uint32_t, int>> find(const FlowKeyV4& wanted, Instant now) const {
    for (const Entry& e : entries_)
      for (int d = 0; d < 2; ++d)
        if (e.expiry > now && e.keys[d] == wanted) return std::pair(e.id, d);
    return std::nullopt;
  }
  void add(Entry entry) { entries_.push_front(entry); }
  void remove(std::uint32_t id) {
    entries_.remove_if([&](const Entry& e) { return e.id == id; });
  }
  void set_expiry(std::uint32_t id, Instant expiry) {
    for (Entry& e : entries_)
      if (e.id == id) e.expiry = expiry;
  }
  std::vector<std::uint32_t> alive(Instant now) const {
    std::vector<std::uint32_t> ids;
    for (const Entry& e : entries_)
      if (e.expiry > now) ids.push_back(e.id);
    std::sort(ids.begin(), ids.end());
    return ids;
  }

 private:
  std::list<Entry> entries_;
};

TEST(ConnectionTable, DoesWhatAPlainListDoes) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Prng rng(seed);
    ConnectionTable table(10'000);
    PlainTable plain;
    Instant now;
    std::uint32_t next_id = 1;
    for (int step = 0; step < 4000; ++step) {
      const FlowKeyV4 k = key(std::uint32_t(rng.below(6)), std::uint16_t(rng.below(40)),
                              std::uint32_t(rng.below(3)));
      const auto found = table.find(k, now);
      const auto expected = plain.find(k, now);
      ASSERT_EQ(found.connection != nullptr, expected.has_value()) << "seed " << seed;
      if (found.connection != nullptr) {
        ASSERT_EQ(found.connection->mark, expected->first);
        ASSERT_EQ(int(found.direction), expected->second);
      }
      switch (rng.below(8)) {
        case 0: now = now + Duration::seconds(std::int64_t(rng.below(5))); break;
        case 1:
          if (found.connection == nullptr) break;
          plain.remove(found.connection->mark);
          table.remove(*found.connection);
          break;
        case 2: {
          if (found.connection == nullptr) break;
          const Instant expiry = now + Duration::seconds(std::int64_t(rng.below(60)));
          plain.set_expiry(found.connection->mark, expiry);
          table.set_expiry(*found.connection, expiry);
          break;
        }
        default: {
          if (found.connection != nullptr || plain.find(*invert(k), now)) break;
          const Instant expiry = now + Duration::seconds(std::int64_t(1 + rng.below(60)));
          Connection* c = confirmed(table, k, now, expiry);
          c->mark = next_id++;
          table.add_by_source(*c);
          plain.add({{k, *invert(k)}, expiry, c->mark});
        }
      }
    }
    std::vector<std::uint32_t> alive;
    table.for_each(now, [&](const Connection& c) { alive.push_back(c.mark); });
    std::sort(alive.begin(), alive.end());
    EXPECT_EQ(alive, plain.alive(now));
  }
}

}  // namespace
}  // namespace natsim
