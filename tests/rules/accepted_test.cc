// Goal: the words that iptables-save files are made of are taken, each with the meaning that it has
// there (FW-G02 … FW-G04); what is not modelled is refused by its name.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "src/rules/iptables_writer.h"
#include "tests/rules/read.h"

namespace natsim::test {
namespace {

using testing::HasSubstr;

std::string in_table(const std::string& table, const std::string& rule) {
  return "*" + table + "\n:USER - [0:0]\n" + rule + "\nCOMMIT\n";
}

struct Row {
  const char* table;
  const char* rule;
};

// FW-G02. There is nothing before: a table that is not in the file is empty, and accepts.
TEST(Accepted, FW_G02_ATableReplacesTheOneBefore) {
  const RulesRead read = read_rules(
      "*nat\n-A POSTROUTING -o wan -j MASQUERADE\nCOMMIT\n*filter\n:INPUT DROP [0:0]\nCOMMIT\n"
      "*nat\n-A PREROUTING -j ACCEPT\nCOMMIT\n");
  EXPECT_THAT(read.problems, HasSubstr("rules.v4:7:1: warning: table nat is there twice"));
  ASSERT_TRUE(read.rules);
  EXPECT_TRUE(read.rules->find(Table::nat)->find("POSTROUTING")->rules.empty());
  EXPECT_EQ(read.rules->find(Table::nat)->find("PREROUTING")->rules.size(), 1u);
  EXPECT_FALSE(read.rules->find(Table::filter)->find("INPUT")->accept);
  EXPECT_EQ(read.rules->find(Table::mangle), nullptr);
}

// FW-G02. iptables-restore would have loaded nat before it met the error in filter; here a file
// with an error is not run at all.
TEST(Accepted, FW_G02_AnErrorLeavesNothing) {
  const RulesRead read =
      read_rules("*nat\n-A POSTROUTING -o wan -j MASQUERADE\nCOMMIT\n*filter\n-A INPUT -j NO\n");
  EXPECT_FALSE(read.rules);
  EXPECT_THAT(read.problems, HasSubstr("rules.v4:5:13: error: there is no target or chain 'NO'"));
  EXPECT_THAT(read.problems, HasSubstr("table filter has no end"));
}

class Accepted : public testing::TestWithParam<Row> {};

TEST_P(Accepted, IsReadAndWrittenTheSameTwice) {
  const RulesRead read = read_rules(in_table(GetParam().table, GetParam().rule));
  EXPECT_EQ(read.problems, "");
  ASSERT_TRUE(read.rules);
  const std::string written = rules::write_iptables(*read.rules);
  const RulesRead again = read_rules(written);
  EXPECT_EQ(again.problems, "");
  EXPECT_EQ(rules::write_iptables(*again.rules), written);
}

constexpr Row kMust[] = {
    {"filter", "-A INPUT -p tcp -j ACCEPT"},
    {"filter", "-A INPUT -p udp -j ACCEPT"},
    {"filter", "-A INPUT -p icmp -j ACCEPT"},
    {"filter", "-A INPUT -p all -j ACCEPT"},
    {"filter", "-A INPUT -p 47 -j ACCEPT"},
    {"filter", "-A INPUT -p tcp --sport 1 --dport 2:3 -j ACCEPT"},
    {"filter", "-A INPUT -p tcp --dport 1024: -j ACCEPT"},
    {"filter", "-A INPUT -p udp --dport :1023 -j ACCEPT"},
    {"filter", "-A INPUT -p tcp --dport https -j ACCEPT"},
    {"filter", "-A INPUT -p udp --dport snmp:snmp-trap -j ACCEPT"},
    {"filter", "-A INPUT -p icmp --icmp-type 8 -j ACCEPT"},
    {"filter", "-A INPUT -p icmp --icmp-type 3/4 -j ACCEPT"},
    {"filter", "-A INPUT -p icmp --icmp-type fragmentation-needed -j ACCEPT"},
    {"filter", "-A FORWARD ! -s 10.0.0.0/8 ! -d 10.1.2.3 ! -i a+ ! -o b -j USER"},
    {"filter", "-A FORWARD -g USER"},
    {"filter", "-A INPUT -m conntrack --ctstate NEW,ESTABLISHED,RELATED,INVALID -j DROP"},
    {"filter", "-A INPUT -m state --state NEW -j DROP"},
    {"filter", "-A INPUT -m limit --limit 10/minute --limit-burst 20 -j ACCEPT"},
    {"filter", "-A INPUT -p tcp -m multiport --sports 1,2:3 -j ACCEPT"},
    {"filter", "-A INPUT -p udp -m multiport ! --ports 53,http -j ACCEPT"},
    {"filter", "-A INPUT -m mac --mac-source 02:00:00:00:00:01 -j ACCEPT"},
    {"filter", "-A INPUT -m iprange --src-range 10.0.0.1-10.0.0.9 -j ACCEPT"},
    {"filter", "-A INPUT -m recent --name bad --update --seconds 60 --hitcount 4 -j DROP"},
    {"filter", "-A INPUT -p tcp --syn -m connlimit --connlimit-above 3 -j DROP"},
    {"filter", "-A INPUT -m comment --comment \"a 'b' \\\"c\\\"\" -j DROP"},
    {"filter", "-A INPUT -m mark --mark 0x10/0xf0 -j DROP"},
    {"filter", "-A INPUT -m addrtype ! --src-type LOCAL --dst-type BROADCAST -j DROP"},
    {"filter", "-A INPUT -m addrtype --dst-type ANYCAST -j DROP"},
    {"filter", "-A INPUT -m statistic --mode random --probability 0.25 -j DROP"},
    {"filter", "-A INPUT -m statistic --mode nth --every 3 --packet 1 -j DROP"},
    {"filter", "-A INPUT -p tcp ! --tcp-flags SYN,ACK SYN -j DROP"},
};

constexpr Row kShould[] = {
    {"filter", "-A INPUT -m hashlimit --hashlimit-upto 5/s --hashlimit-name a -j ACCEPT"},
    {"filter", "-A INPUT -m length --length 100:200 -j ACCEPT"},
    {"filter", "-A INPUT -m ttl --ttl-lt 5 -j ACCEPT"},
    {"filter", "-A INPUT -m pkttype --pkt-type broadcast -j ACCEPT"},
    {"filter", "-A INPUT -j LOG --log-prefix \"a: \" --log-level warning"},
    {"mangle", "-A PREROUTING -j MARK --set-mark 1"},
    {"mangle", "-A PREROUTING -j CONNMARK --restore-mark"},
    {"mangle", "-A PREROUTING -j TTL --ttl-inc 1"},
    {"mangle", "-A FORWARD -p tcp --syn -j TCPMSS --set-mss 1400"},
    {"mangle", "-A FORWARD -j DSCP --set-dscp-class EF"},
    {"raw", "-A PREROUTING -j CT --notrack"},
    {"raw", "-A PREROUTING -j NOTRACK"},
    {"nat", "-A PREROUTING -d 1.2.3.0/24 -j NETMAP --to 10.0.0.0/24"},
    {"nat", "-A PREROUTING -p tcp -j REDIRECT --to-ports 3128"},
};

INSTANTIATE_TEST_SUITE_P(FW_G03, Accepted, testing::ValuesIn(kMust));
INSTANTIATE_TEST_SUITE_P(FW_G04, Accepted, testing::ValuesIn(kShould));

// FW-G04. The rest of that list: known, and said to be missing.
TEST(Refused, FW_G04_WhatIsNotModelledIsNamed) {
  for (const Row row : {Row{"filter", "-A INPUT -m string --algo bm --string x -j DROP"},
                        Row{"filter", "-A OUTPUT -m owner --uid-owner 0 -j ACCEPT"},
                        Row{"filter", "-A FORWARD -m physdev --physdev-in a -j DROP"},
                        Row{"filter", "-A INPUT -m helper --helper ftp -j ACCEPT"},
                        Row{"filter", "-A INPUT -j NFLOG --nflog-group 1"},
                        Row{"mangle", "-A PREROUTING -p tcp -j TPROXY --on-port 1"},
                        Row{"filter", "-A INPUT -p tcp -j SYNPROXY"},
                        Row{"mangle", "-A PREROUTING -j TEE --gateway 10.0.0.1"},
                        Row{"raw", "-A PREROUTING -p tcp -j CT --helper ftp"}}) {
    const RulesRead read = read_rules(in_table(row.table, row.rule));
    EXPECT_FALSE(read.rules) << row.rule;
    EXPECT_THAT(read.problems, HasSubstr("is not modelled")) << row.rule;
  }
}

}  // namespace
}  // namespace natsim::test
