// The ARP cache of one node: RFC 826's table with the life of Linux's entries (NUD).
//
//                  hold()                  answer                       time
//     (none) ───────────────▶ incomplete ─────────▶ reachable ─────────────────▶ stale
//        ▲                      │   ▲  └── requests at 0, 1, 2 s         ▲         │
//        │ collected        3 s │   │ hold()                      answer │         │ resolve():
//        │                      ▼   │                                    │         ▼ send at once
//        └─────────────────── failed ◀──────────── probe ◀─────────── delay ◀──────┘
//                                    3 s unanswered       5 s
//
// Who was heard but did not answer us starts as stale. A static entry is permanent: nothing but its
// owner changes it. Only incomplete, delay and probe keep a deadline: reachable turns into stale
// when it is next looked at, so an idle network needs no events.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "sim/base/deadline_heap.h"
#include "sim/base/ids.h"
#include "sim/base/random.h"
#include "sim/base/time.h"
#include "sim/ip/flat_index.h"
#include "sim/ip/neighbor_work.h"
#include "sim/ip/pending_packets.h"
#include "sim/wire/address.h"
#include "sim/wire/arp.h"
#include "sim/wire/mac.h"

namespace natsim {

enum class NeighborState : std::uint8_t {
  incomplete,
  reachable,
  stale,
  delay,
  probe,
  failed,
  permanent,
};
/// In the words of `ip neigh`: "REACHABLE", "STALE", …
const char* to_string(NeighborState state);

/// Linux's sysctls of net.ipv4.neigh.
struct NeighborOptions {
  Duration base_reachable = Duration::seconds(30);  ///< times random 0.5 … 1.5 (RFC 4861 6.3.2)
  Duration delay_first_probe = Duration::seconds(5);
  Duration retransmit = Duration::seconds(1);
  Duration locktime = Duration::seconds(1);  ///< the first of several rival answers counts
  Duration proxy_delay = Duration::milliseconds(800);  ///< a proxy waits up to this (RFC 1027)
  std::uint8_t broadcast_requests = 3;
  std::uint8_t unicast_requests = 3;
  std::uint32_t pending_bytes_max = 212'992;  ///< for each neighbour, as buffer_charge() counts
  std::uint32_t entries_max = 65'536;         ///< but for permanent ones
  /// Not zero: the simple cache of RFC 1122 2.3.2.1. An entry is good for this long after it was
  /// last confirmed, then it is asked for anew (ARP-17).
  Duration lifetime;
};
inline constexpr NeighborOptions kLinuxNeighborOptions;

/// One entry as reports show it.
struct Neighbor {
  IfIndex interface;
  Ipv4Address address;
  NeighborState state = NeighborState::failed;
  MacAddress mac;  ///< means nothing while incomplete or failed
  std::size_t pending = 0;
};

/// A received ARP packet and what only the node knows about it.
struct ArpArrival {
  IfIndex interface;
  ArpHeader arp;
  bool unicast = false;  ///< the frame was addressed to this interface alone
  /// Whose address is asked for: one of this node's, one that it answers for (proxy ARP), or
  /// neither.
  enum class Target : std::uint8_t { other, own, proxied } target = Target::other;
  bool sender_is_own = false;  ///< the sender claims an address of this node
};

/// The neighbours of all interfaces of a node. `now` never goes back. After any call but a const
/// one, next_deadline() may have changed. Costs no memory before the first entry.
class NeighborTable {
 public:
  /// `seed` is that of the node's own random stream. `options` must outlive the table.
  explicit NeighborTable(std::uint64_t seed, const NeighborOptions& options = kLinuxNeighborOptions)
      : options_(&options), seed_(seed) {}

  /// The MAC address to send to, at once; nullptr: hold() the packet. Valid until the next call.
  const MacAddress* resolve(Instant now, IfIndex interface, Ipv4Address next_hop) {
    if (tables_ == nullptr) return nullptr;
    // Packets to one next hop come in a row: what was found last on this interface is tried first.
    std::uint32_t& last = tables_->last[interface.value % kLastFound];
    std::uint32_t number = last;
    if (number >= tables_->entries.size() || tables_->entries[number].address != next_hop ||
        tables_->entries[number].interface != interface) {
      number = find(interface, next_hop);
      if (number == FlatIndex::kNone) return nullptr;
      last = number;
    }
    Entry& entry = tables_->entries[number];
    if (now < entry.usable_until) [[likely]]
      return &entry.mac;
    return use_expired(now, number);
  }

