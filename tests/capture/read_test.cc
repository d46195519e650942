// Captures to be replayed are read whole, or refused with a reason.
#include "src/capture/read.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/capture/temp_folder.h"

namespace natsim {
namespace {

using testing::HasSubstr;
using Frames = std::vector<CapturedFrame>;

const char* const kNanoseconds = "4d3cb2a1 0200 0400 00000000 00000000 00000400 01000000";
const char* const kMicroseconds = "d4c3b2a1 0200 0400 00000000 00000000 00000400 01000000";
const char* const kBigEndian = "a1b2c3d4 0002 0004 00000000 00000000 00040000 00000001";
const char* const kRawIp = "4d3cb2a1 0200 0400 00000000 00000000 00000400 65000000";
const char* const kUnknownLink = "4d3cb2a1 0200 0400 00000000 00000000 00000400 0f270000";

Result<Frames, std::string> read_hex(const std::string& hex) { return read_capture(from_hex(hex)); }

struct Readable {
  const char* what;
  std::string hex;
  Frames frames;
};

TEST(ReadCapture, ReadsWhatOtherToolsWrite) {
  const std::string section = "0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000";
  const std::string interface = "01000000 14000000 0100 0000 00000400 14000000";
  const Readable rows[] = {
      {"no packet", kNanoseconds, {}},
      {"nanoseconds",
       std::string(kNanoseconds) + "05000000 01000000 02000000 02000000 c0de" +
           "06000000 00000000 01000000 01000000 ff",
       {{0_ns, {0xc0, 0xde}}, {999'999'999_ns, {0xff}}}},
      {"microseconds",
       std::string(kMicroseconds) + "05000000 01000000 00000000 00000000" +
           "05000000 04000000 00000000 00000000",
       {{0_ns, {}}, {3_us, {}}}},
      {"the other byte order",
       std::string(kBigEndian) + "00000005 00000001 00000001 00000001 aa",
       {{0_ns, {0xaa}}}},
      {"pcapng, microseconds, a block of unknown type",
       section + interface + "ad0b0000 0c000000 0c000000" +
           "06000000 24000000 00000000 00000000 00000000 01000000 01000000 aa000000 24000000" +
           "06000000 24000000 00000000 00000000 07000000 01000000 01000000 bb000000 24000000",
       {{0_ns, {0xaa}}, {7_us, {0xbb}}}},
  };
  for (const Readable& row : rows) {
    const auto frames = read_hex(row.hex);
    ASSERT_TRUE(frames.ok()) << row.what << ": " << frames.error();
    EXPECT_EQ(*frames, row.frames) << row.what;
  }
}

TEST(ReadCapture, NeverStepsBackInTime) {
  const auto frames =
      read_hex(std::string(kNanoseconds) +  //
               "05000000 00000000 00000000 00000000" + "04000000 00000000 00000000 00000000" +
               "05000000 09000000 00000000 00000000" + "05000000 07000000 00000000 00000000");
  EXPECT_EQ(frames.value(), (Frames{{0_ns, {}}, {0_ns, {}}, {9_ns, {}}, {9_ns, {}}}));
}

struct Refused {
  std::string hex;
  const char* why;
};

TEST(ReadCapture, RefusesWhatCannotBeReplayed) {
  const Refused rows[] = {
      {"", "the file is empty"},
      {"4d3c", "truncated dump file"},
      {"1f8b0800 00000000 00000000 00000000 00000000 00000000", "unknown file format"},
      {kRawIp, "its link type is RAW, not Ethernet"},
      {kUnknownLink, "its link type is 9999, not Ethernet"},
      {std::string(kNanoseconds) + "05000000 00000000 02000000 30000000 c0de",
       "packet 1 was cut to 2 of 48 bytes when it was captured"},
      {std::string(kNanoseconds) + "05000000 00000000 02000000 02000000 c0", "truncated dump file"},
      {std::string(kNanoseconds) + "05000000 00ca9a3b 00000000 00000000",
       "packet 1 has no valid time"},
      {std::string(kNanoseconds) + "05000000 00000000 ffffff7f ffffff7f", "invalid packet capture"},
  };
  for (const Refused& row : rows) {
    const auto frames = read_hex(row.hex);
    ASSERT_FALSE(frames.ok()) << row.why;
    EXPECT_THAT(frames.error(), HasSubstr(row.why));
  }
}

TEST(ReadCapture, KeepsToItsLimits) {
  std::string hex = kNanoseconds;
  for (int i = 0; i < 3; ++i) hex += "00000000 00000000 02000000 02000000 aabb";
  const Bytes file = from_hex(hex);
  EXPECT_EQ(read_capture(file, {3, 6, 2})->size(), 3u);
  EXPECT_EQ(read_capture(file, {2, 6, 2}).error(), "it has more than 2 packets");
  EXPECT_EQ(read_capture(file, {3, 5, 2}).error(), "its packets have more than 5 bytes");
  EXPECT_EQ(read_capture(file, {3, 6, 1}).error(),
            "packet 1 has 2 bytes, more than a frame can have (1)");
}

TEST(ReadCapture, TellsWhyAFileCannotBeOpened) {
  const TempFolder temp;
  EXPECT_EQ(read_capture(temp / "none.pcap").error(), "No such file or directory");
  EXPECT_EQ(read_capture(temp.path()).error(), "it is not a regular file");
  ASSERT_EQ(::mkfifo((temp / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(read_capture(temp / "pipe").error(), "it is not a regular file");
  write_file(temp / "empty.pcap", Bytes{});
  EXPECT_THAT(read_capture(temp / "empty.pcap").error(), HasSubstr("truncated dump file"));
}

TEST(ReadCapture, SurvivesEveryTruncationAndEveryFlippedByte) {
  const std::string corpus = std::string(NATSIM_SOURCE_DIR) + "/tests/fuzz/corpus/capture";
  std::size_t seeds = 0;
  for (const auto& entry : std::filesystem::directory_iterator(corpus)) {
    const Bytes file = file_bytes(entry.path().string());
    ++seeds;
    for (std::size_t size = 0; size <= file.size(); ++size) {
      const auto frames = read_capture(ByteSpan(file).first(size));
      EXPECT_TRUE(frames.ok() || !frames.error().empty());
    }
    for (std::size_t at = 0; at < file.size(); ++at) {
      Bytes damaged = file;
      damaged[at] ^= 0xff;
      const auto frames = read_capture(damaged);
      EXPECT_TRUE(frames.ok() || !frames.error().empty());
    }
  }
  EXPECT_GE(seeds, 5u);
}

}  // namespace
}  // namespace natsim
