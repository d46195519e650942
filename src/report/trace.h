// One probe's way through the network as a reader wants it explained: node after node, stage after
// stage, each with its decision, who took it and where that is written. Plain values, made from the
// visits that the simulation told; trace_text.h and trace_json.h show them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/network/scenario.h"
#include "src/report/ink.h"
#include "src/report/names.h"
#include "src/report/rule_account.h"

namespace natsim {

/// A rule that a table asked.
struct AskedRule {
  std::string name;
  Place place;
  bool matched = false;
  bool decided = false;                ///< it, or as a policy the lack of others, took the decision
  bool near = false;                   ///< little was missing
  std::string action;                  ///< what it does where it matches: "accept", "jump web", …
  std::optional<RuleAccount> account;  ///< of one that did not
};

/// One stage of a node's dealing with the packet.
struct TraceStage {
  std::string name;      ///< "route", "filter forward", "conntrack", …
  std::string decision;  ///< "203.0.113.0/24 is on wan", "ACCEPT by outbound"
  Ink ink = Ink::plain;
  Place place;                       ///< of what decided
  std::optional<SeenPacket> packet;  ///< as this stage saw it
  std::vector<AskedRule> rules;      ///< in the order in which they were asked
};

/// One node's dealing with the packet.
struct TraceHop {
  std::string node;
  NodeRole role = NodeRole::host;
  std::string in, out;  ///< interfaces; empty: made here, or went no further
  Instant when;
  Outcome outcome = Outcome::forwarded;
  std::string packet;          ///< the dump of it, as it came
  std::optional<Tuple> tuple;  ///< its addresses then; none: no IPv4
  std::string details;         ///< "SYN, ttl 64", "echo request, ttl 63"
  std::vector<TraceStage> stages;
};

struct Trace {
  std::string name;      ///< the topology's
  std::string question;  ///< "laptop → web:80 tcp"
  Instant sent;
  std::vector<TraceHop> there, back;
  std::optional<Tuple> first;  ///< the addresses that the probe was sent with
  bool delivered = false;
  std::string result;  ///< "delivered", "dropped", …
  std::string at;      ///< the node where it ended; empty: nobody knows
  std::string cause;   ///< a word of sim/observe/reason.h
  std::string by;      ///< the rule or policy; empty: none
  bool on_the_way_back = false;
  std::string verdict;                       ///< all of this in one sentence
  std::optional<Instant> arrived, answered;  ///< when the packet and its answer were delivered
  Place place;                               ///< of the rule
};

/// REQUIRES: the judgement was made with ScenarioOptions::keep_ways.
Trace trace_of(const Judgement& judgement, const spec::Topology& topology,
               const NetworkNames& names);

}  // namespace natsim
