#include "sim/filter/unique_tuple.h"

#include <algorithm>

namespace natsim {

namespace {

constexpr std::uint32_t kProbesMax = 128;
constexpr std::uint32_t kProbesMin = 16;
constexpr std::uint32_t kProbesLastResort = kProbesMax / 4;  // NF_NAT_HARDER_THRESH

bool has_ports(Protocol protocol) { return protocol == Protocol::tcp || protocol == Protocol::udp; }

/// Bob Jenkins' lookup3 over four words, as Linux's jhash2: natsim picks the address that Linux
/// picks.
std::uint32_t jenkins_hash(const std::uint32_t (&words)[4], std::uint32_t seed) {
  const auto rotate = [](std::uint32_t v, int bits) { return v << bits | v >> (32 - bits); };
  std::uint32_t a = 0xdeadbeef + (4 << 2) + seed, b = a, c = a;
  a += words[0];
  b += words[1];
  c += words[2];
  a -= c, a ^= rotate(c, 4), c += b;
  b -= a, b ^= rotate(a, 6), a += c;
  c -= b, c ^= rotate(b, 8), b += a;
  a -= c, a ^= rotate(c, 16), c += b;
  b -= a, b ^= rotate(a, 19), a += c;
  c -= b, c ^= rotate(b, 4), b += a;
  a += words[3];
  c ^= b, c -= rotate(b, 14);
  a ^= c, a -= rotate(c, 11);
  b ^= a, b -= rotate(a, 25);
  c ^= b, c -= rotate(b, 16);
  a ^= c, a -= rotate(c, 4);
  b ^= a, b -= rotate(a, 14);
  c ^= b, c -= rotate(b, 24);
  return c;
}

/// The ports that may be tried when the wanted one cannot be had.
struct Choice {
  std::uint32_t first, count;
};

/// Without a range, the port's class (NAT-L03): what a privileged port gets stays privileged.
Choice class_of(std::uint16_t port) {
  if (port < 512) return {1, 511};
  if (port < 1024) return {600, 424};
  return {1024, 64'512};
}

class Search {
 public:
  Search(const NatRange& range, NatSide side, const Connection& connection, ConnectionTable& table,
         const TcpTracker& tcp, Prng& rng, Instant now)
      : range_(range),
        side_(side),
        connection_(connection),
        table_(table),
        tcp_(tcp),
        rng_(rng),
        now_(now) {}

  FlowKeyV4 run(const FlowKeyV4& current) {
    FlowKeyV4 tuple = current;
    if (side_ == NatSide::source && !range_.random) {
      if (in_range(current)) {
        if (!used(current)) return current;
      } else if (earlier_mapping(current, tuple) && !used(tuple)) {
        return tuple;
      }
      tuple = current;
    }
    if (range_.addresses) {
      Ipv4Address& end = side_ == NatSide::source ? tuple.source : tuple.destination;
      end = choose_address(*range_.addresses, tuple.source, tuple.destination, range_.persistent);
    }
    if (!range_.random) {
      if (!range_.ports) {
        if (!used(tuple)) return tuple;
      } else if (!range_.base_port && port_in_range(tuple, side_) &&
                 (range_.ports->first == range_.ports->last || !used(tuple))) {
        return tuple;
      }
    }
    search_port(tuple);
    return tuple;
  }

 private:
  /// Whether answers to `tuple` would be taken for another connection's.
  bool used(const FlowKeyV4& tuple) const {
    return table_.taken(*invert(tuple), connection_, now_);
  }

  /// As used(), but a TCP connection that is over makes room.
  bool used_for_good(const FlowKeyV4& tuple) const {
    if (tuple.protocol != Protocol::tcp) return used(tuple);
    const auto found = table_.find(*invert(tuple), now_);
    if (found.connection == nullptr) return false;
    if (found.direction == FlowDirection::original || found.connection == &connection_) return true;
    if (!tcp_.may_replace(*found.connection, connection_)) return true;
    table_.remove(*found.connection);
    return false;
  }

  /// The part of the tuple that stands for a port: an ICMP identifier is on neither side.
  std::uint16_t& port_of(FlowKeyV4& tuple, NatSide side) const {
    const bool source = side == NatSide::source || tuple.protocol == Protocol::icmp;
    return source ? tuple.source_port : tuple.destination_port;
  }

  bool port_in_range(FlowKeyV4 tuple, NatSide side) const {
    if (!has_ports(tuple.protocol) && tuple.protocol != Protocol::icmp) return true;
    return range_.ports->contains(port_of(tuple, side));
  }

  /// Whether the source of `tuple` is one that the range allows.
  bool in_range(const FlowKeyV4& tuple) const {
    if (range_.addresses &&
        (tuple.source < range_.addresses->first || tuple.source > range_.addresses->last))
      return false;
    return !range_.ports || port_in_range(tuple, NatSide::source);
  }

  /// How the newest fitting connection of the same inside endpoint is translated (NAT-L04).
  bool earlier_mapping(const FlowKeyV4& current, FlowKeyV4& tuple) const {
    const Connection* c = table_.newest_with_source(current, now_);
    for (; c != nullptr; c = table_.next_with_source(*c, now_)) {
      const FlowKeyV4 translated = *invert(c->reply());
      tuple = current;
      tuple.source = translated.source;
      tuple.source_port = translated.source_port;
      if (in_range(tuple)) return true;
    }
    return false;
  }

  void search_port(FlowKeyV4& tuple) {
    const bool icmp = tuple.protocol == Protocol::icmp;
    if (!icmp && !has_ports(tuple.protocol)) return;
    if (!range_.ports && !icmp && side_ == NatSide::destination) return;
    std::uint16_t& port = port_of(tuple, side_);
    const Choice choice = range_.ports ? ports_of(*range_.ports)
                          : icmp       ? Choice{0, 65'536}
                                       : class_of(port);
    std::uint16_t offset = 0;
    if (range_.base_port)
      offset = std::uint16_t(port - *range_.base_port);
    else if (range_.random || side_ == NatSide::source)
      offset = random_offset();
    // A whole range may be in use: look for a while, then elsewhere for half as long.
    std::uint32_t probes = std::min(choice.count, kProbesMax);
    for (;;) {
      for (std::uint32_t i = 0; i < probes; ++i, ++offset) {
        port = std::uint16_t(choice.first + offset % choice.count);
        const bool last_resort = probes - i <= kProbesLastResort;
        if (!(last_resort ? used_for_good(tuple) : used(tuple))) return;
      }
      if (probes >= choice.count || probes < kProbesMin) return;
      probes /= 2;
      offset = random_offset();
    }
  }

  static Choice ports_of(PortRange ports) {
    const auto [low, high] = std::minmax(ports.first, ports.last);
    return {low, std::uint32_t(high - low) + 1};
  }
  std::uint16_t random_offset() { return std::uint16_t(rng_.next() >> 48); }

  const NatRange& range_;
  const NatSide side_;
  const Connection& connection_;
  ConnectionTable& table_;
  const TcpTracker& tcp_;
  Prng& rng_;
  const Instant now_;
};

}  // namespace

Ipv4Address choose_address(const NatRange::Addresses& range, Ipv4Address source,
                           Ipv4Address destination, bool persistent) {
  if (range.first == range.last) return range.first;
  const std::uint32_t words[4] = {__builtin_bswap32(source.value), 0, 0, 0};
  const std::uint32_t hash =
      jenkins_hash(words, persistent ? 0 : __builtin_bswap32(destination.value));
  const std::uint32_t count = range.last.value - range.first.value + 1;
  return {range.first.value + std::uint32_t(std::uint64_t(hash) * count >> 32)};
}

FlowKeyV4 unique_tuple(const FlowKeyV4& current, const NatRange& range, NatSide side,
                       const Connection& connection, ConnectionTable& table, const TcpTracker& tcp,
                       Prng& rng, Instant now) {
  return Search(range, side, connection, table, tcp, rng, now).run(current);
}

}  // namespace natsim
