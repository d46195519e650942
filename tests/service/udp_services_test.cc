// UDP echo and discard, and the outbox they write into.
#include <gtest/gtest.h>

#include "sim/service/duration_words.h"
#include "sim/service/udp_echo.h"

namespace natsim {
namespace {

const Endpoint kClient{Ipv4Address::of(192, 168, 1, 100), 40000};
const Endpoint kServer{Ipv4Address::of(203, 0, 113, 80), 7};
const Endpoint kElsewhere{Ipv4Address::of(203, 0, 113, 81), 7};
const Bytes kText = {'h', 'e', 'l', 'l', 'o'};

TEST(UdpEcho, AnswersFromTheAddressThatWasSpokenTo) {
  UdpEcho echo;
  Outbox out;
  echo.on_datagram({kClient, kServer, kText, IfIndex{0}}, {}, out);
  ASSERT_EQ(out.datagrams.size(), 1u);
  EXPECT_EQ(out.datagrams[0].source, kServer);
  EXPECT_EQ(out.datagrams[0].destination, kClient);
  EXPECT_EQ(out.datagrams[0].payload, kText);
  EXPECT_EQ(out.datagrams[0].interface, kNoInterface);
}

TEST(UdpEcho, BroadcastIsAnsweredFromAnAddressTheStackChooses) {
  UdpEcho echo;
  Outbox out;
  const Endpoint everybody{Ipv4Address::of(192, 168, 1, 255), 7};
  echo.on_datagram({kClient, everybody, kText, IfIndex{0}, true}, {}, out);
  EXPECT_EQ(out.datagrams.at(0).source, (Endpoint{IpAddress{}, 7}));
}

TEST(UdpEcho, TwoEchoServicesDoNotTalkForEver) {
  UdpEcho echo;
  Outbox out;
  echo.on_datagram({kElsewhere, kServer, kText, IfIndex{0}}, {}, out);
  EXPECT_TRUE(out.empty());
  EXPECT_EQ(echo.datagrams(), 1u);
}

TEST(UdpDiscard, CountsAndSaysNothing) {
  UdpDiscard discard;
  Outbox out;
  discard.on_datagram({kClient, kServer, kText, IfIndex{0}}, {}, out);
  discard.on_datagram({kClient, kServer, kText, IfIndex{0}}, {}, out);
  EXPECT_TRUE(out.empty());
  EXPECT_EQ(discard.datagrams(), 2u);
  EXPECT_EQ(discard.bytes(), 10u);
}

TEST(Outbox, PayloadBuffersAreUsedAgain) {
  Outbox out;
  out.add_datagram().payload = Bytes(100, 1);
  const std::uint8_t* const memory = out.datagrams[0].payload.data();
  out.clear();
  EXPECT_TRUE(out.empty());
  const DatagramOut& again = out.add_datagram();
  EXPECT_TRUE(again.payload.empty());
  EXPECT_EQ(again.payload.data(), memory);
}

TEST(DurationWords, LargestUnitFirstAndZerosLeftOut) {
  EXPECT_EQ(in_words(1_h), "1h");
  EXPECT_EQ(in_words(90_s), "1m30s");
  EXPECT_EQ(in_words(Duration::seconds(86'400 + 60)), "1d1m");
  EXPECT_EQ(in_words(500_ms), "500ms");
  EXPECT_EQ(in_words(Duration{}), "0ms");
  EXPECT_EQ(in_words(Duration::max()), "ever");
}

}  // namespace
}  // namespace natsim
