// How chains are walked: first match, jumps, policies, counters; and what is told about it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/filter/bench.h"

namespace natsim::test {
namespace {

Rule count(const char* name) { return rule(name, ContinueTarget{}); }

Rule with_port(Rule rule, std::uint16_t port) {
  rule.protocol.protocol = Protocol::udp;
  rule.destination_port.ports = {port, port};
  return rule;
}

std::string to_port(Bench& bench, std::uint16_t port) {
  return bench.arrive(kIn0, udp(kC, 1, kS, port));
}

constexpr const char* kPassed = "out0 udp 10.0.0.2:1 → 203.0.113.10:80 INVALID";

// FW-M01, FW-M05
TEST(Chains, TheFirstDecidingMatchWins) {
  Bench bench(Rules()
                  .add(Table::filter, "FORWARD", count("counted"))
                  .add(Table::filter, "FORWARD", with_port(rule("yes", AcceptTarget{}), 80))
                  .add(Table::filter, "FORWARD", rule("no", DropTarget{}))
                  .add(Table::filter, "FORWARD", count("never")));
  EXPECT_EQ(to_port(bench, 80), kPassed);
  EXPECT_EQ(to_port(bench, 81), "dropped rule no");
  EXPECT_EQ(bench.hits("counted"), 2u);
  EXPECT_EQ(bench.hits("yes"), 1u);
  EXPECT_EQ(bench.hits("no"), 1u);
  EXPECT_EQ(bench.hits("never"), 0u);
}

// FW-M01
TEST(Chains, AUserChainReturnsToItsCaller) {
  Bench bench(Rules()
                  .add(Table::filter, "FORWARD", rule("jump", JumpTarget{"A"}))
                  .add(Table::filter, "FORWARD", count("after"))
                  .add(Table::filter, "A", with_port(rule("return", ReturnTarget{}), 80))
                  .add(Table::filter, "A", count("in A")));
  to_port(bench, 80);
  EXPECT_EQ(bench.hits("after"), 1u);
  EXPECT_EQ(bench.hits("in A"), 0u);
  to_port(bench, 81);
  EXPECT_EQ(bench.hits("after"), 2u);
  EXPECT_EQ(bench.hits("in A"), 1u);
}

// FW-M03
TEST(Chains, AGotoReturnsToTheLastJump) {
  Bench bench(Rules()
                  .add(Table::filter, "FORWARD", rule("jump", JumpTarget{"A"}))
                  .add(Table::filter, "FORWARD", count("after jump"))
                  .add(Table::filter, "A", rule("goto", GotoTarget{"B"}))
                  .add(Table::filter, "A", count("after goto"))
                  .add(Table::filter, "B", count("in B")));
  to_port(bench, 80);
  EXPECT_EQ(bench.hits("in B"), 1u);
  EXPECT_EQ(bench.hits("after goto"), 0u);
  EXPECT_EQ(bench.hits("after jump"), 1u);
}

// FW-M02, FW-M03
TEST(Chains, ReturnOrGotoInABaseChainEndInItsPolicy) {
  for (const Target& target : {Target(ReturnTarget{}), Target(GotoTarget{"A"})}) {
    Bench bench(Rules()
                    .policy("FORWARD", false)
                    .add(Table::filter, "FORWARD", rule("leave", target))
                    .add(Table::filter, "FORWARD", rule("never", AcceptTarget{}))
                    .add(Table::filter, "A", count("in A")));
    EXPECT_EQ(to_port(bench, 80), "dropped policy FORWARD");
  }
}

// FW-H11
TEST(Chains, AcceptEndsOneTableAndDropAll) {
  Rules rules;
  rules.add(Table::raw, "PREROUTING", rule("raw", AcceptTarget{}));
  rules.add(Table::mangle, "FORWARD", rule("mangle", AcceptTarget{}));
  rules.add(Table::filter, "FORWARD", rule("filter", DropTarget{}));
  Bench accepted_twice(rules);
  EXPECT_EQ(to_port(accepted_twice, 80), "dropped rule filter");
  Rules other;
  other.add(Table::mangle, "FORWARD", rule("mangle", DropTarget{}));
  other.add(Table::filter, "FORWARD", rule("filter", AcceptTarget{}));
  Bench dropped(other);
  EXPECT_EQ(to_port(dropped, 80), "dropped rule mangle");
  EXPECT_EQ(dropped.hits("filter"), 0u);
}

// FW-H01, FW-H02, FW-H03, FW-H06
TEST(Hooks, EachPacketSeesTheChainsOfItsWay) {
  Rules rules;
  const auto everywhere = [&](Table table, std::vector<const char*> chains) {
    for (const char* chain : chains)
      rules.add(table, chain, rule(std::string(to_string(table)) + " " + chain, LogTarget{}));
  };
  everywhere(Table::raw, {"PREROUTING", "OUTPUT"});
  everywhere(Table::mangle, {"PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"});
  everywhere(Table::filter, {"INPUT", "FORWARD", "OUTPUT"});
  rules.idle_nat();
  Bench bench(rules);
  struct Collector final : LogSink {
    std::vector<std::string> names;
    void on_log(const RuleLabel& label, std::string_view, Instant) override {
      names.push_back(label.name);
    }
  } log;
  bench.filter().set_log_sink(&log);
  using Names = std::vector<std::string>;
  const auto way = [&](auto run) {
    log.names.clear();
    run();
    return log.names;
  };
  EXPECT_EQ(way([&] { bench.arrive(kIn0, udp(kC, 1, kS, 2)); }),
            (Names{"raw PREROUTING", "mangle PREROUTING", "mangle FORWARD", "filter FORWARD",
                   "mangle POSTROUTING"}));
  EXPECT_EQ(way([&] { bench.arrive(kOut0, udp(kS, 1, kX, 2)); }),
            (Names{"raw PREROUTING", "mangle PREROUTING", "mangle INPUT", "filter INPUT"}));
  EXPECT_EQ(way([&] { bench.send(udp(kX, 5, kS, 6)); }),
            (Names{"raw OUTPUT", "mangle OUTPUT", "filter OUTPUT", "mangle POSTROUTING"}));
}

// FW-H06
TEST(Hooks, ForwardSeesTheLoweredTtl) {
  TtlMatch before{TtlMatch::Relation::equal, 64}, after{TtlMatch::Relation::equal, 63};
  Rule first = count("64"), second = count("63");
  first.matches.emplace_back(before);
  second.matches.emplace_back(after);
  Rules rules;
  for (const char* chain : {"PREROUTING", "FORWARD"}) {
    Rule a = first, b = second;
    a.label.name += chain;
    b.label.name += chain;
    rules.add(Table::mangle, chain, a).add(Table::mangle, chain, b);
  }
  Bench bench(rules);
  to_port(bench, 80);
  EXPECT_EQ(bench.hits("64PREROUTING"), 1u);
  EXPECT_EQ(bench.hits("63FORWARD"), 1u);
  EXPECT_EQ(bench.hits("63PREROUTING") + bench.hits("64FORWARD"), 0u);
}

TEST(Counters, CountPacketsAndOctetsFromWhereTheyStart) {
  Rule counted = count("counted");
  counted.counters = {100, 5000};
  Bench bench(Rules().policy("FORWARD", false).add(Table::filter, "FORWARD", counted));
  to_port(bench, 80);
  to_port(bench, 80);
  const auto report = bench.filter().rule_report();
  ASSERT_EQ(report.size(), 2u);
  EXPECT_EQ(report[0].label->name, "counted");
  EXPECT_EQ(report[0].counters.packets, 102u);
  EXPECT_EQ(report[0].counters.bytes, 5058u);
  EXPECT_EQ(report[1].label->name, "policy");
  EXPECT_EQ(report[1].counters.packets, 2u);
}

// FW-H10
TEST(Replacement, HoldsFromTheNextPacketAndOldReasonsStayValid) {
  Bench bench(Rules().add(Table::filter, "FORWARD", rule("old", DropTarget{})));
  PacketPool pool;
  Packet packet = pool.copy(udp(kC, 1, kS, 80));
  Traversal t(packet, packet.data(), std::uint32_t(packet.size()));
  EXPECT_FALSE(bench.filter().run(Hook::forward, t, bench.now()));
  const Verdict verdict = t.verdict;
  bench.filter().replace_rules(Rules().add(Table::filter, "FORWARD", rule("new", DropTarget{})));
  EXPECT_EQ(verdict.reason.rule->name, "old");
  EXPECT_EQ(to_port(bench, 80), "dropped rule new");
}

TEST(Rejects, CarryTheirWay) {
  for (const RejectWith how : {RejectWith::network_unreachable, RejectWith::host_unreachable,
                               RejectWith::protocol_unreachable, RejectWith::port_unreachable,
                               RejectWith::network_prohibited, RejectWith::host_prohibited,
                               RejectWith::admin_prohibited}) {
    Bench bench(Rules().add(Table::filter, "FORWARD", rule("no", RejectTarget{how})));
    EXPECT_EQ(to_port(bench, 80), std::string("rejected no ") + to_string(how));
    EXPECT_EQ(parse_reject_with(to_string(how)), how);
  }
  EXPECT_EQ(parse_reject_with("port-unreach"), RejectWith::port_unreachable);
  EXPECT_EQ(parse_reject_with("tcp-rst"), RejectWith::tcp_reset);
  EXPECT_EQ(parse_reject_with("icmp-none"), std::nullopt);
}

// --- what an observer is told
// ---------------------------------------------------------------------

std::string told(const std::vector<Step>& steps) {
  std::string text;
  for (const Step& step : steps) {
    if (std::holds_alternative<TableStep>(step)) continue;
    if (const auto* r = std::get_if<RuleStep>(&step))
      text += r->rule->name + (r->matched ? " matched" : std::string(" not: ") + r->failed_match);
    else if (const auto* v = std::get_if<VerdictStep>(&step))
      text += v->rule->name + (v->accepted ? " accepts" : " refuses");
    else if (const auto* c = std::get_if<ConntrackStep>(&step))
      text += std::string(to_string(c->state)) + (c->reply ? " reply" : "");
    else if (const auto* t = std::get_if<TranslateStep>(&step))
      text += t->before.to_string() + " becomes " + t->after.to_string() + " by " +
              (t->rule != nullptr ? t->rule->name : "its connection");
    text += "; ";
  }
  return text;
}

/// "filter sees tcp … (mark 0x1)": what each table saw, in order.
std::string seen(const std::vector<Step>& steps) {
  std::string text;
  for (const Step& step : steps) {
    const auto* table = std::get_if<TableStep>(&step);
    if (table == nullptr) continue;
    const SeenPacket& p = table->packet;
    text += fmt::format("{} {}: {}, ttl {}, mark {}; ", table->table, to_string(table->hook),
                        p.tuple.to_string(), p.ttl, p.mark);
  }
  return text;
}

TEST(Steps, ShowThePacketAsEachTableSawItAndAsItsRulesChangedIt) {
  Rules rules = home_router();
  Rule set_mark = rule("mark", MarkTarget{7});
  rules.add(Table::mangle, "FORWARD", set_mark);
  rules.add(Table::mangle, "FORWARD", rule("ttl", TtlTarget{TtlTarget::Operation::set, 9}));
  rules.add(Table::mangle, "FORWARD", count("more"));
  rules.add(Table::filter, "FORWARD", count("all"));
  Bench bench(rules);
  bench.watch();
  to_port(bench, 53);
  const std::string tuple = "udp 10.0.0.2:1 → 203.0.113.10:53";
  EXPECT_EQ(seen(bench.steps()),
            "mangle forward: " + tuple + ", ttl 63, mark 0; mangle forward: " + tuple +
                ", ttl 63, mark 7; mangle forward: " + tuple + ", ttl 9, mark 7; filter forward: " +
                tuple + ", ttl 9, mark 7; nat postrouting: " + tuple + ", ttl 9, mark 7; ");
}

TEST(Steps, PointAtTheMatchThatFailedAndCountThoseOfTheCommonPart) {
  Rules rules = home_router();
  Rule near = with_port(rule("near", AcceptTarget{}), 80);
  near.matches.emplace_back(LengthMatch{0, 65535, false});
  near.matches.emplace_back(TtlMatch{TtlMatch::Relation::equal, 3});
  Rule far = with_port(rule("far", AcceptTarget{}), 80);
  far.source.prefix = *Prefix::parse("192.0.2.0/24");
  rules.add(Table::filter, "FORWARD", near);
  rules.add(Table::filter, "FORWARD", far);
  Bench bench(rules);
  bench.watch();
  const auto told_of = [&](const char* name) {
    for (const Step& step : bench.steps())
      if (const auto* r = std::get_if<RuleStep>(&step); r != nullptr && r->rule->name == name)
        return *r;
    return RuleStep{};
  };
  to_port(bench, 80);
  EXPECT_EQ(told_of("near").failed_further, 1);  // the TTL: the length holds
  EXPECT_EQ(told_of("near").failed_count, 0);
  ASSERT_NE(told_of("near").body, nullptr);
  EXPECT_EQ(told_of("near").body->matches.size(), 2u);
  EXPECT_EQ(told_of("far").failed_count, 1);
  to_port(bench, 81);
  EXPECT_EQ(told_of("near").failed_further, -1);
  EXPECT_EQ(told_of("near").failed_count, 1);
  EXPECT_STREQ(told_of("far").failed_match, "source");
  EXPECT_EQ(told_of("far").failed_count, 2);  // the source and the port
}

TEST(Steps, TellWhatEachStageDecidedAndWhy) {
  Rules rules = home_router();
  Rule dns = with_port(rule("dns", AcceptTarget{}), 53);
  Rule far = count("far");
  far.destination.prefix = *Prefix::parse("192.0.2.0/24");
  Rule small = count("small");
  small.matches.emplace_back(LengthMatch{0, 10, false});
  Rule dmz_only = count("dmz");
  dmz_only.in.patterns = {"dmz+"};
  rules.policy("FORWARD", false);
  for (const Rule& r : {far, small, dmz_only, dns}) rules.add(Table::filter, "FORWARD", r);
  Bench bench(rules);
  bench.watch();
  to_port(bench, 53);
  EXPECT_EQ(told(bench.steps()),
            "NEW; far not: destination; small not: length; dmz not: in-interface; dns matched; "
            "dns accepts; masquerade matched; masquerade accepts; "
            "udp 10.0.0.2:1 → 203.0.113.10:53 becomes udp 203.0.113.1:1 → 203.0.113.10:53 by "
            "masquerade; ");
  to_port(bench, 54);
  EXPECT_EQ(told(bench.steps()),
            "NEW; far not: destination; small not: length; dmz not: in-interface; dns not: dport; "
            "policy refuses; ");
  bench.arrive(kOut0, udp(kS, 53, kX, 1));
  EXPECT_TRUE(told(bench.steps())
                  .starts_with("ESTABLISHED reply; udp 203.0.113.10:53 → 203.0.113.1:1 becomes "
                               "udp 203.0.113.10:53 → 10.0.0.2:1 by its connection; "))
      << told(bench.steps());
}

}  // namespace
}  // namespace natsim::test
