// natsim rules: a router's rules in other tools' words.
#pragma once

#include <cstdint>
#include <string>

namespace natsim {

enum class RulesFormat : std::uint8_t { list, iptables, nft };

struct RulesOptions {
  std::string file;
  std::string node;  ///< empty: every node that has rules
  RulesFormat as = RulesFormat::list;
};

/// The program's exit status.
int print_rules(const RulesOptions& options);

}  // namespace natsim
