// What a frame is, in a few fields: for reports, filters of a capture and the one-line dump.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "sim/base/bytes.h"
#include "sim/base/result.h"
#include "sim/wire/address.h"
#include "sim/wire/ethernet.h"
#include "sim/wire/icmp.h"
#include "sim/wire/ipv4.h"
#include "sim/wire/mac.h"
#include "sim/wire/tcp.h"

namespace natsim {

/// The flow an IPv4 packet belongs to in its own direction. Ports are those of UDP and TCP; for
/// ICMP queries both are the identifier, so that reply() is the answer's tuple. They are zero
/// for other protocols, later fragments and packets cut off before them.
struct FlowOf {
  Tuple tuple{};
  bool has_ports = false;
  bool operator==(const FlowOf&) const = default;
};
FlowOf flow_of(const Ipv4View& packet);

struct FrameSummary {
  MacAddress source{};
  MacAddress destination{};
  EtherType type = EtherType::ipv4;        // behind all tags
  std::optional<std::uint16_t> vlan_id{};  // of the outermost tag; absent for a priority tag
  std::size_t frame_bytes = 0;
  std::optional<FlowOf> flow{};  // IPv4 only
  std::uint8_t ttl = 0;          // where there is a flow
  std::optional<IcmpType> icmp_type{};
  std::uint8_t icmp_code = 0;       // where there is an icmp_type
  std::optional<FlowOf> quoted{};   // of the packet that an ICMP error is about
  std::optional<TcpFlags> flags{};  // TCP only
  std::size_t payload_bytes = 0;    // of UDP or TCP; else of IPv4
  bool operator==(const FrameSummary&) const = default;
};

/// nullopt: no Ethernet frame, or an 802.3 one. A malformed packet in a good frame has a summary
/// without what could not be read; checksums are not looked at.
std::optional<FrameSummary> summarize(ByteSpan frame);

/// Behind Ethernet header and all VLAN tags.
struct FrameContent {
  EtherType type = EtherType::ipv4;
  ByteSpan payload{};
};
/// Errors: truncated; unsupported for an 802.3 length; bad_value for a type of 1501 … 1535.
Result<FrameContent> content_of(ByteSpan frame);

}  // namespace natsim
