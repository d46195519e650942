#include "sim/node/name_lookups.h"

#include "sim/node/ip_node.h"

namespace natsim {

DnsQuestion address_question(const std::string& domain) {
  return {DnsName::parse(domain).value_or(DnsName())};
}

std::string lookup_failure(const DnsResolution& found) {
  const std::string why = found.timed_out                     ? "no answer"
                          : found.rcode == DnsRcode::no_error ? "NODATA"
                                                              : to_string(found.rcode);
  return found.question.name.to_string() + ": " + why;
}

std::optional<Ipv4Address> first_address(const DnsResolution& found) {
  for (const DnsRecord& record : found.answers)
    if (record.type == DnsType::a) return std::get<IpAddress>(record.data).v4();
  return std::nullopt;
}

void NameLookups::start(const DnsQuestion& question, DnsTransport transport, NameOwner owner,
                        const Sockets& sockets, std::vector<IpAddress> nameservers, Outbox& out) {
  std::string search;
  for (std::uint32_t i = 0; i < node_.stack().interface_count(); ++i) {
    const DhcpClient* const dhcp = sockets.dhcp_client({i});
    if (dhcp == nullptr || dhcp->configuration() == nullptr) continue;
    const LeasedConfiguration& lease = *dhcp->configuration();
    nameservers.insert(nameservers.end(), lease.dns.begin(), lease.dns.end());
    if (search.empty()) search = lease.domain;
  }
  client_.configure(std::move(nameservers), std::move(search));
  waiting_[next_] = owner;
  client_.start(next_++, question, node_.lane().simulator.now(), out, transport);
}

void NameLookups::settle(Outbox& out) {
  const Instant now = node_.lane().simulator.now();
  for (DnsResolution& found : client_.take_finished(now, out)) {
    const auto waiting = waiting_.find(found.tag);
    const NameOwner owner = waiting->second;
    waiting_.erase(waiting);
    if (owner.listener != nullptr)
      owner.listener->on_name({owner.tag, node_.id(), now, std::move(found)});
  }
}

}  // namespace natsim
