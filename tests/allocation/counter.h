// Counts what the process takes from the heap, and remembers who asked for it.
//
// malloc and its kin are replaced in the executable that this is linked into; operator new ends
// there too. Where a sanitizer owns the heap, its own hook counts.
#pragma once

#include <cstddef>
#include <string>

namespace natsim::test {

/// Counts from its making to its end. One at a time.
class AllocationCounter {
 public:
  AllocationCounter();
  ~AllocationCounter();
  AllocationCounter(const AllocationCounter&) = delete;
  AllocationCounter& operator=(const AllocationCounter&) = delete;

  /// Whether anything can be counted here at all.
  static bool works();

  /// malloc, calloc, realloc, aligned_alloc and the like since the start. Freeing does not count.
  std::size_t count() const;
  /// The stacks that the first ones came from, each place once and how often.
  std::string places() const;
  void stop();
};

}  // namespace natsim::test
