// Goal: what a server says of its own zones is what RFC 1034 4.3.2 and RFC 2308 say, to each client
// what its view holds, within the size that the client can take.
#include "sim/service/dns_server.h"

#include <gtest/gtest.h>

#include "tests/service/dns_bench.h"

namespace natsim {
namespace {

constexpr const char* kServer = "192.0.2.53";

std::vector<DnsRecord> example_zone() {
  return {
      name_record("example.com", DnsType::ns, "ns.example.com"),
      address_record("ns.example.com", "192.0.2.53"),
      address_record("www.example.com", "203.0.113.80", 60),
      address_record("www.example.com", "2001:db8::80", 60),
      name_record("alias.example.com", DnsType::cname, "www.example.com"),
      name_record("away.example.com", DnsType::cname, "www.example.net"),
      {dns_name("example.com"), DnsType::mx, 300, DnsMx{10, dns_name("ns.example.com")}},
      {dns_name("example.com"), DnsType::txt, 300, DnsTxt{{"v=spf1 -all"}}},
      address_record("a.b.example.com", "203.0.113.81"),
      address_record("*.wild.example.com", "203.0.113.82"),
      name_record("sub.example.com", DnsType::ns, "ns.sub.example.com", 120),
      address_record("ns.sub.example.com", "198.51.100.53", 120),
  };
}

class DnsServerTest : public testing::Test {
 protected:
  DnsServerTest() { bench_.add_zone(kServer, "example.com", example_zone()); }
  std::string ask(std::string_view name, DnsType type) {
    const DnsMessage answer = bench_.ask(kServer, name, type);
    const std::string text = to_string(answer);
    return text.substr(0, 4) == "4711" ? text.substr(4) : text;
  }
  DnsBench bench_;
};

TEST_F(DnsServerTest, Dns01AnswersWithAddressIdAndQuestion) {
  const DnsMessage answer = bench_.ask(kServer, "www.example.com");
  EXPECT_EQ(answer.id, 4711);
  EXPECT_TRUE(answer.response && answer.authoritative && answer.recursion_desired);
  EXPECT_EQ(answer.questions, (std::vector<DnsQuestion>{{dns_name("www.example.com")}}));
  EXPECT_EQ(answer.answers, std::vector{address_record("www.example.com", "203.0.113.80", 60)});
}

TEST_F(DnsServerTest, Dns01SaysRecursionAvailableWhereItIs) {
  EXPECT_FALSE(bench_.ask(kServer, "www.example.com").recursion_available);
  bench_.add_resolver("192.0.2.54", {{address_of(kServer)}, {}});
  EXPECT_TRUE(bench_.ask("192.0.2.54", "www.example.com").recursion_available);
}

TEST_F(DnsServerTest, Dns02To06WhatNamesHold) {
  EXPECT_EQ(ask("www.example.com", DnsType::aaaa), "*- 1/0/0 www.example.com AAAA 2001:db8::80");
  EXPECT_EQ(ask("alias.example.com", DnsType::a),  // DNS-04
            "*- 2/0/0 alias.example.com CNAME www.example.com, www.example.com A 203.0.113.80");
  EXPECT_EQ(ask("alias.example.com", DnsType::cname),
            "*- 1/0/0 alias.example.com CNAME www.example.com");
  EXPECT_EQ(ask("no.example.com", DnsType::a), "*- NXDOMAIN 0/1/0");  // DNS-05
  EXPECT_EQ(ask("www.example.com", DnsType::mx), "*- 0/1/0");         // DNS-06
  EXPECT_EQ(ask("b.example.com", DnsType::a), "*- 0/1/0") << "an empty name between is no error";
  EXPECT_EQ(ask("example.com", DnsType::mx), "*- 1/0/1 example.com MX 10 ns.example.com");
  EXPECT_EQ(ask("example.com", DnsType::txt), "*- 1/0/0 example.com TXT \"v=spf1 -all\"");
  EXPECT_EQ(ask("x.wild.example.com", DnsType::a), "*- 1/0/0 x.wild.example.com A 203.0.113.82");
  EXPECT_EQ(ask("away.example.com", DnsType::a), "*- 1/0/0 away.example.com CNAME www.example.net");
}

TEST_F(DnsServerTest, Dns05NegativeAnswersBearTheSoa) {
  const DnsMessage answer = bench_.ask(kServer, "no.example.com");
  ASSERT_EQ(answer.authority.size(), 1u);
  EXPECT_EQ(answer.authority[0].type, DnsType::soa);
  EXPECT_EQ(answer.authority[0].name, dns_name("example.com"));
}

TEST_F(DnsServerTest, Dns07CaseDoesNotMatterAndIsEchoed) {
  const DnsMessage answer = bench_.ask(kServer, "wWw.EXAMPLE.com");
  EXPECT_EQ(answer.questions.at(0).name.to_string(), "wWw.EXAMPLE.com");
  EXPECT_EQ(answer.answers.size(), 1u);
}

TEST_F(DnsServerTest, Dns11DelegationIsAReferralWithGlue) {
  const DnsMessage answer = bench_.ask(kServer, "www.sub.example.com");
  EXPECT_FALSE(answer.authoritative);
  EXPECT_TRUE(answer.answers.empty());
  EXPECT_EQ(answer.authority,
            std::vector{name_record("sub.example.com", DnsType::ns, "ns.sub.example.com", 120)});
  EXPECT_EQ(answer.additional,
            std::vector{address_record("ns.sub.example.com", "198.51.100.53", 120)});
}

TEST_F(DnsServerTest, Dns13OtherNamesAreRefused) {
  EXPECT_EQ(ask("www.example.net", DnsType::a), "- REFUSED 0/0/0");
}

TEST_F(DnsServerTest, Dns14And16LongAnswersAreTruncated) {
  std::vector<DnsRecord> records;
  for (int i = 0; i < 60; ++i)
    records.push_back(address_record("many.example.org", "10.0.0." + std::to_string(i + 1)));
  for (int i = 0; i < 200; ++i)
    records.push_back(address_record("more.example.org", "10.0.1." + std::to_string(i + 1)));
  bench_.add_zone("192.0.2.55", "example.org", records);
  const DnsMessage cut = bench_.ask("192.0.2.55", "many.example.org");
  EXPECT_TRUE(cut.truncated);
  EXPECT_TRUE(cut.answers.empty());
  DnsMessage query = DnsBench::query("many.example.org", DnsType::a);
  query.edns = DnsEdns{4096, 0};
  const DnsMessage whole = bench_.ask("10.0.0.7", "192.0.2.55", query);
  EXPECT_EQ(whole.answers.size(), 60u);
  ASSERT_TRUE(whole.edns.has_value());
  EXPECT_EQ(whole.edns->udp_bytes_max, 1232);
  query.questions[0].name = dns_name("more.example.org");
  EXPECT_TRUE(bench_.ask("10.0.0.7", "192.0.2.55", query).truncated) << "above the server's own";
}

TEST_F(DnsServerTest, Dns20AddressesTakeTurns) {
  bench_.add_zone("192.0.2.55", "example.org",
                  {address_record("www.example.org", "203.0.113.1"),
                   address_record("www.example.org", "203.0.113.2")});
  const auto first = bench_.ask("192.0.2.55", "www.example.org").answers;
  const auto second = bench_.ask("192.0.2.55", "www.example.org").answers;
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[0], second[1]);
  EXPECT_EQ(first[1], second[0]);
}

TEST_F(DnsServerTest, Dns22MalformedQueriesAreFormatErrors) {
  const Bytes garbage = {0x12, 0x34, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 0x0c};
  const auto answer = DnsMessage::parse(bench_.exchange("10.0.0.7", kServer, garbage));
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->rcode, DnsRcode::format_error);
  EXPECT_EQ(answer->id, 0x1234);
  EXPECT_TRUE(answer->questions.empty());
  DnsMessage two = DnsBench::query("www.example.com", DnsType::a);
  two.questions.push_back(two.questions[0]);
  EXPECT_EQ(bench_.ask("10.0.0.7", kServer, two).rcode, DnsRcode::format_error);
  EXPECT_TRUE(bench_.exchange("10.0.0.7", kServer, {1, 2, 3}).empty());
}

TEST(DnsViews, SplitHorizonGivesEachSideItsOwn) {
  DnsBench bench;
  DnsServerOptions options;
  options.views.resize(2);
  options.views[0].clients = {*Prefix::parse("10.0.0.0/8")};
  options.views[0].zones.add(
      DnsZone(dns_name("example.com"), {address_record("www.example.com", "10.0.0.80")}));
  options.views[1].zones.add(
      DnsZone(dns_name("example.com"), {address_record("www.example.com", "203.0.113.80")}));
  bench.add_server(kServer, std::move(options));
  const DnsMessage query = DnsBench::query("www.example.com", DnsType::a);
  EXPECT_EQ(bench.ask("10.1.2.3", kServer, query).answers.at(0).data,
            DnsData(address_of("10.0.0.80")));
  EXPECT_EQ(bench.ask("198.51.100.7", kServer, query).answers.at(0).data,
            DnsData(address_of("203.0.113.80")));
}

}  // namespace
}  // namespace natsim
