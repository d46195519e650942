// Quantities: what is read, what is refused and why, and that writing is the inverse of reading.
#include "sim/base/units.h"

#include <cstdint>
#include <limits>
#include <string_view>

#include <gtest/gtest.h>

namespace natsim {
namespace {

struct Good {
  std::string_view text;
  std::uint64_t value;
};
struct Bad {
  std::string_view text;
  UnitError error;
};

TEST(Durations, AreWholeNanosecondsWhateverTheUnit) {
  for (const auto& [text, ns] : {
           Good{"0s", 0},
           Good{"1ns", 1},
           Good{"10us", 10'000},
           Good{"10µs", 10'000},
           Good{"10ms", 10'000'000},
           Good{"1.5s", 1'500'000'000},
           Good{"0.000000001s", 1},
           Good{"1.50000000000s", 1'500'000'000},
           Good{"007s", 7'000'000'000},
           Good{"100 ms", 100'000'000},
           Good{"5m", 300'000'000'000},
           Good{"5min", 300'000'000'000},
           Good{"1h", 3'600'000'000'000},
           Good{"1d", 86'400'000'000'000},
           Good{"9223372036854775807ns", 9'223'372'036'854'775'807},
       }) {
    const auto read = parse_duration(text);
    ASSERT_TRUE(read.ok()) << text;
    EXPECT_EQ(std::uint64_t(read->ns()), ns) << text;
  }
}

TEST(Durations, AreRefusedForAReason) {
  for (const auto& [text, error] : {
           Bad{"10", UnitError::no_unit},
           Bad{"10 ", UnitError::no_unit},
           Bad{"", UnitError::not_a_number},
           Bad{"ms", UnitError::not_a_number},
           Bad{"-1ms", UnitError::not_a_number},
           Bad{"+1ms", UnitError::not_a_number},
           Bad{".5s", UnitError::not_a_number},
           Bad{"5.s", UnitError::not_a_number},
           Bad{"1.2.3s", UnitError::unknown_unit},
           Bad{"1e3s", UnitError::unknown_unit},
           Bad{"0x10s", UnitError::unknown_unit},
           Bad{"10  ms", UnitError::unknown_unit},
           Bad{"10ms ", UnitError::unknown_unit},
           Bad{"10MS", UnitError::unknown_unit},
           Bad{"0.5ns", UnitError::too_fine},
           Bad{"0.0000000001s", UnitError::too_fine},
           Bad{"0.00000000000000000001s", UnitError::too_fine},
           Bad{"9223372036854775808ns", UnitError::too_large},
           Bad{"300y", UnitError::unknown_unit},
           Bad{"106752d", UnitError::too_large},
           Bad{"99999999999999999999999s", UnitError::too_large},
       }) {
    const auto read = parse_duration(text);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_EQ(to_string(read.error()), std::string_view(to_string(error))) << text;
  }
}

TEST(Rates, CountBitsInPowersOfAThousand) {
  for (const auto& [text, bits] : {
           Good{"1bit/s", 1},
           Good{"56kbit/s", 56'000},
           Good{"100Mbit/s", 100'000'000},
           Good{"2.5Gbit/s", 2'500'000'000},
           Good{"1Tbit/s", 1'000'000'000'000},
       })
    EXPECT_EQ(*parse_rate(text), bits) << text;
  for (const std::string_view text : {"100Mbps", "100mbit", "100MB/s", "100mbit/s", "100Mbit"})
    EXPECT_EQ(parse_rate(text).error(), UnitError::unknown_unit) << text;
  EXPECT_EQ(parse_rate("1.5bit/s").error(), UnitError::too_fine);
  EXPECT_EQ(parse_rate("18446745Tbit/s").error(), UnitError::too_large);
}

TEST(Sizes, TellPowersOfTenFromPowersOfTwo) {
  for (const auto& [text, bytes] : {
           Good{"64B", 64},
           Good{"64kB", 64'000},
           Good{"64KiB", 65'536},
           Good{"1.5KiB", 1'536},
           Good{"1MB", 1'000'000},
           Good{"1MiB", 1'048'576},
           Good{"4GiB", 4'294'967'296},
       })
    EXPECT_EQ(*parse_size(text), bytes) << text;
  EXPECT_EQ(parse_size("64").error(), UnitError::no_unit);
  EXPECT_EQ(parse_size("64K").error(), UnitError::unknown_unit);
  EXPECT_EQ(parse_size("0.5B").error(), UnitError::too_fine);
}

TEST(Percentages, AreExactRatiosInLowestTerms) {
  EXPECT_EQ(*parse_percent("0%"), (Ratio{0, 1}));
  EXPECT_EQ(*parse_percent("1%"), (Ratio{1, 100}));
  EXPECT_EQ(*parse_percent("0.1%"), (Ratio{1, 1000}));
  EXPECT_EQ(*parse_percent("33.3%"), (Ratio{333, 1000}));
  EXPECT_EQ(*parse_percent("50 %"), (Ratio{1, 2}));
  EXPECT_EQ(*parse_percent("100%"), (Ratio{1, 1}));
  EXPECT_EQ(*parse_percent("0.0000001%"), (Ratio{1, 1'000'000'000}));
  EXPECT_EQ(parse_percent("0.00000001%").error(), UnitError::too_fine);
  EXPECT_EQ(parse_percent("100.0000001%").error(), UnitError::too_large);
  EXPECT_EQ(parse_percent("0.01").error(), UnitError::no_unit);
  EXPECT_EQ(parse_percent("1/100").error(), UnitError::unknown_unit);
}

TEST(Writing, IsShortAndExact) {
  EXPECT_EQ(format_duration({}), "0s");
  EXPECT_EQ(format_duration(Duration::milliseconds(10)), "10ms");
  EXPECT_EQ(format_duration(Duration::milliseconds(1500)), "1.5s");
  EXPECT_EQ(format_duration(Duration::nanoseconds(1'000'001)), "1.000001ms");
  EXPECT_EQ(format_duration(Duration::seconds(90)), "90s");
  EXPECT_EQ(format_duration(Duration::seconds(300)), "5m");
  EXPECT_EQ(format_duration(Duration::seconds(3600)), "1h");
  EXPECT_EQ(format_duration(Duration::seconds(-3600)), "-1h");
  EXPECT_EQ(format_duration(Duration::nanoseconds(std::numeric_limits<std::int64_t>::min())),
            "-9223372036.854775808s");
  EXPECT_EQ(format_rate(100'000'000), "100Mbit/s");
  EXPECT_EQ(format_rate(2'500'000'000), "2.5Gbit/s");
  EXPECT_EQ(format_rate(0), "0bit/s");
  EXPECT_EQ(format_size(65'536), "64KiB");
  EXPECT_EQ(format_size(1'500), "1500B");
  EXPECT_EQ(format_size(0), "0B");
  EXPECT_EQ(format_percent({1, 1000}), "0.1%");
  EXPECT_EQ(format_percent({1, 1}), "100%");
  EXPECT_EQ(format_percent({0, 7}), "0%");
  EXPECT_EQ(format_percent({1, 3}), "1/3");
}

TEST(Writing, IsReadBackAsTheSame) {
  std::uint64_t value = 1;  // Walks through all magnitudes, with and without round numbers.
  for (int i = 0; i < 200; ++i) {
    const auto ns = Duration::nanoseconds(std::int64_t(value >> 1));
    EXPECT_EQ(parse_duration(format_duration(ns))->ns(), ns.ns());
    EXPECT_EQ(*parse_rate(format_rate(value)), value);
    EXPECT_EQ(*parse_size(format_size(value)), value);
    const auto percent = parse_percent(format_percent({std::uint32_t(value % 1000), 1000}));
    EXPECT_EQ(std::uint64_t(percent->numerator) * 1000, value % 1000 * percent->denominator);
    value = i % 3 == 2 ? value + 1 : value * 10;
  }
}

}  // namespace
}  // namespace natsim
