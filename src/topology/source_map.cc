#include "src/topology/source_map.h"

#include "sim/base/check.h"

namespace natsim {
namespace {

constexpr std::uint32_t kLinesPerMark = 64;

}  // namespace

std::uint32_t SourceMap::add(std::string name, std::string text) {
  Entry entry{{std::move(name), std::move(text)}, {0}};
  const std::string& all = entry.file.text;
  std::uint32_t lines = 0;
  for (auto at = all.find('\n'); at != std::string::npos; at = all.find('\n', at + 1))
    if (++lines % kLinesPerMark == 0) entry.marks.push_back(at + 1);
  files_.push_back(std::move(entry));
  return std::uint32_t(files_.size() - 1);
}

const SourceFile& SourceMap::file(std::uint32_t file) const {
  SIM_CHECK(file < files_.size());
  return files_[file].file;
}

std::string_view SourceMap::line(std::uint32_t file, std::uint32_t line) const {
  if (file >= files_.size() || line == 0) return {};
  const Entry& entry = files_[file];
  const std::uint32_t index = line - 1;
  if (index / kLinesPerMark >= entry.marks.size()) return {};
  const std::string_view text = entry.file.text;
  std::size_t begin = entry.marks[index / kLinesPerMark];
  for (std::uint32_t skip = index % kLinesPerMark; skip > 0; --skip) {
    const auto end = text.find('\n', begin);
    if (end == std::string_view::npos) return {};
    begin = end + 1;
  }
  auto found = text.substr(begin, text.find('\n', begin) - begin);
  if (!found.empty() && found.back() == '\r') found.remove_suffix(1);
  return found;
}

}  // namespace natsim
