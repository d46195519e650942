#include "sim/filter/address_set.h"

#include <algorithm>

#include "sim/base/check.h"
#include "sim/wire/icmp.h"
#include "sim/wire/mac.h"
#include "sim/wire/tcp.h"
#include "sim/wire/udp.h"

namespace natsim {

namespace {

constexpr std::size_t kMacSourceOffset = 6;

/// ip_set_get_ip4_port(): false where a header with ports is not there.
bool read_port(const Traversal& packet, bool source, std::uint16_t& port) {
  port = 0;
  switch (packet.protocol) {
    case Protocol::tcp:
    case Protocol::udp:
      if (!packet.has_transport(packet.protocol == Protocol::tcp ? kTcpHeaderBytes
                                                                 : kUdpHeaderBytes))
        return false;
      port = source ? packet.source_port : packet.destination_port;
      return true;
    case Protocol::icmp:
      if (!packet.has_transport(kIcmpHeaderBytes)) return false;
      port = std::uint16_t(packet.icmp_type << 8 | packet.icmp_code);
      return true;
    default: return true;
  }
}

}  // namespace

AddressSet::AddressSet(const SetDescription& description)
    : name_(description.name), parts_(description.parts) {
  SIM_CHECK(!parts_.empty() && parts_.size() <= kSetPartsMax);
  // The lengths of the parts that are addresses; what is none of a prefix has one length.
  const auto lengths_of = [&](const SetElement& element) {
    Lengths lengths{};
    std::size_t at = 0;
    for (const SetPart part : parts_) {
      if (part == SetPart::address) lengths[at++] = description.address_length;
      if (part == SetPart::network) {
        lengths[at] = element.addresses[at].length;
        ++at;
      }
    }
    return lengths;
  };
  for (const SetElement& element : description.elements) shapes_.push_back(lengths_of(element));
  std::sort(shapes_.begin(), shapes_.end(), std::greater<>());
  shapes_.erase(std::unique(shapes_.begin(), shapes_.end()), shapes_.end());
  for (const SetElement& element : description.elements) {
    const Lengths lengths = lengths_of(element);
    Key key;
    key.shape = std::uint16_t(std::find(shapes_.begin(), shapes_.end(), lengths) - shapes_.begin());
    for (std::size_t i = 0; i < kSetAddressesMax; ++i)
      if (element.addresses[i].address.is_v4())
        key.addresses[i] = element.addresses[i].address.v4().value & netmask_of(lengths[i]);
    key.port = element.port;
    key.protocol = element.protocol;
    key.mac = element.mac.as_u64();
    const Instant expiry = element.timeout ? Instant() + *element.timeout : Instant::never();
    elements_.insert_or_assign(key, Element{element.nomatch, expiry});
  }
}

std::optional<AddressSet::Key> AddressSet::key_of(const Traversal& packet,
                                                  const SetMatch& match) const {
  Key key;
  std::size_t addresses = 0;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const bool source = (match.source_parts >> i & 1) != 0;
    switch (parts_[i]) {
      case SetPart::address:
      case SetPart::network:
        key.addresses[addresses++] = (source ? packet.source : packet.destination).value;
        break;
      case SetPart::port: key.protocol = packet.protocol; [[fallthrough]];
      case SetPart::any_port:
        if (!read_port(packet, source, key.port)) return std::nullopt;
        if (parts_[i] == SetPart::any_port && !packet.has_ports) return std::nullopt;
        break;
      case SetPart::mac:
        if (packet.link_header == nullptr) return std::nullopt;
        key.mac = MacAddress::load(packet.link_header + (source ? kMacSourceOffset : 0)).as_u64();
        break;
    }
  }
  return key;
}

bool AddressSet::holds(const Traversal& packet, const SetMatch& match, Instant now) const {
  if (match.parts < parts_.size()) return false;
  const auto whole = key_of(packet, match);
  if (!whole) return false;
  for (std::size_t shape = 0; shape < shapes_.size(); ++shape) {
    Key key = *whole;
    key.shape = std::uint16_t(shape);
    for (std::size_t i = 0; i < kSetAddressesMax; ++i)
      key.addresses[i] &= netmask_of(shapes_[shape][i]);
    const auto found = elements_.find(key);
    if (found != elements_.end() && found->second.expiry > now) return !found->second.nomatch;
  }
  return false;
}

}  // namespace natsim
