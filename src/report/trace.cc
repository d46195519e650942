#include "src/report/trace.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "sim/filter/rule.h"
#include "sim/wire/summary.h"
#include "sim/wire/tcp.h"
#include "src/report/packet_text.h"
#include "src/report/results.h"
#include "src/report/rule_rows.h"
#include "src/report/trace_places.h"
#include "src/report/visit_words.h"

namespace natsim {
namespace {

const char* explain(ConnectionState state) {
  switch (state) {
    case ConnectionState::new_: return "NEW: it opens a connection";
    case ConnectionState::established: return "ESTABLISHED: of a connection that is known";
    case ConnectionState::related: return "RELATED: about a connection that is known";
    case ConnectionState::invalid: return "INVALID: of no connection, and it cannot open one";
    case ConnectionState::untracked: return "UNTRACKED: a rule said not to look";
  }
  return "?";
}

std::string flag_words(TcpFlags flags) {
  std::string words;
  constexpr std::pair<TcpFlags, const char*> kNames[] = {
      {kTcpSyn, "SYN"}, {kTcpFin, "FIN"}, {kTcpRst, "RST"}, {kTcpPsh, "PSH"}, {kTcpAck, "ACK"}};
  for (const auto& [flag, name] : kNames)
    if (flags & flag) words += (words.empty() ? "" : "+") + std::string(name);
  return words.empty() ? "no flags" : words;
}

std::string change_words(const TranslateStep& step) {
  const bool has_ports = step.before.protocol == Protocol::tcp ||
                         step.before.protocol == Protocol::udp ||
                         step.before.source.port != step.after.source.port;
  const auto end = [&](const Endpoint& e) {
    return has_ports ? e.to_string() : e.address.to_string();
  };
  std::string text;
  if (step.before.source != step.after.source)
    text = fmt::format("source {} becomes {}", end(step.before.source), end(step.after.source));
  if (step.before.destination == step.after.destination) return text;
  if (!text.empty()) text += ", ";
  return text + fmt::format("destination {} becomes {}", end(step.before.destination),
                            end(step.after.destination));
}

/// Makes a hop's stages of a visit's steps.
class HopMaker {
 public:
  HopMaker(const Visit& visit, const Places& places, const NetworkNames& names)
      : visit_(visit), places_(places), names_(names), node_(names.at(visit.node.value)) {}

  TraceHop make() {
    hop_.node = node_.role == NodeRole::lan && node_.name.starts_with("lan:") ? node_.name.substr(4)
                                                                              : node_.name;
    hop_.role = node_.role;
    hop_.in = interface_name(names_, visit_.node, visit_.in);
    hop_.out = interface_name(names_, visit_.node, visit_.out);
    hop_.when = visit_.when;
    hop_.outcome = visit_.outcome;
    hop_.packet = brief_packet_text(full_packet_text(visit_));
    describe_packet();
    if (visit_.in != kNoInterface && !is_bridge()) begin("in", "by " + hop_.in, in_place());
    for (const Step& step : visit_.steps) std::visit([this](const auto& s) { add(s); }, step);
    end();
    return std::move(hop_);
  }

 private:
  bool is_bridge() const { return node_.role == NodeRole::switch_ || node_.role == NodeRole::lan; }
  TraceStage& begin(std::string name, std::string decision = {}, Place place = {}) {
    hop_.stages.emplace_back();
    TraceStage& stage = hop_.stages.back();
    stage.name = std::move(name);
    stage.decision = std::move(decision);
    stage.place = place;
    return stage;
  }
  Place in_place() const { return places_.interface(visit_.node, visit_.in); }
  void describe_packet() {
    ByteSpan packet = visit_.before;
    if (visit_.link_layer) {
      const auto content = content_of(packet);
      if (!content.ok() || content->type != EtherType::ipv4) return;
      packet = content->payload;
    }
    const auto ip = Ipv4View::checked(packet);
    if (!ip.ok() || ip->fragment_offset() != 0) return;  // later fragments have no ports
    hop_.tuple = flow_of(*ip).tuple;
    const auto add = [&](const std::string& more) {
      hop_.details += (hop_.details.empty() ? "" : ", ") + more;
    };
    if (hop_.tuple->protocol == Protocol::tcp) {
      if (const auto segment = TcpView::checked(ip->payload()); segment.ok())
        add(flag_words(segment->flags()));
    } else if (hop_.tuple->protocol == Protocol::icmp) {
      const auto colon = hop_.packet.find(": ICMP ");
      const std::string words = hop_.packet.substr(colon == std::string::npos ? 0 : colon + 7);
      add(words.substr(0, std::min(words.find(", id"), words.find(", quoting"))));
    } else {
      add(fmt::format("{} bytes", ip->payload().size()));
    }
    add(fmt::format("ttl {}", ip->ttl()));
  }

