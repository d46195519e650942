#include "sim/ip/neighbor_table.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "sim/base/check.h"
#include "sim/ip/address_classes.h"

namespace natsim {
namespace {

/// Replies that a proxy delays at most (Linux's proxy_qlen).
constexpr std::size_t kDelayedRepliesMax = 64;
/// Linux's neigh_forced_gc: how often it runs, and how long an entry has rest from it.
constexpr Duration kCollectInterval = Duration::seconds(5);

bool has_mac(NeighborState state) {
  return state != NeighborState::incomplete && state != NeighborState::failed;
}

}  // namespace

const char* to_string(NeighborState state) {
  switch (state) {
    case NeighborState::incomplete: return "INCOMPLETE";
    case NeighborState::reachable: return "REACHABLE";
    case NeighborState::stale: return "STALE";
    case NeighborState::delay: return "DELAY";
    case NeighborState::probe: return "PROBE";
    case NeighborState::failed: return "FAILED";
    case NeighborState::permanent: return "PERMANENT";
  }
  return "?";
}

NeighborTable::Tables& NeighborTable::tables() {
  if (tables_ == nullptr) tables_ = std::make_unique<Tables>(seed_);
  return *tables_;
}

// --- sending ----------------------------------------------------------------------------------

const MacAddress* NeighborTable::use_expired(Instant now, std::uint32_t number) {
  Entry& entry = tables_->entries[number];
  if (state_at(entry, now) != NeighborState::stale) return nullptr;
  entry.state = NeighborState::delay;
  entry.usable_until = Instant::never();
  entry.updated = now;
  tables_->deadlines.set(number, now + options_->delay_first_probe);
  return &entry.mac;
}

void NeighborTable::hold(Instant now, IfIndex interface, Ipv4Address next_hop, Packet packet,
                         Ipv4Address sender, IfIndex arrived_by, NeighborWork& work) {
  const std::uint32_t number = find_or_create(now, interface, next_hop);
  if (number == FlatIndex::kNone) {
    work.unsent.push_back(
        {interface, next_hop, std::move(packet), arrived_by, Cause::neighbor_queue_full});
    return;
  }
  Entry& entry = tables_->entries[number];
  SIM_CHECK(!has_mac(state_at(entry, now)));
  entry.sender = sender;
  // RFC 1122 2.3.2.2: "save (rather than discard) at least one (the latest) packet".
  const std::uint32_t charge = buffer_charge(packet.size());
  while (!entry.pending.empty() && entry.pending.charge + charge > options_->pending_bytes_max) {
    PendingPackets::Held oldest = tables_->packets.pop(entry.pending);
    work.unsent.push_back({interface, next_hop, std::move(oldest.packet), oldest.arrived_by,
                           Cause::neighbor_queue_full});
  }
  tables_->packets.push(entry.pending, {std::move(packet), arrived_by});
  if (entry.state != NeighborState::incomplete) start_asking(now, number, work);
}

void NeighborTable::start_asking(Instant now, std::uint32_t number, NeighborWork& work) {
  Entry& entry = tables_->entries[number];
  entry.state = NeighborState::incomplete;
  entry.usable_until = Instant();
  entry.updated = now;
  entry.requests_sent = 0;
  ask(now, number, work);
}

void NeighborTable::ask(Instant now, std::uint32_t number, NeighborWork& work) {
  Entry& entry = tables_->entries[number];
  const bool in_doubt = entry.state == NeighborState::probe;
  ++entry.requests_sent;
  work.requests.push_back({entry.interface, in_doubt ? entry.mac : MacAddress::broadcast(),
                           in_doubt ? Ipv4Address{} : entry.sender, entry.address});
  tables_->deadlines.set(number, now + options_->retransmit);
}

void NeighborTable::on_deadline(Instant now, NeighborWork& work) {
  if (tables_ == nullptr) return;
  while (tables_->deadlines.next() <= now) {
    const std::uint32_t number = tables_->deadlines.pop();
    Entry& entry = tables_->entries[number];
    if (entry.state == NeighborState::delay) {
      entry.state = NeighborState::probe;
      entry.updated = now;
      entry.requests_sent = 0;
    }
    const int requests_max = entry.state == NeighborState::probe ? options_->unicast_requests
                                                                 : options_->broadcast_requests;
    if (entry.requests_sent < requests_max) {
      ask(now, number, work);
    } else {
      fail(number, work);
    }
  }
  std::vector<DelayedReply>& replies = tables_->replies;
  const auto due = std::find_if(replies.begin(), replies.end(),
                                [&](const DelayedReply& reply) { return reply.when > now; });
  for (auto reply = replies.begin(); reply != due; ++reply) work.replies.push_back(reply->reply);
  replies.erase(replies.begin(), due);
}

void NeighborTable::fail(std::uint32_t number, NeighborWork& work) {
  Entry& entry = tables_->entries[number];
  entry.state = NeighborState::failed;
  entry.usable_until = Instant();
  lose_pending(entry, Cause::neighbor_unreachable, work);
}

// --- receiving --------------------------------------------------------------------------------

void NeighborTable::on_arp(Instant now, const ArpArrival& arrival, NeighborWork& work) {
  const ArpHeader& arp = arrival.arp;
  if (arp.target_ip.is_multicast() || arp.target_ip.is_loopback()) return;
  const bool is_request = arp.operation == ArpOperation::request;
  const bool asks_us = is_request && arrival.target != ArpArrival::Target::other;
  if (arp.sender_ip.is_unspecified()) {
    // RFC 5227 2.1.1: a probe claims no address, so there is none to learn (ARP-05).
    if (is_request && arrival.target == ArpArrival::Target::own)
      work.replies.push_back({arrival.interface, arp.target_ip, arp.sender_mac, arp.sender_ip});
    return;
  }
  if (arrival.sender_is_own || is_martian_source(arp.sender_ip, arp.target_ip)) return;
  if (!asks_us) return refresh(now, arrival, work);
  learn(now, arrival, work);
  if (arrival.target == ArpArrival::Target::own) {
    work.replies.push_back({arrival.interface, arp.target_ip, arp.sender_mac, arp.sender_ip});
  } else {
    answer_as_proxy(now, arrival, work);
  }
}

/// Someone wants to talk to us: we shall want its address (RFC 826's merge and create).
void NeighborTable::learn(Instant now, const ArpArrival& arrival, NeighborWork& work) {
  const std::uint32_t number = find_or_create(now, arrival.interface, arrival.arp.sender_ip);
  if (number == FlatIndex::kNone) return;
  update(now, number, {arrival.arp.sender_mac, false, true}, work);
}

/// Overheard, or an answer: changes what is known and adds nothing (ARP-02, ARP-06 … 09).
void NeighborTable::refresh(Instant now, const ArpArrival& arrival, NeighborWork& work) {
  if (tables_ == nullptr) return;
  const ArpHeader& arp = arrival.arp;
  const std::uint32_t number = find(arrival.interface, arp.sender_ip);
  if (number == FlatIndex::kNone) return;
  const bool is_reply = arp.operation == ArpOperation::reply;
  const bool announced = arp.is_announcement() && (!is_reply || arp.target_mac == arp.sender_mac);
  const bool unlocked = now > tables_->entries[number].updated + options_->locktime;
  update(now, number, {arp.sender_mac, is_reply && arrival.unicast, announced || unlocked}, work);
}

void NeighborTable::answer_as_proxy(Instant now, const ArpArrival& arrival, NeighborWork& work) {
  const ArpHeader& arp = arrival.arp;
  const ArpReply reply{arrival.interface, arp.target_ip, arp.sender_mac, arp.sender_ip};
  const std::int64_t delay_max = options_->proxy_delay.ns();
  if (arrival.unicast || delay_max == 0) {
    work.replies.push_back(reply);
    return;
  }
  // The true owner, if there is one, answers first (ARP-23).
  Tables& t = tables();
  if (t.replies.size() >= kDelayedRepliesMax) return;
  const auto delay = std::int64_t(t.random.below(std::uint64_t(delay_max)));
  const Instant when = now + Duration::nanoseconds(delay);
  const auto place = std::upper_bound(
      t.replies.begin(), t.replies.end(), when,
      [](Instant instant, const DelayedReply& other) { return instant < other.when; });
  t.replies.insert(place, {when, reply});
}

/// Linux's neigh_update().
void NeighborTable::update(Instant now, std::uint32_t number, News news, NeighborWork& work) {
  Entry& entry = tables_->entries[number];
  const NeighborState before = state_at(entry, now);
  if (before == NeighborState::permanent) return;
  const bool known = has_mac(before);
  const bool same = known && entry.mac == news.mac;
  if (known && !same && !news.overrides) return;
  const bool confirms = news.confirms || options_->lifetime > Duration();
  if (same && !confirms) return;
  if (!same || before != NeighborState::reachable) entry.updated = now;
  entry.mac = news.mac;
  if (confirms) {
    set_reachable(now, number);
  } else {
    entry.state = NeighborState::stale;
    entry.usable_until = Instant();
    tables_->deadlines.cancel(number);
  }
  if (!known) release_pending(now, number, work);
}

void NeighborTable::confirm(Instant now, IfIndex interface, Ipv4Address address) {
  if (tables_ == nullptr) return;
  const std::uint32_t number = find(interface, address);
  if (number == FlatIndex::kNone) return;
  const NeighborState state = state_at(tables_->entries[number], now);
  if (has_mac(state) && state != NeighborState::permanent) set_reachable(now, number);
}

void NeighborTable::release_pending(Instant now, std::uint32_t number, NeighborWork& work) {
  Entry& entry = tables_->entries[number];
  if (entry.pending.empty()) return;
  if (entry.state == NeighborState::stale) use_expired(now, number);  // sending is a use
  while (!entry.pending.empty()) {
    PendingPackets::Held held = tables_->packets.pop(entry.pending);
    work.released.push_back({entry.interface, entry.mac, std::move(held.packet), held.arrived_by});
  }
}

void NeighborTable::lose_pending(Entry& entry, Cause cause, NeighborWork& work) {
  while (!entry.pending.empty()) {
    PendingPackets::Held held = tables_->packets.pop(entry.pending);
    work.unsent.push_back(
        {entry.interface, entry.address, std::move(held.packet), held.arrived_by, cause});
  }
}

// --- entries ----------------------------------------------------------------------------------

NeighborState NeighborTable::state_at(const Entry& entry, Instant now) const {
  if (entry.state != NeighborState::reachable || now < entry.usable_until) return entry.state;
  return options_->lifetime > Duration() ? NeighborState::failed : NeighborState::stale;
}

void NeighborTable::set_reachable(Instant now, std::uint32_t number) {
  Entry& entry = tables_->entries[number];
  Duration lifetime = options_->lifetime;
  if (lifetime == Duration()) {
    const std::int64_t base = options_->base_reachable.ns();
    const auto drawn = std::int64_t(tables_->random.below(std::uint64_t(base)));
    lifetime = Duration::nanoseconds(base / 2 + drawn);
  }
  entry.state = NeighborState::reachable;
  entry.usable_until = now + lifetime;
  tables_->deadlines.cancel(number);
}

std::uint32_t NeighborTable::find_or_create(Instant now, IfIndex interface, Ipv4Address address) {
  const Tables& t = tables();
  const std::uint32_t number = find(interface, address);
  if (number != FlatIndex::kNone) return number;
  if (t.index.size() >= options_->entries_max) collect(now);
  if (t.index.size() >= options_->entries_max) return FlatIndex::kNone;
  return create(now, interface, address);
}

std::uint32_t NeighborTable::create(Instant now, IfIndex interface, Ipv4Address address) {
  SIM_CHECK(interface != kNoInterface);
  Tables& t = tables();
  std::uint32_t number;
  if (t.free.empty()) {
    number = std::uint32_t(t.entries.size());
    t.entries.emplace_back();
  } else {
    number = t.free.back();
    t.free.pop_back();
  }
  Entry& entry = t.entries[number];
  entry = {};
  entry.interface = interface;
  entry.address = address;
  entry.updated = now;
  t.index.insert(hash_of(interface, address), number);
  return number;
}

/// Makes room: failed entries, and stale ones without news for a while.
void NeighborTable::collect(Instant now) {
  if (now < tables_->collect_after) return;
  tables_->collect_after = now + kCollectInterval;
  NeighborWork none;
  for (std::uint32_t number = 0; number < tables_->entries.size(); ++number) {
    const Entry& entry = tables_->entries[number];
    if (entry.is_free()) continue;
    const NeighborState state = state_at(entry, now);
    const bool rested = now >= entry.updated + kCollectInterval;
    if (state == NeighborState::failed || (state == NeighborState::stale && rested))
      erase(number, Cause::none, none);
  }
}

void NeighborTable::erase(std::uint32_t number, Cause cause, NeighborWork& work) {
  Entry& entry = tables_->entries[number];
  lose_pending(entry, cause, work);
  tables_->deadlines.cancel(number);
  tables_->index.erase(hash_of(entry.interface, entry.address), number);
  entry.interface = kNoInterface;
  tables_->free.push_back(number);
}

void NeighborTable::set_permanent(IfIndex interface, Ipv4Address address, MacAddress mac,
                                  NeighborWork& work) {
  tables();
  std::uint32_t number = find(interface, address);
  if (number == FlatIndex::kNone) number = create(Instant(), interface, address);
  Entry& entry = tables_->entries[number];
  entry.state = NeighborState::permanent;
  entry.usable_until = Instant::never();
  entry.mac = mac;
  tables_->deadlines.cancel(number);
  release_pending(Instant(), number, work);
}

void NeighborTable::remove(IfIndex interface, Ipv4Address address, NeighborWork& work) {
  if (tables_ == nullptr) return;
  const std::uint32_t number = find(interface, address);
  if (number != FlatIndex::kNone) erase(number, Cause::neighbor_unreachable, work);
}

void NeighborTable::flush(IfIndex interface, NeighborWork& work) {
  if (tables_ == nullptr) return;
  for (const Neighbor& neighbor : list(Instant()))
    if (neighbor.interface == interface && neighbor.state != NeighborState::permanent)
      erase(find(interface, neighbor.address), Cause::link_down, work);
  std::erase_if(tables_->replies,
                [&](const DelayedReply& reply) { return reply.reply.interface == interface; });
}

std::vector<Neighbor> NeighborTable::list(Instant now) const {
  std::vector<Neighbor> result;
  if (tables_ == nullptr) return result;
  for (const Entry& entry : tables_->entries) {
    if (entry.is_free()) continue;
    result.push_back({entry.interface, entry.address, state_at(entry, now), entry.mac,
                      tables_->packets.count(entry.pending)});
  }
  std::sort(result.begin(), result.end(), [](const Neighbor& a, const Neighbor& b) {
    return std::tuple(a.interface, a.address) < std::tuple(b.interface, b.address);
  });
  return result;
}

}  // namespace natsim
