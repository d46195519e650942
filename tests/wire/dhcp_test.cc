// DHCP messages: golden exchanges, padding to BOOTP's length, overloaded fields, malformed input.
#include "sim/wire/dhcp.h"

#include <gtest/gtest.h>

#include <functional>

#include "tests/wire/dhcp_golden.h"

namespace natsim {
namespace {

/// `fixed part of the discover` + `options`.
Bytes with_options(const Bytes& options) {
  Bytes message = dhcp_discover_golden();
  message.resize(kDhcpFixedBytes);
  return joined(message, options);
}

void put(Bytes& message, std::size_t at, const Bytes& bytes) {
  std::copy(bytes.begin(), bytes.end(), message.begin() + std::ptrdiff_t(at));
}

constexpr std::size_t kSname = 44;
constexpr std::size_t kFile = 108;

// DHCP-01
TEST(Dhcp, DiscoverIsWrittenAndRead) {
  ASSERT_EQ(dhcp_discover().size(), 300u);
  Bytes out = unwritten(301);
  dhcp_discover().emit(out);
  EXPECT_EQ(out, joined(dhcp_discover_golden(), hex("a5")));
  const auto parsed = DhcpMessage::parse(dhcp_discover_golden());
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(*parsed, dhcp_discover());
}

// DHCP-02
TEST(Dhcp, OfferKeepsTheOrderOfItsOptions) {
  Bytes out = unwritten(dhcp_offer().size());
  dhcp_offer().emit(out);
  EXPECT_EQ(out, dhcp_offer_golden());
  const auto parsed = DhcpMessage::parse(dhcp_offer_golden());
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(*parsed, dhcp_offer());
}

// DHCP-30: option 82 stays the last one.
TEST(Dhcp, RelayedMessageKeepsItsFieldsAndAppendedOption) {
  DhcpMessage relayed = dhcp_discover();
  relayed.hops = 1;
  relayed.giaddr = Ipv4Address::of(10, 0, 0, 1);
  relayed.options.set_relay_agent_information({hex("65 74 68 30"), {}});
  Bytes out = unwritten(relayed.size());
  relayed.emit(out);
  const auto parsed = DhcpMessage::parse(out);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(*parsed, relayed);
  EXPECT_EQ(parsed->options.list().back().code, DhcpCode::relay_agent_information);
}

TEST(Dhcp, LongMessageIsNotPadded) {
  DhcpMessage message = dhcp_discover();
  message.options.set(DhcpCode::vendor_specific, Bytes(200, 7));
  EXPECT_EQ(message.size(), kDhcpFixedBytes + 3 + 9 + 6 + 8 + 202 + 1);
}

// RFC 3396 4, 5
TEST(Dhcp, DataOfMoreThan255OctetsTakesSeveralOptions) {
  DhcpMessage message = dhcp_discover();
  message.options = {};
  message.options.set(DhcpCode::classless_routes, Bytes(300, 0));
  Bytes out = unwritten(message.size());
  message.emit(out);
  EXPECT_EQ(out[kDhcpFixedBytes + 3], 121);
  EXPECT_EQ(out[kDhcpFixedBytes + 4], 255);
  EXPECT_EQ(out[kDhcpFixedBytes + 5 + 255], 121);
  EXPECT_EQ(out[kDhcpFixedBytes + 6 + 255], 45);
  const auto parsed = DhcpMessage::parse(out);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(*parsed, message);
}

TEST(Dhcp, NamesOfServerAndBootFileFillTheirFields) {
  DhcpMessage message = dhcp_offer();
  message.sname = std::string(64, 's');
  message.file = "boot/pxe.0";
  Bytes out = unwritten(message.size());
  message.emit(out);
  const auto parsed = DhcpMessage::parse(out);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(*parsed, message);
}

// RFC 2131 4.1, RFC 3396 5: first options, then file, then sname.
TEST(Dhcp, OverloadedFieldsAreReadAsOptions) {
  Bytes message = with_options(hex("35 01 03 34 01 03 0c 02 61 62 ff"));
  put(message, kFile, hex("0c 01 63 32 04 c0 a8 01 64 ff"));
  put(message, kSname, hex("00 0c 01 64 ff"));
  const auto parsed = DhcpMessage::parse(message);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->options.text(DhcpCode::host_name), "abcd");
  EXPECT_EQ(parsed->options.address(DhcpCode::requested_address), kClient);
  EXPECT_TRUE(parsed->sname.empty());
  EXPECT_TRUE(parsed->file.empty());
  EXPECT_FALSE(parsed->options.has(DhcpCode::overload));
}

TEST(Dhcp, OverloadOfOneFieldLeavesTheOtherAName) {
  const struct {
    const char* option;
    const char* sname;
    const char* file;
  } rows[] = {{"34 01 01", "aa", ""}, {"34 01 02", "", "bb"}, {"", "aa", "bb"}};
  for (const auto& row : rows) {
    Bytes message = with_options(joined(hex("35 01 03"), hex(row.option), hex("ff")));
    // Letters that are also readable as options: code 97 or 98 with 97 or 98 octets, cut by an end.
    put(message, kSname, row.sname[0] ? hex("61 61 00") : hex("ff"));
    put(message, kFile, row.file[0] ? hex("62 62 00") : hex("ff"));
    const auto parsed = DhcpMessage::parse(message);
    ASSERT_TRUE(parsed.ok()) << row.option;
    EXPECT_EQ(parsed->sname, row.sname);
    EXPECT_EQ(parsed->file, row.file);
  }
}

TEST(Dhcp, OverloadInsideAnOverloadedFieldChangesNothing) {
  Bytes message = with_options(hex("35 01 03 34 01 01 ff"));
  put(message, kFile, hex("34 01 02 ff"));
  put(message, kSname, hex("61 61 00"));
  const auto parsed = DhcpMessage::parse(message);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->sname, "aa");
}

