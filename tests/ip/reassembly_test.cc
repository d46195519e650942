// Goal: fragments become the datagram that was sent, or nothing.
#include "sim/ip/reassembly.h"

#include <gtest/gtest.h>

#include <numeric>
#include <utility>
#include <vector>

#include "sim/base/random.h"
#include "tests/ip/datagrams.h"

namespace natsim {
namespace {

class ReassemblyBench : public testing::Test {
 protected:
  using Cut = std::pair<std::size_t, std::size_t>;

  /// Gives octets [begin, end) of `whole` to the reassembler; a whole datagram lands in result_.
  Reassembly give(const Packet& whole, Cut cut, Instant now = {}) {
    return give(piece_of(pool_, whole, cut.first, cut.second), now);
  }
  Reassembly give(Packet piece, Instant now = {}) {
    const Reassembly outcome = reassembler_.add(now, pool_, piece, lost_);
    EXPECT_EQ(bool(piece), outcome == Reassembly::complete);
    if (piece) result_ = std::move(piece);
    return outcome;
  }

  PacketPool pool_;
  Reassembler reassembler_;
  std::vector<LostFragment> lost_;
  Packet result_;
};

// IPV4-13
TEST_F(ReassemblyBench, OrderOfArrivalDoesNotMatter) {
  const Packet whole = make_datagram(pool_, {2056});
  const std::vector<Cut> cuts = {{0, 800}, {800, 1600}, {1600, 2056}};
  std::vector<int> order = {0, 1, 2};
  do {
    for (int i = 0; i < 2; ++i)
      EXPECT_EQ(give(whole, cuts[std::size_t(order[std::size_t(i)])]), Reassembly::held);
    EXPECT_EQ(give(whole, cuts[std::size_t(order[2])]), Reassembly::complete);
    EXPECT_EQ(shape(result_), "2076@0");
    EXPECT_EQ(payload_of(result_), payload_of(whole));
  } while (std::next_permutation(order.begin(), order.end()));
  EXPECT_EQ(reassembler_.datagrams(), 0U);
  EXPECT_EQ(reassembler_.memory_bytes(), 0U);
}

TEST_F(ReassemblyBench, ResultIsAPacketReadyToTravelOn) {
  const Packet whole = make_datagram(pool_, {2056});
  give(whole, {1480, 2056});
  give(whole, {0, 1480});
  EXPECT_TRUE(Ipv4View(result_.data(), result_.size()).checksum_ok());
  EXPECT_EQ(result_.journey(), JourneyId{42});
  EXPECT_GE(result_.headroom(), 14U);
  EXPECT_EQ(Bytes(result_.bytes().begin(), result_.bytes().end()),
            Bytes(whole.bytes().begin(), whole.bytes().end()));
}

// IPV4-13
TEST_F(ReassemblyBench, KeyIsSourceDestinationProtocolAndIdentification) {
  const Packet one = make_datagram(pool_, {1000, 1});
  const auto other = [&](auto change) {
    Packet packet = pool_.copy(one);
    MutableIpv4View view(packet.data(), packet.size());
    change(view, packet.data());
    view.finish_checksum();
    return packet;
  };
  give(one, {0, 504});
  const Packet others[] = {
      other([](auto& view, auto*) { view.set_id(2); }),
      other([](auto& view, auto*) { view.set_source(ip("10.0.0.3")); }),
      other([](auto& view, auto*) { view.set_destination(ip("203.0.113.11")); }),
      other([](auto&, auto* bytes) { bytes[9] = std::uint8_t(Protocol::tcp); }),
  };
  for (const Packet& each : others) EXPECT_EQ(give(each, {504, 1000}), Reassembly::held);
  EXPECT_EQ(reassembler_.datagrams(), 5U);
  EXPECT_EQ(give(one, {504, 1000}), Reassembly::complete);
}

// IPV4-14, IPV4-15
TEST_F(ReassemblyBench, AfterThirtySecondsTheFirstFragmentIsReported) {
  const Packet with_first = make_datagram(pool_, {1000, 1}),
               without = make_datagram(pool_, {1000, 2});
  give(with_first, {504, 800}, Instant() + 1_s);
  give(without, {504, 1000}, Instant() + 2_s);
  give(with_first, {0, 504}, Instant() + 20_s);  // does not prolong it
  EXPECT_EQ(reassembler_.next_deadline(), Instant() + 31_s);
  reassembler_.on_deadline(Instant() + 31_s, lost_);
  ASSERT_EQ(lost_.size(), 2U);
  EXPECT_TRUE(lost_[0].report);
  EXPECT_EQ(shape(lost_[0].packet), "524@0+");
  EXPECT_FALSE(lost_[1].report);
  EXPECT_EQ(lost_[1].cause, Cause::reassembly_timeout);

  lost_.clear();
  reassembler_.on_deadline(reassembler_.next_deadline(), lost_);
  ASSERT_EQ(lost_.size(), 1U);
  EXPECT_FALSE(lost_[0].report);  // silence: the first fragment is not there to be quoted
  EXPECT_EQ(reassembler_.next_deadline(), Instant::never());
}

// IPV4-16
TEST_F(ReassemblyBench, OverlapDiscardsTheWholeDatagram) {
  const Packet whole = make_datagram(pool_, {1000});
  const Cut overlaps[] = {{504, 1000}, {496, 520}, {0, 520}};
  for (const Cut& overlap : overlaps) {
    lost_.clear();
    give(whole, {0, 512});
    EXPECT_EQ(give(whole, overlap), Reassembly::refused);
    EXPECT_EQ(lost_.size(), 2U);
    for (const LostFragment& each : lost_) {
      EXPECT_EQ(each.cause, Cause::reassembly_error);
      EXPECT_FALSE(each.report);
    }
    EXPECT_EQ(reassembler_.datagrams(), 0U);
    EXPECT_EQ(reassembler_.memory_bytes(), 0U);
  }
}

TEST_F(ReassemblyBench, FragmentThatSpansAHoleAndItsNeighborIsAnOverlap) {
  const Packet whole = make_datagram(pool_, {1000});
  give(whole, {400, 600});
  EXPECT_EQ(give(whole, {0, 1000 - 8}), Reassembly::refused);
}

// IPV4-16
TEST_F(ReassemblyBench, DuplicateIsPassedOverAndTheDatagramSurvives) {
  const Packet whole = make_datagram(pool_, {1000});
  give(whole, {0, 256});
  give(whole, {256, 512});
  EXPECT_EQ(give(whole, {0, 256}), Reassembly::duplicate);
  EXPECT_EQ(give(whole, {128, 384}), Reassembly::duplicate);  // all of it is there already
  EXPECT_EQ(give(whole, {512, 1000}), Reassembly::complete);
  EXPECT_EQ(payload_of(result_), payload_of(whole));
  EXPECT_TRUE(lost_.empty());
}

TEST_F(ReassemblyBench, TwoEndsContradictEachOther) {
  const Packet whole = make_datagram(pool_, {1000}), shorter = make_datagram(pool_, {800});
  give(whole, {600, 1000});
  EXPECT_EQ(give(shorter, {400, 800}), Reassembly::refused);
  give(shorter, {400, 800});
  EXPECT_EQ(give(whole, {800, 904}), Reassembly::refused);  // beyond the end
  EXPECT_EQ(reassembler_.datagrams(), 0U);
}

TEST_F(ReassemblyBench, FragmentWithoutPayloadIsNonsense) {
  const Packet whole = make_datagram(pool_, {1000});
  EXPECT_EQ(give(whole, {504, 504}), Reassembly::refused);
  EXPECT_EQ(give(whole, {504, 507}), Reassembly::refused);  // not the last, and under eight octets
}

TEST_F(ReassemblyBench, DatagramBeyond65535OctetsIsRefused) {
  const Packet whole = make_datagram(pool_, {1000});
  Packet last = piece_of(pool_, whole, 0, 1000);
  MutableIpv4View(last.data(), last.size()).set_flags_and_offset(0x1ffe);  // octet 65,520
  EXPECT_EQ(give(std::move(last)), Reassembly::held);
  Reassembly outcome = Reassembly::held;
  const Packet full = make_datagram(pool_, {65'512});
  for (std::size_t at = 0; at < 65'512; at += 32'760) {
    Packet piece = piece_of(pool_, full, at, std::min<std::size_t>(at + 32'760, 65'512));
    MutableIpv4View view(piece.data(), piece.size());
    view.set_flags_and_offset(std::uint16_t(at / 8 | kIpv4MoreFragments));
    outcome = give(std::move(piece));
  }
  EXPECT_EQ(outcome, Reassembly::held);  // octets 65,512 … 65,519 are missing
  Packet gap = piece_of(pool_, whole, 0, 8);
  MutableIpv4View(gap.data(), gap.size())
      .set_flags_and_offset(std::uint16_t(65'512 / 8 | kIpv4MoreFragments));
  EXPECT_EQ(give(std::move(gap)), Reassembly::refused);
  EXPECT_EQ(reassembler_.memory_bytes(), 0U);
}

// IPV4-17
TEST_F(ReassemblyBench, FullMemoryRefusesFragmentsAndKeepsWhatIsThere) {
  reassembler_ = Reassembler({30_s, 20'000});
  std::uint16_t id = 0;
  while (give(make_datagram(pool_, {2000, ++id}), {0, 1480}) == Reassembly::held) {
  }
  EXPECT_EQ(lost_.size(), 1U);
  EXPECT_EQ(reassembler_.datagrams(), id - 1U);
  EXPECT_GT(reassembler_.memory_bytes(), 20'000U);
  reassembler_.on_deadline(Instant() + 30_s, lost_);
  EXPECT_EQ(reassembler_.memory_bytes(), 0U);
  const Packet whole = make_datagram(pool_, {2000});
  EXPECT_EQ(give(whole, {0, 1480}, Instant() + 30_s), Reassembly::held);
  EXPECT_EQ(give(whole, {1480, 2000}, Instant() + 30_s), Reassembly::complete);
}

// NAT-L27
TEST_F(ReassemblyBench, RemembersHowTheDatagramCame) {
  const Packet whole = make_datagram(pool_, {2056});
  give(whole, {800, 2056});
  give(whole, {0, 800});
  EXPECT_EQ(reassembler_.layout().payload_bytes, (std::vector<std::uint16_t>{800, 1256}));
  EXPECT_EQ(reassembler_.layout().largest, 1276);
  EXPECT_EQ(reassembler_.layout().largest_df, 0);
}

TEST_F(ReassemblyBench, DontFragmentStaysIfTheLongestFragmentHadIt) {
  const Packet df = make_datagram(pool_, {2056, 5, true}), plain = make_datagram(pool_, {2056, 5});
  const struct {
    const Packet& first;
    const Packet& second;
    const char* result;
  } rows[] = {{df, df, "2076@0D"}, {plain, df, "2076@0D"}, {df, plain, "2076@0"}};
  for (const auto& row : rows) {
    give(row.first, {0, 800});
    give(row.second, {800, 2056});
    EXPECT_EQ(shape(result_), row.result);
  }
}

// RFC 3168 5.3
TEST_F(ReassemblyBench, CongestionMarkOfAnyFragmentMarksTheWhole) {
  const struct {
    std::uint8_t first, second;
    int whole;  // -1: discarded
  } rows[] = {{0, 0, 0}, {1, 1, 1}, {2, 2, 2},  {2, 3, 3},
              {3, 1, 3}, {3, 3, 3}, {0, 3, -1}, {2, 0, -1}};
  for (const auto& row : rows) {
    give(make_datagram(pool_, {1000, 6, false, row.first}), {0, 504});
    const Reassembly outcome =
        give(make_datagram(pool_, {1000, 6, false, row.second}), {504, 1000});
    ASSERT_EQ(outcome, row.whole < 0 ? Reassembly::refused : Reassembly::complete);
    if (row.whole >= 0) {
      EXPECT_EQ(Ipv4View(result_.data(), result_.size()).ecn(), row.whole);
    }
  }
}

/// Cuts twice, shuffles, doubles some: what comes out is what went in (IPV4-10, IPV4-11, IPV4-13).
TEST_F(ReassemblyBench, WhatWasFragmentedTwiceAndShuffledComesOutWhole) {
  Prng random(3);
  for (int round = 0; round < 200; ++round) {
    const std::size_t payload = random.between(600, 9000);
    const Packet whole = make_datagram(pool_, {payload, std::uint16_t(round)});
    std::vector<Packet> once, twice;
    ASSERT_TRUE(fragment(pool_, pool_.copy(whole), random.between(300, 599), once));
    for (Packet& piece : once) {
      const std::size_t mtu = random.between(68, 400);
      if (needs_fragmenting(piece.bytes(), mtu)) {
        ASSERT_TRUE(fragment(pool_, std::move(piece), mtu, twice));
      } else {
        twice.push_back(std::move(piece));
      }
    }
    for (std::size_t i = twice.size() - 1; i > 0; --i)
      std::swap(twice[i], twice[random.below(i + 1)]);
    const std::size_t doubled = random.below(twice.size() - 1);
    const Packet again = twice[doubled].share();
    Reassembly outcome = Reassembly::held;
    for (std::size_t i = 0; i < twice.size(); ++i) {
      ASSERT_EQ(outcome, Reassembly::held);
      outcome = give(std::move(twice[i]));
      if (i == doubled) {
        ASSERT_EQ(give(again.share()), Reassembly::duplicate);
      }
    }
    ASSERT_EQ(outcome, Reassembly::complete);
    ASSERT_EQ(Bytes(result_.bytes().begin(), result_.bytes().end()),
              Bytes(whole.bytes().begin(), whole.bytes().end()));
  }
  EXPECT_EQ(reassembler_.memory_bytes(), 0U);
  EXPECT_TRUE(lost_.empty());
}

/// NAT-L27: with the layout that the reassembler noted, the router's fragments are the sender's.
TEST_F(ReassemblyBench, RefragmentedAfterReassemblyThePiecesAreTheSendersOwn) {
  const Packet whole = make_datagram(pool_, {2056});
  give(whole, {1600, 2056});
  give(whole, {0, 800});
  give(whole, {800, 1600});
  std::vector<Packet> out;
  ASSERT_TRUE(fragment(pool_, std::move(result_), 1500, out, &reassembler_.layout()));
  EXPECT_EQ(shapes(out), (Shapes{"820@0+", "820@800+", "476@1600"}));
}

}  // namespace
}  // namespace natsim
