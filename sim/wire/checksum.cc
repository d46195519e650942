#include "sim/wire/checksum.h"

namespace natsim {

std::uint64_t sum_words(ByteSpan bytes) {
  const std::uint8_t* p = bytes.data();
  std::size_t left = bytes.size();
  std::uint64_t sum = 0;
  // Sixteen octets at a time in two lanes, which compilers turn into what the machine has for it.
  using Lanes = std::uint64_t __attribute__((vector_size(16)));
  Lanes low{}, high{};
  for (; left >= sizeof(Lanes); left -= sizeof(Lanes), p += sizeof(Lanes)) {
    Lanes words;
    std::memcpy(&words, p, sizeof words);
    low += words & 0xffff'ffff;
    high += words >> 32;
  }
  sum = low[0] + low[1] + high[0] + high[1];
  // Four octets at a time: 2^32 such additions fit into 64 bits, a packet has at most 2^14.
  for (; left >= 4; left -= 4, p += 4) {
    std::uint32_t word;
    std::memcpy(&word, p, 4);
    sum += word;
  }
  std::uint32_t rest = 0;
  if (left > 0) std::memcpy(&rest, p, left);  // an empty span may have no address
  return sum + rest;
}

}  // namespace natsim
