#include "sim/wire/dhcp.h"

#include <algorithm>

#include "sim/base/check.h"

namespace natsim {
namespace {

constexpr std::size_t kChaddrOffset = 28;
constexpr std::size_t kSnameOffset = 44;
constexpr std::size_t kSnameBytes = 64;
constexpr std::size_t kFileOffset = 108;
constexpr std::size_t kFileBytes = 128;
constexpr std::size_t kCookieOffset = 236;
constexpr std::uint32_t kCookie = 0x63825363;
constexpr std::uint8_t kBootRequest = 1;
constexpr std::uint8_t kBootReply = 2;
constexpr std::uint8_t kHardwareEthernet = 1;
constexpr std::uint8_t kMacBytes = 6;
constexpr std::uint16_t kBroadcastFlag = 0x8000;
constexpr std::size_t kOptionDataMax = 255;

/// What an options field says about the message itself.
struct Control {
  Bytes type;
  Bytes overload;
};

/// Appends the options of one field. False: an option runs over the field's end.
bool read_options(ByteSpan field, DhcpOptions& options, Control& control) {
  while (!field.empty() && DhcpCode(field[0]) != DhcpCode::end) {
    const auto code = DhcpCode(field[0]);
    if (code == DhcpCode::pad) {
      field = field.subspan(1);
      continue;
    }
    if (field.size() < 2 || field.size() < std::size_t{2} + field[1]) return false;
    const ByteSpan data = field.subspan(2, field[1]);
    if (code == DhcpCode::message_type)
      control.type.insert(control.type.end(), data.begin(), data.end());
    else if (code == DhcpCode::overload)
      control.overload.insert(control.overload.end(), data.begin(), data.end());
    else
      options.append(code, data);
    field = field.subspan(2 + data.size());
  }
  return true;
}

std::string text_of(ByteSpan field) {
  return std::string(field.begin(), std::find(field.begin(), field.end(), std::uint8_t{0}));
}

/// Reads the fields that carry options, in the order of RFC 3396 5: options, file, sname.
std::optional<WireError> read_variable_part(ByteSpan payload, DhcpMessage& message) {
  Control control;
  if (!read_options(payload.subspan(kDhcpFixedBytes), message.options, control))
    return WireError::bad_length;
  if (control.overload.size() > 1) return WireError::bad_value;
  const int overload = control.overload.empty() ? 0 : control.overload[0];
  if (!control.overload.empty() && (overload < 1 || overload > 3)) return WireError::bad_value;

  const ByteSpan file = payload.subspan(kFileOffset, kFileBytes);
  const ByteSpan sname = payload.subspan(kSnameOffset, kSnameBytes);
  if ((overload & 1) == 0)
    message.file = text_of(file);
  else if (!read_options(file, message.options, control))
    return WireError::bad_length;
  if ((overload & 2) == 0)
    message.sname = text_of(sname);
  else if (!read_options(sname, message.options, control))
    return WireError::bad_length;

  if (control.type.size() != 1) return WireError::bad_value;
  message.type = DhcpType(control.type[0]);
  if (message.type < DhcpType::discover || message.type > DhcpType::inform)
    return WireError::bad_value;
  return std::nullopt;
}

std::uint8_t op_of(DhcpType type) { return is_from_server(type) ? kBootReply : kBootRequest; }

std::size_t option_bytes(const DhcpOption& option) {
  const std::size_t pieces =
      std::max<std::size_t>(1, (option.data.size() + kOptionDataMax - 1) / kOptionDataMax);
  return 2 * pieces + option.data.size();
}

/// Returns behind what it wrote.
std::uint8_t* write_option(std::uint8_t* p, const DhcpOption& option) {
  ByteSpan rest = option.data;
  do {
    const ByteSpan piece = rest.first(std::min(rest.size(), kOptionDataMax));
    *p++ = std::uint8_t(option.code);
    *p++ = std::uint8_t(piece.size());
    p = std::copy(piece.begin(), piece.end(), p);
    rest = rest.subspan(piece.size());
  } while (!rest.empty());
  return p;
}

}  // namespace

const char* to_string(DhcpType type) {
  switch (type) {
    case DhcpType::discover: return "Discover";
    case DhcpType::offer: return "Offer";
    case DhcpType::request: return "Request";
    case DhcpType::decline: return "Decline";
    case DhcpType::ack: return "ACK";
    case DhcpType::nak: return "NAK";
    case DhcpType::release: return "Release";
    case DhcpType::inform: return "Inform";
  }
  return "?";
}

Bytes DhcpMessage::client_key() const {
  if (const Bytes* id = options.find(DhcpCode::client_identifier)) return *id;
  Bytes key(1 + kMacBytes, kHardwareEthernet);
  chaddr.store(key.data() + 1);
  return key;
}

Result<DhcpMessage> DhcpMessage::parse(ByteSpan payload) {
  if (payload.size() < kDhcpFixedBytes) return WireError::truncated;
  const std::uint8_t* const p = payload.data();
  if (load_be32(p + kCookieOffset) != kCookie) return WireError::bad_version;
  if (p[1] != kHardwareEthernet || p[2] != kMacBytes) return WireError::unsupported;
  DhcpMessage message;
  message.hops = p[3];
  message.xid = load_be32(p + 4);
  message.secs = load_be16(p + 8);
  message.broadcast = (load_be16(p + 10) & kBroadcastFlag) != 0;
  message.ciaddr = {load_be32(p + 12)};
  message.yiaddr = {load_be32(p + 16)};
  message.siaddr = {load_be32(p + 20)};
  message.giaddr = {load_be32(p + 24)};
  message.chaddr = MacAddress::load(p + kChaddrOffset);
  if (const auto error = read_variable_part(payload, message)) return *error;
  if (p[0] != op_of(message.type)) return WireError::bad_value;
  return message;
}

std::size_t DhcpMessage::size() const {
  std::size_t bytes = kDhcpFixedBytes + 3 + 1;  // message type, end
  for (const DhcpOption& option : options.list()) bytes += option_bytes(option);
  return std::max(bytes, kDhcpBytesMin);
}

void DhcpMessage::emit(MutableByteSpan out) const {
  const std::size_t bytes = size();
  SIM_CHECK(out.size() >= bytes);
  SIM_CHECK(sname.size() <= kSnameBytes);
  SIM_CHECK(file.size() <= kFileBytes);
  std::uint8_t* p = out.data();
  std::fill(p, p + bytes, std::uint8_t{0});
  p[0] = op_of(type);
  p[1] = kHardwareEthernet;
  p[2] = kMacBytes;
  p[3] = hops;
  store_be32(p + 4, xid);
  store_be16(p + 8, secs);
  store_be16(p + 10, broadcast ? kBroadcastFlag : 0);
  store_be32(p + 12, ciaddr.value);
  store_be32(p + 16, yiaddr.value);
  store_be32(p + 20, siaddr.value);
  store_be32(p + 24, giaddr.value);
  chaddr.store(p + kChaddrOffset);
  std::copy(sname.begin(), sname.end(), p + kSnameOffset);
  std::copy(file.begin(), file.end(), p + kFileOffset);
  store_be32(p + kCookieOffset, kCookie);
  p = write_option(p + kDhcpFixedBytes, {DhcpCode::message_type, {std::uint8_t(type)}});
  for (const DhcpOption& option : options.list()) p = write_option(p, option);
  *p = std::uint8_t(DhcpCode::end);
}

}  // namespace natsim
