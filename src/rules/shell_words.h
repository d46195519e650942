// A command line as words, as a POSIX shell takes it apart.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "src/rules/words.h"

namespace natsim::rules {

/// Words are separated by spaces and tabs; '…' and "…" keep them, \ keeps a character, and a word
/// that begins with # ends the line. Variables and patterns are not expanded. nullopt: a quotation
/// mark is not closed; `bad_column` is where it stands.
std::optional<std::vector<Word>> split_shell_words(std::string_view line,
                                                   std::uint32_t& bad_column);

}  // namespace natsim::rules
