#include "sim/wire/tcp_options.h"

#include <algorithm>

#include "sim/base/check.h"

namespace natsim {
namespace {

enum Kind : std::uint8_t {
  kEnd = 0,
  kNoOperation = 1,
  kMss = 2,
  kWindowScale = 3,
  kSackPermitted = 4,
  kSack = 5,
  kTimestamps = 8,
};

/// The blocks of one SACK option's data. False: it is no whole number of blocks.
bool read_sack(TcpOptions& options, ByteSpan data) {
  if (data.size() % 8 != 0 || data.empty() || data.size() > 8 * options.sack.size()) return false;
  options.sack = {};
  options.sack_count = std::uint8_t(data.size() / 8);
  for (std::size_t i = 0; i < options.sack_count; ++i)
    options.sack[i] = {Seq(load_be32(&data[8 * i])), Seq(load_be32(&data[8 * i + 4]))};
  return true;
}

/// False: the length does not fit the kind.
bool read_option(TcpOptions& options, std::uint8_t kind, ByteSpan data) {
  switch (kind) {
    case kMss:
      if (data.size() != 2) return false;
      options.mss = load_be16(data.data());
      return true;
    case kWindowScale:
      if (data.size() != 1) return false;
      // RFC 7323 2.3: "If a Window Scale option is received with a shift.cnt value larger than 14,
      // the TCP SHOULD log the error but MUST use 14 instead of the specified value."
      options.window_scale = std::min(data[0], kTcpWindowScaleMax);
      return true;
    case kSackPermitted:
      if (!data.empty()) return false;
      options.sack_permitted = true;
      return true;
    case kSack: return read_sack(options, data);
    case kTimestamps:
      if (data.size() != 8) return false;
      options.timestamps = TcpTimestamps{load_be32(data.data()), load_be32(data.data() + 4)};
      return true;
    default: return true;
  }
}

/// Appends octets; counts them even when there is nowhere to write them.
class Writer {
 public:
  explicit Writer(MutableByteSpan out) : out_(out) {}
  void u8(unsigned value) {
    if (size_ < out_.size()) out_[size_] = std::uint8_t(value);
    ++size_;
  }
  void u16(std::uint16_t value) { u8(value >> 8), u8(value & 0xff); }
  void u32(std::uint32_t value) { u16(std::uint16_t(value >> 16)), u16(std::uint16_t(value)); }
  void no_operations(int count) {
    while (count-- > 0) u8(kNoOperation);
  }
  std::size_t size() const { return size_; }

 private:
  MutableByteSpan out_;
  std::size_t size_ = 0;
};

/// With `aligned` each 32-bit field lies on a multiple of four, as Linux sends them: SACK-permitted
/// fills the two octets before a timestamp, otherwise no-operations do.
std::size_t write_options(const TcpOptions& options, MutableByteSpan out, bool aligned) {
  Writer writer(out);
  if (options.mss) writer.u8(kMss), writer.u8(4), writer.u16(*options.mss);
  if (aligned && options.sack_permitted != options.timestamps.has_value()) writer.no_operations(2);
  if (options.sack_permitted) writer.u8(kSackPermitted), writer.u8(2);
  if (options.timestamps) {
    writer.u8(kTimestamps), writer.u8(10);
    writer.u32(options.timestamps->value), writer.u32(options.timestamps->echo);
  }
  if (options.window_scale) {
    if (aligned) writer.no_operations(1);
    writer.u8(kWindowScale), writer.u8(3), writer.u8(*options.window_scale);
  }
  if (options.sack_count > 0) {
    if (aligned) writer.no_operations(2);
    writer.u8(kSack), writer.u8(2 + 8u * options.sack_count);
    for (std::size_t i = 0; i < options.sack_count; ++i)
      writer.u32(options.sack[i].left.value()), writer.u32(options.sack[i].right.value());
  }
  while (writer.size() % 4 != 0) writer.u8(kEnd);
  return writer.size();
}

/// Rare combinations fit only without the no-operations that align them.
bool fits_aligned(const TcpOptions& options) {
  return write_options(options, {}, true) <= kTcpOptionsBytesMax;
}

/// What nearly every segment carries: a timestamp and nothing else.
bool is_timestamp_alone(const TcpOptions& options) {
  return options.timestamps && !options.mss && !options.window_scale && !options.sack_permitted &&
         options.sack_count == 0;
}
constexpr std::size_t kTimestampAloneBytes = 12;

void write_timestamp_alone(const TcpTimestamps& timestamps, std::uint8_t* out) {
  store_be32(out, std::uint32_t{kNoOperation} << 24 | kNoOperation << 16 | kTimestamps << 8 | 10);
  store_be32(out + 4, timestamps.value);
  store_be32(out + 8, timestamps.echo);
}

}  // namespace

namespace {

/// Reads options up to the first whose length makes no sense. False if there is such a one, or a
/// known one that is not as long as it must be.
bool read_options(TcpOptions& options, ByteSpan bytes) {
  bool right = true;
  while (!bytes.empty() && bytes[0] != kEnd) {
    if (bytes[0] == kNoOperation) {
      bytes = bytes.subspan(1);
      continue;
    }
    if (bytes.size() < 2 || bytes[1] < 2 || bytes[1] > bytes.size()) return false;
    const std::size_t length = bytes[1];
    right &= read_option(options, bytes[0], bytes.subspan(2, length - 2));
    bytes = bytes.subspan(length);
  }
  return right;
}

}  // namespace

Result<TcpOptions> TcpOptions::parse(ByteSpan bytes) {
  TcpOptions options;
  if (bytes.size() > kTcpOptionsBytesMax || !read_options(options, bytes))
    return WireError::bad_length;
  return options;
}

TcpOptions TcpOptions::take(ByteSpan bytes) {
  TcpOptions options;
  (void)read_options(options, bytes.first(std::min(bytes.size(), kTcpOptionsBytesMax)));
  return options;
}

std::size_t TcpOptions::size() const {
  if (is_timestamp_alone(*this)) return kTimestampAloneBytes;
  return write_options(*this, {}, fits_aligned(*this));
}

void TcpOptions::emit(MutableByteSpan out) const {
  SIM_CHECK(sack_count <= sack.size());
  SIM_CHECK(size() <= kTcpOptionsBytesMax);
  SIM_CHECK(out.size() >= size());
  if (is_timestamp_alone(*this)) return write_timestamp_alone(*timestamps, out.data());
  write_options(*this, out, fits_aligned(*this));
}

}  // namespace natsim
