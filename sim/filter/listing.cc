#include "sim/filter/listing.h"

#include <fmt/format.h>

#include <algorithm>

namespace natsim {

namespace {

const char* protocol_name(Protocol protocol) {
  switch (protocol) {
    case Protocol::tcp: return "tcp";
    case Protocol::udp: return "udp";
    case Protocol::icmp: return "icmp";
    case Protocol::gre: return "gre";
    default: return "unknown";
  }
}

std::string tuple_words(const FlowKeyV4& key) {
  std::string text =
      fmt::format("src={} dst={} ", key.source.to_string(), key.destination.to_string());
  switch (key.protocol) {
    case Protocol::tcp:
    case Protocol::udp:
      return text + fmt::format("sport={} dport={} ", key.source_port, key.destination_port);
    case Protocol::icmp:
      return text + fmt::format("type={} code={} id={} ", key.destination_port >> 8,
                                key.destination_port & 0xff, key.source_port);
    case Protocol::gre: return text + "srckey=0x0 dstkey=0x0 ";
    default: return text;
  }
}

}  // namespace

std::string listing_line(const Connection& c, Instant now) {
  const Protocol protocol = c.original().protocol;
  const std::int64_t left = std::max<std::int64_t>(0, (c.expiry - now).whole_seconds());
  std::string line = fmt::format("{:<8} {} {} ", protocol_name(protocol), int(protocol), left);
  if (protocol == Protocol::tcp) line += fmt::format("{} ", to_string(c.tcp_state));
  line += tuple_words(c.original());
  if (!c.has(kSeenReply)) line += "[UNREPLIED] ";
  line += tuple_words(c.reply());
  if (c.has(kAssured)) line += "[ASSURED] ";
  return line + fmt::format("mark={} use=1", c.mark);
}

}  // namespace natsim
