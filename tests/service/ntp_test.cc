// Goal: NTP (RFC 5905): packets as they stand in the RFC, a server that answers clients only, and a
// client that finds offset and delay, and believes answers to its own question alone.
#include "sim/service/ntp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

namespace natsim {
namespace {

const IpAddress kServer = IpAddress::parse("192.0.2.123").value();
const IpAddress kClient = IpAddress::parse("192.0.2.7").value();
constexpr std::int64_t kEpoch = 1'767'225'600;  // 2026-01-01

TEST(NtpTime, CountsFrom1900) {
  // RFC 5905 figure 4: 1970-01-01 is 2,208,988,800 s after 1900-01-01.
  EXPECT_EQ(ntp_time(Instant(), 0), std::uint64_t{2'208'988'800} << 32);
  EXPECT_EQ(ntp_time(Instant() + 500_ms, 0), (std::uint64_t{2'208'988'800} << 32) + (1u << 31));
  EXPECT_EQ(ntp_time(Instant() - 500_ms, 1), (std::uint64_t{2'208'988'800} << 32) + (1u << 31));
}

TEST(NtpTime, DifferencesAreExactAndSurviveTheEndOfTheEra) {
  for (const std::int64_t ns :
       {0L, 1L, 999'999'999L, -1L, 123'456'789'012'345L, -86'399'999'999L}) {
    const Instant from = Instant() + 7'000'000'013_ns;
    const Instant to = from + Duration::nanoseconds(ns);
    EXPECT_EQ(ntp_difference(ntp_time(to, kEpoch), ntp_time(from, kEpoch)).ns(), ns);
  }
  const std::int64_t turn = (std::int64_t{1} << 32) - 2'208'988'800;  // 2036-02-07T06:28:16Z
  EXPECT_EQ(ntp_time(Instant(), turn), 0u);
  EXPECT_EQ(ntp_difference(ntp_time(Instant() + 2_s, turn - 1), ntp_time(Instant(), turn - 1)),
            2_s);
}

TEST(NtpPacket, StandsWhereTheRfcHasIt) {
  NtpPacket packet;
  packet.leap = 3;
  packet.mode = NtpMode::server;
  packet.stratum = 2;
  packet.precision = -20;
  packet.root_delay = 0x01020304;
  packet.reference_id = 0x0a000001;
  packet.origin = 0x1112131415161718;
  packet.transmit = 0x2122232425262728;
  Bytes bytes;
  packet.emit(bytes);
  ASSERT_EQ(bytes.size(), 48u);
  EXPECT_EQ(bytes[0], 0xe4);
  EXPECT_EQ(bytes[3], 0xec);
  EXPECT_EQ(load_be32(&bytes[4]), 0x01020304u);
  EXPECT_EQ(load_be64(&bytes[24]), 0x1112131415161718u);
  EXPECT_EQ(load_be64(&bytes[40]), 0x2122232425262728u);
  EXPECT_EQ(NtpPacket::parse(bytes).value(), packet);
  bytes.pop_back();
  EXPECT_FALSE(NtpPacket::parse(bytes).ok());
}

class OnePort final : public UdpPorts {
 public:
  std::optional<std::uint16_t> open(const Endpoint&) override { return 40'000; }
  void close(std::uint16_t) override {}
};

class Reports final : public NtpListener {
 public:
  void on_ntp(const NtpReport& report) override {
    EXPECT_FALSE(last.has_value()) << "told twice";
    last = report;
  }
  std::optional<NtpReport> last;
};

/// A client and a server without a network.
struct Bench {
  explicit Bench(Duration client_ahead = {}, Duration server_ahead = {}, std::uint8_t stratum = 1)
      : client(kServer, kNtpPort, {kEpoch, client_ahead}, std::make_unique<OnePort>(), reports,
               Instant() + 1_s),
        server({kEpoch, server_ahead}, stratum) {}

  Bytes ask() {
    Outbox out;
    client.on_deadline(Instant() + 1_s, out);
    return out.datagrams.at(0).payload;
  }
  Bytes answer(const Bytes& request, Duration at) {
    Outbox out;
    server.on_datagram({{kClient, 40'000}, {kServer, kNtpPort}, request}, Instant() + at, out);
    return out.datagrams.empty() ? Bytes() : out.datagrams.at(0).payload;
  }
  void arrive(const Bytes& answer, Duration at) {
    Outbox out;
    client.on_datagram({{kServer, kNtpPort}, {kClient, 40'000}, answer}, Instant() + at, out);
  }
  Reports reports;
  NtpClient client;
  NtpService server;
};

TEST(Ntp, FindsOffsetAndDelay) {
  Bench b(-250_ms, 1_s, 2);
  b.arrive(b.answer(b.ask(), 1030_ms), 1050_ms);
  ASSERT_TRUE(b.reports.last.has_value());
  EXPECT_EQ(b.reports.last->offset, 1250_ms + 5_ms) << "the ways took 30 and 20 ms: half is error";
  EXPECT_EQ(b.reports.last->delay, 50_ms);
  EXPECT_EQ(b.reports.last->stratum, 2);
  EXPECT_EQ(b.reports.last->error, "");
  EXPECT_EQ(b.client.next_deadline(), Instant::never());
}

TEST(Ntp, TheServerAnswersClientsInTheirVersion) {
  Bench b;
  Bytes request = b.ask();
  request[0] = 3 << 3 | 3;
  const auto answer = NtpPacket::parse(b.answer(request, 1_s)).value();
  EXPECT_EQ(answer.version, 3);
  EXPECT_EQ(answer.mode, NtpMode::server);
  EXPECT_EQ(answer.origin, load_be64(&request[40]));
  EXPECT_EQ(answer.reference_id, 0x4c4f434cu);
  EXPECT_LE(answer.reference, answer.receive);
  request[0] = 4 << 3 | 4;
  EXPECT_TRUE(b.answer(request, 1_s).empty()) << "another server: an answer would go on for ever";
  EXPECT_TRUE(b.answer(Bytes(47), 1_s).empty());
}

TEST(Ntp, OtherAnswersAreNone) {
  Bench b;
  const Bytes right = b.answer(b.ask(), 1_s);
  Bytes wrong = right;
  wrong[24] ^= 1;  // origin: somebody else's question
  b.arrive(wrong, 1_s);
  b.arrive(Bytes(10), 1_s);
  EXPECT_FALSE(b.reports.last.has_value());
  Bytes kiss = right;
  kiss[1] = 0;
  b.arrive(kiss, 1_s);
  ASSERT_TRUE(b.reports.last.has_value());
  EXPECT_EQ(b.reports.last->error, "the server's clock is not set");
  b.arrive(right, 1_s);  // too late, and not told
}

TEST(Ntp, GivesUpInTime) {
  Bench b;
  b.ask();
  Outbox out;
  b.client.on_deadline(Instant() + 5999_ms, out);
  EXPECT_FALSE(b.reports.last.has_value());
  b.client.on_deadline(b.client.next_deadline(), out);
  ASSERT_TRUE(b.reports.last.has_value());
  EXPECT_EQ(b.reports.last->outcome.result, ProbeResult::timed_out);
}

}  // namespace
}  // namespace natsim
