#include "src/report/result_tables.h"

#include <algorithm>

#include <fmt/format.h>

#include "src/report/names.h"
#include "src/report/rule_tables.h"
#include "src/report/text_table.h"
#include "src/report/visit_words.h"

namespace natsim {
namespace {

using Align = TextTable::Align;

Ink ink_of(const TrafficRow& row) {
  if (!row.done) return Ink::yellow;
  return row.result == ProbeResult::answered ? Ink::green : Ink::red;
}

/// "unreachable: host unreachable", "timed_out after 5 s": what comes behind the result.
std::string rest_of(const std::string& summary, const std::string& word) {
  const std::size_t begin = summary.find_first_not_of(": ", word.size());
  return begin == std::string::npos ? std::string() : summary.substr(begin);
}

std::string traffic_table(const Results& results, const Palette& palette) {
  const bool timed =
      std::any_of(results.traffic.begin(), results.traffic.end(),
                  [](const TrafficRow& row) { return row.findings.elapsed.has_value(); });
  std::vector<TextTable::Column> columns = {{"at", Align::right}, {"from"}, {"what"}, {"result"}};
  if (timed) columns.push_back({"took", Align::right});
  columns.push_back({""});
  TextTable table("Traffic", std::move(columns));
  for (const TrafficRow& row : results.traffic) {
    const std::string word = row.done ? to_string(row.result) : "not finished";
    // Where the summary only says the result again, or more of it, one of them is enough.
    const bool again = row.summary.starts_with(word);
    std::vector<Cell> cells = {
        {seconds_text(row.at)}, {row.from}, {printable(row.what)}, {word, ink_of(row)}};
    const auto& took = row.findings.elapsed;
    if (timed) cells.push_back({took ? rough_elapsed_words(*took) : std::string("-")});
    cells.push_back({again ? rest_of(row.summary, word) : row.summary});
    table.add(std::move(cells));
  }
  return table.render(palette);
}

/// What tools printed, under a line that says whose it is.
std::string probing_texts(const Results& results, bool all, const Palette& palette) {
  std::string text;
  const auto add = [&](const TrafficRow& row, const std::string& output) {
    text += text.empty() ? "" : "\n";
    palette.append(text, Ink::bold,
                   fmt::format("{} from {} at {}", row.what, row.from, seconds_text(row.at)));
    text += "\n";
    for (std::size_t begin = 0, end = 0; begin < output.size(); begin = end + 1) {
      end = output.find('\n', begin);
      const std::string_view line = std::string_view(output).substr(begin, end - begin);
      const char* indent = "  ";
      for (const std::string_view piece : wrapped(line, kReportColumns - 6)) {
        text += indent;
        text += piece;
        text += "\n";
        indent = "      ";
      }
    }
  };
  for (const TrafficRow& row : results.traffic) {
    if (row.findings.route) add(row, traceroute_text(*row.findings.route, results.holders));
    if (row.findings.scan) add(row, scan_text(*row.findings.scan, all));
  }
  return text;
}

/// Adds `rows` through `add_row`, of one node after the other: a table for each node.
template <class Row, class MakeTable, class AddRow>
std::string tables_by_node(const std::vector<Row>& rows, std::size_t rows_max, MakeTable make_table,
                           AddRow add_row, const Palette& palette) {
  std::string text;
  for (std::size_t begin = 0, end = 0; begin < rows.size(); begin = end) {
    while (end < rows.size() && rows[end].node == rows[begin].node) ++end;
    TextTable table = make_table(rows[begin].node);
    const std::size_t shown = std::min(end - begin, rows_max);
    for (std::size_t i = begin; i < begin + shown; ++i) add_row(table, rows[i]);
    text += (text.empty() ? "" : "\n") + table.render(palette);
    if (shown < end - begin) text += fmt::format("  … and {} more\n", grouped(end - begin - shown));
  }
  return text;
}

/// ICMP's other end has no identifier of its own, and some protocols have no ports.
std::string end_words(const Endpoint& end) {
  return end.port == 0 ? end.address.to_string() : end.to_string();
}

std::string nat_tables(const Results& results, std::size_t rows_max, const Palette& palette) {
  return tables_by_node(
      results.nat, rows_max,
      [](const std::string& node) {
        return TextTable("NAT translations of " + node,
                         {{""}, {"translation"}, {"peer"}, {"state"}, {"left", Align::right}});
      },
      [](TextTable& table, const NatRow& row) {
        table.add({{to_string(row.protocol) + (row.source ? " SNAT" : " DNAT")},
                   {end_words(row.before) + " → " + end_words(row.after), Ink::yellow},
                   {end_words(row.peer)},
                   {row.state},
                   {remaining_text(row.expires_in)}});
      },
      palette);
}

std::string lease_tables(const Results& results, std::size_t rows_max, const Palette& palette) {
  return tables_by_node(
      results.leases, rows_max,
      [](const std::string& node) {
        return TextTable("DHCP leases of " + node,
                         {{"address"}, {"MAC"}, {"host"}, {"state"}, {"left", Align::right}});
      },
      [](TextTable& table, const LeaseRow& row) {
        table.add({{row.address.to_string()},
                   {row.mac.to_string()},
                   {printable(row.hostname)},
                   {to_string(row.state)},
                   {remaining_text(row.expires_in)}});
      },
      palette);
}

}  // namespace

std::string trace_command(const CheckRow& row, const std::string& file) {
  if (row.trace.empty() || file.empty()) return {};
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/+:@%,=";
  std::string quoted = file;
  if (file.find_first_not_of(kPlain) != std::string::npos || file.front() == '-') {
    quoted = "'";
    for (const char c : file) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    quoted += "'";
  }
  return fmt::format("natsim trace {} {}", quoted, row.trace);
}

std::string check_table(const std::string& title, const Results& results, const SourceMap& sources,
                        bool colour, bool failed_only, const std::string& file) {
  TextTable table(title, {{""}, {"probe"}, {"written at"}, {"result"}});
  for (const CheckRow& row : results.checks) {
    if (row.met) {
      if (!failed_only)
        table.add(
            {{"ok", Ink::green}, {row.probe}, {short_place(sources, row.place)}, {row.found}});
      continue;
    }
    table.add({{row.judged ? "FAILED" : "not judged", Ink::red},
               {row.probe},
               {short_place(sources, row.place)},
               {"expected " + row.expected}});
    table.add({{""}, {""}, {""}, {"found " + row.found, Ink::red}});
    if (!row.hint.empty()) table.add_note(1, {"hint: " + printable(row.hint)});
    if (const std::string command = trace_command(row, file); !command.empty())
      table.add_note(1, {"why: " + printable(command), Ink::dim});
  }
  return table.render(Palette(colour));
}

std::string result_tables(const Results& results, const SourceMap& sources,
                          const TableOptions& options) {
  const Palette palette(options.colour);
  const std::size_t rows_max = options.all_rows ? ~std::size_t(0) : kTableRowsMax;
  std::string text;
  for (const std::string& table :
       {traffic_table(results, palette), probing_texts(results, options.all_rows, palette),
        nat_tables(results, rows_max, palette), lease_tables(results, rows_max, palette),
        rule_tables(results, sources, palette),
        check_table("Checks", results, sources, options.colour, false, options.file)})
    if (!table.empty()) text += "\n" + table;
  return text;
}

std::string title_lines(const std::string& name, const std::string& description, bool colour) {
  const std::string name_shown = printable(name);
  std::string text = Palette(colour).paint(Ink::bold, name_shown);
  if (description.empty()) return text + "\n";
  const std::string rest = ": " + printable(description);
  bool first = true;
  for (const std::string_view piece : wrapped(rest, kReportColumns - columns_of(name_shown))) {
    text += first ? "" : "  ";
    text += piece;
    text += "\n";
    first = false;
  }
  return text;
}

std::string coverage_lines(const Results& results, const SourceMap& sources, bool colour) {
  TextTable table("Rules that nothing has exercised",
                  {{"node"}, {"chain"}, {"rule"}, {"action"}, {"written at"}});
  std::size_t rules = 0, missed = 0;
  for (std::size_t begin = 0, end = 0; begin < results.rules.size(); begin = end) {
    // A rule of the file's may be several of netfilter's.
    const RuleRow& row = results.rules[begin];
    std::uint64_t packets = 0;
    for (; end < results.rules.size(); ++end) {
      const RuleRow& next = results.rules[end];
      if (next.node != row.node || next.label.name != row.label.name ||
          next.label.chain != row.label.chain || next.label.place != row.label.place)
        break;
      packets += next.counters.packets;
    }
    if (row.label.name == "policy") continue;
    ++rules;
    if (packets != 0) continue;
    ++missed;
    const std::string chain = chain_words(row.label.chain);
    table.add({{row.node},
               {row.label.table == "filter" ? chain : row.label.table + " " + chain},
               {printable(row.label.name), Ink::yellow},
               {row.action},
               {short_place(sources, row.label.place), Ink::dim}});
  }
  if (rules == 0) return "no rules to exercise\n";
  return table.render(Palette(colour)) +
         fmt::format("{} of {} rules exercised\n", rules - missed, rules);
}

std::string closing_lines(const Results& results, bool colour, bool brief) {
  const Palette palette(colour);
  std::string text;
  if (results.captures && !brief)
    text +=
        fmt::format("{} frames captured in {}, {} interfaces\n", grouped(results.captures->frames),
                    results.captures->pcapng, results.captures->interfaces);
  const bool passed = results.passed();
  std::string verdict = fmt::format("{}: ", printable(results.name));
  if (results.checks.empty())
    verdict += "done, nothing to check";
  else
    verdict += fmt::format("{} of {} checks met", results.checks_met(), results.checks.size());
  if (results.has_points())
    verdict += fmt::format(", {} of {} points", results.points_met(), results.points());
  if (results.captures && brief)
    verdict += fmt::format("; captures in {}", results.captures->folder);
  palette.append(text, passed ? Ink::green : Ink::red, verdict);
  return text + "\n";
}

}  // namespace natsim
