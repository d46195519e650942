// Goal: a node on a cable resolves and is resolved as Linux was measured to (ARP-01 … ARP-26). The
// table behind it has tests of its own; here its work has to come out on the wire.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/lab.h"

namespace natsim::lab {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr auto kRequest = ArpOperation::request;
constexpr auto kReply = ArpOperation::reply;

/// A host, 10.0.0.1, and a far end that answers nothing by itself.
struct Bench {
  Bench() { lab.cable(far, host); }
  MacAddress host_mac() const { return host.stack().interface(IfIndex{0}).mac; }
  /// "10.0.0.2 REACHABLE 02:…", an entry each.
  std::vector<std::string> cache() const {
    std::vector<std::string> lines;
    for (const Neighbor& entry : const_cast<IpNode&>(host).stack().neighbors().list(lab.now())) {
      const std::string shown = entry.address.to_string() + " " + natsim::to_string(entry.state);
      const bool has_mac =
          entry.state != NeighborState::incomplete && entry.state != NeighborState::failed;
      lines.push_back(has_mac ? shown + " " + entry.mac.to_string() : shown);
    }
    return lines;
  }
  /// An exchange that leaves 10.0.0.2 in the host's cache, at far's address.
  void become_known() {
    far.sends(0_ms, arp_request({.sender = "10.0.0.2", .target = "10.0.0.1"}));
    lab.run(10_ms);
    far.skip();
  }

