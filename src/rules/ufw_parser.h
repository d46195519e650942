// The grammar of ufw's commands about rules.
//
//   [route] [delete | delete NUM | insert NUM | prepend]
//     allow|deny|reject|limit [in|out [on IF]] [log|log-all]
//     ( PORT[/PROTO] | SERVICE | PROFILE
//     | [proto P] [from ADDRESS [port P | app NAME]] [to ADDRESS [port P | app NAME]] )
//     [comment TEXT]
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "src/rules/extension.h"
#include "src/rules/ufw_rule.h"

namespace natsim::rules {

/// A command's words, "ufw" left out. nullopt after an error in ufw's words, or better ones.
/// REQUIRES: there is a word.
std::optional<UfwRequest> read_ufw_rule(std::vector<Word> words, Complaints& complaints);

/// "allow", …, "insert": whether a rule's command begins with it.
bool begins_ufw_rule(std::string_view word);
/// Those words, for "did you mean".
const std::vector<std::string_view>& ufw_rule_words();

}  // namespace natsim::rules
