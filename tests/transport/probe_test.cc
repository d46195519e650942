// What an ICMP error makes of a probe, and how outcomes read.
#include "sim/transport/probe.h"

#include <gtest/gtest.h>

namespace natsim {
namespace {

const IpAddress kRouter = Ipv4Address::of(203, 0, 113, 1);
const IpAddress kRouterV6 = *IpAddress::parse("2001:db8::1");

// TCP-39
TEST(Probe, IcmpErrorsMeanWhatTheyMeanToALinuxSocket) {
  const struct {
    std::uint8_t type, code;
    ProbeResult result;
  } rows[] = {
      // ENETUNREACH and EHOSTUNREACH
      {3, 0, ProbeResult::unreachable},
      {3, 9, ProbeResult::unreachable},
      {3, 1, ProbeResult::unreachable},
      {3, 10, ProbeResult::unreachable},
      {3, 13, ProbeResult::unreachable},
      {11, 0, ProbeResult::unreachable},
      // ECONNREFUSED and ENOPROTOOPT
      {3, 3, ProbeResult::refused},
      {3, 2, ProbeResult::refused},
      // EPROTO
      {12, 0, ProbeResult::unreachable},
      // no error
      {3, 4, ProbeResult::pending},
      {4, 0, ProbeResult::pending},
      {5, 1, ProbeResult::pending},
      {11, 1, ProbeResult::pending},
  };
  for (const auto& row : rows)
    EXPECT_EQ(result_of({kRouter, row.type, row.code}), row.result)
        << +row.type << "/" << +row.code;
}

TEST(Probe, Icmpv6ErrorsMeanTheSameUnderTheirOwnNumbers) {
  EXPECT_EQ(result_of({kRouterV6, 1, 0}), ProbeResult::unreachable);
  EXPECT_EQ(result_of({kRouterV6, 1, 4}), ProbeResult::refused);
  EXPECT_EQ(result_of({kRouterV6, 2, 0}), ProbeResult::pending);
  EXPECT_EQ(result_of({kRouterV6, 3, 0}), ProbeResult::unreachable);
  EXPECT_EQ(result_of({kRouterV6, 3, 1}), ProbeResult::pending);
}

TEST(Probe, OutcomeSaysWhoRefusedAndWhy) {
  EXPECT_EQ(ProbeOutcome{ProbeResult::answered}.to_string(), "answered");
  const ProbeOutcome outcome{ProbeResult::unreachable, {kRouter, 12, 0}};
  EXPECT_EQ(outcome.to_string(), "unreachable: parameter problem (12/0) from 203.0.113.1");
  const ProbeOutcome v6{ProbeResult::refused, {kRouterV6, 1, 4}};
  EXPECT_EQ(v6.to_string(), "refused: ICMPv6 (1/4) from 2001:db8::1");
}

}  // namespace
}  // namespace natsim
