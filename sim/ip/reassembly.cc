#include "sim/ip/reassembly.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "sim/base/check.h"
#include "sim/ip/pending_packets.h"
#include "sim/wire/ethernet.h"
#include "sim/wire/ipv4.h"

namespace natsim {
namespace {

constexpr std::uint32_t kTotalLengthMax = 65535;

std::uint32_t hash_of(Ipv4Address source, Ipv4Address destination, std::uint16_t id,
                      Protocol protocol) {
  const std::uint64_t addresses = std::uint64_t(source.value) << 32 | destination.value;
  const std::uint64_t rest = std::uint64_t(id) << 8 | std::uint8_t(protocol);
  return hash_key(addresses ^ (rest * 0x9e3779b97f4a7c15U));
}

/// RFC 3168 5.3: what the whole carries for the codepoints that its fragments had. nullopt: a
/// mixture of ECN and none, which no sender makes.
std::optional<std::uint8_t> combined_ecn(std::uint8_t seen) {
  constexpr std::uint8_t kNotEct = 1 << 0, kCe = 1 << 3;
  if (seen == kNotEct) return 0;
  if ((seen & kNotEct) != 0) return std::nullopt;
  return (seen & kCe) != 0 && seen != kCe ? 3 : 0;
}

}  // namespace

Reassembly Reassembler::add(Instant now, PacketPool& pool, Packet& packet,
                            std::vector<LostFragment>& lost) {
  const Ipv4View ip(packet.data(), packet.size());
  SIM_CHECK(ip.is_fragment());
  if (memory_bytes_ > options_.memory_bytes_max) {
    lost.push_back({std::exchange(packet, {}), Cause::reassembly_error, false});
    return Reassembly::refused;
  }
  const std::uint32_t number =
      find_or_open(now, {ip.source(), ip.destination(), ip.id(), ip.protocol()});
  Datagram& datagram = datagrams_[number];

  const auto begin = std::uint32_t(ip.fragment_offset());
  std::uint32_t end = begin + std::uint32_t(packet.size() - ip.header_bytes());
  // Only the last fragment's length may be odd; Linux cuts the others short.
  if (ip.more_fragments()) end &= ~std::uint32_t{7};
  switch (fit(datagram, begin, end, ip.more_fragments())) {
    case Fit::new_octets: break;
    case Fit::nothing_new: packet = {}; return Reassembly::duplicate;
    case Fit::contradiction:
      give_up(number, Cause::reassembly_error, lost);
      lost.push_back({std::exchange(packet, {}), Cause::reassembly_error, false});
      return Reassembly::refused;
  }
  datagram.ecn_seen = std::uint8_t(datagram.ecn_seen | 1 << ip.ecn());
  datagram.bytes_held += end - begin;
  memory_bytes_ += buffer_charge(packet.size());
  const auto place = std::find_if(datagram.pieces.begin(), datagram.pieces.end(),
                                  [&](const Piece& piece) { return piece.begin > begin; });
  datagram.pieces.insert(place, {std::exchange(packet, {}), begin, end});
  if (!datagram.last_seen || datagram.bytes_held != datagram.payload_end) return Reassembly::held;
  if (!join(datagram, pool, packet)) {
    give_up(number, Cause::reassembly_error, lost);
    return Reassembly::refused;
  }
  close(number);
  return Reassembly::complete;
}

/// Compares a fragment with what is there, and notes where the datagram ends. As ip_frag_queue()
/// and inet_frag_queue_insert() of Linux do.
Reassembler::Fit Reassembler::fit(Datagram& datagram, std::uint32_t begin, std::uint32_t end,
                                  bool more) {
  if (begin == end) return Fit::contradiction;
  if (!more) {
    if (end < datagram.payload_end || (datagram.last_seen && end != datagram.payload_end))
      return Fit::contradiction;
    datagram.last_seen = true;
    datagram.payload_end = end;
  } else if (end > datagram.payload_end) {
    if (datagram.last_seen) return Fit::contradiction;
    datagram.payload_end = end;
  }
  std::uint32_t covered = begin;
  for (const Piece& piece : datagram.pieces) {
    if (piece.end <= covered) continue;
    if (piece.begin >= end) break;
    // RFC 5722 4, erratum 3089: an overlap ends the datagram, a duplicate is passed over.
    if (piece.begin > covered) return Fit::contradiction;
    covered = std::min(piece.end, end);
  }
  if (covered == begin) return Fit::new_octets;
  return covered == end ? Fit::nothing_new : Fit::contradiction;
}

bool Reassembler::join(const Datagram& datagram, PacketPool& pool, Packet& result) {
  const Packet& first = datagram.pieces.front().packet;
  const Ipv4View first_ip(first.data(), first.size());
  const std::size_t header_bytes = first_ip.header_bytes();
  const std::size_t total = header_bytes + datagram.payload_end;
  const std::optional<std::uint8_t> ecn = combined_ecn(datagram.ecn_seen);
  if (total > kTotalLengthMax || !ecn) return false;

  layout_.payload_bytes.clear();
  layout_.largest = layout_.largest_df = 0;
  result = pool.allocate(total, Packet::kHeadroom + kEthernetHeaderBytes);
  result.set_journey(first.journey());
  std::copy_n(first.data(), header_bytes, result.data());
  // Where it came in a frame, that frame's header stands before it.
  if (first.headroom() >= kEthernetHeaderBytes)
    std::copy_n(first.data() - kEthernetHeaderBytes, kEthernetHeaderBytes,
                result.data() - kEthernetHeaderBytes);
  for (const Piece& piece : datagram.pieces) {
    const Ipv4View ip(piece.packet.data(), piece.packet.size());
    const std::uint32_t bytes = piece.end - piece.begin;
    std::copy_n(ip.bytes().data() + ip.header_bytes(), bytes,
                result.data() + header_bytes + piece.begin);
    const auto fragment_bytes = std::uint16_t(ip.header_bytes() + bytes);
    layout_.payload_bytes.push_back(std::uint16_t(bytes));
    layout_.largest = std::max(layout_.largest, fragment_bytes);
    if (ip.dont_fragment()) layout_.largest_df = std::max(layout_.largest_df, fragment_bytes);
  }
  // DF only if the longest fragment had it: a small one with DF says nothing about the path of the
  // others.
  const bool df = layout_.largest_df == layout_.largest;
  result.data()[1] |= *ecn;
  store_be16(result.data() + 2, std::uint16_t(total));
  store_be16(result.data() + 6, df ? kIpv4DontFragment : 0);
  MutableIpv4View(result.data(), result.size()).finish_checksum();
  return true;
}

Instant Reassembler::next_deadline() const {
  return oldest_ == kNone ? Instant::never() : datagrams_[oldest_].deadline;
}

void Reassembler::on_deadline(Instant now, std::vector<LostFragment>& lost) {
  while (oldest_ != kNone && datagrams_[oldest_].deadline <= now)
    give_up(oldest_, Cause::reassembly_timeout, lost);
}

void Reassembler::give_up(std::uint32_t number, Cause cause, std::vector<LostFragment>& lost) {
  for (Piece& piece : datagrams_[number].pieces) {
    memory_bytes_ -= buffer_charge(piece.packet.size());
    const bool report = cause == Cause::reassembly_timeout && piece.begin == 0;
    lost.push_back({std::move(piece.packet), cause, report});
  }
  datagrams_[number].pieces.clear();
  close(number);
}

std::uint32_t Reassembler::find_or_open(Instant now, const Key& key) {
  const std::uint32_t hash = hash_of(key.source, key.destination, key.id, key.protocol);
  std::uint32_t number =
      index_.find(hash, [&](std::uint32_t candidate) { return datagrams_[candidate].key == key; });
  if (number != kNone) return number;
  if (free_.empty()) {
    number = std::uint32_t(datagrams_.size());
    datagrams_.emplace_back();
  } else {
    number = free_.back();
    free_.pop_back();
  }
  Datagram& datagram = datagrams_[number];
  std::vector<Piece> pieces = std::move(datagram.pieces);  // empty, for its memory
  datagram = {};
  datagram.pieces = std::move(pieces);
  datagram.key = key;
  datagram.deadline = now + options_.timeout;
  datagram.older = newest_;
  (newest_ == kNone ? oldest_ : datagrams_[newest_].newer) = number;
  newest_ = number;
  index_.insert(hash, number);
  return number;
}

void Reassembler::close(std::uint32_t number) {
  Datagram& datagram = datagrams_[number];
  for (const Piece& piece : datagram.pieces) memory_bytes_ -= buffer_charge(piece.packet.size());
  datagram.pieces.clear();
  const Key& key = datagram.key;
  index_.erase(hash_of(key.source, key.destination, key.id, key.protocol), number);
  (datagram.older == kNone ? oldest_ : datagrams_[datagram.older].newer) = datagram.newer;
  (datagram.newer == kNone ? newest_ : datagrams_[datagram.newer].older) = datagram.older;
  free_.push_back(number);
}

}  // namespace natsim
