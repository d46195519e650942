#include "src/capture/pcapng.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "sim/base/check.h"

namespace natsim {
namespace {

enum : std::uint32_t {
  kInterfaceBlock = 1,
  kEnhancedPacketBlock = 6,
  kDecryptionSecretsBlock = 10,
  kSectionHeaderBlock = 0x0a0d0d0a,
};
enum : std::uint16_t {
  kEndOfOptions = 0,
  kComment = 1,
  kInterfaceName = 2,
  kPacketFlags = 2,
  kApplication = 4,
  kTimeResolution = 9,
};
constexpr std::uint16_t kLinkTypeEthernet = 1;
constexpr std::uint32_t kTlsKeyLog = 0x544c534b;  // "TLSK"
constexpr std::size_t kSecretBytesMax = std::size_t(16) << 20;

constexpr std::size_t padded(std::size_t size) { return (size + 3) & ~std::size_t(3); }

template <class T>
void put(Bytes& to, T value) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(&value);
  to.insert(to.end(), bytes, bytes + sizeof value);
}
void put_text(Bytes& to, std::string_view text) {
  to.insert(to.end(), text.begin(), text.end());
  to.resize(padded(to.size()));
}
void put_option(Bytes& to, std::uint16_t code, std::string_view value) {
  put(to, code);
  put(to, std::uint16_t(value.size()));
  put_text(to, value);
}

// Comments are UTF-8: what is cut off are whole characters.
std::string_view shortened(std::string_view text) {
  if (text.size() <= PcapngWriter::kCommentBytesMax) return text;
  std::size_t end = PcapngWriter::kCommentBytesMax;
  while (end > 0 && (text[end] & 0xc0) == 0x80) --end;
  return text.substr(0, end);
}

// The parts of an EPB whose size is fixed. All words are aligned, so there is no padding.
struct PacketHead {
  std::uint32_t type, block_bytes, interface, time_high, time_low, captured, original;
};
struct PacketTail {
  std::uint16_t flags_code, flags_bytes;
  std::uint32_t flags, end_of_options, block_bytes;
};
static_assert(sizeof(PacketHead) == 28 && sizeof(PacketTail) == 16);

// Copies and pads with zeros up to the next 32-bit word; returns where that begins.
std::uint8_t* store_padded(std::uint8_t* to, const void* from, std::size_t size) {
  std::uint8_t* const end = to + padded(size);
  if (size != 0) {
    std::memset(end - 4, 0, 4);
    std::memcpy(to, from, size);
  }
  return end;
}
std::uint8_t* store_comment(std::uint8_t* to, std::string_view text) {
  const std::uint16_t head[2] = {kComment, std::uint16_t(text.size())};
  std::memcpy(to, head, sizeof head);
  return store_padded(to + sizeof head, text.data(), text.size());
}

}  // namespace

PcapngWriter::PcapngWriter(BufferedFile file, Epoch epoch,
                           const std::vector<std::string>& interfaces)
    : file_(std::move(file)), epoch_(epoch), interface_count_(std::uint32_t(interfaces.size())) {
  SIM_CHECK(epoch.valid());
  write_section_header();
  for (const std::string& name : interfaces) write_interface(name);
}

void PcapngWriter::write_section_header() {
  Bytes body;
  put(body, std::uint32_t(0x1a2b3c4d));  // byte order
  put(body, std::uint16_t(1));           // version 1.0
  put(body, std::uint16_t(0));
  put(body, std::int64_t(-1));  // length of the section: not told
  put_option(body, kApplication, "natsim");
  put_option(body, kEndOfOptions, {});
  write_block(kSectionHeaderBlock, body);
}

void PcapngWriter::write_interface(std::string_view name) {
  SIM_CHECK(name.size() <= 65535);
  Bytes body;
  put(body, kLinkTypeEthernet);
  put(body, std::uint16_t(0));
  put(body, kSnapLength);
  put_option(body, kInterfaceName, name);
  put_option(body, kTimeResolution, "\x09");  // units of 10^-9 seconds
  put_option(body, kEndOfOptions, {});
  write_block(kInterfaceBlock, body);
}

void PcapngWriter::add_tls_keys(std::string_view key_log) {
  SIM_CHECK(key_log.size() < kSecretBytesMax);
  if (key_log.empty()) return;
  Bytes body;
  put(body, kTlsKeyLog);
  put(body, std::uint32_t(key_log.size()));
  put_text(body, key_log);
  write_block(kDecryptionSecretsBlock, body);
}

void PcapngWriter::write_block(std::uint32_t type, ByteSpan body) {
  const std::uint32_t length = std::uint32_t(12 + body.size());
  Bytes block;
  put(block, type);
  put(block, length);
  block.insert(block.end(), body.begin(), body.end());
  put(block, length);
  file_.append(block);
}

void PcapngWriter::record(std::uint32_t interface, Direction direction, Instant when,
                          ByteSpan frame, std::string_view comment) {
  SIM_CHECK(interface < interface_count_);
  comment = shortened(comment);
  const std::size_t captured = std::min<std::size_t>(frame.size(), kSnapLength);
  const std::size_t comment_bytes = comment.empty() ? 0 : 4 + padded(comment.size());
  const std::size_t size =
      sizeof(PacketHead) + padded(captured) + comment_bytes + sizeof(PacketTail);
  const std::uint64_t time = epoch_.wall_clock_ns(when);
  const PacketHead head{kEnhancedPacketBlock,      std::uint32_t(size),        interface,
                        std::uint32_t(time >> 32), std::uint32_t(time),  //
                        std::uint32_t(captured),   std::uint32_t(frame.size())};
  const PacketTail tail{kPacketFlags, 4, direction == Direction::received ? 1u : 2u, kEndOfOptions,
                        std::uint32_t(size)};

  std::uint8_t* to = file_.reserve(size);
  std::memcpy(to, &head, sizeof head);
  to = store_padded(to + sizeof head, frame.data(), captured);
  if (!comment.empty()) to = store_comment(to, comment);
  std::memcpy(to, &tail, sizeof tail);
  file_.commit(size);
}

}  // namespace natsim
