// What programs read: valid, one object a line, keys in a fixed order.
#include "src/report/json_report.h"

#include <nlohmann/json.hpp>

#include "tests/report/report_bench.h"

namespace natsim {
namespace {

const RuleLabel kPolicy{"filter", "FORWARD", "policy", {0, 36, 1}};

class JsonReportTest : public ReportBench {};

TEST_F(JsonReportTest, ADroppedPacketTellsRuleFileAndLine) {
  Visit visit = visit_at(kRouter, kRouterWan, kNoInterface, Outcome::dropped,
                         tcp("203.0.113.80:40000", "203.0.113.2:22", kTcpSyn));
  visit.reason = {Cause::policy, &kPolicy};
  visit.steps = {ConntrackStep{ConnectionState::new_, false},
                 RuleStep{Hook::forward, &kPolicy, false, "dport"},
                 VerdictStep{Hook::forward, &kPolicy, false}};
  JsonReport report(names, sources, output, false);
  report.on_visit(visit);
  EXPECT_EQ(output.text,
            R"({"event":"packet","time_ns":1000310999,"node":"router","in":"wan",)"
            R"("outcome":"dropped","cause":"policy","why":"by policy",)"
            R"("rule":{"table":"filter","chain":"FORWARD","name":"policy",)"
            R"("file":"topologies/home-nat.yaml","line":36},"journey":7,)"
            R"("packet":"IP 203.0.113.80.40000 > 203.0.113.2.22: Flags [S], seq 1234567890, )"
            R"(win 64240, options [mss 1460], length 0",)"
            R"("steps":[{"step":"conntrack","state":"NEW","reply":false},)"
            R"({"step":"verdict","hook":"forward","accepted":false,)"
            R"("rule":{"table":"filter","chain":"FORWARD","name":"policy",)"
            R"("file":"topologies/home-nat.yaml","line":36}}]})"
            "\n");
}

TEST_F(JsonReportTest, VerboseAddsRulesThatWereLookedAtAndNoise) {
  Visit visit =
      visit_at(kSwitch, {0}, {1}, Outcome::forwarded, echo_request("10.0.0.1", "10.0.0.2"));
  visit.after = visit.before;
  visit.steps = {SwitchStep{10, true, true}, RuleStep{Hook::forward, &kPolicy, false, "dport"}};
  JsonReport(names, sources, output, false).on_visit(visit);
  EXPECT_EQ(output.text, "");
  JsonReport(names, sources, output, true).on_visit(visit);
  const auto json = nlohmann::json::parse(output.text);
  EXPECT_EQ(json["steps"].size(), 2u);
  EXPECT_EQ(json["steps"][0]["vlan"], 10);
  EXPECT_EQ(json["steps"][1]["failed_match"], "dport");
  EXPECT_EQ(json["packet"], json["after"]) << "a switch hands the same frame on";
}

TEST_F(JsonReportTest, EveryKindOfStepIsAnObjectThatNamesItself) {
  Visit visit = visit_at(kRouter, kRouterLan, kRouterWan, Outcome::forwarded,
                         udp("10.0.0.1:5000", "10.1.0.1:53", Bytes(12, 'x')));
  visit.after = udp("10.9.0.1:5001", "10.1.0.1:53", Bytes(12, 'x'));
  const Tuple before{endpoint("10.0.0.1:5000"), endpoint("10.1.0.1:53"), Protocol::udp};
  Tuple after = before;
  after.source = endpoint("10.9.0.1:5001");
  visit.steps = {
      TranslateStep{Hook::postrouting, before, after, nullptr},
      RouteStep{line(9), *Prefix::parse("10.1.0.0/16"), IpAddress(ip("10.9.0.2")), kRouterWan},
      NeighborStep{NeighborStep::Result::known, IpAddress(ip("10.9.0.2")),
                   MacAddress::from_u64(0x0200'0000'0009)},
      FragmentStep{3}};
  JsonReport(names, sources, output, false).on_visit(visit);
  const auto json = nlohmann::json::parse(output.text);
  const auto& steps = json["steps"];
  EXPECT_EQ(json["after"], "IP 10.9.0.1.5001 > 10.1.0.1.53: UDP, length 12");
  EXPECT_EQ(steps[0]["after"]["source"], "10.9.0.1:5001");
  EXPECT_FALSE(steps[0].contains("rule"));
  EXPECT_EQ(steps[1]["out"], "wan");
  EXPECT_EQ(steps[1]["line"], 9);
  EXPECT_EQ(steps[2]["mac"], "02:00:00:00:00:09");
  EXPECT_EQ(steps[3]["fragments"], 3);
}

TEST_F(JsonReportTest, NamesThatAreNoUtf8DoNotBreakALine) {
  const std::uint32_t file = sources.add("bad\xff\"name\n.yaml", "");
  const RuleLabel rule{"filter", "FORWARD", "r\xc3", {file, 1, 1}};
  Visit visit = visit_at(kRouter, kRouterLan, kNoInterface, Outcome::dropped, {});
  visit.reason = {Cause::rule, &rule};
  JsonReport report(names, sources, output, false);
  report.on_visit(visit);
  report.on_note({Instant(), 0, kLaptop, "a\nb\xff"});
  const auto lines = lines_of(output.text);
  ASSERT_EQ(lines.size(), 2u);
  for (const std::string& text : lines) EXPECT_TRUE(nlohmann::json::accept(text)) << text;
}

TEST_F(JsonReportTest, TheSummaryHoldsAllTables) {
  Results results{.name = "lab", .end = Instant::from_ns(5), .events = 9};
  results.nat = {{"r", Protocol::tcp, false, endpoint("10.0.0.1:1"), endpoint("10.0.0.2:2"),
                  endpoint("10.0.0.3:3"), "ESTABLISHED", Duration::seconds(1)}};
  results.leases = {{"r", ip("10.0.0.9"), MacAddress(), "h", LeaseState::bound, Duration::max()}};
  results.rules = {{"r", {"filter", "INPUT", "policy", {}}, "drop", {1, 60}}};
  results.traffic = {{Instant(), line(3), "a", "ping b", true, ProbeResult::answered, "fine"}};
  results.checks = {{line(4), "a → b tcp", "delivered", "lost", false, true}};
  const std::string text = summary_json(results, sources);
  const auto json = nlohmann::ordered_json::parse(text);
  std::vector<std::string> keys;
  for (const auto& [key, value] : json.items()) keys.push_back(key);
  EXPECT_EQ(keys,
            (std::vector<std::string>{"event", "name", "time_ns", "interrupted", "passed", "events",
                                      "traffic", "nat", "leases", "rules", "checks", "captures"}));
  EXPECT_EQ(json["passed"], false);
  EXPECT_EQ(json["nat"][0]["replaced"], "destination");
  EXPECT_TRUE(json["leases"][0]["expires_in_ns"].is_null());
  EXPECT_FALSE(json["rules"][0].contains("file")) << "written nowhere";
  EXPECT_EQ(json["checks"][0]["line"], 4);
  EXPECT_TRUE(json["captures"].is_null());
  EXPECT_EQ(text.find('\n'), text.size() - 1);
}

}  // namespace
}  // namespace natsim
