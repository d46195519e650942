// Goal: what one part posts comes out in the other one as it would have from a cable of its own.
#include "sim/link/mailbox.h"

#include <gtest/gtest.h>

#include "tests/support/lab.h"

namespace natsim::lab {
namespace {

/// Two lanes, and what comes out of the second one.
class Mail : public testing::Test, private FrameHandler {
 protected:
  struct Arrived {
    Instant when;
    EventOrder order;
    JourneyId journey;
    Bytes bytes;
    std::size_t headroom;
    std::uint8_t flags;
  };

  Packet packet(std::initializer_list<std::uint8_t> bytes, std::size_t headroom = 6) {
    Packet frame = here_.pool.copy(Bytes(bytes), headroom);
    frame.set_journey({bytes.size()});
    frame.set_flags(Packet::kL4ChecksumGood);
    return frame;
  }

  Lane here_, there_;
  Interface to_{there_, *this, NodeId{1}, IfIndex{0}, "eth0", MacAddress(), 1500};
  Landing landing_{there_, to_};
  Mailbox mailbox_;
  std::vector<Arrived> arrived_;

 private:
  void on_frame(Interface&, Packet&& frame) override {
    const ByteSpan bytes = frame.bytes();
    arrived_.push_back({there_.simulator.now(), there_.simulator.order(), frame.journey(),
                        Bytes(bytes.begin(), bytes.end()), frame.headroom(), frame.flags()});
  }
};

TEST_F(Mail, KeepsBytesTimesAndPlaces) {
  mailbox_.post(landing_, Instant() + 5_us, 77, packet({1, 2, 3}));
  mailbox_.post(landing_, Instant() + 6_us, 42, packet({4}, 20));
  EXPECT_EQ(here_.pool.live(), 0u) << "the bytes were copied";
  EXPECT_EQ(mailbox_.turn(), Instant() + 5_us);
  mailbox_.take(there_.pool);
  EXPECT_EQ(there_.pool.live(), 2u);
  there_.simulator.run_until(Instant() + 1_ms);
  ASSERT_EQ(arrived_.size(), 2u);
  EXPECT_EQ(arrived_[0].when, Instant() + 5_us);
  EXPECT_EQ(arrived_[0].order, 77u);
  EXPECT_EQ(arrived_[0].bytes, (Bytes{1, 2, 3}));
  EXPECT_EQ(arrived_[0].journey, JourneyId{3});
  EXPECT_EQ(arrived_[0].flags, Packet::kL4ChecksumGood);
  EXPECT_EQ(arrived_[1].when, Instant() + 6_us);
  EXPECT_EQ(arrived_[1].order, 42u);
  EXPECT_EQ(arrived_[1].headroom, 20u);
  EXPECT_EQ(landing_.delivered(), 2u);
}

TEST_F(Mail, IsNotThereBeforeTheBoxesTurn) {
  mailbox_.post(landing_, Instant() + 5_us, 1, packet({1}));
  mailbox_.take(there_.pool);
  EXPECT_EQ(there_.simulator.events_pending(), 0u);
  EXPECT_EQ(mailbox_.turn(), Instant() + 5_us);
  mailbox_.post(landing_, Instant() + 9_us, 2, packet({2}));
  mailbox_.take(there_.pool);
  there_.simulator.run_until(Instant() + 1_ms);
  EXPECT_EQ(arrived_.size(), 1u);
  EXPECT_EQ(mailbox_.turn(), Instant() + 9_us);
}

TEST_F(Mail, OfNothingIsNeverDue) { EXPECT_EQ(mailbox_.turn(), Instant::never()); }

}  // namespace
}  // namespace natsim::lab
