#include "src/report/visit_words.h"

#include <type_traits>

#include <fmt/format.h>

#include "src/report/text.h"

namespace natsim {
namespace {

template <class... Makers>
struct Overloaded : Makers... {
  using Makers::operator()...;
};
template <class... Makers>
Overloaded(Makers...) -> Overloaded<Makers...>;

std::string in_parentheses(const std::string& place) {
  return place.empty() ? place : fmt::format(" ({})", place);
}

std::string named(const RuleLabel& rule, const SourceMap& sources) {
  return rule_name(rule) + in_parentheses(short_place(sources, rule.place));
}

// ICMP has identifiers where others have ports; they are worth a word only if they change.
std::string translation(const Endpoint& before, const Endpoint& after, Protocol protocol) {
  if (protocol == Protocol::tcp || protocol == Protocol::udp)
    return fmt::format("{} → {}", before.to_string(), after.to_string());
  if (before.port == after.port)
    return fmt::format("{} → {}", before.address.to_string(), after.address.to_string());
  return fmt::format("{} id {} → {} id {}", before.address.to_string(), before.port,
                     after.address.to_string(), after.port);
}

void add_translation(Phrases& phrases, const TranslateStep& step, const SourceMap& sources) {
  const std::string place =
      step.rule == nullptr ? "" : in_parentheses(short_place(sources, step.rule->place));
  const auto add = [&](const char* half, const Endpoint& before, const Endpoint& after) {
    if (before == after) return;
    const std::string change = translation(before, after, step.before.protocol);
    phrases.push_back({fmt::format("NAT {} {}{}", half, change, place), Ink::yellow});
  };
  add("source", step.before.source, step.after.source);
  add("destination", step.before.destination, step.after.destination);
}

/// The rule or policy that let the packet through is news only for what starts something.
bool starts_something(const Visit& visit) {
  for (const Step& step : visit.steps)
    if (const auto* conntrack = std::get_if<ConntrackStep>(&step))
      return conntrack->state == ConnectionState::new_ ||
             conntrack->state == ConnectionState::related;
  return true;
}

bool is_news(const VerdictStep& step) {
  if (!step.accepted || step.rule == nullptr || step.rule->table != "filter") return false;
  return step.hook != Hook::output || step.rule->name != "policy";
}

Phrase end_of(const Visit& visit, const SourceMap& sources) {
  const auto because = [&](const char* verb) {
    if (visit.reason.rule != nullptr)
      return fmt::format("{} {}", verb, named(*visit.reason.rule, sources));
    return fmt::format("{}: {}", verb, describe(visit.reason.cause));
  };
  switch (visit.outcome) {
    case Outcome::delivered: return {"delivered", Ink::green};
    case Outcome::dropped:
      if (is_bystander(visit)) return {because("ignored"), Ink::dim};
      return {because("DROP"), Ink::red};
    case Outcome::rejected: return {because("REJECT"), Ink::red};
    case Outcome::queued: return {"waits for its other fragments", Ink::dim};
    case Outcome::sent:
    case Outcome::forwarded: break;
  }
  return {};
}

std::string route_words(const RouteStep& step, const SourceMap& sources, const NodeNames& node) {
  const std::string to = step.prefix.length == 0 ? std::string("default") : step.prefix.to_string();
  const std::string dev =
      step.out.value < node.interfaces.size() ? node.interfaces[step.out.value] : "-";
  return fmt::format("route {} via {} on {}{}", to, step.next_hop.to_string(), dev,
                     in_parentheses(short_place(sources, step.place)));
}

std::string neighbor_words(const NeighborStep& step) {
  const std::string hop = step.next_hop.to_string();
  switch (step.result) {
    case NeighborStep::Result::known: return fmt::format("{} is at {}", hop, step.mac.to_string());
    case NeighborStep::Result::queued: return fmt::format("waits until {} says its MAC", hop);
    case NeighborStep::Result::failed: break;
  }
  return fmt::format("{} does not answer ARP", hop);
}

std::string switch_words(const SwitchStep& step) {
  std::string text = step.flooded ? "flooded" : "to the port of its MAC";
  if (step.vlan != 0) text += fmt::format(" in VLAN {}", step.vlan);
  return step.learned ? text + ", source learned" : text;
}

std::string rule_words(const RuleStep& step, const SourceMap& sources) {
  const std::string rule = step.rule == nullptr ? "?" : named(*step.rule, sources);
  if (step.matched) return fmt::format("{}: rule {} matches", to_string(step.hook), rule);
  return fmt::format("{}: rule {} no match{}", to_string(step.hook), rule,
                     step.failed_match == nullptr ? "" : fmt::format(": {}", step.failed_match));
}

/// The kernel's line, without the space that it ends in.
Phrase logged(const LogStep& step) {
  std::string line = printable(step.line);
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return {std::move(line), Ink::cyan};
}

std::string verdict_words(const VerdictStep& step, const SourceMap& sources) {
  const std::string rule = step.rule == nullptr ? "?" : named(*step.rule, sources);
  const std::string table =
      step.rule == nullptr || step.rule->table == "filter" ? "" : step.rule->table + " ";
  return fmt::format("{}{}: {} {}", table, to_string(step.hook),
                     step.accepted ? "ACCEPT" : "refused by", rule);
}

std::string fragment_words(const FragmentStep& step) {
  return step.fragments == 0 ? std::string("put together from its fragments")
                             : fmt::format("cut into {} fragments", step.fragments);
}

}  // namespace

std::string chain_words(const std::string& chain) {
  for (const char* base : {"PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"}) {
    if (chain != base) continue;
    std::string lower = chain;
    for (char& c : lower) c = char(c - 'A' + 'a');
    return lower;
  }
  return chain;
}

std::string rule_name(const RuleLabel& rule) {
  if (rule.name == "policy") return "policy " + chain_words(rule.chain);
  return printable(rule.name);
}

Phrases story_of(const Visit& visit, const SourceMap& sources) {
  Phrases phrases;
  const bool starts = starts_something(visit);
  for (const Step& step : visit.steps) {
    if (const auto* translate = std::get_if<TranslateStep>(&step)) {
      add_translation(phrases, *translate, sources);
    } else if (const auto* log = std::get_if<LogStep>(&step)) {
      phrases.push_back(logged(*log));
    } else if (const auto* verdict = std::get_if<VerdictStep>(&step)) {
      if (starts && is_news(*verdict))
        phrases.push_back({"ACCEPT " + named(*verdict->rule, sources), Ink::green});
    } else if (const auto* fragments = std::get_if<FragmentStep>(&step)) {
      phrases.push_back({fragment_words(*fragments), Ink::plain});
    }
  }
  if (Phrase end = end_of(visit, sources); !end.text.empty()) phrases.push_back(std::move(end));
  return phrases;
}

Phrases steps_of(const Visit& visit, const SourceMap& sources, const NodeNames& node) {
  Phrases phrases;
  const auto dim = [&](std::string text) { phrases.push_back({std::move(text), Ink::dim}); };
  for (const Step& step : visit.steps) {
    std::visit(
        Overloaded{
            [&](const TableStep&) {},
            [&](const RuleStep& s) { dim(rule_words(s, sources)); },
            [&](const VerdictStep& s) {
              phrases.push_back({verdict_words(s, sources), s.accepted ? Ink::green : Ink::red});
            },
            [&](const LogStep& s) { phrases.push_back(logged(s)); },
            [&](const ConntrackStep& s) {
              dim(fmt::format("conntrack: {}{}", to_string(s.state), s.reply ? ", a reply" : ""));
            },
            [&](const TranslateStep& s) { add_translation(phrases, s, sources); },
            [&](const RouteStep& s) { dim(route_words(s, sources, node)); },
            [&](const NeighborStep& s) { dim(neighbor_words(s)); },
            [&](const SwitchStep& s) { dim(switch_words(s)); },
            [&](const FragmentStep& s) { dim(fragment_words(s)); },
        },
        step);
  }
  if (Phrase end = end_of(visit, sources); !end.text.empty()) phrases.push_back(std::move(end));
  return phrases;
}

std::string remark_on(const Visit& visit, const SourceMap& sources) {
  Phrases phrases;
  for (const Step& step : visit.steps) {
    if (const auto* translate = std::get_if<TranslateStep>(&step))
      add_translation(phrases, *translate, sources);
    else if (const auto* log = std::get_if<LogStep>(&step))
      phrases.push_back(logged(*log));
  }
  const bool refused = visit.outcome == Outcome::dropped || visit.outcome == Outcome::rejected;
  if (refused && !is_bystander(visit)) phrases.push_back(end_of(visit, sources));
  std::string remark;
  for (const Phrase& phrase : phrases) remark += (remark.empty() ? "" : "; ") + phrase.text;
  return remark;
}

bool is_bystander(const Visit& visit) {
  if (visit.outcome != Outcome::dropped) return false;
  switch (visit.reason.cause) {
    case Cause::not_for_this_mac:
    case Cause::ignored:
    case Cause::same_port:
    case Cause::no_member:
    case Cause::port_closed: return true;  // of a broadcast: otherwise it is a rejection
    default: return false;
  }
}

}  // namespace natsim
