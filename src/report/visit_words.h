// What was done to a packet, in words.
#pragma once

#include <string>
#include <vector>

#include "sim/observe/step.h"
#include "src/report/ink.h"
#include "src/report/names.h"

namespace natsim {

/// A piece of an explanation: "NAT source 192.168.1.100:49152 → 203.0.113.2:49152 (a.yaml:31)".
struct Phrase {
  std::string text;
  Ink ink = Ink::plain;
  bool operator==(const Phrase&) const = default;
};
using Phrases = std::vector<Phrase>;

/// What a reader of the packets' story wants to know of a visit: translations; LOG's lines; the
/// rule that let a connection's first packet through; the end, and why. Empty for a packet that
/// just went on.
Phrases story_of(const Visit& visit, const SourceMap& sources);

/// Every step, in order: what conntrack said, each rule that was looked at, the route, the
/// neighbour, a switch's decision; then the end, and why.
Phrases steps_of(const Visit& visit, const SourceMap& sources, const NodeNames& node);

/// What is worth a comment in a capture: translations, LOG's lines, drops and rejections. Empty:
/// nothing.
std::string remark_on(const Visit& visit, const SourceMap& sources);

/// A copy of a flooded frame that came to somebody whom it does not concern, or that had nowhere
/// to go.
bool is_bystander(const Visit& visit);

/// A rule as reports name it: "nas-web"; a policy with its chain: "policy forward".
std::string rule_name(const RuleLabel& rule);
/// "forward" for "FORWARD"; user chains keep their spelling.
std::string chain_words(const std::string& chain);

}  // namespace natsim
