#include "sim/node/sockets.h"

#include <algorithm>

#include <fmt/format.h>

#include "sim/node/ip_node.h"
#include "sim/node/local_packet.h"
#include "sim/node/name_lookups.h"
#include "sim/node/tcp_host.h"
#include "sim/wire/l4_checksum.h"
#include "sim/wire/udp.h"

namespace natsim {

Sockets::Sockets(IpNode& node, std::uint64_t seed)
    : node_(node),
      random_(Prng::stream(seed, fmt::format("node/{}/ports", node.name()))),
      seed_(seed),
      tcp_(std::make_unique<TcpHost>(node, seed)),
      timer_(node.lane().simulator, node.order(), *this) {}

Sockets::~Sockets() = default;

Instant Sockets::now() const { return node_.lane().simulator.now(); }

// --- sockets ------------------------------------------------------------------------------------

UdpService* Sockets::serve_udp(const UdpBinding& binding, std::unique_ptr<UdpService> service) {
  if (!udp_.bind(binding, UdpHandler(services_.size()))) return nullptr;
  services_.push_back(std::move(service));
  rearm();
  return services_.back().get();
}

std::optional<JourneyId> Sockets::ping(PingOptions options, ProbeOwner owner) {
  options.id = next_ping_id_++;
  options.epoch_s = 0;
  pings_.push_back({Ping(options, now()), owner, options.id});
  const JourneyId first = node_.stack().peek_journey();
  run_ping(pings_.back());
  rearm();
  return first;
}

bool Sockets::listen_tcp(std::uint16_t port, IpAddress address) {
  return tcp_->listen(port, address);
}

bool Sockets::listen(std::uint16_t port, std::unique_ptr<StreamHandlerFactory> factory,
                     IpAddress address) {
  return tcp_->listen(port, std::move(factory), address);
}

Stream* Sockets::connect(const Endpoint& remote, std::unique_ptr<StreamHandler> handler,
                         std::uint16_t source_port) {
  return tcp_->connect(remote, std::move(handler), source_port);
}

std::optional<JourneyId> Sockets::connect(std::uint16_t source_port, const Endpoint& remote,
                                          ProbeOwner owner) {
  return tcp_->probe(source_port, remote, owner);
}

RawProbes& Sockets::raw() {
  if (!raw_) raw_ = std::make_unique<RawProbes>(node_, seed_);
  return *raw_;
}

TcpSettings& Sockets::tcp_settings() { return tcp_->settings(); }

std::optional<JourneyId> Sockets::send_udp(UdpFlowOptions options, ProbeOwner owner) {
  if (!bind_flow(options)) {
    if (owner.listener != nullptr)
      owner.listener->on_probe(
          {owner.tag, node_.id(), now(), {ProbeResult::unreachable, {}}, "no free port"});
    return std::nullopt;
  }
  auto flow = std::make_unique<UdpFlow>(node_, std::move(options), owner);
  UdpFlow& started = *flow;
  services_.push_back(std::move(flow));
  started.start();
  return started.first_journey();
}

// A socket for each source port, for the service that comes next. They are connected, so that what
// others send to them is none of theirs; to a group they cannot be.
bool Sockets::bind_flow(UdpFlowOptions& options) {
  const auto handler = UdpHandler(services_.size());
  UdpBinding socket;
  const bool group =
      options.destination.is_multicast() ||
      node_.stack().addresses().find(options.destination).kind == LocalKind::broadcast;
  if (!group) socket.remote = {IpAddress(options.destination), options.destination_port};
  if (options.source_port == 0) {
    const auto port = udp_.bind_ephemeral(socket, handler, random_);
    if (!port) return false;
    options.source_port = *port;
  } else {
    socket.port = options.source_port;
    // Whoever has the port is the one that sends: a probe needs no socket of its own then.
    if (options.flows == 1 && udp_.in_use(socket.port)) return true;
    if (!udp_.bind(socket, handler)) return false;
  }
  socket.port = options.source_port;
  for (std::uint32_t bound = 1; bound < options.flows; ++bound) {
    if (socket.port != 65'535 && (++socket.port, udp_.bind(socket, handler))) continue;
    for (; bound > 0; --bound)
      udp_.unbind({.port = std::uint16_t(options.source_port + bound - 1)});
    return false;
  }
  return true;
}

void Sockets::forget_probes(std::uint64_t tag) {
  std::erase_if(pings_, [tag](const Running& running) { return running.owner.tag == tag; });
  tcp_->forget_probes(tag);
  rearm();
}

// --- from the stack -----------------------------------------------------------------------------

bool Sockets::deliver_udp(const LocalDelivery& delivery) {
  const auto udp = UdpView::checked(delivery.ip.payload());
  if (!udp.ok()) return true;  // too short to be for anybody, and nothing to answer
  const Datagram datagram{{IpAddress(delivery.ip.source()), udp->source_port()},
                          {IpAddress(delivery.ip.destination()), udp->destination_port()},
                          udp->payload(),
                          delivery.in,
                          delivery.broadcast};
  const auto handler = udp_.find(datagram);
  if (!handler) return raw_ && raw_->hear_udp(delivery);
  UdpService& service = *services_[*handler];
  service.on_datagram(datagram, now(), outbox_);
  if (!outbox_.empty()) flush(service);
  settle_names();
  rearm();
  return true;
}

// A packet socket's datagrams reach it whatever address they carry (DHCP-37).
bool Sockets::deliver_raw(const LocalDelivery& delivery) {
  if (delivery.ip.protocol() != Protocol::udp || delivery.ip.is_fragment()) return false;
  const auto udp = UdpView::checked(delivery.ip.payload());
  if (!udp.ok()) return false;
  const Datagram datagram{{IpAddress(delivery.ip.source()), udp->source_port()},
                          {IpAddress(delivery.ip.destination()), udp->destination_port()},
                          udp->payload(),
                          delivery.in,
                          delivery.broadcast};
  const auto handler = udp_.find(datagram);
  if (!handler || !services_[*handler]->receives_raw()) return false;
  return udp_checksum_ok(delivery.ip.pseudo_header(), delivery.ip.payload()) &&
         deliver_udp(delivery);
}

// A raw socket hears a copy: to the node's TCP the segment is nobody's.
bool Sockets::deliver_tcp(const LocalDelivery& delivery) {
  if (raw_) raw_->hear_tcp(delivery);
  return tcp_->deliver(delivery);
}

bool Sockets::deliver_icmp(const LocalDelivery& delivery) {
  const IcmpView icmp(delivery.ip.payload().data(), delivery.ip.payload().size());
  if (icmp.type() == IcmpType::echo_reply) {
    for (Running& running : pings_) {
      if (running.ping.on_reply(icmp.id(), icmp.sequence(), now()) != PingMatch::matched) continue;
      const std::int64_t us = running.ping.last_rtt().ns() / 1000;
      note(fmt::format("ping: {} bytes from {}: icmp_seq={} ttl={} time={}.{:03} ms",
                       delivery.ip.payload().size(), delivery.ip.source().to_string(),
                       icmp.sequence(), delivery.ip.ttl(), us / 1000, us % 1000));
      finish_pings();
      rearm();
      return true;
    }
    return raw_ && raw_->hear_echo_reply(delivery.ip.source(), icmp.id(), icmp.sequence());
  }
  if (!icmp_is_error(icmp.type())) return false;
  const auto quoted = Ipv4View::checked(icmp.payload());
  if (!quoted.ok()) return false;
  on_icmp_error(*quoted, {IpAddress(delivery.ip.source()), std::uint8_t(icmp.type()), icmp.code()});
  return true;
}

void Sockets::send_failed(const Ipv4View& ip, Cause cause) {
  // To the sender it is what the ICMP error from a router would be (ARP-12: EHOSTUNREACH).
  const auto code = cause == Cause::no_route ? IcmpUnreachable::network : IcmpUnreachable::host;
  on_icmp_error(ip, {IpAddress(ip.source()), std::uint8_t(IcmpType::destination_unreachable),
                     std::uint8_t(code)});
}

void Sockets::on_icmp_error(const Ipv4View& quoted, const IcmpError& error) {
  const ByteSpan l4 = quoted.payload();
  if (l4.size() < 8 || quoted.fragment_offset() != 0) return;
  if (raw_ && raw_->hear_error(quoted, error)) return;
  switch (quoted.protocol()) {
    case Protocol::tcp: tcp_->on_icmp_error(quoted, error); break;
    case Protocol::udp: {
      // To the socket that sent it: as if its own datagram's addressee had answered.
      const auto handler =
          udp_.find({IpAddress(quoted.destination()), load_be16(l4.data() + 2)},
                    {IpAddress(quoted.source()), load_be16(l4.data())}, kNoInterface);
      if (!handler) break;
      const Tuple sent{{IpAddress(quoted.source()), load_be16(l4.data())},
                       {IpAddress(quoted.destination()), load_be16(l4.data() + 2)},
                       Protocol::udp};
      UdpService& service = *services_[*handler];
      service.on_send_error(sent, error, now(), outbox_);
      flush(service);
      settle_names();
      break;
    }
    case Protocol::icmp:
      // An echo reply from here that got lost is no ping of ours, whatever its id.
      if (IcmpType(l4.front()) != IcmpType::echo_request) break;
      for (Running& running : pings_)
        running.ping.on_error(load_be16(l4.data() + 4), load_be16(l4.data() + 6), error);
      finish_pings();
      break;
    default: break;
  }
  rearm();
}

// --- to the stack -------------------------------------------------------------------------------

void Sockets::flush(UdpService& from) {
  // What is sent may come back at once (to an own address) and fill the outbox anew.
  while (!outbox_.empty()) {
    Outbox sending = std::exchange(outbox_, {});
    for (std::string& text : sending.notes) note(std::move(text));
    for (const DatagramOut& datagram : sending.datagrams) send_datagram(datagram);
    for (ServiceAction& action : sending.actions) act(from, action);
    sending.clear();
    if (outbox_.empty()) outbox_ = std::move(sending);  // keeps its warm buffers
  }
}

void Sockets::send_datagram(const DatagramOut& datagram) {
  const Ipv4Address destination = datagram.destination.address.v4();
  const bool chosen = !datagram.source.address.is_v4();
  const auto source = chosen ? node_.stack().source_for(destination) : datagram.source.address.v4();
  const Ipv4Header ip{.id = node_.stack().next_identification(),
                      .ttl = datagram.ttl,
                      .source = source.value_or(Ipv4Address()),
                      .destination = destination};
  node_.stack().send(
      now(),
      make_udp(node_.lane().pool, ip, datagram.source.port, datagram.destination.port,
               datagram.payload),
      {datagram.interface, datagram.destination_mac, datagram.raw, datagram.path_mtu_discovery});
}

void Sockets::send_echo(const EchoRequest& request) {
  const Ipv4Address destination = request.destination.v4();
  const auto source = node_.stack().source_for(destination);
  const Ipv4Header ip{.id = node_.stack().next_identification(),
                      .source = source.value_or(Ipv4Address()),
                      .destination = destination};
  node_.stack().send(
      now(),
      make_icmp(node_.lane().pool, ip, IcmpHeader::echo_request(request.id, request.sequence),
                request.payload),
      {.path_mtu_discovery = true});
}

void Sockets::note(std::string text) {
  if (node_.lane().observer != nullptr) node_.stack().note(std::move(text));
}

// --- time ---------------------------------------------------------------------------------------

Instant Sockets::next_deadline() const {
  Instant next = tcp_->next_deadline();
  for (const auto& service : services_) next = std::min(next, service->next_deadline());
  for (const Running& running : pings_) next = std::min(next, running.ping.next_deadline());
  for (const Dhcp& dhcp : dhcp_) next = std::min(next, dhcp.probe_ends);
  return next;
}

void Sockets::rearm() { timer_.arm(next_deadline()); }

void Sockets::on_event(std::uint64_t) {
  if (tcp_->next_deadline() <= now()) tcp_->on_deadline();
  finish_arp_probes();
  for (std::size_t i = 0; i < services_.size(); ++i) {
    if (services_[i]->next_deadline() > now()) continue;
    services_[i]->on_deadline(now(), outbox_);
    flush(*services_[i]);
  }
  settle_names();
  for (std::size_t i = 0; i < pings_.size(); ++i)
    if (pings_[i].ping.next_deadline() <= now()) run_ping(pings_[i]);
  finish_pings();
  rearm();
}

void Sockets::run_ping(Running& running) {
  // Sending may bring the answer, or an error, at once, and with it the end of `running`.
  std::vector<EchoRequest> due;
  while (auto request = running.ping.on_deadline(now())) due.push_back(std::move(*request));
  for (const EchoRequest& request : due) send_echo(request);
}

void Sockets::finish_pings() {
  for (std::size_t i = 0; i < pings_.size();) {
    if (!pings_[i].ping.done()) {
      ++i;
      continue;
    }
    const Running done = std::move(pings_[i]);
    pings_.erase(pings_.begin() + std::ptrdiff_t(i));
    note("ping: " + done.ping.summary());
    if (done.owner.listener != nullptr)
      done.owner.listener->on_probe({done.owner.tag, node_.id(), now(), done.ping.outcome(),
                                     done.ping.summary(), done.ping.bytes_sent(),
                                     done.ping.bytes_received()});
  }
}

}  // namespace natsim
