#include "tests/allocation/counter.h"

#include <absl/debugging/symbolize.h>
#include <execinfo.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iterator>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define NATSIM_SANITIZED_HEAP 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define NATSIM_SANITIZED_HEAP 1
#endif
#endif

namespace natsim::test {
namespace {

constexpr std::size_t kPlacesMax = 16;
constexpr int kFramesMax = 32;

struct Place {
  std::array<void*, kFramesMax> frames;
  int depth;
  std::size_t bytes, times;
};

// Plain memory: whoever counts allocations makes none.
bool counting = false;
bool inside = false;  // backtrace() may allocate
std::size_t allocations = 0;
std::array<Place, kPlacesMax> seen_places;
std::size_t seen_count = 0;

void count_one(std::size_t bytes) {
  if (!counting || inside) return;
  inside = true;
  ++allocations;
  Place place{{}, 0, bytes, 1};
  place.depth = backtrace(place.frames.data(), kFramesMax);
  const auto end = seen_places.begin() + std::ptrdiff_t(seen_count);
  const auto known = std::find_if(seen_places.begin(), end, [&](const Place& other) {
    return other.depth == place.depth && other.frames == place.frames;
  });
  if (known != end)
    ++known->times;
  else if (seen_count < kPlacesMax)
    seen_places[seen_count++] = place;
  inside = false;
}

std::string name_of(void* address) {
  char name[256];
  // The byte before: a return address may belong to the next function already.
  void* const caller = static_cast<char*>(address) - 1;
  return absl::Symbolize(caller, name, sizeof name) ? name : "?";
}

}  // namespace
}  // namespace natsim::test

#ifdef NATSIM_SANITIZED_HEAP
extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*malloc_hook)(const volatile void*,
                                                                             std::size_t),
                                                         void (*free_hook)(const volatile void*));

namespace {
const bool installed =
    __sanitizer_install_malloc_and_free_hooks(
        [](const volatile void*, std::size_t bytes) { natsim::test::count_one(bytes); },
        [](const volatile void*) {}) > 0;
}
#elif defined(__GLIBC__)
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

void* malloc(std::size_t bytes) {
  natsim::test::count_one(bytes);
  return __libc_malloc(bytes);
}
void* calloc(std::size_t count, std::size_t bytes) {
  natsim::test::count_one(count * bytes);
  return __libc_calloc(count, bytes);
}
void* realloc(void* old, std::size_t bytes) {
  natsim::test::count_one(bytes);
  return __libc_realloc(old, bytes);
}
void* memalign(std::size_t alignment, std::size_t bytes) {
  natsim::test::count_one(bytes);
  return __libc_memalign(alignment, bytes);
}
void* aligned_alloc(std::size_t alignment, std::size_t bytes) { return memalign(alignment, bytes); }
int posix_memalign(void** result, std::size_t alignment, std::size_t bytes) {
  *result = memalign(alignment, bytes);
  return *result == nullptr ? ENOMEM : 0;
}
}
namespace {
const bool installed = true;
}
#else
namespace {
const bool installed = false;
}
#endif

namespace natsim::test {

AllocationCounter::AllocationCounter() {
  void* frame = nullptr;
  backtrace(&frame, 1);  // Loads what it needs now, not when it is called for.
  allocations = seen_count = 0;
  counting = true;
}
AllocationCounter::~AllocationCounter() { stop(); }

bool AllocationCounter::works() { return installed; }
void AllocationCounter::stop() { counting = false; }
std::size_t AllocationCounter::count() const { return allocations; }

std::string AllocationCounter::places() const {
  const bool was = counting;
  counting = false;
  static const bool ready = [] {
    absl::InitializeSymbolizer("/proc/self/exe");
    return true;
  }();
  std::string text;
  for (std::size_t i = 0; ready && i < seen_count; ++i) {
    const Place& place = seen_places[i];
    text += std::to_string(place.times) + " times, at first " + std::to_string(place.bytes) +
            " octets:\n";
    for (int frame = 1; frame < place.depth; ++frame)
      text += "  " + name_of(place.frames[std::size_t(frame)]) + "\n";
  }
  counting = was;
  return text;
}

}  // namespace natsim::test
