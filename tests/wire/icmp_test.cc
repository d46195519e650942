// ICMP messages: fields by type, makers that leave unused octets zero, identifier rewriting.
#include "sim/wire/icmp.h"

#include <gtest/gtest.h>

#include "tests/wire/golden.h"

namespace natsim {
namespace {

TEST(Icmp, DeconstructEcho) {
  const Bytes message = hex(kIcmpEchoGolden);
  const auto view = IcmpView::checked(message);
  ASSERT_TRUE(view.ok());
  EXPECT_EQ(view->type(), IcmpType::echo_request);
  EXPECT_EQ(view->code(), 0);
  EXPECT_EQ(view->checksum(), 0x3f37);
  EXPECT_EQ(view->id(), 7);
  EXPECT_EQ(view->sequence(), 1);
  EXPECT_EQ(view->payload().size(), 16u);
}

TEST(Icmp, DeconstructFragmentationNeeded) {
  const Bytes message = hex(kIcmpFragmentationNeededGolden);
  const auto view = IcmpView::checked(message);
  ASSERT_TRUE(view.ok());
  EXPECT_EQ(view->type(), IcmpType::destination_unreachable);
  EXPECT_EQ(IcmpUnreachable(view->code()), IcmpUnreachable::fragmentation_needed);
  EXPECT_EQ(view->next_hop_mtu(), 1400);
  EXPECT_EQ(view->payload().size(), 28u);
}

TEST(Icmp, Parse) {
  const auto echo = IcmpHeader::parse(hex(kIcmpEchoGolden));
  ASSERT_TRUE(echo.ok());
  EXPECT_EQ(*echo, IcmpHeader::echo_request(7, 1));
  const auto error = IcmpHeader::parse(hex(kIcmpFragmentationNeededGolden));
  ASSERT_TRUE(error.ok());
  EXPECT_EQ(*error, IcmpHeader::fragmentation_needed(1400));
}

TEST(Icmp, EmitAndFinish) {
  const Bytes golden = hex(kIcmpEchoGolden);
  Bytes out = unwritten(golden.size());
  std::copy(golden.begin() + kIcmpHeaderBytes, golden.end(), out.begin() + kIcmpHeaderBytes);
  IcmpHeader::echo_request(7, 1).emit(out);
  finish_l4_checksum(Protocol::icmp, {}, out);
  EXPECT_EQ(out, golden);
}

TEST(Icmp, MalformedMessages) {
  Bytes message = hex(kIcmpEchoGolden);
  message[20] ^= 0x10;
  EXPECT_EQ(IcmpHeader::parse(message).error(), WireError::bad_checksum);
  message.resize(7);
  EXPECT_EQ(IcmpHeader::parse(message).error(), WireError::truncated);
}

// ICMP-06: unused octets are zero.
TEST(Icmp, MakersFillOnlyWhatTheTypeUses) {
  const struct {
    IcmpHeader header;
    const char* bytes;
  } rows[] = {
      {IcmpHeader::echo_request(0x0102, 0x0304), "08 00 00 00 01 02 03 04"},
      {IcmpHeader::echo_reply(0x0102, 0x0304), "00 00 00 00 01 02 03 04"},
      {IcmpHeader::unreachable(IcmpUnreachable::port), "03 03 00 00 00 00 00 00"},
      {IcmpHeader::unreachable(IcmpUnreachable::administratively_prohibited),
       "03 0d 00 00 00 00 00 00"},
      {IcmpHeader::fragmentation_needed(1400), "03 04 00 00 00 00 05 78"},
      {IcmpHeader::time_exceeded(IcmpTimeExceeded::in_transit), "0b 00 00 00 00 00 00 00"},
      {IcmpHeader::time_exceeded(IcmpTimeExceeded::reassembly), "0b 01 00 00 00 00 00 00"},
      {IcmpHeader::parameter_problem(20), "0c 00 00 00 14 00 00 00"},
      {IcmpHeader::redirect_host(Ipv4Address::of(10, 0, 0, 2)), "05 01 00 00 0a 00 00 02"},
  };
  for (const auto& row : rows) {
    Bytes out = unwritten(kIcmpHeaderBytes);
    row.header.emit(out);
    EXPECT_EQ(out, hex(row.bytes));
  }
}

TEST(Icmp, HeaderAndViewReadTheRestAlike) {
  const Bytes redirect = hex("05 01 00 00 0a 00 00 02");
  const IcmpView view(redirect.data(), redirect.size());
  const auto header = IcmpHeader::redirect_host(Ipv4Address::of(10, 0, 0, 2));
  EXPECT_EQ(view.gateway(), header.gateway());
  EXPECT_EQ(view.pointer(), header.pointer());
  EXPECT_EQ(view.id(), header.id());
  EXPECT_EQ(view.sequence(), header.sequence());
  EXPECT_EQ(view.next_hop_mtu(), header.next_hop_mtu());
}

TEST(Icmp, RewritingTheIdentifierKeepsTheChecksumRight) {
  Bytes message = hex(kIcmpEchoGolden);
  for (std::uint32_t id = 0; id <= 0xffff; id += 0x101) {
    MutableIcmpView view(message.data(), message.size());
    view.set_id(std::uint16_t(id));
    EXPECT_EQ(view.id(), id);
    EXPECT_TRUE(icmp_checksum_ok(message)) << id;
  }
}

TEST(Icmp, QueriesAndErrorsAreDisjoint) {
  int queries = 0;
  int errors = 0;
  for (int type = 0; type < 256; ++type) {
    const bool query = icmp_is_query(IcmpType(type));
    const bool error = icmp_is_error(IcmpType(type));
    EXPECT_FALSE(query && error) << type;
    queries += query;
    errors += error;
  }
  EXPECT_EQ(queries, 4);
  EXPECT_EQ(errors, 5);
}

}  // namespace
}  // namespace natsim
