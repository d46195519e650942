#include "src/report/trace_json.h"

#include <nlohmann/json.hpp>

namespace natsim {
namespace {

using Json = nlohmann::ordered_json;

class TraceWriter {
 public:
  explicit TraceWriter(const SourceMap& sources) : sources_(sources) {}

  Json hops(const std::vector<TraceHop>& hops) const {
    Json list = Json::array();
    for (const TraceHop& hop : hops) list.push_back(this->hop(hop));
    return list;
  }
  void add_place(Json& json, Place place) const {
    if (!place.known() || place.file >= sources_.size()) return;
    json["file"] = sources_.file(place.file).name;
    json["line"] = place.line;
  }

 private:
  static Json packet(const SeenPacket& seen) {
    return {{"protocol", to_string(seen.tuple.protocol)},
            {"source", seen.tuple.source.to_string()},
            {"destination", seen.tuple.destination.to_string()},
            {"ttl", seen.ttl},
            {"mark", seen.mark}};
  }
  Json rule(const AskedRule& asked) const {
    Json json{{"name", asked.name}, {"matched", asked.matched}};
    if (!asked.action.empty()) json["action"] = asked.action;
    if (asked.decided) json["decided"] = true;
    if (asked.account) {
      json["wanted"] = asked.account->wanted;
      json["had"] = asked.account->had;
      json["near"] = asked.near;
    }
    add_place(json, asked.place);
    return json;
  }
  Json stage(const TraceStage& stage) const {
    Json json{{"stage", stage.name}, {"decision", stage.decision}};
    add_place(json, stage.place);
    if (stage.packet) json["packet"] = packet(*stage.packet);
    if (stage.rules.empty()) return json;
    json["rules"] = Json::array();
    for (const AskedRule& asked : stage.rules) json["rules"].push_back(rule(asked));
    return json;
  }
  Json hop(const TraceHop& hop) const {
    Json json{{"node", hop.node}, {"time_ns", hop.when.ns()}};
    if (!hop.in.empty()) json["in"] = hop.in;
    if (!hop.out.empty()) json["out"] = hop.out;
    json["outcome"] = to_string(hop.outcome);
    json["packet"] = hop.packet;
    json["stages"] = Json::array();
    for (const TraceStage& one : hop.stages) json["stages"].push_back(stage(one));
    return json;
  }

  const SourceMap& sources_;
};

}  // namespace

std::string trace_json(const std::string& file, const Trace& trace, const SourceMap& sources) {
  const TraceWriter writer(sources);
  Json json{
      {"topology", file},           {"name", trace.name},           {"question", trace.question},
      {"time_ns", trace.sent.ns()}, {"delivered", trace.delivered}, {"result", trace.result}};
  if (!trace.at.empty()) json["at"] = trace.at;
  if (!trace.cause.empty()) json["cause"] = trace.cause;
  if (!trace.by.empty()) json["by"] = trace.by;
  writer.add_place(json, trace.place);
  json["on_the_way_back"] = trace.on_the_way_back;
  json["verdict"] = trace.verdict;
  json["there"] = writer.hops(trace.there);
  json["back"] = writer.hops(trace.back);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace natsim
