// Goal: HTTP/1.1 messages are written as RFC 9112 wants them and read however the stream cuts them;
// what is malformed or too long becomes the right status.
#include "sim/service/http.h"

#include <gtest/gtest.h>

#include "sim/base/random.h"

namespace natsim {
namespace {

ByteSpan bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
std::string text_of(const Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

template <class Message>
std::string written(const Message& message) {
  Bytes out;
  http_write(message, out);
  return text_of(out);
}

constexpr const char* kGet = "GET /a?b=c HTTP/1.1\r\nHost: www.example.com\r\n\r\n";

TEST(Http01, RequestAndResponseAsTheyStandOnTheWire) {
  HttpRequest request;
  request.target = "/a?b=c";
  request.fields.add("Host", "www.example.com");
  EXPECT_EQ(written(request), kGet);
  HttpResponse response;
  response.fields.add("Content-Type", "text/plain");
  response.body = "hello";
  EXPECT_EQ(written(response),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello");
  response.chunked = true;
  EXPECT_EQ(written(response),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
            "5\r\nhello\r\n0\r\n\r\n");
  Bytes head;
  response.chunked = false;
  http_write(response, head, true);
  EXPECT_EQ(text_of(head),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n");
  HttpResponse passed_on;  // by a proxy, that has seen no body
  passed_on.fields.add("Content-Length", "99");
  head.clear();
  http_write(passed_on, head, true);
  EXPECT_EQ(text_of(head), "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n");
}

TEST(Http, FieldsCannotEndEarly) {
  HttpRequest request;
  request.fields.add("X", "a\r\nY: b");
  EXPECT_EQ(written(request), "GET / HTTP/1.1\r\n\r\n");
}

TEST(Http, ListsGrowAtTheirEnd) {
  HttpFields fields;
  fields.append("Via", "1.0 a");
  fields.add("via", "1.1 b");
  fields.append("Via", "1.1 c");
  EXPECT_EQ(fields.size(), 1u);
  EXPECT_EQ(*fields.find("VIA"), "1.0 a, 1.1 b, 1.1 c");
}

TEST(Http, WhatIsAboutOneConnectionIsTakenOut) {
  HttpFields fields;
  for (const char* name :
       {"Host", "Keep-Alive", "TE", "Transfer-Encoding", "Upgrade", "X-Mine", "X"})
    fields.add(name, "1");
  fields.add("Connection", "close, x-mine");
  http_drop_connection_fields(fields);
  std::string left;
  for (const auto& [name, value] : fields) left += name + " ";
  EXPECT_EQ(left, "Host X ");
}

TEST(Http, EmptyLinesBeforeARequestAreSkipped) {
  HttpRequestReader reader;
  const std::string wire = std::string("\r\n\r\n") + kGet;
  EXPECT_EQ(reader.feed(bytes_of("\r\n")), 2u);
  EXPECT_FALSE(reader.started());
  EXPECT_EQ(reader.feed(bytes_of(wire)), wire.size());
  EXPECT_TRUE(reader.complete());
}

TEST(Http, WhoWaitsForContinueIsSeenOnce) {
  HttpRequestReader reader;
  reader.feed(bytes_of("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n"));
  EXPECT_FALSE(reader.take_continue()) << "the header is not all";
  reader.feed(bytes_of("Content-Length: 3\r\n\r\n"));
  EXPECT_TRUE(reader.take_continue());
  EXPECT_FALSE(reader.take_continue());
  reader.feed(bytes_of("abc"));
  EXPECT_TRUE(reader.complete());
  reader.next();
  reader.feed(bytes_of("POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\na"));
  EXPECT_FALSE(reader.take_continue()) << "it did not wait";
}

TEST(Http, AnyCutReadsTheSame) {
  const std::string wire = std::string(kGet) +
                           "POST / HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\n"
                           "3;x=y\r\nabc\r\n2\r\nde\r\n0\r\n\r\n" +
                           "PUT /p HTTP/1.0\r\nContent-Length: 4\r\n\r\nfour";
  Prng random(1);
  for (int round = 0; round < 300; ++round) {
    HttpRequestReader reader;
    std::vector<HttpRequest> found;
    for (std::size_t at = 0; at < wire.size();) {
      const std::size_t piece =
          round == 0 ? 1 : std::min<std::size_t>(random.between(1, 40), wire.size() - at);
      at += reader.feed(bytes_of(wire).subspan(at, piece));
      ASSERT_FALSE(reader.problem()) << reader.problem()->why;
      if (reader.complete()) found.push_back(reader.next());
    }
    ASSERT_EQ(found.size(), 3u);
    EXPECT_EQ(found[0].target, "/a?b=c");
    EXPECT_EQ(*found[0].fields.find("host"), "www.example.com");
    EXPECT_EQ(found[1].body, "abcde");
    EXPECT_EQ(found[2].method, "PUT");
    EXPECT_EQ(found[2].version, 10);
    EXPECT_EQ(found[2].body, "four");
  }
}

TEST(Http, WhatIsWrongHasItsStatus) {
  const std::string long_value(20'000, 'x');
  const struct {
    std::string wire;
    int status;
  } rows[] = {
      {"GET\r\n\r\n", 400},
      {"G@T / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHo st: a\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400},
      {"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nabc\r\n", 400},
      {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nabc\r\n", 400},
      {"GET / HTTP/3.0\r\n\r\n", 505},
      {"GET / HTTP/1.1\r\nX: " + long_value + "\r\n\r\n", 431},
      {"GET /" + long_value, 414},
      {"GET /" + std::string(7'900, 'x') + " HTTP/1.1\r\nX: " + long_value, 431},
      {"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
      {"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
      {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", 400},
      {"PRI * HTTP/2.0\r\n\r\n", 505},
      {"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", 413},
  };
  for (const auto& row : rows) {
    HttpRequestReader reader;
    reader.feed(bytes_of(row.wire));
    ASSERT_TRUE(reader.problem().has_value()) << row.wire.substr(0, 60);
    EXPECT_EQ(reader.problem()->status, row.status)
        << row.wire.substr(0, 60) << reader.problem()->why;
  }
}

TEST(Http, ResponsesMayEndWithTheStreamOrHaveNoBody) {
  HttpResponseReader reader;
  reader.feed(bytes_of("HTTP/1.1 200 OK\r\n\r\nsome"));
  EXPECT_FALSE(reader.complete());
  EXPECT_TRUE(reader.end());
  EXPECT_EQ(reader.next().body, "some");
  reader.expect_no_body();
  reader.feed(bytes_of("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"));
  EXPECT_TRUE(reader.complete());
  HttpResponseReader cut;
  cut.feed(bytes_of("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc"));
  EXPECT_FALSE(cut.end());
}

TEST(Http02, ConnectionsStayOpenUnlessSaidOtherwise) {
  HttpFields none, close, keep;
  close.add("Connection", "Close");
  keep.add("connection", "foo, Keep-Alive");
  EXPECT_TRUE(http_keeps_alive(11, none));
  EXPECT_FALSE(http_keeps_alive(11, close));
  EXPECT_FALSE(http_keeps_alive(10, none));
  EXPECT_TRUE(http_keeps_alive(10, keep));
}

TEST(Http, ForeignBytesDoNoHarm) {
  Prng random(2);
  const std::string wire =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
  for (int round = 0; round < 5'000; ++round) {
    std::string bytes = wire;
    for (int i = 0; i < 3; ++i) bytes[random.below(bytes.size())] = char(random.next());
    HttpResponseReader reader;
    reader.feed(bytes_of(bytes));
    reader.end();
    if (reader.complete()) reader.next();
  }
}

}  // namespace
}  // namespace natsim
