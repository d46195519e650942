#include "sim/filter/conntrack.h"

#include "sim/wire/icmp.h"
#include "sim/wire/ipv4.h"
#include "sim/wire/l4_checksum.h"
#include "sim/wire/tcp.h"
#include "sim/wire/udp.h"

namespace natsim {

namespace {

constexpr std::uint8_t kIcmpTypeMax = 18;  // RFC 1122 3.2.2: greater ones are unknown
constexpr Duration kUdpStreamAge = Duration::seconds(2);

std::uint32_t microseconds(Instant when) { return std::uint32_t(std::uint64_t(when.ns()) / 1000); }

/// What stands in an ICMP error: the first octets of the packet that it is about.
std::optional<FlowKeyV4> quoted_key(ByteSpan quoted) {
  const auto view = Ipv4View::checked(quoted);
  if (!view || view->fragment_offset() != 0) return std::nullopt;
  FlowKeyV4 key{view->source(), view->destination(), 0, 0, view->protocol(), {}};
  const ByteSpan transport = quoted.subspan(view->header_bytes());
  switch (view->protocol()) {
    case Protocol::tcp:
    case Protocol::udp:
      if (transport.size() < 4) return std::nullopt;
      key.source_port = load_be16(transport.data());
      key.destination_port = load_be16(transport.data() + 2);
      return key;
    case Protocol::icmp:
      if (transport.size() < kIcmpHeaderBytes) return std::nullopt;
      key.source_port = load_be16(transport.data() + 4);
      key.destination_port = load_be16(transport.data());
      return key;
    default: return key;
  }
}

bool icmp_opens_connection(std::uint8_t type) {
  return type == 8 || type == 13 || type == 15 || type == 17;
}

}  // namespace

Conntrack::Conntrack(const NetfilterOptions& options)
    : table_(options.conntrack_max), options_(options), tcp_(table_, options_) {
  table_.set_listener(this);
}

void Conntrack::on_end(Connection& connection) {
  if (connection.original().protocol == Protocol::tcp) tcp_.forget(connection);
}

[[gnu::always_inline]] inline bool Conntrack::checksum_ok(Traversal& packet, Hook hook) const {
  const std::uint8_t flags = packet.packet->flags();
  if (flags & Packet::kL4ChecksumGood) [[likely]]
    return true;
  if (!options_.verify_checksums || hook != Hook::prerouting) return true;
  return sum_up(packet, flags);
}

[[gnu::noinline]] bool Conntrack::sum_up(Traversal& packet, std::uint8_t flags) {
  const ByteSpan segment(packet.transport(), packet.ip_size - packet.header_bytes);
  // Linux sums up to the end of the packet: octets behind a datagram spoil its checksum.
  if (packet.protocol == Protocol::udp) {
    const UdpView datagram(packet.transport(), std::uint32_t(segment.size()));
    if (datagram.length() < segment.size() && load_be16(segment.data() + 6) != 0) return false;
  }
  if (!l4_checksum_ok(packet.protocol, {packet.source, packet.destination}, segment)) return false;
  packet.packet->set_flags(flags | Packet::kL4ChecksumGood);
  return true;
}

/// Not part of any connection after all.
void Conntrack::leave(Traversal& packet) {
  if (packet.owner != nullptr) discard(packet);
  packet.connection = nullptr;
  packet.state = ConnectionState::invalid;
  packet.reply = false;
}

/// RFC 792 errors belong to the connection that they quote (FW-C03), whoever sent them. True: the
/// packet needs no further look, related or invalid.
[[gnu::noinline]] bool Conntrack::icmp_error(Traversal& packet, Hook hook, Instant now) {
  if (!packet.has_transport(kIcmpHeaderBytes)) return true;
  if (!checksum_ok(packet, hook) || packet.icmp_type > kIcmpTypeMax) return true;
  if (!icmp_is_error(IcmpType(packet.icmp_type))) return false;

  const ByteSpan message(packet.transport(), packet.ip_size - packet.header_bytes);
  const auto quoted = quoted_key(message.subspan(kIcmpHeaderBytes));
  if (!quoted) return true;
  const auto inverse = invert(*quoted);
  if (!inverse) return true;
  const auto found = table_.find(*inverse, now);
  if (found.connection == nullptr) return true;
  // The quoted packet went where this error now says it came from: it must be on its way to its
  // sender, not to some third party.
  if (packet.destination != found.connection->key(found.direction).destination) return true;
  packet.connection = found.connection;
  packet.state = ConnectionState::related;
  packet.reply = found.direction == FlowDirection::reply;
  return true;
}

[[gnu::always_inline]] inline bool Conntrack::resolve(Traversal& packet, Instant now) {
  const auto key = packet.key();
  if (!key) return true;
  const auto found = table_.find(*key, now);
  if (found.connection != nullptr) [[likely]] {
    packet.connection = found.connection;
    packet.reply = found.direction == FlowDirection::reply;
    packet.state = packet.reply || found.connection->has(kSeenReply) ? ConnectionState::established
                   : found.connection->has(kExpected)                ? ConnectionState::related
                                                                     : ConnectionState::new_;
    return true;
  }
  return open(packet, *key, now);
}

/// The first packet of a connection, unless its table is full (false).
[[gnu::noinline]] bool Conntrack::open(Traversal& packet, const FlowKeyV4& key, Instant now) {
  const auto reply = invert(key);
  if (!reply) return true;
  Connection* connection = table_.add(key, *reply, now);
  if (connection == nullptr) return false;
  packet.connection = connection;
  packet.owner = this;
  packet.reply = false;
  packet.state = ConnectionState::new_;
  return true;
}

[[gnu::always_inline]] inline Conntrack::Handled Conntrack::handle(Traversal& packet, Hook hook,
                                                                   Instant now) {
  switch (packet.protocol) {
    case Protocol::tcp: return handle_tcp(packet, hook, now);
    case Protocol::udp: return handle_udp(packet, hook, now);
    case Protocol::icmp: return handle_icmp(packet, hook, now);
    default: return handle_other(packet, now);
  }
}

[[gnu::noinline]] Conntrack::Handled Conntrack::handle_tcp(Traversal& packet, Hook hook,
                                                           Instant now) {
  const ByteSpan bytes(packet.transport(), packet.ip_size - packet.header_bytes);
  const auto segment = TcpView::checked(bytes);
  if (!segment || !checksum_ok(packet, hook)) return Handled::invalid;
  switch (tcp_.track(*packet.connection, FlowDirection(packet.reply), *segment, now)) {
    case TcpTracker::Verdict::accept: return Handled::accept;
    case TcpTracker::Verdict::invalid: return Handled::invalid;
    case TcpTracker::Verdict::killed: kill(packet); return Handled::accept;
    case TcpTracker::Verdict::reopen:
      table_.remove(*packet.connection);
      leave(packet);
      return Handled::repeat;
  }
  return Handled::invalid;
}

[[gnu::always_inline]] inline Conntrack::Handled Conntrack::handle_udp(Traversal& packet, Hook hook,
                                                                       Instant now) {
  const std::uint32_t size = packet.ip_size - packet.header_bytes;
  if (size < kUdpHeaderBytes) return Handled::invalid;
  const UdpView datagram(packet.transport(), size);
  if (datagram.length() > size || datagram.length() < kUdpHeaderBytes) return Handled::invalid;
  if (!checksum_ok(packet, hook)) return Handled::invalid;

  Connection& c = *packet.connection;
  if (!c.has(kConfirmed)) c.protocol_data = microseconds(now + kUdpStreamAge);
  Duration timeout = options_.timeouts.udp;
  if (c.has(kSeenReply)) {
    // Both ends have spoken, and still do after two seconds: more than question and answer.
    const bool stream = c.has(kAssured) || std::int32_t(microseconds(now) - c.protocol_data) > 0;
    if (stream) {
      timeout = options_.timeouts.udp_stream;
      c.status |= kAssured;
    }
  }
  table_.set_expiry(c, now + timeout);
  return Handled::accept;
}

[[gnu::noinline]] Conntrack::Handled Conntrack::handle_icmp(Traversal& packet, Hook, Instant now) {
  Connection& c = *packet.connection;
  if (!icmp_opens_connection(std::uint8_t(c.original().destination_port >> 8)))
    return Handled::invalid;
  table_.set_expiry(c, now + options_.timeouts.icmp);
  return Handled::accept;
}

[[gnu::noinline]] Conntrack::Handled Conntrack::handle_other(Traversal& packet, Instant now) {
  Connection& c = *packet.connection;
  Duration timeout = options_.timeouts.generic;
  if (packet.protocol == Protocol::gre) {
    timeout = options_.timeouts.gre;
    if (c.has(kSeenReply)) {
      timeout = options_.timeouts.gre_stream;
      c.status |= kAssured;
    }
  }
  table_.set_expiry(c, now + timeout);
  return Handled::accept;
}

bool Conntrack::track(Traversal& packet, Hook hook, Instant now) {
  // Seen before: a packet to the node itself, one that was attached, or one that is not to be
  // tracked.
  if (packet.connection != nullptr || packet.state == ConnectionState::untracked) return true;
  if (packet.protocol == Protocol::icmp && icmp_error(packet, hook, now)) return true;
  for (;;) {
    if (!resolve(packet, now)) return false;
    if (packet.connection == nullptr) return true;
    switch (handle(packet, hook, now)) {
      case Handled::invalid: leave(packet); return true;
      case Handled::repeat: continue;
      case Handled::accept: break;
    }
    Connection& c = *packet.connection;
    if (packet.reply) c.status |= kSeenReply;
    c.packets[packet.reply] += 1;
    c.bytes[packet.reply] += packet.ip_size;
    return true;
  }
}

bool Conntrack::confirm(Traversal& packet, Instant now) {
  Connection* c = packet.connection;
  if (c == nullptr || c->has(kConfirmed)) return true;
  // An answer to a packet that is still on its way (a REJECT's): not the one that opens it.
  if (packet.reply) return true;
  if (!table_.confirm(*c, now)) return false;
  // The answer to an answer goes in the opening packet's direction: as on Linux it may confirm what
  // that packet, refused itself, does not. It is nobody's to discard then.
  for (Traversal* t = &packet; t != nullptr; t = t->cause) t->owner = nullptr;
  return true;
}

void Conntrack::attach(Traversal& made, Traversal& cause) {
  if (cause.connection == nullptr) return;
  made.cause = &cause;
  made.connection = cause.connection;
  made.state = ConnectionState::related;
  made.reply = !cause.reply;
}

void Conntrack::discard(Traversal& packet) {
  Connection* c = packet.connection;
  packet.owner = nullptr;
  packet.connection = nullptr;
  if (c != nullptr) table_.release(*c);
}

void Conntrack::kill(Traversal& packet) {
  Connection& c = *packet.connection;
  if (c.has(kDying) || !c.has(kConfirmed)) return;
  table_.kill(c);
  packet.owner = this;
}

}  // namespace natsim
