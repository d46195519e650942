#include "sim/service/dhcp_server.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "sim/service/duration_words.h"

namespace natsim {
namespace {

constexpr Ipv4Address kBroadcast = Ipv4Address::of(255, 255, 255, 255);
/// A client may ask for a shorter lease than the pool's, but not for one that keeps us busy.
constexpr Duration kLeaseMin = Duration::seconds(120);
/// What is sent to a client without a parameter request list.
constexpr DhcpCode kUsual[] = {DhcpCode::subnet_mask, DhcpCode::broadcast_address, DhcpCode::router,
                               DhcpCode::dns_server, DhcpCode::domain_name};

std::uint32_t lease_seconds(Duration lease) {
  if (lease == Duration::max()) return kDhcpInfiniteSeconds;
  return std::uint32_t(std::min<std::int64_t>(lease.whole_seconds(), kDhcpInfiniteSeconds - 1));
}

/// "02:00:00:00:00:07 (laptop)".
std::string name_of(const DhcpClientIdentity& client) {
  const std::string mac = client.mac.to_string();
  return client.hostname.empty() ? mac : fmt::format("{} ({})", mac, client.hostname);
}

/// Sets the one option that `code` names, if the pool knows it.
void add_option(DhcpCode code, const DhcpPool& pool, const DhcpReservation* reservation,
                DhcpOptions& options) {
  const DhcpPoolOptions& known = pool.options();
  switch (code) {
    case DhcpCode::subnet_mask: return options.set_u32(code, netmask_of(known.subnet.length));
    case DhcpCode::broadcast_address:
      if (const auto broadcast = known.subnet.broadcast())
        options.set_address(code, broadcast->v4());
      return;
    case DhcpCode::router:
      if (known.router) options.set_address(code, *known.router);
      return;
    case DhcpCode::dns_server:
      if (!known.dns.empty()) options.set_addresses(code, known.dns);
      return;
    case DhcpCode::domain_name:
      if (!known.domain.empty()) options.set_text(code, known.domain);
      return;
    case DhcpCode::host_name:
      if (reservation != nullptr && !reservation->hostname.empty())
        options.set_text(code, reservation->hostname);
      return;
    default:
      if (const Bytes* data = known.more.find(code)) options.set(code, *data);
  }
}

}  // namespace

struct DhcpServer::Request {
  const DhcpMessage& message;
  DhcpPool& pool;
  DhcpClientIdentity client;
  Instant now;
};

DhcpServer::DhcpServer(DhcpServerOptions options) : options_(std::move(options)) {
  for (DhcpPoolOptions& pool : options_.pools) {
    pool.excluded.push_back(options_.address);
    pools_.emplace_back(std::move(pool));
  }
  options_.pools.clear();
}

void DhcpServer::on_datagram(const Datagram& datagram, Instant now, Outbox& out) {
  const auto message = DhcpMessage::parse(datagram.payload);
  if (!message || is_from_server(message->type)) return;
  DhcpPool* pool = pool_for(*message);
  if (pool == nullptr) {
    out.notes.push_back(fmt::format("no DHCP pool for {}, which came by the relay {}",
                                    message->chaddr.to_string(), message->giaddr.to_string()));
    return;
  }
  const std::string hostname = message->options.text(DhcpCode::host_name).value_or("");
  const Request request{*message, *pool, {message->client_key(), message->chaddr, hostname}, now};
  switch (message->type) {
    case DhcpType::discover: return on_discover(request, out);
    case DhcpType::request: return on_request(request, out);
    case DhcpType::release: return on_release(request, out);
    case DhcpType::decline: return on_decline(request, out);
    case DhcpType::inform: return on_inform(request, out);
    default: return;
  }
}

// RFC 2131 4.3.1: the relay's address names the subnet. Without a relay it is ours, unless a client
// elsewhere writes to us directly to renew (4.3.6): then its own address tells.
DhcpPool* DhcpServer::pool_for(const DhcpMessage& message) {
  const auto pool_of = [this](Ipv4Address address) -> DhcpPool* {
    const auto found = std::find_if(pools_.begin(), pools_.end(), [address](const DhcpPool& p) {
      return p.options().subnet.contains(address);
    });
    return found == pools_.end() ? nullptr : &*found;
  };
  if (!message.giaddr.is_unspecified()) return pool_of(message.giaddr);
  DhcpPool* by_client = message.ciaddr.is_unspecified() ? nullptr : pool_of(message.ciaddr);
  return by_client != nullptr ? by_client : pool_of(options_.address);
}

void DhcpServer::on_discover(const Request& request, Outbox& out) {
  const auto wanted = request.message.options.address(DhcpCode::requested_address);
  const auto address = request.pool.choose(request.client, wanted, request.now);
  if (!address) {  // RFC 2131 4.3.1: no answer at all; the client will ask again.
    out.notes.push_back(fmt::format("no free address for {} in {}-{}", name_of(request.client),
                                    request.pool.options().first.to_string(),
                                    request.pool.options().last.to_string()));
    return;
  }
  request.pool.offer(request.client, *address, request.now);
  DhcpMessage offer = answer_to(request, DhcpType::offer);
  offer.yiaddr = *address;
  add_lease_times(lease_for(request), offer);
  add_wanted_options(request, offer);
  send(request, offer, out);
}

// RFC 2131 4.3.2: what a client means by a REQUEST shows in what it filled in.
void DhcpServer::on_request(const Request& request, Outbox& out) {
  const DhcpMessage& message = request.message;
  if (message.options.has(DhcpCode::server_identifier)) return on_selecting(request, out);
  const auto wanted = message.options.address(DhcpCode::requested_address);
  if (message.ciaddr.is_unspecified()) {
    if (wanted) on_known_address(request, *wanted, out);  // INIT-REBOOT
    return;
  }
  on_known_address(request, message.ciaddr, out);  // RENEWING or REBINDING
}

void DhcpServer::on_selecting(const Request& request, Outbox& out) {
  const DhcpOptions& options = request.message.options;
  if (options.address(DhcpCode::server_identifier) != options_.address)
    return request.pool.withdraw(request.client.key);  // It took another server's offer.
  const auto wanted = options.address(DhcpCode::requested_address);
  if (!wanted) return;
  const DhcpLease* lease = request.pool.find(request.client.key);
  if (lease == nullptr || lease->address != *wanted)
    return refuse(request, "address was not offered", out);
  if (!request.pool.may_have(request.client, *wanted, request.now))
    return refuse(request, "address not available", out);
  acknowledge(request, *wanted, out);
}

// The client comes with an address that it has, or believes to have.
void DhcpServer::on_known_address(const Request& request, Ipv4Address address, Outbox& out) {
  if (!request.pool.options().subnet.contains(address))
    return refuse(request, "wrong network", out);
  const DhcpLease* known = request.pool.find(request.client.key);
  const bool available = request.pool.may_have(request.client, address, request.now);
  if (known == nullptr) {
    const DhcpLease* others = request.pool.find(address);
    const bool in_use = others != nullptr && !available;
    if (in_use) return refuse(request, "address in use", out);
    if (!options_.authoritative) return;  // Perhaps another server knows it.
    if (!available) return refuse(request, "address not available", out);
  } else if (known->address != address) {
    return refuse(request, "wrong address", out);
  } else if (!available) {
    return refuse(request, "address not available", out);
  }
  acknowledge(request, address, out);
}

void DhcpServer::on_release(const Request& request, Outbox& out) {
  const DhcpMessage& message = request.message;
  if (message.options.address(DhcpCode::server_identifier) != options_.address) return;
  if (!request.pool.release(request.client.key, message.ciaddr, request.now)) return;
  out.notes.push_back(
      fmt::format("{} released by {}", message.ciaddr.to_string(), name_of(request.client)));
}

void DhcpServer::on_decline(const Request& request, Outbox& out) {
  const DhcpOptions& options = request.message.options;
  const auto address = options.address(DhcpCode::requested_address);
  if (options.address(DhcpCode::server_identifier) != options_.address || !address) return;
  if (!request.pool.decline(request.client.key, *address, request.now)) return;
  out.notes.push_back(fmt::format("{} declined by {}: not offered for {}", address->to_string(),
                                  name_of(request.client),
                                  in_words(request.pool.options().decline_hold)));
}

// RFC 2131 4.3.5: parameters alone, no address and no lease time.
void DhcpServer::on_inform(const Request& request, Outbox& out) {
  DhcpMessage ack = answer_to(request, DhcpType::ack);
  add_wanted_options(request, ack);
  send(request, ack, out);
}

Duration DhcpServer::lease_for(const Request& request) const {
  const Duration longest = request.pool.options().lease;
  const auto wanted = request.message.options.u32(DhcpCode::lease_time);
  if (!wanted || *wanted == kDhcpInfiniteSeconds) return longest;
  return std::min(longest, std::max(Duration::seconds(*wanted), kLeaseMin));
}

void DhcpServer::acknowledge(const Request& request, Ipv4Address address, Outbox& out) {
  const Duration lease = lease_for(request);
  const DhcpLease* before = request.pool.find(request.client.key);
  const bool again = before != nullptr && before->address == address &&
                     before->state == LeaseState::bound && before->expires > request.now;
  request.pool.bind(request.client, address, request.now, lease);
  DhcpMessage ack = answer_to(request, DhcpType::ack);
  ack.yiaddr = address;
  add_lease_times(lease, ack);
  add_wanted_options(request, ack);
  send(request, ack, out);
  out.notes.push_back(fmt::format("{} {} to {} for {}", address.to_string(),
                                  again ? "leased again" : "leased", name_of(request.client),
                                  in_words(lease)));
}

void DhcpServer::refuse(const Request& request, std::string_view why, Outbox& out) {
  DhcpMessage nak = answer_to(request, DhcpType::nak);
  nak.ciaddr = {};  // RFC 2131 table 3: all addresses zero.
  nak.options.set_text(DhcpCode::message, why);
  // RFC 2131 4.3.2: the client may not be reachable at the address it believes in.
  if (!nak.giaddr.is_unspecified()) nak.broadcast = true;
  send(request, nak, out);
  out.notes.push_back(fmt::format("{} refused: {}", name_of(request.client), why));
}

DhcpMessage DhcpServer::answer_to(const Request& request, DhcpType type) const {
  DhcpMessage answer;
  answer.type = type;
  answer.xid = request.message.xid;
  answer.broadcast = request.message.broadcast;
  answer.giaddr = request.message.giaddr;
  answer.chaddr = request.message.chaddr;
  if (type == DhcpType::ack) answer.ciaddr = request.message.ciaddr;
  answer.options.set_address(DhcpCode::server_identifier, options_.address);
  return answer;
}

void DhcpServer::add_lease_times(Duration lease, DhcpMessage& answer) const {
  const std::uint32_t seconds = lease_seconds(lease);
  answer.options.set_u32(DhcpCode::lease_time, seconds);
  if (seconds == kDhcpInfiniteSeconds) return;
  answer.options.set_u32(DhcpCode::renewal_time, seconds / 2);
  answer.options.set_u32(DhcpCode::rebinding_time, seconds - seconds / 8);
}

void DhcpServer::add_wanted_options(const Request& request, DhcpMessage& answer) const {
  const DhcpReservation* reservation = request.pool.reservation(request.client);
  const Bytes* wanted = request.message.options.find(DhcpCode::parameter_request_list);
  const auto add = [&](DhcpCode code) {
    if (!answer.options.has(code)) add_option(code, request.pool, reservation, answer.options);
  };
  if (wanted == nullptr) {
    for (const DhcpCode code : kUsual) add(code);
  } else {
    add(DhcpCode::subnet_mask);  // An address is of no use without it, asked for or not.
    for (const std::uint8_t code : *wanted) add(DhcpCode(code));
  }
}

void DhcpServer::send(const Request& request, const DhcpMessage& plain, Outbox& out) const {
  DhcpMessage answer = plain;
  const DhcpOptions& asked = request.message.options;
  if (const Bytes* id = asked.find(DhcpCode::client_identifier))  // RFC 6842
    answer.options.set(DhcpCode::client_identifier, *id);
  if (const Bytes* relay = asked.find(DhcpCode::relay_agent_information))
    answer.options.set(DhcpCode::relay_agent_information, *relay);  // RFC 3046 2.2: last, unchanged

  DatagramOut& datagram = out.add_datagram();
  datagram.source = {options_.address, kDhcpServerPort};
  datagram.path_mtu_discovery = false;
  datagram.payload.resize(answer.size());
  answer.emit(datagram.payload);
  // RFC 2131 4.1.
  if (!answer.giaddr.is_unspecified()) {
    datagram.destination = {answer.giaddr, kDhcpServerPort};
    return;
  }
  const Ipv4Address ciaddr = request.message.ciaddr;
  if (answer.type != DhcpType::nak && !ciaddr.is_unspecified()) {
    datagram.destination = {ciaddr, kDhcpClientPort};
    return;
  }
  datagram.interface = options_.interface;
  if (answer.type == DhcpType::nak || answer.broadcast || answer.yiaddr.is_unspecified()) {
    datagram.destination = {kBroadcast, kDhcpClientPort};
    datagram.destination_mac = MacAddress::broadcast();
  } else {  // The client cannot answer ARP for an address that it does not have yet.
    datagram.destination = {answer.yiaddr, kDhcpClientPort};
    datagram.destination_mac = answer.chaddr;
  }
}

std::vector<DhcpLease> DhcpServer::leases(Instant now) const {
  std::vector<DhcpLease> all;
  for (const DhcpPool& pool : pools_) {
    const auto some = pool.leases(now);
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

}  // namespace natsim