  void add(const TableStep& step) {
    TraceStage* stage = table_stage(step.hook, step.table);
    if (stage == nullptr || !stage->decision.empty())
      stage = &begin(fmt::format("{} {}", step.table, to_string(step.hook)));
    if (!stage->packet) stage->packet = step.packet;
    seen_ = step.packet;
  }
  void add(const RuleStep& step) {
    if (hop_.stages.empty() || step.rule == nullptr) return;
    AskedRule rule{
        rule_name(*step.rule), step.rule->place, step.matched, false, came_near(step), {}, {}};
    if (step.body != nullptr) rule.action = action_words(step.body->target);
    if (!step.matched) rule.account = account_of(step, seen_, node_);
    // A native rule may be several of netfilter's: the nearest speaks for all of them.
    std::vector<AskedRule>& rules = hop_.stages.back().rules;
    if (!rules.empty() && rules.back().name == rule.name && rules.back().place == rule.place &&
        !rules.back().matched) {
      if (!rule.matched && rules.back().near && !rule.near) return;
      rules.pop_back();
    }
    rules.push_back(std::move(rule));
  }
  void add(const VerdictStep& step) {
    if (hop_.stages.empty() || step.rule == nullptr) return;
    TraceStage& stage = hop_.stages.back();
    const bool policy = step.rule->name == "policy";
    stage.place = step.rule->place;
    stage.ink = step.accepted ? Ink::green : Ink::red;
    // The last one that matched may have been one that goes on: a LOG, a jump.
    const std::string name = rule_name(*step.rule);
    if (stage.rules.empty() || !stage.rules.back().matched || stage.rules.back().name != name ||
        stage.rules.back().place != step.rule->place)
      stage.rules.push_back({rule_name(*step.rule),
                             step.rule->place,
                             true,
                             true,
                             false,
                             step.accepted ? "accept" : "drop",
                             {}});
    stage.rules.back().decided = true;
    const char* const verb = step.accepted                         ? "ACCEPT"
                             : visit_.outcome == Outcome::rejected ? "REJECT"
                                                                   : "DROP";
    const bool nothing = policy && step.accepted && step.rule->table == "nat";
    stage.decision =
        nothing ? "stays as it is" : fmt::format("{} by {}", verb, rule_name(*step.rule));
    if (nothing) stage.ink = Ink::plain;
  }
  void add(const LogStep& step) {
    if (hop_.stages.empty() || hop_.stages.back().rules.empty()) return;
    hop_.stages.back().rules.back().action = "logs " + step.line;
  }
  void add(const ConntrackStep& step) {
    begin("conntrack",
          std::string(explain(step.state)) + (step.reply ? ", in its reply direction" : ""));
  }
  void add(const TranslateStep& step) {
    TraceStage* stage = table_stage(step.hook, "nat");
    if (stage == nullptr) stage = &begin(fmt::format("nat {}", to_string(step.hook)));
    const std::string by = step.rule != nullptr && step.rule->place.known()
                               ? " by " + rule_name(*step.rule)
                               : ", as its connection's first packet had it";
    stage->decision = change_words(step) + (stage->rules.empty() ? by : "");
    stage->ink = Ink::yellow;
    if (step.rule != nullptr) stage->place = step.rule->place;
    seen_.tuple = step.after;
  }
  void add(const RouteStep& step) {
    const std::string out = interface_name(names_, visit_.node, step.out);
    const bool on_link = step.prefix.length > 0 && step.prefix.contains(step.next_hop) &&
                         !places_.is_route(step.place);
    const std::string to = step.prefix.length == 0 ? "default" : step.prefix.to_string();
    begin("route",
          on_link ? fmt::format("{} is on {}", to, out)
                  : fmt::format("{} via {}, out of {}", to, step.next_hop.to_string(), out),
          step.place);
  }
  void add(const NeighborStep& step) {
    const std::string hop = step.next_hop.to_string();
    switch (step.result) {
      case NeighborStep::Result::known:
        begin("ARP", fmt::format("{} is at {}", hop, step.mac.to_string()));
        return;
      case NeighborStep::Result::queued:
        begin("ARP",
              fmt::format("nobody has said yet where {} is: asks, and the packet waits", hop));
        return;
      case NeighborStep::Result::failed:
        begin("ARP", fmt::format("{} does not answer", hop)).ink = Ink::red;
        return;
    }
  }
  void add(const SwitchStep& step) {
    std::string text =
        step.flooded ? "floods to all ports" : "to the port of the destination's MAC";
    if (step.flooded && step.vlan != 0) text += fmt::format(" of VLAN {}", step.vlan);
    if (!step.flooded && step.vlan != 0) text = fmt::format("VLAN {}: {}", step.vlan, text);
    begin(node_.role == NodeRole::lan ? "LAN" : "switch", text, in_place());
  }
  void add(const FragmentStep& step) {
    begin("fragments", step.fragments == 0 ? std::string("put together from its fragments")
                                           : fmt::format("cut into {} fragments", step.fragments));
  }

