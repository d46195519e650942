// Golden tables.
#include "src/report/result_tables.h"

#include "src/report/nat_rows.h"
#include "tests/report/report_bench.h"

namespace natsim {
namespace {

class ResultTablesTest : public ReportBench {
 protected:
  static CheckRow check(bool met, bool judged, const char* found) {
    return {line(57), "web → 203.0.113.2:22 tcp", "dropped at router by policy", found, met,
            judged};
  }
  std::string tables(bool all_rows = false) {
    std::string text = result_tables(results, sources, {false, all_rows});
    expect_tidy_lines(text);
    return text;
  }

  Results results{.name = "home-nat"};
};

TEST_F(ResultTablesTest, AChecksFailureSaysWhatWasExpectedAndWhatWasFound) {
  results.checks = {check(true, true, "dropped at router by policy"),
                    check(false, true, "delivered at nas"), check(false, false, "nothing")};
  EXPECT_EQ(
      tables(),
      "\n"
      "Checks\n"
      "              probe                     written at        result\n"
      "  ok          web → 203.0.113.2:22 tcp  home-nat.yaml:57  dropped at router by policy\n"
      "  FAILED      web → 203.0.113.2:22 tcp  home-nat.yaml:57  expected dropped at router by"
      " policy\n"
      "                                                          found delivered at nas\n"
      "  not judged  web → 203.0.113.2:22 tcp  home-nat.yaml:57  expected dropped at router by"
      " policy\n"
      "                                                          found nothing\n");
  EXPECT_EQ(closing_lines(results, false, true), "home-nat: 1 of 3 checks met\n");
  const std::string failed = check_table("Checks", results, sources, false, true);
  EXPECT_EQ(failed.find("  ok "), std::string::npos);
  EXPECT_NE(failed.find("  FAILED "), std::string::npos);
}

TEST_F(ResultTablesTest, PointsAreCountedAndAHintComesWithTheFailure) {
  results.checks = {check(true, true, "dropped at router by policy"),
                    check(false, true, "delivered at nas")};
  results.checks[0].points = 3;
  results.checks[0].hint = results.checks[1].hint = "Who answers before the policy is asked?";
  EXPECT_EQ(
      check_table("Checks", results, sources, false, false),
      "Checks\n"
      "          probe                     written at        result\n"
      "  ok      web → 203.0.113.2:22 tcp  home-nat.yaml:57  dropped at router by policy\n"
      "  FAILED  web → 203.0.113.2:22 tcp  home-nat.yaml:57  expected dropped at router by policy\n"
      "                                                      found delivered at nas\n"
      "          hint: Who answers before the policy is asked?\n");
  EXPECT_EQ(closing_lines(results, false, true), "home-nat: 1 of 2 checks met, 3 of 4 points\n");
}

TEST_F(ResultTablesTest, TrafficDoesNotSayItsResultTwice) {
  const auto row = [](ProbeResult result, const char* summary) {
    return TrafficRow{Instant(), line(50), "a", "tcp b:9", true, result, summary};
  };
  results.traffic = {row(ProbeResult::timed_out, "timed_out"),
                     row(ProbeResult::timed_out, "timed_out after 5 s"),
                     row(ProbeResult::unreachable, "unreachable: host unreachable"),
                     row(ProbeResult::answered, "3 sent")};
  EXPECT_EQ(tables(),
            "\n"
            "Traffic\n"
            "        at  from  what     result\n"
            "  0.000000  a     tcp b:9  timed_out\n"
            "  0.000000  a     tcp b:9  timed_out    after 5 s\n"
            "  0.000000  a     tcp b:9  unreachable  host unreachable\n"
            "  0.000000  a     tcp b:9  answered     3 sent\n");
}

TEST_F(ResultTablesTest, RulesHaveTheShapeOfIptables) {
  const rules::ListColumns dnat{
      "1",   "60", "DNAT",      "tcp",         "--",
      "wan", "*",  "0.0.0.0/0", "203.0.113.2", "tcp dpt:8080 to:192.168.1.10:80"};
  const rules::ListColumns replies{
      "1234", "987K", "ACCEPT",    "all",       "--",
      "*",    "*",    "0.0.0.0/0", "0.0.0.0/0", "ctstate RELATED,ESTABLISHED"};
  const rules::ListColumns back{"0", "0", "RETURN",    "all",       "--",
                                "*", "*", "0.0.0.0/0", "0.0.0.0/0", ""};
  const std::string prerouting = "Chain PREROUTING (policy ACCEPT 2 packets, 120 bytes)";
  const std::string forward = "Chain FORWARD (policy DROP 0 packets, 0 bytes)";
  results.rules = {
      {"router", {"nat", "PREROUTING", "nat rule 2", line(32)}, "", {1, 60}, prerouting, dnat},
      {"router",
       {"filter", "FORWARD", "replies", line(37)},
       "",
       {1'234, 987'654},
       forward,
       replies},
      {"router", {"filter", "FORWARD", "policy", line(34)}, "drop", {0, 0}, forward, {}},
      {"gate", {"filter", "web", "rule 1", {}}, "", {0, 0}, "Chain web (1 references)", back}};
  EXPECT_EQ(
      tables(),
      "\n"
      "Rules of router (home-nat.yaml)\n"
      "  pkts bytes target prot opt in  out source    destination\n"
      "  Table nat\n"
      "  Chain PREROUTING (policy ACCEPT 2 packets, 120 bytes)\n"
      "     1    60 DNAT   tcp  --  wan *   0.0.0.0/0 203.0.113.2 tcp dpt:8080 to:192.168.1.10:80\n"
      "                                                           /* nat rule 2 :32 */\n"
      "  Table filter\n"
      "  Chain FORWARD (policy DROP 0 packets, 0 bytes)\n"
      "  1234  987K ACCEPT all  --  *   *   0.0.0.0/0 0.0.0.0/0   ctstate RELATED,ESTABLISHED\n"
      "                                                           /* replies :37 */\n"
      "\n"
      "Rules of gate\n"
      "  pkts bytes target prot opt in out source    destination\n"
      "  Chain web (1 references)\n"
      "     0     0 RETURN all  --  *  *   0.0.0.0/0 0.0.0.0/0   /* rule 1 */\n");
}

TEST_F(ResultTablesTest, LeasesAndTraffic) {
  results.leases = {{"router", ip("192.168.1.100"), MacAddress::from_u64(0x0200'0000'0007),
                     "laptop", LeaseState::bound, Duration::seconds(3'592)},
                    {"router", ip("192.168.1.9"), MacAddress::from_u64(0x0200'0000'0008), "",
                     LeaseState::offered, Duration::max()}};
  results.traffic = {{Instant::from_ns(1'000'000'000), line(50), "laptop", "ping web, 3 times",
                      true, ProbeResult::answered, "3 sent, 3 received"},
                     {Instant::from_ns(2'000'000'000), line(51), "web", "tcp 203.0.113.2:22", true,
                      ProbeResult::timed_out, "timed_out"},
                     {Instant::from_ns(12'000'000'000), line(52), "web", "udp laptop:9", false,
                      ProbeResult::pending, ""}};
  EXPECT_EQ(tables(),
            "\n"
            "Traffic\n"
            "         at  from    what                result\n"
            "   1.000000  laptop  ping web, 3 times   answered      3 sent, 3 received\n"
            "   2.000000  web     tcp 203.0.113.2:22  timed_out\n"
            "  12.000000  web     udp laptop:9        not finished\n"
            "\n"
            "DHCP leases of router\n"
            "  address        MAC                host    state     left\n"
            "  192.168.1.100  02:00:00:00:00:07  laptop  bound    59m52\n"
            "  192.168.1.9    02:00:00:00:00:08          offered  never\n");
}

TEST_F(ResultTablesTest, TheWidestTranslationFits) {
  results.nat = {{"router", Protocol::icmp, true, endpoint("192.168.100.100:65535"),
                  endpoint("203.200.113.200:65535"), endpoint("203.200.113.200:65535"),
                  "ESTABLISHED", Duration::seconds(432'000 - 1)}};
  EXPECT_EQ(lines_of(tables()).at(3),
            "  icmp SNAT  192.168.100.100:65535 → 203.200.113.200:65535  203.200.113.200:65535  "
            "ESTABLISHED  4d23");
}

TEST_F(ResultTablesTest, LongTablesAreCutAndSaySo) {
  results.nat.assign(kTableRowsMax + 1'234,
                     {"router", Protocol::udp, true, endpoint("10.0.0.1:1"), endpoint("10.0.0.2:1"),
                      endpoint("10.0.0.3:1"), "replied", Duration::seconds(1)});
  EXPECT_EQ(lines_of(tables()).size(), 1 + 2 + kTableRowsMax + 1);
  EXPECT_NE(tables().find("  … and 1,234 more\n"), std::string::npos);
  EXPECT_EQ(lines_of(tables(true)).size(), 1 + 2 + results.nat.size());
}

// --- rows out of tracked connections ----------------------------------------------------------

Connection connection(const char* source, const char* destination, const char* reply_source,
                      const char* reply_destination, std::uint16_t status) {
  Connection made{};
  const auto fill = [](FlowKeyV4& key, const Endpoint& from, const Endpoint& to) {
    key = {from.address.v4(), to.address.v4(), from.port, to.port, Protocol::tcp};
  };
  fill(made.keys[0], endpoint(source), endpoint(destination));
  fill(made.keys[1], endpoint(reply_source), endpoint(reply_destination));
  made.status = status;
  made.tcp_state = TrackedState::established;
  made.expiry = Instant::from_ns(120'000'000'000);
  return made;
}

std::string row_text(const NatRow& row) {
  return (row.source ? "source " : "destination ") + row.before.to_string() + " → " +
         row.after.to_string() + " with " + row.peer.to_string();
}

TEST(NatRowsTest, AMasqueradedConnectionReplacesItsSource) {
  std::vector<NatRow> rows;
  add_nat_rows(rows, "router",
               connection("192.168.1.100:5000", "203.0.113.80:80", "203.0.113.80:80",
                          "203.0.113.2:5001", kSourceNat),
               Instant::from_ns(1'000'000'000));
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(row_text(rows[0]), "source 192.168.1.100:5000 → 203.0.113.2:5001 with 203.0.113.80:80");
  EXPECT_EQ(rows[0].state, "ESTABLISHED");
  EXPECT_EQ(rows[0].expires_in, Duration::seconds(119));
}

TEST(NatRowsTest, AForwardedPortReplacesTheDestination) {
  std::vector<NatRow> rows;
  add_nat_rows(rows, "router",
               connection("203.0.113.80:4000", "203.0.113.2:8080", "192.168.1.10:80",
                          "203.0.113.80:4000", kDestinationNat),
               Instant());
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(row_text(rows[0]),
            "destination 203.0.113.2:8080 → 192.168.1.10:80 with 203.0.113.80:4000");
}

TEST(NatRowsTest, AHairpinReplacesBoth) {
  std::vector<NatRow> rows;
  add_nat_rows(rows, "router",
               connection("192.168.1.100:5000", "203.0.113.2:8080", "192.168.1.10:80",
                          "192.168.1.1:5000", kSourceNat | kDestinationNat),
               Instant());
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(row_text(rows[0]),
            "destination 203.0.113.2:8080 → 192.168.1.10:80 with 192.168.1.1:5000");
  EXPECT_EQ(row_text(rows[1]), "source 192.168.1.100:5000 → 192.168.1.1:5000 with 192.168.1.10:80");
}

}  // namespace
}  // namespace natsim
