// Goal: what natsim reads from a YAML text is what yaml-cpp reads from it: every value, its kind,
// and where it stands. libyaml and yaml-cpp share no code, so what both see is what is written.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include "src/topology/text_check.h"
#include "src/topology/yaml_parse.h"

namespace natsim::topology {
namespace {

namespace fs = std::filesystem;

std::string place_text(std::uint32_t line, std::uint32_t column) {
  return fmt::format("{}:{} ", line, column);
}

/// The tree as text, a value a line: place, kind, text. Columns are left out (0) where yaml-cpp
/// would count bytes; where nothing is written, nothing has a place.
void list(const Yaml& yaml, bool ascii, std::string& to) {
  if (yaml.is_nothing()) return void(to += "nothing\n");
  const Place place = yaml.place();
  to += place_text(place.line, ascii ? place.column : 0);
  if (yaml.is_scalar())
    to += fmt::format("'{}'\n", yaml.text());
  else
    to += fmt::format("{} of {}\n", yaml.is_list() ? "list" : "map", yaml.size());
  for (const Yaml item : yaml.items()) list(item, ascii, to);
  for (const YamlEntry entry : yaml.entries()) {
    list(entry.key, ascii, to);
    list(entry.value, ascii, to);
  }
}

void list(const YAML::Node& node, bool ascii, std::string& to) {
  if (!node.IsDefined() || node.IsNull()) return void(to += "nothing\n");
  const YAML::Mark mark = node.Mark();
  to += place_text(std::uint32_t(mark.line) + 1, ascii ? std::uint32_t(mark.column) + 1 : 0);
  if (node.IsScalar())
    to += fmt::format("'{}'\n", node.Scalar());
  else
    to += fmt::format("{} of {}\n", node.IsSequence() ? "list" : "map", node.size());
  for (const auto& item : node) {
    if (node.IsSequence()) {
      list(YAML::Node(item), ascii, to);
    } else {
      list(item.first, ascii, to);
      list(item.second, ascii, to);
    }
  }
}

std::string text_of(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::vector<fs::path> files_in(const std::string& folder) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(fs::path(NATSIM_SOURCE_DIR) / folder))
    if (entry.path().extension() == ".yaml") paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  return paths;
}

bool is_ascii(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
}

/// False where natsim refuses the text.
bool compare(const std::string& text, const std::string& what) {
  if (check_text(text, 0)) return false;
  const YamlResult ours = parse_yaml(text, 0);
  if (!ours.problems.empty() || ours.tree.empty()) return false;
  std::string read, expected;
  list(ours.tree.root(), is_ascii(text), read);
  try {
    list(YAML::Load(text), is_ascii(text), expected);
  } catch (const YAML::Exception& error) {
    expected = error.what();
  }
  EXPECT_EQ(expected, read) << what << ":\n" << text;
  return true;
}

TEST(YamlReference, EveryFileReadsTheSame) {
  std::size_t compared = 0;
  for (const char* folder : {"topologies", "tests/topology", "tests/topology/wrong",
                             "tests/scenario/data", "tests/fuzz/corpus/topology"})
    for (const fs::path& path : files_in(folder)) compared += compare(text_of(path), path.string());
  EXPECT_GT(compared, 90u);
}

/// Any tree at all, written by yaml-cpp in any of its styles.
class RandomDocument {
 public:
  explicit RandomDocument(std::uint32_t seed) : random_(seed) { write_value(0); }
  std::string text() const { return out_.c_str(); }

 private:
  std::uint32_t pick(std::uint32_t below) { return std::uint32_t(random_() % below); }

  void write_value(int depth) {
    const std::uint32_t kind = depth == 0 ? 2 + pick(2) : depth > 5 ? pick(2) : pick(4);
    if (kind < 2) return write_scalar();
    const bool list = kind == 2;
    if (pick(3) == 0) out_ << YAML::Flow;
    list ? out_ << YAML::BeginSeq : out_ << YAML::BeginMap;
    for (std::uint32_t i = 1 + pick(4); i > 0; --i) {
      if (!list) {
        out_ << YAML::Key;
        write_scalar();
        out_ << YAML::Value;
      }
      write_value(depth + 1);
    }
    list ? out_ << YAML::EndSeq : out_ << YAML::EndMap;
  }

  void write_scalar() {
    static const char* const kTexts[] = {"a",
                                         "eth0.10",
                                         "10.0.0.1/24",
                                         "web:80",
                                         "02:00:00:00:00:07",
                                         "no",
                                         "null",
                                         "~",
                                         "",
                                         "100ms",
                                         "- a",
                                         "a: b",
                                         "a #b",
                                         "#",
                                         "'",
                                         "\"",
                                         "\\",
                                         "[a]",
                                         "{}",
                                         ",",
                                         "*",
                                         "&a",
                                         "!",
                                         "%",
                                         "@",
                                         "|",
                                         "two words",
                                         " before",
                                         "after ",
                                         "größe",
                                         "日本",
                                         "a\nb",
                                         "\n",
                                         "a\n\nb\n",
                                         "\t",
                                         "?",
                                         "-",
                                         ":",
                                         "0x1f",
                                         "GET http://203.0.113.80/?q=1,2",

                                         "\xf0\x9f\x98\x80",
                                         "<<",
                                         "=",
                                         "`"};
    switch (pick(6)) {
      case 0: out_ << YAML::SingleQuoted; break;
      case 1: out_ << YAML::DoubleQuoted; break;
      case 2: out_ << YAML::Literal; break;
      default: break;
    }
    out_ << kTexts[pick(std::size(kTexts))];
  }

  std::minstd_rand random_;
  YAML::Emitter out_;
};

TEST(YamlReference, EveryTreeReadsTheSame) {
  std::size_t compared = 0;
  for (std::uint32_t seed = 1; seed <= 2000 && !HasFailure(); ++seed)
    compared += compare(RandomDocument(seed).text(), fmt::format("seed {}", seed));
  EXPECT_GT(compared, 1900u);
}

}  // namespace
}  // namespace natsim::topology
