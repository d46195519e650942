// Goal: the index finds what was put in and nothing that was taken out, however keys collide.
// Method: random work against std::map, with hashes that crowd.
#include "sim/ip/flat_index.h"

#include <gtest/gtest.h>

#include <map>

#include "sim/base/random.h"

namespace natsim {
namespace {

class FlatIndexWithHashes : public testing::TestWithParam<std::uint32_t> {};

TEST_P(FlatIndexWithHashes, AgreesWithAMap) {
  const std::uint32_t hash_max = GetParam();
  Prng random(hash_max);
  FlatIndex index;
  std::map<std::uint32_t, std::uint32_t> hash_of;  // by record
  for (int step = 0; step < 4000; ++step) {
    const auto record = std::uint32_t(random.below(200));
    if (const auto known = hash_of.find(record); known != hash_of.end()) {
      index.erase(known->second, record);
      hash_of.erase(known);
    } else {
      const auto hash = std::uint32_t(random.between(0, hash_max));
      index.insert(hash, record);
      hash_of[record] = hash;
    }
    ASSERT_EQ(index.size(), hash_of.size());
    for (std::uint32_t each = 0; each < 200; each += 7) {
      const auto known = hash_of.find(each);
      const std::uint32_t hash = known == hash_of.end() ? each : known->second;
      const std::uint32_t found =
          index.find(hash, [&](std::uint32_t candidate) { return candidate == each; });
      ASSERT_EQ(found, known == hash_of.end() ? FlatIndex::kNone : each);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(FromAllAlikeToAllDifferent, FlatIndexWithHashes,
                         testing::Values(0, 3, 40, 0xffff'ffff));

TEST(FlatIndex, EmptyOneFindsNothing) {
  EXPECT_EQ(FlatIndex().find(7, [](std::uint32_t) { return true; }), FlatIndex::kNone);
}

}  // namespace
}  // namespace natsim
