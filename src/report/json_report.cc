#include "src/report/json_report.h"

#include <nlohmann/json.hpp>

#include "src/report/packet_text.h"
#include "src/report/visit_words.h"

namespace natsim {
namespace {

using Json = nlohmann::ordered_json;

/// One line. What is no UTF-8 (a file's name can be anything) becomes replacement characters.
std::string line_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

void add_place(Json& json, const SourceMap& sources, Place place) {
  if (!place.known() || place.file >= sources.size()) return;
  json["file"] = sources.file(place.file).name;
  json["line"] = place.line;
}

Json rule_json(const RuleLabel& rule, const SourceMap& sources) {
  Json json{{"table", rule.table}, {"chain", rule.chain}, {"name", rule.name}};
  add_place(json, sources, rule.place);
  return json;
}

void add_rule(Json& json, const RuleLabel* rule, const SourceMap& sources) {
  if (rule != nullptr) json["rule"] = rule_json(*rule, sources);
}

Json tuple_json(const Tuple& tuple) {
  return {{"protocol", to_string(tuple.protocol)},
          {"source", tuple.source.to_string()},
          {"destination", tuple.destination.to_string()}};
}

/// A step as an object whose first key, "step", tells its kind.
struct StepJson {
  const SourceMap& sources;
  const NetworkNames& names;
  NodeId node;

