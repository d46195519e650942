#include "src/cli/trace.h"

#include <unistd.h>

#include <vector>

#include <fmt/format.h>

#include "src/cli/frame_filters.h"
#include "src/cli/load.h"
#include "src/cli/replay.h"
#include "src/cli/signals.h"
#include "src/cli/stdout_end.h"
#include "src/cli/terminal.h"
#include "src/report/output.h"
#include "src/report/trace_json.h"
#include "src/report/trace_text.h"
#include "src/topology/suggest.h"

namespace natsim {
namespace {

/// Whether the topology has a node of that name with a stack of its own; says so if not.
bool is_known(const Loaded& loaded, const std::string& file, const std::string& name) {
  std::vector<std::string_view> names;
  for (const spec::Node& node : loaded.topology.nodes) {
    if (node.kind != spec::NodeKind::switch_) names.push_back(node.name);
    if (node.name != name) continue;
    if (node.kind != spec::NodeKind::switch_) return true;
    complain(fmt::format("{}: {} is a switch: it sends and receives nothing", file, name));
    return false;
  }
  const std::string_view near = topology::nearest(name, names);
  std::string hint;
  if (!near.empty()) {
    hint = fmt::format(", did you mean '{}'?", near);
  } else {
    for (const std::string_view known : names)
      hint += fmt::format("{}{}", hint.empty() ? "; there are " : ", ", known);
  }
  complain(fmt::format("{}: there is no node '{}'{}", file, name, hint));
  return false;
}

}  // namespace

int trace(const TraceOptions& options) {
  const bool colour = use_colour(options.colour, STDOUT_FILENO);
  const bool colour_stderr = use_colour(options.colour, STDERR_FILENO);
  SignalGuard signals;
  FdOutput output(STDOUT_FILENO);
  Loaded loaded;
  if (const int status = load(options.file, options.seed, 1, colour_stderr, loaded)) return status;
  if (!is_known(loaded, options.file, options.probe.from)) return kExitWrongInput;
  if (!options.probe.to.node.empty() && !is_known(loaded, options.file, options.probe.to.node))
    return kExitWrongInput;
  loaded.topology.expect = {options.probe};
  bool unreadable = false;
  const ScenarioOptions scenario_options{std::nullopt, capture_reader(options.file, unreadable),
                                         [&signals] { return signals.caught() != 0; },
                                         compile_frame_filter, true};
  Scenario scenario(*loaded.network, loaded.topology, scenario_options);
  if (show(scenario.prepare(), loaded.sources, colour_stderr))
    return unreadable ? kExitUnusable : kExitWrongInput;
  scenario.run();
  if (signals.caught() != 0) return kExitSignalled + signals.caught();
  const Trace trace =
      trace_of(scenario.judgements().front(), loaded.topology, names_of(*loaded.network));
  output.write(options.json ? trace_json(options.file, trace, loaded.sources)
                            : trace_text(trace, loaded.sources, {colour, options.one_way}));
  output.flush();
  if (const int status = end_of_stdout(output)) return status;
  return trace.delivered ? kExitDone : kExitUnmet;
}

}  // namespace natsim
