// The table of connections: both directions in one index, one record each, no timers.
//
// Expiry is lazy. A record whose time is over is absent for every caller; it is collected when
// somebody comes across it, and by a hand that looks at a few records with each new one. When the
// hand passes changes no result.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/filter/connection.h"
#include "sim/filter/slab.h"
#include "sim/filter/slot_index.h"

namespace natsim {

template <class Family>
class BasicConnectionTable {
 public:
  using Record = BasicConnection<Family>;
  using Key = FlowKey<Family>;
  static constexpr std::uint32_t kRecordsMax = (1u << 24) - 2;

  /// At most `max` connections, unconfirmed ones included.
  explicit BasicConnectionTable(std::uint32_t max) : max_(max < kRecordsMax ? max : kRecordsMax) {}

  struct Found {
    Record* connection = nullptr;
    FlowDirection direction = FlowDirection::original;
  };
  /// The confirmed connection one of whose directions is `key`.
  Found find(const Key& key, Instant now) {
    const std::uint32_t number = index_.find(
        key.hash(), [&](std::uint32_t n) { return records_[n >> 1].keys[n & 1] == key; });
    if (number == SlotIndex::kNone) return {};
    Record& record = records_[number >> 1];
    if (record.expiry <= now) [[unlikely]] {
      remove(record);
      return {};
    }
    return {&record, FlowDirection(number & 1)};
  }
  void prefetch(const Key& key) const { index_.prefetch(key.hash()); }

  /// Whether another connection than `except` has `key`. One with the same original key as `except`
  /// does not count: it would be the same flow.
  bool taken(const Key& key, const Record& except, Instant now) {
    const Found found = find(key, now);
    return found.connection != nullptr && found.connection != &except &&
           !(found.connection->original() == except.original());
  }

  /// A new, unconfirmed connection: nobody finds it yet. nullptr when the table is full of assured
  /// ones; otherwise a full table gives up one that is not (FW-C20, FW-C21).
  Record* add(const Key& original, const Key& reply, Instant now);
  /// Puts it where it is found. False if one of its keys is taken: it stays unconfirmed then.
  bool confirm(Record& record, Instant now);
  /// Takes a confirmed connection out of the table at once; the record stays for the packet that
  /// holds it, which calls release().
  void kill(Record& record);
  /// Ends an unconfirmed or killed record. REQUIRES: one of the two.
  void release(Record& record);
  /// Takes a confirmed connection out and ends it.
  void remove(Record& record);

  /// All changes of `expiry` go through this.
  void set_expiry(Record& record, Instant expiry) {
    const bool sooner = expiry < record.expiry;
    record.expiry = expiry;
    if (sooner) [[unlikely]]
      note_expiry(record);
  }

  /// Registers that its source is translated, for newest_with_source(). At most once a record.
  void add_by_source(Record& record);
  /// The newest connection with a translated source whose original source endpoint and protocol are
  /// those of `key`; the older ones follow by next_with_source().
  Record* newest_with_source(const Key& key, Instant now);
  Record* next_with_source(const Record& record, Instant now);

  /// Calls `visit(Record&)` for each confirmed connection that is alive. `visit` may remove it.
  template <class Visit>
  void for_each(Instant now, Visit visit) {
    for (std::uint32_t n = 0; n < records_.end(); ++n)
      if (is_alive(records_[n]) && records_[n].expiry > now) visit(records_[n]);
  }
  void clear();

  /// Called with each record that ends, for what others keep for it.
  struct Listener {
    virtual void on_end(Record& record) = 0;

   protected:
    ~Listener() = default;
  };
  void set_listener(Listener* listener) { listener_ = listener; }

  std::size_t memory_bytes() const {
    return records_.memory_bytes() + index_.memory_bytes() + by_source_.memory_bytes() +
           soonest_.capacity() * sizeof(soonest_[0]);
  }

 private:
  static constexpr std::uint32_t kGroup = 1024;      // records with one lower bound of expiry
  static constexpr std::uint32_t kHandSteps = 4;     // records the hand looks at per new one
  static constexpr std::size_t kEvictionRange = 64;  // slots searched for one to give up

  void note_expiry(const Record& record) {
    Instant& soonest = soonest_[record.index / kGroup];
    if (record.expiry < soonest) soonest = record.expiry;
  }
  static bool is_alive(const Record& r) { return (r.status & (kConfirmed | kDying)) == kConfirmed; }
  static std::uint64_t source_hash(const Key& key);
  void collect_some(Instant now);
  void collect_all(Instant now);
  bool evict_one(const Key& near);
  void unlink(Record& record);
  void remove_by_source(Record& record);
  Record* alive_from(std::uint32_t number, Instant now);

  SlotIndex index_;  // record * 2 + direction
  Slab<Record> records_;
  std::uint32_t max_;
  SlotIndex by_source_;           // newest record of each source endpoint
  std::vector<Instant> soonest_;  // by group: nothing in it expires before
  std::uint32_t hand_ = 0;
  Listener* listener_ = nullptr;
};

extern template class BasicConnectionTable<Ipv4>;
using ConnectionTable = BasicConnectionTable<Ipv4>;

}  // namespace natsim
