// Golden lines of the event report.
#include "src/report/text_report.h"

#include "tests/report/report_bench.h"

namespace natsim {
namespace {

const RuleLabel kOutbound{"filter", "FORWARD", "outbound", {0, 38, 1}};
const RuleLabel kForwardPolicy{"filter", "FORWARD", "policy", {0, 36, 1}};
const RuleLabel kMasquerade{"nat", "POSTROUTING", "masquerade", {0, 31, 1}};

class TextReportTest : public ReportBench {
 protected:
  std::string told(const Visit& visit, TextReportOptions options = {}) {
    TextReport report(names, sources, output, options);
    report.on_visit(visit);
    expect_tidy_lines(options.colour ? "" : output.text);
    return std::exchange(output.text, "");
  }

  Visit translated(ConnectionState state) {
    Visit visit = visit_at(kRouter, kRouterLan, kRouterWan, Outcome::forwarded,
                           tcp("192.168.1.100:49152", "203.0.113.80:80", kTcpSyn));
    const Tuple before{endpoint("192.168.1.100:49152"), endpoint("203.0.113.80:80"), Protocol::tcp};
    Tuple after = before;
    after.source = endpoint("203.0.113.2:49153");
    const bool first = state == ConnectionState::new_;
    visit.steps = {ConntrackStep{state, false}, VerdictStep{Hook::forward, &kOutbound, true},
                   TranslateStep{Hook::postrouting, before, after, first ? &kMasquerade : nullptr}};
    return visit;
  }
};

TEST_F(TextReportTest, WhatIsSentStandsOnOneLineWithoutTcpNumbersAndOptions) {
  const Visit visit = visit_at(kLaptop, kNoInterface, kEth0, Outcome::sent,
                               tcp("192.168.1.100:49152", "203.0.113.80:80", kTcpSyn));
  EXPECT_EQ(told(visit),
            "  1.000310  laptop  →eth0    192.168.1.100.49152 > 203.0.113.80.80: "
            "Flags [S]\n");
}

TEST_F(TextReportTest, WhatWasDoneEndsAtTheRightEdge) {
  const Visit visit = visit_at(kWeb, kEth0, kNoInterface, Outcome::delivered,
                               echo_request("203.0.113.2", "203.0.113.80"));
  EXPECT_EQ(told(visit),
            "  1.000310  web     eth0→    203.0.113.2 > 203.0.113.80: "
            "ICMP echo request, id 1, seq 1    delivered\n");
}

TEST_F(TextReportTest, IdentifiersGoBeforeWhatWasDoneTakesALineOfItsOwn) {
  const Visit visit = visit_at(kWeb, kEth0, kNoInterface, Outcome::delivered,
                               echo_request("192.168.100.100", "203.0.113.80"));
  EXPECT_EQ(told(visit),
            "  1.000310  web     eth0→    192.168.100.100 > 203.0.113.80: ICMP echo request, seq 1"
            "      delivered\n");
}

TEST_F(TextReportTest, AConnectionsFirstPacketTellsItsTranslationAndTheRuleThatLetItThrough) {
  EXPECT_EQ(told(translated(ConnectionState::new_)),
            "  1.000310  router  lan→wan  192.168.1.100.49152 > 203.0.113.80.80: "
            "Flags [S]\n"
            "                             ACCEPT outbound (home-nat.yaml:38)\n"
            "                             NAT source 192.168.1.100:49152 → 203.0.113.2:49153 "
            "(home-nat.yaml:31)\n");
}

TEST_F(TextReportTest, LaterPacketsTellTheTranslationAlone) {
  EXPECT_EQ(told(translated(ConnectionState::established)),
            "  1.000310  router  lan→wan  192.168.1.100.49152 > 203.0.113.80.80: "
            "Flags [S]\n"
            "                             NAT source 192.168.1.100:49152 → 203.0.113.2:49153\n");
}

TEST_F(TextReportTest, ADropNamesTheRuleOrPolicyAndItsLine) {
  Visit visit = visit_at(kRouter, kRouterWan, kRouterLan, Outcome::dropped,
                         tcp("203.0.113.80:40000", "203.0.113.2:22", kTcpSyn));
  visit.reason = {Cause::policy, &kForwardPolicy};
  EXPECT_EQ(told(visit),
            "  1.000310  router  wan→lan  203.0.113.80.40000 > 203.0.113.2.22: "
            "Flags [S]\n"
            "                             DROP policy forward (home-nat.yaml:36)\n");
}

TEST_F(TextReportTest, ADropWithoutARuleSaysWhyInWords) {
  Visit visit = visit_at(kRouter, kRouterLan, kNoInterface, Outcome::dropped,
                         echo_request("10.0.0.1", "10.9.0.1"));
  visit.reason = {Cause::no_route, nullptr};
  EXPECT_EQ(told(visit),
            "  1.000310  router  lan→     10.0.0.1 > 10.9.0.1: ICMP echo request, id 1, seq 1\n"
            "                             DROP: no route to the destination\n");
  visit.outcome = Outcome::rejected;
  visit.reason = {Cause::port_closed, nullptr};
  EXPECT_NE(told(visit).find("REJECT: nothing listens on this port"), std::string::npos);
}

TEST_F(TextReportTest, DhcpIsToldInShortWords) {
  const Visit visit = visit_at(kLaptop, kNoInterface, kEth0, Outcome::sent, discover());
  EXPECT_EQ(told(visit),
            "  1.000310  laptop  →eth0    0.0.0.0.68 > 255.255.255.255.67: DHCP Discover "
            "from 02:00:00:00:00:01\n");
}

TEST_F(TextReportTest, NotesFollowTheNodeAndWrap) {
  TextReport report(names, sources, output, {});
  report.on_note({Instant::from_ns(2'000'000'000), 0, kLaptop, "ping: 64 bytes from 10.0.0.2"});
  report.on_note({Instant::from_ns(2'000'000'000), 0, kLaptop,
                  "one two three four five six seven eight nine ten eleven twelve thirteen "
                  "fourteen\x1b[31m"});
  EXPECT_EQ(output.text,
            "  2.000000  laptop  ping: 64 bytes from 10.0.0.2\n"
            "  2.000000  laptop  one two three four five six seven eight nine ten eleven twelve "
            "thirteen\n"
            "                      fourteen?[31m\n");
  expect_tidy_lines(output.text);
}

TEST_F(TextReportTest, SwitchesAndBystandersAreSilent) {
  const Bytes packet = echo_request("10.0.0.1", "10.0.0.2");
  Visit forwarded = visit_at(kSwitch, {0}, {1}, Outcome::forwarded, packet);
  EXPECT_EQ(told(forwarded), "");
  for (const Cause cause :
       {Cause::not_for_this_mac, Cause::ignored, Cause::same_port, Cause::no_member}) {
    Visit bystander = visit_at(kWeb, kEth0, kNoInterface, Outcome::dropped, packet);
    bystander.reason = {cause, nullptr};
    EXPECT_EQ(told(bystander), "") << to_string(cause);
    EXPECT_NE(told(bystander, {false, true}), "") << "verbose tells it";
  }
  Visit refused = visit_at(kSwitch, {0}, kNoInterface, Outcome::dropped, packet);
  refused.reason = {Cause::vlan_not_allowed, nullptr};
  EXPECT_EQ(told(refused),
            "  1.000310  sw1     p1→      10.0.0.1 > 10.0.0.2: ICMP echo request, id 1, seq 1\n"
            "                             DROP: VLAN not allowed on this port\n");
}

TEST_F(TextReportTest, AnArpMessageIsToldOnceAndWhereItCameFromIfNobodyHereSentIt) {
  TextReport report(names, sources, output, {});
  Visit sent = visit_at(kLaptop, kNoInterface, kEth0, Outcome::sent, {});
  sent.link_layer = true;
  sent.before = sent.after = who_has("192.168.1.1", "192.168.1.100");
  Visit arrived = visit_at(kRouter, kRouterLan, kNoInterface, Outcome::delivered, {});
  arrived.before = sent.before;
  report.on_visit(sent);
  report.on_visit(arrived);
  const std::string once = output.text;
  EXPECT_EQ(once,
            "  1.000310  laptop  →eth0    ARP, Request who-has 192.168.1.1 tell 192.168.1.100\n");
  arrived.journey = JourneyId{8};  // put on the cable by a traffic item
  report.on_visit(arrived);
  EXPECT_EQ(output.text.substr(once.size()),
            "  1.000310  router  lan→     ARP, Request who-has 192.168.1.1 tell 192.168.1.100"
            "           delivered\n");
}

TEST_F(TextReportTest, ColourMarksWhatWasDoneAndDimsArp) {
  const std::string nat = told(translated(ConnectionState::established), {true, false});
  EXPECT_NE(nat.find("\033[33mNAT source 192.168.1.100:49152"), std::string::npos) << nat;
  Visit visit = visit_at(kRouter, kRouterLan, kNoInterface, Outcome::dropped,
                         echo_request("10.0.0.1", "10.0.0.2"));
  visit.reason = {Cause::policy, &kForwardPolicy};
  EXPECT_NE(told(visit, {true, false}).find("\033[31mDROP policy forward"), std::string::npos);
  visit.outcome = Outcome::delivered;
  visit.reason = {};
  EXPECT_NE(told(visit, {true, false}).find("\033[32mdelivered\033[0m"), std::string::npos);
  visit.before = who_has("10.0.0.1", "10.0.0.2");
  EXPECT_NE(told(visit, {true, false}).find("\033[2mARP, "), std::string::npos);
}

TEST_F(TextReportTest, VerboseTellsEveryStep) {
  Visit visit = translated(ConnectionState::new_);
  visit.steps.insert(visit.steps.begin() + 1, RuleStep{Hook::forward, &kOutbound, false, "dport"});
  visit.steps.push_back(
      RouteStep{{0, 20, 1}, *Prefix::parse("0.0.0.0/0"), IpAddress(ip("203.0.113.1")), kRouterWan});
  visit.steps.push_back(
      NeighborStep{NeighborStep::Result::queued, IpAddress(ip("203.0.113.1")), {}});
  const std::string text = told(visit, {false, true});
  for (const char* words : {"win 64240, options [mss 1460]", "conntrack: NEW",
                            "forward: rule outbound (home-nat.yaml:38) no match: dport",
                            "forward: ACCEPT outbound (home-nat.yaml:38)",
                            "NAT source 192.168.1.100:49152 → 203.0.113.2:49153 (",
                            "route default via 203.0.113.1 on wan (home-nat.yaml:20)",
                            "waits until 203.0.113.1 says its MAC"})
    EXPECT_NE(text.find(words), std::string::npos) << words << "\nin\n" << text;
}

TEST_F(TextReportTest, NoNameAndNoInstantMakesALineTooWide) {
  names[1].name = std::string(63, 'r');
  names[1].interfaces = {"interface-left0", "interface-right"};
  Visit visit = translated(ConnectionState::new_);
  visit.when = Instant::from_ns(123'456'789'123'456'789);
  std::string text = told(visit);
  EXPECT_NE(text.find("123456789.123456"), std::string::npos);
  EXPECT_NE(text.find("rrrrrrrrrrrrr…"), std::string::npos) << text;
  visit.before = Bytes(60, 0xff);
  told(visit);
  visit.before.clear();
  told(visit);
  told(visit, {false, true});
}

}  // namespace
}  // namespace natsim
