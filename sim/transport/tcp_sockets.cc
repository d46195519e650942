#include "sim/transport/tcp_sockets.h"

#include "sim/base/check.h"
#include "sim/transport/ephemeral.h"

namespace natsim {

bool TcpSockets::listen(std::uint16_t port, IpAddress address) {
  return listeners_.try_emplace(Place{address, port}, TcpProgram::accept).second;
}

bool TcpSockets::is_listening(const Endpoint& local) const {
  return listeners_.contains(Place{local.address, local.port}) ||
         listeners_.contains(Place{{}, local.port});
}

std::optional<Tuple> TcpSockets::connect(Endpoint local, const Endpoint& remote, Instant now,
                                         TcpOutbox& out) {
  if (local.port == 0) {
    const auto port = pick_ephemeral_port(rng_, [&](std::uint16_t candidate) {
      const Endpoint here{local.address, candidate};
      return is_listening(here) || connections_.contains(Key{{here, remote, Protocol::tcp}});
    });
    if (!port) return std::nullopt;
    local.port = *port;
  }
  const Tuple tuple{local, remote, Protocol::tcp};
  if (connections_.contains(Key{tuple})) return std::nullopt;
  add(TcpConnection::connect(tuple, *settings_, TcpProgram::probe, rng_, now, out));
  return tuple;
}

bool TcpSockets::on_segment(const TcpSegment& segment, Instant now, TcpOutbox& out) {
  const auto at = connections_.find(Key{segment.connection()});
  if (at == connections_.end()) return on_segment_to_listener(segment, now, out);
  TcpConnection& connection = at->second;
  const Booked before(connection);
  const TcpHeader& header = segment.header;
  const bool plain_syn = (header.flags & (kTcpSyn | kTcpAck | kTcpRst | kTcpFin)) == kTcpSyn;
  // RFC 9293 3.10.7.4 (TCP-27): a new SYN beyond what the old connection used begins another one.
  if (connection.state() == TcpState::time_wait && plain_syn &&
      header.seq.after(connection.receive_next()) && is_listening(connection.tuple().source)) {
    forget(at, before);
    return on_segment_to_listener(segment, now, out);
  }
  connection.on_segment(segment, now, out);
  settle(at, before);
  return true;
}

bool TcpSockets::on_segment_to_listener(const TcpSegment& segment, Instant now, TcpOutbox& out) {
  const TcpHeader& header = segment.header;
  if (!is_listening(segment.connection().source)) return false;
  if (header.has(kTcpRst)) return true;   // TCP-06: ignored, and so is SYN+RST (TCP-07).
  if (header.has(kTcpAck)) return false;  // TCP-06: reset, as at a closed port.
  if (!header.has(kTcpSyn) || header.has(kTcpFin)) return true;  // TCP-07: dropped.
  if (half_open_ >= settings_->half_open_max) return true;
  add(TcpConnection::accept(segment, *settings_, TcpProgram::accept, rng_, now, out));
  return true;
}

void TcpSockets::on_error(const Tuple& tuple, const IcmpError& error, TcpOutbox& out) {
  const auto at = connections_.find(Key{tuple});
  if (at == connections_.end()) return;
  const Booked before(at->second);
  at->second.on_error(error, out);
  settle(at, before);
}

void TcpSockets::on_deadline(Instant now, TcpOutbox& out) {
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    const auto at = connections_.find(Key{deadlines_.begin()->second});
    SIM_CHECK(at != connections_.end());
    const Booked before(at->second);
    at->second.on_deadline(now, out);
    settle(at, before);
  }
}

TcpState TcpSockets::state(const Tuple& tuple) const {
  const auto at = connections_.find(Key{tuple});
  return at == connections_.end() ? TcpState::closed : at->second.state();
}

void TcpSockets::add(const TcpConnection& connection) {
  const Tuple tuple = connection.tuple();
  half_open_ += connection.is_half_open();
  deadlines_.emplace(connection.next_deadline(), tuple);
  SIM_CHECK(connections_.try_emplace(Key{tuple}, connection).second);
}

void TcpSockets::settle(Connections::iterator at, Booked before) {
  const TcpConnection& connection = at->second;
  if (connection.state() == TcpState::closed) return forget(at, before);
  const Booked after(connection);
  half_open_ -= before.open && !after.open;
  if (after.deadline == before.deadline) return;
  if (before.deadline != Instant::never()) deadlines_.erase({before.deadline, connection.tuple()});
  if (after.deadline != Instant::never()) deadlines_.emplace(after.deadline, connection.tuple());
}

void TcpSockets::abandon(const Tuple& connection) {
  const auto at = connections_.find(Key{connection});
  if (at != connections_.end()) forget(at, Booked(at->second));
}

void TcpSockets::forget(Connections::iterator at, Booked before) {
  half_open_ -= before.open;
  if (before.deadline != Instant::never()) deadlines_.erase({before.deadline, at->second.tuple()});
  connections_.erase(at);
}

}  // namespace natsim
