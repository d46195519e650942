// Goal: a reverse proxy passes on what it should, as RFC 9110 7.6 wants it, shares requests out,
// and says what went wrong. Method: a client, a proxy and servers on hosts of their own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/service/proxy_bench.h"

namespace natsim::lab {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kGet = "GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n";

std::string field(const HttpRequest& request, std::string_view name) {
  const std::string* const value = request.fields.find(name);
  return value == nullptr ? "none" : *value;
}

// HTTP-03
TEST(Proxy, HTTP_03_TheServerIsToldWhoAskedAndOfTheWay) {
  ProxyBench bench(1);
  bench.get();
  bench.get("/", "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: 192.0.2.2\r\nVia: 1.0 old\r\n");
  bench.run(1_s);
  const auto& asked = bench[0].asked;
  ASSERT_EQ(asked.size(), 2u);
  EXPECT_THAT(bench[0].from, ElementsAre(IpAddress(ip("10.0.0.2")), IpAddress(ip("10.0.0.2"))));
  EXPECT_EQ(field(asked[0], "X-Forwarded-For"), "10.0.0.1");
  EXPECT_EQ(field(asked[0], "Via"), "1.1 natsim");
  EXPECT_EQ(field(asked[0], "Host"), "www.example.com");
  EXPECT_EQ(field(asked[1], "X-Forwarded-For"), "192.0.2.1, 192.0.2.2, 10.0.0.1");
  EXPECT_EQ(field(asked[1], "Via"), "1.0 old, 1.1 natsim");
}

TEST(Proxy, WhatIsAboutTheConnectionStaysOnIt) {
  ProxyBench bench(1);
  bench[0].says = [](const HttpRequest&) {
    return "HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nX-Hop: 1\r\nX-End: 1\r\nVia: 1.1 inner\r\n"
           "Content-Length: 2\r\n\r\nhi";
  };
  const auto& heard =
      bench.get("/", "Connection: X-Mine, TE\r\nX-Mine: 1\r\nTE: trailers\r\nX: 1\r\n");
  bench.run(1_s);
  ASSERT_EQ(bench[0].asked.size(), 1u);
  const HttpRequest& asked = bench[0].asked[0];
  for (const char* name : {"Connection", "X-Mine", "TE"}) EXPECT_EQ(field(asked, name), "none");
  EXPECT_EQ(field(asked, "X"), "1");
  EXPECT_EQ(heard.text,
            "HTTP/1.1 200 OK\r\nX-End: 1\r\nVia: 1.1 inner, 1.1 natsim\r\nContent-Length: 2\r\n\r\n"
            "hi");
}

TEST(Proxy, HTTP_02_OneConnectionCarriesManyRequestsInTheirOrder) {
  ProxyBench bench(2);
  bench[0].thinks = 100_ms;  // The second is answered sooner, and yet later.
  const auto& heard = bench.say(std::string(kGet) + kGet + kGet +
                                "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + kGet);
  bench.run(2_s);
  std::string bodies;
  for (const HttpResponse& response : responses(heard)) bodies += response.body;
  EXPECT_EQ(bodies, "abab") << "nothing after the close";
  EXPECT_TRUE(heard.closed);
}

TEST(Proxy, BodiesInChunksBothWays) {
  ProxyBench bench(1);
  bench[0].says = [](const HttpRequest& request) {
    return fmt::format(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{}\r\n0\r\n\r\n",
        request.body.size(), request.body);
  };
  const auto& heard = bench.say(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  const auto& older = bench.say("POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi");
  bench.run(1_s);
  EXPECT_EQ(bench[0].asked.at(0).body, "abcde");
  ASSERT_EQ(responses(heard).size(), 1u);
  EXPECT_TRUE(responses(heard)[0].chunked);
  EXPECT_EQ(body_of(heard), "abcde");
  EXPECT_THAT(older.text, HasSubstr("HTTP/1.0 200 OK\r\n"));
  EXPECT_THAT(older.text, Not(HasSubstr("chunked"))) << "RFC 9112 7.1: HTTP/1.0 knows no chunks";
  EXPECT_TRUE(older.closed);
  EXPECT_EQ(field(bench[0].asked.at(1), "Host"), "10.0.0.11") << "HTTP/1.0 need not say it";
}

TEST(Proxy, HeadTellsTheLengthThatGetWouldHave) {
  ProxyBench bench(1);
  bench[0].says = [](const HttpRequest&) {
    return "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n";
  };
  const auto& heard = bench.say("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  bench.run(1_s);
  EXPECT_EQ(*responses(heard, true).at(0).fields.find("Content-Length"), "99");
}

TEST(Proxy, ABodyThatWaitsIsAskedForAndTheServerIsNotMadeToWait) {
  ProxyBench bench(1);
  bench[0].says = [](const HttpRequest&) {
    return "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + ok("done");
  };
  const auto& heard =
      bench.say("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n");
  bench.run(1_s);
  EXPECT_EQ(heard.text, "HTTP/1.1 100 Continue\r\n\r\n");
  const auto& whole =
      bench.say("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx");
  bench.run(1_s);
  EXPECT_EQ(field(bench[0].asked.at(0), "Expect"), "none");
  EXPECT_EQ(body_of(whole), "done") << "what comes before the answer is not the answer";
}

// --- what goes wrong ----------------------------------------------------------------------------

TEST(Proxy, WhatItCannotReadHasItsStatus) {
  for (const auto& [text, status] : std::vector<std::pair<std::string, int>>{
           {"GET / HTTP/1.1\r\n\r\n", 400},
           {"nonsense\r\n\r\n", 400},
           {"GET /" + std::string(9'000, 'x'), 414},
           {"GET / HTTP/1.1\r\nX: " + std::string(20'000, 'x'), 431},
           {"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", 413},
           {"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
           {"GET / HTTP/2.0\r\n\r\n", 505}}) {
    ProxyBench bench(1);
    const auto& heard = bench.say(text);
    bench.run(1_s);
    EXPECT_EQ(status_of(heard), status);
    EXPECT_EQ(heard.closed, text != "GET / HTTP/1.1\r\n\r\n") << text.substr(0, 30);
    EXPECT_TRUE(bench[0].asked.empty());
  }
}

TEST(Proxy, WhatIsUnreadableIsToldInItsTurn) {
  ProxyBench bench(1);
  bench[0].thinks = 100_ms;
  const auto& heard = bench.say(std::string(kGet) + "nonsense\r\n\r\n" + kGet);
  bench.run(1_s);
  const auto all = responses(heard);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].body, "a");
  EXPECT_EQ(all[1].status, 400);
  EXPECT_TRUE(heard.closed);
}

TEST(Proxy, AFloodOfRequestsIsServedOneByOne) {
  ProxyBench bench(1);
  bench[0].thinks = 100_ms;
  std::string flood = kGet;
  for (int i = 0; i < 20'000; ++i) flood += "GET / HTTP/1.1\r\n\r\n";
  const auto& heard = bench.say(flood + kGet);
  bench.run(30_s);
  const auto all = responses(heard);
  ASSERT_EQ(all.size(), 20'002u);
  EXPECT_EQ(all.front().body, "a");
  EXPECT_EQ(all[1].status, 400);
  EXPECT_EQ(all.back().body, "a");
}

TEST(Proxy, ManyLargeAnswersArriveWhole) {
  ProxyBench bench(1);
  const std::string page(300'000, 'x');
  bench[0].says = [&](const HttpRequest&) { return ok(page); };
  std::string text;
  for (int i = 0; i < 30; ++i) text += kGet;
  const auto& heard = bench.say(text);
  bench.run(60_s);
  const auto all = responses(heard);
  ASSERT_EQ(all.size(), 30u);
  for (const HttpResponse& response : all) EXPECT_EQ(response.body, page);
}

TEST(Proxy, CablesThatLoseChangeNoByte) {
  ProxyBench bench(2, {.cable = {.delay = 2_ms, .bandwidth_bps = 50'000'000, .loss = {1, 30}}});
  for (const std::size_t i : {0u, 1u})
    bench[i].says = [](const HttpRequest& request) { return ok(request.body); };
  Prng random(1);
  std::vector<std::pair<std::string, const Caller::Heard*>> all;
  for (int i = 0; i < 40; ++i) {
    std::string body(random.below(60'000), 'x');
    for (char& c : body) c = char(random.next());
    all.emplace_back(body, &bench.say(fmt::format("POST / HTTP/1.1\r\nHost: a\r\n"
                                                  "Content-Length: {}\r\n\r\n{}",
                                                  body.size(), body)));
  }
  bench.run(60_s);
  for (const auto& [body, heard] : all) EXPECT_EQ(body_of(*heard), body) << body.size();
}

TEST(Proxy, HalfARequestTimesOut) {
  ProxyBench bench(1);
  const auto& half = bench.say("GET / HTTP/1.1\r\nHost:");
  const auto& nothing = bench.say("");
  bench.run(59_s);
  EXPECT_EQ(half.text, "");
  bench.run(2_s);
  EXPECT_EQ(status_of(half), 408);
  EXPECT_TRUE(half.closed);
  EXPECT_EQ(nothing.text, "");
  EXPECT_TRUE(nothing.closed);
}

TEST(Proxy, BadGatewayForAServerThatIsNone) {
  for (const char* said :
       {"SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"}) {
    ProxyBench bench(1);
    bench[0].says = [said](const HttpRequest&) { return said; };
    const auto& heard = bench.get();
    bench.run(1_s);
    EXPECT_EQ(status_of(heard), 502) << said;
    EXPECT_FALSE(heard.closed) << "the client's connection is as good as before";
  }
}

TEST(Proxy, GatewayTimeoutForOneThatIsSilent) {
  ProxyBench bench(1);
  bench[0].says = [](const HttpRequest&) { return std::nullopt; };
  const auto& heard = bench.get();
  bench.run(29_s);
  EXPECT_EQ(heard.text, "");
  bench.run(2_s);
  EXPECT_EQ(status_of(heard), 504);
}

// --- load balancing -----------------------------------------------------------------------------

TEST(LoadBalancer, RoundRobinInTheirOrder) {
  ProxyBench bench(3);
  std::vector<const Caller::Heard*> all;
  for (int i = 0; i < 6; ++i) {
    all.push_back(&bench.get());
    bench.run(100_ms);
  }
  std::string bodies;
  for (const auto* heard : all) bodies += body_of(*heard);
  EXPECT_EQ(bodies, "abcabc");
}

TEST(LoadBalancer, LeastConnectionsSparesWhoIsBusy) {
  for (const bool least : {false, true}) {
    ProxyBench bench(
        2, {.balance = least ? HttpBalance::least_connections : HttpBalance::round_robin});
    bench[0].thinks = 10_s;
    for (int i = 0; i < 6; ++i) {
      bench.get();
      bench.run(100_ms);
    }
    EXPECT_EQ(bench[0].asked.size(), least ? 1u : 3u);
    bench.run(20_s);
    EXPECT_EQ(bench[0].asked.size() + bench[1].asked.size(), 6u);
  }
}

TEST(LoadBalancer, WhoRefusesRestsAndTheNextOneIsAsked) {
  ProxyBench bench(3, {.deaf = 1});
  std::vector<const Caller::Heard*> all;
  for (int i = 0; i < 5; ++i) {
    all.push_back(&bench.get());
    bench.run(100_ms);
  }
  std::string bodies;
  for (const auto* heard : all) bodies += body_of(*heard);
  EXPECT_EQ(bodies, "bcbcb");
}

TEST(LoadBalancer, NobodyAtAll) {
  ProxyBench bench(1, {.deaf = 1});
  const auto& first = bench.get();
  bench.run(1_s);
  EXPECT_EQ(status_of(first), 502) << "tried in vain";
  const auto& second = bench.get();
  bench.run(1_s);
  EXPECT_EQ(status_of(second), 503) << "not tried: it rests";
  bench.run(10_s);
  const auto& third = bench.get();
  bench.run(1_s);
  EXPECT_EQ(status_of(third), 502);
}

/// Pages that were asked for other than the health page.
std::size_t pages(const Served& server) {
  std::size_t count = 0;
  for (const HttpRequest& request : server.asked) count += request.target == "/";
  return count;
}

TEST(LoadBalancer, HealthChecksExcludeAServerAndTakeItBack) {
  ProxyBench bench(2, {.health = "/health", .interval = 2_s});
  const auto load = [&](Duration time) {
    const std::size_t before_a = pages(bench[0]), before_b = pages(bench[1]);
    for (Duration spent; spent < time; spent = spent + 100_ms) {
      bench.get();
      bench.run(100_ms);
    }
    return std::pair{pages(bench[0]) - before_a, pages(bench[1]) - before_b};
  };
  EXPECT_EQ(load(2_s), (std::pair<std::size_t, std::size_t>{10, 10}));
  for (const bool silent : {false, true}) {  // ill, or as good as dead
    bench[1].says = [silent](const HttpRequest& request) -> std::optional<std::string> {
      if (request.target != "/health") return ok("b");
      if (silent) return std::nullopt;
      return "HTTP/1.1 500 Ill\r\nContent-Length: 0\r\n\r\n";
    };
    load(4_s);  // It is found out in the next check.
    EXPECT_EQ(load(6_s), (std::pair<std::size_t, std::size_t>{60, 0})) << silent;
    bench[1].says = [](const HttpRequest&) { return ok("b"); };
    load(4_s);
    EXPECT_EQ(load(6_s), (std::pair<std::size_t, std::size_t>{30, 30})) << "back";
  }
}

TEST(LoadBalancer, NobodyLeftIsUnavailable) {
  ProxyBench bench(2, {.health = "/health", .interval = 2_s});
  for (std::size_t i : {0u, 1u})
    bench[i].says = [](const HttpRequest&) {
      return "HTTP/1.1 404 None\r\nContent-Length: 0\r\n\r\n";
    };
  bench.run(1_s);
  const auto& heard = bench.get();
  bench.run(1_s);
  EXPECT_EQ(status_of(heard), 503);
}

}  // namespace
}  // namespace natsim::lab
