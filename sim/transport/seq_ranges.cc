#include "sim/transport/seq_ranges.h"

#include <algorithm>

#include "sim/base/check.h"

namespace natsim {
namespace {

std::uint32_t length(const SackBlock& range) { return std::uint32_t(range.right - range.left); }
Seq later(Seq a, Seq b) { return a.after(b) ? a : b; }
Seq earlier(Seq a, Seq b) { return a.before(b) ? a : b; }

}  // namespace

/// The first range that ends beyond `seq`.
std::vector<SackBlock>::const_iterator SeqRanges::first_beyond(Seq seq) const {
  return std::partition_point(ranges_.begin(), ranges_.end(), [seq](const SackBlock& range) {
    return range.right.at_or_before(seq);
  });
}

bool SeqRanges::add(Seq left, Seq right) {
  SIM_CHECK(left.before(right));
  // Those that touch it become one with it.
  const auto first =
      std::partition_point(ranges_.begin(), ranges_.end(),
                           [left](const SackBlock& range) { return range.right.before(left); });
  auto last = first;
  while (last != ranges_.end() && last->left.at_or_before(right)) {
    left = earlier(left, last->left);
    right = later(right, last->right);
    octets_ -= length(*last);
    ++last;
  }
  if (first == last) {
    if (ranges_.size() >= ranges_max_) return false;
    ranges_.insert(first, {left, right});
  } else {
    *first = {left, right};
    ranges_.erase(first + 1, last);
  }
  octets_ += std::uint32_t(right - left);
  return true;
}

void SeqRanges::drop_before(Seq seq) {
  if (ranges_.empty() || !ranges_.front().left.before(seq)) return;
  const auto keep = first_beyond(seq);
  for (auto at = ranges_.cbegin(); at != keep; ++at) octets_ -= length(*at);
  ranges_.erase(ranges_.cbegin(), keep);
  if (ranges_.empty() || !ranges_.front().left.before(seq)) return;
  octets_ -= std::uint32_t(seq - ranges_.front().left);
  ranges_.front().left = seq;
}

std::uint32_t SeqRanges::octets_within(Seq left, Seq right) const {
  std::uint32_t sum = 0;
  for (auto at = first_beyond(left); at != ranges_.end() && at->left.before(right); ++at)
    sum += std::uint32_t(earlier(at->right, right) - later(at->left, left));
  return sum;
}

const SackBlock* SeqRanges::find(Seq seq) const {
  const auto at = first_beyond(seq);
  return at != ranges_.end() && at->left.at_or_before(seq) ? &*at : nullptr;
}

bool SeqRanges::contains(Seq seq) const { return find(seq) != nullptr; }

Seq SeqRanges::first_gap(Seq from) const {
  const SackBlock* const range = find(from);
  return range != nullptr ? range->right : from;
}

Seq SeqRanges::gap_end(Seq from, Seq limit) const {
  const auto at = first_beyond(from);
  return at != ranges_.end() ? earlier(at->left, limit) : limit;
}

}  // namespace natsim
