// pcapng files hold, byte for byte, what the draft says they should.
#include "src/capture/pcapng.h"

#include <gtest/gtest.h>

#include "tests/capture/temp_folder.h"

namespace natsim {
namespace {

constexpr Epoch kNewYear{1'767'225'600};  // 2026-01-01T00:00:00Z: 0x18867251edfa0000 ns

const char* const kSectionHeader =
    "0a0d0d0a 2c000000 4d3c2b1a 0100 0000 ffffffffffffffff"
    "0400 0600 6e617473696d0000"  // shb_userappl: natsim
    "0000 0000 2c000000";
const char* const kInterfaceA =
    "01000000 28000000 0100 0000 00000400"
    "0200 0300 613a6200"  // if_name: a:b
    "0900 0100 09000000"  // if_tsresol: 10^-9 s
    "0000 0000 28000000";

class PcapngFile : public testing::Test {
 protected:
  PcapngWriter writer(const std::vector<std::string>& interfaces, std::size_t buffer_bytes = 4096) {
    return PcapngWriter(BufferedFile(*folder_, "x.pcapng", buffer_bytes, {}), kNewYear, interfaces);
  }
  static Bytes finished(PcapngWriter& writer, const TempFolder& folder) {
    writer.file().finish();
    EXPECT_EQ(writer.file().error(), FileStatus());
    return file_bytes(folder / "x.pcapng.part");
  }

  TempFolder temp_;
  std::unique_ptr<OutputFolder> folder_ = OutputFolder::open(temp_.path()).value();
};

TEST_F(PcapngFile, OpensWithASectionAndADescriptionOfEachInterface) {
  PcapngWriter out = writer({"a:b", "router:eth0"});
  EXPECT_EQ(finished(out, temp_), from_hex(std::string(kSectionHeader) + kInterfaceA +
                                           "01000000 30000000 0100 0000 00000400"
                                           "0200 0b00 726f757465723a6574683000"
                                           "0900 0100 09000000"
                                           "0000 0000 30000000"));
}

TEST_F(PcapngFile, RecordsTimeDirectionAndFrame) {
  PcapngWriter out = writer({"a:b"});
  out.record(0, Direction::received, Instant::from_ns(1), from_hex("c0ffee"));
  out.record(0, Direction::sent, Instant::from_ns(0x10'0000'0000), from_hex("01020304"));
  EXPECT_EQ(finished(out, temp_),
            from_hex(std::string(kSectionHeader) + kInterfaceA +
                     "06000000 30000000 00000000 51728618 0100faed 03000000 03000000"
                     "c0ffee00"            // padded to a word
                     "0200 0400 01000000"  // inbound
                     "0000 0000 30000000"
                     "06000000 30000000 00000000 61728618 0000faed 04000000 04000000"
                     "01020304"            // nothing to pad
                     "0200 0400 02000000"  // outbound
                     "0000 0000 30000000"));
}

TEST_F(PcapngFile, PutsTheVerdictBesideItsFrame) {
  PcapngWriter out = writer({"a:b"});
  out.record(0, Direction::sent, Instant(), from_hex("aa"), "no");
  EXPECT_EQ(finished(out, temp_),
            from_hex(std::string(kSectionHeader) + kInterfaceA +
                     "06000000 38000000 00000000 51728618 0000faed 01000000 01000000"
                     "aa000000"
                     "0100 0200 6e6f0000"  // opt_comment: no
                     "0200 0400 02000000"
                     "0000 0000 38000000"));
}

TEST_F(PcapngFile, RecordsAFrameWithoutBytes) {
  PcapngWriter out = writer({"a:b"});
  out.record(0, Direction::sent, Instant(), {});
  EXPECT_EQ(finished(out, temp_),
            from_hex(std::string(kSectionHeader) + kInterfaceA +
                     "06000000 2c000000 00000000 51728618 0000faed 00000000 00000000"
                     "0200 0400 02000000"
                     "0000 0000 2c000000"));
}

TEST_F(PcapngFile, CarriesTheKeysOfTls) {
  PcapngWriter out = writer({});
  out.add_tls_keys("");
  out.add_tls_keys("CLIENT");
  EXPECT_EQ(finished(out, temp_),
            from_hex(std::string(kSectionHeader) + "0a000000 1c000000 4b534c54 06000000"
                                                   "434c49454e540000 1c000000"));
}

TEST_F(PcapngFile, CutsALongCommentBetweenCharacters) {
  PcapngWriter out = writer({});
  const std::size_t head = finished(out, temp_).size();
  PcapngWriter commented = writer({"a:b"});
  // 65533 letters, then a euro sign of three bytes: it would end one byte too late.
  const std::string comment = std::string(65533, 'x') + "\u20ac";
  commented.record(0, Direction::sent, Instant(), from_hex("aa"), comment);
  const Bytes bytes = finished(commented, temp_);
  const std::size_t option =
      head + 40 + 28 + 4;  // after the interface, the record's head, the frame
  ASSERT_GT(bytes.size(), option + 4);
  EXPECT_EQ(bytes[option], 1);
  EXPECT_EQ(bytes[option + 2] | bytes[option + 3] << 8, 65533);
  EXPECT_EQ(bytes[option + 4 + 65532], 'x');
  EXPECT_EQ(bytes[option + 4 + 65533], 0);  // padding
}

TEST_F(PcapngFile, KeepsNoMoreThanTheSnapLengthOfAFrame) {
  PcapngWriter out = writer({"a:b"});
  out.record(0, Direction::sent, Instant(), Bytes(kSnapLength + 5));
  const Bytes bytes = finished(out, temp_);
  const Bytes lengths(bytes.begin() + 44 + 40 + 20, bytes.begin() + 44 + 40 + 28);
  EXPECT_EQ(lengths, from_hex("00000400 05000400"));
}

TEST_F(PcapngFile, HasTheSameBytesWhateverTheBuffer) {
  std::vector<Bytes> files;
  for (const std::size_t buffer_bytes : {std::size_t(0), std::size_t(64), std::size_t(1) << 20}) {
    PcapngWriter out = writer({"a:b"}, buffer_bytes);
    for (std::size_t size = 0; size < 200; ++size)
      out.record(0, Direction::sent, Instant::from_ns(std::int64_t(size)), counting_bytes(size),
                 std::string(size / 10, 'c'));
    files.push_back(finished(out, temp_));
  }
  EXPECT_GT(files[0].size(), 20'000u);
  EXPECT_EQ(files[0], files[1]);
  EXPECT_EQ(files[0], files[2]);
}

}  // namespace
}  // namespace natsim
