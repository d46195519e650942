// The number of threads changes nothing: not what is printed, not one byte of a capture, not the
// exit status.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/scenario/program.h"
#include "tests/scenario/topologies.h"

namespace natsim::scenario {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

/// What a run leaves: what it said, and its files by name.
using Traces = std::map<std::string, std::string>;

Traces traces_of(const Folder& folder, const std::string& name, const std::string& threads) {
  const std::string captures = "threads-" + threads;
  const Finished run = run_natsim(
      {"run", name + ".yaml", "-o", captures, "--threads", threads, "--json", "--verbose"},
      folder.path());
  Traces traces = {{"status", std::to_string(run.status)}};
  // The folder is not named alike.
  traces["stdout"] = run.out.substr(0, run.out.rfind("\"captures\""));
  for (const auto& entry : std::filesystem::directory_iterator(folder / captures))
    traces[entry.path().filename().string()] = read_text(entry.path().string());
  EXPECT_GE(traces.size(), 4u) << run.err;
  return traces;
}

std::vector<std::string> differing(const Traces& a, const Traces& b) {
  std::set<std::string> names;
  for (const auto& [name, content] : a)
    if (!b.contains(name) || b.at(name) != content) names.insert(name);
  for (const auto& [name, content] : b)
    if (!a.contains(name)) names.insert(name);
  return {names.begin(), names.end()};
}

void expect_same(const Folder& folder, const std::string& name) {
  const Traces one = traces_of(folder, name, "1");
  for (const char* threads : {"2", "3"})
    EXPECT_THAT(differing(one, traces_of(folder, name, threads)), IsEmpty())
        << threads << " threads";
}

class Threads : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(All, Threads, testing::ValuesIn(topology_names()), test_name);

TEST_P(Threads, LeaveTheSameBytes) {
  const Folder folder;
  folder.write(GetParam() + ".yaml", topology_text(GetParam()));
  expect_same(folder, GetParam());
}

TEST_P(Threads, JudgeTheSame) {
  const std::string file = source_path("topologies/" + GetParam() + ".yaml");
  const Finished one = run_natsim({"check", file}, "/"),
                 two = run_natsim({"check", "--threads", "2", file}, "/");
  EXPECT_EQ(one.status, two.status);
  EXPECT_EQ(one.out, two.out);
}

TEST(Threads, LeaveTheSameBytesOfAStormAndOfReplays) {
  const Folder folder;
  for (const char* name : {"storm", "recorded", "raw-input"})
    folder.write(std::string(name) + ".yaml", data_text(std::string(name) + ".yaml"));
  ASSERT_EQ(run_natsim({"run", "recorded.yaml", "-o", "recorded"}, folder.path()).status, 0);
  for (const char* name : {"storm", "recorded", "raw-input"}) expect_same(folder, name);
}

// Pages of a host that has its address by DHCP, named in an address and in a redirect: who asks is
// in another part, and has to know where it is by then.
const char* const kServedByALease = R"(name: leased-web
networks:
  near: {delay: 5ms}
  far: {delay: 5ms}
nodes:
  browser:
    type: host
    interfaces: {eth0: {network: near, addresses: [10.1.0.10/24]}}
    routes: [{to: default, via: 10.1.0.1}]
    listen:
      - {proto: tcp, port: 81, app: http, pages: [{path: /, redirect: "http://web/"}]}
  router:
    type: router
    interfaces:
      near: {network: near, addresses: [10.1.0.1/24]}
      far: {network: far, addresses: [10.2.0.1/24]}
    dhcp: {far: {range: 10.2.0.100-10.2.0.199}}
  web:
    type: host
    interfaces: {eth0: {network: far, dhcp4: true}}
    listen: [{proto: tcp, port: 80, app: http}]
traffic:
  - {at: 100ms, from: browser, http: "GET http://web/", count: 30, interval: 50ms}
  - {at: 100ms, from: browser, http: "GET http://browser:81/", count: 30, interval: 50ms}
  - {at: 101ms, from: web, ping: browser, count: 300, interval: 7ms}
  - {at: 3s, from: browser, traceroute: web}
  - {at: 3s, from: browser, scan: {to: web, ports: [79-81]}}
expect:
  - {from: browser, http: "GET http://browser:81/", status: 200}
)";

TEST(Threads, LeaveTheSameBytesOfPagesAtALeasedAddress) {
  const Folder folder;
  folder.write("leased-web.yaml", kServedByALease);
  expect_same(folder, "leased-web");
  EXPECT_EQ(run_natsim({"check", "leased-web.yaml", "--threads", "2"}, folder.path()).status, 0);
}

const char* const kUndivided = R"(name: one-place
networks:
  lan: {delay: 0ns}
nodes:
  a: {type: host, interfaces: {eth0: {network: lan, addresses: [10.0.0.1/24]}}}
  b: {type: host, interfaces: {eth0: {network: lan, addresses: [10.0.0.2/24]}}}
traffic:
  - {at: 0s, from: a, ping: b}
)";

TEST(Threads, AreOneWhereNothingCanBeCut) {
  const Folder folder;
  folder.write("one-place.yaml", kUndivided);
  const Finished run =
      run_natsim({"run", "one-place.yaml", "--no-capture", "--threads", "4"}, folder.path());
  EXPECT_EQ(run.status, 0);
  EXPECT_THAT(run.err, HasSubstr("--threads 4: 1 thread will do"));
  EXPECT_EQ(run.out, run_natsim({"run", "one-place.yaml", "--no-capture"}, folder.path()).out);
}

}  // namespace
}  // namespace natsim::scenario
