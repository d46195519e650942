// Reads a topology file: YAML text to the plain description that sim/network builds from.
//
//   SourceMap sources;
//   ReadResult result = read_topology_file(sources, "home-nat.yaml");
//   for (const Problem& p : result.problems) std::cerr << render_problem(p, sources, false);
//   if (result.topology) …
//
// Everything wrong is reported at once, in the order of the file. What names alone can tell is
// checked here: references, interfaces that are plugged in twice, rules that cannot match. Whatever
// needs the graph or the subnets is left to sim/network. topologies/README.md documents the format.
#pragma once

#include <optional>
#include <string>

#include "sim/base/place.h"
#include "sim/network/spec.h"
#include "src/topology/context.h"
#include "src/topology/render.h"
#include "src/topology/source_map.h"

namespace natsim {

struct ReadResult {
  std::optional<spec::Topology> topology;  ///< none if any problem is an error
  Problems problems;
  bool file_failed = false;  ///< the file could not be read at all (only read_topology_file)
};

/// No file is opened here: what the text names, `loader` reads. Adds the texts to `sources`; places
/// point to them.
/// Bounded in time and memory for any text: at most 64 MiB, 64 levels deep, ten million values.
ReadResult read_topology(SourceMap& sources, std::string name, std::string text,
                         topology::FileLoader loader = {});

/// Reads files that a topology at `path` names: they are looked for beside it.
topology::FileLoader loader_beside(const std::string& path);

/// A topology file's text, and no more of it than one may have.
Result<SourceFile, topology::Unreadable> read_topology_text(const std::string& path);

/// Reads the file at `path`, and no more of it than a topology file may have. Files that it names
/// are looked for beside it.
ReadResult read_topology_file(SourceMap& sources, const std::string& path);

}  // namespace natsim
