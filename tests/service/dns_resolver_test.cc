// Goal: a resolver finds its way down from the root, remembers what it learned for as long as it
// may, asks again when nobody answers, and believes nobody but whom it asked.
#include "sim/service/dns_resolver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/service/dns_bench.h"

namespace natsim {
namespace {

using testing::ElementsAre;

constexpr const char* kResolver = "192.0.2.10";

/// A root, com, example.com and example.net, whose server has a name in example.com.
class DnsTree : public testing::Test {
 protected:
  DnsTree() {
    bench_.add_zone("198.51.100.1", ".",
                    {name_record("com", DnsType::ns, "ns.com", 1000),
                     address_record("ns.com", "198.51.100.2", 1000),
                     name_record("net", DnsType::ns, "ns.com", 1000)});
    DnsServerOptions options;
    options.views.resize(1);
    options.views[0].zones.add(
        DnsZone(dns_name("com"), {name_record("example.com", DnsType::ns, "ns.example.com"),
                                  address_record("ns.example.com", "198.51.100.3")}));
    options.views[0].zones.add(
        DnsZone(dns_name("net"), {name_record("example.net", DnsType::ns, "two.example.com")}));
    bench_.add_server("198.51.100.2", std::move(options));
    bench_.add_zone("198.51.100.3", "example.com",
                    {address_record("www.example.com", "203.0.113.80", 60),
                     name_record("alias.example.com", DnsType::cname, "www.example.net", 60),
                     address_record("two.example.com", "198.51.100.4")});
    bench_.add_zone("198.51.100.4", "example.net",
                    {address_record("www.example.net", "203.0.113.90", 60)});
    DnsResolverOptions options_of;
    options_of.roots = {address_of("198.51.100.1")};
    bench_.add_resolver(kResolver, options_of);
  }
  DnsBench bench_;
};

TEST_F(DnsTree, Dns10RootThenTldThenAuthoritative) {
  const DnsMessage answer = bench_.ask(kResolver, "www.example.com");
  EXPECT_EQ(answer.answers, std::vector{address_record("www.example.com", "203.0.113.80", 60)});
  EXPECT_TRUE(answer.recursion_available);
  EXPECT_FALSE(answer.authoritative);
  EXPECT_THAT(bench_.take_log(),
              ElementsAre("198.51.100.1 A? www.example.com", "198.51.100.2 A? www.example.com",
                          "198.51.100.3 A? www.example.com"));
}

TEST_F(DnsTree, Dns08SecondQuestionAsksNobody) {
  bench_.ask(kResolver, "www.example.com");
  bench_.take_log();
  bench_.wait(Duration::seconds(10));
  EXPECT_EQ(bench_.ask(kResolver, "www.example.com").answers.at(0).ttl_s, 50u);
  EXPECT_TRUE(bench_.take_log().empty());
  bench_.wait(Duration::seconds(51));
  EXPECT_EQ(bench_.ask(kResolver, "www.example.com").answers.at(0).ttl_s, 60u);
  EXPECT_THAT(bench_.take_log(), ElementsAre("198.51.100.3 A? www.example.com"));
}

TEST_F(DnsTree, ServerWithoutGlueAndAliasAcrossZones) {
  EXPECT_EQ(to_string(bench_.ask(kResolver, "alias.example.com")),
            "4711 2/0/0 alias.example.com CNAME www.example.net, www.example.net A 203.0.113.90");
  bench_.take_log();
  bench_.ask(kResolver, "alias.example.com");
  EXPECT_TRUE(bench_.take_log().empty());
}

TEST_F(DnsTree, Dns09NegativeAnswersAreRemembered) {
  for (const char* name : {"no.example.com", "www.example.com"}) {
    const bool exists = std::string_view(name) == "www.example.com";
    const DnsMessage answer = bench_.ask(kResolver, name, DnsType::mx);
    EXPECT_EQ(answer.rcode, exists ? DnsRcode::no_error : DnsRcode::name_error);
    ASSERT_EQ(answer.authority.size(), 1u);
    bench_.take_log();
    bench_.wait(Duration::seconds(299));  // the default SOA's minimum is 300 s
    EXPECT_EQ(bench_.ask(kResolver, name, DnsType::mx).rcode, answer.rcode);
    EXPECT_TRUE(bench_.take_log().empty());
    bench_.wait(Duration::seconds(2));
    bench_.ask(kResolver, name, DnsType::mx);
    EXPECT_FALSE(bench_.take_log().empty());
  }
}

TEST_F(DnsTree, Dns18PortsAndIdentifiersAreNew) {
  bench_.ask(kResolver, "www.example.com");
  std::set<std::uint16_t> ports, ids;
  for (const DatagramOut& sent : bench_.sent) {
    if (sent.source.address != address_of(kResolver) || sent.destination.port != kDnsPort) continue;
    ports.insert(sent.source.port);
    ids.insert(load_be16(sent.payload.data()));
  }
  EXPECT_EQ(ports.size(), 3u);
  EXPECT_EQ(ids.size(), 3u);
}

TEST_F(DnsTree, Dns19PrivateReverseZonesStayHere) {
  EXPECT_EQ(bench_.ask(kResolver, "1.1.168.192.in-addr.arpa", DnsType::ptr).rcode,
            DnsRcode::name_error);
  EXPECT_TRUE(bench_.take_log().empty());
}

TEST(DnsForwarder, Dns08QuestionsGoUpstreamWithRd) {
  DnsBench bench;
  bench.add_zone("198.51.100.3", "example.com",
                 {address_record("www.example.com", "203.0.113.80")});
  bench.add_resolver(kResolver, {{address_of("198.51.100.3")}, {}});
  EXPECT_EQ(bench.ask(kResolver, "www.example.com").answers.size(), 1u);
  EXPECT_THAT(bench.take_log(), ElementsAre("198.51.100.3 A? www.example.com"));
  EXPECT_TRUE(bench.sent[1].payload[2] & 1) << "RD";
  bench.ask(kResolver, "www.example.com");
  EXPECT_TRUE(bench.take_log().empty());
}

TEST(DnsForwarder, Dns12SilentServersAreAskedInTurnThenServfail) {
  DnsBench bench;
  bench.add_resolver(kResolver, {{address_of("198.51.100.3"), address_of("198.51.100.4")}, {}});
  EXPECT_EQ(bench.ask(kResolver, "www.example.com").rcode, DnsRcode::server_failure);
  EXPECT_THAT(bench.take_log(),
              ElementsAre("198.51.100.3 A? www.example.com", "198.51.100.4 A? www.example.com",
                          "198.51.100.3 A? www.example.com", "198.51.100.4 A? www.example.com"));
}

class Probe {
 public:
  Probe() {
    resolver_.start(1, {dns_name("www.example.com")}, {}, out_);
    query_ = DnsMessage::parse(out_.datagrams.at(0).payload).value();
    port_ = out_.datagrams[0].source.port;
  }
  /// Whether this is taken for the answer.
  bool takes(Endpoint from, std::uint16_t port, DnsMessage answer) {
    Bytes bytes;
    answer.emit(bytes);
    resolver_.on_datagram({from, {address_of("10.0.0.1"), port}, bytes}, {}, out_);
    return !resolver_.take_finished().empty();
  }
  DnsMessage answer() const {
    DnsMessage answer = dns_answer_to(query_, DnsRcode::no_error);
    answer.answers = {address_record("www.example.com", "203.0.113.66")};
    return answer;
  }
  std::uint16_t port() const { return port_; }