  Lab lab;
  FarEnd& far = lab.far("far");
  IpNode& host = lab.host("h", "10.0.0.1/24");
};

const MacAddress kOther = mac("02:00:00:00:00:99");

TEST(Arp, ARP_01_03_ARequestIsAnsweredAndItsSenderLearned) {
  Bench b;
  b.far.sends(0_ms, arp_request({.sender = "10.0.0.2", .target = "10.0.0.1"}));
  b.lab.run(10_ms);
  EXPECT_FRAME(b.far.next(), at(2_ms), from(b.host_mac()), to(b.far.mac()),
               arp(kReply, sender("10.0.0.1"), sender_mac(b.host_mac()), target("10.0.0.2"),
                   target_mac(b.far.mac())));
  EXPECT_THAT(b.cache(), ElementsAre("10.0.0.2 STALE 02:fa:00:00:00:01"));
  b.far.sends(0_ms, ping({.src = "10.0.0.2", .dst = "10.0.0.1"}));
  b.lab.run(10_ms);
  EXPECT_FRAME(b.far.next(), icmp(0, 0));  // without asking back
  EXPECT_SILENCE(b.far);
}

TEST(Arp, ARP_02_ARequestForAnotherIsIgnored) {
  Bench b;
  b.far.sends(0_ms, arp_request({.sender = "10.0.0.2", .target = "10.0.0.7"}));
  b.lab.run(10_ms);
  EXPECT_SILENCE(b.far);
  EXPECT_THAT(b.cache(), IsEmpty());
}

TEST(Arp, ARP_04_AUnicastRequestIsAnsweredToo) {
  Bench b;
  b.far.sends(0_ms, arp_request({.sender = "10.0.0.2", .target = "10.0.0.1"}).to(b.host_mac()));
  b.lab.run(10_ms);
  EXPECT_FRAME(b.far.next(), arp(kReply, sender("10.0.0.1")));
}

TEST(Arp, ARP_05_AProbeIsAnsweredAndNotLearned) {
  Bench b;
  b.far.sends(0_ms, arp_request({.sender = "0.0.0.0", .target = "10.0.0.1"}));
  b.lab.run(10_ms);
  EXPECT_FRAME(b.far.next(), to(b.far.mac()),
               arp(kReply, sender("10.0.0.1"), target("0.0.0.0"), target_mac(b.far.mac())));
  EXPECT_THAT(b.cache(), IsEmpty());
}

TEST(Arp, ARP_06_AnAnnouncementOfAStrangerIsNotLearned) {
  Bench b;
  b.far.sends(0_ms, arp_request({.sender = "10.0.0.2", .target = "10.0.0.2"}));
  b.far.sends(0_ms, arp_reply({.sender = "10.0.0.2", .target = "10.0.0.2"}).to_all());
  b.lab.run(10_ms);
  EXPECT_SILENCE(b.far);
  EXPECT_THAT(b.cache(), IsEmpty());
}

TEST(Arp, ARP_07_AnAnnouncementOfANeighbourMovesIt) {
  for (const bool as_request : {true, false}) {
    Bench b;
    b.become_known();
    b.lab.run(2_s);  // out of the lock time, in which the first of several answers counts
    const ArpText moved{.sender = "10.0.0.2", .target = "10.0.0.2", .sender_mac = kOther};
    b.far.sends(0_ms, as_request ? arp_request(moved) : arp_reply(moved).to_all());
    b.lab.run(10_ms);
    EXPECT_THAT(b.cache(), ElementsAre("10.0.0.2 STALE " + kOther.to_string()));
  }
}

TEST(Arp, ARP_08_AnUnaskedReplyTeachesNothingNew) {
  Bench b;
  b.far.sends(0_ms, arp_reply({.sender = "10.0.0.2", .target = "10.0.0.1"}));
  b.lab.run(10_ms);
  EXPECT_THAT(b.cache(), IsEmpty());
}

TEST(Arp, ARP_08_ButOverwritesWhatIsKnown) {
  Bench b;
  b.become_known();
  b.lab.run(2_s);
  b.far.sends(0_ms, arp_reply({.sender = "10.0.0.2", .target = "10.0.0.1", .sender_mac = kOther}));
  b.lab.run(10_ms);
  EXPECT_THAT(b.cache(), ElementsAre("10.0.0.2 REACHABLE " + kOther.to_string()));
}

TEST(Arp, ARP_09_AnyReplyCompletesAnEntryThatWaits) {
  Bench b;
  b.lab.ping(b.host, "10.0.0.2");
  b.far.sends(
      500_ms,
      arp_reply({.sender = "10.0.0.2", .target = "10.0.0.1", .sender_mac = kOther}).from(kOther));
  b.lab.run(1_s);
  EXPECT_FRAME(b.far.next(), arp(kRequest));
  EXPECT_FRAME(b.far.next(), at(502_ms), to(kOther), icmp(8, 0));
}

TEST(Arp, ARP_10_12_RequestsAtZeroOneAndTwoSecondsThenTheSenderIsTold) {
  Bench b;
  const Outcomes& ping = b.lab.ping(b.host, "10.0.0.2");
  b.lab.run(20_s);
  for (const Duration sent : {0_s, 1_s, 2_s})
    EXPECT_FRAME(b.far.next(), at(sent + 1_ms), to_all(), frame_length(60),
                 arp(kRequest, sender("10.0.0.1"), sender_mac(b.host_mac()), target("10.0.0.2"),
                     target_mac(MacAddress())));
  EXPECT_SILENCE(b.far);
  EXPECT_EQ(ping.result(), "unreachable: host unreachable (3/1) from 10.0.0.1");
  EXPECT_EQ(ping.when(), at_time(3_s));
  EXPECT_THAT(b.cache(), ElementsAre("10.0.0.2 FAILED"));
}

TEST(Arp, ARP_11_ARouterTellsTheSenderOfEveryPacketThatWaited) {
  Lab lab;
  FarEnd& c = lab.far("c", "10.0.0.2");
  IpNode& r = lab.router("r", {"10.0.0.1/24", "203.0.113.1/24"});
  FarEnd& s = lab.far("s");
  lab.cable(c, r);
  lab.cable(r, s);
  for (std::uint16_t port = 1; port <= 5; ++port)
    c.sends(100_ms * port, udp({.src = "10.0.0.2:1000", .dst = "203.0.113.99:53", .id = port}));
  lab.run(10_s);
  for (std::uint16_t id = 1; id <= 5; ++id)
    EXPECT_FRAME(c.next(), icmp(3, 1, quotes(dst("203.0.113.99"), ip_id(id), ttl(63))),
                 ipv4(src("10.0.0.1")), valid_checksums());
  EXPECT_SILENCE(c);
  // The first reached r at 101 ms; three seconds later r has to ask for c itself.
  EXPECT_EQ(c.heard().back().when, at_time(3104_ms));
}

TEST(Arp, ARP_13_PacketsWaitInOrder) {
  Bench b;
  b.lab.send_udp(b.host, "10.0.0.2:9", {.count = 5, .interval = 10_ms});
  b.far.sends(500_ms, arp_reply({.sender = "10.0.0.2", .target = "10.0.0.1"}));
  b.lab.run(1_s);
  EXPECT_FRAME(b.far.next(), arp(kRequest));
  std::uint16_t id = 0;
  for (int i = 0; i < 5; ++i) {
    const Sighting seen = b.far.next();
    ASSERT_FRAME(seen, at(502_ms), udp(dst_port(9)));
    const std::uint16_t this_id = Dissected(seen).ip->id();
    EXPECT_EQ(this_id, i == 0 ? this_id : std::uint16_t(id + 1));
    id = this_id;
  }
  EXPECT_SILENCE(b.far);
}

TEST(Arp, ARP_13_WhenTooManyWaitTheOldestGo) {
  Bench b;
  // Linux's unres_qlen_bytes, 212,992, counts 2,304 octets for each frame of this size.
  b.lab.send_udp(b.host, "10.0.0.2:9", {.payload = counting(1400), .count = 200, .interval = 1_ms});
  b.far.sends(900_ms, arp_reply({.sender = "10.0.0.2", .target = "10.0.0.1"}));
  b.lab.run(2_s);
  const auto drops = b.lab.drops();
  EXPECT_GT(drops.size(), 50u);
  EXPECT_THAT(drops, testing::Each("h: neighbor_queue_full"));
  (void)b.far.next();  // the request
  EXPECT_EQ(b.far.waiting(), 200 - drops.size());
}

TEST(Arp, ARP_14_15_16_AnOldEntryIsUsedCheckedAndLost) {
  Bench b;
  b.become_known();  // STALE
  b.lab.send_udp(b.host, "10.0.0.2:9", {});
  b.lab.run(100_ms);
  EXPECT_FRAME(b.far.next(), udp(dst_port(9)));  // at once
  b.lab.run(60_s);
  const Duration used = 10_ms;  // when it was used; checked 5 s later, by unicast
  for (const Duration later : {5_s, 6_s, 7_s})
    EXPECT_FRAME(b.far.next(), at(used + later + 1_ms), to(b.far.mac()),
                 arp(kRequest, target("10.0.0.2")));
  EXPECT_SILENCE(b.far);
  EXPECT_THAT(b.cache(), ElementsAre("10.0.0.2 FAILED"));
  b.lab.send_udp(b.host, "10.0.0.2:9", {});
  b.lab.run(100_ms);
  EXPECT_FRAME(b.far.next(), to_all(), arp(kRequest, target("10.0.0.2")));
}

TEST(Arp, ARP_15_AnAnswerToTheCheckConfirms) {
  Bench b;
  b.far.answer_arp_for("10.0.0.2");
  b.become_known();
  b.lab.send_udp(b.host, "10.0.0.2:9", {});
  b.lab.run(6_s);
  EXPECT_THAT(b.cache(), ElementsAre("10.0.0.2 REACHABLE 02:fa:00:00:00:01"));
}

TEST(Arp, ARP_21_AnAddressOfAnotherInterfaceIsAnsweredFor) {
  Lab lab;
  FarEnd& c = lab.far("c");
  IpNode& r = lab.router("r", {"10.0.0.1/24", "203.0.113.1/24"});
  lab.cable(c, r);
  c.sends(0_ms, arp_request({.sender = "10.0.0.2", .target = "203.0.113.1"}));
  lab.run(10_ms);
  EXPECT_FRAME(c.next(),
               arp(kReply, sender("203.0.113.1"), sender_mac(r.stack().interface(IfIndex{0}).mac)));
}

TEST(Arp, LoopbackIsNobodysAddressOnAWire) {
  Bench b;
  b.far.sends(0_ms, arp_request({.sender = "10.0.0.2", .target = "127.0.0.1"}));
  b.lab.run(10_ms);
  EXPECT_SILENCE(b.far);
}

TEST(Arp, ARP_22_TheRequestCarriesThePacketsSource) {
  Lab lab;
  IpNode& r = lab.router("r", {"10.0.0.1/24", "203.0.113.1/24"});
  FarEnd& c = lab.far("c", "10.0.0.2");
  FarEnd& s = lab.far("s");
  lab.cable(c, r);
  lab.cable(r, s);
  // The answer to s leaves from 10.0.0.1: that was the address asked.
  s.sends(0_ms, ping({.src = "203.0.113.10", .dst = "10.0.0.1"}));
  lab.run(10_ms);
  EXPECT_FRAME(s.next(), arp(kRequest, sender("10.0.0.1"), target("203.0.113.10")));
}

TEST(Arp, ARP_23_24_AProxyAnswersForWhatLiesBehindAnotherInterface) {
  struct Row {
    const char* target;
    bool answered;
  };
  const Row rows[] = {
      {"203.0.113.10", true},  // behind eth1
      {"10.0.0.77", false},    // on the asker's own link
      {"192.0.2.1", false},    // nowhere
  };
  for (const Row& row : rows) {
    Lab lab;
    FarEnd& c = lab.far("c");
    IpNode& r = lab.router("r", {{"10.0.0.1/24", {.proxy_arp = true}}, "203.0.113.1/24"});
    lab.cable(c, r);
    c.sends(0_ms, arp_request({.sender = "10.0.0.2", .target = row.target}));
    lab.run(2_s);
    if (row.answered) {
      const Sighting seen = c.next();
      EXPECT_FRAME(
          seen, arp(kReply, sender(row.target), sender_mac(r.stack().interface(IfIndex{0}).mac)));
      EXPECT_LE(seen.when, at_time(802_ms));
    }
    EXPECT_SILENCE(c);
  }
}

TEST(Arp, ARP_20_ConfiguringAnAddressSaysNothing) {
  Bench b;
  b.lab.run(10_s);
  EXPECT_SILENCE(b.far);
}

TEST(Arp, ARP_26_OtherKindsOfArpAreIgnored) {
  const Frame good = arp_request({.sender = "10.0.0.2", .target = "10.0.0.1"});
  Bench b;
  b.far.sends(0_ms, good.with_octet(1, 6));     // hardware type: IEEE 802
  b.far.sends(0_ms, good.with_octet(2, 0x86));  // protocol type
  b.far.sends(0_ms, good.with_octet(4, 8));     // hardware length
  b.far.sends(0_ms, good.with_octet(5, 16));    // protocol length
  b.far.sends(0_ms, good.with_octet(7, 3));     // RARP
  b.lab.run(10_ms);
  EXPECT_SILENCE(b.far);
  EXPECT_THAT(b.cache(), IsEmpty());
  b.far.sends(0_ms, good);
  b.lab.run(10_ms);
  EXPECT_FRAME(b.far.next(), arp(kReply), frame_length(60));
}

TEST(Arp, AStaticNeighbourIsNeverAskedForAndNeverMoved) {
  Bench b;
  b.host.stack().add_neighbor(IfIndex{0}, ip("10.0.0.2"), kOther);
  b.far.sends(0_ms, arp_reply({.sender = "10.0.0.2", .target = "10.0.0.1"}));
  b.lab.run(10_ms);
  b.lab.send_udp(b.host, "10.0.0.2:9", {});
  b.lab.run(100_s);
  EXPECT_FRAME(b.far.next(), to(kOther), udp());
  EXPECT_SILENCE(b.far);
}

}  // namespace
}  // namespace natsim::lab
