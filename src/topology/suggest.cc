#include "src/topology/suggest.h"

#include <algorithm>
#include <array>

namespace natsim::topology {
namespace {

constexpr std::size_t kWordMax = 64;
/// Comparing with more words than this would take longer than the suggestion is worth.
constexpr std::size_t kKnownMax = 20'000;

char lower(char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; }

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit) {
  const std::size_t too_far = limit + 1;
  if (a.size() > kWordMax || b.size() > kWordMax) return too_far;
  if (std::max(a.size(), b.size()) - std::min(a.size(), b.size()) > limit) return too_far;
  using Row = std::array<std::size_t, kWordMax + 1>;
  Row before{}, last{}, row{};  // two rows up, one row up, this one
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    std::size_t best = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                           lower(a[i - 2]) == lower(b[j - 1]);
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
      best = std::min(best, row[j]);
    }
    if (best > limit) return too_far;
    before = last;
    last = row;
  }
  return std::min(last[b.size()], too_far);
}

bool has_word(std::string_view list, std::string_view word) {
  while (!list.empty() && !word.empty()) {
    const auto end = list.find(' ');
    if (list.substr(0, end) == word) return true;
    if (end == std::string_view::npos) break;
    list.remove_prefix(end + 1);
  }
  return false;
}

std::string_view nearest(std::string_view written, const std::vector<std::string_view>& known) {
  if (written.empty() || known.size() > kKnownMax) return {};
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(1, (written.size() + 1) / 3) + 1;
  for (const std::string_view word : known) {
    const std::size_t distance = edit_distance(written, word, best_distance - 1);
    if (distance < best_distance && distance < word.size()) {
      best = word;
      best_distance = distance;
      if (distance == 0) break;
    }
  }
  return best;
}

}  // namespace natsim::topology
