// Goal: the `http` item is a browser of few words that knows where redirects lead, whose cookies go
// where, and whom a password is for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/scenario/simulation.h"

namespace natsim::scenario {
namespace {

using testing::ElementsAre;

const char* const kWeb = R"(
name: browser
networks: {lan: {}}
nodes:
  browser: {type: host, interfaces: {eth0: {network: lan, addresses: [10.0.0.1/24]}}}
  web:
    type: host
    interfaces: {eth0: {network: lan, addresses: [10.0.0.80/24]}}
    listen:
      - proto: tcp
        port: 80
        app: http
        pages:
          - {path: /, body: home, cookie: [a=1; Path=/, b=2]}
          - {path: /shop/old, redirect: new, cookie: a=3}
          - {path: /shop/new, body: new shop}
          - {path: /away, redirect: "http://10.0.0.81/secret"}
          - {path: /beside, redirect: "//10.0.0.81/"}
          - {path: /nowhere, redirect: "ftp://10.0.0.81/"}
          - {path: /round, redirect: /round}
          - {path: /secret, body: welcome, login: "anna:geheim"}
  other:
    type: host
    interfaces: {eth0: {network: lan, addresses: [10.0.0.81/24]}}
    listen:
      - proto: tcp
        port: 80
        app: http
        pages: [{path: /, body: other}, {path: /secret, body: got it, login: "anna:geheim"}]
)";

/// The run of one request.
struct Fetched {
  explicit Fetched(const std::string& request)
      : run("browser", std::string(kWeb) + "expect:\n  - {from: browser, http: " + request +
                           ", status: 599}\n") {
    EXPECT_TRUE(run.built()) << run.problems();
    if (run.built()) run.run();
  }
  /// Whether the text crossed the network.
  bool said(const std::string& text) {
    const auto& frames = run.record().frames();
    return std::any_of(frames.begin(), frames.end(), [&](const SeenFrame& frame) {
      return std::string(frame.bytes.begin(), frame.bytes.end()).find(text) != std::string::npos;
    });
  }
  Simulation run;
};

TEST(Browser, RedirectsLeadFromWhereItIs) {
  EXPECT_THAT(Fetched("\"GET http://10.0.0.80/shop/old\"").run.found(),
              ElementsAre("200 OK, 8 bytes"));
  Fetched beside("\"GET http://10.0.0.80/beside\"");
  EXPECT_TRUE(beside.said("other"));
  EXPECT_THAT(beside.run.found(), ElementsAre("200 OK, 5 bytes"));
}

TEST(Browser, RedirectsToNoPageAndInCirclesEnd) {
  EXPECT_THAT(Fetched("\"GET http://10.0.0.80/nowhere\"").run.found(),
              ElementsAre("302 Found, 0 bytes"));
  EXPECT_THAT(Fetched("\"GET http://10.0.0.80/round\"").run.found(),
              ElementsAre("302 Found, 0 bytes"));
}

TEST(Browser, APasswordIsForTheServerThatWasAsked) {
  Fetched own("{request: \"GET http://10.0.0.80/secret\", login: \"anna:geheim\"}");
  EXPECT_THAT(own.run.found(), ElementsAre("200 OK, 7 bytes"));
  Fetched away("{request: \"GET http://10.0.0.80/away\", login: \"anna:geheim\"}");
  EXPECT_THAT(away.run.found(), ElementsAre("401 Unauthorized, 26 bytes"));
}

TEST(Browser, CookiesAreKeptByName) {
  Fetched one("\"GET http://10.0.0.80/shop/old\"");
  EXPECT_TRUE(one.said("Cookie: a=3\r\n"));
}

}  // namespace
}  // namespace natsim::scenario
