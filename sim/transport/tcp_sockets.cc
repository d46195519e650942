#include "sim/transport/tcp_sockets.h"

#include "sim/base/check.h"
#include "sim/transport/ephemeral.h"

namespace natsim {

bool TcpSockets::listen(std::uint16_t port, IpAddress address, TcpProgram program) {
  return listeners_.try_emplace(Place{address, port}, program).second;
}

/// What is behind a listening port; nullopt: nobody listens.
std::optional<TcpProgram> TcpSockets::listener(const Endpoint& local) const {
  for (const IpAddress& address : {local.address, IpAddress()}) {
    const auto at = listeners_.find(Place{address, local.port});
    if (at != listeners_.end()) return at->second;
  }
  return std::nullopt;
}

std::optional<Tuple> TcpSockets::connect(Endpoint local, const Endpoint& remote, Instant now,
                                         TcpOutbox& out, TcpProgram program, const TcpPath& path) {
  if (local.port == 0) {
    const auto port = pick_ephemeral_port(rng_, [&](std::uint16_t candidate) {
      const Endpoint here{local.address, candidate};
      return listener(here) || numbers_.contains(Tuple{here, remote, Protocol::tcp});
    });
    if (!port) return std::nullopt;
    local.port = *port;
  }
  const Tuple tuple{local, remote, Protocol::tcp};
  if (numbers_.contains(tuple)) return std::nullopt;
  add(TcpConnection::connect(tuple, path, *settings_, program, numbering_, now, out));
  return tuple;
}

bool TcpSockets::on_segment(const TcpSegment& segment, Instant now, TcpOutbox& out) {
  const auto at = numbers_.find(segment.connection());
  if (at == numbers_.end()) return on_segment_to_listener(segment, now, out);
  const std::uint32_t number = at->second;
  TcpConnection& connection = *connections_[number];
  const TcpHeader& header = segment.header;
  // Over, but for what its program has not read: nothing more may come, and a new one has to wait.
  if (connection.state() == TcpState::closed) return header.has(kTcpSyn);
  const bool plain_syn = (header.flags & (kTcpSyn | kTcpAck | kTcpRst | kTcpFin)) == kTcpSyn;
  // RFC 9293 3.10.7.4 (TCP-27): a new SYN beyond what the old connection used begins another one.
  if (connection.state() == TcpState::time_wait && plain_syn &&
      header.seq.after(connection.receive_next()) && listener(connection.tuple().source)) {
    forget(number);
    return on_segment_to_listener(segment, now, out);
  }
  const bool was_half_open = connection.is_half_open();
  connection.on_segment(segment, now, out);
  settle(number, was_half_open);
  return true;
}

bool TcpSockets::on_segment_to_listener(const TcpSegment& segment, Instant now, TcpOutbox& out) {
  const TcpHeader& header = segment.header;
  const auto program = listener(segment.connection().source);
  if (!program) return false;
  if (header.has(kTcpRst)) return true;   // TCP-06: ignored, and so is SYN+RST (TCP-07).
  if (header.has(kTcpAck)) return false;  // TCP-06: reset, as at a closed port.
  if (!header.has(kTcpSyn) || header.has(kTcpFin)) return true;  // TCP-07: dropped.
  if (half_open_ >= settings_->half_open_max) return true;
  add(TcpConnection::accept(segment, *settings_, *program, numbering_, now, out));
  return true;
}

void TcpSockets::on_error(const Tuple& tuple, const IcmpError& error, TcpOutbox& out) {
  with(tuple, [&](TcpConnection& connection) { connection.on_error(error, out); });
}

void TcpSockets::on_deadline(Instant now, TcpOutbox& out) {
  while (deadlines_.next() <= now) {
    const std::uint32_t number = deadlines_.pop();
    TcpConnection& connection = *connections_[number];
    const bool was_half_open = connection.is_half_open();
    connection.on_deadline(now, out);
    settle(number, was_half_open);
  }
}

const TcpConnection* TcpSockets::find(const Tuple& tuple) const {
  const auto at = numbers_.find(tuple);
  return at == numbers_.end() ? nullptr : connections_[at->second].get();
}

TcpState TcpSockets::state(const Tuple& tuple) const {
  const TcpConnection* const connection = find(tuple);
  return connection == nullptr ? TcpState::closed : connection->state();
}

void TcpSockets::add(TcpConnection&& connection) {
  auto number = std::uint32_t(connections_.size());
  if (free_.empty()) {
    connections_.emplace_back();
  } else {
    number = free_.back();
    free_.pop_back();
  }
  half_open_ += connection.is_half_open();
  SIM_CHECK(numbers_.try_emplace(connection.tuple(), number).second);
  connections_[number] = std::make_unique<TcpConnection>(std::move(connection));
  deadlines_.set(number, connections_[number]->next_deadline());
}

void TcpSockets::settle(std::uint32_t number, bool was_half_open) {
  const TcpConnection& connection = *connections_[number];
  half_open_ -= was_half_open && !connection.is_half_open();
  // What is unread still has a reader.
  if (connection.state() == TcpState::closed && connection.unread_octets() == 0)
    return forget(number);
  const Instant deadline = connection.next_deadline();
  deadline == Instant::never() ? deadlines_.cancel(number) : deadlines_.set(number, deadline);
}

void TcpSockets::abandon(const Tuple& connection) {
  const auto at = numbers_.find(connection);
  if (at != numbers_.end()) forget(at->second);
}

void TcpSockets::forget(std::uint32_t number) {
  half_open_ -= connections_[number]->is_half_open();
  deadlines_.cancel(number);
  numbers_.erase(connections_[number]->tuple());
  connections_[number].reset();
  free_.push_back(number);
}

}  // namespace natsim
