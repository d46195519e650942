// How a problem looks: the line, the caret under the right column, whatever the line is made of.
#include "src/topology/render.h"

#include <string>

#include <gtest/gtest.h>

namespace natsim {
namespace {

std::string rendered(std::string text, Place place, bool colour = false, std::string hint = {}) {
  SourceMap sources;
  sources.add("f.yaml", std::move(text));
  return render_problem({Severity::error, place, "wrong", std::move(hint)}, sources, colour);
}

/// The line with the caret.
std::string marks(std::string text, std::uint32_t column) {
  const auto all = rendered(std::move(text), {0, 1, column});
  return all.substr(all.rfind('|') + 1);
}

TEST(Render, UnderlinesWhatStandsAtThePlace) {
  EXPECT_EQ(rendered("a: 1\nkey: value # why\n", {0, 2, 6}, false, "another value"),
            "f.yaml:2:6: error: wrong\n"
            "    2 | key: value # why\n"
            "      |      ^~~~~\n"
            "      = another value\n");
  EXPECT_EQ(marks("key: value", 1), " ^~~\n");
  EXPECT_EQ(marks("a: \"b c\", d", 4), "    ^~~~~\n");
  EXPECT_EQ(marks("a: [1]", 4), "    ^\n");
  EXPECT_EQ(marks("", 1), " ^\n");
  EXPECT_EQ(marks("abc", 60), "    ^\n") << "a place behind the line is its end";
}

TEST(Render, CountsCharactersAndDrawsColumns) {
  EXPECT_EQ(marks("é: x", 4), "    ^\n");
  EXPECT_EQ(marks("日本: x", 5), "       ^\n") << "two columns each";
  EXPECT_EQ(marks("e\u0301: x", 5), "    ^\n") << "a combining accent has none";
  EXPECT_EQ(marks("a:\tx", 4), "       ^\n") << "a tab is four";
}

TEST(Render, NeverLetsTheFileSpeakToTheTerminal) {
  const auto said = rendered("a: \x1b[31m\x80\xff\r\u202e", {0, 1, 4});
  EXPECT_EQ(said.find('\x1b'), std::string::npos);
  EXPECT_EQ(said.find('\xff'), std::string::npos);
  EXPECT_EQ(said.find("\u202e"), std::string::npos);
}

TEST(Render, ShowsThePartOfALongLineThatMatters) {
  const std::string line = std::string(5'000, 'x') + " wrong " + std::string(5'000, 'y');
  const auto said = rendered(line, {0, 1, 5'002});
  EXPECT_LT(said.size(), 500u);
  EXPECT_NE(said.find("| …x"), std::string::npos);
  EXPECT_NE(said.find("y…\n"), std::string::npos);
  EXPECT_NE(said.find("x wrong y"), std::string::npos);
  EXPECT_NE(said.find("^~~~~\n"), std::string::npos);
}

TEST(Render, HasNoLineWhereThereIsNoPlace) {
  EXPECT_EQ(rendered("a", {}), "f.yaml: error: wrong\n");
  EXPECT_EQ(rendered("a", {7, 1, 1}), "error: wrong\n") << "a file that nobody added";
}

TEST(Render, ColoursOnlyIfAsked) {
  EXPECT_EQ(rendered("a: b", {0, 1, 4}).find('\x1b'), std::string::npos);
  EXPECT_NE(rendered("a: b", {0, 1, 4}, true).find("\x1b[1;31merror:\x1b[0m"), std::string::npos);
}

TEST(SourceMaps, FindLinesFarIntoAFile) {
  SourceMap sources;
  std::string text;
  for (int i = 1; i <= 1'000; ++i) text += std::to_string(i) + (i % 2 ? "\n" : "\r\n");
  sources.add("f", text);
  for (std::uint32_t line = 1; line <= 1'000; ++line)
    ASSERT_EQ(sources.line(0, line), std::to_string(line));
  EXPECT_EQ(sources.line(0, 1'001), "");
  EXPECT_EQ(sources.line(0, 5'000), "");
  EXPECT_EQ(sources.line(0, 0), "");
  EXPECT_EQ(sources.line(1, 1), "");
}

}  // namespace
}  // namespace natsim
