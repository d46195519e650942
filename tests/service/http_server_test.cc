// Goal: an HTTP server answers every request on a connection in its turn and with the right status,
// keeps connections as RFC 9112 9.3 says, and speaks WebSocket where a page does.
#include "sim/service/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/service/http_client.h"
#include "tests/support/pipe.h"

namespace natsim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

HttpSite site() {
  HttpPage home;
  home.body = "home";
  home.fields = {{"Set-Cookie", "a=b"}};
  HttpPage secret;
  secret.path = "/secret";
  secret.body = "psst";
  secret.login = "anna:geheim";
  HttpPage moved;
  moved.path = "/old";
  moved.status = 301;
  moved.location = "/";
  HttpPage chat;
  chat.path = "/chat";
  chat.websocket = true;
  HttpPage post;
  post.path = "/post";
  post.echo = post.chunked = true;
  HttpPage other;
  other.body = "other";
  return HttpSite(
      {{"www.example.com", {home, secret, moved, chat, post}}, {"other.example.com", {other}}});
}

/// Says a text, whatever comes back, and closes when told to.
class Caller final : public StreamHandler {
 public:
  Caller(std::string text, bool closes) : text_(std::move(text)), closes_(closes) {}
  void on_connected(Stream& stream, Instant) override {
    stream.send({reinterpret_cast<const std::uint8_t*>(text_.data()), text_.size()});
    if (closes_) stream.close();
  }
  void on_data(Stream&, ByteSpan, Instant) override {}

 private:
  std::string text_;
  bool closes_;
};

