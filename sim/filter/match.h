// The matches of a rule beyond its common part: iptables' -m. One alternative each.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sim/base/random.h"
#include "sim/base/time.h"
#include "sim/wire/address.h"
#include "sim/wire/mac.h"

namespace natsim {

/// Inclusive.
struct PortRange {
  std::uint16_t first = 0;
  std::uint16_t last = 65535;
  constexpr bool contains(std::uint16_t port) const { return port >= first && port <= last; }
  bool operator==(const PortRange&) const = default;
};

/// --ctstate's words, a bit each. SNAT and DNAT ask for the connection's translation.
using StateMask = std::uint8_t;
inline constexpr StateMask kStateNew = 1;
inline constexpr StateMask kStateEstablished = 2;
inline constexpr StateMask kStateRelated = 4;
inline constexpr StateMask kStateInvalid = 8;
inline constexpr StateMask kStateUntracked = 16;
inline constexpr StateMask kStateSnat = 32;
inline constexpr StateMask kStateDnat = 64;

/// Any of the ranges, at one end or either.
struct MultiportMatch {
  enum class End : std::uint8_t { source, destination, either } end = End::destination;
  std::vector<PortRange> ports;
  bool negated = false;
};

struct IcmpMatch {
  std::optional<std::uint8_t> type;  ///< none: any
  std::uint8_t code_first = 0, code_last = 255;
  bool negated = false;
};

/// Of the flags in `mask` exactly those in `set` are set.
struct TcpFlagsMatch {
  std::uint8_t mask = 0;
  std::uint8_t set = 0;
  bool negated = false;
};

/// The Ethernet source. Does not hold for packets that came by no interface.
struct MacMatch {
  MacAddress source;
  bool negated = false;
};

/// Inclusive ranges of addresses.
struct IpRangeMatch {
  struct Range {
    Ipv4Address first, last;
    bool negated = false;
  };
  std::optional<Range> source, destination;
};

/// (mark & mask) == value; the packet's mark, or its connection's.
struct MarkMatch {
  std::uint32_t value = 0;
  std::uint32_t mask = 0xffff'ffff;
  bool negated = false;
  bool of_connection = false;
};

struct TtlMatch {
  enum class Relation : std::uint8_t { equal, not_equal, less, greater } relation;
  std::uint8_t value = 0;
};

/// Octets of the IPv4 packet, inclusive.
struct LengthMatch {
  std::uint16_t first = 0, last = 65535;
  bool negated = false;
};

struct DscpMatch {
  std::uint8_t dscp = 0;
  bool negated = false;
};

/// The whole TOS octet under a mask.
struct TosMatch {
  std::uint8_t value = 0, mask = 0xff;
  bool negated = false;
};

/// A token bucket: starts with `burst` tokens, gains one each `interval`, and each match takes one.
struct LimitMatch {
  Duration interval = Duration::seconds(1200);  // 3/hour
  std::uint32_t burst = 5;
};

/// A condition's value, and whether the opposite is asked for.
template <class T>
struct Negatable {
  T value{};
  bool negated = false;
};

/// An inclusive range of a connection's remaining time.
struct SecondsLeft {
  std::uint32_t first = 0, last = 0xffff'ffff;
};

/// -m conntrack beyond the common part. All that is given must hold; packets without a connection
/// fulfil `states` alone.
struct ConntrackMatch {
  std::optional<Negatable<StateMask>> states;
  std::optional<Negatable<Protocol>> protocol;
  std::optional<Negatable<Prefix>> original_source, original_destination;
  std::optional<Negatable<Prefix>> reply_source, reply_destination;
  std::optional<Negatable<PortRange>> original_source_port, original_destination_port;
  std::optional<Negatable<PortRange>> reply_source_port, reply_destination_port;
  enum class Direction : std::uint8_t { any, original, reply } direction = Direction::any;
  /// Any of these bits of Connection::status: kSeenReply, kAssured, kConfirmed, kExpected.
  std::optional<Negatable<std::uint16_t>> status;
  std::optional<Negatable<SecondsLeft>> expires;
};

/// What an address is to this node: its own, a broadcast, a group's, or a stranger's.
enum class AddressType : std::uint8_t { unicast = 1, local = 2, broadcast = 4, multicast = 8 };

/// Bits of AddressType; zero: not asked.
struct AddressTypeMatch {
  std::uint8_t source = 0, destination = 0;
  bool source_negated = false, destination_negated = false;
};

/// The destination is an address that `interface` has at the time. Not iptables': a lease changes
/// what it means.
struct InterfaceAddressMatch {
  std::string interface;
};

/// It leaves by the interface it came in by. Not iptables': for hairpins.
struct SameInterfaceMatch {};

/// The packet of its Ethernet frame: to this station, to all, to a group.
struct PacketTypeMatch {
  enum class Type : std::uint8_t { unicast, broadcast, multicast } type = Type::unicast;
  bool negated = false;
};

/// nth: packet number `packet` of each `every`; random: a share of all.
struct StatisticMatch {
  enum class Mode : std::uint8_t { random, nth } mode = Mode::nth;
  Ratio probability;
  std::uint32_t every = 1, packet = 0;
  bool negated = false;
};

/// Tracked connections of one source (or destination) prefix: more than `limit`, or with `upto` at
/// most so many. The packet's own connection counts.
struct ConnlimitMatch {
  std::uint32_t limit = 0;
  bool upto = false;
  std::uint8_t prefix_length = 32;
  bool by_destination = false;
};

/// A named list of addresses and when they were seen. Rules with the same name share it.
struct RecentMatch {
  enum class Operation : std::uint8_t { set, check, update, remove } operation = Operation::set;
  std::string name = "DEFAULT";
  bool negated = false;
  std::optional<Duration> within;  ///< --seconds
  std::uint32_t hits = 0;          ///< --hitcount; 0: one is enough
  bool reap = false;
  bool check_ttl = false;  ///< --rttl
  bool by_destination = false;
  Ipv4Address mask{0xffff'ffff};
};

/// A token bucket for each key. Rules with the same name share them.
struct HashlimitMatch {
  std::string name;
  Duration interval = Duration::seconds(1);  ///< a token each
  std::uint32_t burst = 5;
  bool above = false;  ///< matches what exceeds the rate
  bool by_source = false, by_destination = false, by_source_port = false,
       by_destination_port = false;
  std::uint8_t source_length = 32, destination_length = 32;
  Duration expire = Duration::seconds(10);
  std::uint32_t keys_max = 0;  ///< with so many the packets of others are dropped; 0: any number
};

/// The packet is in a set (AddressSet): part i of it is the packet's source side where bit i of
/// `source_parts` is set, else its destination side.
struct SetMatch {
  std::string name;
  std::uint8_t parts = 1;  ///< how many sides are named; fewer than the set has: never in it
  std::uint8_t source_parts = 0;
  bool negated = false;
};

/// The wall clock, in UTC. All that is given must hold.
struct TimeMatch {
  static constexpr std::uint32_t kDaySeconds = 86'400;
  std::int64_t date_first = 0, date_last = INT64_MAX;       ///< seconds since 1970, inclusive
  std::uint32_t day_first = 0, day_last = kDaySeconds - 1;  ///< of a day; may pass midnight
  std::uint32_t month_days = 0xffff'fffe;                   ///< bit 1 … 31
  std::uint8_t week_days = 0xfe;                            ///< bit 1 Monday … 7 Sunday
  /// A time that passes midnight belongs to the day it began on.
  bool contiguous = false;
};

using Match =
    std::variant<MultiportMatch, IcmpMatch, TcpFlagsMatch, MacMatch, IpRangeMatch, MarkMatch,
                 TtlMatch, LengthMatch, DscpMatch, TosMatch, LimitMatch, ConntrackMatch,
                 AddressTypeMatch, InterfaceAddressMatch, SameInterfaceMatch, PacketTypeMatch,
                 StatisticMatch, ConnlimitMatch, RecentMatch, HashlimitMatch, SetMatch, TimeMatch>;

}  // namespace natsim
