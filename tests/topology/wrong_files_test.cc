// Every file in tests/topology/wrong has a mistake in it, and NAME.expected has, letter by letter,
// what the reader says about it. UPDATE_GOLDEN=1 rewrites those; read the difference before
// committing it.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "src/topology/reader.h"

namespace natsim {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = fs::path(NATSIM_SOURCE_DIR) / "tests/topology/wrong";

std::vector<std::string> wrong_files() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kFolder))
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::string text_of(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

class WrongFile : public testing::TestWithParam<std::string> {};

TEST_P(WrongFile, IsExplainedWordForWord) {
  const std::string name = GetParam();
  SourceMap sources;
  const auto result = read_topology(sources, name + ".yaml", text_of(kFolder / (name + ".yaml")));
  std::string said;
  for (const Problem& problem : result.problems) said += render_problem(problem, sources, false);
  const fs::path golden = kFolder / (name + ".expected");
  if (std::getenv("UPDATE_GOLDEN") != nullptr) std::ofstream(golden, std::ios::binary) << said;
  EXPECT_EQ(text_of(golden), said);
  EXPECT_FALSE(result.problems.empty());
  const bool only_warnings = name.rfind("warning_", 0) == 0;
  EXPECT_EQ(result.topology.has_value(), only_warnings);
}

INSTANTIATE_TEST_SUITE_P(Topology, WrongFile, testing::ValuesIn(wrong_files()),
                         [](const auto& row) { return row.param; });

}  // namespace
}  // namespace natsim