  TraceStage* table_stage(Hook hook, std::string_view table) {
    if (hop_.stages.empty()) return nullptr;
    TraceStage& last = hop_.stages.back();
    return last.name == fmt::format("{} {}", table, to_string(hook)) ? &last : nullptr;
  }

  void end() {
    switch (visit_.outcome) {
      case Outcome::delivered:
        begin("delivered", "this is its destination").ink = Ink::green;
        return;
      case Outcome::queued: begin("fragments", "waits for the others"); return;
      case Outcome::sent:
      case Outcome::forwarded: return;
      case Outcome::dropped:
      case Outcome::rejected: break;
    }
    const bool filter = visit_.reason.cause == Cause::rule || visit_.reason.cause == Cause::policy;
    if (filter && !hop_.stages.empty() && !hop_.stages.back().rules.empty()) return;
    const bool dropped = visit_.outcome == Outcome::dropped;
    begin(dropped ? "dropped" : "rejected", describe(visit_.reason.cause),
          visit_.reason.rule == nullptr ? Place() : visit_.reason.rule->place)
        .ink = Ink::red;
  }

  const Visit& visit_;
  const Places& places_;
  const NetworkNames& names_;
  const NodeNames& node_;
  TraceHop hop_;
  SeenPacket seen_;
};

std::vector<TraceHop> hops_of(const std::vector<Visit>& way, const Places& places,
                              const NetworkNames& names) {
  std::vector<TraceHop> hops;
  for (const Visit& visit : way) hops.push_back(HopMaker(visit, places, names).make());
  return hops;
}

/// A sentence: "dropped at router by policy forward: no rule accepts it".
std::string verdict_of(const Trace& trace, const Fate& fate) {
  if (trace.there.empty()) return "not sent: an end of it has no address, or no route leads there";
  if (trace.delivered) return "delivered at " + trace.at;
  if (trace.at.empty()) return "lost: nothing more was heard of it";
  std::string text = trace.on_the_way_back ? "the answer was " : "";
  const bool no_route = fate.result == spec::ExpectedResult::no_route;
  text += fmt::format("{} at {}", no_route ? "no route" : trace.result, trace.at);
  if (fate.reason.rule != nullptr) text += " by " + rule_name(*fate.reason.rule);
  if (fate.reason.cause == Cause::policy) return text + ": no rule of the chain lets it through";
  if (fate.reason.rule != nullptr) return text;
  if (fate.reason.cause != Cause::none) text += fmt::format(": {}", describe(fate.reason.cause));
  return text;
}

}  // namespace

Trace trace_of(const Judgement& judgement, const spec::Topology& topology,
               const NetworkNames& names) {
  const Places places(topology, names);
  Trace trace;
  trace.name = topology.name;
  trace.question = question_words(*judgement.item);
  trace.sent = judgement.sent;
  trace.there = hops_of(judgement.way.there, places, names);
  trace.back = hops_of(judgement.way.back, places, names);
  if (!judgement.way.there.empty()) {
    const Visit& born = judgement.way.there.front();
    const auto ip = Ipv4View::checked(born.before);
    if (!born.link_layer && ip.ok()) trace.first = flow_of(*ip).tuple;
  }
  const Fate fate = judgement.fate.value_or(Fate());
  trace.delivered = fate.result == spec::ExpectedResult::delivered;
  trace.result = to_string(fate.result);
  const bool ended = trace.delivered || fate.reason.cause != Cause::none ||
                     fate.result == spec::ExpectedResult::no_route;
  if (ended) trace.at = node_name(names, fate.node);
  trace.cause = fate.reason.cause == Cause::none ? "" : to_string(fate.reason.cause);
  if (fate.reason.rule != nullptr) {
    trace.by = rule_name(*fate.reason.rule);
    trace.place = fate.reason.rule->place;
  }
  const auto delivery = [](const std::vector<Visit>& way) -> std::optional<Instant> {
    if (way.empty() || way.back().outcome != Outcome::delivered) return std::nullopt;
    return way.back().when;
  };
  trace.arrived = delivery(judgement.way.there);
  trace.answered = delivery(judgement.way.back);
  trace.on_the_way_back = fate.on_the_way_back;
  trace.verdict = verdict_of(trace, fate);
  return trace;
}

}  // namespace natsim
