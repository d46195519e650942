// Filters choose frames as tcpdump's do.
#include "src/capture/filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/capture/temp_folder.h"

namespace natsim {
namespace {

using testing::HasSubstr;
using testing::Not;

// 10.0.0.2:53 > 10.0.0.1:1234, and an ARP request, both from 02:00:00:00:00:01.
Bytes udp_frame() {
  return from_hex(
      "ffffffffffff 020000000001 0800"
      "4500001c 00000000 40110000 0a000002 0a000001"
      "003504d2 00080000");
}
Bytes arp_frame() {
  return from_hex(
      "ffffffffffff 020000000001 0806"
      "0001080006040001 020000000001 0a000002 000000000000 0a000001");
}
Bytes tagged(Bytes frame) {
  const Bytes tag = from_hex("8100 000a");
  frame.insert(frame.begin() + 12, tag.begin(), tag.end());
  return frame;
}

struct Row {
  const char* expression;
  bool udp, arp;
};

TEST(CaptureFilter, ChoosesFrames) {
  const Row rows[] = {
      {"", true, true},
      {"arp", false, true},
      {"udp port 53", true, false},
      {"tcp port 53", false, false},
      {"src host 10.0.0.2", true, true},
      {"ip dst host 10.0.0.2", false, false},
      {"ether src 02:00:00:00:00:01 and not arp", true, false},
      {"less 42", true, true},
      {"greater 43", false, false},
      {"vlan 10", false, false},
      {"udp[0:2] = 53 or arp[7] = 1", true, true},
  };
  for (const Row& row : rows) {
    const auto filter = CaptureFilter::compile(row.expression);
    ASSERT_TRUE(filter.ok()) << row.expression << ": " << filter.error();
    EXPECT_EQ(filter->matches(udp_frame()), row.udp) << row.expression;
    EXPECT_EQ(filter->matches(arp_frame()), row.arp) << row.expression;
  }
}

TEST(CaptureFilter, LooksBehindAVlanTagOnlyWhenAsked) {
  const Bytes frame = tagged(udp_frame());
  EXPECT_FALSE(CaptureFilter::compile("udp port 53")->matches(frame));
  EXPECT_TRUE(CaptureFilter::compile("vlan 10 and udp port 53")->matches(frame));
  EXPECT_FALSE(CaptureFilter::compile("vlan 11 and udp port 53")->matches(frame));
}

TEST(CaptureFilter, DoesNotLookBeyondTheEndOfAFrame) {
  const auto filter = CaptureFilter::compile("udp port 53");
  const Bytes frame = udp_frame();
  for (std::size_t size = 0; size < 36; ++size)
    EXPECT_FALSE(filter->matches(ByteSpan(frame).first(size))) << size;
}

TEST(CaptureFilter, TellsWhatIsWrongInLibpcapsWords) {
  const auto error = [](std::string_view text) { return CaptureFilter::compile(text).error(); };
  EXPECT_THAT(error("udp prt 53"), HasSubstr("syntax error"));
  EXPECT_THAT(error("vlan 4096"), HasSubstr("4096"));
  EXPECT_THAT(error("inbound"), HasSubstr("not supported"));
  EXPECT_THAT(error(std::string(30'000, '(')), Not(HasSubstr("((")));
  EXPECT_EQ(error(std::string_view("arp\0", 4)), "it holds a NUL byte");
}

}  // namespace
}  // namespace natsim
