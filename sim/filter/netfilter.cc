#include "sim/filter/netfilter.h"

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>

#include "sim/filter/conntrack.h"
#include "sim/filter/listing.h"
#include "sim/filter/nat.h"
#include "sim/filter/rule_walker.h"
#include "sim/wire/ipv4.h"

namespace natsim {

namespace {

constexpr Hook kHooks[] = {Hook::prerouting, Hook::input, Hook::forward, Hook::output,
                           Hook::postrouting};

constexpr bool tracks_at(Hook hook) { return hook == Hook::prerouting || hook == Hook::output; }
constexpr bool confirms_at(Hook hook) { return hook == Hook::input || hook == Hook::postrouting; }

/// A ruleset and what was made of it. Stays where it is: reasons point at its labels.
struct LoadedRules {
  LoadedRules(Ruleset rules, const InterfaceTable& interfaces)
      : ruleset(std::move(rules)), program(ruleset, interfaces) {}
  const Ruleset ruleset;
  RuleProgram program;
};

}  // namespace

struct Netfilter::Parts {
  Parts(Ruleset ruleset, std::vector<InterfaceInfo> the_interfaces, Prng rng,
        const NetfilterOptions& options)
      : interfaces(std::move(the_interfaces)),
        conntrack(options),
        nat(conntrack, interfaces, Prng(rng.next())),
        memory(Prng(rng.next())),
        epoch_s(options.epoch_s) {
    load(std::move(ruleset));
  }

  void load(Ruleset ruleset) {
    loaded.push_back(std::make_unique<LoadedRules>(std::move(ruleset), interfaces));
    memory.reset(program().memories());
    walker.emplace(
        RuleSurroundings{program(), interfaces, conntrack, nat, memory, epoch_s, log, path_mtus});
  }
  RuleProgram& program() { return loaded.back()->program; }

  bool translate(Hook hook, Traversal& packet, Instant now);
  bool rewrite(Hook hook, Traversal& packet);
  bool confirm(Traversal& packet, Instant now);

