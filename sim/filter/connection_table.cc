#include "sim/filter/connection_table.h"

#include <algorithm>

namespace natsim {

template <class Family>
auto BasicConnectionTable<Family>::add(const Key& original, const Key& reply, Instant now)
    -> Record* {
  collect_some(now);
  if (records_.live() >= max_) {
    collect_all(now);
    if (records_.live() >= max_ && !evict_one(original)) return nullptr;
  }
  const std::uint32_t number = records_.take();
  if (number / kGroup >= soonest_.size()) soonest_.push_back(Instant::never());
  Record& record = records_[number];
  record = Record{};
  record.keys[0] = original;
  record.keys[1] = reply;
  record.expiry = Instant::never();
  record.by_source_next = record.by_source_previous = record.protocol_data = Record::kNone;
  record.masquerade_out = kNoInterface;
  record.index = number;
  return &record;
}

template <class Family>
bool BasicConnectionTable<Family>::confirm(Record& record, Instant now) {
  SIM_CHECK((record.status & kConfirmed) == 0);
  if (find(record.original(), now).connection != nullptr ||
      find(record.reply(), now).connection != nullptr)
    return false;
  const auto hash_of = [this](std::uint32_t n) { return records_[n >> 1].keys[n & 1].hash(); };
  // Where both are the same (a port that speaks to itself) a packet is a reply, as on Linux.
  index_.insert(record.reply().hash(), record.index * 2 + 1, hash_of);
  index_.insert(record.original().hash(), record.index * 2, hash_of);
  record.status |= kConfirmed;
  note_expiry(record);
  return true;
}

template <class Family>
void BasicConnectionTable<Family>::unlink(Record& record) {
  index_.erase(record.original().hash(), record.index * 2);
  index_.erase(record.reply().hash(), record.index * 2 + 1);
  remove_by_source(record);
}

template <class Family>
void BasicConnectionTable<Family>::kill(Record& record) {
  SIM_CHECK(is_alive(record));
  unlink(record);
  record.status |= kDying;
}

template <class Family>
void BasicConnectionTable<Family>::release(Record& record) {
  SIM_CHECK(!is_alive(record));
  remove_by_source(record);
  if (listener_ != nullptr) listener_->on_end(record);
  record.status = 0;
  records_.give_back(record.index);
}

template <class Family>
void BasicConnectionTable<Family>::remove(Record& record) {
  kill(record);
  release(record);
}

template <class Family>
void BasicConnectionTable<Family>::collect_some(Instant now) {
  const std::uint32_t end = records_.end();
  for (std::uint32_t i = 0; i < kHandSteps && i < end; ++i) {
    if (hand_ >= end) hand_ = 0;
    Record& record = records_[hand_++];
    if (is_alive(record) && record.expiry <= now) remove(record);
  }
}

template <class Family>
void BasicConnectionTable<Family>::collect_all(Instant now) {
  for (std::uint32_t group = 0; group < soonest_.size(); ++group) {
    if (soonest_[group] > now) continue;
    Instant soonest = Instant::never();
    const std::uint32_t end = std::min(records_.end(), (group + 1) * kGroup);
    for (std::uint32_t n = group * kGroup; n < end; ++n) {
      Record& record = records_[n];
      if (!is_alive(record)) continue;
      if (record.expiry <= now)
        remove(record);
      else if (record.expiry < soonest)
        soonest = record.expiry;
    }
    soonest_[group] = soonest;
  }
}

template <class Family>
bool BasicConnectionTable<Family>::evict_one(const Key& near) {
  Record* victim = nullptr;
  index_.visit_near(near.hash(), kEvictionRange, [&](std::uint32_t n) {
    if (records_[n >> 1].has(kAssured)) return false;
    victim = &records_[n >> 1];
    return true;
  });
  if (victim == nullptr) return false;
  remove(*victim);
  return true;
}

template <class Family>
std::uint64_t BasicConnectionTable<Family>::source_hash(const Key& key) {
  Key endpoint{};
  endpoint.source = key.source;
  endpoint.source_port = key.source_port;
  endpoint.protocol = key.protocol;
  return endpoint.hash();
}

template <class Key>
static bool same_source(const Key& a, const Key& b) {
  return a.source == b.source && a.source_port == b.source_port && a.protocol == b.protocol;
}

template <class Family>
void BasicConnectionTable<Family>::add_by_source(Record& record) {
  const Key& key = record.original();
  const std::uint64_t hash = source_hash(key);
  const std::uint32_t head = by_source_.find(
      hash, [&](std::uint32_t n) { return same_source(records_[n].original(), key); });
  record.by_source_previous = record.index;  // its own number: it is in a list, at the head
  record.by_source_next = head;
  if (head == SlotIndex::kNone) {
    by_source_.insert(hash, record.index,
                      [this](std::uint32_t n) { return source_hash(records_[n].original()); });
    return;
  }
  records_[head].by_source_previous = record.index;
  by_source_.replace(hash, head, record.index);
}

template <class Family>
void BasicConnectionTable<Family>::remove_by_source(Record& record) {
  const std::uint32_t previous = record.by_source_previous;
  const std::uint32_t next = record.by_source_next;
  if (previous == Record::kNone) return;
  if (next != Record::kNone)
    records_[next].by_source_previous = previous == record.index ? next : previous;
  if (previous != record.index)
    records_[previous].by_source_next = next;
  else if (next != Record::kNone)
    by_source_.replace(source_hash(record.original()), record.index, next);
  else
    by_source_.erase(source_hash(record.original()), record.index);
  record.by_source_previous = record.by_source_next = Record::kNone;
}

template <class Family>
auto BasicConnectionTable<Family>::alive_from(std::uint32_t number, Instant now) -> Record* {
  while (number != Record::kNone) {
    Record& record = records_[number];
    if (record.expiry > now) return &record;
    number = record.by_source_next;
  }
  return nullptr;
}

template <class Family>
auto BasicConnectionTable<Family>::newest_with_source(const Key& key, Instant now) -> Record* {
  const std::uint32_t head = by_source_.find(
      source_hash(key), [&](std::uint32_t n) { return same_source(records_[n].original(), key); });
  return alive_from(head, now);
}

template <class Family>
auto BasicConnectionTable<Family>::next_with_source(const Record& record, Instant now) -> Record* {
  return alive_from(record.by_source_next, now);
}

template <class Family>
void BasicConnectionTable<Family>::clear() {
  for (std::uint32_t n = 0; n < records_.end(); ++n)
    if (is_alive(records_[n])) remove(records_[n]);
}

template class BasicConnectionTable<Ipv4>;

}  // namespace natsim
