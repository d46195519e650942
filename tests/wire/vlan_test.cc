// VLAN tags: fields, insertion and removal in a frame, priority tags and reserved identifiers.
#include "sim/wire/vlan.h"

#include <gtest/gtest.h>

#include <optional>

#include "tests/wire/golden.h"

namespace natsim {
namespace {

const Bytes kTagBytes = hex("81 00 b0 0a");
const VlanTag kTag{.id = 10, .priority = 5, .drop_eligible = true};

TEST(Vlan, Deconstruct) {
  const Bytes bytes = joined(kTagBytes, hex("08 06 77"));
  const auto view = VlanView::checked(bytes);
  ASSERT_TRUE(view.ok());
  EXPECT_EQ(view->tpid(), EtherType::vlan);
  EXPECT_EQ(view->priority(), 5);
  EXPECT_TRUE(view->drop_eligible());
  EXPECT_EQ(view->vlan_id(), 10);
  EXPECT_EQ(view->inner_type(), EtherType::arp);
  EXPECT_EQ(view->payload().size(), 1u);
}

TEST(Vlan, ParseAndEmit) {
  const auto tag = VlanTag::parse(joined(kTagBytes, hex("08 00")));
  ASSERT_TRUE(tag.ok());
  EXPECT_EQ(*tag, kTag);
  Bytes out = unwritten(5);
  kTag.emit(out);
  EXPECT_EQ(out, joined(kTagBytes, hex("a5")));
}

TEST(Vlan, ChangingTheIdKeepsPriorityAndDropEligibility) {
  Bytes bytes = joined(kTagBytes, hex("08 00"));
  MutableVlanView(bytes.data(), bytes.size()).set_vlan_id(4094);
  EXPECT_EQ(bytes, hex("81 00 bf fe 08 00"));
}

// VLAN-08
TEST(Vlan, IdentifiersAtTheEdges) {
  const struct {
    const char* bytes;
    std::optional<WireError> error;
    bool priority_only;
  } rows[] = {
      {"81 00 00 01 08 00", {}, false},
      {"81 00 0f fe 08 00", {}, false},                    // 4094, the last
      {"81 00 0f ff 08 00", WireError::bad_value, false},  // 4095 is reserved
      {"81 00 e0 00 08 00", {}, true},                     // a priority without a VLAN
      {"88 a8 00 0a 81 00", {}, false},                    // a service tag before a customer tag
      {"91 00 00 0a 08 00", WireError::bad_version, false},
      {"81 00 00 0a 08", WireError::truncated, false},  // no room for the type behind
  };
  for (const auto& row : rows) {
    const auto tag = VlanTag::parse(hex(row.bytes));
    ASSERT_EQ(tag.ok(), !row.error) << row.bytes;
    if (row.error) {
      EXPECT_EQ(tag.error(), *row.error) << row.bytes;
    } else {
      EXPECT_EQ(tag->is_priority_tag(), row.priority_only) << row.bytes;
    }
  }
}

// VLAN-03
TEST(Vlan, PushInsertsFourOctetsBehindTheSourceAddress) {
  const Bytes untagged = joined(hex(kEthernetIpv4Golden), hex("45 00"));
  Bytes buffer = joined(unwritten(kVlanTagBytes), untagged);
  const std::uint8_t* frame = push_vlan_tag(buffer.data() + kVlanTagBytes, kTag);
  EXPECT_EQ(frame, buffer.data());
  EXPECT_EQ(buffer, hex("02 00 00 00 00 02 02 00 00 00 00 01 81 00 b0 0a 08 00 45 00"));

  frame = pop_vlan_tag(buffer.data());
  EXPECT_EQ(Bytes(frame, frame + untagged.size()), untagged);
}

// VLAN-14
TEST(Vlan, PopTakesOnlyTheOutermostTag) {
  Bytes buffer = hex("02 00 00 00 00 02 02 00 00 00 00 01 81 00 00 0a 81 00 00 14 08 00");
  const std::uint8_t* frame = pop_vlan_tag(buffer.data());
  EXPECT_EQ(Bytes(frame, frame + 18), hex("02 00 00 00 00 02 02 00 00 00 00 01 81 00 00 14 08 00"));
}

}  // namespace
}  // namespace natsim
