#include "sim/node/tcp_host.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "sim/node/ip_node.h"
#include "sim/node/local_packet.h"
#include "sim/node/tcp_program.h"

namespace natsim {

TcpHost::TcpHost(IpNode& node, std::uint64_t seed)
    : node_(node), tcp_(settings_, Prng::stream(seed, fmt::format("node/{}/tcp", node.name()))) {}

TcpHost::~TcpHost() = default;

Instant TcpHost::now() const { return node_.lane().simulator.now(); }

TcpPath TcpHost::path_to(Ipv4Address destination) const {
  const Stack& stack = node_.stack();
  const Route* const route = stack.routes().lookup(destination);
  if (route == nullptr || route->kind != RouteKind::unicast || route->out == kNoInterface)
    return {};
  const std::uint32_t link = stack.interface(route->out).mtu;
  return {link, std::min(link, stack.path_mtu(now(), destination))};
}

std::optional<Endpoint> TcpHost::source_for(const Endpoint& remote, std::uint16_t port) const {
  const auto source = node_.stack().source_for(remote.address.v4());
  if (!source) return std::nullopt;
  return Endpoint{IpAddress(*source), port};
}

// --- programs -----------------------------------------------------------------------------------

bool TcpHost::listen(std::uint16_t port, std::unique_ptr<StreamHandlerFactory> factory,
                     IpAddress address) {
  if (!tcp_.listen(port, address, TcpProgram::stream)) return false;
  factories_[{address, port}] = std::move(factory);
  return true;
}

Stream* TcpHost::connect(const Endpoint& remote, std::unique_ptr<StreamHandler> handler,
                         std::uint16_t source_port) {
  const auto source = source_for(remote, source_port);
  const auto tuple = source ? tcp_.connect(*source, remote, now(), outbox_, TcpProgram::stream,
                                           path_to(remote.address.v4()))
                            : std::nullopt;
  if (!tuple) {
    Program failed(*this, {Endpoint{{}, source_port}, remote, Protocol::tcp}, nullptr, 0);
    failed.gone = true;
    handler->on_closed(failed, StreamEnd::unreachable, now());
    return nullptr;
  }
  Program& program = add_program(*tuple, std::move(handler));
  const std::uint32_t number = program.number;
  call(program, [](StreamHandler&) {});  // It may have a deadline for the handshake.
  work();
  // Sending the SYN may already have been in vain.
  return programs_[number] != nullptr && programs_[number]->tuple == *tuple ? &program : nullptr;
}

TcpHost::Program& TcpHost::add_program(const Tuple& tuple, std::unique_ptr<StreamHandler> handler) {
  auto number = std::uint32_t(programs_.size());
  if (free_.empty()) {
    programs_.emplace_back();
  } else {
    number = free_.back();
    free_.pop_back();
  }
  const Instant deadline = handler->next_deadline();
  if (deadline != Instant::never()) deadlines_.set(number, deadline);
  programs_[number] = std::make_unique<Program>(*this, tuple, std::move(handler), number);
  call(*programs_[number], [](StreamHandler&) {});  // It may have a deadline already.
  numbers_[tuple] = number;
  return *programs_[number];
}

TcpHost::Program* TcpHost::find(const Tuple& tuple) {
  const auto at = numbers_.find(tuple);
  return at == numbers_.end() ? nullptr : programs_[at->second].get();
}

void TcpHost::accept(const Tuple& tuple) {
  const Endpoint& local = tuple.source;
  auto factory = factories_.find({local.address, local.port});
  if (factory == factories_.end()) factory = factories_.find({{}, local.port});
  if (factory == factories_.end()) return;  // It listens without a program.
  auto handler = factory->second->make(local, tuple.destination);
  if (handler == nullptr) {
    tcp_.with(tuple, [this](TcpConnection& connection) { connection.abort(outbox_); });
    return;
  }
  Program& program = add_program(tuple, std::move(handler));
  program.connected = true;
  call(program, [&](StreamHandler& made) { made.on_connected(program, now()); });
}

/// Calls the handler, and notes when it wants to be called next.
template <class Call>
void TcpHost::call(Program& program, const Call& function) {
  function(*program.handler);
  const Instant deadline = program.handler->next_deadline();
  deadline == Instant::never() ? deadlines_.cancel(program.number)
                               : deadlines_.set(program.number, deadline);
}

// --- events -------------------------------------------------------------------------------------

/// Tells programs what happened; what they do in turn may be more to tell.
void TcpHost::dispatch() {
  if (dispatching_) return;
  dispatching_ = true;
  for (std::size_t i = 0; i < outbox_.events.size(); ++i) {
    const TcpEvent event = outbox_.events[i];  // The list may grow.
    tell(event);
  }
  outbox_.events.clear();
  dispatching_ = false;
}

void TcpHost::tell(const TcpEvent& event) {
  if (event.kind == TcpEvent::Kind::accepted) return accept(event.connection);
  if (Program* const program = find(event.connection)) return tell_program(*program, event);
  if (probes_.contains(event.connection)) probe_events_.push_back(event);
}

void TcpHost::tell_program(Program& program, const TcpEvent& event) {
  using Kind = TcpEvent::Kind;
  switch (event.kind) {
    case Kind::connected:
      program.connected = true;
      return call(program, [&](StreamHandler& h) { h.on_connected(program, now()); });
    case Kind::data:
      return call(program, [&](StreamHandler& h) { h.on_data(program, event.data, now()); });
    case Kind::readable: return read(program);
    case Kind::peer_closed: program.peer_closed = true; return read(program);
    case Kind::writable:
      return call(program, [&](StreamHandler& h) { h.on_writable(program, now()); });
    case Kind::closed: program.closed = true; return read(program);
    case Kind::failed: {
      if (program.gone) return finish(program, StreamEnd::aborted);
      if (event.outcome.result == ProbeResult::timed_out)
        return finish(program, StreamEnd::timed_out);
      if (program.connected) return finish(program, StreamEnd::reset);
      return finish(program, event.outcome.result == ProbeResult::refused ? StreamEnd::refused
                                                                          : StreamEnd::unreachable);
    }
    case Kind::accepted: return;
  }
}

/// Hands up what waits, and behind it that there is no more.
void TcpHost::read(Program& program) {
  const Tuple tuple = program.tuple;
  for (;;) {
    const TcpConnection* const connection = tcp_.find(tuple);
    if (connection == nullptr || connection->unread_octets() == 0) break;
    if (program.paused || program.gone) return;
    // Read before it is handed up, so that leave() finds no more than what is left; but a closed
    // connection goes with its last octet.
    const bool last = connection->state() == TcpState::closed;
    const ByteSpan bytes = connection->unread();
    const auto consume = [&](TcpConnection& c) {
      c.consume(std::uint32_t(bytes.size()), now(), outbox_);
    };
    if (!last) tcp_.with(tuple, consume);
    call(program, [&](StreamHandler& h) { h.on_data(program, bytes, now()); });
    if (last) tcp_.with(tuple, consume);
  }
  if (program.peer_closed && !std::exchange(program.peer_closed_told, true))
    call(program, [&](StreamHandler& h) { h.on_peer_closed(program, now()); });
  if (program.closed && !program.gone) finish(program, StreamEnd::closed);
}

void TcpHost::finish(Program& program, StreamEnd end) {
  program.gone = true;
  const Tuple tuple = program.tuple;
  tcp_.with(tuple, [](TcpConnection& connection) { connection.discard_unread(); });
  program.handler->on_closed(program, end, now());
  deadlines_.cancel(program.number);
  numbers_.erase(tuple);
  free_.push_back(program.number);
  programs_[program.number].reset();
}

// --- segments -----------------------------------------------------------------------------------

namespace {

/// Of a segment whose checksum the stack has verified.
TcpHeader header_of(const TcpView& view) {
  return {view.source_port(),
          view.destination_port(),
          view.seq(),
          view.ack(),
          view.flags(),
          view.window(),
          view.urgent_pointer(),
          TcpOptions::take(view.options())};
}

}  // namespace

bool TcpHost::deliver(const LocalDelivery& delivery) {
  const auto view = TcpView::checked(delivery.ip.payload());
  if (!view.ok() || delivery.broadcast) return true;  // nobody's, and no reset either
  TcpSegment segment{IpAddress(delivery.ip.source()),
                     IpAddress(delivery.ip.destination()),
                     header_of(*view),
                     view->payload(),
                     {}};
  if (view->has(kTcpSyn)) segment.path = path_to(delivery.ip.source());
  const bool taken = tcp_.on_segment(segment, now(), outbox_);
  work();
  return taken;
}

void TcpHost::on_icmp_error(const Ipv4View& quoted, const IcmpError& error) {
  const ByteSpan l4 = quoted.payload();
  const Tuple tuple{{IpAddress(quoted.source()), load_be16(l4.data())},
                    {IpAddress(quoted.destination()), load_be16(l4.data() + 2)},
                    Protocol::tcp};
  const bool too_long = IcmpType(error.type) == IcmpType::destination_unreachable &&
                        IcmpUnreachable(error.code) == IcmpUnreachable::fragmentation_needed;
  tcp_.with(tuple, [&](TcpConnection& connection) {
    if (!too_long) return connection.on_error(error, outbox_);
    const std::uint32_t mtu = path_to(quoted.destination()).path_mtu;
    connection.on_path_mtu(Seq(load_be32(l4.data() + 4)), mtu, now(), outbox_);
  });
  work();
}

/// Tells what happened and sends what there is to send. What is sent to an own address comes back
/// at once, and only adds to the work.
void TcpHost::work() {
  dispatch();
  if (working_ || dispatching_) return;
  working_ = true;
  while (!outbox_.segments.empty()) {
    std::swap(outbox_, sending_);
    for (const TcpSegmentOut& segment : sending_.segments) send(segment, sending_.payload(segment));
    sending_.clear();
    dispatch();
  }
  working_ = false;
  tell_probes();
  node_.sockets().deadline_changed();
}

void TcpHost::send(const TcpSegmentOut& segment, ByteSpan payload) {
  const Ipv4Header ip{.id = node_.stack().next_identification(),
                      .dont_fragment = true,
                      .source = segment.source.v4(),
                      .destination = segment.destination.v4()};
  node_.stack().send(now(), make_tcp(node_.lane().pool, ip, segment.header, payload));
}

// --- time ---------------------------------------------------------------------------------------

Instant TcpHost::next_deadline() const { return std::min(tcp_.next_deadline(), deadlines_.next()); }

void TcpHost::on_deadline() {
  if (tcp_.next_deadline() <= now()) {
    tcp_.on_deadline(now(), outbox_);
    work();
  }
  while (deadlines_.next() <= now()) {
    Program& program = *programs_[deadlines_.pop()];
    dispatching_ = true;
    call(program, [&](StreamHandler& handler) { handler.on_deadline(program, now()); });
    dispatching_ = false;
    SIM_CHECK(program.handler->next_deadline() > now());
    work();
  }
}

// --- probes -------------------------------------------------------------------------------------

std::optional<JourneyId> TcpHost::probe(std::uint16_t source_port, const Endpoint& remote,
                                        ProbeOwner owner) {
  const auto source = source_for(remote, source_port);
  const JourneyId first = node_.stack().peek_journey();
  const auto tuple = source ? tcp_.connect(*source, remote, now(), outbox_, TcpProgram::probe,
                                           path_to(remote.address.v4()))
                            : std::nullopt;
  if (!tuple) {
    if (owner.listener != nullptr)
      owner.listener->on_probe({owner.tag,
                                node_.id(),
                                now(),
                                {ProbeResult::unreachable, {}},
                                source ? "no free port" : "no route to the destination"});
    return std::nullopt;
  }
  probes_[*tuple] = owner;
  work();
  return first;
}

void TcpHost::forget_probes(std::uint64_t tag) {
  std::erase_if(probes_, [&](const auto& probe) {
    if (probe.second.tag != tag) return false;
    tcp_.abandon(probe.first);
    return true;
  });
}

void TcpHost::tell_probes() {
  if (probe_events_.empty()) return;
  for (const TcpEvent& event : std::exchange(probe_events_, {})) tell_probe(event);
}

void TcpHost::tell_probe(const TcpEvent& event) {
  const auto owner = probes_.find(event.connection);
  if (owner == probes_.end()) return;
  const bool over = event.kind == TcpEvent::Kind::failed;
  if (!over && event.kind != TcpEvent::Kind::connected) return;
  const ProbeOutcome outcome = over ? event.outcome : ProbeOutcome{ProbeResult::answered, {}};
  const ProbeOwner told = owner->second;
  probes_.erase(owner);
  if (node_.lane().observer != nullptr)
    node_.stack().note(fmt::format("tcp: {} {}", event.connection.destination.to_string(),
                                   over ? outcome.to_string() : "connected"));
  if (told.listener != nullptr)
    told.listener->on_probe({told.tag, node_.id(), now(), outcome, outcome.to_string()});
}

}  // namespace natsim
