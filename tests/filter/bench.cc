#include "tests/filter/bench.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "sim/wire/ethernet.h"
#include "sim/wire/ipv4.h"

namespace natsim::test {

namespace {

std::vector<InterfaceInfo> interfaces() {
  return {{"in0", {*Prefix::parse("10.0.0.1/24")}},
          {"out0", {*Prefix::parse("203.0.113.1/24"), *Prefix::parse("203.0.113.2/24")}},
          {"dmz0", {*Prefix::parse("172.16.5.1/24")}}};
}

/// What arrives comes in an Ethernet frame: 02:00:00:00:00:0I to the router.
constexpr std::uint8_t kFrameHeader[kEthernetHeaderBytes] = {2, 0, 0, 0, 0, 0x99, 2,
                                                             0, 0, 0, 0, 7, 8,    0};

}  // namespace

Bench::Bench(Ruleset ruleset, NetfilterOptions options, std::uint64_t seed) {
  for (const Problem& problem : check(ruleset)) ADD_FAILURE() << problem.message;
  filter_ = std::make_unique<Netfilter>(std::move(ruleset), interfaces(), Prng(seed), options);
}

IfIndex Bench::route(Ipv4Address destination) const {
  if (Prefix::parse("10.0.0.0/24")->contains(destination)) return kIn0;
  if (Prefix::parse("172.16.5.0/24")->contains(destination)) return kDmz0;
  return kOut0;
}

bool Bench::is_own(Ipv4Address address) const {
  for (const InterfaceInfo& interface : interfaces())
    for (const Prefix& own : interface.addresses)
      if (own.address == IpAddress(address)) return true;
  return address.is_loopback();
}

std::string Bench::seen(const std::string& where, const Traversal& packet) {
  last_.assign(packet.ip, packet.ip + packet.ip_size);
  EXPECT_TRUE(packet.state == ConnectionState::invalid || checksums_ok(last_)) << tuple_of(last_);
  return where + " " + tuple_of(last_) + " " + to_string(packet.state);
}

std::string Bench::refused(const Verdict& verdict) {
  const RuleLabel* rule = verdict.reason.rule;
  const std::string by =
      rule == nullptr ? "" : " " + (rule->name == "policy" ? rule->chain : rule->name);
  if (verdict.action == Action::reject)
    return "rejected" + by + " " + to_string(verdict.reject_with);
  return std::string("dropped ") + to_string(verdict.reason.cause) + by;
}

std::string Bench::arrive(IfIndex in, const Bytes& packet) { return run(in, packet, nullptr); }
std::string Bench::send(const Bytes& packet) { return run(kNoInterface, packet, nullptr); }

std::string Bench::answer(const Bytes& packet) {
  const Packet cause_packet = std::move(packet_);
  const std::unique_ptr<Traversal> cause = std::move(traversal_);
  return run(kNoInterface, packet, cause.get());
}

std::string Bench::run(IfIndex in, const Bytes& bytes, Traversal* cause) {
  traversal_.reset();
  packet_ = pool_->copy(bytes);
  traversal_ = std::make_unique<Traversal>(packet_, packet_.data(), std::uint32_t(packet_.size()));
  Traversal& t = *traversal_;
  steps_.clear();
  if (watched_) t.steps = &steps_;
  t.in = in;
  if (in != kNoInterface) t.link_header = kFrameHeader;
  if (cause != nullptr) filter_->attach(t, *cause);

  const auto passes = [&](Hook hook) {
    return !filter_->active(hook) || filter_->run(hook, t, now_);
  };
  if (in == kNoInterface) {
    t.out = route(t.destination);
    if (!passes(Hook::output)) return refused(t.verdict);
    t.out = is_own(t.destination) ? kNoInterface : route(t.destination);
    return leave(t);
  }
  if (!passes(Hook::prerouting)) return refused(t.verdict);
  if (is_own(t.destination)) {
    if (!passes(Hook::input)) return refused(t.verdict);
    return seen("local", t);
  }
  t.out = route(t.destination);
  MutableIpv4View ip(t.ip, t.ip_size);
  ip.set_ttl(std::uint8_t(ip.ttl() - 1));
  if (!passes(Hook::forward)) return refused(t.verdict);
  return leave(t);
}

std::string Bench::leave(Traversal& packet) {
  if (filter_->active(Hook::postrouting) && !filter_->run(Hook::postrouting, packet, now_))
    return refused(packet.verdict);
  static const char* const kNames[] = {"in0", "out0", "dmz0"};
  return seen(packet.out == kNoInterface ? "lo" : kNames[packet.out.value], packet);
}

std::uint16_t Bench::last_source_port() const {
  const bool is_icmp = last_[9] == std::uint8_t(Protocol::icmp);
  return load_be16(last_.data() + kIpv4HeaderBytes + (is_icmp ? 4 : 0));
}

std::vector<std::string> Bench::connections(bool tuples) const {
  std::vector<std::string> lines;
  for (const Connection* c : filter_->connections(now_)) {
    std::string line = filter_->listing(*c, now_);
    line = line.substr(0, line.find(" mark="));
    if (!tuples) {
      const std::string flags = std::string(c->has(kSeenReply) ? "" : " [UNREPLIED]") +
                                (c->has(kAssured) ? " [ASSURED]" : "");
      line = line.substr(0, line.find(" src=")) + flags;
    }
    lines.push_back(line);
  }
  return lines;
}

std::uint64_t Bench::hits(const std::string& name) const {
  std::uint64_t packets = 0;
  for (const RuleReport& report : filter_->rule_report())
    if (report.label->name == name) packets += report.counters.packets;
  return packets;
}

Row inside(Bytes packet, std::string outcome) {
  return {Row::Deed::from_inside, std::move(packet), std::move(outcome)};
}
Row outside(Bytes packet, std::string outcome) {
  return {Row::Deed::from_outside, std::move(packet), std::move(outcome)};
}
Row dmz(Bytes packet, std::string outcome) {
  return {Row::Deed::from_dmz, std::move(packet), std::move(outcome)};
}
Row own(Bytes packet, std::string outcome) {
  return {Row::Deed::own, std::move(packet), std::move(outcome)};
}
Row wait(Duration time) { return {Row::Deed::wait, {}, "", time}; }

void play(Bench& bench, const std::vector<Row>& rows) {
  std::string story;
  for (const Row& row : rows) {
    std::string outcome;
    switch (row.deed) {
      case Row::Deed::from_inside: outcome = bench.arrive(kIn0, row.packet); break;
      case Row::Deed::from_outside: outcome = bench.arrive(kOut0, row.packet); break;
      case Row::Deed::from_dmz: outcome = bench.arrive(kDmz0, row.packet); break;
      case Row::Deed::own: outcome = bench.send(row.packet); break;
      case Row::Deed::wait:
        bench.wait(row.time);
        story += "  … " + std::to_string(row.time.ns() / 1'000'000) + " ms\n";
        continue;
    }
    story += "  " + tuple_of(row.packet) + "  ⇒  " + outcome + "\n";
    ASSERT_EQ(outcome, row.outcome) << story;
  }
}

Rules& Rules::add(Table table, const std::string& chain, Rule rule) {
  rule.label.table = to_string(table);
  rule.label.chain = chain;
  ruleset_.table(table).chain(chain).rules.push_back(std::move(rule));
  return *this;
}

Rules& Rules::policy(const std::string& chain, bool accept) {
  ruleset_.table(Table::filter).chain(chain).accept = accept;
  return *this;
}

Rules& Rules::idle_nat() {
  Rule idle = rule("idle", MasqueradeTarget{});
  idle.out.patterns = {"nowhere"};
  return add(Table::nat, "POSTROUTING", idle);
}

Rule rule(std::string name, Target target) {
  Rule made;
  made.label.name = std::move(name);
  made.target = std::move(target);
  return made;
}

Rule masquerade(const std::string& out) {
  Rule made = rule("masquerade", MasqueradeTarget{});
  made.out.patterns = {out};
  return made;
}

Rule snat(const std::string& out, const char* first, const char* last) {
  SnatTarget target;
  target.range.addresses = {*Ipv4Address::parse(first),
                            *Ipv4Address::parse(last != nullptr ? last : first)};
  Rule made = rule("snat", target);
  made.out.patterns = {out};
  return made;
}

Rule dnat(const char* destination, Protocol protocol, std::uint16_t port, const char* to) {
  const std::string text = to;
  const std::size_t colon = text.find(':');
  const Ipv4Address address = *Ipv4Address::parse(text.substr(0, colon));
  DnatTarget target;
  target.range.addresses = {address, address};
  if (colon != std::string::npos) {
    const auto to_port = std::uint16_t(std::stoi(text.substr(colon + 1)));
    target.range.ports = {to_port, to_port};
  }
  Rule made = rule("dnat", target);
  made.destination.prefix = *Prefix::parse(destination);
  made.protocol.protocol = protocol;
  made.destination_port.ports = {port, port};
  return made;
}

Rules home_router() {
  Rules rules;
  rules.add(Table::nat, "POSTROUTING", masquerade("out0"));
  return rules;
}

Rules counting_states(Rules rules) {
  struct State {
    const char* name;
    StateMask bit;
  };
  for (const char* chain : {"INPUT", "FORWARD"})
    for (const State& state : {State{"NEW", kStateNew}, State{"ESTABLISHED", kStateEstablished},
                               State{"RELATED", kStateRelated}, State{"INVALID", kStateInvalid},
                               State{"UNTRACKED", kStateUntracked}}) {
      Rule counting = rule(state.name, ContinueTarget{});
      counting.state.states = state.bit;
      rules.add(Table::filter, chain, counting);
    }
  return rules;
}

}  // namespace natsim::test
