// Goal: DNS over TCP (RFC 7766): what does not fit into a datagram comes whole by TCP, to stubs and
// to resolvers; a connection carries many questions, and no more than its share (DNS-14, DNS-15).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include <fmt/format.h>

#include "sim/network/build_dns.h"
#include "sim/network/dns_spec.h"
#include "sim/node/name_lookups.h"
#include "sim/service/dns_stream.h"
#include "tests/support/lab.h"

namespace natsim::lab {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

DnsName name(std::string_view text) { return DnsName::parse(text).value(); }

DnsRecord text_record(std::string_view of, std::string text) {
  return {name(of), DnsType::txt, 300, DnsTxt{{std::move(text)}}};
}

class Answers final : public NameListener {
 public:
  void on_name(const NameAnswer& answer) override { found.push_back(answer.found); }
  std::vector<DnsResolution> found;
};

/// pc 10.0.0.1 ── r (resolver, forwards) 10.0.0.2 / 10.0.1.2 ── a (authoritative) 10.0.1.3
struct Bench {
  explicit Bench(bool with_resolver = true) {
    lab.cable(pc, r);
    lab.cable(r, a);
    spec::DnsZone zone;
    zone.name = name("example.com");
    zone.records.push_back({name("www.example.com"), DnsType::a, 300, address("203.0.113.80")});
    for (int i = 0; i < 5000; ++i)  // some 80,000 octets
      zone.records.push_back({name("huge.example.com"), DnsType::a, 300,
                              IpAddress(Ipv4Address{std::uint32_t(0x0a010000 + i)})});
    for (int i = 0; i < 10; ++i)  // some 2000 octets
      zone.records.push_back(text_record("big.example.com", std::string(200, char('a' + i))));
    spec::DnsServer server;
    server.zones = {zone};
    start_dns_server({}, server, a, 1);
    if (with_resolver) {
      spec::DnsServer resolver;
      resolver.recursive = true;
      resolver.forward = {{address("10.0.1.3"), {}}};
      start_dns_server({}, resolver, r, 1);
    }
    pc.sockets().set_nameservers({address("10.0.0.2")});
  }
  static IpAddress address(std::string_view text) { return IpAddress::parse(text).value(); }
  DnsResolution ask(std::string_view what, DnsType type, DnsTransport transport = {}) {
    Answers answers;
    pc.sockets().resolve({name(what), type}, {&answers, 0}, transport);
    lab.run(30_s);
    EXPECT_THAT(answers.found, SizeIs(1)) << lab.story();
    return answers.found.empty() ? DnsResolution() : answers.found.front();
  }
  Lab lab;
  IpNode& pc = lab.host("pc", "10.0.0.1/24", "10.0.0.2");
  IpNode& r = lab.router("r", {"10.0.0.2/24", "10.0.1.2/24"});
  IpNode& a = lab.host("a", "10.0.1.3/24", "10.0.1.2");
};

TEST(DnsOverTcp, DNS_14_15_StubAndResolverAskAgainForWhatWasCut) {
  Bench b;
  const DnsResolution found = b.ask("big.example.com", DnsType::txt);
  EXPECT_EQ(found.rcode, DnsRcode::no_error);
  EXPECT_THAT(found.answers, SizeIs(10));
  EXPECT_FALSE(found.timed_out);
}

TEST(DnsOverTcp, DNS_15_AsksByTcpAtOnceWhereThatIsWanted) {
  Bench b;
  EXPECT_THAT(b.ask("www.example.com", DnsType::a, DnsTransport::tcp).answers, SizeIs(1));
  EXPECT_THAT(b.ask("none.example.com", DnsType::a, DnsTransport::tcp).answers, SizeIs(0));
}

TEST(DnsOverTcp, DNS_15_AServerWithoutTcpIsOneThatFails) {
  Bench b(false);
  // Answers that everything is cut, over UDP; nothing listens to TCP.
  class Cut final : public UdpService {
   public:
    void on_datagram(const Datagram& datagram, Instant, Outbox& out) override {
      DnsMessage answer =
          dns_answer_to(DnsMessage::parse(datagram.payload).value(), DnsRcode::no_error);
      answer.truncated = true;
      DatagramOut& sent = out.add_datagram();
      sent.source = datagram.destination;
      sent.destination = datagram.source;
      answer.emit(sent.payload);
    }
  };
  b.r.sockets().serve_udp({.port = kDnsPort}, std::make_unique<Cut>());
  const DnsResolution found = b.ask("www.example.com", DnsType::a);
  EXPECT_EQ(found.rcode, DnsRcode::server_failure);
  EXPECT_FALSE(found.timed_out) << "somebody answered";
}

TEST(DnsOverTcp, WhatIsTooLongForTcpEvenIsNoAnswer) {
  Bench b;
  const DnsResolution found = b.ask("huge.example.com", DnsType::a);
  EXPECT_EQ(found.rcode, DnsRcode::server_failure);
}

// --- a connection of our own --------------------------------------------------------------------

struct Diary {
  std::vector<std::uint16_t> ids;
  std::string end;
  Instant ended;
};

/// Writes bytes when connected, perhaps in pieces, and reads messages.
class Client final : public StreamHandler {
 public:
  Client(Bytes bytes, Diary& diary, bool closes = false)
      : bytes_(std::move(bytes)), diary_(diary), closes_(closes) {}
  void on_connected(Stream& stream, Instant) override {
    writer_.write(stream, bytes_);
    if (closes_) writer_.close(stream);
  }
  void on_writable(Stream& stream, Instant) override { writer_.on_writable(stream); }
  void on_data(Stream&, ByteSpan bytes, Instant) override {
    frames_.feed(bytes);
    while (const auto message = frames_.next())
      diary_.ids.push_back(DnsMessage::parse(*message).value().id);
  }
  void on_closed(Stream&, StreamEnd end, Instant now) override {
    diary_.end = to_string(end);
    diary_.ended = now;
  }

