#include "sim/service/dns_resolver.h"

#include <algorithm>

namespace natsim {
namespace {

constexpr std::size_t kTasksMax = 1000;
constexpr int kStepsMax = 48;  // aliases and referrals on the way to one answer
constexpr int kDepthMax = 4;   // servers whose servers' addresses are not known either

std::vector<DnsRecord> soa_of(const DnsMessage& message) {
  for (const DnsRecord& record : message.authority)
    if (record.type == DnsType::soa) return {record};
  return {};
}

DnsRecord empty_zone_soa(const DnsName& zone) {
  return {zone, DnsType::soa, 3600, DnsSoa{zone, zone}};
}

void append(std::vector<DnsRecord>& to, const std::vector<DnsRecord>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

}  // namespace

void DnsResolver::start(std::uint64_t tag, const DnsQuestion& question, Instant now, Outbox& out,
                        DnsTransport transport) {
  Task task{tag, 0, question, question.name};
  task.transport = transport;
  add(std::move(task), now, out);
}

void DnsResolver::add(Task task, Instant now, Outbox& out) {
  const auto at = tasks_.emplace(next_task_++, std::move(task)).first;
  if (tasks_.size() > kTasksMax) return finish(at, DnsRcode::server_failure, {}, now, out);
  advance(at, now, out);
}

// --- what is known ------------------------------------------------------------------------------

void DnsResolver::advance(Tasks::iterator at, Instant now, Outbox& out) {
  at->second.nameless = 0;
  while (true) {
    if (++at->second.steps > kStepsMax) return finish(at, DnsRcode::server_failure, {}, now, out);
    bool settled = false;
    const bool moved = settle_from_own(at, now, out, settled) ||
                       (!settled && settle_from_cache(at, now, out, settled));
    if (settled) return;
    if (!moved) return choose_servers(at, now, out);
  }
}

// True: an alias leads on to another name.
bool DnsResolver::settle_from_own(Tasks::iterator at, Instant now, Outbox& out, bool& settled) {
  Task& task = at->second;
  DnsMessage found;
  auto outcome = DnsZones::Outcome::foreign;
  if (own_ != nullptr) outcome = own_->answer(task.name, task.question.type, found);
  append(task.answers, found.answers);
  if (outcome == DnsZones::Outcome::elsewhere) return true;
  if (outcome == DnsZones::Outcome::complete) {
    settled = true;
    finish(at, found.rcode, std::move(found.authority), now, out);
  } else if (outcome == DnsZones::Outcome::delegated) {
    task.zone = {};
    learn_referral(task, found, now);
  } else if (const DnsName* const zone = local_reverse_zone(task.name);
             zone != nullptr && options_.local_reverse) {
    settled = true;
    finish(at, DnsRcode::name_error, {empty_zone_soa(*zone)}, now, out);
  }
  return false;
}

bool DnsResolver::settle_from_cache(Tasks::iterator at, Instant now, Outbox& out, bool& settled) {
  Task& task = at->second;
  if (!options_.cache || task.question.type == DnsType::any) return false;
  if (const auto entry = cache_.find(task.name, task.question.type, now)) {
    append(task.answers, entry->records);
    std::vector<DnsRecord> authority;
    if (entry->soa) authority.push_back(*entry->soa);
    settled = true;
    finish(at, entry->rcode, std::move(authority), now, out);
    return false;
  }
  const auto alias = cache_.find(task.name, DnsType::cname, now);
  if (!alias || alias->records.empty()) return false;
  append(task.answers, alias->records);
  task.name = std::get<DnsName>(alias->records.front().data);
  return true;
}

// --- whom to ask --------------------------------------------------------------------------------

void DnsResolver::choose_servers(Tasks::iterator at, Instant now, Outbox& out) {
  Task& task = at->second;
  task.asked = 0;
  task.zone = {};
  const auto delegation = forwards() ? std::nullopt : cache_.delegation_for(task.name, now);
  if (!delegation) {
    task.servers = forwards() ? options_.forward : options_.roots;
    return ask(at, now, out);
  }
  task.zone = delegation->zone;
  task.servers = delegation->addresses;
  if (!task.servers.empty()) return ask(at, now, out);
  find_server_address(at, *delegation, now, out);
}

// The delegation came without glue: its servers' names are questions of their own.
void DnsResolver::find_server_address(Tasks::iterator at, const DnsCache::Delegation& delegation,
                                      Instant now, Outbox& out) {
  Task& task = at->second;
  std::size_t& next = task.nameless;
  while (next < delegation.names.size() && delegation.names[next].is_within(delegation.zone))
    ++next;
  if (next >= delegation.names.size() || task.depth >= kDepthMax)
    return finish(at, DnsRcode::server_failure, {}, now, out);
  const DnsName& server = delegation.names[next++];
  Task child{task.tag, at->first, {server}, server};
  child.depth = task.depth + 1;
  child.steps = task.steps;
  child.transport = task.transport;
  add(std::move(child), now, out);
}

void DnsResolver::ask(Tasks::iterator at, Instant now, Outbox& out) {
  Task& task = at->second;
  stop_query(at);
  if (task.asked >= task.servers.size() * std::size_t(options_.tries))
    return finish(at, task.failure, {}, now, out);
  task.server = task.servers[task.asked++ % task.servers.size()];
  if (task.transport == DnsTransport::tcp) return ask_by_stream(at, now, out);
  const Endpoint remote{task.server, kDnsPort};
  const auto port = ports_->open(remote);
  if (!port) return finish(at, DnsRcode::server_failure, {}, now, out);
  task.port = *port;
  task.id = std::uint16_t(rng_.next());
  task.deadline = now + options_.timeout;
  by_port_[task.port] = at->first;
  deadlines_.emplace(task.deadline, at->first);

  DatagramOut& datagram = out.add_datagram();
  datagram.source.port = task.port;
  datagram.destination = remote;
  query_of(task).emit(datagram.payload);
}

void DnsResolver::ask_by_stream(Tasks::iterator at, Instant now, Outbox& out) {
  Task& task = at->second;
  task.id = std::uint16_t(rng_.next());
  task.stream = next_stream_++;
  by_stream_[task.stream] = at->first;
  Bytes query;
  query_of(task).emit(query);
  DnsStreamListener& listener = *this;
  out.act(OpenStream{{task.server, kDnsPort},
                     std::make_unique<DnsStreamClient>(
                         std::move(query), now + options_.stream_timeout, listener, task.stream)});
}

DnsMessage DnsResolver::query_of(const Task& task) const {
  DnsMessage query;
  query.id = task.id;
  query.recursion_desired = forwards();
  query.questions = {{task.name, task.question.type, task.question.klass}};
  query.edns = DnsEdns{};
  return query;
}

void DnsResolver::stop_query(Tasks::iterator at) {
  Task& task = at->second;
  by_stream_.erase(std::exchange(task.stream, 0));
  if (task.port == 0) return;
  ports_->close(task.port);
  by_port_.erase(task.port);
  deadlines_.erase({task.deadline, at->first});
  task.port = 0;
}

// --- what comes back ----------------------------------------------------------------------------

void DnsResolver::on_datagram(const Datagram& datagram, Instant now, Outbox& out) {
  const auto asked = by_port_.find(datagram.destination.port);
  if (asked == by_port_.end()) return;
  const auto at = tasks_.find(asked->second);
  Task& task = at->second;
  if (datagram.source != Endpoint{task.server, kDnsPort}) return;
  auto message = DnsMessage::parse(datagram.payload);
  if (!answers(task, message)) return;
  stop_query(at);
  task.heard = true;
  if (message->truncated) return ask_by_stream(at, now, out);
  on_answer(at, std::move(message).value(), now, out);
}

bool DnsResolver::answers(const Task& task, const Result<DnsMessage>& message) const {
  const DnsQuestion question{task.name, task.question.type, task.question.klass};
  return message.ok() && message->response && message->id == task.id &&
         message->questions == std::vector{question};
}

void DnsResolver::on_dns_stream(std::uint64_t stream, std::optional<Bytes> message, Instant now) {
  if (by_stream_.contains(stream)) arrived_.push_back({stream, std::move(message), now});
}

void DnsResolver::on_arrived(Arrived arrived, Instant now, Outbox& out) {
  const auto asked = by_stream_.find(arrived.stream);
  if (asked == by_stream_.end()) return;
  const auto at = tasks_.find(asked->second);
  stop_query(at);
  if (!arrived.message) return ask(at, now, out);
  auto message = DnsMessage::parse(*arrived.message);
  if (!answers(at->second, message)) return ask(at, now, out);
  at->second.heard = true;
  on_answer(at, std::move(message).value(), now, out);
}

void DnsResolver::on_send_error(const Tuple& sent, const IcmpError& error, Instant now,
                                Outbox& out) {
  const auto asked = by_port_.find(sent.source.port);
  if (asked == by_port_.end() || result_of(error) == ProbeResult::pending) return;
  const auto at = tasks_.find(asked->second);
  if (at->second.server == sent.destination.address) ask(at, now, out);
}

void DnsResolver::on_deadline(Instant now, Outbox& out) {
  for (Arrived& arrived : std::exchange(arrived_, {})) on_arrived(std::move(arrived), now, out);
  while (!deadlines_.empty() && deadlines_.begin()->first <= now)
    ask(tasks_.find(deadlines_.begin()->second), now, out);
}

void DnsResolver::on_answer(Tasks::iterator at, DnsMessage message, Instant now, Outbox& out) {
  Task& task = at->second;
  const bool usable = message.rcode == DnsRcode::no_error || message.rcode == DnsRcode::name_error;
  if (!usable || message.truncated) {
    task.failure = usable ? DnsRcode::server_failure : message.rcode;
    return ask(at, now, out);
  }
  // A zone's server is believed about its zone only.
  std::erase_if(message.answers,
                [&](const DnsRecord& record) { return !record.name.is_within(task.zone); });
  const DnsType type = task.question.type;
  const auto of = [&message](const DnsName& name, DnsType wanted) {
    std::vector<DnsRecord> found;
    for (const DnsRecord& record : message.answers)
      if ((record.type == wanted || wanted == DnsType::any) && record.name == name)
        found.push_back(record);
    return found;
  };
  bool moved = false;
  auto records = of(task.name, type);
  while (records.empty()) {
    const auto alias = of(task.name, DnsType::cname);
    if (alias.empty()) break;
    if (++task.steps > kStepsMax) return finish(at, DnsRcode::server_failure, {}, now, out);
    if (options_.cache) cache_.add(task.name, DnsType::cname, alias, now);
    append(task.answers, alias);
    task.name = std::get<DnsName>(alias.front().data);
    moved = true;
    records = of(task.name, type);
  }
  if (!records.empty()) {
    if (options_.cache && type != DnsType::any) cache_.add(task.name, type, records, now);
    append(task.answers, records);
    return finish(at, DnsRcode::no_error, {}, now, out);
  }
  auto soa = soa_of(message);
  if (message.rcode == DnsRcode::name_error || !soa.empty() || forwards()) {
    const auto held = soa.empty() ? std::nullopt : std::optional(soa.front());
    if (options_.cache) cache_.add_negative(task.name, type, message.rcode, held, now);
    return finish(at, message.rcode, std::move(soa), now, out);
  }
  if (moved || learn_referral(task, message, now)) return advance(at, now, out);
  ask(at, now, out);  // it does not know, and nobody who does
}

// RFC 1034 4.2.1: only servers of a zone further down, on the way to the name.
bool DnsResolver::learn_referral(const Task& task, const DnsMessage& message, Instant now) {
  DnsCache::Delegation delegation;
  std::uint32_t ttl = 0;
  for (const DnsRecord& record : message.authority) {
    if (record.type != DnsType::ns || !task.name.is_within(record.name)) continue;
    if (delegation.names.empty()) delegation.zone = record.name, ttl = record.ttl_s;
    if (record.name == delegation.zone) delegation.names.push_back(std::get<DnsName>(record.data));
  }
  if (delegation.names.empty() || delegation.zone == task.zone ||
      !delegation.zone.is_within(task.zone))
    return false;
  for (const DnsRecord& glue : message.additional) {
    const auto& names = delegation.names;
    if (glue.type == DnsType::a && glue.name.is_within(task.zone) &&
        std::find(names.begin(), names.end(), glue.name) != names.end())
      delegation.addresses.push_back(std::get<IpAddress>(glue.data));
  }
  cache_.add_delegation(std::move(delegation), ttl, now);
  return true;
}

void DnsResolver::finish(Tasks::iterator at, DnsRcode rcode, std::vector<DnsRecord> authority,
                         Instant now, Outbox& out) {
  stop_query(at);
  Task task = std::move(at->second);
  tasks_.erase(at);
  if (task.parent == 0) {
    finished_.push_back({task.tag, task.question, rcode, !task.heard && task.asked > 0,
                         std::move(task.answers), std::move(authority)});
    return;
  }
  const auto parent = tasks_.find(task.parent);
  parent->second.steps = std::max(parent->second.steps, task.steps);
  parent->second.servers.clear();
  for (const DnsRecord& record : task.answers)
    if (record.type == DnsType::a)
      parent->second.servers.push_back(std::get<IpAddress>(record.data));
  if (!parent->second.servers.empty()) return ask(parent, now, out);
  choose_servers(parent, now, out);
}

}  // namespace natsim
