// Goal: however a rule set is compiled, it decides as the plain walk does: chain by chain, rule by
// rule, the first match. Method: random rule sets and packets; a failure names the fewest rules and
// packets that show it. Two references: the explained walk, which looks at every rule because it
// tells of every one, for all matches; and a walk written here, over the rules as they were given.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "sim/wire/ipv4.h"
#include "tests/filter/random_rules.h"

namespace natsim::test {
namespace {

/// A filter, the packets that it saw, and all that could be noticed of what it did with each.
class FilterRun {
 public:
  explicit FilterRun(const Ruleset& ruleset)
      : filter_(ruleset, random_rules_interfaces(), Prng::stream(1, "filter")) {}

  /// `steps`: where the explanation goes; without one, nobody watches.
  std::string decide(const Sample& sample, std::vector<Step>* steps) {
    now_ = now_ + Duration::milliseconds(1);
    Packet packet = pool_.copy(sample.packet);
    Traversal t(packet, packet.data(), std::uint32_t(packet.size()));
    t.in = sample.in;
    t.out = sample.out;
    t.state = sample.state;
    t.mark = sample.mark;
    t.steps = steps;
    filter_.run(Hook::forward, t, now_);
    const Verdict& verdict = t.verdict;
    const RuleLabel* by = verdict.reason.rule;
    return fmt::format("{} by {}, mark {}, ttl {}, tos {}", verdict_word(verdict.action),
                       by == nullptr ? "-" : by->table + " " + by->chain + " " + by->name, t.mark,
                       t.ip[8], t.ip[1]);
  }
  std::string counters() const {
    std::string text;
    for (const RuleReport& report : filter_.rule_report())
      text += fmt::format("{} {} {}, ", report.label->name, report.counters.packets,
                          report.counters.bytes);
    return text;
  }

 private:
  static const char* verdict_word(Action action) {
    return action == Action::accept ? "accepted" : action == Action::drop ? "dropped" : "rejected";
  }

  PacketPool pool_;
  Netfilter filter_;
  Instant now_;
};

/// Nobody watches, or somebody does: the same verdicts, for the same reason, the same changes to
/// the packet and the same counters.
std::string watched_or_not(const Ruleset& ruleset, const std::vector<Sample>& samples) {
  FilterRun quick(ruleset), explained(ruleset);
  std::vector<Step> steps;
  for (const Sample& sample : samples) {
    steps.clear();
    const std::string a = quick.decide(sample, nullptr), b = explained.decide(sample, &steps);
    if (a != b) return "unwatched: " + a + "\nwatched:   " + b + "\nby " + describe(sample);
  }
  const std::string a = quick.counters(), b = explained.counters();
  return a == b ? "" : "unwatched: " + a + "\nwatched:   " + b;
}

// --- the plain walk, over filter's FORWARD and what it calls ------------------------------------

class PlainWalk {
 public:
  PlainWalk(const Ruleset& ruleset, const Sample& sample)
      : table_(*ruleset.find(Table::filter)),
        sample_(sample),
        ip_(sample.packet.data(), sample.packet.size()) {}

  /// The name of the rule that decides, or "policy".
  std::string decide() {
    const Chain& forward = *table_.find("FORWARD");
    const std::string by = walk(forward);
    return by.empty() ? "policy" : by;
  }

 private:
  /// Empty: the chain's end was reached, or RETURN.
  std::string walk(const Chain& chain) {
    for (const Rule& rule : chain.rules) {
      if (!matches(rule)) continue;
      if (std::holds_alternative<ReturnTarget>(rule.target)) return "";
      if (const auto* go = std::get_if<GotoTarget>(&rule.target))
        return walk(*table_.find(go->chain));
      if (const auto* jump = std::get_if<JumpTarget>(&rule.target)) {
        const std::string by = walk(*table_.find(jump->chain));
        if (!by.empty()) return by;
      } else if (!std::holds_alternative<ContinueTarget>(rule.target)) {
        return rule.label.name;
      }
    }
    return "";
  }

  bool matches(const Rule& rule) const {
    return rule.source.prefix.contains(ip_.source()) != rule.source.negated &&
           rule.destination.prefix.contains(ip_.destination()) != rule.destination.negated &&
           holds(rule.in, sample_.in) && holds(rule.out, sample_.out) &&
           (!rule.protocol.protocol ||
            (ip_.protocol() == *rule.protocol.protocol) != rule.protocol.negated) &&
           (rule.fragment == FragmentMatch::any ||
            (rule.fragment == FragmentMatch::later_fragments) == later_fragment()) &&
           holds(rule.source_port, 0) && holds(rule.destination_port, 2) && state_holds(rule.state);
  }
  static bool holds(const InterfaceMatch& match, IfIndex interface) {
    if (match.patterns.empty()) return true;
    const auto interfaces = random_rules_interfaces();
    bool one = false;
    for (const std::string& pattern : match.patterns) {
      if (interface == kNoInterface) continue;
      const std::string& name = interfaces[interface.value].name;
      one = one || (pattern.back() == '+' ? name.starts_with(pattern.substr(0, pattern.size() - 1))
                                          : name == pattern);
    }
    return one != match.negated;
  }
  bool holds(const PortMatch& match, std::size_t at) const {
    if (!match.ports) return true;
    const bool has = ip_.protocol() == Protocol::udp || ip_.protocol() == Protocol::tcp;
    if (!has || later_fragment()) return false;
    return match.ports->contains(load_be16(sample_.packet.data() + kIpv4HeaderBytes + at)) !=
           match.negated;
  }
  bool state_holds(const StateMatch& match) const {
    static constexpr StateMask kMasks[] = {kStateUntracked, kStateInvalid, kStateNew,
                                           kStateEstablished, kStateRelated};
    return match.states == 0 || ((match.states & kMasks[int(sample_.state)]) != 0) != match.negated;
  }
  bool later_fragment() const { return ip_.fragment_offset() != 0; }

