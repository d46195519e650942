// UDP echo, discard and the UDP probe, and the outbox they write into.
#include <gtest/gtest.h>

#include "sim/service/duration_words.h"
#include "sim/service/udp_echo.h"
#include "sim/service/udp_probe.h"

namespace natsim {
namespace {

const Endpoint kClient{Ipv4Address::of(192, 168, 1, 100), 40000};
const Endpoint kServer{Ipv4Address::of(203, 0, 113, 80), 7};
const Endpoint kElsewhere{Ipv4Address::of(203, 0, 113, 81), 7};
const Bytes kText = {'h', 'e', 'l', 'l', 'o'};

Instant at(Duration since_start) { return Instant{} + since_start; }

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

UdpProbeOptions one_probe() {
  UdpProbeOptions options;
  options.source = {IpAddress{}, 50000};
  options.destination = kServer;
  options.payload = kText;
  return options;
}

TEST(UdpProbe, AnyAnswerFromThePeerCounts) {
  UdpProbe probe(one_probe(), at(1_s));
  Outbox out;
  probe.on_deadline(at(999_ms), out);
  EXPECT_TRUE(out.empty());
  probe.on_deadline(at(1_s), out);
  ASSERT_EQ(out.datagrams.size(), 1u);
  EXPECT_EQ(out.datagrams[0].payload, kText);
  EXPECT_EQ(out.datagrams[0].destination, kServer);
  probe.on_datagram({kElsewhere, kClient, kText, IfIndex{0}}, at(1'010_ms), out);
  EXPECT_FALSE(probe.done());
  probe.on_datagram({kServer, kClient, kText, IfIndex{0}}, at(1'020_ms), out);
  EXPECT_TRUE(probe.done());
  EXPECT_EQ(probe.outcome(), ProbeOutcome{ProbeResult::answered});
  EXPECT_EQ(probe.rtt(), 20_ms);
  EXPECT_EQ(probe.next_deadline(), Instant::never());
  EXPECT_EQ(probe.summary(), "1 sent, 1 answered");
}

// UDP-06
TEST(UdpProbe, PortUnreachableRefuses) {
  UdpProbe probe(one_probe(), {});
  Outbox out;
  probe.on_deadline({}, out);
  probe.on_error({kServer.address, 3, 4});  // too big: no error to a socket
  EXPECT_FALSE(probe.done());
  const IcmpError error{kServer.address, 3, 3};
  probe.on_error(error);
  const ProbeOutcome refused{ProbeResult::refused, error};
  EXPECT_EQ(probe.outcome(), refused);
  EXPECT_TRUE(probe.done());
}

TEST(UdpProbe, SilenceTimesOut) {
  UdpProbe probe(one_probe(), {});
  Outbox out;
  probe.on_deadline({}, out);
  EXPECT_EQ(probe.next_deadline(), at(5_s));
  probe.on_deadline(at(5_s), out);
  EXPECT_TRUE(probe.done());
  EXPECT_EQ(probe.summary(), "1 sent, 0 answered, timed_out");
}

TEST(UdpProbe, SeriesEndsWithItsLastAnswer) {
  UdpProbeOptions options = one_probe();
  options.count = 3;
  UdpProbe probe(options, {});
  Outbox out;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(probe.next_deadline(), at(Duration::milliseconds(10 * i)));
    probe.on_deadline(probe.next_deadline(), out);
    EXPECT_FALSE(probe.done());
    probe.on_datagram({kServer, kClient, kText, IfIndex{0}}, at(Duration::milliseconds(30)), out);
  }
  EXPECT_EQ(out.datagrams.size(), 3u);
  EXPECT_TRUE(probe.done());
  EXPECT_EQ(probe.summary(), "3 sent, 3 answered");
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
