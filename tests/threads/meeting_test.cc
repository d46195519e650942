// Goal: who looks at a node of another part sees it as it is at that very event. Method: datagrams
// to a host by its name, from afar, around the moment at which it gets its address by DHCP.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/network/spec_builder.h"
#include "tests/threads/witness.h"

namespace natsim::threads {
namespace {

/// sender ──2 ms── router ── lan ── client, whose lease is the router's to give.
spec::Topology with_datagrams(Instant first, Duration interval, std::int64_t count) {
  spec::Cable near, far;
  near.delay = Duration();
  near.bandwidth_bps = 10'000'000;  // so that the lease comes at an odd time
  far.delay = Duration::milliseconds(2);
  test::Spec spec;
  spec.network("lan", near);
  spec.router("router").eth("lan", {.network = "lan", .addresses = {"10.0.0.1/24"}});
  spec.eth("wan", {.addresses = {"172.16.0.1/24"}});
  spec.dhcp("lan", {.first = "10.0.0.100", .last = "10.0.0.199"});
  spec.host("client").eth("eth0", {.network = "lan", .dhcp4 = true});
  spec.host("sender").eth("eth0", {.addresses = {"172.16.0.2/24"}}).gateway("172.16.0.1");
  spec.link("sender:eth0", "router:wan", far);
  spec::Topology topology = spec.build();
  for (std::int64_t i = 0; i < count; ++i) {
    spec::Traffic item;
    item.at = first + interval * i;
    item.from.node = "sender";
    spec::Target target;
    target.node = "client";
    target.port = std::uint16_t(9);
    if (i % 2 == 0)
      item.what = spec::UdpSend{target, "hello"};
    else
      item.what = spec::TcpConnect{target};
    topology.traffic.push_back(item);
  }
  return topology;
}

/// The first datagram that found an address, of those in the file.
std::int64_t first_to_find_it(const Account& account) {
  const auto found =
      std::find_if(account.results.begin(), account.results.end(), [](const std::string& result) {
        return result.find("has no address yet") == std::string::npos;
      });
  return found - account.results.begin();
}

TEST(Meeting, SeesAnAddressFromTheEventOnThatBringsIt) {
  const Account coarse =
      run_scenario(with_datagrams(Instant(), Duration::milliseconds(10), 500), {});
  const std::int64_t lease = first_to_find_it(coarse);
  ASSERT_GT(lease, 0);
  ASSERT_LT(lease, 500);
  const Instant before = Instant() + Duration::milliseconds(10) * (lease - 1);
  const spec::Topology topology = with_datagrams(before, Duration::microseconds(20), 600);
  for (const bool watched : {true, false}) {
    const Account one = run_scenario(topology, {.watched = watched});
    EXPECT_GT(first_to_find_it(one), 0);
    EXPECT_LT(first_to_find_it(one), 600);
    for (const bool share : {true, false}) {
      const Account two =
          run_scenario(topology, {.threads = 2, .watched = watched, .share_everything = share});
      EXPECT_EQ(two.parts, 2u);
      EXPECT_EQ(difference(one, two), "");
    }
  }
}

}  // namespace
}  // namespace natsim::threads
