// Raw input: frames as written, and captures of another run at their own pace; and the rest of what
// a scenario can say about when things happen.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/capture/read.h"
#include "tests/scenario/simulation.h"
#include "tests/scenario/story.h"
#include "tests/scenario/topologies.h"

namespace natsim::scenario {
namespace {

using namespace natsim::lab;  // NOLINT: its words are made to be read like this
using testing::Each;
using testing::HasSubstr;
using testing::SizeIs;

const char* const kProbeMac = "02:00:00:00:00:99";

/// One run recorded, as far as the client sent it, and replayed in another.
class Replay : public testing::Test {
 protected:
  void SetUp() override {
    folder_.write("recorded.yaml", data_text("recorded.yaml"));
    folder_.write("raw-input.yaml", text_);
    const Finished recording = run_natsim({"run", "recorded.yaml", "-o", "recorded", "--filter",
                                           std::string("ether src ") + kProbeMac},
                                          folder_.path());
    ASSERT_EQ(recording.status, 0) << recording.err;
    finished_ = run_natsim({"run", "raw-input.yaml", "-o", "captures"}, folder_.path());
    ASSERT_EQ(finished_.status, 0) << finished_.out << finished_.err;
  }

  Sightings read(const std::string& name) const {
    auto frames = read_capture(folder_ / name);
    Sightings all;
    if (!frames.ok()) return all;
    for (CapturedFrame& frame : *frames)
      all.push_back({Instant() + frame.offset, std::move(frame.bytes), nullptr});
    return all;
  }

  static Sightings only(const Sightings& frames, const std::vector<Check>& checks) {
    Sightings some;
    for (const Sighting& frame : frames)
      if (!all(checks)(Dissected(frame))) some.push_back(frame);
    return some;
  }

  static std::vector<Duration> gaps(const Sightings& frames) {
    std::vector<Duration> between;
    for (std::size_t i = 1; i < frames.size(); ++i)
      between.push_back(frames[i].when - frames[i - 1].when);
    return between;
  }

  const std::string text_ = data_text("raw-input.yaml");
  const Folder folder_;
  Finished finished_;
};

TEST_F(Replay, PutsTheRecordedFramesOnTheCableAtTheirOwnPace) {
  const Sightings recorded = read("recorded/client-eth0.pcap");
  ASSERT_GE(recorded.size(), 7u) << "ARP, three pings, a datagram, SYN, ACK, FIN";
  Sightings sent = only(read("captures/probe-eth0.pcap"), {from(mac(kProbeMac))});
  ASSERT_THAT(sent, SizeIs(3 + recorded.size())) << "three frames by hand come first";
  sent.erase(sent.begin(), sent.begin() + 3);
  const Duration begin = sent.front().when - recorded.front().when;
  for (Sighting& frame : sent) frame.when = frame.when - begin;
  EXPECT_EQ(sent, recorded);
}

TEST_F(Replay, ServerAnswersWhatIsReplayed) {
  const Sightings server = read("captures/server-eth0.pcap");
  const MacAddress probe = mac(kProbeMac);
  EXPECT_THAT(only(server, {icmp(0, 0), to(probe), dst("10.1.0.99"), valid_checksums()}),
              SizeIs(3));
  EXPECT_THAT(only(server, {udp(src("10.1.0.10")), dst("10.1.0.99"), payload("hello")}), SizeIs(1));
  EXPECT_THAT(only(server, {tcp(flags(TcpFlags(kTcpSyn | kTcpAck))), dst("10.1.0.99")}),
              testing::Not(SizeIs(0)));
}

TEST_F(Replay, FrameIsSentAsOftenAsItSays) {
  const Check request = arp(ArpOperation::request, sender("10.1.0.99"), target("10.1.0.10"));
  const Sightings by_hand = only(read("captures/probe-eth0.pcap"), {request});
  ASSERT_THAT(by_hand, SizeIs(4)) << "and once as recorded";
  EXPECT_EQ(by_hand[1].when - by_hand[0].when, Duration::milliseconds(20));
  EXPECT_EQ(by_hand[2].when - by_hand[1].when, Duration::milliseconds(20));
  EXPECT_THAT(by_hand.front().bytes, SizeIs(60)) << "padded to the shortest legal frame";
  EXPECT_THAT(only(read("captures/probe-eth0.pcap"),
                   {arp(ArpOperation::reply, sender("10.1.0.10")), to(mac(kProbeMac))}),
              SizeIs(4));
}

TEST_F(Replay, DatagramsAreSentAsOftenAsTheyAre) {
  const Sightings datagrams =
      only(read("captures/client-eth0.pcap"), {udp(src("10.1.0.11")), total_length(20 + 8 + 64)});
  ASSERT_THAT(datagrams, SizeIs(5));
  EXPECT_THAT(gaps(datagrams), Each(Duration::milliseconds(250)));
}

TEST_F(Replay, ProbesWithATimeAreSentThen) {
  EXPECT_THAT(finished_.out, HasSubstr("\n  0.500000  client"));
  EXPECT_THAT(finished_.out, HasSubstr("\n  5.000000  client"));
  EXPECT_THAT(finished_.out, HasSubstr("3 of 3 checks met"));
}

TEST_F(Replay, SameBytesAgain) {
  const Finished again = run_natsim({"run", "raw-input.yaml", "-o", "again"}, folder_.path());
  EXPECT_EQ(again.status, 0);
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / "captures"))
    EXPECT_EQ(read_text(entry.path().string()),
              read_text(folder_ / ("again/" + entry.path().filename().string())))
        << entry.path();
}

