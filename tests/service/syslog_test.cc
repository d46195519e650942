// Goal: syslog messages are written as RFC 5424 has them and read in its form, in RFC 3164's and in
// none; foreign bytes do no harm to who reads the collector's notes.
#include "sim/service/syslog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/random.h"

namespace natsim {
namespace {

SyslogMessage parse(std::string_view text) {
  return SyslogMessage::parse({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

std::string emitted(const SyslogMessage& message) {
  Bytes bytes;
  message.emit(bytes);
  return {bytes.begin(), bytes.end()};
}

TEST(Syslog, IsWrittenAsRfc5424HasIt) {
  const std::string time = syslog_timestamp(Instant() + 1'500'000_us, 1'767'225'600);
  EXPECT_EQ(time, "2026-01-01T00:00:01.500000Z");
  EXPECT_EQ(emitted({4, 2, time, "pc", "su", "no"}),
            "<34>1 2026-01-01T00:00:01.500000Z pc su - - - no");
  EXPECT_EQ(emitted({0, 0, "", "my host", "", ""}), "<0>1 - my_host - - - - ");
}

TEST(Syslog, TheRfcsExamplesAreRead) {
  // RFC 5424 6.5, without the byte order mark.
  const auto su = parse(
      "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - 'su root' failed for "
      "lonvick on /dev/pts/8");
  EXPECT_EQ(su.to_string(),
            "mymachine.example.com su auth.crit: 'su root' failed for lonvick on /dev/pts/8");
  EXPECT_EQ(su.timestamp, "2003-10-11T22:14:15.003Z");
  const auto event = parse(
      "<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 "
      "[exampleSDID@32473 iut=\"3\" eventSource=\"Appli\\]cation\"][examplePriority@32473 "
      "class=\"high\"] An application event");
  EXPECT_EQ(event.to_string(),
            "mymachine.example.com evntslog local4.notice: An application event");
  // RFC 3164 5.4.
  const auto old =
      parse("<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8");
  EXPECT_EQ(old.to_string(), "mymachine su auth.crit: 'su root' failed for lonvick on /dev/pts/8");
  EXPECT_EQ(parse("Use the BFG!").to_string(), "user.notice: Use the BFG!");
  EXPECT_EQ(parse("<999>x").text, "<999>x");
  EXPECT_EQ(parse("<1x>y").text, "<1x>y");
}

TEST(Syslog, WhatIsWrittenIsRead) {
  for (const auto& message : {SyslogMessage{23, 7, "-", "h", "a", "t"},
                              SyslogMessage{0, 0, "x", "y", "z", "a: b [c] d"}}) {
    const SyslogMessage again = parse(emitted(message));
    EXPECT_EQ(again.to_string(), message.to_string());
    EXPECT_EQ(again.timestamp, message.timestamp);
  }
}

TEST(Syslog, PrioritiesByWord) {
  const auto priority = parse_syslog_priority("local7.debug");
  ASSERT_TRUE(priority.has_value());
  EXPECT_EQ(priority->facility, 23);
  EXPECT_EQ(priority->severity, 7);
  for (const char* wrong : {"", ".", "user", "user.", ".notice", "users.notice", "user.notices"})
    EXPECT_FALSE(parse_syslog_priority(wrong).has_value()) << wrong;
}

TEST(Syslog, ForeignBytesBecomeALineThatATerminalCanShow) {
  EXPECT_EQ(parse("<13>\x1b[31mred\n").text, ".[31mred");
  EXPECT_EQ(parse(std::string(100'000, 'x')).text.size(), kSyslogBytesMax);
  Prng rng(11);
  for (int i = 0; i < 20'000; ++i) {
    std::string text = i % 2 == 0 ? "<34>1 - h a - - " : "<34>";
    for (std::uint64_t n = rng.below(60); n > 0; --n) text += "[]\\\"= :-1aO\n\xff"[rng.below(12)];
    const std::string line = parse(text).to_string();
    for (const char c : line) ASSERT_TRUE(c >= ' ' && c <= '~') << line;
  }
}

TEST(SyslogSender, StopsWithinAnInstantButNotForEver) {
  class OnePort final : public UdpPorts {
   public:
    std::optional<std::uint16_t> open(const Endpoint&) override { return 40'000; }
    void close(std::uint16_t) override {}
  };
  SyslogSender sender({IpAddress::parse("192.0.2.1").value(), kSyslogPort},
                      std::make_unique<OnePort>());
  for (std::size_t i = 0; i < SyslogSender::kBurstMax; ++i)
    ASSERT_TRUE(sender.log({}, Instant() + 1_s));
  EXPECT_FALSE(sender.log({}, Instant() + 1_s));
  Outbox out;
  sender.on_deadline(Instant() + 1_s, out);
  EXPECT_EQ(out.datagrams.size(), SyslogSender::kBurstMax);
  EXPECT_FALSE(sender.log({}, Instant() + 1_s)) << "it would answer itself";
  EXPECT_TRUE(sender.log({}, Instant() + 2_s));
}

}  // namespace
}  // namespace natsim
