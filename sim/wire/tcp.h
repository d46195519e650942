// TCP, RFC 9293 3.1; ECN flags of RFC 3168.
//
//    0       4       8              16                             31
//   |   source port                 |   destination port            |  0
//   |   sequence number                                             |  4
//   |   acknowledgment number                                       |  8
//   |offset | rsrvd |C|E|U|A|P|R|S|F|   window                      | 12
//   |   checksum                    |   urgent pointer              | 16
//   |   options, padded to a multiple of four octets …              | 20
//
// The offset counts 4-octet words of the header with its options.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "sim/base/bytes.h"
#include "sim/base/result.h"
#include "sim/wire/l4_checksum.h"
#include "sim/wire/seq.h"
#include "sim/wire/tcp_options.h"

namespace natsim {

inline constexpr std::size_t kTcpHeaderBytes = 20;  // without options
inline constexpr std::size_t kTcpHeaderBytesMax = 60;

/// Control bits, to be or'ed together.
using TcpFlags = std::uint8_t;
inline constexpr TcpFlags kTcpFin = 0x01;
inline constexpr TcpFlags kTcpSyn = 0x02;
inline constexpr TcpFlags kTcpRst = 0x04;
inline constexpr TcpFlags kTcpPsh = 0x08;
inline constexpr TcpFlags kTcpAck = 0x10;
inline constexpr TcpFlags kTcpUrg = 0x20;
inline constexpr TcpFlags kTcpEce = 0x40;
inline constexpr TcpFlags kTcpCwr = 0x80;

/// "S.", "F.", "P.", "R", "." as tcpdump writes them; "none" without any.
std::string tcp_flags_to_string(TcpFlags flags);

/// Says where the fields of a segment are. Does not own the bytes.
class TcpView {
 public:
  /// Unchecked. REQUIRES: at least a whole header at `segment`.
  constexpr TcpView(const std::uint8_t* segment, std::size_t size) : bytes_(segment), size_(size) {}
  /// After this no accessor leaves `segment`. Errors: truncated; bad_length for an offset of less
  /// than five words or beyond the segment.
  static Result<TcpView> checked(ByteSpan segment) {
    if (segment.size() < kTcpHeaderBytes) return WireError::truncated;
    const TcpView view(segment.data(), segment.size());
    if (view.header_bytes() < kTcpHeaderBytes || view.header_bytes() > segment.size())
      return WireError::bad_length;
    return view;
  }

  std::uint16_t source_port() const { return load_be16(bytes_); }
  std::uint16_t destination_port() const { return load_be16(bytes_ + 2); }
  Seq seq() const { return Seq(load_be32(bytes_ + 4)); }
  Seq ack() const { return Seq(load_be32(bytes_ + 8)); }
  std::size_t header_bytes() const { return std::size_t(bytes_[12] >> 4) * 4; }
  TcpFlags flags() const { return bytes_[13]; }
  bool has(TcpFlags all) const { return (flags() & all) == all; }
  std::uint16_t window() const { return load_be16(bytes_ + 14); }
  std::uint16_t checksum() const { return load_be16(bytes_ + 16); }
  std::uint16_t urgent_pointer() const { return load_be16(bytes_ + 18); }
  ByteSpan options() const { return {bytes_ + kTcpHeaderBytes, header_bytes() - kTcpHeaderBytes}; }
  ByteSpan payload() const { return {bytes_ + header_bytes(), size_ - header_bytes()}; }
  /// Sequence numbers that the segment takes: its octets, and one each for SYN and FIN.
  std::uint32_t segment_length() const {
    return std::uint32_t(size_ - header_bytes()) + has(kTcpSyn) + has(kTcpFin);
  }

 private:
  const std::uint8_t* bytes_;
  std::size_t size_;
};

/// The same with setters that keep the checksum right.
class MutableTcpView : public TcpView {
 public:
  constexpr MutableTcpView(std::uint8_t* segment, std::size_t size)
      : TcpView(segment, size), bytes_(segment) {}
  void set_source_port(std::uint16_t port) { replace16(0, port); }
  void set_destination_port(std::uint16_t port) { replace16(2, port); }
  /// For update_checksum() after a change of the pseudo header.
  std::uint8_t* checksum_field() { return bytes_ + 16; }

 private:
  void replace16(std::size_t at, std::uint16_t value) {
    const std::uint64_t before = load_raw16(bytes_ + at);
    store_be16(bytes_ + at, value);
    update_checksum(bytes_ + 16, before, sum_of(value));
  }
  std::uint8_t* bytes_;
};

struct TcpHeader {
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  Seq seq{};
  Seq ack{};  // means something with kTcpAck
  TcpFlags flags = 0;
  std::uint16_t window = 0;  // as sent: unscaled
  std::uint16_t urgent_pointer = 0;
  TcpOptions options{};

  bool has(TcpFlags all) const { return (flags & all) == all; }

  /// `segment` is the whole payload of the IPv4 packet. Errors: truncated; bad_length of header or
  /// options; bad_checksum.
  static Result<TcpHeader> parse(ByteSpan segment, const PseudoHeader& ip);
  /// With options; the payload follows there.
  std::size_t size() const { return kTcpHeaderBytes + options.size(); }
  /// Writes the first size() octets of `out` with checksum zero; finish_l4_checksum() does the
  /// rest once the payload stands behind them. REQUIRES: out.size() >= size().
  void emit(MutableByteSpan out) const;
  bool operator==(const TcpHeader&) const = default;
};

}  // namespace natsim
