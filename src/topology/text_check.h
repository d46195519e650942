// Whether a file is text at all, asked before anything reads it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "sim/base/place.h"

namespace natsim::topology {

/// The largest topology file, bytes.
inline constexpr std::size_t kFileBytesMax = 64 * 1024 * 1024;

/// The first thing that makes `text` no text: too long, not UTF-8, NUL or another control
/// character, or one that YAML's versions see differently (U+2028, U+2029, U+FEFF). Allowed are
/// tab, line feed, and carriage return before a line feed.
std::optional<Problem> check_text(std::string_view text, std::uint32_t file);

/// The length of the UTF-8 sequence that `text` begins with, 1 … 4; 0 where it is none (RFC 3629:
/// shortest form, no surrogates). REQUIRES: !text.empty().
std::size_t utf8_length(std::string_view text);

/// The code point of the sequence. REQUIRES: utf8_length(text) != 0.
char32_t utf8_decode(std::string_view text);

}  // namespace natsim::topology
