// A DHCP pool's books: one address a client, and nobody loses a running lease.
#include "sim/service/dhcp_pool.h"

#include <gtest/gtest.h>

#include "tests/service/dhcp_bench.h"

namespace natsim {
namespace {

using namespace dhcp_bench;

const DhcpClientIdentity kClient{{1, 2, 0, 0, 0, 0, 7}, kLaptop, "laptop"};
const DhcpClientIdentity kOther{{1, 2, 0, 0, 0, 0, 8}, kPhone, ""};
constexpr Ipv4Address kSecond = Ipv4Address::of(192, 168, 1, 101);

DhcpPool home_pool() { return DhcpPool(home_server().pools[0]); }

TEST(DhcpPool, ClientHasOneAddressAtATime) {
  DhcpPool pool = home_pool();
  pool.bind(kClient, kFirst, {}, 1_h);
  pool.offer(kClient, kSecond, {});
  EXPECT_EQ(pool.leases({}).size(), 1u);
  EXPECT_EQ(pool.find(kClient.key)->address, kSecond);
  EXPECT_TRUE(pool.may_have(kOther, kFirst, {}));
}

TEST(DhcpPool, NewOfferOfTheSameAddressLeavesTheLeaseAlone) {
  DhcpPool pool = home_pool();
  pool.bind(kClient, kFirst, {}, 1_h);
  pool.offer(kClient, kFirst, at(10_s));
  EXPECT_EQ(pool.find(kFirst)->state, LeaseState::bound);
  EXPECT_EQ(pool.find(kFirst)->expires, at(1_h));
  pool.withdraw(kClient.key);
  EXPECT_EQ(pool.find(kFirst)->state, LeaseState::bound);
  // After the lease's end it is an offer like any other.
  pool.offer(kClient, kFirst, at(2_h));
  EXPECT_EQ(pool.find(kFirst)->state, LeaseState::offered);
}

TEST(DhcpPool, AddressThatFindsANewOwnerIsForgottenByTheOldOne) {
  DhcpPool pool = home_pool();
  pool.bind(kClient, kFirst, {}, 60_s);
  EXPECT_FALSE(pool.may_have(kOther, kFirst, at(59_s)));
  ASSERT_TRUE(pool.may_have(kOther, kFirst, at(60_s)));
  pool.bind(kOther, kFirst, at(60_s), 60_s);
  EXPECT_EQ(pool.find(kClient.key), nullptr);
  EXPECT_FALSE(pool.release(kClient.key, kFirst, at(61_s)));
  EXPECT_FALSE(pool.decline(kClient.key, kFirst, at(61_s)));
  EXPECT_EQ(pool.find(kFirst)->client.key, kOther.key);
}

TEST(DhcpPool, SubnetsOwnAddressesAreNeverGivenOut) {
  DhcpPoolOptions options = home_server().pools[0];
  options.subnet = *Prefix::parse("192.168.1.0/30");
  options.first = Ipv4Address::of(192, 168, 1, 0);
  options.last = Ipv4Address::of(192, 168, 1, 3);
  const DhcpPool pool(options);  // .0 network, .1 router, .3 broadcast
  EXPECT_EQ(pool.choose(kClient, {}, {}), Ipv4Address::of(192, 168, 1, 2));
  EXPECT_EQ(pool.choose(kOther, Ipv4Address::of(192, 168, 1, 1), {}),
            Ipv4Address::of(192, 168, 1, 2));
}

}  // namespace
}  // namespace natsim
