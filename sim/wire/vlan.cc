#include "sim/wire/vlan.h"

#include <cstring>

#include "sim/base/check.h"

namespace natsim {

Result<VlanTag> VlanTag::parse(ByteSpan bytes) {
  const auto view = VlanView::checked(bytes);
  if (!view) return view.error();
  if (view->vlan_id() > kVlanIdMax) return WireError::bad_value;
  return VlanTag{view->vlan_id(), view->priority(), view->drop_eligible(), view->tpid()};
}

void VlanTag::emit(MutableByteSpan out) const {
  SIM_CHECK(out.size() >= size());
  SIM_CHECK(id <= kVlanIdMax);
  SIM_CHECK(priority <= 7);
  store_be16(out.data(), std::uint16_t(tpid));
  store_be16(out.data() + 2, std::uint16_t(priority << 13 | int(drop_eligible) << 12 | id));
}

std::uint8_t* push_vlan_tag(std::uint8_t* frame, VlanTag tag) {
  std::uint8_t* const longer = frame - kVlanTagBytes;
  std::memmove(longer, frame, kVlanTagOffset);
  tag.emit({longer + kVlanTagOffset, kVlanTagBytes});
  return longer;
}

std::uint8_t* pop_vlan_tag(std::uint8_t* frame) {
  std::memmove(frame + kVlanTagBytes, frame, kVlanTagOffset);
  return frame + kVlanTagBytes;
}

}  // namespace natsim
