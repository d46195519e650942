#include "tests/scenario/topologies.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "sim/base/check.h"

namespace natsim::scenario {

std::string source_path(const std::string& relative) {
  return std::string(NATSIM_SOURCE_DIR) + "/" + relative;
}

std::vector<std::string> topology_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(source_path("topologies")))
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> lesson_names() {
  std::vector<std::string> names;
  const std::filesystem::path top = source_path("topologies");
  for (const auto& entry : std::filesystem::recursive_directory_iterator(top / "lessons"))
    if (entry.path().extension() == ".yaml")
      names.push_back(entry.path().lexically_relative(top).replace_extension().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::string test_name(const testing::TestParamInfo<std::string>& topology) {
  std::string name = topology.param;
  for (char& c : name)
    if (c == '-' || c == '/') c = '_';
  return name;
}

std::string topology_text(const std::string& name) {
  return read_text(source_path("topologies/" + name + ".yaml"));
}

std::string data_text(const std::string& name) {
  return read_text(source_path("tests/scenario/data/" + name));
}

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  SIM_CHECK(file.is_open());
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string edited(std::string text, std::string_view what, std::string_view instead) {
  const std::size_t at = text.find(what);
  SIM_CHECK(at != std::string::npos);
  SIM_CHECK(text.find(what, at + 1) == std::string::npos);
  return text.replace(at, what.size(), instead);
}

std::string without_line(std::string text, std::string_view what) {
  const std::size_t at = text.find(what);
  SIM_CHECK(at != std::string::npos);
  SIM_CHECK(text.find(what, at + 1) == std::string::npos);
  const std::size_t begin = text.rfind('\n', at) + 1;
  return text.erase(begin, text.find('\n', at) + 1 - begin);
}

std::string up_to_key(const std::string& text, std::string_view key) {
  const std::size_t at = text.find("\n" + std::string(key) + ":");
  SIM_CHECK(at != std::string::npos);
  return text.substr(0, at + 1);
}

std::string hex(ByteSpan frame) {
  std::string digits;
  for (const std::uint8_t byte : frame) digits += fmt::format("{:02x}", byte);
  return digits;
}

}  // namespace natsim::scenario
