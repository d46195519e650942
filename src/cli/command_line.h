// What the user asked for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sim/base/time.h"
#include "sim/network/spec.h"

namespace natsim {

enum class ColourChoice : std::uint8_t { automatic, always, never };

/// natsim run FILE
struct RunOptions {
  std::string file;
  std::string folder;  ///< for captures; empty: "out/NAME"
  std::optional<Instant> until;
  std::optional<std::uint64_t> seed;
  std::uint32_t threads = 1;
  std::optional<std::string> filter;
  bool capture = true;
  bool quiet = false;
  bool json = false;
  bool verbose = false;
  ColourChoice colour = ColourChoice::automatic;
};

enum class GradeFormat : std::uint8_t { text, csv, json, junit };

/// natsim check FILE…
struct CheckOptions {
  std::vector<std::string> files;
  std::string against;            ///< the file whose expectations count; empty: each file's own
  std::vector<std::string> take;  ///< the only nodes that are the submission's; empty: all
  GradeFormat format = GradeFormat::text;
  bool coverage = false;  ///< tell of rules that nothing exercised
  bool lint = false;      ///< tell what is wrong with rules
  std::optional<std::uint64_t> seed;
  std::uint32_t threads = 1;
  bool json = false;
  ColourChoice colour = ColourChoice::automatic;
};

enum class RulesFormat : std::uint8_t { list, iptables, nft };

/// natsim rules FILE [NODE]
struct RulesOptions {
  std::string file;
  std::string node;  ///< empty: every node that has rules
  RulesFormat as = RulesFormat::list;
};

/// natsim trace FILE FROM PROTO TO
struct TraceOptions {
  std::string file;
  spec::Expectation probe;  ///< expected to be delivered
  std::optional<std::uint64_t> seed;
  bool one_way = false;
  bool json = false;
  ColourChoice colour = ColourChoice::automatic;
};

/// natsim matrix FILE
struct MatrixOptions {
  std::string file;
  std::string other;  ///< to compare with; empty: none
  bool json = false;
  ColourChoice colour = ColourChoice::automatic;
};

/// natsim new [NAME]
struct NewOptions {
  std::string name;    ///< of the gallery; with `fault` also a path; empty: list the gallery
  std::string output;  ///< empty: from the name; "-": stdout
  bool fault = false;
  std::string kind;  ///< of fault; empty: any
  bool key = false;  ///< tell what the fault is
  std::optional<std::uint64_t> seed;
};

/// natsim quiz FILE
struct QuizOptions {
  std::string file;
  std::uint32_t questions = 5;
  bool key = false;  ///< with the answers, and without asking
  std::optional<std::uint64_t> seed;
  ColourChoice colour = ColourChoice::automatic;
};

/// Nothing to do but to say something: help, the version, what is wrong with the command line.
struct Message {
  std::string text;
  int status = 0;  ///< 0: the text goes to stdout, else to stderr
};

using CommandLine = std::variant<Message, RunOptions, CheckOptions, RulesOptions, TraceOptions,
                                 MatrixOptions, NewOptions, QuizOptions>;

/// `argv` as main() gets it.
CommandLine parse_command_line(int argc, const char* const* argv);

}  // namespace natsim
