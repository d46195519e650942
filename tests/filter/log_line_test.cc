// LOG's line, as the kernel prints it (FW-M22).
#include "sim/filter/log_line.h"

#include <gtest/gtest.h>

#include "sim/wire/ipv4.h"
#include "tests/filter/bench.h"

namespace natsim::test {
namespace {

const InterfaceTable kInterfaces({{"in0", {}}, {"out0", {}}});

constexpr std::uint8_t kHeader[14] = {2, 0, 0, 0, 0, 0x99, 2, 0, 0, 0, 0, 7, 8, 0};

std::string line_of(Bytes bytes, const LogTarget& target = {}, std::uint32_t mark = 0) {
  PacketPool pool;
  Packet packet = pool.copy(bytes);
  Traversal t(packet, packet.data(), std::uint32_t(packet.size()));
  t.in = {0};
  t.out = {1};
  t.link_header = kHeader;
  t.mark = mark;
  return log_line(target, t, kInterfaces);
}

const std::string kStart =
    "IN=in0 OUT=out0 MAC=02:00:00:00:00:99:02:00:00:00:00:07:08:00 SRC=10.0.0.2 "
    "DST=203.0.113.10 ";

TEST(LogLine, ShowsTcp) {
  Bytes packet = tcp(kC, 1111, kS, 80, {"SA", 1, 2});
  MutableIpv4View ip(packet.data(), packet.size());
  ip.set_id(4711);
  ip.set_flags_and_offset(kIpv4DontFragment);
  EXPECT_EQ(line_of(packet),
            kStart +
                "LEN=40 TOS=0x00 PREC=0x00 TTL=64 ID=4711 DF PROTO=TCP SPT=1111 DPT=80 "
                "WINDOW=64240 RES=0x00 ACK SYN URGP=0 ");
}

TEST(LogLine, ShowsUdpTosAndMark) {
  Bytes packet = udp(kC, 1000, kS, 53, "abcd");
  MutableIpv4View(packet.data(), packet.size()).set_tos(0xd8);
  EXPECT_EQ(line_of(packet, {}, 0x1f),
            kStart +
                "LEN=32 TOS=0x18 PREC=0xC0 TTL=64 ID=0 PROTO=UDP SPT=1000 DPT=53 LEN=12 "
                "MARK=0x1f ");
}

TEST(LogLine, ShowsIcmpAndWhatItQuotes) {
  EXPECT_EQ(line_of(ping(kC, kS, 7)),
            kStart + "LEN=32 TOS=0x00 PREC=0x00 TTL=64 ID=0 PROTO=ICMP TYPE=8 CODE=0 ID=7 SEQ=1 ");
  EXPECT_EQ(line_of(error(kC, kS, IcmpHeader::fragmentation_needed(1300), udp(kS, 53, kC, 9))),
            kStart +
                "LEN=56 TOS=0x00 PREC=0x00 TTL=64 ID=0 PROTO=ICMP TYPE=3 CODE=4 "
                "[SRC=203.0.113.10 DST=10.0.0.2 LEN=29 TOS=0x00 PREC=0x00 TTL=64 ID=0 "
                "PROTO=UDP SPT=53 DPT=9 LEN=9 ] MTU=1300 ");
  EXPECT_TRUE(line_of(icmp(kC, kS, IcmpHeader::redirect_host(kG), udp(kC, 1, kS, 2)))
                  .starts_with(kStart + "LEN=57 TOS=0x00 PREC=0x00 TTL=64 ID=0 PROTO=ICMP TYPE=5 "
                                        "CODE=1 GATEWAY=10.0.0.1 [SRC=10.0.0.2 "));
}

TEST(LogLine, ShowsOtherProtocolsByNumberAndShortHeaders) {
  EXPECT_EQ(line_of(ipv4(kC, kS, Protocol(99), Bytes(8))),
            kStart + "LEN=28 TOS=0x00 PREC=0x00 TTL=64 ID=0 PROTO=99 ");
  EXPECT_EQ(line_of(ipv4(kC, kS, Protocol::tcp, Bytes(18, 0))),
            kStart + "LEN=38 TOS=0x00 PREC=0x00 TTL=64 ID=0 PROTO=TCP INCOMPLETE [18 bytes] ");
}

TEST(LogLine, CutsThePrefixAtTwentyNineCharacters) {
  EXPECT_EQ(line_of(udp(kC, 1, kS, 2), {"0123456789012345678901234567890123456789"}).substr(0, 32),
            "01234567890123456789012345678IN=");
}

// FW-M22: --log-tcp-sequence, --log-tcp-options and --log-ip-options, each at its place in
// nf_log_syslog.c's line.
TEST(LogLine, ShowsWhatItsOptionsAskFor) {
  TcpHeader header;
  header.source_port = 1111;
  header.destination_port = 80;
  header.seq = Seq(4'000'000'000);
  header.ack = Seq(7);
  header.flags = kTcpSyn;
  header.window = 1000;
  header.options.mss = 1460;
  Bytes segment(header.size());
  header.emit(segment);
  Bytes packet = ipv4(kC, kS, Protocol::tcp, segment);
  const Bytes options = {0x94, 4, 0, 0};  // router alert
  packet.insert(packet.begin() + 20, options.begin(), options.end());
  packet[0] = 0x46;
  MutableIpv4View(packet.data(), packet.size()).set_total_length(48);
  LogTarget all;
  all.tcp_sequence = all.tcp_options = all.ip_options = true;
  EXPECT_EQ(line_of(packet, all),
            kStart +
                "LEN=48 TOS=0x00 PREC=0x00 TTL=64 ID=0 OPT (94040000) "
                "PROTO=TCP SPT=1111 DPT=80 SEQ=4000000000 ACK=7 WINDOW=1000 RES=0x00 SYN URGP=0 "
                "OPT (020405B4) ");
  LogTarget sequence;
  sequence.tcp_sequence = true;
  EXPECT_EQ(line_of(packet, sequence).find("OPT"), std::string::npos);
}

// FW-M22: as Linux 6.18 printed it for the same packet, options and all.
TEST(LogLine, IsWhatLinuxPrints) {
  const Bytes bytes = {0x46, 0x10, 0x00, 0x34, 0x00, 0x63, 0x00, 0x00, 0x3f, 0x06, 0x14,
                       0x8b, 0xc0, 0xa8, 0x01, 0x0a, 0x08, 0x08, 0x08, 0x08, 0x94, 0x04,
                       0x00, 0x00, 0x13, 0x88, 0x00, 0x50, 0x00, 0x00, 0x00, 0x4d, 0x00,
                       0x00, 0x00, 0x00, 0x70, 0x02, 0xfa, 0xf0, 0xa3, 0x40, 0x00, 0x00,
                       0x02, 0x04, 0x05, 0xb4, 0x01, 0x03, 0x03, 0x07};
  constexpr std::uint8_t kFrame[14] = {2, 0, 0, 0, 1, 1, 2, 0, 0, 0, 1, 0x10, 8, 0};
  const InterfaceTable interfaces({{"lan0", {}}, {"wan0", {}}});
  PacketPool pool;
  Packet packet = pool.copy(bytes);
  Traversal t(packet, packet.data(), std::uint32_t(packet.size()));
  t.in = {0};
  t.out = {1};
  t.link_header = kFrame;
  LogTarget all{"natsimx: "};
  all.tcp_sequence = all.tcp_options = all.ip_options = true;
  EXPECT_EQ(log_line(all, t, interfaces),
            "natsimx: IN=lan0 OUT=wan0 MAC=02:00:00:00:01:01:02:00:00:00:01:10:08:00 "
            "SRC=192.168.1.10 DST=8.8.8.8 LEN=52 TOS=0x10 PREC=0x00 TTL=63 ID=99 OPT (94040000) "
            "PROTO=TCP SPT=5000 DPT=80 SEQ=77 ACK=0 WINDOW=64240 RES=0x00 SYN URGP=0 "
            "OPT (020405B401030307) ");
}

TEST(LogLine, OfTheNodesOwnPacketHasNoInputSide) {
  PacketPool pool;
  Packet packet = pool.copy(udp(kX, 1, kS, 2));
  Traversal t(packet, packet.data(), std::uint32_t(packet.size()));
  t.out = {1};
  EXPECT_EQ(log_line({"out: "}, t, kInterfaces).substr(0, 32), "out: IN= OUT=out0 SRC=203.0.113.");
}

// FW-M05
TEST(LogTarget, GoesOnToTheNextRule) {
  struct Collector final : LogSink {
    std::vector<std::string> lines;
    void on_log(const RuleLabel& rule, std::string_view line, Instant) override {
      lines.push_back(rule.name + "|" + std::string(line.substr(0, 21)));
    }
  } log;
  Bench bench(Rules()
                  .add(Table::filter, "FORWARD", rule("log", LogTarget{"seen: "}))
                  .add(Table::filter, "FORWARD", rule("no", DropTarget{})));
  EXPECT_EQ(bench.arrive(kIn0, udp(kC, 1, kS, 2)), "dropped rule no") << "without a sink";
  bench.filter().set_log_sink(&log);
  bench.arrive(kIn0, udp(kC, 1, kS, 2));
  EXPECT_EQ(log.lines, std::vector<std::string>{"log|seen: IN=in0 OUT=out0"});
  EXPECT_EQ(bench.hits("log"), 2u);
}

}  // namespace
}  // namespace natsim::test
