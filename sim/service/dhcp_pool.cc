#include "sim/service/dhcp_pool.h"

#include <algorithm>
#include <utility>

#include "sim/base/check.h"
#include "sim/base/random.h"

namespace natsim {

const char* to_string(LeaseState state) {
  switch (state) {
    case LeaseState::offered: return "offered";
    case LeaseState::bound: return "bound";
    case LeaseState::released: return "released";
    case LeaseState::expired: return "expired";
    case LeaseState::declined: return "declined";
  }
  return "?";
}

DhcpPool::DhcpPool(DhcpPoolOptions options) : options_(std::move(options)) {
  SIM_CHECK(options_.first <= options_.last);
  SIM_CHECK(options_.subnet.contains(options_.first) && options_.subnet.contains(options_.last));
}

const DhcpReservation* DhcpPool::reservation(const DhcpClientIdentity& client) const {
  const DhcpReservation* by_mac = nullptr;
  for (const DhcpReservation& r : options_.reservations) {
    if (!r.client_id.empty() && r.client_id == client.key) return &r;
    if (r.client_id.empty() && r.mac == client.mac && by_mac == nullptr) by_mac = &r;
  }
  return by_mac;
}

std::optional<Ipv4Address> DhcpPool::choose(const DhcpClientIdentity& client,
                                            std::optional<Ipv4Address> wanted, Instant now) const {
  const DhcpReservation* reserved = reservation(client);
  if (reserved != nullptr && may_have(client, reserved->address, now)) return reserved->address;
  const DhcpLease* lease = find(client.key);
  if (lease != nullptr && may_have(client, lease->address, now)) return lease->address;
  if (wanted && may_have(client, *wanted, now)) return wanted;
  if (const auto fresh = search(client, false, now)) return fresh;
  return search(client, true, now);
}

std::optional<Ipv4Address> DhcpPool::search(const DhcpClientIdentity& client, bool remembered_too,
                                            Instant now) const {
  const std::uint64_t size = std::uint64_t(options_.last.value) - options_.first.value + 1;
  std::uint8_t mac[6];
  client.mac.store(mac);
  const std::uint64_t start = hash_name({reinterpret_cast<const char*>(mac), sizeof mac}) % size;
  for (std::uint64_t i = 0; i < size; ++i) {
    const Ipv4Address address{std::uint32_t(options_.first.value + (start + i) % size)};
    if (!remembered_too && leases_.contains(address)) continue;
    if (may_have(client, address, now)) return address;
  }
  return std::nullopt;
}

bool DhcpPool::may_have(const DhcpClientIdentity& client, Ipv4Address address, Instant now) const {
  if (!is_usable(client, address)) return false;
  const DhcpLease* lease = find(address);
  if (lease == nullptr || !is_held(*lease, now)) return true;
  return lease->state != LeaseState::declined && lease->client.key == client.key;
}

// Whether `address` is one for this client at all, whoever holds it now.
bool DhcpPool::is_usable(const DhcpClientIdentity& client, Ipv4Address address) const {
  const DhcpReservation* own = reservation(client);
  if (own != nullptr && own->address == address) return true;
  if (address < options_.first || address > options_.last) return false;
  if (address == options_.router) return false;
  if (IpAddress(address) == options_.subnet.network().address) return false;
  if (options_.subnet.broadcast() == IpAddress(address)) return false;
  const auto is_it = [address](const DhcpReservation& r) { return r.address == address; };
  return std::find(options_.excluded.begin(), options_.excluded.end(), address) ==
             options_.excluded.end() &&
         std::none_of(options_.reservations.begin(), options_.reservations.end(), is_it);
}

bool DhcpPool::is_held(const DhcpLease& lease, Instant now) const {
  return lease.state != LeaseState::released && lease.expires > now;
}

void DhcpPool::offer(const DhcpClientIdentity& client, Ipv4Address address, Instant now) {
  SIM_CHECK(may_have(client, address, now));
  const DhcpLease* before = find(address);
  const bool running = before != nullptr && before->state == LeaseState::bound &&
                       before->client.key == client.key && is_held(*before, now);
  if (running) return;
  DhcpLease& lease = take(client, address);
  lease.state = LeaseState::offered;
  lease.expires = now + options_.offer_hold;
}

void DhcpPool::bind(const DhcpClientIdentity& client, Ipv4Address address, Instant now,
                    Duration duration) {
  SIM_CHECK(may_have(client, address, now));
  DhcpLease& lease = take(client, address);
  lease.state = LeaseState::bound;
  lease.expires = duration == Duration::max() ? Instant::never() : now + duration;
}

// Makes the address the client's only one, and its earlier owner forget it.
DhcpLease& DhcpPool::take(const DhcpClientIdentity& client, Ipv4Address address) {
  const auto other = by_client_.find(client.key);
  if (other != by_client_.end() && other->second != address) leases_.erase(other->second);
  DhcpLease& lease = leases_[address];
  const auto earlier = by_client_.find(lease.client.key);
  if (earlier != by_client_.end() && earlier->second == address) by_client_.erase(earlier);
  lease.address = address;
  lease.client = client;
  by_client_[client.key] = address;
  return lease;
}

void DhcpPool::withdraw(const Bytes& key) {
  const auto found = by_client_.find(key);
  if (found == by_client_.end()) return;
  DhcpLease& lease = leases_.at(found->second);
  if (lease.state == LeaseState::offered) lease.state = LeaseState::released;
}

DhcpLease* DhcpPool::held_by(const Bytes& key, Ipv4Address address, Instant now) {
  const auto found = by_client_.find(key);
  if (found == by_client_.end() || found->second != address) return nullptr;
  DhcpLease& lease = leases_.at(address);
  return is_held(lease, now) ? &lease : nullptr;
}

bool DhcpPool::release(const Bytes& key, Ipv4Address address, Instant now) {
  DhcpLease* lease = held_by(key, address, now);
  if (lease == nullptr) return false;
  lease->state = LeaseState::released;
  lease->expires = now;
  return true;
}

bool DhcpPool::decline(const Bytes& key, Ipv4Address address, Instant now) {
  DhcpLease* lease = held_by(key, address, now);
  if (lease == nullptr) return false;
  lease->state = LeaseState::declined;
  lease->expires = now + options_.decline_hold;
  by_client_.erase(key);
  return true;
}

const DhcpLease* DhcpPool::find(const Bytes& key) const {
  const auto found = by_client_.find(key);
  return found == by_client_.end() ? nullptr : &leases_.at(found->second);
}

const DhcpLease* DhcpPool::find(Ipv4Address address) const {
  const auto found = leases_.find(address);
  return found == leases_.end() ? nullptr : &found->second;
}

std::vector<DhcpLease> DhcpPool::leases(Instant now) const {
  std::vector<DhcpLease> list;
  for (const auto& [address, lease] : leases_) {
    list.push_back(lease);
    DhcpLease& copy = list.back();
    if (copy.state != LeaseState::released && copy.expires <= now) copy.state = LeaseState::expired;
  }
  return list;
}

}  // namespace natsim