TEST_F(Replay, ReadsPcapngAlike) {
  folder_.write("raw-input.yaml", edited(text_, "client-eth0.pcap", "recorded.pcapng"));
  const Finished run = run_natsim({"run", "raw-input.yaml", "-o", "pcapng"}, folder_.path());
  EXPECT_EQ(run.status, 0) << run.err;
  // The pcapng file also has the server's sight of every frame, 50 µs later.
  const Sightings sent = only(read("pcapng/probe-eth0.pcap"), {from(mac(kProbeMac))});
  EXPECT_THAT(sent, SizeIs(3 + 2 * read("recorded/client-eth0.pcap").size()));
}

TEST_F(Replay, CaptureThatIsNotThereIsNoRun) {
  folder_.write("raw-input.yaml", edited(text_, "recorded/", "lost/"));
  const Finished run = run_natsim({"run", "raw-input.yaml"}, folder_.path());
  EXPECT_EQ(run.status, 3);
  EXPECT_THAT(run.err, HasSubstr("raw-input.yaml:"));
  EXPECT_THAT(run.err, HasSubstr("cannot replay 'lost/client-eth0.pcap'"));
  EXPECT_EQ(run.out, "");
}

TEST(Traffic, RepeatsWithItsOwnDefaults) {
  // One second between pings, 10 ms between connections.
  const std::string text = up_to_key(topology_text("two-lans-router"), "traffic") +
                           "traffic:\n"
                           "  - {at: 1s, from: alice, ping: bob, count: 3}\n"
                           "  - {at: 1s, from: alice, tcp: \"bob:22\", count: 3}\n";
  const Story story("two-lans-router", text);
  const Sightings pings = story.seen("alice-eth0", {icmp(8, 0)});
  ASSERT_THAT(pings, SizeIs(3));
  EXPECT_EQ(pings[2].when - pings[1].when, Duration::seconds(1)) << "the first waits for ARP";
  const Sightings opened = story.seen("alice-eth0", {lab::tcp(flags(kTcpSyn))});
  ASSERT_THAT(opened, SizeIs(3));
  EXPECT_EQ(opened[2].when - opened[1].when, Duration::milliseconds(10));
}

TEST(Traffic, UntilEndsTheRun) {
  const Folder folder;
  folder.write("home-nat.yaml", topology_text("home-nat"));
  const Finished run =
      run_natsim({"run", "home-nat.yaml", "--no-capture", "--until", "3500ms"}, folder.path());
  EXPECT_THAT(run.out, HasSubstr("\n  3.000000  laptop  →"));
  EXPECT_THAT(run.out, testing::Not(HasSubstr("\n  5.000000  laptop  →")));
  EXPECT_EQ(run.status, 1) << "expectations that were not judged are not met";
}

}  // namespace
}  // namespace natsim::scenario
