// Goal: what iptables-save prints is read, and written again in the normal form of iptables-save
// (FW-G01 … FW-G05).
#include <gtest/gtest.h>

#include <string>

#include "src/rules/iptables_writer.h"
#include "tests/rules/read.h"

namespace natsim::test {
namespace {

/// The rules of `lines` in table filter, written again.
std::string again(const std::string& table, const std::string& lines) {
  const RulesRead read = read_rules("*" + table + "\n:USER - [0:0]\n" + lines + "\nCOMMIT\n");
  EXPECT_EQ(read.problems, "");
  if (!read.rules) return "";
  std::string written;
  const std::string text = rules::write_iptables(*read.rules);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    if (text[at] == '-') written += text.substr(at, end - at) + "\n";
    at = end + 1;
  }
  return written.empty() ? written : written.substr(0, written.size() - 1);
}

struct Row {
  const char* table;
  const char* written;
  const char* saved;  ///< as the real iptables-save 1.8.9 has it
};

class NormalForm : public testing::TestWithParam<Row> {};

TEST_P(NormalForm, IsThatOfIptablesSave) {
  const Row& row = GetParam();
  EXPECT_EQ(again(row.table, row.written), row.saved);
  EXPECT_EQ(again(row.table, row.saved), row.saved) << "read once more";
}

constexpr Row kRows[] = {
    {"filter", "-A INPUT -i lo -j ACCEPT", "-A INPUT -i lo -j ACCEPT"},
    {"filter", "-A INPUT -m conntrack --ctstate INVALID,NEW -j DROP",
     "-A INPUT -m conntrack --ctstate INVALID,NEW -j DROP"},
    {"filter", "-A INPUT -p icmp --icmp-type echo-request -m limit --limit 1/s -j ACCEPT",
     "-A INPUT -p icmp -m icmp --icmp-type 8 -m limit --limit 1/sec -j ACCEPT"},
    {"filter", "-A INPUT -p icmp --icmp-type 3/4 -j ACCEPT",
     "-A INPUT -p icmp -m icmp --icmp-type 3/4 -j ACCEPT"},
    {"filter", "-A INPUT -p tcp --dport ssh -m conntrack --ctstate NEW -j ACCEPT",
     "-A INPUT -p tcp -m tcp --dport 22 -m conntrack --ctstate NEW -j ACCEPT"},
    {"filter", "-A INPUT -p tcp -m multiport --dports 80,443,8000:8080 -j ACCEPT",
     "-A INPUT -p tcp -m multiport --dports 80,443,8000:8080 -j ACCEPT"},
    {"filter", "-A INPUT -p tcp --syn -m connlimit --connlimit-above 10 -j REJECT",
     "-A INPUT -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -m connlimit --connlimit-above 10 "
     "--connlimit-mask 32 --connlimit-saddr -j REJECT --reject-with icmp-port-unreachable"},
    {"filter", "-A INPUT -s 10.0.0.0/8,192.168.0.0/16 -p udp --sport 53 ! --dport 1024: -j DROP",
     "-A INPUT -s 10.0.0.0/8 -p udp -m udp --sport 53 ! --dport 1024:65535 -j DROP\n"
     "-A INPUT -s 192.168.0.0/16 -p udp -m udp --sport 53 ! --dport 1024:65535 -j DROP"},
    {"filter", "-A INPUT ! -i eth1 ! -s 1.2.3.4 -j DROP",
     "-A INPUT ! -s 1.2.3.4/32 ! -i eth1 -j DROP"},
    {"filter", "-A INPUT -m iprange --src-range 10.0.0.1-10.0.0.9 -j DROP",
     "-A INPUT -m iprange --src-range 10.0.0.1-10.0.0.9 -j DROP"},
    {"filter", "-A INPUT -m mac --mac-source 00:11:22:33:44:55 -j DROP",
     "-A INPUT -m mac --mac-source 00:11:22:33:44:55 -j DROP"},
    {"filter", "-A INPUT -m recent --name bad --rcheck --seconds 60 --hitcount 3 -j DROP",
     "-A INPUT -m recent --rcheck --seconds 60 --hitcount 3 --name bad --mask 255.255.255.255 "
     "--rsource -j DROP"},
    {"filter", "-A INPUT -m recent --name bad --set",
     "-A INPUT -m recent --set --name bad --mask 255.255.255.255 --rsource"},
    {"filter", "-A INPUT -m length --length 1000:65535 -j DROP",
     "-A INPUT -m length --length 1000:65535 -j DROP"},
    {"filter", "-A INPUT -m ttl --ttl-lt 5 -j DROP", "-A INPUT -m ttl --ttl-lt 5 -j DROP"},
    {"filter", "-A INPUT -m pkttype --pkt-type broadcast -j DROP",
     "-A INPUT -m pkttype --pkt-type broadcast -j DROP"},
    {"filter", "-A INPUT -m addrtype --dst-type LOCAL -j ACCEPT",
     "-A INPUT -m addrtype --dst-type LOCAL -j ACCEPT"},
    {"filter", "-A INPUT -m statistic --mode nth --every 2 --packet 0 -j DROP",
     "-A INPUT -m statistic --mode nth --every 2 --packet 0 -j DROP"},
    {"filter",
     "-A INPUT -m hashlimit --hashlimit-above 10/sec --hashlimit-name h1 --hashlimit-mode "
     "srcip,dstport -j DROP",
     "-A INPUT -m hashlimit --hashlimit-above 10/sec --hashlimit-burst 5 --hashlimit-mode "
     "srcip,dstport --hashlimit-name h1 -j DROP"},
    {"filter", "-A INPUT -m comment --comment \"two words\" -j USER",
     "-A INPUT -m comment --comment \"two words\" -j USER"},
    {"filter", "-A INPUT -p tcp -j REJECT --reject-with tcp-reset",
     "-A INPUT -p tcp -j REJECT --reject-with tcp-reset"},
    {"filter", "-A INPUT -p 47 -j ACCEPT", "-A INPUT -p gre -j ACCEPT"},
    {"filter", "-A INPUT -p all -j RETURN", "-A INPUT -j RETURN"},
    {"filter", "-A INPUT -g USER", "-A INPUT -g USER"},
    {"filter", "-A USER -j LOG --log-prefix \"DROP: \" --log-level 4 --log-tcp-options",
     "-A USER -j LOG --log-prefix \"DROP: \" --log-tcp-options"},
    {"filter", "-A USER -j LOG --log-level info", "-A USER -j LOG --log-level 6"},
    {"filter", "-A OUTPUT -f -j DROP", "-A OUTPUT -f -j DROP"},
    {"filter", "[5:50] -A FORWARD -i eth+ -o eth0 -j ACCEPT",
     "-A FORWARD -i eth+ -o eth0 -j ACCEPT"},
    {"filter", "-A INPUT -s 10.0.0.77/24 -d 192.168/255.255.0.0 -j DROP",
     "-A INPUT -s 10.0.0.0/24 -d 192.168.0.0/16 -j DROP"},
    {"filter", "-A INPUT --source=10.0.0.1 --protocol=tcp --dport=80 --jump=DROP",
     "-A INPUT -s 10.0.0.1/32 -p tcp -m tcp --dport 80 -j DROP"},
    {"filter", "-A INPUT -ptcp -jDROP", "-A INPUT -p tcp -j DROP"},
    {"filter", "-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT",
     "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"},
    {"filter", "-A INPUT -m conntrack --ctstate est,new -j DROP",
     "-A INPUT -m conntrack --ctstate NEW,ESTABLISHED -j DROP"},
    {"filter", "-A INPUT -p udp -m udp --dport 0:65535 -j DROP", "-A INPUT -p udp -j DROP"},
    {"filter", "-A INPUT -s 10.1/16 ! -p 58 -j DROP",
     "-A INPUT -s 10.1.0.0/16 ! -p ipv6-icmp -j DROP"},
    {"filter", "-A INPUT -i + -j DROP", "-A INPUT -j DROP"},
    {"filter", "-A INPUT -m limit --limit 90/hour -m limit --limit 5000/s -m limit",
     "-A INPUT -m limit --limit 90/hour -m limit --limit 5000/sec -m limit --limit 3/hour"},
    {"filter", "-A INPUT -m statistic --mode random --probability 0.3 -j DROP",
     "-A INPUT -m statistic --mode random --probability 0.29999999981 -j DROP"},
    {"filter", "-A INPUT -m connlimit ! --connlimit-above 3 --connlimit-mask 24 --connlimit-daddr",
     "-A INPUT -m connlimit --connlimit-upto 3 --connlimit-mask 24 --connlimit-daddr"},
    {"filter",
     "-A INPUT -m conntrack --ctstate NEW --ctdir ORIGINAL --ctproto tcp --ctorigdstport 80",
     "-A INPUT -m conntrack --ctstate NEW --ctproto 6 --ctorigdstport 80 --ctdir ORIGINAL"},
    {"filter", "-A INPUT -j REJECT --reject-with icmp-net",
     "-A INPUT -j REJECT --reject-with icmp-net-unreachable"},
    {"filter", "-A USER -j LOG --log-prefix \"it's \\\"q\\\" \\\\ \"",
     "-A USER -j LOG --log-prefix \"it\\'s \\\"q\\\" \\\\ \""},
    {"mangle", "-A PREROUTING -i eth0 -p tcp --dport 80 -j MARK --set-mark 1",
     "-A PREROUTING -i eth0 -p tcp -m tcp --dport 80 -j MARK --set-xmark 0x1/0xffffffff"},
    {"mangle", "-A PREROUTING -j CONNMARK --restore-mark",
     "-A PREROUTING -j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff"},
    {"mangle", "-A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu",
     "-A FORWARD -p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu"},
    {"mangle", "-A POSTROUTING -j TTL --ttl-set 64", "-A POSTROUTING -j TTL --ttl-set 64"},
    {"mangle", "-A PREROUTING -p tcp -j DSCP --set-dscp-class EF",
     "-A PREROUTING -p tcp -j DSCP --set-dscp 0x2e"},
    {"raw", "-A PREROUTING -p udp --dport 53 -j CT --notrack",
     "-A PREROUTING -p udp -m udp --dport 53 -j CT --notrack"},
    {"nat", "-A PREROUTING -i eth0 -p tcp --dport 8080 -j DNAT --to 10.0.0.2:80",
     "-A PREROUTING -i eth0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.0.0.2:80"},
    {"nat",
     "-A PREROUTING -p tcp -m tcp --dport 2222:2230 -j DNAT --to-destination 10.0.0.2-10.0.0.5",
     "-A PREROUTING -p tcp -m tcp --dport 2222:2230 -j DNAT --to-destination 10.0.0.2-10.0.0.5"},
    {"nat", "-A PREROUTING -p tcp --dport 3128 -j REDIRECT --to-port 8888",
     "-A PREROUTING -p tcp -m tcp --dport 3128 -j REDIRECT --to-ports 8888"},
    {"nat", "-A POSTROUTING -o eth0 -s 192.168.0.0/255.255.255.0 -j MASQUERADE",
     "-A POSTROUTING -s 192.168.0.0/24 -o eth0 -j MASQUERADE"},
    {"nat", "-A POSTROUTING -s 10.0.0.2 -j SNAT --to 203.0.113.9",
     "-A POSTROUTING -s 10.0.0.2/32 -j SNAT --to-source 203.0.113.9"},
    {"nat", "-A PREROUTING -d 198.51.100.0/24 -j NETMAP --to 10.0.0.0/24",
     "-A PREROUTING -d 198.51.100.0/24 -j NETMAP --to 10.0.0.0/24"},
};

INSTANTIATE_TEST_SUITE_P(Rules, NormalForm, testing::ValuesIn(kRows),
                         [](const auto& row) { return "Row" + std::to_string(row.index); });

// FW-G01
TEST(Grammar, FW_G01_TablesChainsPoliciesAndCounters) {
  const RulesRead read = read_rules(
      "# Generated by hand\n"
      "*filter\n"
      ":INPUT DROP [1:60]\r\n"
      ":web - [0:0]\n"
      "\n"
      "  -A FORWARD -p tcp --dport 80 -j web\n"
      "[4:240] -A web -j ACCEPT\n"
      "COMMIT\n"
      "*nat\n"
      "-A POSTROUTING -o wan -j MASQUERADE\n"
      "COMMIT\n");
  ASSERT_EQ(read.problems, "");
  EXPECT_EQ(rules::write_iptables(*read.rules, {.counters = true, .interfaces = {}}),
            "*nat\n"
            ":PREROUTING ACCEPT [0:0]\n"
            ":INPUT ACCEPT [0:0]\n"
            ":OUTPUT ACCEPT [0:0]\n"
            ":POSTROUTING ACCEPT [0:0]\n"
            "[0:0] -A POSTROUTING -o wan -j MASQUERADE\n"
            "COMMIT\n"
            "*filter\n"
            ":INPUT DROP [1:60]\n"
            ":FORWARD ACCEPT [0:0]\n"
            ":OUTPUT ACCEPT [0:0]\n"
            ":web - [0:0]\n"
            "[0:0] -A FORWARD -p tcp -m tcp --dport 80 -j web\n"
            "[4:240] -A web -j ACCEPT\n"
            "COMMIT\n");
  const Chain& web = *read.rules->find(Table::filter)->find("web");
  EXPECT_EQ(web.rules[0].label.place, (Place{0, 7, 9}));
  EXPECT_EQ(web.rules[0].label.name, "rule 1");
}

// FW-G07
TEST(Grammar, FW_G07_RulesAreInsertedReplacedAndDeletedByNumber) {
  EXPECT_EQ(again("filter",
                  "-A INPUT -p tcp --dport 80 -j ACCEPT\n"
                  "-I INPUT -p tcp --dport 81 -j ACCEPT\n"
                  "-I INPUT 2 -p tcp --dport 82 -j ACCEPT\n"
                  "-R INPUT 1 -p tcp --dport 83 -j DROP\n"
                  "-D INPUT 3"),
            "-A INPUT -p tcp -m tcp --dport 83 -j DROP\n"
            "-A INPUT -p tcp -m tcp --dport 82 -j ACCEPT");
  EXPECT_EQ(again("filter",
                  "-N web\n-A web -j DROP\n-F web\n-X web\n-N web\n-A INPUT -j web\n"
                  "-A INPUT -j DROP\n-F INPUT"),
            "");
}

TEST(Grammar, ARuleIsCalledByItsComment) {
  const RulesRead read = read_rules(
      "*filter\n-A INPUT -j DROP\n-A INPUT -m comment --comment \"the \\\"shop\\\"\" -j DROP\n"
      "COMMIT\n");
  ASSERT_EQ(read.problems, "");
  const Chain& input = *read.rules->find(Table::filter)->find("INPUT");
  EXPECT_EQ(input.rules[0].label.name, "rule 1");
  EXPECT_EQ(input.rules[1].label.name, "the \"shop\"");
}

// A port match behind one that remembers must not be asked before it.
TEST(Grammar, OrderCountsBehindALimit) {
  const RulesRead read = read_rules(
      "*filter\n-A INPUT -p udp -m limit --limit 1/s -m udp --dport 53 -m state --state NEW\n"
      "COMMIT\n");
  ASSERT_EQ(read.problems, "");
  const Rule& rule = read.rules->find(Table::filter)->find("INPUT")->rules[0];
  EXPECT_FALSE(rule.destination_port.ports.has_value());
  EXPECT_EQ(rule.state.states, 0);
  ASSERT_EQ(rule.matches.size(), 3u);
  EXPECT_TRUE(std::holds_alternative<LimitMatch>(rule.matches[0]));
}

TEST(Grammar, TenThousandRulesInFrontOfEachOther) {
  std::string text = "*filter\n";
  for (int i = 0; i < 10'000; ++i)
    text += "-I FORWARD -p tcp --dport " + std::to_string(i + 1) + " -j ACCEPT\n";
  const RulesRead read = read_rules(text + "COMMIT\n");
  ASSERT_EQ(read.problems, "");
  const Chain& forward = *read.rules->find(Table::filter)->find("FORWARD");
  ASSERT_EQ(forward.rules.size(), 10'000u);
  EXPECT_EQ(forward.rules[0].destination_port.ports->first, 10'000);
}

}  // namespace
}  // namespace natsim::test
