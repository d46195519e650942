// What a rule does: iptables' -j and -g. One alternative each.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "sim/filter/match.h"
#include "sim/wire/address.h"

namespace natsim {

/// How the sender of a rejected packet is told: ICMP type 3 and a code, or a TCP reset.
enum class RejectWith : std::uint8_t {
  network_unreachable,   ///< 3/0
  host_unreachable,      ///< 3/1
  protocol_unreachable,  ///< 3/2
  port_unreachable,      ///< 3/3
  network_prohibited,    ///< 3/9
  host_prohibited,       ///< 3/10
  admin_prohibited,      ///< 3/13
  tcp_reset,
};
/// "icmp-port-unreachable", "tcp-reset", …: iptables' words.
const char* to_string(RejectWith how);
/// From iptables' words, the short ones ("port-unreach", "host-prohib") too.
std::optional<RejectWith> parse_reject_with(std::string_view word);

/// Where a translation may map to; nf_nat_range2. Without addresses they stay, without ports they
/// are chosen as Linux does.
struct NatRange {
  struct Addresses {
    Ipv4Address first, last;
  };
  std::optional<Addresses> addresses;
  std::optional<PortRange> ports;
  /// "a-b/base": port base + i becomes a + i.
  std::optional<std::uint16_t> base_port;
  bool random = false;      ///< --random or --random-fully: never keep the port
  bool persistent = false;  ///< one client, one address, whatever it speaks to
};

struct ContinueTarget {};  ///< no -j: count and go on
struct AcceptTarget {};
struct DropTarget {};
struct ReturnTarget {};
struct RejectTarget {
  RejectWith with = RejectWith::port_unreachable;
};
struct JumpTarget {
  std::string chain;
};
struct GotoTarget {
  std::string chain;
};
struct LogTarget {
  std::string prefix;      ///< cut at 29 characters, as the kernel does
  std::uint8_t level = 4;  ///< syslog's: 0 emerg … 4 warning … 7 debug
  bool tcp_sequence = false, tcp_options = false, ip_options = false;
};
/// mark = (mark & ~mask) ^ value.
struct MarkTarget {
  std::uint32_t value = 0, mask = 0xffff'ffff;
};
struct ConnmarkTarget {
  enum class Operation : std::uint8_t { set, save, restore } operation = Operation::set;
  /// set: connection = (connection & ~mask) ^ value.
  std::uint32_t value = 0, mask = 0xffff'ffff;
  /// save: connection = (connection & ~mask) ^ (packet & packet_mask); restore the other way.
  std::uint32_t packet_mask = 0xffff'ffff;
};
struct MasqueradeTarget {
  NatRange range;  ///< without addresses
};
struct SnatTarget {
  NatRange range;
};
struct DnatTarget {
  NatRange range;
};
struct RedirectTarget {
  NatRange range;  ///< without addresses
};
/// The prefix is replaced, host bits stay.
struct NetmapTarget {
  Prefix to;
};
struct NotrackTarget {};
struct TtlTarget {
  enum class Operation : std::uint8_t { set, increment, decrement } operation = Operation::set;
  std::uint8_t value = 0;
};
/// Lowers the MSS of SYNs: to `mss`, or without it to what fits the path.
struct TcpMssTarget {
  std::optional<std::uint16_t> mss;
};
struct DscpTarget {
  std::uint8_t dscp = 0;
};

using Target = std::variant<ContinueTarget, AcceptTarget, DropTarget, ReturnTarget, RejectTarget,
                            JumpTarget, GotoTarget, LogTarget, MarkTarget, ConnmarkTarget,
                            MasqueradeTarget, SnatTarget, DnatTarget, RedirectTarget, NetmapTarget,
                            NotrackTarget, TtlTarget, TcpMssTarget, DscpTarget>;

}  // namespace natsim
