// Goal: a datagram leaves in the fragments that RFC 791 allows and Linux makes.
#include "sim/ip/fragmentation.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "tests/ip/datagrams.h"

namespace natsim {
namespace {

class Fragmentation : public testing::Test {
 protected:
  std::vector<Packet> cut(Packet datagram, std::size_t mtu,
                          const FragmentLayout* layout = nullptr) {
    std::vector<Packet> fragments;
    EXPECT_TRUE(fragment(pool_, std::move(datagram), mtu, fragments, layout));
    return fragments;
  }
  static FragmentLayout layout(std::vector<std::uint16_t> payload_bytes, std::uint16_t largest,
                               std::uint16_t largest_df = 0) {
    return {std::move(payload_bytes), largest, largest_df};
  }

  PacketPool pool_;
};

// IPV4-10: measured at an MTU of 1400.
TEST_F(Fragmentation, AllButTheLastHaveMoreFragmentsAndMultiplesOfEight) {
  EXPECT_EQ(shapes(cut(make_datagram(pool_, {1408}), 1400)), (Shapes{"1396@0+", "52@1376"}));
}

TEST_F(Fragmentation, LastFragmentMayFillTheMtuToTheOctet) {
  // 1480 + 1479 of 2959 octets: the second needs no rounding, for nothing follows it.
  EXPECT_EQ(shapes(cut(make_datagram(pool_, {2959}), 1500)), (Shapes{"1500@0+", "1499@1480"}));
  EXPECT_EQ(shapes(cut(make_datagram(pool_, {1483 - 20}), 1482)), (Shapes{"1476@0+", "27@1456"}));
}

TEST_F(Fragmentation, FragmentsCarryTheOriginalsHeaderAndPayload) {
  const Packet whole = make_datagram(pool_, {4000, 0x1234, false, 0xb8});
  Bytes joined;
  for (const Packet& piece : cut(pool_.copy(whole), 576)) {
    const Ipv4View view(piece.data(), piece.size());
    EXPECT_TRUE(view.checksum_ok());
    EXPECT_EQ(view.id(), 0x1234);
    EXPECT_EQ(view.tos(), 0xb8);
    EXPECT_EQ(view.ttl(), 64);
    EXPECT_EQ(view.source(), ip("10.0.0.2"));
    EXPECT_EQ(view.destination(), ip("203.0.113.10"));
    EXPECT_EQ(piece.journey(), JourneyId{42});
    EXPECT_GE(piece.headroom(), 14U);
    EXPECT_EQ(view.fragment_offset(), joined.size());
    const Bytes payload = payload_of(piece);
    joined.insert(joined.end(), payload.begin(), payload.end());
  }
  EXPECT_EQ(joined, payload_of(whole));
}

// IPV4-11: measured, 1480 octets of a larger datagram at an MTU of 600.
TEST_F(Fragmentation, FragmentOfAFragmentCountsFromTheOriginal) {
  const Packet whole = make_datagram(pool_, {2056});
  EXPECT_EQ(shapes(cut(piece_of(pool_, whole, 0, 1480), 600)),
            (Shapes{"596@0+", "596@576+", "348@1152+"}));
  EXPECT_EQ(shapes(cut(piece_of(pool_, whole, 1480, 2056), 300)),
            (Shapes{"300@1480+", "300@1760+", "36@2040"}));
}

// NAT-L27: as measured through a masquerading router.
TEST_F(Fragmentation, RouterThatReassembledSendsThePiecesThatCame) {
  const FragmentLayout thirds = layout({800, 800, 456}, 820);
  EXPECT_EQ(shapes(cut(make_datagram(pool_, {2056}), 1500, &thirds)),
            (Shapes{"820@0+", "820@800+", "476@1600"}));
  const FragmentLayout uneven = layout({800, 1256}, 1276);
  EXPECT_EQ(shapes(cut(make_datagram(pool_, {2056}), 1500, &uneven)),
            (Shapes{"820@0+", "1276@800"}));
  const FragmentLayout odd_end = layout({32, 77}, 97);
  EXPECT_EQ(shapes(cut(make_datagram(pool_, {109}), 1500, &odd_end)), (Shapes{"52@0+", "97@32"}));
}

// NAT-L27: the pieces are lost where the first holds no whole TCP header, and DF stays then.
TEST_F(Fragmentation, TcpHeadersInTwoPiecesAreCutAnew) {
  const FragmentLayout tiny = layout({16, 24}, 44, 44);
  const auto datagram = [&](Protocol protocol) {
    Packet packet = make_datagram(pool_, {40, 81, true});
    packet.data()[9] = std::uint8_t(protocol);
    return packet;
  };
  const auto cut_anew = cut(datagram(Protocol::tcp), 1500, &tiny);
  EXPECT_EQ(shapes(cut_anew), (Shapes{"44@0+D", "36@24D"}));
  const auto as_it_came = cut(datagram(Protocol::udp), 1500, &tiny);
  EXPECT_EQ(shapes(as_it_came), (Shapes{"36@0+", "44@16"}));
}

TEST_F(Fragmentation, PiecesThatNoLongerFitAreCutAnew) {
  const FragmentLayout came = layout({1480, 576}, 1500);
  EXPECT_EQ(shapes(cut(make_datagram(pool_, {2056}), 600, &came)),
            (Shapes{"596@0+", "596@576+", "596@1152+", "348@1728"}));
  // And what grew on the way is cut to what came, not to the MTU.
  const FragmentLayout small = layout({800, 800, 456}, 820);
  EXPECT_EQ(shapes(cut(make_datagram(pool_, {2064}), 1500, &small)),
            (Shapes{"820@0+", "820@800+", "484@1600"}));
}

// NAT-L27
TEST_F(Fragmentation, DontFragmentIsClearedInWhatCameInFragments) {
  const FragmentLayout came = layout({1480, 576}, 1500, 1500);
  EXPECT_EQ(shapes(cut(make_datagram(pool_, {2056, 81, true}), 1500, &came)),
            (Shapes{"1500@0+", "596@1480"}));
}

TEST_F(Fragmentation, IsNeededAboveTheMtuAndAboveWhatCame) {
  const Packet datagram = make_datagram(pool_, {1380});
  EXPECT_FALSE(needs_fragmenting(datagram.bytes(), 1400));
  EXPECT_TRUE(needs_fragmenting(datagram.bytes(), 1399));
  const FragmentLayout came = layout({800, 580}, 820);
  EXPECT_TRUE(needs_fragmenting(datagram.bytes(), 1500, &came));
}

// IPV4-09, NAT-L27
TEST_F(Fragmentation, DontFragmentForbidsItUnlessEachPieceFits) {
  const Packet df = make_datagram(pool_, {2056, 77, true});
  const Packet plain = make_datagram(pool_, {2056});
  EXPECT_TRUE(must_not_fragment(df.bytes(), 1500));
  EXPECT_FALSE(must_not_fragment(plain.bytes(), 1500));
  EXPECT_FALSE(must_not_fragment(df.bytes(), 2076));
  const FragmentLayout came = layout({1480, 576}, 1500, 1500);
  EXPECT_FALSE(must_not_fragment(df.bytes(), 1500, &came));
  EXPECT_TRUE(must_not_fragment(df.bytes(), 600, &came));
}

TEST_F(Fragmentation, MtuWithoutRoomForEightOctetsIsRefused) {
  std::vector<Packet> fragments;
  EXPECT_FALSE(fragment(pool_, make_datagram(pool_, {100}), 27, fragments));
  EXPECT_TRUE(fragments.empty());
  EXPECT_TRUE(fragment(pool_, make_datagram(pool_, {16}), 28, fragments));
  EXPECT_EQ(shapes(fragments), (Shapes{"28@0+", "28@8"}));
}

// RFC 791 3.1: record route (7) has no copied flag, loose source route (131) has.
TEST_F(Fragmentation, OptionWithoutTheCopiedFlagStaysInTheFirstFragment) {
  const std::vector<std::uint8_t> options = {7, 7, 4, 0, 0, 0, 0, 131, 3, 4, 1, 0};
  const std::vector<Packet> fragments =
      cut(make_datagram(pool_, {40, 77, false, 0, options}), 32 + 24);
  ASSERT_EQ(shapes(fragments), (Shapes{"56@0+", "48@24"}));
  const auto options_of = [](const Packet& packet) {
    const ByteSpan span = Ipv4View(packet.data(), packet.size()).options();
    return std::vector<std::uint8_t>(span.begin(), span.end());
  };
  EXPECT_EQ(options_of(fragments[0]), options);
  EXPECT_EQ(options_of(fragments[1]),
            (std::vector<std::uint8_t>{1, 1, 1, 1, 1, 1, 1, 131, 3, 4, 1, 0}));
  EXPECT_TRUE(Ipv4View(fragments[1].data(), fragments[1].size()).checksum_ok());
}

TEST_F(Fragmentation, MalformedOptionsAreCopiedAsTheyAre) {
  for (const std::vector<std::uint8_t>& options :
       {std::vector<std::uint8_t>{7, 0, 0, 0}, {7, 200, 0, 0}, {1, 1, 1, 7}}) {
    const std::vector<Packet> fragments =
        cut(make_datagram(pool_, {40, 77, false, 0, options}), 48);
    const ByteSpan later = Ipv4View(fragments[1].data(), fragments[1].size()).options();
    EXPECT_EQ(std::vector<std::uint8_t>(later.begin(), later.end()), options);
  }
}

TEST_F(Fragmentation, SharedDatagramIsLeftAsItIs) {
  const Packet whole = make_datagram(pool_, {2000});
  const Bytes before(whole.bytes().begin(), whole.bytes().end());
  (void)cut(whole.share(), 600);
  EXPECT_EQ(Bytes(whole.bytes().begin(), whole.bytes().end()), before);
}

}  // namespace
}  // namespace natsim
