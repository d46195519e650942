// Results as tables for people.
#pragma once

#include <string>

#include "src/report/ink.h"
#include "src/report/results.h"
#include "src/topology/source_map.h"

namespace natsim {

/// Longest NAT and lease tables; what is left out is said.
inline constexpr std::size_t kTableRowsMax = 40;

struct TableOptions {
  bool colour = false;
  bool all_rows = false;
  std::string file{};  ///< as the user named it; empty: nothing to trace
};

/// Traffic, translations, leases, rules with their counters, checks: each with an empty line before
/// it, and only where there is something to show.
std::string result_tables(const Results& results, const SourceMap& sources,
                          const TableOptions& options);

/// The checks alone, under `title`. `failed_only` leaves out those that were met. With a `file` the
/// command that explains a failure stands below it.
std::string check_table(const std::string& title, const Results& results, const SourceMap& sources,
                        bool colour, bool failed_only, const std::string& file = {});

/// "natsim trace home-nat.yaml laptop tcp web:80", for a shell; empty where there is none.
std::string trace_command(const CheckRow& row, const std::string& file);

/// What a report opens with: the topology's name and description.
std::string title_lines(const std::string& name, const std::string& description, bool colour);

/// Rules that no packet has matched, neither the traffic's nor a probe's. Policies are left out.
std::string coverage_lines(const Results& results, const SourceMap& sources, bool colour);

/// What it ends with: where the captures are, and "home-nat: 3 of 4 checks met". One line if
/// `brief`.
std::string closing_lines(const Results& results, bool colour, bool brief);

}  // namespace natsim
