#include "sim/filter/flow_key.h"

#include "sim/wire/icmp.h"

namespace natsim {

/// The message type that answers `type`: RFC 792's pairs and RFC 950's address masks.
static std::optional<std::uint8_t> icmp_counterpart(std::uint8_t type) {
  switch (type) {
    case 8: return 0;
    case 0: return 8;
    case 13: return 14;
    case 14: return 13;
    case 15: return 16;
    case 16: return 15;
    case 17: return 18;
    case 18: return 17;
    default: return std::nullopt;
  }
}

static bool icmp_is_request(std::uint8_t type) {
  return type == 8 || type == 13 || type == 15 || type == 17;
}

std::optional<FlowKeyV4> invert(const FlowKeyV4& key) {
  FlowKeyV4 inverse = key;
  inverse.source = key.destination;
  inverse.destination = key.source;
  if (key.protocol != Protocol::icmp) {
    inverse.source_port = key.destination_port;
    inverse.destination_port = key.source_port;
    return inverse;
  }
  const auto type = icmp_counterpart(std::uint8_t(key.destination_port >> 8));
  if (!type) return std::nullopt;
  inverse.destination_port = std::uint16_t(*type << 8 | (key.destination_port & 0xff));
  return inverse;
}

Tuple to_tuple(const FlowKeyV4& key) {
  Tuple tuple{{key.source, key.source_port}, {key.destination, key.destination_port}, key.protocol};
  if (key.protocol != Protocol::icmp) return tuple;
  const bool request = icmp_is_request(std::uint8_t(key.destination_port >> 8));
  tuple.source.port = request ? key.source_port : 0;
  tuple.destination.port = request ? 0 : key.source_port;
  return tuple;
}

}  // namespace natsim
