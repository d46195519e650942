// TCP options: each kind, the layout Linux sends, illegal lengths.
#include "sim/wire/tcp_options.h"

#include <gtest/gtest.h>

#include <optional>

#include "tests/wire/golden.h"

namespace natsim {
namespace {

// TCP-01
TEST(TcpOptions, LayoutsOfLinux) {
  TcpOptions syn;
  syn.mss = 1460;
  syn.sack_permitted = true;
  syn.timestamps = TcpTimestamps{0x11121314, 0x21222324};
  syn.window_scale = 7;
  TcpOptions plain = syn;
  plain.sack_permitted = false;
  TcpOptions no_timestamps = syn;
  no_timestamps.timestamps.reset();
  TcpOptions ack;
  ack.timestamps = syn.timestamps;
  ack.sack_count = 1;
  ack.sack[0] = {Seq(0x01020304), Seq(0x05060708)};

  const struct {
    TcpOptions options;
    const char* bytes;
  } rows[] = {
      {{}, ""},
      {syn, "02 04 05 b4 04 02 08 0a 11 12 13 14 21 22 23 24 01 03 03 07"},
      {plain, "02 04 05 b4 01 01 08 0a 11 12 13 14 21 22 23 24 01 03 03 07"},
      {no_timestamps, "02 04 05 b4 01 01 04 02 01 03 03 07"},
      {ack, "01 01 08 0a 11 12 13 14 21 22 23 24 01 01 05 0a 01 02 03 04 05 06 07 08"},
  };
  for (const auto& row : rows) {
    const Bytes golden = hex(row.bytes);
    ASSERT_EQ(row.options.size(), golden.size()) << row.bytes;
    Bytes out = unwritten(golden.size());
    row.options.emit(out);
    EXPECT_EQ(out, golden) << row.bytes;
    const auto parsed = TcpOptions::parse(golden);
    ASSERT_TRUE(parsed.ok()) << row.bytes;
    EXPECT_EQ(*parsed, row.options) << row.bytes;
  }
}

TEST(TcpOptions, RareCombinationsFitWithoutAlignment) {
  // MSS, SACK-permitted and four blocks fill the 40 octets exactly.
  const Bytes full = joined(hex("02 04 05 b4 04 02 05 22"), Bytes(32, 0x11));
  const auto options = TcpOptions::parse(full);
  ASSERT_TRUE(options.ok());
  EXPECT_EQ(options->sack_count, 4);
  ASSERT_EQ(options->size(), kTcpOptionsBytesMax);
  Bytes out = unwritten(kTcpOptionsBytesMax);
  options->emit(out);
  EXPECT_EQ(out, full);
}

TEST(TcpOptions, PackedOptionsEndInPaddingToAWholeWord) {
  // Timestamps, a window scale and three blocks take 39 octets.
  const Bytes packed = joined(hex("08 0a 11 12 13 14 21 22 23 24 03 03 07 05 1a"), Bytes(24, 0x11));
  const auto options = TcpOptions::parse(packed);
  ASSERT_TRUE(options.ok());
  ASSERT_EQ(options->size(), 40u);
  Bytes out = unwritten(40);
  options->emit(out);
  EXPECT_EQ(out, joined(packed, hex("00")));
}

TEST(TcpOptions, ForeignBytes) {
  const struct {
    const char* bytes;
    bool ok;
    std::optional<std::uint16_t> mss;
  } rows[] = {
      {"00 02 04 05 b4", true, {}},  // nothing counts behind the end
      {"01 01 01 02 04 05 b4", true, 1460},
      {"1e 04 aa bb 02 04 05 b4", true, 1460},  // an unknown kind is skipped
      {"02 04 05 b4 02 04 02 00", true, 512},   // the last counts
      {"02", false, {}},                        // no length
      {"02 00 05 b4", false, {}},               // RFC 9293 MUST-7: zero
      {"02 01 05 b4", false, {}},
      {"1e 00 01 01", false, {}},  // of an unknown kind neither
      {"1e 01 01 01", false, {}},
      {"02 03 05", false, {}},  // not the length of an MSS
      {"02 04 05", false, {}},  // runs over the end
      {"03 04 07 07", false, {}},
      {"04 03 00", false, {}},
      {"05 02", false, {}},  // a SACK without a block
      {"05 06 00 00 00 00", false, {}},
      {"08 06 00 00 00 00", false, {}},
  };
  for (const auto& row : rows) {
    const auto options = TcpOptions::parse(hex(row.bytes));
    ASSERT_EQ(options.ok(), row.ok) << row.bytes;
    if (row.ok) {
      EXPECT_EQ(options->mss, row.mss) << row.bytes;
    } else {
      EXPECT_EQ(options.error(), WireError::bad_length) << row.bytes;
    }
  }
}

TEST(TcpOptions, AHostTakesWhatCanBeRead) {
  const auto mss = [](const char* bytes) { return TcpOptions::take(hex(bytes)).mss; };
  EXPECT_EQ(mss("02 04 05 b4 03 04 07 07"), 1460) << "a scale of a wrong length";
  EXPECT_EQ(mss("03 04 07 07 02 04 05 b4"), 1460) << "is skipped";
  EXPECT_EQ(mss("02 04 05 b4 08 00 01 01"), 1460) << "lengths that make no sense";
  EXPECT_EQ(mss("08 00 01 01 02 04 05 b4"), std::nullopt) << "end the reading";
  EXPECT_EQ(mss("02 04 05"), std::nullopt);
  EXPECT_FALSE(TcpOptions::take(hex("04 03 00")).sack_permitted);
}

// RFC 7323 2.3
TEST(TcpOptions, WindowScaleAboveFourteenIsTakenAsFourteen) {
  EXPECT_EQ(TcpOptions::parse(hex("03 03 0e"))->window_scale, 14);
  EXPECT_EQ(TcpOptions::parse(hex("03 03 ff"))->window_scale, 14);
}

TEST(TcpOptions, MoreThanAHeaderCanHoldIsRefused) {
  EXPECT_EQ(TcpOptions::parse(Bytes(41, 1)).error(), WireError::bad_length);
}

}  // namespace
}  // namespace natsim
