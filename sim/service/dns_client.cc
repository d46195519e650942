#include "sim/service/dns_client.h"

namespace natsim {
namespace {

DnsResolverOptions stub_options() {
  DnsResolverOptions options;
  options.timeout = options.stream_timeout = DnsClient::kTimeout;
  options.tries = DnsClient::kTries;
  options.cache = false;
  options.local_reverse = false;
  return options;
}

}  // namespace

DnsClient::DnsClient(std::unique_ptr<UdpPorts> ports, Prng rng)
    : resolver_(stub_options(), nullptr, std::move(ports), rng) {}

void DnsClient::configure(std::vector<IpAddress> nameservers, std::string search) {
  if (nameservers.size() > kServersMax) nameservers.resize(kServersMax);
  resolver_.set_forward(std::move(nameservers));
  search_ = search.empty() ? std::nullopt : DnsName::parse(search);
}

void DnsClient::start(std::uint64_t tag, const DnsQuestion& question, Instant now, Outbox& out,
                      DnsTransport transport) {
  DnsQuestion asked = question;
  if (search_ && question.name.labels() == 1) {
    if (const auto longer = question.name.under(*search_)) {
      searching_[tag] = {question, transport};
      asked.name = *longer;
    }
  }
  resolver_.start(tag, asked, now, out, transport);
}

std::vector<DnsResolution> DnsClient::take_finished(Instant now, Outbox& out) {
  std::vector<DnsResolution> finished = resolver_.take_finished();
  std::erase_if(finished, [&](const DnsResolution& found) {
    const auto plain = searching_.find(found.tag);
    if (plain == searching_.end()) return false;
    const Searching as_it_is = plain->second;
    searching_.erase(plain);
    if (found.rcode != DnsRcode::name_error) return false;
    resolver_.start(found.tag, as_it_is.question, now, out, as_it_is.transport);
    return true;
  });
  return finished;
}

}  // namespace natsim
