// Sequence numbers: comparison and windows across the wrap at 2^32.
#include "sim/wire/seq.h"

#include <gtest/gtest.h>

namespace natsim {
namespace {

constexpr Seq kNearTheEnd{0xffff'fff0};

TEST(Seq, OrderHoldsAcrossTheWrap) {
  const Seq wrapped = kNearTheEnd + 0x20;
  EXPECT_EQ(wrapped.value(), 0x10u);
  EXPECT_TRUE(kNearTheEnd.before(wrapped));
  EXPECT_TRUE(wrapped.after(kNearTheEnd));
  EXPECT_FALSE(wrapped.before(kNearTheEnd));
  EXPECT_EQ(wrapped - kNearTheEnd, 0x20);
  EXPECT_EQ(kNearTheEnd - wrapped, -0x20);
  EXPECT_EQ(wrapped - 0x20, kNearTheEnd);
}

TEST(Seq, EqualIsNeitherBeforeNorAfter) {
  EXPECT_FALSE(kNearTheEnd.before(kNearTheEnd));
  EXPECT_FALSE(kNearTheEnd.after(kNearTheEnd));
  EXPECT_TRUE(kNearTheEnd.at_or_before(kNearTheEnd));
  EXPECT_TRUE(kNearTheEnd.at_or_after(kNearTheEnd));
}

TEST(Seq, WindowIncludesItsBeginAndExcludesItsEnd) {
  const struct {
    std::uint32_t offset;
    std::uint32_t window;
    bool inside;
  } rows[] = {
      {0, 0x20, true}, {0x1f, 0x20, true}, {0x20, 0x20, false}, {0xffff'ffff, 0x20, false},
      {0, 0, false},  // an empty window holds nothing
      {0, 1, true},
  };
  for (const auto& row : rows)
    EXPECT_EQ((kNearTheEnd + row.offset).in_window(kNearTheEnd, row.window), row.inside)
        << row.offset << " in " << row.window;
}

}  // namespace
}  // namespace natsim
