#include "src/cli/load.h"

#include <cstdio>
#include <utility>

#include "sim/network/build.h"
#include "src/topology/reader.h"
#include "src/topology/render.h"

namespace natsim {

void complain(const std::string& text) {
  const std::string line = "natsim: " + text + "\n";
  std::fwrite(line.data(), 1, line.size(), stderr);
}

bool show(const Problems& problems, const SourceMap& sources, bool colour) {
  bool wrong = false;
  for (const Problem& problem : problems) {
    const std::string text = render_problem(problem, sources, colour);
    std::fwrite(text.data(), 1, text.size(), stderr);
    wrong |= problem.severity == Severity::error;
  }
  return wrong;
}

ExitStatus load(const std::string& path, std::optional<std::uint64_t> seed, std::uint32_t threads,
                bool colour, Loaded& loaded) {
  ReadResult read = read_topology_file(loaded.sources, path);
  show(read.problems, loaded.sources, colour);
  if (read.file_failed) return kExitUnusable;
  if (!read.topology) return kExitWrongInput;
  loaded.topology = std::move(*read.topology);
  Problems problems;
  loaded.network = build_network(loaded.topology, problems, seed, threads);
  show(problems, loaded.sources, colour);
  return loaded.network == nullptr ? kExitWrongInput : kExitDone;
}

}  // namespace natsim