  alignas(64) std::optional<RuleWalker> walker;  // through the rules loaded last
  InterfaceTable interfaces;
  alignas(64) Conntrack conntrack;
  Nat nat;
  MatchMemory memory;
  const std::int64_t epoch_s;
  LogSink* log = nullptr;
  const PathMtuSource* path_mtus = nullptr;
  std::vector<std::unique_ptr<LoadedRules>> loaded;  // the last one counts
};

namespace {

[[gnu::cold]] bool drop(Traversal& packet, Cause cause, const RuleLabel* rule = nullptr) {
  return refused(packet, {Action::drop, {}, {cause, rule}});
}

}  // namespace

/// nat's place in a hook: decides if it is the connection's first packet, and rewrites.
bool Netfilter::Parts::translate(Hook hook, Traversal& packet, Instant now) {
  if (packet.connection == nullptr) return true;
  if (nat.undecided(hook, packet)) [[unlikely]] {
    if (!walker->walk(Table::nat, hook, packet, now)) return false;
    if (nat.undecided(hook, packet)) nat.decide_none(hook, packet, now);
  } else if (nat.moved(hook, packet)) {
    conntrack.kill(packet);
    return drop(packet, Cause::nat_moved);
  }
  return rewrite(hook, packet);
}

bool Netfilter::Parts::rewrite(Hook hook, Traversal& packet) {
  if (packet.steps == nullptr) [[likely]]
    return nat.translate(hook, packet) || drop(packet, Cause::not_translatable);
  const Tuple before = packet.tuple();
  if (!nat.translate(hook, packet)) return drop(packet, Cause::not_translatable);
  const Tuple after = packet.tuple();
  if (before != after) packet.steps->push_back(TranslateStep{hook, before, after, packet.nat_rule});
  return true;
}

bool Netfilter::Parts::confirm(Traversal& packet, Instant now) {
  if (conntrack.confirm(packet, now)) [[likely]]
    return true;
  const bool translated = packet.connection->status & kNatMask;
  return drop(packet, translated ? Cause::nat_exhausted : Cause::conntrack_clash, packet.nat_rule);
}

Netfilter::Netfilter(Ruleset ruleset, std::vector<InterfaceInfo> interfaces, Prng rng,
                     NetfilterOptions options)
    : parts_(std::make_unique<Parts>(std::move(ruleset), std::move(interfaces), rng, options)) {
  wire_up();
}

Netfilter::~Netfilter() = default;

/// Which hooks have anything to do, and in each of them which tables.
void Netfilter::wire_up() {
  const RuleProgram& program = parts_->program();
  tracking_ = program.tracks();
  active_hooks_ = 0;
  for (const Hook hook : kHooks) {
    std::uint8_t& stages = stages_[int(hook)];
    stages = 0;
    for (const Table table : {Table::raw, Table::mangle, Table::filter})
      if (program.entry(table, hook).first != RuleProgram::kNone) stages |= stage(table);
    if (tracking_ && tracks_at(hook)) stages |= kTrack;
    if (tracking_ && confirms_at(hook)) stages |= kConfirm;
    if (program.translates() && hook != Hook::forward) stages |= stage(Table::nat);
    if (stages != 0) active_hooks_ |= std::uint8_t(1u << int(hook));
  }
}

template <Hook kHook>
bool Netfilter::run(Traversal& packet, Instant now) {
  const std::uint8_t stages = stages_[int(kHook)];
  Parts& p = *parts_;
  const auto walk = [&](Table table) { return p.walker->walk(table, kHook, packet, now); };
  if (tracks_at(kHook)) {
    if ((stages & stage(Table::raw)) && !walk(Table::raw)) return false;
    if (stages & kTrack) {
      if (!p.conntrack.track(packet, kHook, now)) return drop(packet, Cause::conntrack_full);
      if (packet.steps != nullptr) [[unlikely]]
        packet.steps->push_back(ConntrackStep{packet.state, packet.reply});
    }
  }
  if ((stages & stage(Table::mangle)) && !walk(Table::mangle)) return false;
  if (tracks_at(kHook) && (stages & stage(Table::nat)) && !p.translate(kHook, packet, now))
    return false;
  if ((stages & stage(Table::filter)) && !walk(Table::filter)) return false;
  if (!confirms_at(kHook)) return true;
  if ((stages & stage(Table::nat)) && !p.translate(kHook, packet, now)) return false;
  return !(stages & kConfirm) || p.confirm(packet, now);
}

template bool Netfilter::run<Hook::prerouting>(Traversal&, Instant);
template bool Netfilter::run<Hook::input>(Traversal&, Instant);
template bool Netfilter::run<Hook::forward>(Traversal&, Instant);
template bool Netfilter::run<Hook::output>(Traversal&, Instant);
template bool Netfilter::run<Hook::postrouting>(Traversal&, Instant);

bool Netfilter::run(Hook hook, Traversal& packet, Instant now) {
  switch (hook) {
    case Hook::prerouting: return run<Hook::prerouting>(packet, now);
    case Hook::input: return run<Hook::input>(packet, now);
    case Hook::forward: return run<Hook::forward>(packet, now);
    case Hook::output: return run<Hook::output>(packet, now);
    case Hook::postrouting: return run<Hook::postrouting>(packet, now);
  }
  return true;
}

void Netfilter::attach(Traversal& made, Traversal& cause) { parts_->conntrack.attach(made, cause); }

void Netfilter::prefetch(ByteSpan ip_packet) const {
  if (!tracking_ || ip_packet.size() < kIpv4HeaderBytes + 8) return;
  const Ipv4View ip(ip_packet.data(), ip_packet.size());
  if (ip.protocol() != Protocol::tcp && ip.protocol() != Protocol::udp) return;
  if (ip.header_bytes() != kIpv4HeaderBytes) return;
  const std::uint8_t* ports = ip_packet.data() + kIpv4HeaderBytes;
  parts_->conntrack.table().prefetch(
      {ip.source(), ip.destination(), load_be16(ports), load_be16(ports + 2), ip.protocol(), {}});
}

void Netfilter::replace_rules(Ruleset ruleset) {
  parts_->load(std::move(ruleset));
  wire_up();
}

void Netfilter::set_addresses(IfIndex interface, std::vector<Prefix> addresses, Instant now) {
  ConnectionTable& table = parts_->conntrack.table();
  table.for_each(now, [&](Connection& c) {
    const IpAddress mapped = c.reply().destination;
    const bool stays = std::any_of(addresses.begin(), addresses.end(),
                                   [&](const Prefix& p) { return p.address == mapped; });
    if (c.masquerade_out == interface && !stays) table.remove(c);
  });
  parts_->interfaces.set_addresses(interface, std::move(addresses));
}

void Netfilter::interface_down(IfIndex interface, Instant now) {
  ConnectionTable& table = parts_->conntrack.table();
  table.for_each(now, [&](Connection& c) {
    if (c.masquerade_out == interface) table.remove(c);
  });
}

void Netfilter::flush_connections() { parts_->conntrack.table().clear(); }

void Netfilter::set_path_mtus(const PathMtuSource* source) { parts_->path_mtus = source; }

void Netfilter::set_log_sink(LogSink* sink) { parts_->log = sink; }

std::vector<RuleReport> Netfilter::rule_report() const {
  const RuleProgram& program = parts_->loaded.back()->program;
  std::vector<RuleReport> report;
  report.reserve(program.report_order().size());
  for (const std::uint32_t at : program.report_order())
    report.push_back({&program.label(at), program.counters(at)});
  return report;
}

const Ruleset& Netfilter::ruleset() const { return parts_->loaded.back()->ruleset; }

std::vector<const Connection*> Netfilter::connections(Instant now) const {
  std::vector<const Connection*> all;
  parts_->conntrack.table().for_each(now, [&](const Connection& c) { all.push_back(&c); });
  const auto order = [](const Connection* c) {
    const FlowKeyV4& key = c->original();
    return std::tuple(key.protocol, key.source, key.source_port, key.destination,
                      key.destination_port);
  };
  std::sort(all.begin(), all.end(),
            [&](const Connection* a, const Connection* b) { return order(a) < order(b); });
  return all;
}

std::size_t Netfilter::connection_count(Instant now) const {
  std::size_t count = 0;
  parts_->conntrack.table().for_each(now, [&](const Connection&) { ++count; });
  return count;
}

std::string Netfilter::listing(const Connection& connection, Instant now) const {
  return listing_line(connection, now);
}

std::size_t Netfilter::connection_memory_bytes() const { return parts_->conntrack.memory_bytes(); }

}  // namespace natsim
