// DHCP options: typed access, order, and the three packed encodings.
#include "sim/wire/dhcp_options.h"

#include <gtest/gtest.h>

#include "sim/wire/dhcp_encoding.h"
#include "tests/wire/golden.h"

namespace natsim {
namespace {

std::vector<int> codes(const DhcpOptions& options) {
  std::vector<int> codes;
  for (const DhcpOption& option : options.list()) codes.push_back(int(option.code));
  return codes;
}

// DHCP-33
TEST(DhcpOptions, EveryKindIsWrittenAndReadBack) {
  const std::vector<Ipv4Address> pair{Ipv4Address::of(192, 168, 1, 1), kServer};
  DhcpOptions o;
  for (const auto code : {DhcpCode::subnet_mask, DhcpCode::broadcast_address,
                          DhcpCode::requested_address, DhcpCode::server_identifier}) {
    o.set_address(code, kClient);
    EXPECT_EQ(o.address(code), kClient) << int(code);
  }
  for (const auto code : {DhcpCode::router, DhcpCode::dns_server, DhcpCode::ntp_server,
                          DhcpCode::netbios_name_server}) {
    o.set_addresses(code, pair);
    EXPECT_EQ(o.addresses(code), pair) << int(code);
  }
  for (const auto code : {DhcpCode::interface_mtu, DhcpCode::message_size_max}) {
    o.set_u16(code, 1400);
    EXPECT_EQ(o.u16(code), 1400) << int(code);
  }
  for (const auto code : {DhcpCode::lease_time, DhcpCode::renewal_time, DhcpCode::rebinding_time}) {
    o.set_u32(code, 86400);
    EXPECT_EQ(o.u32(code), 86400u) << int(code);
  }
  for (const auto code :
       {DhcpCode::host_name, DhcpCode::domain_name, DhcpCode::message, DhcpCode::vendor_class,
        DhcpCode::tftp_server_name, DhcpCode::boot_file_name}) {
    o.set_text(code, "text");
    EXPECT_EQ(o.text(code), "text") << int(code);
  }
  for (const auto code :
       {DhcpCode::vendor_specific, DhcpCode::parameter_request_list, DhcpCode::client_identifier}) {
    o.set(code, {1, 2, 3});
    ASSERT_NE(o.find(code), nullptr) << int(code);
    EXPECT_EQ(*o.find(code), (Bytes{1, 2, 3})) << int(code);
  }
  EXPECT_EQ(o.list().size(), 22u);
}

TEST(DhcpOptions, SettingAgainKeepsThePlace) {
  DhcpOptions o;
  o.set_u32(DhcpCode::lease_time, 1);
  o.set_text(DhcpCode::host_name, "a");
  o.set_u32(DhcpCode::lease_time, 2);
  EXPECT_EQ(codes(o), (std::vector{51, 12}));
  EXPECT_EQ(o.u32(DhcpCode::lease_time), 2u);
  o.remove(DhcpCode::lease_time);
  EXPECT_FALSE(o.has(DhcpCode::lease_time));
  EXPECT_EQ(codes(o), std::vector{12});
}

TEST(DhcpOptions, DataOfTheWrongKindIsNoValue) {
  DhcpOptions o;
  o.set(DhcpCode::router, hex("c0 a8 01"));
  o.set(DhcpCode::dns_server, {});
  o.set(DhcpCode::interface_mtu, hex("05"));
  o.set(DhcpCode::lease_time, hex("00 00 00 01 00"));
  o.set(DhcpCode::host_name, hex("00 00"));
  EXPECT_FALSE(o.address(DhcpCode::router));
  EXPECT_FALSE(o.addresses(DhcpCode::router));
  EXPECT_FALSE(o.addresses(DhcpCode::dns_server));
  EXPECT_FALSE(o.u16(DhcpCode::interface_mtu));
  EXPECT_FALSE(o.u32(DhcpCode::lease_time));
  EXPECT_FALSE(o.text(DhcpCode::host_name));
  EXPECT_FALSE(o.text(DhcpCode::domain_name)) << "absent";
}

// RFC 2132 2
TEST(DhcpOptions, TrailingNulsAreNoText) {
  DhcpOptions o;
  o.set(DhcpCode::host_name, hex("68 6f 73 74 00 00"));
  EXPECT_EQ(o.text(DhcpCode::host_name), "host");
}

// DHCP-33; the example of RFC 3442: a default route, 10/8 and 10.17/16.
TEST(DhcpOptions, ClasslessRoutes) {
  const Ipv4Address router = Ipv4Address::of(192, 168, 1, 1);
  const std::vector<ClasslessRoute> routes{
      {*Prefix::parse("0.0.0.0/0"), router},
      {*Prefix::parse("10.0.0.0/8"), router},
      {*Prefix::parse("10.17.0.0/16"), router},
      {*Prefix::parse("10.27.129.0/25"), Ipv4Address{}},
      {*Prefix::parse("10.198.122.47/32"), router},
  };
  DhcpOptions o;
  o.set_classless_routes(routes);
  EXPECT_EQ(*o.find(DhcpCode::classless_routes),
            hex("00 c0 a8 01 01  08 0a c0 a8 01 01  10 0a 11 c0 a8 01 01"
                "19 0a 1b 81 00 00 00 00 00  20 0a c6 7a 2f c0 a8 01 01"));
  EXPECT_EQ(o.classless_routes(), routes);
}

TEST(DhcpOptions, ClasslessRouteWithHostBitsIsItsNetwork) {
  const auto routes = decode_classless_routes(hex("14 0a 11 ff c0 a8 01 01"));
  ASSERT_TRUE(routes);
  EXPECT_EQ(routes->front().destination, *Prefix::parse("10.17.240.0/20"));
}

TEST(DhcpOptions, MalformedClasslessRoutes) {
  for (const char* bytes :
       {"", "21 0a 00 00 00 00 c0 a8 01 01", "18 0a 11", "00 c0 a8 01", "00 c0 a8 01 01 08"})
    EXPECT_FALSE(decode_classless_routes(hex(bytes))) << bytes;
}

// DHCP-30
TEST(DhcpOptions, RelayAgentInformation) {
  const RelayAgentInformation both{hex("65 74 68 30"), hex("02 00 00 00 00 01")};
  DhcpOptions o;
  o.set_relay_agent_information(both);
  EXPECT_EQ(*o.find(DhcpCode::relay_agent_information),
            hex("01 04 65 74 68 30 02 06 02 00 00 00 00 01"));
  EXPECT_EQ(o.relay_agent_information(), both);
  // Link selection (RFC 3527) is not ours to read.
  EXPECT_EQ(decode_relay_agent_information(hex("05 04 0a 00 00 00")), RelayAgentInformation{});
  EXPECT_FALSE(decode_relay_agent_information(hex("01 04 65 74 68")));
  EXPECT_FALSE(decode_relay_agent_information(hex("01")));
}

// DHCP-33; RFC 3397 2: eng.apple.com and marketing.apple.com, compressed.
TEST(DhcpOptions, DomainSearchReadsCompressedNames) {
  const Bytes example =
      hex("03 65 6e 67 05 61 70 70 6c 65 03 63 6f 6d 00"
          "09 6d 61 72 6b 65 74 69 6e 67 c0 04");
  const std::vector<std::string> names{"eng.apple.com", "marketing.apple.com"};
  EXPECT_EQ(decode_domain_search(example), names);
  DhcpOptions o;
  o.set_domain_search(names);
  EXPECT_EQ(o.domain_search(), names);
  EXPECT_EQ(o.find(DhcpCode::domain_search)->size(), 15u + 21u) << "written uncompressed";
}

TEST(DhcpOptions, MalformedDomainSearch) {
  const struct {
    const char* what;
    const char* bytes;
  } rows[] = {
      {"nothing", ""},
      {"the root alone", "00"},
      {"no end", "03 65 6e 67"},
      {"label beyond the data", "04 65 6e 67"},
      {"pointer to itself", "c0 00"},
      {"pointer forward", "03 65 6e 67 c0 06 01 61 00"},
      {"loop through a label", "01 61 c0 00"},
      {"half a pointer", "01 61 c0"},
      {"reserved label type", "40 61 00"},
      {"a dot within a label", "03 61 2e 62 00"},
      {"a control character", "01 0a 00"},
  };
  for (const auto& row : rows) EXPECT_FALSE(decode_domain_search(hex(row.bytes))) << row.what;
}

TEST(DhcpOptions, NamesOfMoreThan253CharactersAreRefused) {
  Bytes name;
  for (int label = 0; label < 5; ++label) {
    name.push_back(63);
    name.insert(name.end(), 63, std::uint8_t('a'));
  }
  name.push_back(0);
  EXPECT_FALSE(decode_domain_search(name));
}

}  // namespace
}  // namespace natsim
