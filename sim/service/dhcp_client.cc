#include "sim/service/dhcp_client.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "sim/service/dhcp_lease.h"
#include "sim/service/duration_words.h"

namespace natsim {
namespace {

constexpr Ipv4Address kBroadcast = Ipv4Address::of(255, 255, 255, 255);
constexpr int kRequestTries = 4;                          // RFC 2131 3.1(5): 60 s, then start again
constexpr Duration kRetryMax = Duration::seconds(64);     // RFC 2131 4.1
constexpr Duration kRenewalMin = Duration::seconds(60);   // RFC 2131 4.4.5
constexpr Duration kDeclineWait = Duration::seconds(10);  // RFC 2131 3.1(5)
/// A server that offers and then refuses, for ever, is asked no faster than this (as udhcpc does).
constexpr Duration kNakWait = Duration::seconds(3);
constexpr std::uint16_t kMessageBytesMax = 576;

}  // namespace

const char* to_string(DhcpClientState state) {
  switch (state) {
    case DhcpClientState::init: return "INIT";
    case DhcpClientState::selecting: return "SELECTING";
    case DhcpClientState::requesting: return "REQUESTING";
    case DhcpClientState::probing: return "PROBING";
    case DhcpClientState::bound: return "BOUND";
    case DhcpClientState::renewing: return "RENEWING";
    case DhcpClientState::rebinding: return "REBINDING";
    case DhcpClientState::stopped: return "STOPPED";
  }
  return "?";
}

DhcpClient::DhcpClient(DhcpClientOptions options, Prng rng, Instant start)
    : options_(std::move(options)), rng_(rng), deadline_(start) {
  if (options_.client_id.empty()) {
    options_.client_id.assign(7, 1);  // hardware type Ethernet, then the MAC
    options_.mac.store(options_.client_id.data() + 1);
  }
}

bool DhcpClient::receives_raw() const {
  return state_ != DhcpClientState::bound && state_ != DhcpClientState::renewing &&
         state_ != DhcpClientState::stopped;
}

void DhcpClient::on_deadline(Instant now, Outbox& out) {
  if (now < deadline_) return;
  switch (state_) {
    case DhcpClientState::init:
      xid_ = std::uint32_t(rng_.next());
      started_ = now;
      tries_ = 0;
      state_ = DhcpClientState::selecting;
      return discover(now, out);
    case DhcpClientState::selecting: return discover(now, out);
    case DhcpClientState::requesting:
      if (tries_ < kRequestTries) return request_offered(now, out);
      restart(now);
      return on_deadline(now, out);
    case DhcpClientState::bound:
      state_ = DhcpClientState::renewing;
      xid_ = std::uint32_t(rng_.next());
      started_ = now;
      return request_extension(now, out);
    case DhcpClientState::renewing:
      if (now >= rebind_) state_ = DhcpClientState::rebinding;
      [[fallthrough]];
    case DhcpClientState::rebinding:
      return now >= expires_ ? on_lease_end(now, out) : request_extension(now, out);
    case DhcpClientState::probing: return on_lease_end(now, out);
    case DhcpClientState::stopped: return;
  }
}

void DhcpClient::restart(Instant when) {
  state_ = DhcpClientState::init;
  deadline_ = when;
  leased_.reset();
}

void DhcpClient::discover(Instant now, Outbox& out) {
  DhcpMessage discover = message(DhcpType::discover, now);
  if (!offered_.is_unspecified())  // RFC 2131 4.4.1: what we had last, if we may.
    discover.options.set_address(DhcpCode::requested_address, offered_);
  if (options_.lease)
    discover.options.set_u32(DhcpCode::lease_time, std::uint32_t(options_.lease->whole_seconds()));
  add_parameters(discover);
  send_broadcast(discover, {}, out);
  deadline_ = now + retry_delay(tries_++);
}

void DhcpClient::request_offered(Instant now, Outbox& out) {
  DhcpMessage request = message(DhcpType::request, now);
  request.secs = secs_;  // RFC 2131 4.3.2: as in the DISCOVER.
  request.options.set_address(DhcpCode::requested_address, offered_);
  request.options.set_address(DhcpCode::server_identifier, server_);
  if (options_.lease)
    request.options.set_u32(DhcpCode::lease_time, std::uint32_t(options_.lease->whole_seconds()));
  add_parameters(request);
  send_broadcast(request, {}, out);
  requested_ = now;
  deadline_ = now + retry_delay(tries_++);
}

// RENEWING asks the server itself, REBINDING anybody (RFC 2131 4.4.5).
void DhcpClient::request_extension(Instant now, Outbox& out) {
  DhcpMessage request = message(DhcpType::request, now);
  request.ciaddr = offered_;
  add_parameters(request);
  requested_ = now;
  const bool renewing = state_ == DhcpClientState::renewing;
  if (renewing) {
    send_to_server(request, out);
  } else {
    send_broadcast(request, offered_, out);
  }
  const Instant end = renewing ? rebind_ : expires_;
  deadline_ = std::min(end, now + std::max((end - now) / 2, kRenewalMin));
}

void DhcpClient::on_datagram(const Datagram& datagram, Instant now, Outbox& out) {
  const auto message = DhcpMessage::parse(datagram.payload);
  if (!message || message->xid != xid_ || message->chaddr != options_.mac) return;
  switch (message->type) {
    case DhcpType::offer: return on_offer(*message, now, out);
    case DhcpType::ack: return on_ack(*message, now, out);
    case DhcpType::nak: return on_nak(*message, now, out);
    default: return;
  }
}

void DhcpClient::on_offer(const DhcpMessage& offer, Instant now, Outbox& out) {
  const auto server = offer.options.address(DhcpCode::server_identifier);
  if (state_ != DhcpClientState::selecting || !server || offer.yiaddr.is_unspecified()) return;
  server_ = *server;  // The first offer wins (DHCP-32).
  offered_ = offer.yiaddr;
  state_ = DhcpClientState::requesting;
  tries_ = 0;
  request_offered(now, out);
}

void DhcpClient::on_ack(const DhcpMessage& ack, Instant now, Outbox& out) {
  const bool extending =
      state_ == DhcpClientState::renewing || state_ == DhcpClientState::rebinding;
  if (!extending && state_ != DhcpClientState::requesting) return;
  auto lease = configuration_of(ack);
  // While rebinding, any server may take over; otherwise only the one that was asked may answer.
  const bool any_server = state_ == DhcpClientState::rebinding;
  if (!lease || (!any_server && lease->server != IpAddress(server_))) return;
  if (extending && ack.yiaddr != offered_) return;

  server_ = lease->server.v4();
  offered_ = ack.yiaddr;
  renew_ = rebind_ = expires_ = Instant::never();
  if (lease->lease != Duration::max()) {
    const Duration whole = lease->lease;
    Duration t1 = whole / 2, t2 = whole - whole / 8;
    const auto told_t1 = ack.options.u32(DhcpCode::renewal_time);
    const auto told_t2 = ack.options.u32(DhcpCode::rebinding_time);
    if (told_t2 && Duration::seconds(*told_t2) < whole) t2 = Duration::seconds(*told_t2);
    if (told_t1 && Duration::seconds(*told_t1) < t2) t1 = Duration::seconds(*told_t1);
    renew_ = requested_ + std::min(t1, t2);
    rebind_ = requested_ + t2;
    expires_ = requested_ + whole;
  }
  leased_ = std::move(lease);
  if (extending || !options_.probe) return bind(now, out);
  state_ = DhcpClientState::probing;
  deadline_ = expires_;
  out.act(ArpProbe{offered_, options_.interface});
}

void DhcpClient::on_probe_result(bool conflict, Instant now, Outbox& out) {
  if (state_ != DhcpClientState::probing) return;
  conflict ? on_conflict(now, out) : bind(now, out);
}

void DhcpClient::bind(Instant now, Outbox& out) {
  const bool extended = in_use_.has_value();
  state_ = DhcpClientState::bound;
  deadline_ = std::max(now, renew_);
  out.notes.push_back(fmt::format("{} {} from {} for {}", extended ? "renewed lease" : "lease",
                                  leased_->address.to_string(), leased_->server.to_string(),
                                  in_words(leased_->lease)));
  if (in_use_ == leased_) return;
  in_use_ = leased_;
  out.act(Configured{options_.interface, *in_use_});
}

void DhcpClient::on_nak(const DhcpMessage& nak, Instant now, Outbox& out) {
  const bool requesting = state_ == DhcpClientState::requesting;
  const bool rebinding = state_ == DhcpClientState::rebinding;
  if (!requesting && !rebinding && state_ != DhcpClientState::renewing) return;
  const auto server = nak.options.address(DhcpCode::server_identifier);
  if (!rebinding && server != server_) return;
  out.notes.push_back(fmt::format("{} refused by {}: {}", offered_.to_string(),
                                  server.value_or(Ipv4Address{}).to_string(),
                                  nak.options.text(DhcpCode::message).value_or("no reason given")));
  deconfigure(out);
  offered_ = {};
  restart(requesting ? now + kNakWait : now);
}

void DhcpClient::on_lease_end(Instant now, Outbox& out) {
  out.notes.push_back(fmt::format("lease of {} expired", offered_.to_string()));
  deconfigure(out);
  restart(now);
  on_deadline(now, out);
}

void DhcpClient::on_conflict(Instant now, Outbox& out) {
  if (state_ == DhcpClientState::stopped || !leased_) return;
  out.notes.push_back(fmt::format("{} is used by another station: declined", offered_.to_string()));
  DhcpMessage decline = message(DhcpType::decline, now);
  decline.secs = 0;
  decline.options.set_address(DhcpCode::requested_address, offered_);
  decline.options.set_address(DhcpCode::server_identifier, server_);
  decline.options.set(DhcpCode::client_identifier, options_.client_id);
  send_broadcast(decline, {}, out);
  deconfigure(out);
  offered_ = {};
  restart(now + kDeclineWait);
}

void DhcpClient::release(Instant now, Outbox& out) {
  if (in_use_) {
    xid_ = std::uint32_t(rng_.next());
    DhcpMessage release = message(DhcpType::release, now);
    release.secs = 0;
    release.broadcast = false;
    release.ciaddr = offered_;
    release.options.set_address(DhcpCode::server_identifier, server_);
    release.options.set(DhcpCode::client_identifier, options_.client_id);
    send_to_server(release, out);
    out.notes.push_back(fmt::format("lease of {} released", offered_.to_string()));
    deconfigure(out);
  }
  state_ = DhcpClientState::stopped;
  deadline_ = Instant::never();
}

void DhcpClient::deconfigure(Outbox& out) {
  if (in_use_) out.act(Deconfigured{options_.interface, in_use_->address});
  in_use_.reset();
}

DhcpMessage DhcpClient::message(DhcpType type, Instant now) {
  DhcpMessage made;
  made.type = type;
  made.xid = xid_;
  made.chaddr = options_.mac;
  made.broadcast = options_.broadcast;
  made.secs = std::uint16_t(std::min<std::int64_t>((now - started_).whole_seconds(), 0xffff));
  if (type == DhcpType::discover) secs_ = made.secs;
  return made;
}

void DhcpClient::add_parameters(DhcpMessage& message) const {
  message.options.set_u16(DhcpCode::message_size_max, kMessageBytesMax);
  Bytes wanted;
  for (const DhcpCode code : options_.wanted) wanted.push_back(std::uint8_t(code));
  if (!wanted.empty()) message.options.set(DhcpCode::parameter_request_list, std::move(wanted));
  if (!options_.vendor_class.empty())
    message.options.set_text(DhcpCode::vendor_class, options_.vendor_class);
  message.options.set(DhcpCode::client_identifier, options_.client_id);
  if (!options_.hostname.empty()) message.options.set_text(DhcpCode::host_name, options_.hostname);
}

void DhcpClient::send_broadcast(const DhcpMessage& message, Ipv4Address source, Outbox& out) const {
  DatagramOut& datagram = out.add_datagram();
  datagram.source = {source, kDhcpClientPort};
  datagram.destination = {kBroadcast, kDhcpServerPort};
  datagram.interface = options_.interface;
  datagram.destination_mac = MacAddress::broadcast();
  datagram.raw = true;
  datagram.path_mtu_discovery = false;
  datagram.payload.resize(message.size());
  message.emit(datagram.payload);
}

void DhcpClient::send_to_server(const DhcpMessage& message, Outbox& out) const {
  DatagramOut& datagram = out.add_datagram();
  datagram.source = {offered_, kDhcpClientPort};
  datagram.destination = {server_, kDhcpServerPort};
  datagram.payload.resize(message.size());
  message.emit(datagram.payload);
}

// RFC 2131 4.1: 4, 8, 16, 32, 64 s, each with up to a second more or less.
Duration DhcpClient::retry_delay(int tries) {
  const Duration base =
      std::min(Duration::seconds(4) * (std::int64_t{1} << std::min(tries, 4)), kRetryMax);
  constexpr std::int64_t kSecond = 1'000'000'000;
  return base + Duration::nanoseconds(std::int64_t(rng_.below(2 * kSecond + 1)) - kSecond);
}

}  // namespace natsim