 private:
  DnsResolver resolver_{
      {{address_of("192.0.2.53")}, {}}, nullptr, std::make_unique<CountedPorts>(40'000), Prng(3)};
  Outbox out_;
  DnsMessage query_;
  std::uint16_t port_;
};

TEST(DnsResolver, Dns18ForeignAnswersAreIgnored) {
  Probe probe;
  const Endpoint server{address_of("192.0.2.53"), 53};
  DnsMessage wrong_id = probe.answer();
  ++wrong_id.id;
  EXPECT_FALSE(probe.takes(server, probe.port(), wrong_id));
  DnsMessage wrong_question = probe.answer();
  wrong_question.questions[0].name = dns_name("www.example.net");
  EXPECT_FALSE(probe.takes(server, probe.port(), wrong_question));
  EXPECT_FALSE(probe.takes({address_of("192.0.2.66"), 53}, probe.port(), probe.answer()));
  EXPECT_FALSE(probe.takes({server.address, 5353}, probe.port(), probe.answer()));
  EXPECT_FALSE(probe.takes(server, std::uint16_t(probe.port() + 1), probe.answer()));
  EXPECT_TRUE(probe.takes(server, probe.port(), probe.answer()));
}

TEST(DnsResolver, AServerIsBelievedAboutItsZoneOnly) {
  DnsBench bench;
  bench.add_zone(
      "198.51.100.1", ".",
      {name_record("com", DnsType::ns, "ns.com"), address_record("ns.com", "198.51.100.2")});
  // Its alias leads out of its zone, and it claims to know the rest: a zone that it does not have.
  DnsServerOptions liar;
  liar.views.resize(1);
  liar.views[0].zones.add(
      DnsZone(dns_name("com"), {name_record("www.com", DnsType::cname, "bank.net")}));
  liar.views[0].zones.add(DnsZone(dns_name("net"), {address_record("bank.net", "6.6.6.6")}));
  bench.add_server("198.51.100.2", std::move(liar));
  DnsResolverOptions options;
  options.roots = {address_of("198.51.100.1")};
  bench.add_resolver(kResolver, options);
  EXPECT_EQ(bench.ask(kResolver, "www.com").rcode, DnsRcode::name_error);
}

TEST(DnsClient, Dns17SearchSuffixComesFirstForShortNames) {
  DnsClient client(std::make_unique<CountedPorts>(40'000), Prng(1));
  client.configure({address_of("192.0.2.53")}, "home.example");
  Outbox out;
  client.start(1, {dns_name("printer")}, {}, out);
  auto query = DnsMessage::parse(out.datagrams.at(0).payload);
  EXPECT_EQ(query->questions.at(0).name.to_string(), "printer.home.example");
  Bytes bytes;
  dns_answer_to(*query, DnsRcode::name_error).emit(bytes);
  client.on_datagram({{address_of("192.0.2.53"), 53}, {{}, 40'000}, bytes}, {}, out);
  EXPECT_TRUE(client.take_finished({}, out).empty());
  query = DnsMessage::parse(out.datagrams.at(1).payload);
  EXPECT_EQ(query->questions.at(0).name.to_string(), "printer");
}

TEST(DnsClient, AsksThreeServersTwiceAndGivesUp) {
  DnsClient client(std::make_unique<CountedPorts>(40'000), Prng(1));
  client.configure({address_of("192.0.2.1"), address_of("192.0.2.2"), address_of("192.0.2.3"),
                    address_of("192.0.2.4")},
                   "");
  Outbox out;
  client.start(1, {dns_name("www.example.com")}, {}, out);
  while (client.next_deadline() != Instant::never())
    client.on_deadline(client.next_deadline(), out);
  EXPECT_EQ(out.datagrams.size(), 6u);
  const auto finished = client.take_finished({}, out);
  ASSERT_EQ(finished.size(), 1u);
  EXPECT_TRUE(finished[0].timed_out);
}

}  // namespace
}  // namespace natsim