 private:
  Bytes bytes_;
  Diary& diary_;
  bool closes_;
  StreamWriter writer_;
  DnsFrames frames_;
};

Bytes query(std::uint16_t id, std::string_view what) {
  DnsMessage message;
  message.id = id;
  message.recursion_desired = true;
  message.questions = {{name(what), DnsType::a}};
  Bytes bytes;
  message.emit(bytes);
  return dns_frame(bytes);
}

void append(Bytes& to, const Bytes& more) { to.insert(to.end(), more.begin(), more.end()); }

TEST(DnsOverTcp, DNS_15_ManyQuestionsOnOneConnectionInAnyOrder) {
  Bench b;
  Bytes bytes;
  // The first two are asked for elsewhere; the third is the resolver's own business (RFC 6303).
  append(bytes, query(1, "www.example.com"));
  append(bytes, query(2, "none.example.com"));
  append(bytes, query(3, "1.1.168.192.in-addr.arpa"));
  Diary diary;
  b.pc.sockets().connect({Bench::address("10.0.0.2"), kDnsPort},
                         std::make_unique<Client>(bytes, diary, true));
  b.lab.run(1_s);
  EXPECT_THAT(diary.ids, ElementsAre(3, 1, 2));
  EXPECT_EQ(diary.end, "closed") << "the client's half was closed all the time";
}

TEST(DnsOverTcp, ThousandsOfQuestionsAreAnsweredAFewAtATime) {
  Bench b;
  Bytes bytes;
  for (std::uint16_t id = 0; id < 3000; ++id) append(bytes, query(id, "www.example.com"));
  Diary diary;
  b.pc.sockets().connect({Bench::address("10.0.0.2"), kDnsPort},
                         std::make_unique<Client>(bytes, diary, true));
  b.lab.run(10_s);
  EXPECT_THAT(diary.ids, SizeIs(3000));
  EXPECT_EQ(diary.end, "closed");
}

TEST(DnsOverTcp, AnIdleConnectionIsClosed) {
  Bench b;
  Diary diary;
  b.pc.sockets().connect({Bench::address("10.0.0.2"), kDnsPort},
                         std::make_unique<Client>(query(7, "www.example.com"), diary));
  b.lab.run(9_s);
  EXPECT_EQ(diary.end, "");
  b.lab.run(2_s);
  EXPECT_EQ(diary.end, "closed");
  EXPECT_THAT(diary.ids, ElementsAre(7));
}

TEST(DnsOverTcp, NoMessageIsTheEnd) {
  Bench b;
  Diary short_one, cut;
  b.pc.sockets().connect({Bench::address("10.0.0.2"), kDnsPort},
                         std::make_unique<Client>(Bytes{0, 3, 1, 2, 3}, short_one));
  b.pc.sockets().connect({Bench::address("10.0.0.2"), kDnsPort},
                         std::make_unique<Client>(Bytes{0xff, 0xff, 1}, cut, true));
  b.lab.run(1_s);
  EXPECT_EQ(short_one.end, "reset");
  EXPECT_EQ(cut.end, "closed");
}

TEST(DnsOverTcp, TooManyConnectionsAreReset) {
  Bench b;
  std::deque<Diary> diaries(DnsStreams::kStreamsMax + 5);
  for (Diary& diary : diaries)
    b.pc.sockets().connect({Bench::address("10.0.0.2"), kDnsPort},
                           std::make_unique<Client>(Bytes{}, diary));
  b.lab.run(1_s);
  const auto reset = std::count_if(diaries.begin(), diaries.end(),
                                   [](const Diary& diary) { return diary.end == "reset"; });
  EXPECT_EQ(reset, 5);
}

// --- framing ------------------------------------------------------------------------------------

TEST(DnsFrames, TakesAStreamApartHoweverItIsCut) {
  Bytes bytes;
  for (const std::size_t size : {0, 1, 300, 65'535}) append(bytes, dns_frame(Bytes(size, 7)));
  for (const std::size_t step : {1, 2, 3, 1000, 100'000}) {
    DnsFrames frames;
    std::vector<std::size_t> sizes;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
      frames.feed(ByteSpan(bytes).subspan(at, std::min(step, bytes.size() - at)));
      while (const auto message = frames.next()) sizes.push_back(message->size());
    }
    EXPECT_THAT(sizes, ElementsAre(0, 1, 300, 65'535));
  }
}

}  // namespace
}  // namespace natsim::lab
