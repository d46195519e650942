// The Internet checksum against a naive implementation, and incremental updates against a fresh
// computation.
#include "sim/wire/checksum.h"

#include <gtest/gtest.h>

#include "sim/base/random.h"
#include "tests/wire/golden.h"

namespace natsim {
namespace {

/// RFC 1071 4.1 word by word, in network byte order.
std::uint16_t naive_checksum(ByteSpan bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); i += 2) {
    sum += std::uint32_t(bytes[i]) << 8 | (i + 1 < bytes.size() ? bytes[i + 1] : 0);
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return std::uint16_t(~sum);
}

/// The stored form read as a number of the wire.
std::uint16_t fast_checksum(ByteSpan bytes) {
  return __builtin_bswap16(checksum_of(sum_words(bytes)));
}

Bytes random_bytes(Prng& dice, std::size_t size) {
  Bytes bytes(size);
  for (auto& octet : bytes) octet = std::uint8_t(dice.next());
  return bytes;
}

TEST(Checksum, ExampleOfRfc1071) {
  EXPECT_EQ(fast_checksum(hex("00 01 f2 03 f4 f5 f6 f7")), 0x220d);
}

TEST(Checksum, AgreesWithTheNaiveSumOnEveryLength) {
  Prng dice(7);
  for (std::size_t size = 0; size <= 300; ++size) {
    const Bytes bytes = random_bytes(dice, size);
    EXPECT_EQ(fast_checksum(bytes), naive_checksum(bytes)) << size;
  }
}

TEST(Checksum, AgreesWithTheNaiveSumOnExtremes) {
  for (const std::size_t size : {1u, 2u, 3u, 1500u, 65535u}) {
    for (const std::uint8_t octet : {0x00, 0x01, 0x80, 0xff}) {
      const Bytes bytes(size, octet);
      EXPECT_EQ(fast_checksum(bytes), naive_checksum(bytes)) << size << " of " << int(octet);
    }
  }
}

TEST(Checksum, PseudoHeaderAgreesWithItsBytes) {
  const Bytes bytes = hex("c0 a8 01 64 cb 00 71 50 00 11 12 34");
  EXPECT_EQ(fold_sum(pseudo_header_sum(kClient, kServer, Protocol::udp, 0x1234)),
            fold_sum(sum_words(bytes)));
}

TEST(Checksum, IncrementalUpdateAgreesWithAFreshSum) {
  Prng dice(11);
  for (int i = 0; i < 5000; ++i) {
    Bytes header = random_bytes(dice, 20);
    header[0] = 0x45;  // as in any real header the sum is not zero
    store_raw16(&header[10], 0);
    store_raw16(&header[10], checksum_of(sum_words(header)));
    const std::size_t at = 2 * dice.below(5);
    const std::uint16_t before = load_raw16(&header[at]);
    const std::uint16_t after = at == 0 ? before : std::uint16_t(dice.next());
    store_raw16(&header[at], after);
    update_checksum(&header[10], before, after);
    const std::uint16_t updated = load_raw16(&header[10]);
    store_raw16(&header[10], 0);
    EXPECT_EQ(updated, checksum_of(sum_words(header)));
  }
}

// RFC 1624 3: the case that RFC 1141's equation gets wrong.
TEST(Checksum, ExampleOfRfc1624) {
  std::uint8_t field[2];
  store_be16(field, 0xdd2f);
  update_checksum(field, __builtin_bswap16(0x5555), __builtin_bswap16(0x3285));
  EXPECT_EQ(load_be16(field), 0x0000);
}

}  // namespace
}  // namespace natsim
