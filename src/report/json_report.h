// The report for programs: one JSON object a line (NDJSON). README.md documents the keys.
#pragma once

#include <string>

#include "sim/observe/observer.h"
#include "src/report/names.h"
#include "src/report/output.h"
#include "src/report/results.h"
#include "src/report/text_report.h"

namespace natsim {

/// Events as they happen.
class JsonReport final : public Observer {
 public:
  /// All outlive the report. `verbose` leaves nothing out; otherwise what NoiseFilter calls noise
  /// and rules that were looked at in vain.
  JsonReport(const NetworkNames& names, const SourceMap& sources, Output& output, bool verbose)
      : names_(names), sources_(sources), output_(output), verbose_(verbose), noise_(names) {}

  void on_visit(const Visit& visit) override;
  void on_note(const NoteEvent& note) override;

 private:
  const NetworkNames& names_;
  const SourceMap& sources_;
  Output& output_;
  bool verbose_;
  NoiseFilter noise_;
};

/// {"event":"summary",…}, with all tables.
std::string summary_json(const Results& results, const SourceMap& sources);

/// {"file":…,"passed":…,"checks":[…]}: one file's checks.
std::string checks_json(const std::string& file, const Results& results, const SourceMap& sources,
                        bool coverage = false);
/// The same for a file whose scenario could not be run.
std::string unchecked_json(const std::string& file);

}  // namespace natsim
