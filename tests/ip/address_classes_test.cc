// Goal: martians are dropped everywhere, private and reserved addresses on the Internet only.
#include "sim/ip/address_classes.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/ip/address_text.h"

namespace natsim {
namespace {

// IPV4-23, IPV4-25: as measured on Linux with rp_filter off.
TEST(MartianSource, OnlyWhatNoHostCanBe) {
  const Ipv4Address somewhere = ip("203.0.113.10");
  for (const char* martian : {"127.0.0.1", "127.255.255.255", "0.0.0.0", "0.1.2.3",
                              "255.255.255.255", "224.0.0.1", "239.255.255.255"})
    EXPECT_TRUE(is_martian_source(ip(martian), somewhere)) << martian;
  for (const char* fine : {"240.1.2.3", "10.0.0.1", "192.168.77.7", "169.254.9.9", "100.64.0.9",
                           "10.0.0.255", "8.8.8.8", "255.255.255.254"})
    EXPECT_FALSE(is_martian_source(ip(fine), somewhere)) << fine;
}

TEST(MartianSource, ClientWithoutAnAddressMayBroadcast) {
  EXPECT_FALSE(is_martian_source(ip("0.0.0.0"), ip("255.255.255.255")));
  EXPECT_TRUE(is_martian_source(ip("0.0.0.1"), ip("255.255.255.255")));
  EXPECT_TRUE(is_martian_source(ip("127.0.0.1"), ip("255.255.255.255")));
}

// IPV4-24
TEST(MartianDestination, LoopbackAndNothing) {
  for (const char* martian : {"127.0.0.1", "0.0.0.0", "0.255.255.255"})
    EXPECT_TRUE(is_martian_destination(ip(martian))) << martian;
  for (const char* fine : {"255.255.255.255", "224.0.0.5", "240.1.2.3", "10.0.0.1"})
    EXPECT_FALSE(is_martian_destination(ip(fine))) << fine;
}

constexpr InternetProfile kStrict{false};
constexpr InternetProfile kDocumentationIsPublic{true};

std::string name(const SpecialBlock* block) {
  return block == nullptr ? "-" : block->prefix().to_string() + " " + block->source;
}

// IPV4-26, IPV4-27
TEST(Bogons, AreNamedByTheirBlock) {
  const struct {
    const char* address;
    const char* as_source;
    const char* as_destination;
  } rows[] = {
      {"0.0.0.0", "0.0.0.0/8 RFC 1122", "0.0.0.0/8 RFC 1122"},
      {"10.255.0.1", "10.0.0.0/8 RFC 1918", "10.0.0.0/8 RFC 1918"},
      {"100.64.0.1", "100.64.0.0/10 RFC 6598", "100.64.0.0/10 RFC 6598"},
      {"100.128.0.1", "-", "-"},
      {"127.0.0.1", "127.0.0.0/8 RFC 1122", "127.0.0.0/8 RFC 1122"},
      {"169.254.1.1", "169.254.0.0/16 RFC 3927", "169.254.0.0/16 RFC 3927"},
      {"172.31.255.255", "172.16.0.0/12 RFC 1918", "172.16.0.0/12 RFC 1918"},
      {"172.32.0.0", "-", "-"},
      {"192.0.0.8", "192.0.0.0/24 RFC 6890", "192.0.0.0/24 RFC 6890"},
      {"192.168.1.1", "192.168.0.0/16 RFC 1918", "192.168.0.0/16 RFC 1918"},
      {"198.19.255.255", "198.18.0.0/15 RFC 2544", "198.18.0.0/15 RFC 2544"},
      // A group may be spoken to, but does not speak.
      {"224.0.0.5", "224.0.0.0/4 RFC 5771", "-"},
      {"240.0.0.1", "240.0.0.0/4 RFC 1112", "240.0.0.0/4 RFC 1112"},
      {"203.0.113.5", "203.0.113.0/24 RFC 5737", "203.0.113.0/24 RFC 5737"},
      {"8.8.8.8", "-", "-"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(name(bogon_source(ip(row.address), kStrict)), row.as_source) << row.address;
    EXPECT_EQ(name(bogon_destination(ip(row.address), kStrict)), row.as_destination) << row.address;
  }
}

TEST(Bogons, DocumentationBlocksMayStandForPublicOnes) {
  for (const char* address : {"192.0.2.1", "198.51.100.7", "203.0.113.80"}) {
    EXPECT_NE(bogon_source(ip(address), kStrict), nullptr) << address;
    EXPECT_EQ(bogon_source(ip(address), kDocumentationIsPublic), nullptr) << address;
  }
  EXPECT_NE(bogon_source(ip("10.0.0.1"), kDocumentationIsPublic), nullptr);
}

TEST(InternetLeak, EitherAddressGivesThePacketAway) {
  const auto leak = [](const char* source, const char* destination) {
    return name(internet_leak(ip(source), ip(destination), kDocumentationIsPublic));
  };
  EXPECT_EQ(leak("192.168.1.100", "203.0.113.80"), "192.168.0.0/16 RFC 1918");
  EXPECT_EQ(leak("203.0.113.2", "10.1.2.3"), "10.0.0.0/8 RFC 1918");
  EXPECT_EQ(leak("203.0.113.2", "198.51.100.7"), "-");
  // DHCP with the provider stays on the link.
  EXPECT_EQ(leak("0.0.0.0", "255.255.255.255"), "-");
  EXPECT_EQ(leak("203.0.113.1", "255.255.255.255"), "-");
  EXPECT_EQ(leak("192.168.1.1", "255.255.255.255"), "192.168.0.0/16 RFC 1918");
}

TEST(PrivateAddress, IsInOneOfThreeBlocks) {
  for (const char* address : {"10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255",
                              "192.168.0.0", "192.168.255.255"})
    EXPECT_TRUE(is_private(ip(address))) << address;
  for (const char* address : {"9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0",
                              "192.167.255.255", "192.169.0.0", "100.64.0.1"})
    EXPECT_FALSE(is_private(ip(address))) << address;
}

}  // namespace
}  // namespace natsim
