#include "src/rules/origin.h"

namespace natsim::rules {

Origin Origin::scalar(Place scalar, std::string_view text, const SourceMap& sources) {
  const Origin fixed(scalar, true);
  if (scalar.file >= sources.size()) return fixed;
  const std::string_view header = sources.line(scalar.file, scalar.line);
  if (header.find('|') == std::string_view::npos) return fixed;
  // The first line with anything in it tells how far the block is indented.
  std::uint32_t line = scalar.line + 1;
  for (; !text.empty() && text.front() == '\n'; text.remove_prefix(1)) ++line;
  const std::string_view first = text.substr(0, text.find('\n'));
  const std::string_view written = sources.line(scalar.file, line);
  if (first.empty() || written.size() < first.size() ||
      written.substr(written.size() - first.size()) != first)
    return fixed;
  const auto indent = std::uint32_t(written.size() - first.size());
  return Origin({scalar.file, scalar.line + 1, indent + 1}, false);
}

}  // namespace natsim::rules
