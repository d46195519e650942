// Goal: programs that are not ours take what our HTTP and TLS say, and we what they say. Method:
// our handlers on loopback sockets, with curl at the other end, and Python's http.server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "sim/service/http_client.h"
#include "sim/service/http_server.h"
#include "sim/tls/tls.h"
#include "tests/service/real_socket.h"

namespace natsim {
namespace {

using testing::HasSubstr;

bool is_installed(const std::string& program) {
  return std::system(("command -v " + program + " >/dev/null").c_str()) == 0;
}

HttpSite site() {
  HttpPage home, secret, moved, post, large;
  home.body = "home";
  home.fields = {{"Set-Cookie", "colour=blue; Path=/"}};
  secret.path = "/secret";
  secret.body = "psst";
  secret.login = "anna:geheim";
  moved.path = "/old";
  moved.status = 301;
  moved.location = "/";
  post.path = "/post";
  post.echo = post.chunked = true;
  large.path = "/large";
  large.body = std::string(300'000, 'x');
  large.chunked = true;
  return HttpSite({{"", {home, secret, moved, post, large}}});
}

class Curl : public testing::Test {
 protected:
  void SetUp() override {
    if (!is_installed("curl")) GTEST_SKIP() << "curl is not installed";
  }
  /// `%` in the arguments is the server's address.
  std::string curl(std::string arguments) const {
    const std::string address = fmt::format("127.0.0.1:{}", server_.port());
    for (auto at = arguments.find('%'); at != std::string::npos; at = arguments.find('%', at + 1))
      if (arguments.compare(at, 2, "%{") != 0) arguments.replace(at, 1, address);
    return output_of("curl -sS --noproxy '*' --max-time 20 " + arguments);
  }

  HttpSite pages_ = site();
  SocketServer server_{[this] { return std::make_unique<HttpServerSession>(pages_, 0); }};
};

TEST_F(Curl, HTTP_01_Fetches) {
  EXPECT_EQ(curl("-w '|%{http_code}|%{http_version}' http://%/"), "home|200|1.1");
  EXPECT_EQ(curl("-0 -w '|%{http_code}' http://%/"), "home|200");
  EXPECT_EQ(curl("-o /dev/null -w '%{http_code} %{size_download}' http://%/large"), "200 300000");
  EXPECT_THAT(curl("-I http://%/"), HasSubstr("Content-Length: 4\r\n"));
  EXPECT_EQ(curl("--http2 -w '|%{http_code}' http://%/"), "home|200") << "no upgrade, no harm";
}

TEST_F(Curl, HTTP_02_KeepsItsConnection) {
  EXPECT_EQ(curl("-w ' %{num_connects} ' http://%/ http://%/post http://%/old"), "home 1  0  0 ");
  EXPECT_EQ(curl("-H 'Connection: close' -w ' %{num_connects} ' http://%/ http://%/"),
            "home 1 home 1 ");
}

TEST_F(Curl, RedirectsLoginsAndCookies) {
  EXPECT_EQ(curl("-L -w '|%{num_redirects}' http://%/old"), "home|1");
  EXPECT_EQ(curl("-o /dev/null -w '%{http_code}' http://%/secret"), "401");
  EXPECT_EQ(curl("-u anna:geheim http://%/secret"), "psst");
  EXPECT_THAT(curl("-c - http://%/"), HasSubstr("colour\tblue"));
}

TEST_F(Curl, Uploads) {
  EXPECT_EQ(curl("-d hello http://%/post"), "hello");
  EXPECT_EQ(curl("-H 'Transfer-Encoding: chunked' -d hello http://%/post"), "hello");
  // Without a 100 it would wait for as long as it may take in all.
  EXPECT_EQ(curl("-H 'Expect: 100-continue' --expect100-timeout 60 -d hello http://%/post"),
            "hello");
  EXPECT_EQ(curl("-o /dev/null -w '%{http_code}' -X BREW http://%/"), "501");
  EXPECT_EQ(
      curl(fmt::format("-o /dev/null -w '%{{http_code}}' http://%/{}", std::string(9'000, 'x'))),
      "414");
}

TEST(RealPeers, CurlVerifiesOurTls) {
  if (!is_installed("curl")) GTEST_SKIP() << "curl is not installed";
  if (!tls_is_available()) GTEST_SKIP() << "natsim was built without OpenSSL";
  TlsCertificateRequest root, web;
  root.name = "root";
  root.subject = "Example Root";
  root.authority = true;
  web.name = "web";
  web.issuer = "root";
  web.names = {"www.example.com"};
  root.not_after_s = web.not_after_s = 4'000'000'000;  // on real clocks too
  const auto made = make_certificates({root, web}, 1).value();
  std::string folder = (std::filesystem::temp_directory_path() / "natsim-service-XXXXXX").string();
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  const std::string_view der(reinterpret_cast<const char*>(made[0].certificate.data()),
                             made[0].certificate.size());
  std::ofstream(folder + "/root.pem") << "-----BEGIN CERTIFICATE-----\n"
                                      << base64(der) << "\n-----END CERTIFICATE-----\n";
  const HttpSite pages = site();
  TlsServerSettings settings;
  settings.certificate = &made[1];
  TlsNode node(1, "server", 1'700'000'000, {});
  {
    SocketServer server(
        [&] { return node.server(settings, std::make_unique<HttpServerSession>(pages, 0)); });
    const auto curl = [&](const std::string& options) {
      return output_of(fmt::format(
          "curl -sS --noproxy '*' --max-time 20 --cacert {0}/root.pem {2} "
          "--resolve '*:{1}:127.0.0.1' -w '|%{{ssl_verify_result}}' https://www.example.com:{1}/",
          folder, server.port(), options));
    };
    EXPECT_EQ(curl("--tlsv1.3"), "home|0");
    EXPECT_EQ(curl("--tls-max 1.2"), "home|0");
    EXPECT_THAT(curl("--tls-max 1.1 --ciphers DEFAULT@SECLEVEL=0"), HasSubstr("alert"));
  }
  std::filesystem::remove_all(folder);
}

class Heard final : public HttpClientListener {
 public:
  void on_http(const HttpOutcome& outcome, Instant) override { got = outcome; }
  HttpOutcome got;
};

/// One request to 127.0.0.1:port by our client.
HttpOutcome fetch(std::uint16_t port, const std::string& method, const std::string& target) {
  HttpRequest request;
  request.method = method;
  request.target = target;
  request.fields.add("Host", "127.0.0.1");
  Heard heard;
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  const sockaddr_in address = loopback(port);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return {};
  SocketStream stream(socket);
  HttpClientSession session(request, heard);
  stream.run(session);
  return heard.got;
}

// It sends lengths, chunks and, as HTTP/1.0, bodies that end with the connection.
TEST(RealPeers, OurClientReadsWhatPythonServes) {
  if (!is_installed("python3")) GTEST_SKIP() << "python3 is not installed";
  const char* const script = R"(
import http.server, sys
class Pages(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.' + sys.argv[1]
    def log_message(self, *words): pass
    def do_GET(self):
        self.send_response(200 if self.path != '/none' else 404)
        if self.path == '/chunks':
            self.send_header('Transfer-Encoding', 'chunked')
            self.end_headers()
            self.wfile.write(b'3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-Sum: 5\r\n\r\n')
            return
        if self.path == '/length': self.send_header('Content-Length', '5')
        else: self.close_connection = True
        self.end_headers()
        self.wfile.write(b'abcde')
    def do_HEAD(self):
        self.send_response(200); self.send_header('Content-Length', '99'); self.end_headers()
server = http.server.HTTPServer(('127.0.0.1', 0), Pages)
print(server.server_port, flush=True)
for _ in range(4): server.handle_request()
)";
  for (const char* const minor : {"0", "1"}) {
    std::FILE* const python =
        ::popen(fmt::format("exec timeout 30 python3 -c \"{}\" {}", script, minor).c_str(), "r");
    ASSERT_NE(python, nullptr);
    unsigned port = 0;
    ASSERT_EQ(std::fscanf(python, "%u", &port), 1);
    const auto got = [&](const char* method, const char* target) {
      const HttpOutcome outcome = fetch(std::uint16_t(port), method, target);
      return outcome.response
                 ? fmt::format("{} {}", outcome.response->status, outcome.response->body)
                 : outcome.error;
    };
    EXPECT_EQ(got("GET", "/length"), "200 abcde") << minor;
    EXPECT_EQ(got("GET", "/end"), "200 abcde") << minor;
    EXPECT_EQ(got("GET", *minor == '1' ? "/chunks" : "/length"), "200 abcde") << minor;
    EXPECT_EQ(got("HEAD", "/none"), "200 ") << minor;
    ::pclose(python);
  }
}

}  // namespace
}  // namespace natsim