TEST(Dhcp, MalformedMessages) {
  const struct {
    const char* what;
    std::function<void(Bytes&)> damage;
    WireError error;
  } rows[] = {
      {"empty", [](Bytes& b) { b.clear(); }, WireError::truncated},
      {"no cookie", [](Bytes& b) { b.resize(236); }, WireError::truncated},
      {"wrong cookie", [](Bytes& b) { b[239] = 0; }, WireError::bad_version},
      {"token ring", [](Bytes& b) { b[1] = 6; }, WireError::unsupported},
      {"long hardware address", [](Bytes& b) { b[2] = 16; }, WireError::unsupported},
      {"op of a reply", [](Bytes& b) { b[0] = 2; }, WireError::bad_value},
      {"op 0", [](Bytes& b) { b[0] = 0; }, WireError::bad_value},
      {"no options", [](Bytes& b) { b = with_options({}); }, WireError::bad_value},
      {"no message type", [](Bytes& b) { b = with_options(hex("0c 01 61 ff")); },
       WireError::bad_value},
      {"message type 0", [](Bytes& b) { b = with_options(hex("35 01 00 ff")); },
       WireError::bad_value},
      {"message type 9", [](Bytes& b) { b = with_options(hex("35 01 09 ff")); },
       WireError::bad_value},
      {"message type twice", [](Bytes& b) { b = with_options(hex("35 01 01 35 01 01 ff")); },
       WireError::bad_value},
      {"message type behind the end", [](Bytes& b) { b = with_options(hex("ff 35 01 01")); },
       WireError::bad_value},
      {"code without length", [](Bytes& b) { b = with_options(hex("35 01 01 0c")); },
       WireError::bad_length},
      {"data beyond the message", [](Bytes& b) { b = with_options(hex("35 01 01 0c 02 61")); },
       WireError::bad_length},
      {"overload 0", [](Bytes& b) { b = with_options(hex("35 01 01 34 01 00")); },
       WireError::bad_value},
      {"overload 4", [](Bytes& b) { b = with_options(hex("35 01 01 34 01 04")); },
       WireError::bad_value},
      {"overload of two octets", [](Bytes& b) { b = with_options(hex("35 01 01 34 02 01 01")); },
       WireError::bad_value},
      {"option beyond the file field",
       [](Bytes& b) {
         b = with_options(hex("35 01 01 34 01 01 ff"));
         put(b, kFile, hex("0c ff 61"));
       },
       WireError::bad_length},
      {"option beyond the sname field",
       [](Bytes& b) {
         b = with_options(hex("35 01 01 34 01 02 ff"));
         put(b, kSname, hex("0c 3f 61"));
       },
       WireError::bad_length},
  };
  for (const auto& row : rows) {
    Bytes message = dhcp_discover_golden();
    row.damage(message);
    const auto parsed = DhcpMessage::parse(message);
    ASSERT_FALSE(parsed.ok()) << row.what;
    EXPECT_EQ(parsed.error(), row.error) << row.what;
  }
}

TEST(Dhcp, MissingEndIsForgiven) {
  EXPECT_TRUE(DhcpMessage::parse(with_options(hex("35 01 01"))).ok());
}

// DHCP-20
TEST(Dhcp, ClientKeyIsTheIdentifierOrElseTheHardwareAddress) {
  DhcpMessage message = dhcp_discover();
  message.options.set_text(DhcpCode::client_identifier, "special");
  EXPECT_EQ(message.client_key(), hex("73 70 65 63 69 61 6c"));
  message.options.remove(DhcpCode::client_identifier);
  EXPECT_EQ(message.client_key(), hex("01 02 00 00 00 00 01"));
}

TEST(Dhcp, OpFollowsFromTheType) {
  for (int type = 1; type <= 8; ++type) {
    DhcpMessage message;
    message.type = DhcpType(type);
    Bytes out = unwritten(message.size());
    message.emit(out);
    const bool reply = type == 2 || type == 5 || type == 6;
    EXPECT_EQ(out[0], reply ? 2 : 1) << to_string(message.type);
    EXPECT_TRUE(DhcpMessage::parse(out).ok()) << to_string(message.type);
  }
}

}  // namespace
}  // namespace natsim
