// Goal: DNS messages are read and written as RFC 1035 4 draws them, names compressed; what is
// malformed is refused, and no compression pointer leads round in a circle.
#include "sim/wire/dns.h"

#include <gtest/gtest.h>

#include "sim/base/random.h"
#include "tests/wire/frames.h"
#include "tests/wire/golden.h"

namespace natsim {
namespace {

// Written by hand from RFC 1035's boxes: www.example.com is an alias of web.example.com.
constexpr const char* kAnswer =
    "12 67 85 80 00 01 00 02 00 00 00 00 "
    "03 77 77 77 07 65 78 61 6d 70 6c 65 03 63 6f 6d 00 00 01 00 01 "
    "c0 0c 00 05 00 01 00 00 01 2c 00 06 03 77 65 62 c0 10 "
    "c0 2d 00 01 00 01 00 00 00 3c 00 04 cb 00 71 50";

DnsName name(std::string_view text) {
  const auto parsed = DnsName::parse(text);
  EXPECT_TRUE(parsed.has_value()) << text;
  return parsed.value_or(DnsName());
}

Bytes emitted(const DnsMessage& message) {
  Bytes bytes;
  message.emit(bytes);
  return bytes;
}

DnsMessage answer() {
  DnsMessage message;
  message.id = 0x1267;
  message.response = message.authoritative = true;
  message.recursion_desired = message.recursion_available = true;
  message.questions = {{name("www.example.com")}};
  message.answers = {
      {name("www.example.com"), DnsType::cname, 300, name("web.example.com")},
      {name("web.example.com"), DnsType::a, 60, IpAddress(Ipv4Address::of(203, 0, 113, 80))}};
  return message;
}

TEST(Dns21, GoldenAnswerIsReadAndWrittenWithPointers) {
  const auto parsed = DnsMessage::parse(hex(kAnswer));
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(*parsed, answer());
  EXPECT_EQ(emitted(answer()), hex(kAnswer));
}

TEST(Dns, EveryTypeComesBack) {
  DnsMessage message = answer();
  message.answers.push_back(
      {name("example.com"), DnsType::aaaa, 1, *IpAddress::parse("2001:db8::1")});
  message.answers.push_back(
      {name("example.com"), DnsType::mx, 2, DnsMx{10, name("mx.example.com")}});
  message.answers.push_back({name("example.com"), DnsType::txt, 3, DnsTxt{{"v=spf1 -all", ""}}});
  message.answers.push_back(
      {name("80.113.0.203.in-addr.arpa"), DnsType::ptr, 4, name("web.example.com")});
  message.answers.push_back({name("x.example.com"), DnsType(99), 5, Bytes{1, 2, 3}});
  message.authority.push_back({name("example.com"), DnsType::ns, 6, name("ns.example.com")});
  message.authority.push_back({name("example.com"), DnsType::soa, 7,
                               DnsSoa{name("ns.example.com"), name("root.example.com")}});
  message.edns = DnsEdns{4096, 0};
  const auto parsed = DnsMessage::parse(emitted(message));
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(*parsed, message);
  EXPECT_EQ(to_string(*parsed),
            "4711* 7/2/0 www.example.com CNAME web.example.com, web.example.com A 203.0.113.80, "
            "example.com AAAA 2001:db8::1, example.com MX 10 mx.example.com, …");
}

TEST(Dns21, PointersThatDoNotLeadBackAreRefused) {
  const char* const header = "00 01 00 00 00 01 00 00 00 00 00 00 ";
  const struct {
    const char* name;
    WireError error;
  } rows[] = {
      {"c0 0c", WireError::bad_value},        // itself
      {"c0 0e c0 0c", WireError::bad_value},  // forward, and back
      {"01 61 c0 0c", WireError::bad_value},  // a label, then itself
      {"c0 ff", WireError::bad_value},        // beyond the end
      {"40 61", WireError::bad_value},        // a reserved kind of label
      {"c0", WireError::truncated},
      {"05 61 62", WireError::truncated},
      {"", WireError::truncated},
  };
  for (const auto& row : rows) {
    const auto parsed = DnsMessage::parse(joined(hex(header), hex(row.name)));
    ASSERT_FALSE(parsed.ok()) << row.name;
    EXPECT_EQ(parsed.error(), row.error) << row.name;
  }
}

TEST(Dns, CountsAndLengthsAreNotTrusted) {
  const Bytes whole = hex(kAnswer);
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(DnsMessage::parse(ByteSpan(whole).first(size)).ok()) << size;
  Bytes wrong_length = whole;
  wrong_length[whole.size() - 5] = 3;  // an A record of three octets
  EXPECT_EQ(DnsMessage::parse(wrong_length).error(), WireError::bad_length);
}

TEST(Dns, ForeignBytesDoNoHarm) {
  Prng random(1);
  const Bytes whole = emitted(answer());
  for (int round = 0; round < 20'000; ++round) {
    Bytes bytes = whole;
    for (int i = 0; i < 3; ++i) bytes[random.below(bytes.size())] = std::uint8_t(random.next());
    const auto parsed = DnsMessage::parse(bytes);
    if (!parsed) continue;
    const auto again = DnsMessage::parse(emitted(*parsed));
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(*again, *parsed);
  }
}

TEST(DnsName, IsReadAndWritten) {
  EXPECT_EQ(name("www.Example.com.").to_string(), "www.Example.com");
  EXPECT_EQ(name(".").to_string(), ".");
  EXPECT_EQ(name("a\\.b.c\\000").to_string(), "a\\.b.c\\000");
  for (const char* wrong : {"", "..", ".a", "a..b", "a\\", "a\\25", "a\\999"})
    EXPECT_FALSE(DnsName::parse(wrong)) << wrong;
  EXPECT_TRUE(DnsName::parse(std::string(63, 'a')));
  EXPECT_FALSE(DnsName::parse(std::string(64, 'a')));
  std::string long_name;
  for (int i = 0; i < 127; ++i) long_name += "a.";
  EXPECT_TRUE(DnsName::parse(long_name));
  EXPECT_FALSE(DnsName::parse(long_name + "a"));
}

TEST(DnsName, ComparesWithoutCase) {  // DNS-07
  EXPECT_EQ(name("WWW.example.COM"), name("www.EXAMPLE.com"));
  EXPECT_TRUE(name("www.example.com").is_within(name("EXAMPLE.com")));
  EXPECT_TRUE(name("example.com").is_within(name("example.com")));
  EXPECT_TRUE(name("example.com").is_within(DnsName()));
  EXPECT_FALSE(name("badexample.com").is_within(name("example.com")));
  EXPECT_FALSE(name("com").is_within(name("example.com")));
}

TEST(DnsName, ReverseNames) {  // DNS-03
  EXPECT_EQ(DnsName::reverse_of(Ipv4Address::of(203, 0, 113, 80)).to_string(),
            "80.113.0.203.in-addr.arpa");
  EXPECT_EQ(DnsName::reverse_of(*IpAddress::parse("2001:db8::567:89ab")).to_string(),
            "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
}

}  // namespace
}  // namespace natsim