std::vector<HttpResponse> answers(const std::string& text, bool* closed = nullptr) {
  const HttpSite pages = site();
  Pipe pipe(std::make_unique<Caller>(text, false),
            std::make_unique<HttpServerSession>(pages, 1'767'225'600), {});
  pipe.run();
  if (closed != nullptr) *closed = pipe.closed(1);
  std::vector<HttpResponse> found;
  HttpResponseReader reader;
  for (ByteSpan rest = pipe.said(1); !rest.empty();) {
    rest = rest.subspan(reader.feed(rest));
    if (!reader.complete()) break;
    found.push_back(reader.next());
  }
  return found;
}

HttpResponse answer(const std::string& line, const std::string& fields = "") {
  const auto all = answers(line + " HTTP/1.1\r\nHost: www.example.com\r\n" + fields + "\r\n");
  return all.size() == 1 ? all.front() : HttpResponse{.status = 0};
}

TEST(HttpServer, Http01AnswersWithLengthAndDate) {
  const HttpResponse got = answer("GET /");
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.body, "home");
  EXPECT_EQ(*got.fields.find("Content-Length"), "4");
  EXPECT_EQ(*got.fields.find("Date"), "Thu, 01 Jan 2026 00:00:00 GMT");
  EXPECT_EQ(*got.fields.find("Set-Cookie"), "a=b");
}

TEST(HttpServer, Http02KeepsTheConnectionUnlessToldOtherwise) {
  const std::string get = "GET / HTTP/1.1\r\nHost: www.example.com\r\n";
  bool closed = true;
  EXPECT_EQ(answers(get + "\r\n" + get + "\r\n", &closed).size(), 2u);
  EXPECT_FALSE(closed);
  const auto last =
      answers(get + "\r\n" + get + "Connection: close\r\n\r\n" + get + "\r\n", &closed);
  EXPECT_EQ(last.size(), 2u);
  EXPECT_EQ(*last[1].fields.find("Connection"), "close");
  EXPECT_TRUE(closed);
  answers("GET / HTTP/1.0\r\n\r\n", &closed);
  EXPECT_TRUE(closed);
}

TEST(HttpServer, Http03WhatIsAskedWronglyHasItsStatus) {
  EXPECT_EQ(answers("GET / HTTP/1.1\r\n\r\n").at(0).status, 400) << "no Host";
  EXPECT_EQ(answer("GET /nowhere").status, 404);
  EXPECT_EQ(answer("DELETE /").status, 405);
  EXPECT_EQ(*answer("DELETE /").fields.find("Allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(answer("BREW /").status, 501);
  EXPECT_EQ(answer("GET /secret").status, 401);
  EXPECT_EQ(answer("GET /old").status, 301);
  EXPECT_EQ(*answer("GET /old").fields.find("Location"), "/");
  EXPECT_EQ(answers("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n").at(0).status, 400);
  EXPECT_EQ(answers("POST /post HTTP/1.1\r\nHost: www.example.com\r\n\r\n").at(0).status, 200)
      << "without a length there is no body (RFC 9112 6.3): nothing to answer 411 to";
  bool closed = false;
  for (const auto& [text, status] : std::vector<std::pair<std::string, int>>{
           {"GET /" + std::string(9'000, 'x') + " HTTP/1.1\r\n\r\n", 414},
           {"GET / HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n", 431},
           {"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", 413},
           {"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
           {"GET / HTTP/2.0\r\n\r\n", 505}}) {
    closed = false;
    EXPECT_EQ(answers(text, &closed).at(0).status, status);
    EXPECT_TRUE(closed) << "what follows would not be understood";
  }
  EXPECT_EQ(answers("nonsense\r\n\r\n", &closed).at(0).status, 400);
  EXPECT_TRUE(closed);
}

TEST(HttpServer, BasicAuthenticationHostsAndBodies) {
  EXPECT_EQ(answer("GET /secret", "Authorization: Basic YW5uYTpnZWhlaW0=\r\n").body, "psst");
  EXPECT_EQ(answer("GET /secret", "Authorization: Basic YW5uYTp3cm9uZw==\r\n").status, 401);
  EXPECT_EQ(answers("GET / HTTP/1.1\r\nHost: Other.Example.com:8080\r\n\r\n").at(0).body, "other");
  const auto all =
      answers("POST /post HTTP/1.1\r\nHost: www.example.com\r\nContent-Length: 3\r\n\r\nabc");
  EXPECT_EQ(all.at(0).body, "abc");
  EXPECT_TRUE(all.at(0).chunked);
}

TEST(HttpServer, TheTargetMayNameTheHost) {
  EXPECT_EQ(
      answers("GET http://other.example.com/ HTTP/1.1\r\nHost: www.example.com\r\n\r\n").at(0).body,
      "other");
  EXPECT_EQ(answer("GET /?to=http://other.example.com/").body, "home");
  EXPECT_EQ(answer("OPTIONS *").status, 204);
}

TEST(HttpServer, ABodyThatWaitsIsAskedFor) {
  const auto all = answers(
      "POST /post HTTP/1.1\r\nHost: www.example.com\r\nExpect: 100-continue\r\n"
      "Content-Length: 3\r\n\r\n");
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].status, 100);
  EXPECT_EQ(all[0].fields.size(), 0u);
}

class Heard final : public HttpClientListener {
 public:
  void on_http(const HttpOutcome& outcome, Instant) override { outcomes.push_back(outcome); }
  std::vector<HttpOutcome> outcomes;
};

TEST(HttpClient, FetchesAndCloses) {
  const HttpSite pages = site();
  HttpRequest request;
  request.fields.add("Host", "www.example.com");
  Heard heard;
  Pipe pipe(std::make_unique<HttpClientSession>(request, heard),
            std::make_unique<HttpServerSession>(pages, 0), {});
  pipe.run();
  ASSERT_EQ(heard.outcomes.size(), 1u);
  ASSERT_TRUE(heard.outcomes[0].response.has_value());
  EXPECT_EQ(heard.outcomes[0].response->body, "home");
  EXPECT_TRUE(pipe.closed(0));
}

TEST(WebSocket, HandshakeMessageAndClose) {
  // RFC 6455 1.3.
  EXPECT_EQ(websocket_accept_key("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  const HttpSite pages = site();
  HttpRequest request;
  request.target = "/chat";
  request.fields.add("Host", "www.example.com");
  Heard heard;
  Pipe pipe(std::make_unique<HttpClientSession>(request, "hello", heard),
            std::make_unique<HttpServerSession>(pages, 0), {});
  pipe.run();
  ASSERT_EQ(heard.outcomes.size(), 1u);
  EXPECT_EQ(heard.outcomes[0].error, "");
  EXPECT_EQ(heard.outcomes[0].websocket, "hello");
  EXPECT_TRUE(pipe.closed(0));
  EXPECT_TRUE(pipe.closed(1));
}

TEST(WebSocket, FramesOfEveryLengthComeBack) {
  for (const std::size_t size : {0u, 1u, 125u, 126u, 65'535u, 65'536u, 100'000u}) {
    Bytes bytes;
    websocket_write({true, WebSocketOpcode::binary, 0x12345678, std::string(size, 'x')}, bytes);
    WebSocketReader reader(true);
    reader.feed(ByteSpan(bytes).first(bytes.size() / 2));
    if (size > 0) {
      EXPECT_FALSE(reader.next().has_value());
    }
    reader.feed(ByteSpan(bytes).subspan(bytes.size() / 2));
    const auto frame = reader.next();
    ASSERT_TRUE(frame.has_value()) << size;
    EXPECT_EQ(frame->payload, std::string(size, 'x'));
  }
}

TEST(WebSocket, WhatIsNotAllowedEndsIt) {
  const Bytes rows[] = {{0x81, 0x00},              // a client's frame without a mask
                        {0xc1, 0x80, 0, 0, 0, 0},  // a reserved bit
                        {0x83, 0x80, 0, 0, 0, 0},  // an unknown opcode
                        {0x09, 0x80, 0, 0, 0, 0},  // a ping in pieces
                        {0x89, 0xfe, 0, 200}};     // a long ping
  for (const Bytes& row : rows) {
    WebSocketReader reader(true);
    reader.feed(row);
    EXPECT_FALSE(reader.next().has_value());
    EXPECT_EQ(reader.failed(), 1002);
  }
}

}  // namespace
}  // namespace natsim