  const TableRules& table_;
  const Sample& sample_;
  Ipv4View ip_;
};

/// Only what PlainWalk knows: no further matches, and no other table.
Ruleset plainest(Ruleset ruleset) {
  std::erase_if(ruleset.tables, [](const TableRules& t) { return t.table != Table::filter; });
  for (Chain& chain : ruleset.tables.front().chains)
    for (Rule& rule : chain.rules) rule.matches.clear();
  return ruleset;
}

/// Whose rule decided is seen by what it counted.
std::string as_plainly_walked(const Ruleset& ruleset, const std::vector<Sample>& samples) {
  for (const Sample& sample : samples) {
    FilterRun run(ruleset);
    run.decide(sample, nullptr);
    const std::string by = PlainWalk(ruleset, sample).decide();
    const Chain& forward = *ruleset.find(Table::filter)->find("FORWARD");
    if (forward.rules.empty() && forward.accept) continue;  // nothing to walk, and not counted
    if (run.counters().find(by + " 1 ") == std::string::npos)
      return "plainly walked: " + by + "\ncounted:        " + run.counters() + "\nby " +
             describe(sample);
  }
  return "";
}

void try_many(Kinds kinds, std::uint32_t sets, std::uint32_t rules_max, const Trial& trial,
              Ruleset (*change)(Ruleset)) {
  for (std::uint32_t seed = 0; seed < sets; ++seed) {
    Prng chance = Prng::stream(seed, "random rules");
    const Ruleset ruleset = change(random_ruleset(chance, kinds, rules_max));
    for (const Problem& problem : check(ruleset)) FAIL() << problem.message;
    const std::vector<Sample> samples = random_samples(chance, 40);
    if (!trial(ruleset, samples).empty())
      FAIL() << "seed " << seed << "\n" << fewest(ruleset, samples, trial);
  }
}

Ruleset same(Ruleset ruleset) { return ruleset; }

TEST(RandomRules, DecideAlikeWatchedOrNot) { try_many(Kinds::all, 400, 12, watched_or_not, same); }

TEST(RandomRules, DecideAlikeWhereChainsAreLong) {
  try_many(Kinds::plain, 20, 500, watched_or_not, same);
}

TEST(RandomRules, AreDecidedByTheFirstMatch) {
  try_many(Kinds::plain, 300, 15, as_plainly_walked, plainest);
  try_many(Kinds::plain, 20, 80, as_plainly_walked, plainest);  // long enough for an index
}

// The tests above are worth what their rules are: some of each outcome, or they show nothing.
TEST(RandomRules, DecideInManyWays) {
  std::uint32_t accepted = 0, dropped = 0, rejected = 0, by_policy = 0, deep = 0;
  for (std::uint32_t seed = 0; seed < 100; ++seed) {
    Prng chance = Prng::stream(seed, "random rules");
    FilterRun run(random_ruleset(chance, Kinds::all, 12));
    for (const Sample& sample : random_samples(chance, 20)) {
      const std::string outcome = run.decide(sample, nullptr);
      accepted += outcome.starts_with("accepted");
      dropped += outcome.starts_with("dropped");
      rejected += outcome.starts_with("rejected");
      by_policy += outcome.find("policy") != std::string::npos;
      deep += outcome.find("filter C ") != std::string::npos;
    }
  }
  for (const std::uint32_t seen : {accepted, dropped, rejected, by_policy, deep})
    EXPECT_GE(seen, 20u);
}

// A failure is told with no more than it takes.
TEST(RandomRules, AreShrunkToTheFewest) {
  Prng chance = Prng::stream(7, "random rules");
  const Ruleset ruleset = random_ruleset(chance, Kinds::all, 12);
  const auto rejects = [](const Ruleset& rules, const std::vector<Sample>& samples) {
    FilterRun run(rules);
    for (const Sample& sample : samples)
      if (run.decide(sample, nullptr).starts_with("rejected")) return "it rejects one";
    return "";
  };
  const std::vector<Sample> samples = random_samples(chance, 40);
  ASSERT_STRNE(rejects(ruleset, samples), "");
  const std::string told = fewest(ruleset, samples, rejects);
  // A line for each chain, each of a few rules and one packet, and what is wrong with them.
  EXPECT_LE(std::count(told.begin(), told.end(), '\n'), 12) << told;
}

}  // namespace
}  // namespace natsim::test
