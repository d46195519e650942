#include "src/topology/reader.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
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

// A little more than is allowed, so that a file that is too long is told from one that is not.
Result<SourceFile, Unreadable> read_topology_text(const std::string& path) {
  errno = 0;
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return Unreadable{std::strerror(errno)};
  SourceFile file{path, {}};
  std::vector<char> piece(64 * 1024);
  while (stream && file.text.size() <= kFileBytesMax) {
    stream.read(piece.data(), std::streamsize(piece.size()));
    file.text.append(piece.data(), std::size_t(stream.gcount()));
  }
  if (stream.bad()) return Unreadable{std::strerror(errno)};
  return file;
}

FileLoader loader_beside(const std::string& path) {
  const auto folder = std::filesystem::path(path).parent_path();
  return [folder](const std::string& beside) {
    return read_topology_text((folder / beside).string());
  };
}

ReadResult read_topology(SourceMap& sources, std::string name, std::string text,
                         FileLoader loader) {
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
  Context context(sources, std::move(loader));
  Reading reading;
  read_topology_map(context, yaml.tree.root(), reading);
  if (!context.gave_up()) check_references(context, reading);
  result.problems = context.take_problems();
  if (!context.has_errors()) result.topology = std::move(reading.topology);
  return result;
}

ReadResult read_topology_file(SourceMap& sources, const std::string& path) {
  auto file = read_topology_text(path);
  if (!file) {
    ReadResult result = failed({Severity::error, {}, file.error().why, ""});
    result.problems[0].place.file = sources.add(path, "");
    result.file_failed = true;
    return result;
  }
  return read_topology(sources, path, std::move(file).value().text, loader_beside(path));
}

}  // namespace natsim
