// Rules as nft reads them: tables of family ip, with the chains and priorities of iptables.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/filter/interface_table.h"
#include "sim/filter/ruleset.h"

namespace natsim::rules {

/// A rule that nft's language has no plain words for, and why.
struct NotInNft {
  RuleLabel label;
  std::string what;  ///< "-m recent", "-j NETMAP"
};

struct NftText {
  std::string text;  ///< what `nft -f` loads; without the rules in `missing`
  std::vector<NotInNft> missing;
};

NftText write_nft(const Ruleset& ruleset, const std::vector<InterfaceInfo>& interfaces);

/// "ip ttl 5", "limit rate 3/minute burst 5 packets"; empty: nft has no plain words for it.
/// `transport` is "tcp", "udp" or "th".
std::string nft_match(const Match& match, const std::string& transport);
/// "accept", "snat to 203.0.113.1"; nullopt: nft has no plain words for it.
std::optional<std::string> nft_target(const Target& target);
/// A chain's name; one that is a word of nft's language, or that it could not read, gets a prefix.
std::string nft_chain(const std::string& name);
/// "ct state new,established"; empty: states and translations in one.
std::string nft_states(StateMask states, bool negated);

}  // namespace natsim::rules
