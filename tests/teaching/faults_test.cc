// Goal: a fault changes what it says in the text of a file, and nothing else.
#include "src/teaching/faults.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace natsim::teaching {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kText = R"(# größer als ASCII: ä, →
name: lab
nodes:
  pc:
    type: host
    interfaces: {eth0: {network: lan, addresses: [10.0.0.2/24]}}
    routes: [{to: default, via: 10.0.0.1}, {to: 10.9.8.0/24, via: "10.0.0.7"}]
  gw:
    type: router
    interfaces:
      lan: {network: lan, addresses: ["10.0.0.1/24"], zone: inside}  # ä
      wan: {network: net, addresses: [203.0.113.2/24], zone: outside}
    dhcp: {lan: {range: 10.0.0.100-10.0.0.200, router: 10.0.0.1}}
    nat:
      - masquerade: {out: wan}
      - port_forward: {in: wan, proto: tcp, port: 8080, to: "10.0.0.2:80"}
    firewall:
      policy: {forward: drop}
      rules:
        - {name: replies, chain: forward, state: [established, related], action: accept}
        - {name: web, chain: forward, proto: tcp, dport: 443, action: accept}
  sw:
    type: switch
    ports: {p1: {access: 10}, p2: {access: 20}, up: {trunk: [10, 20, 30]}}
)";

/// The lines that are not the same any more, as they are now.
std::string changed_lines(std::string_view before, const std::string& after) {
  std::string changed;
  std::size_t a = 0, b = 0;
  while (b < after.size()) {
    const auto end_a = std::min(before.find('\n', a), before.size());
    const auto end_b = std::min(after.find('\n', b), after.size());
    const std::string line = after.substr(b, end_b - b);
    if (before.substr(a, end_a - a) != line)
      changed += line.substr(std::min(line.find_first_not_of(' '), line.size())) + "\n";
    a = end_a + 1, b = end_b + 1;
  }
  return changed;
}

std::vector<std::string> planted(std::string_view kind) {
  std::vector<std::string> all;
  for (const Fault& fault : possible_faults(kText))
    if (fault.kind == kind) all.push_back(changed_lines(kText, with_fault(kText, fault)));
  return all;
}

TEST(Faults, ChangeOneThingEach) {
  const struct {
    const char* kind;
    const char* first;  // the changed lines of the first fault of its kind
    std::size_t count;
  } rows[] = {
      {"wrong-gateway",
       "routes: [{to: default, via: 10.0.0.254}, {to: 10.9.8.0/24, via: \"10.0.0.7\"}]\n", 2},
      {"wrong-mask", "interfaces: {eth0: {network: lan, addresses: [10.0.0.2/28]}}\n", 6},
      {"missing-route",
       "routes: [{to: default, via: 10.0.0.1}, {to: 10.9.9.0/24, via: \"10.0.0.7\"}]\n", 1},
      {"wrong-interface", "- masquerade: {out: lan}\n", 2},
      {"swapped-zones",
       "lan: {network: lan, addresses: [\"10.0.0.1/24\"], zone: outside}  # ä\n"
       "wan: {network: net, addresses: [203.0.113.2/24], zone: inside}\n",
       1},
      {"rule-order",
       "- {name: web, chain: forward, proto: tcp, dport: 443, action: accept}\n"
       "- {name: replies, chain: forward, state: [established, related], action: accept}\n",
       1},
      {"rule-protocol", "- {name: web, chain: forward, proto: udp, dport: 443, action: accept}\n",
       1},
      {"rule-port", "- {name: web, chain: forward, proto: tcp, dport: 434, action: accept}\n", 1},
      {"missing-state", "- {name: replies, chain: forward, state: [related], action: accept}\n", 2},
      {"forward-target", "- port_forward: {in: wan, proto: tcp, port: 8080, to: \"10.0.0.2:81\"}\n",
       2},
      {"trunk-vlan", "ports: {p1: {access: 10}, p2: {access: 20}, up: {trunk: [20, 30]}}\n", 3},
      {"access-vlan", "ports: {p1: {access: 20}, p2: {access: 20}, up: {trunk: [10, 20, 30]}}\n",
       2},
      {"dhcp-router", "dhcp: {lan: {range: 10.0.0.100-10.0.0.200, router: 10.0.0.254}}\n", 1},
  };
  std::set<std::string_view> kinds;
  for (const auto& row : rows) {
    kinds.insert(row.kind);
    const auto faults = planted(row.kind);
    EXPECT_EQ(faults.size(), row.count) << row.kind;
    if (!faults.empty()) {
      EXPECT_EQ(faults.front(), row.first) << row.kind;
    }
  }
  EXPECT_EQ(kinds.size(), fault_catalogue().size()) << "a kind without a row here";
}

TEST(Faults, SayWhatIsWrongAndWhere) {
  for (const Fault& fault : possible_faults(kText)) {
    EXPECT_TRUE(fault.place.known()) << fault.kind;
    EXPECT_FALSE(fault.description.empty()) << fault.kind;
    EXPECT_FALSE(changed_lines(kText, with_fault(kText, fault)).empty()) << fault.kind;
  }
  EXPECT_EQ(possible_faults(kText).front().description,
            "a route of 'pc' leads via 10.0.0.254, not 10.0.0.1");
}

TEST(Faults, AreNotFoundInWhatIsNoTopology) {
  for (const char* const text : {"", "just text", "[1, 2]", "nodes: 7", "nodes: {a: b}",
                                 "nodes: {a: {routes: {via: x}}}", "a: &a [*a]", "\xff"})
    EXPECT_TRUE(possible_faults(text).empty()) << text;
}

}  // namespace
}  // namespace natsim::teaching
