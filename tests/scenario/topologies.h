// The topology files that tests run, and deliberate damage to them.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "sim/base/bytes.h"

namespace natsim::scenario {

/// The path of a file of the source tree.
std::string source_path(const std::string& relative);

/// The names of topologies/*.yaml without their endings, in alphabetical order: a new file is
/// tested without being told of.
std::vector<std::string> topology_names();
/// What GoogleTest may call a test of the topology: without dashes.
std::string test_name(const testing::TestParamInfo<std::string>& topology);

/// The same of the lessons: "lessons/1-nat/first-nat".
std::vector<std::string> lesson_names();

/// The text of topologies/NAME.yaml.
std::string topology_text(const std::string& name);
/// The text of tests/scenario/data/NAME.
std::string data_text(const std::string& name);

/// The whole file; one that cannot be read ends the test program.
std::string read_text(const std::string& path);

/// `text` with `what`, which stands there exactly once, replaced. Anything else ends the test
/// program: a control that changes nothing controls nothing.
std::string edited(std::string text, std::string_view what, std::string_view instead);
/// `text` without the one line that holds `what`.
std::string without_line(std::string text, std::string_view what);
/// `text` up to the top-level key `key`: to write what comes from there on anew.
std::string up_to_key(const std::string& text, std::string_view key);

/// As `frame:` has it.
std::string hex(ByteSpan frame);

}  // namespace natsim::scenario
