#include "sim/wire/dhcp_encoding.h"

#include <algorithm>
#include <string_view>

#include "sim/base/check.h"

namespace natsim {
namespace {

constexpr std::size_t kLabelBytesMax = 63;
constexpr std::size_t kNameCharsMax = 253;  // 255 octets on the wire
constexpr std::uint8_t kPointer = 0xc0;

void append_u32(Bytes& out, std::uint32_t value) {
  out.resize(out.size() + 4);
  store_be32(out.data() + out.size() - 4, value);
}

bool is_name_char(std::uint8_t c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
         c == '_';
}

/// Appends the label at data[at + 1 …] to `name`. False: it is cut off, or no text.
bool read_label(ByteSpan data, std::size_t at, std::string& name) {
  const std::size_t length = data[at];
  if (length > kLabelBytesMax || at + 1 + length > data.size()) return false;
  const ByteSpan label = data.subspan(at + 1, length);
  if (!std::all_of(label.begin(), label.end(), is_name_char)) return false;
  if (!name.empty()) name += '.';
  name.append(label.begin(), label.end());
  return name.size() <= kNameCharsMax;
}

/// The name at `at`, which moves behind it. A pointer must lead to before all that was read so far,
/// so reading ends.
std::optional<std::string> read_name(ByteSpan data, std::size_t& at) {
  std::string name;
  std::size_t cursor = at;
  std::size_t lowest = at;
  bool jumped = false;
  while (cursor < data.size()) {
    if (data[cursor] == 0) {
      if (!jumped) at = cursor + 1;
      return name;
    }
    if ((data[cursor] & kPointer) == kPointer) {
      if (cursor + 2 > data.size()) return std::nullopt;
      if (!jumped) at = cursor + 2;
      cursor = load_be16(&data[cursor]) & 0x3fff;
      if (cursor >= lowest) return std::nullopt;
      lowest = cursor;
      jumped = true;
      continue;
    }
    if (!read_label(data, cursor, name)) return std::nullopt;
    cursor += std::size_t{1} + data[cursor];
  }
  return std::nullopt;
}

void append_name(Bytes& out, std::string_view name) {
  SIM_CHECK(!name.empty() && name.size() <= kNameCharsMax);
  while (!name.empty()) {
    const std::string_view label = name.substr(0, name.find('.'));
    SIM_CHECK(!label.empty() && label.size() <= kLabelBytesMax);
    out.push_back(std::uint8_t(label.size()));
    out.insert(out.end(), label.begin(), label.end());
    name.remove_prefix(std::min(name.size(), label.size() + 1));
  }
  out.push_back(0);
}

void append_sub_option(Bytes& out, std::uint8_t code, const std::optional<Bytes>& data) {
  if (!data) return;
  SIM_CHECK(data->size() <= 255);
  out.push_back(code);
  out.push_back(std::uint8_t(data->size()));
  out.insert(out.end(), data->begin(), data->end());
}

}  // namespace

std::optional<std::vector<ClasslessRoute>> decode_classless_routes(ByteSpan data) {
  std::vector<ClasslessRoute> routes;
  while (!data.empty()) {
    const std::uint8_t width = data[0];
    const std::size_t significant = (width + 7u) / 8;
    if (width > 32 || data.size() < 1 + significant + 4) return std::nullopt;
    std::uint32_t network = 0;
    for (std::size_t i = 0; i < significant; ++i)
      network |= std::uint32_t(data[1 + i]) << (24 - 8 * i);
    // RFC 3442: set host bits do not count.
    const Prefix destination{Ipv4Address{network & netmask_of(width)}, width};
    routes.push_back({destination, Ipv4Address{load_be32(&data[1 + significant])}});
    data = data.subspan(1 + significant + 4);
  }
  if (routes.empty()) return std::nullopt;
  return routes;
}

Bytes encode_classless_routes(const std::vector<ClasslessRoute>& routes) {
  Bytes out;
  for (const auto& [destination, router] : routes) {
    SIM_CHECK(destination.address.is_v4());
    const std::uint32_t network = destination.network().address.v4().value;
    out.push_back(destination.length);
    for (int i = 0; i < (destination.length + 7) / 8; ++i)
      out.push_back(std::uint8_t(network >> (24 - 8 * i)));
    append_u32(out, router.value);
  }
  return out;
}

std::optional<RelayAgentInformation> decode_relay_agent_information(ByteSpan data) {
  RelayAgentInformation information;
  while (!data.empty()) {
    if (data.size() < 2 || data.size() < std::size_t{2} + data[1]) return std::nullopt;
    const ByteSpan value = data.subspan(2, data[1]);
    if (data[0] == 1) information.circuit_id = Bytes(value.begin(), value.end());
    if (data[0] == 2) information.remote_id = Bytes(value.begin(), value.end());
    data = data.subspan(std::size_t{2} + data[1]);
  }
  return information;
}

Bytes encode_relay_agent_information(const RelayAgentInformation& information) {
  Bytes out;
  append_sub_option(out, 1, information.circuit_id);
  append_sub_option(out, 2, information.remote_id);
  return out;
}

std::optional<std::vector<std::string>> decode_domain_search(ByteSpan data) {
  std::vector<std::string> names;
  for (std::size_t at = 0; at < data.size();) {
    auto name = read_name(data, at);
    if (!name || name->empty()) return std::nullopt;
    names.push_back(std::move(*name));
  }
  if (names.empty()) return std::nullopt;
  return names;
}

Bytes encode_domain_search(const std::vector<std::string>& names) {
  Bytes out;
  for (const std::string& name : names) append_name(out, name);
  return out;
}

}  // namespace natsim
