#include "src/cli/shared_options.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <charconv>

#include <fmt/format.h>

#include "sim/network/division.h"

namespace natsim {
namespace {

/// CLI11 would take -1 for a large number.
template <class Number>
bool read_whole(const std::string& text, Number& number) {
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  return error == std::errc() && end == last;
}

}  // namespace

void SeedOption::add_to(CLI::App& command) {
  command.add_option("--seed", text_, "of the random numbers, instead of the file's")
      ->type_name("N");
}

std::optional<std::string> SeedOption::finish(std::optional<std::uint64_t>& seed) const {
  if (text_.empty()) return std::nullopt;
  if (read_whole(text_, seed.emplace())) return std::nullopt;
  return fmt::format("--seed '{}' is no whole number from 0 to 2^64-1", text_);
}

void ThreadsOption::add_to(CLI::App& command) {
  command
      .add_option("--threads", text_,
                  "run parts of the network side by side; nothing else changes (default: 1)")
      ->type_name("N");
}

std::optional<std::string> ThreadsOption::finish(std::uint32_t& threads) const {
  if (read_whole(text_, threads) && threads >= 1 && threads <= kThreadsMax) return std::nullopt;
  return fmt::format("--threads '{}' is no whole number from 1 to {}", text_, kThreadsMax);
}

void ColourOption::add_to(CLI::App& command) {
  command
      .add_option("--color", text_, "auto (on a terminal, unless NO_COLOR is set), always, never")
      ->type_name("WHEN");
}

std::optional<std::string> ColourOption::finish(ColourChoice& colour) const {
  if (text_ == "auto")
    colour = ColourChoice::automatic;
  else if (text_ == "always")
    colour = ColourChoice::always;
  else if (text_ == "never")
    colour = ColourChoice::never;
  else
    return fmt::format("--color is auto, always or never, not '{}'", text_);
  return std::nullopt;
}

}  // namespace natsim
