#include "src/topology/reader.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <vector>

#include <fmt/format.h>

#include "src/topology/context.h"
#include "src/topology/objects.h"
#include "src/topology/references.h"
#include "src/topology/text_check.h"
#include "src/topology/yaml_parse.h"

namespace natsim {
namespace {

using namespace topology;

ReadResult failed(Problem problem) {
  ReadResult result;
  result.problems.push_back(std::move(problem));
  return result;
}

}  // namespace

ReadResult read_topology(SourceMap& sources, std::string name, std::string text) {
  if (text.compare(0, 3, "\xef\xbb\xbf") == 0) text.erase(0, 3);  // A byte order mark says nothing.
  const std::uint32_t file = sources.add(std::move(name), std::move(text));
  const std::string_view source = sources.file(file).text;
  if (auto problem = check_text(source, file)) return failed(std::move(*problem));
  YamlResult yaml = parse_yaml(source, file);
  ReadResult result;
  if (!yaml.problems.empty()) {
    result.problems = std::move(yaml.problems);
    return result;
  }
  if (yaml.tree.empty() || yaml.tree.root().is_nothing())
    return failed({Severity::error,
                   {file, 1, 1},
                   "the file is empty",
                   "a topology file has at least 'name' and 'nodes'"});
  Context context;
  Reading reading;
  read_topology_map(context, yaml.tree.root(), reading);
  if (!context.gave_up()) check_references(context, reading);
  result.problems = context.take_problems();
  if (!context.has_errors()) result.topology = std::move(reading.topology);
  return result;
}

ReadResult read_topology_file(SourceMap& sources, const std::string& path) {
  const auto unreadable = [&] {
    ReadResult result = failed({Severity::error, {}, std::strerror(errno), ""});
    result.problems[0].place.file = sources.add(path, "");
    result.file_failed = true;
    return result;
  };
  errno = 0;
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return unreadable();
  // A little more than is allowed, so that a file that is too long is told from one that is not.
  std::string text;
  std::vector<char> piece(64 * 1024);
  while (stream && text.size() <= kFileBytesMax) {
    stream.read(piece.data(), std::streamsize(piece.size()));
    text.append(piece.data(), std::size_t(stream.gcount()));
  }
  if (stream.bad()) return unreadable();
  return read_topology(sources, path, std::move(text));
}

}  // namespace natsim
