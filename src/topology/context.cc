#include "src/topology/context.h"

#include <algorithm>

#include <fmt/format.h>

#include "src/topology/text_check.h"

namespace natsim::topology {
namespace {

constexpr std::size_t kQuotedMax = 60;

}  // namespace

void Context::error(Place place, std::string message, std::string hint) {
  ++errors_;
  add(Severity::error, place, std::move(message), std::move(hint));
}

void Context::warning(Place place, std::string message, std::string hint) {
  add(Severity::warning, place, std::move(message), std::move(hint));
}

void Context::not_supported_yet(Place place, std::string_view what) {
  error(place, fmt::format("{} is not supported yet", what));
}

void Context::add(Severity severity, Place place, std::string message, std::string hint) {
  if (problems_.size() >= kProblemsMax) return;
  problems_.push_back({severity, place, std::move(message), std::move(hint)});
}

bool Context::visit(Place place) {
  if (gave_up()) return false;
  if (++visits_ <= kVisitsMax) return true;
  error(place, fmt::format("the aliases of this file make more than {} values of it", kVisitsMax));
  return false;
}

Problems Context::take_problems() {
  const bool full = problems_.size() >= kProblemsMax;
  std::stable_sort(problems_.begin(), problems_.end(),
                   [](const Problem& a, const Problem& b) { return a.place < b.place; });
  // The same lines read through several aliases have the same problems.
  problems_.erase(std::unique(problems_.begin(), problems_.end()), problems_.end());
  if (full)
    problems_.push_back({errors_ > 0 ? Severity::error : Severity::warning,
                         {},
                         fmt::format("after {} problems the rest is not looked at", kProblemsMax),
                         ""});
  return std::move(problems_);
}

std::string quoted(std::string_view text) {
  std::string out = "'";
  std::size_t shown = 0;
  while (!text.empty()) {
    if (++shown > kQuotedMax) {
      out += "…";
      break;
    }
    const std::size_t length = utf8_length(text);
    const char32_t point = length == 0 ? 0 : utf8_decode(text);
    if (length == 0 || point < 0x20 || (point >= 0x7f && point < 0xa0))
      out += "�";
    else
      out += text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out + "'";
}

std::string did_you_mean(std::string_view word) {
  return word.empty() ? std::string() : fmt::format("did you mean '{}'?", word);
}

}  // namespace natsim::topology
