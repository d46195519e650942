#include <algorithm>
#include <map>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "src/report/matrix.h"
#include "src/report/names.h"
#include "src/report/text_table.h"
#include "src/report/visit_words.h"

namespace natsim {
namespace {

using Json = nlohmann::ordered_json;
using Ending = spec::ExpectedResult;

constexpr std::size_t kServicesPerTable = 6;

std::string decided_by(const FlowVerdict& verdict) {
  if (verdict.rule) return verdict.rule->name;
  return verdict.cause == Cause::none ? std::string() : to_string(verdict.cause);
}

Ink ink_of(const FlowVerdict& verdict) {
  if (verdict.passes()) return verdict.result == Ending::delivered ? Ink::green : Ink::yellow;
  return verdict.result == Ending::rejected || verdict.result == Ending::dropped ? Ink::red
                                                                                 : Ink::dim;
}

std::string end_words(const MatrixEnd& end) {
  return fmt::format("{} {}", end.node, end.address.to_string());
}

bool is_translated(const MatrixCell& cell, bool source) {
  if (!cell.verdict.sent || !cell.verdict.arrived) return false;
  const Tuple &sent = *cell.verdict.sent, &arrived = *cell.verdict.arrived;
  return source ? sent.source.address != arrived.source.address
                : sent.destination != arrived.destination;
}

/// One table: from one zone, some of the services.
std::string table_of(const Matrix& matrix, const MatrixZone& source, std::size_t first,
                     const Palette& palette) {
  const std::vector<MatrixService>& services = matrix.plan.services;
  const std::size_t last = std::min(services.size(), first + kServicesPerTable);
  std::vector<TextTable::Column> columns = {{"to"}, {""}};
  for (std::size_t i = first; i < last; ++i) columns.push_back({services[i].words()});
  TextTable table(fmt::format("From {} ({})", source.name, end_words(source.members.front())),
                  columns);
  std::vector<Cell> row;
  std::string zone_before;
  const auto flush = [&] {
    if (row.size() == columns.size()) table.add(std::move(row));
    row.clear();
  };
  for (const MatrixCell& cell : matrix.cells) {
    if (cell.from.zone != source.name) continue;
    const auto service = std::find_if(services.begin(), services.end(), [&](const auto& s) {
      return s.words() == cell.service.words();
    });
    const auto at = std::size_t(service - services.begin());
    if (at < first || at >= last) continue;
    if (at == first) {
      flush();
      row = {{cell.to.zone == zone_before ? "" : cell.to.zone}, {end_words(cell.to)}};
      zone_before = cell.to.zone;
    }
    row.push_back({cell_words(cell), ink_of(cell.verdict)});
  }
  flush();
  return table.render(palette);
}

/// What was translated on the way, once for each pair and change.
std::string translations(const Matrix& matrix) {
  std::vector<std::string> lines;
  const auto add = [&](std::string line) {
    if (std::find(lines.begin(), lines.end(), line) == lines.end())
      lines.push_back(std::move(line));
  };
  for (const MatrixCell& cell : matrix.cells) {
    if (!cell.verdict.passes()) continue;
    if (is_translated(cell, false))
      add(fmt::format("  {} to {} from {} becomes {}, on {}", cell.service.words(),
                      cell.to.address.to_string(), cell.from.zone,
                      cell.verdict.arrived->destination.to_string(), cell.verdict.at));
    if (is_translated(cell, true))
      add(fmt::format("  {} is seen by {} as {}", cell.from.zone, cell.to.zone,
                      cell.verdict.arrived->source.address.to_string()));
  }
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text.empty() ? text : "\nTranslated\n" + text;
}

/// The rules that refuse, and where they are written.
std::string refusals(const Matrix& matrix, const SourceMap& sources) {
  std::map<std::string, std::string> rules;  // by what cells call them
  for (const MatrixCell& cell : matrix.cells) {
    if (cell.verdict.passes() || !cell.verdict.rule) continue;
    const std::string place = short_place(sources, cell.verdict.rule->place);
    std::string& at =
        rules[fmt::format("{} of {}", rule_name(*cell.verdict.rule), cell.verdict.at)];
    if (at.empty() && !place.empty()) at = " (" + place + ")";
  }
  std::string text;
  for (const auto& [rule, place] : rules) text += fmt::format("  {}{}\n", rule, place);
  return text.empty() ? text : "\nRefused by\n" + text;
}

Json cell_json(const MatrixCell& cell) {
  const FlowVerdict& verdict = cell.verdict;
  Json json{{"from_zone", cell.from.zone},
            {"from", cell.from.node},
            {"to_zone", cell.to.zone},
            {"to", cell.to.node},
            {"address", cell.to.address.to_string()},
            {"service", cell.service.words()},
            {"passes", verdict.passes()},
            {"result", to_string(verdict.result)}};
  if (!verdict.at.empty()) json["at"] = verdict.at;
  if (verdict.cause != Cause::none) json["cause"] = to_string(verdict.cause);
  if (verdict.rule) json["by"] = verdict.rule->name;
  if (verdict.on_the_way_back) json["on_the_way_back"] = true;
  if (verdict.sent) json["sent"] = verdict.sent->to_string();
  if (verdict.arrived) json["arrived"] = verdict.arrived->to_string();
  return json;
}

std::string line_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace

std::string cell_words(const MatrixCell& cell) {
  const FlowVerdict& verdict = cell.verdict;
  std::string where;
  if (is_translated(cell, false)) where = " → " + verdict.at;
  switch (verdict.result) {
    case Ending::delivered: return "yes" + where;
    case Ending::rejected:
      if (verdict.cause == Cause::port_closed) return "closed" + where;
      return "⊘ " + decided_by(verdict);
    case Ending::dropped:
      return (verdict.on_the_way_back ? "✗ back: " : "✗ ") + decided_by(verdict);
    case Ending::no_route: return "no route";
    case Ending::unreachable: return "no answer";
    case Ending::lost: break;
  }
  return "lost";
}

std::string matrix_text(const Matrix& matrix, const SourceMap& sources, bool colour) {
  const Palette palette(colour);
  std::string text = palette.paint(Ink::bold, matrix.name + ": who may speak to whom") + "\n";
  for (const MatrixZone& zone : matrix.plan.zones)
    for (std::size_t first = 0; first < matrix.plan.services.size(); first += kServicesPerTable)
      text += "\n" + table_of(matrix, zone, first, palette);
  text += translations(matrix);
  text += refusals(matrix, sources);
  text +=
      "\nyes: delivered; closed: it gets there, and nobody listens; → node: translated, and goes "
      "there;\n✗ rule: dropped; ⊘ rule: rejected; back: the answer is dropped. A fresh network for "
      "each cell.\n";
  return text;
}

std::string matrix_json(const std::string& file, const Matrix& matrix) {
  Json json{{"file", file}, {"name", matrix.name}, {"cells", Json::array()}};
  for (const MatrixCell& cell : matrix.cells) {
    Json one = cell_json(cell);
    if (cell.verdict.rule && cell.verdict.rule->place.known())
      one["line"] = cell.verdict.rule->place.line;
    json["cells"].push_back(std::move(one));
  }
  return line_of(json);
}

std::string difference_text(const std::vector<MatrixChange>& changes, bool colour) {
  if (changes.empty()) return "no flow has another verdict\n";
  TextTable table("Flows with another verdict",
                  {{"from"}, {"to"}, {"service"}, {"was"}, {"is now"}, {"for example"}});
  for (const MatrixChange& change : changes) {
    const std::optional<Tuple>& sent = change.after.verdict.sent;
    table.add({{change.before.from.zone},
               {change.before.to.node},
               {change.before.service.words()},
               {cell_words(change.before), ink_of(change.before.verdict)},
               {cell_words(change.after), ink_of(change.after.verdict)},
               {sent ? sent->to_string() : ""}});
  }
  return table.render(Palette(colour));
}

std::string difference_json(const std::vector<MatrixChange>& changes) {
  Json json{{"changes", Json::array()}};
  for (const MatrixChange& change : changes)
    json["changes"].push_back(
        {{"before", cell_json(change.before)}, {"after", cell_json(change.after)}});
  return line_of(json);
}

}  // namespace natsim