  /// Keeps `packet` until `next_hop` has answered (ARP-13) and asks for it if nobody did yet.
  /// `sender` is the packet's source if it is this node's own (arp_announce=0, ARP-22), else
  /// unspecified. `arrived_by` is handed back with the packet.
  /// REQUIRES: resolve() has just returned nullptr for it.
  void hold(Instant now, IfIndex interface, Ipv4Address next_hop, Packet packet, Ipv4Address sender,
            IfIndex arrived_by, NeighborWork& work);

  /// RFC 826's "Packet Reception", as Linux reads it (ARP-01 … ARP-09).
  void on_arp(Instant now, const ArpArrival& arrival, NeighborWork& work);

  /// Something above the link heard from the neighbour in answer to what was sent to it: it is
  /// reachable without asking (RFC 1122 2.3.2.1 (4)).
  void confirm(Instant now, IfIndex interface, Ipv4Address address);

  Instant next_deadline() const {
    return tables_ == nullptr ? Instant::never() : tables_->next_deadline();
  }
  void on_deadline(Instant now, NeighborWork& work);

  /// Sets a static entry; packets that waited for it are released.
  void set_permanent(IfIndex interface, Ipv4Address address, MacAddress mac, NeighborWork& work);
  /// Forgets one entry, or all but permanent ones of an interface; what waited is lost.
  void remove(IfIndex interface, Ipv4Address address, NeighborWork& work);
  void flush(IfIndex interface, NeighborWork& work);

  /// By interface and address, each in the state that it has at `now`.
  std::vector<Neighbor> list(Instant now) const;
  std::size_t size() const { return tables_ == nullptr ? 0 : tables_->index.size(); }

 private:
  struct Entry {
    Instant usable_until;  // before this, send to `mac` without a second thought
    MacAddress mac;
    Ipv4Address address;
    IfIndex interface;
    NeighborState state = NeighborState::failed;
    std::uint8_t requests_sent = 0;
    Instant updated;
    Ipv4Address sender;  // of the packet that came last; unspecified: any of ours
    PendingPackets::Queue pending;
    bool is_free() const { return interface == kNoInterface; }
  };
  struct DelayedReply {
    Instant when;
    ArpReply reply;
  };
  static constexpr std::size_t kLastFound = 4;
  struct Tables {
    explicit Tables(std::uint64_t seed) : random(seed) {}
    Instant next_deadline() const {
      const Instant reply = replies.empty() ? Instant::never() : replies.front().when;
      return std::min(deadlines.next(), reply);
    }
    std::vector<Entry> entries;
    std::vector<std::uint32_t> free;
    FlatIndex index;
    DeadlineHeap deadlines;  // by entry number
    PendingPackets packets;
    std::vector<DelayedReply> replies;  // by time
    Prng random;
    Instant collect_after;
    std::array<std::uint32_t, kLastFound> last{};  // entry numbers, tried before the index
  };

  static std::uint32_t hash_of(IfIndex interface, Ipv4Address address) {
    return hash_key(std::uint64_t(interface.value) << 32 | address.value);
  }
  std::uint32_t find(IfIndex interface, Ipv4Address address) const {
    return tables_->index.find(hash_of(interface, address), [&](std::uint32_t number) {
      const Entry& entry = tables_->entries[number];
      return entry.address == address && entry.interface == interface;
    });
  }
  Tables& tables();
  const MacAddress* use_expired(Instant now, std::uint32_t number);
  std::uint32_t find_or_create(Instant now, IfIndex interface, Ipv4Address address);
  std::uint32_t create(Instant now, IfIndex interface, Ipv4Address address);
  void collect(Instant now);
  void erase(std::uint32_t number, Cause cause, NeighborWork& work);

  NeighborState state_at(const Entry& entry, Instant now) const;
  void set_reachable(Instant now, std::uint32_t number);
  void start_asking(Instant now, std::uint32_t number, NeighborWork& work);
  void ask(Instant now, std::uint32_t number, NeighborWork& work);
  void fail(std::uint32_t number, NeighborWork& work);
  struct News {
    MacAddress mac;
    bool confirms;   // it answers us: reachable, not just heard of
    bool overrides;  // it may change a MAC address that is known
  };
  void update(Instant now, std::uint32_t number, News news, NeighborWork& work);
  void learn(Instant now, const ArpArrival& arrival, NeighborWork& work);
  void refresh(Instant now, const ArpArrival& arrival, NeighborWork& work);
  void answer_as_proxy(Instant now, const ArpArrival& arrival, NeighborWork& work);
  void release_pending(Instant now, std::uint32_t number, NeighborWork& work);
  void lose_pending(Entry& entry, Cause cause, NeighborWork& work);

  const NeighborOptions* options_;
  std::uint64_t seed_;
  std::unique_ptr<Tables> tables_;
};

}  // namespace natsim
