// What a run came to, as plain values: the tables that every form of the report shows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/filter/rule.h"
#include "sim/network/network.h"
#include "sim/network/scenario.h"
#include "sim/service/dhcp_pool.h"
#include "src/report/probing_text.h"
#include "src/rules/list_writer.h"

namespace natsim {

/// One half of a connection's translation. A connection whose source and destination are both
/// translated has two, the destination's first.
struct NatRow {
  std::string node;
  Protocol protocol = Protocol::udp;
  bool source = true;      ///< the source was replaced; false: the destination
  Endpoint before, after;  ///< of ICMP: with the identifier as port
  Endpoint peer;           ///< the other end, as it is after all translation
  std::string state;       ///< conntrack's: "ESTABLISHED", "unreplied", "replied", "assured"
  Duration expires_in;
};

struct LeaseRow {
  std::string node;
  Ipv4Address address;
  MacAddress mac;
  std::string hostname;
  LeaseState state = LeaseState::bound;
  Duration expires_in;  ///< max(): never
};

struct RuleRow {
  std::string node;
  RuleLabel label;
  std::string action;  ///< "accept", "drop", "masquerade", …
  RuleCounters counters;
  std::string heading{};         ///< the chain's, with its policy's counters
  rules::ListColumns columns{};  ///< empty for a policy
};

struct TrafficRow {
  Instant at;
  Place place;
  std::string from;
  std::string what;  ///< "ping web", "tcp 203.0.113.2:8080"
  bool done = false;
  ProbeResult result = ProbeResult::pending;
  std::string summary;
  Findings findings{};
};

struct CheckRow {
  Place place;
  std::string probe;     ///< "laptop → web:80 tcp"
  std::string expected;  ///< "dropped at router by policy"
  std::string found;
  bool met = false;
  bool judged = false;
  std::uint32_t points = 1;
  std::string hint{};  ///< for whoever did not meet it
  /// What `natsim trace FILE` wants to be told to explain it: "laptop tcp web:80 --at 5s"; empty:
  /// it cannot.
  std::string trace{};
};

struct CaptureRow {
  std::string folder, pcapng;  ///< "out/home-nat", "out/home-nat/home-nat.pcapng"
  std::size_t interfaces = 0;  ///< each with a pcap file of its own
  std::uint64_t frames = 0;
};

struct Results {
  std::string name{};
  Instant end{};
  bool interrupted = false;
  std::uint64_t events = 0;  ///< of the simulation
  std::vector<NatRow> nat{};
  std::vector<LeaseRow> leases{};
  std::vector<RuleRow> rules{};
  std::vector<TrafficRow> traffic{};
  std::vector<CheckRow> checks{};
  std::optional<CaptureRow> captures{};  ///< what was written
  AddressHolders holders{};              ///< of addresses; where a traceroute wants to know

  std::size_t checks_met() const;
  /// What the checks that are met are worth, and all of them.
  std::uint64_t points_met() const;
  std::uint64_t points() const;
  /// Somebody has given a check a weight of its own.
  bool has_points() const;
  /// Every expectation was judged and met.
  bool passed() const { return checks_met() == checks.size(); }
};

/// The state of the network now, and what the scenario has found.
Results results_of(Network& network, const spec::Topology& topology, const Scenario& scenario);

/// "web:80", "203.0.113.2".
std::string target_words(const spec::Target& target);
/// "ping web, 3 times", …
std::string traffic_words(const spec::Traffic& item);
/// "laptop → web:80 tcp", "address of laptop", or the author's own words.
std::string question_words(const spec::Expectation& item);
/// "dropped at router by policy", "192.168.1.100-192.168.1.199", "no frame".
std::string expectation_words(const spec::Expectation& item);

}  // namespace natsim
