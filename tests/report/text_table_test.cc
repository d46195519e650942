// Columns: aligned, wrapped, never wider than a report.
#include "src/report/text_table.h"

#include "tests/report/report_bench.h"

namespace natsim {
namespace {

constexpr auto kRight = TextTable::Align::right;

TEST(TextTableTest, AlignsWordsLeftAndNumbersRight) {
  TextTable table("Rules", {{"rule"}, {"packets", kRight}, {"where"}});
  table.add({{"dhcp"}, {"2"}, {"a.yaml:1"}});
  table.add({{"outbound"}, {"1,234"}, {""}});
  EXPECT_EQ(table.render(Palette(false)),
            "Rules\n"
            "  rule      packets  where\n"
            "  dhcp            2  a.yaml:1\n"
            "  outbound    1,234\n");
}

TEST(TextTableTest, CountsCharactersNotBytes) {
  TextTable table("T", {{""}, {""}});
  table.add({{"a → b"}, {"x"}});
  table.add({{"a -> b"}, {"y"}});
  EXPECT_EQ(table.render(Palette(false)), "T\n  a → b   x\n  a -> b  y\n");
}

TEST(TextTableTest, IsNothingWithoutRows) {
  EXPECT_EQ(TextTable("T", {{"a"}}).render(Palette(true)), "");
}

TEST(TextTableTest, TheLastColumnGoesOnBelowItself) {
  TextTable table("Checks", {{""}, {"found"}});
  std::string words = "dropped";
  for (int i = 0; i < 30; ++i) words += " somewhere";
  table.add({{"ok"}, {words}});
  const std::string text = table.render(Palette(false));
  expect_tidy_lines(text);
  const auto lines = lines_of(text);
  ASSERT_GE(lines.size(), 5u);
  EXPECT_TRUE(lines[3].starts_with("      somewhere ")) << lines[3];
}

TEST(TextTableTest, ANoteHasAllTheRoomBesideItAndWidensNothing) {
  TextTable table("Checks", {{""}, {"probe"}, {"found"}});
  table.add({{"ok"}, {"ping"}, {"dropped"}});
  std::string words = "hint:";
  for (int i = 0; i < 30; ++i) words += " somewhere";
  table.add_note(1, {words});
  const std::string text = table.render(Palette(false));
  expect_tidy_lines(text);
  const auto lines = lines_of(text);
  ASSERT_EQ(lines.size(), 7u);
  EXPECT_EQ(lines[2], "  ok  ping   dropped");
  EXPECT_EQ(lines[3].substr(0, 20), "      hint: somewher");
  EXPECT_EQ(lines[4].substr(0, 20), "      somewhere some");
}

TEST(TextTableTest, ShortensTheWidestWhereNothingElseHelps) {
  TextTable table("T", {{"a"}, {"b"}, {"c", kRight}});
  table.add({{std::string(90, 'x')}, {std::string(20, 'y')}, {std::string(150, 'z')}});
  const std::string text = table.render(Palette(false));
  expect_tidy_lines(text);
  EXPECT_NE(text.find("…"), std::string::npos);
  EXPECT_NE(text.find(std::string(20, 'y')), std::string::npos) << "what fits stays whole";
}

TEST(TextTest, WrapsAtBlanksAndSplitsWhatIsTooLong) {
  using Pieces = std::vector<std::string_view>;
  EXPECT_EQ(wrapped("one two three", 7), (Pieces{"one two", "three"}));
  EXPECT_EQ(wrapped("one two three", 100), (Pieces{"one two three"}));
  EXPECT_EQ(wrapped("abcdefghij", 4), (Pieces{"abcd", "efgh", "ij"}));
  EXPECT_EQ(wrapped("→→→ →", 3), (Pieces{"→→→", "→"}));
  EXPECT_EQ(wrapped("", 3), (Pieces{""}));
}

TEST(TextTest, NumbersAndTimesAreShownInOneWay) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1'000), "1,000");
  EXPECT_EQ(grouped(1'234'567), "1,234,567");
  EXPECT_EQ(seconds_text(Instant::from_ns(1'999'999'999)), "1.999999");
  EXPECT_EQ(seconds_text(Instant::from_ns(1'000)), "0.000001");
  EXPECT_EQ(remaining_text(Duration::seconds(299)), "299s");
  EXPECT_EQ(remaining_text(Duration::seconds(3'592)), "59m52");
  EXPECT_EQ(remaining_text(Duration::seconds(7'199)), "1h59");
  EXPECT_EQ(remaining_text(Duration::seconds(432'000 - 1)), "4d23");
  EXPECT_EQ(remaining_text(Duration::max()), "never");
  EXPECT_EQ(printable("a\x1b[31m\nb"), "a?[31m b");
}

}  // namespace
}  // namespace natsim
