// Goal: TLS on a stream is real TLS: the versions, names, certificates and alerts that a server and
// a client agree or fail on, and the same bytes for the same seed, whichever thread runs it.
#include "sim/tls/tls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/support/pipe.h"

namespace natsim {
namespace {

using testing::HasSubstr;

constexpr std::int64_t kEpoch = 1'767'225'600;  // 2026-01-01
constexpr std::int64_t kYear = 365 * 86'400;

std::vector<TlsCertificateRequest> requests() {
  std::vector<TlsCertificateRequest> all;
  const auto add = [&](std::string name, std::string issuer, std::vector<std::string> names,
                       bool authority = false, std::int64_t until = kEpoch + kYear) {
    TlsCertificateRequest request;
    request.name = std::move(name);
    request.issuer = std::move(issuer);
    request.names = std::move(names);
    request.authority = authority;
    request.not_before_s = kEpoch - kYear;
    request.not_after_s = until;
    all.push_back(std::move(request));
  };
  add("web", "middle", {"www.example.com", "203.0.113.80"});
  add("middle", "root", {}, true);
  add("root", "", {}, true);
  add("old", "root", {"www.example.com"}, false, kEpoch - 86'400);
  add("self", "", {"www.example.com"});
  add("anna", "root", {"anna"});
  add("other-root", "", {}, true);
  return all;
}

class Certificates {
 public:
  Certificates() : made_(make_certificates(requests(), 1).value()) {}
  const TlsCertificate* operator[](std::string_view name) const {
    for (const TlsCertificate& each : made_)
      if (each.name == name) return &each;
    return nullptr;
  }

 private:
  std::vector<TlsCertificate> made_;
};

const Certificates& certificates() {
  static const Certificates all;
  return all;
}

/// Says something when connected, and closes when it has heard something.
class Talker final : public StreamHandler {
 public:
  Talker(std::string text, std::string& heard) : text_(std::move(text)), heard_(heard) {}
  void on_connected(Stream& stream, Instant) override {
    stream.send({reinterpret_cast<const std::uint8_t*>(text_.data()), text_.size()});
  }
  void on_data(Stream& stream, ByteSpan bytes, Instant) override {
    heard_.append(bytes.begin(), bytes.end());
    stream.close();
  }

 private:
  std::string text_;
  std::string& heard_;
};

struct Talk {
  TlsReport client, server;
  std::string heard_by_client, heard_by_server, secrets;
  Bytes from_client, from_server;
};

Talk run(const TlsClientSettings& client, const TlsServerSettings& server, std::uint64_t seed = 1,
         Instant now = {}) {
  Talk result;
  TlsNode left(seed, "left", kEpoch,
               [&](const std::string& line) { result.secrets += line + "\n"; });
  TlsNode right(seed, "right", kEpoch, {});
  Pipe pipe(left.client(client, std::make_unique<Talker>("hello", result.heard_by_client),
                        [&](const TlsReport& report) { result.client = report; }),
            right.server(server, std::make_unique<Talker>("welcome", result.heard_by_server),
                         [&](const TlsReport& report) { result.server = report; }),
            now);
  pipe.run();
  result.from_client = pipe.said(0);
  result.from_server = pipe.said(1);
  return result;
}

TlsClientSettings client_of(std::string name, std::string version = "1.3") {
  TlsClientSettings settings;
  settings.server_name = std::move(name);
  settings.trusted = {certificates()["root"]};
  settings.version_max = std::move(version);
  return settings;
}
TlsServerSettings server_of(std::string_view certificate) {
  TlsServerSettings settings;
  settings.certificate = certificates()[certificate];
  return settings;
}

/// Types of the records, and of the handshake messages that are in clear.
std::vector<int> record_types(const Bytes& bytes) {
  std::vector<int> types;
  for (std::size_t at = 0; at + 5 <= bytes.size(); at += 5 + load_be16(&bytes[at + 3]))
    types.push_back(bytes[at]);
  return types;
}

TEST(Tls02, Tls13HandshakeAndData) {
  const Talk got = run(client_of("www.example.com"), server_of("web"));
  EXPECT_TRUE(got.client.established) << got.client.error;
  EXPECT_TRUE(got.server.established) << got.server.error;
  EXPECT_EQ(got.client.version, "TLSv1.3");
  EXPECT_EQ(got.client.cipher, "TLS_AES_128_GCM_SHA256");
  EXPECT_EQ(got.client.peer, "www.example.com");
  EXPECT_EQ(got.heard_by_client, "welcome");
  EXPECT_EQ(got.heard_by_server, "hello");
  const auto server = record_types(got.from_server);
  EXPECT_EQ(server[0], 22);
  EXPECT_EQ(server[1], 20) << "CCS for middleboxes, RFC 8446 D.4";
  for (std::size_t i = 2; i < server.size(); ++i) EXPECT_EQ(server[i], 23) << i;
  EXPECT_THAT(got.secrets, HasSubstr("SERVER_TRAFFIC_SECRET_0 "));
}

TEST(Tls01, Tls12HandshakeAndData) {
  const Talk got = run(client_of("203.0.113.80", "1.2"), server_of("web"));
  EXPECT_TRUE(got.client.established) << got.client.error;
  EXPECT_EQ(got.client.version, "TLSv1.2");
  EXPECT_EQ(got.heard_by_client, "welcome");
  EXPECT_THAT(got.secrets, HasSubstr("CLIENT_RANDOM "));
  // ClientKeyExchange, CCS, Finished; then data; an alert (21) at the end of both sides.
  EXPECT_EQ(record_types(got.from_client), (std::vector<int>{22, 22, 20, 22, 23, 21}));
  EXPECT_EQ(record_types(got.from_server).back(), 21);
}

TEST(Tls03, VersionsAndTheNameStandInTheClientHello) {
  const Talk got = run(client_of("www.example.com"), server_of("web"));
  EXPECT_EQ(load_be16(&got.from_client[1]), 0x0301);
  EXPECT_EQ(load_be16(&got.from_server[1]), 0x0303);
  const std::string hello(got.from_client.begin(), got.from_client.end());
  EXPECT_NE(hello.find("www.example.com"), std::string::npos);
  const std::string answer(got.from_server.begin(), got.from_server.end());
  EXPECT_EQ(answer.find("www.example.com"), std::string::npos) << "the certificate is encrypted";
}

TEST(Tls, CertificatesAreJudged) {
  const struct {
    const char* name;
    const char* certificate;
    const char* error;
  } rows[] = {
      {"www.example.com", "old", "certificate has expired"},
      {"www.example.com", "self", "self-signed certificate"},
      {"www.example.net", "web", "hostname mismatch"},
      {"203.0.113.81", "web", "IP address mismatch"},
  };
  for (const auto& row : rows) {
    const Talk got = run(client_of(row.name), server_of(row.certificate));
    EXPECT_FALSE(got.client.established);
    EXPECT_EQ(got.client.error, row.error);
    EXPECT_THAT(got.server.error, HasSubstr("alert: ")) << row.name;
    TlsClientSettings careless = client_of(row.name);
    careless.verify = false;
    EXPECT_TRUE(run(careless, server_of(row.certificate)).client.established);
  }
  TlsClientSettings stranger = client_of("www.example.com");
  stranger.trusted = {certificates()["other-root"]};
  EXPECT_THAT(run(stranger, server_of("web")).client.error, HasSubstr("issuer certificate"));
}

TEST(Tls, SimulatedTimeJudgesValidity) {
  const Instant later = Instant() + Duration::seconds(2 * kYear);
  EXPECT_EQ(run(client_of("www.example.com"), server_of("web"), 1, later).client.error,
            "certificate has expired");
}

TEST(Tls, ClientCertificates) {
  TlsServerSettings server = server_of("web");
  server.client_authorities = {certificates()["root"]};
  const Talk nobody = run(client_of("www.example.com"), server);
  EXPECT_FALSE(nobody.server.established);
  EXPECT_THAT(nobody.server.error, HasSubstr("peer did not return a certificate"));
  TlsClientSettings anna = client_of("www.example.com");
  anna.certificate = certificates()["anna"];
  const Talk known = run(anna, server);
  EXPECT_TRUE(known.server.established) << known.server.error;
  EXPECT_EQ(known.server.peer, "anna");
  anna.certificate = certificates()["self"];
  EXPECT_FALSE(run(anna, server).server.established);
}

TEST(Tls04, OldVersionsAndPlainTextAreRefused) {
  TlsClientSettings old = client_of("www.example.com", "1.1");
  old.version_min = "1.0";
  const Talk got = run(old, server_of("web"));
  EXPECT_FALSE(got.server.established);
  EXPECT_EQ(got.client.error, "alert: protocol version");
  TlsServerSettings lenient = server_of("web");
  lenient.version_min = "1.0";
  EXPECT_EQ(run(old, lenient).client.version, "TLSv1.1");

  TlsNode node(1, "node", kEpoch, {});
  TlsReport report;
  std::string heard, answer;
  Pipe pipe(std::make_unique<Talker>("GET / HTTP/1.1\r\n\r\n", answer),
            node.server(server_of("web"), std::make_unique<Talker>("", heard),
                        [&](const TlsReport& told) { report = told; }),
            {});
  pipe.run();
  EXPECT_FALSE(report.established);
  EXPECT_TRUE(heard.empty());
  EXPECT_TRUE(pipe.closed(1));
}

TEST(Tls, SameSeedSameBytesInEveryThread) {
  const TlsClientSettings client = client_of("www.example.com");
  const TlsServerSettings server = server_of("web");
  const Talk first = run(client, server);
  std::vector<Talk> others(4);
  std::vector<std::thread> threads;
  for (Talk& other : others) threads.emplace_back([&] { other = run(client, server); });
  for (std::thread& thread : threads) thread.join();
  for (const Talk& other : others) {
    EXPECT_EQ(other.from_client, first.from_client);
    EXPECT_EQ(other.from_server, first.from_server);
    EXPECT_EQ(other.secrets, first.secrets);
  }
  EXPECT_NE(run(client, server, 2).from_client, first.from_client);
  // Tickets hold a time: it is not the machine's.
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  EXPECT_EQ(run(client, server).from_server, first.from_server);
  TlsClientSettings older = client_of("www.example.com", "1.2");
  const Talk before = run(older, server);
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  EXPECT_EQ(run(older, server).from_server, before.from_server);
}

TEST(Tls, CertificatesAreTheSameForASeed) {
  auto wanted = requests();
  wanted[0].key = "rsa";
  wanted[5].key = "ed25519";
  const auto one = make_certificates(wanted, 7).value(), two = make_certificates(wanted, 7).value();
  const auto other = make_certificates(wanted, 8).value();
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(one[i].certificate, two[i].certificate) << one[i].name;
    EXPECT_EQ(one[i].private_key, two[i].private_key);
    EXPECT_NE(one[i].certificate, other[i].certificate);
  }
  EXPECT_EQ(one[0].chain.size(), 1u) << "the one in the middle; the root is left out";
}

TEST(Tls, CertificatesThatCannotBe) {
  std::vector<TlsCertificateRequest> wrong(2);
  wrong[0].name = "a";
  wrong[0].issuer = "b";
  wrong[1].name = "b";
  wrong[1].issuer = "a";
  EXPECT_EQ(make_certificates(wrong, 1).error(), "certificate 'a' is issued by what it issues");
  wrong[1].issuer = "c";
  EXPECT_EQ(make_certificates(wrong, 1).error(), "there is no certificate 'c'");
}

}  // namespace
}  // namespace natsim