  Json operator()(const TableStep& step) const {
    return {{"step", "table"},
            {"hook", to_string(step.hook)},
            {"table", step.table},
            {"packet", tuple_json(step.packet.tuple)}};
  }
  Json operator()(const RuleStep& step) const {
    Json json{{"step", "rule"}, {"hook", to_string(step.hook)}, {"matched", step.matched}};
    if (step.failed_match != nullptr) json["failed_match"] = step.failed_match;
    add_rule(json, step.rule, sources);
    return json;
  }
  Json operator()(const VerdictStep& step) const {
    Json json{{"step", "verdict"}, {"hook", to_string(step.hook)}, {"accepted", step.accepted}};
    add_rule(json, step.rule, sources);
    return json;
  }
  Json operator()(const LogStep& step) const {
    Json json{{"step", "log"}, {"hook", to_string(step.hook)}, {"line", step.line}};
    add_rule(json, step.rule, sources);
    return json;
  }
  Json operator()(const ConntrackStep& step) const {
    return {{"step", "conntrack"}, {"state", to_string(step.state)}, {"reply", step.reply}};
  }
  Json operator()(const TranslateStep& step) const {
    Json json{{"step", "translate"},
              {"hook", to_string(step.hook)},
              {"before", tuple_json(step.before)},
              {"after", tuple_json(step.after)}};
    add_rule(json, step.rule, sources);
    return json;
  }
  Json operator()(const RouteStep& step) const {
    Json json{{"step", "route"},
              {"prefix", step.prefix.to_string()},
              {"next_hop", step.next_hop.to_string()},
              {"out", interface_name(names, node, step.out)}};
    add_place(json, sources, step.place);
    return json;
  }
  Json operator()(const NeighborStep& step) const {
    static constexpr const char* kResults[] = {"known", "queued", "failed"};
    Json json{{"step", "neighbor"},
              {"result", kResults[int(step.result)]},
              {"next_hop", step.next_hop.to_string()}};
    if (step.result == NeighborStep::Result::known) json["mac"] = step.mac.to_string();
    return json;
  }
  Json operator()(const SwitchStep& step) const {
    Json json{{"step", "switch"}, {"flooded", step.flooded}, {"learned", step.learned}};
    if (step.vlan != 0) json["vlan"] = step.vlan;
    return json;
  }
  Json operator()(const FragmentStep& step) const {
    return {{"step", "fragment"}, {"fragments", step.fragments}};
  }
};

Json event_json(const char* event, Instant when, const std::string& node) {
  return {{"event", event}, {"time_ns", when.ns()}, {"node", node}};
}

Json hops_json(const TracerouteResult& route, const AddressHolders& holders) {
  Json hops = Json::array();
  for (const TracerouteHop& hop : route.hops) {
    Json probes = Json::array();
    for (const TracerouteProbe& probe : hop.probes) {
      if (!probe.rtt) {
        probes.push_back(nullptr);
        continue;
      }
      Json json{{"from", probe.from.to_string()}, {"rtt_ns", probe.rtt->ns()}};
      if (const auto holder = holders.find(probe.from); holder != holders.end())
        json["node"] = holder->second;
      if (!probe.mark.empty()) json["mark"] = probe.mark;
      probes.push_back(std::move(json));
    }
    hops.push_back({{"ttl", hop.ttl}, {"probes", std::move(probes)}});
  }
  return hops;
}

Json ports_json(const ScanResult& scan) {
  Json groups = Json::array();
  for (const PortGroup& group : port_groups(scan))
    groups.push_back({{"state", to_string(group.state)},
                      {"reason", to_string(group.reason)},
                      {"count", group.ports.size()},
                      {"ports", port_list(group.ports)}});
  return groups;
}

void add_findings(Json& json, const Findings& findings, const AddressHolders& holders) {
  if (findings.elapsed) json["elapsed_ns"] = findings.elapsed->ns();
  if (findings.bytes_sent) json["bytes_sent"] = *findings.bytes_sent;
  if (findings.bytes_received) json["bytes_received"] = *findings.bytes_received;
  if (findings.route) {
    json["reached"] = findings.route->reached;
    json["hops"] = hops_json(*findings.route, holders);
  }
  if (findings.scan) {
    json["probes"] = findings.scan->probes;
    json["ports"] = ports_json(*findings.scan);
  }
}

Json traffic_json(const TrafficRow& row, const AddressHolders& holders, const SourceMap& sources) {
  Json json{{"at_ns", row.at.ns()},
            {"from", row.from},
            {"what", row.what},
            {"done", row.done},
            {"result", to_string(row.result)},
            {"summary", row.summary}};
  add_findings(json, row.findings, holders);
  add_place(json, sources, row.place);
  return json;
}

Json nat_json(const NatRow& row) {
  return {{"node", row.node},
          {"protocol", to_string(row.protocol)},
          {"replaced", row.source ? "source" : "destination"},
          {"before", row.before.to_string()},
          {"after", row.after.to_string()},
          {"peer", row.peer.to_string()},
          {"state", row.state},
          {"expires_in_ns", row.expires_in.ns()}};
}

Json lease_json(const LeaseRow& row) {
  Json json{{"node", row.node},
            {"address", row.address.to_string()},
            {"mac", row.mac.to_string()},
            {"hostname", row.hostname},
            {"state", to_string(row.state)}};
  json["expires_in_ns"] =
      row.expires_in == Duration::max() ? Json(nullptr) : Json(row.expires_in.ns());
  return json;
}

Json firewall_json(const RuleRow& row, const SourceMap& sources) {
  Json json{{"node", row.node},           {"table", row.label.table},
            {"chain", row.label.chain},   {"name", row.label.name},
            {"action", row.action},       {"packets", row.counters.packets},
            {"bytes", row.counters.bytes}};
  add_place(json, sources, row.label.place);
  return json;
}

Json check_json(const CheckRow& row, const SourceMap& sources) {
  Json json{{"probe", row.probe}, {"expected", row.expected}, {"found", row.found},
            {"met", row.met},     {"judged", row.judged},     {"points", row.points}};
  if (!row.hint.empty()) json["hint"] = row.hint;
  if (!row.trace.empty()) json["trace"] = row.trace;
  add_place(json, sources, row.place);
  return json;
}

/// What a table saw and which of its rules looked: of interest to who asks for everything.
bool is_of_a_walk(const Step& step) {
  return std::holds_alternative<RuleStep>(step) || std::holds_alternative<TableStep>(step);
}

template <class Row, class Make>
Json list_of(const std::vector<Row>& rows, Make make) {
  Json list = Json::array();
  for (const Row& row : rows) list.push_back(make(row));
  return list;
}

}  // namespace

void JsonReport::on_visit(const Visit& visit) {
  if (!verbose_ && noise_.is_noise(visit)) return;
  Json json = event_json("packet", visit.when, node_name(names_, visit.node));
  const auto add_interface = [&](const char* key, IfIndex interface) {
    const std::string& name = interface_name(names_, visit.node, interface);
    if (!name.empty()) json[key] = name;
  };
  add_interface("in", visit.in);
  add_interface("out", visit.out);
  json["outcome"] = to_string(visit.outcome);
  if (visit.reason.cause != Cause::none) {
    json["cause"] = to_string(visit.reason.cause);
    json["why"] = describe(visit.reason.cause);
    add_rule(json, visit.reason.rule, sources_);
  }
  json["journey"] = visit.journey.value;
  json["packet"] = full_packet_text(visit);
  if (const std::string after = departing_packet_text(visit); !after.empty()) json["after"] = after;
  Json steps = Json::array();
  for (const Step& step : visit.steps)
    if (verbose_ || !is_of_a_walk(step))
      steps.push_back(std::visit(StepJson{sources_, names_, visit.node}, step));
  json["steps"] = std::move(steps);
  output_.write(line_of(json));
}

void JsonReport::on_note(const NoteEvent& note) {
  Json json = event_json("note", note.when, node_name(names_, note.node));
  json["text"] = note.text;
  output_.write(line_of(json));
}

std::string summary_json(const Results& results, const SourceMap& sources) {
  Json json{{"event", "summary"},          {"name", results.name},
            {"time_ns", results.end.ns()}, {"interrupted", results.interrupted},
            {"passed", results.passed()},  {"events", results.events}};
  json["traffic"] = list_of(results.traffic, [&](const auto& row) {
    return traffic_json(row, results.holders, sources);
  });
  json["nat"] = list_of(results.nat, nat_json);
  json["leases"] = list_of(results.leases, lease_json);
  json["rules"] =
      list_of(results.rules, [&](const auto& row) { return firewall_json(row, sources); });
  json["checks"] =
      list_of(results.checks, [&](const auto& row) { return check_json(row, sources); });
  json["captures"] = nullptr;
  if (results.captures)
    json["captures"] = {{"folder", results.captures->folder},
                        {"pcapng", results.captures->pcapng},
                        {"interfaces", results.captures->interfaces},
                        {"frames", results.captures->frames}};
  return line_of(json);
}

std::string checks_json(const std::string& file, const Results& results, const SourceMap& sources,
                        bool coverage) {
  Json json{{"file", file},
            {"name", results.name},
            {"passed", results.passed()},
            {"met", results.checks_met()},
            {"points", results.points()},
            {"points_met", results.points_met()}};
  json["checks"] =
      list_of(results.checks, [&](const auto& row) { return check_json(row, sources); });
  if (coverage)
    json["rules"] =
        list_of(results.rules, [&](const auto& row) { return firewall_json(row, sources); });
  return line_of(json);
}

std::string unchecked_json(const std::string& file) {
  return line_of({{"file", file},
                  {"name", nullptr},
                  {"passed", false},
                  {"met", 0},
                  {"points", 0},
                  {"points_met", 0},
                  {"checks", Json::array()}});
}

}  // namespace natsim
