#include "sim/service/dns_server.h"

#include <algorithm>

#include "sim/base/check.h"

namespace natsim {
namespace {

constexpr std::size_t kPendingMax = 1000;

bool is_address(const DnsRecord& record) {
  return record.type == DnsType::a || record.type == DnsType::aaaa;
}

}  // namespace

DnsServer::DnsServer(DnsServerOptions options, std::vector<std::unique_ptr<UdpPorts>> ports,
                     Prng rng)
    : options_(std::move(options)) {
  SIM_CHECK(ports.size() == options_.views.size());
  views_.reserve(options_.views.size());  // resolvers point into them
  for (std::size_t i = 0; i < options_.views.size(); ++i) {
    View& view = views_.emplace_back();
    view.options = std::move(options_.views[i]);
    if (view.options.recursive)
      view.resolver = std::make_unique<DnsResolver>(view.options.resolver, &view.options.zones,
                                                    std::move(ports[i]), Prng(rng.next()));
  }
}

DnsServer::View* DnsServer::view_for(IpAddress client) {
  for (View& view : views_) {
    const auto& clients = view.options.clients;
    if (clients.empty() || std::any_of(clients.begin(), clients.end(), [&](const Prefix& prefix) {
          return prefix.contains(client);
        }))
      return &view;
  }
  return nullptr;
}

void DnsServer::on_datagram(const Datagram& datagram, Instant now, Outbox& out) {
  if (datagram.destination.port != kDnsPort) {
    for (View& view : views_)
      if (view.resolver) view.resolver->on_datagram(datagram, now, out);
    return settle(out);
  }
  on_query(datagram.payload, {datagram.source, datagram.destination}, now, out);
  settle(out);
}

void DnsServer::on_query(ByteSpan message, const Asker& asker, Instant now, Outbox& out) {
  auto query = DnsMessage::parse(message);
  const bool response = message.size() >= kDnsHeaderBytes && (message[2] & 0x80) != 0;
  if (message.size() < kDnsHeaderBytes || response) return streams_.answer(asker.stream, {});
  if (!query.ok() || query->questions.size() != 1) {  // DNS-22: empty sections
    DnsMessage heading;
    heading.id = load_be16(message.data());
    heading.opcode = message[2] >> 3 & 0xf;
    heading.recursion_desired = (message[2] & 1) != 0;
    return send(dns_answer_to(heading, DnsRcode::format_error), heading, asker, out);
  }
  ++queries_;
  answer(*query, asker, now, out);
}

void DnsServer::answer(const DnsMessage& query, const Asker& asker, Instant now, Outbox& out) {
  const auto say = [&](DnsMessage answer) { send(std::move(answer), query, asker, out); };
  if (query.opcode != 0) return say(dns_answer_to(query, DnsRcode::not_implemented));
  View* const view = view_for(asker.client.address);
  if (view == nullptr || query.questions.front().klass != kDnsClassIn)
    return say(dns_answer_to(query, DnsRcode::refused));
  DnsMessage answer = dns_answer_to(query, DnsRcode::no_error);
  answer.recursion_available = view->options.recursive;
  const bool recursive = view->options.recursive && query.recursion_desired;
  if (answer_from_zones(*view, query, answer) || !recursive) return say(std::move(answer));
  // A client that repeats itself is heard once.
  for (const auto& [number, pending] : pending_)
    if (asker.stream == 0 && pending.asker.stream == 0 && pending.asker.client == asker.client &&
        pending.query.id == query.id && pending.query.questions == query.questions)
      return;
  if (pending_.size() >= kPendingMax) {
    answer = dns_answer_to(query, DnsRcode::server_failure);
    return say(std::move(answer));
  }
  pending_[next_pending_] = {query, asker};
  view->resolver->start(next_pending_++, query.questions.front(), now, out);
}

bool DnsServer::answer_from_zones(View& view, const DnsMessage& query, DnsMessage& answer) {
  DnsName name = query.questions.front().name;
  switch (view.options.zones.answer(name, query.questions.front().type, answer)) {
    case DnsZones::Outcome::complete: return answer.authoritative = true;
    case DnsZones::Outcome::elsewhere: answer.authoritative = true; return false;
    case DnsZones::Outcome::delegated: return false;  // DNS-11: AA is 0
    case DnsZones::Outcome::foreign: break;
  }
  answer.rcode = DnsRcode::refused;  // DNS-13, unless the resolver finds more
  return false;
}

// What the resolvers have found goes to those who asked.
void DnsServer::settle(Outbox& out) {
  for (View& view : views_) {
    if (!view.resolver) continue;
    for (DnsResolution& found : view.resolver->take_finished()) {
      const auto at = pending_.find(found.tag);
      SIM_CHECK(at != pending_.end());
      const Pending pending = std::move(at->second);
      pending_.erase(at);
      DnsMessage answer = dns_answer_to(pending.query, found.rcode);
      answer.recursion_available = true;
      answer.answers = std::move(found.answers);
      answer.authority = std::move(found.authority);
      send(std::move(answer), pending.query, pending.asker, out);
    }
  }
}

// RFC 1794 3: the addresses behind the aliases take turns.
void DnsServer::rotate(std::vector<DnsRecord>& records) {
  const auto first = std::find_if(records.begin(), records.end(), is_address);
  const auto count = std::size_t(records.end() - first);
  if (count < 2 || !std::all_of(first, records.end(), is_address)) return;
  std::rotate(first, first + std::ptrdiff_t(rotation_++ % count), records.end());
}

void DnsServer::send(DnsMessage answer, const DnsMessage& query, const Asker& asker, Outbox& out) {
  std::size_t bytes_max = asker.stream != 0 ? kDnsBytesMax : kDnsUdpBytesMax;
  if (query.edns) {
    answer.edns = DnsEdns{options_.udp_bytes_max, 0};
    if (asker.stream == 0)
      bytes_max = std::clamp<std::size_t>(query.edns->udp_bytes_max, kDnsUdpBytesMax,
                                          options_.udp_bytes_max);
  }
  if (options_.round_robin) rotate(answer.answers);
  Bytes by_stream;
  DatagramOut* const datagram = asker.stream == 0 ? &out.add_datagram() : nullptr;
  Bytes& message = datagram != nullptr ? datagram->payload : by_stream;
  if (!answer.emit_if_it_fits(message) || message.size() > bytes_max) {
    answer.answers.clear();
    answer.authority.clear();
    answer.additional.clear();
    answer.truncated = true;
    message.clear();
    answer.emit(message);
  }
  if (datagram == nullptr) return streams_.answer(asker.stream, message);
  datagram->source = asker.local;
  datagram->destination = asker.client;
}

void DnsServer::on_send_error(const Tuple& sent, const IcmpError& error, Instant now, Outbox& out) {
  for (View& view : views_)
    if (view.resolver) view.resolver->on_send_error(sent, error, now, out);
  settle(out);
}

Instant DnsServer::next_deadline() const {
  Instant next = streams_.ready();
  for (const View& view : views_)
    if (view.resolver) next = std::min(next, view.resolver->next_deadline());
  return next;
}

void DnsServer::on_deadline(Instant now, Outbox& out) {
  for (const DnsStreams::Query& query : streams_.take())
    on_query(query.message, {query.client, query.local, query.stream}, now, out);
  for (View& view : views_)
    if (view.resolver) view.resolver->on_deadline(now, out);
  settle(out);
}

}  // namespace natsim
