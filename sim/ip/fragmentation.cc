#include "sim/ip/fragmentation.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "sim/base/check.h"
#include "sim/wire/ethernet.h"
#include "sim/wire/ipv4.h"
#include "sim/wire/tcp.h"

namespace natsim {
namespace {

constexpr std::uint8_t kOptionEnd = 0, kOptionNop = 1, kOptionCopied = 0x80;

/// RFC 791 3.1: an option without the copied flag stands in the first fragment only.
void blank_first_only_options(MutableByteSpan options) {
  std::size_t at = 0;
  while (at < options.size() && options[at] != kOptionEnd) {
    if (options[at] == kOptionNop) {
      ++at;
      continue;
    }
    const std::size_t length = at + 1 < options.size() ? options[at + 1] : 0;
    if (length < 2 || length > options.size() - at) return;
    if ((options[at] & kOptionCopied) == 0)
      std::fill_n(options.begin() + std::ptrdiff_t(at), length, kOptionNop);
    at += length;
  }
}

/// The datagram that is being cut, and the header of every fragment but the first.
class Cutter {
 public:
  Cutter(PacketPool& pool, Packet datagram)
      : pool_(pool),
        datagram_(std::move(datagram)),
        ip_(datagram_.data(), datagram_.size()),
        header_bytes_(ip_.header_bytes()) {
    std::copy_n(datagram_.data(), header_bytes_, later_header_.begin());
    blank_first_only_options(
        {later_header_.data() + kIpv4HeaderBytes, header_bytes_ - kIpv4HeaderBytes});
  }

  std::size_t header_bytes() const { return header_bytes_; }
  std::size_t payload_bytes() const { return datagram_.size() - header_bytes_; }
  bool is_fragment() const { return ip_.is_fragment(); }

  bool is_tcp() const { return ip_.protocol() == Protocol::tcp; }
  bool dont_fragment() const { return ip_.dont_fragment(); }

  /// `flags`: kIpv4DontFragment or nothing.
  Packet cut(std::size_t begin, std::size_t bytes, std::uint16_t flags = 0) {
    Packet piece = pool_.allocate(header_bytes_ + bytes, Packet::kHeadroom + kEthernetHeaderBytes);
    piece.set_journey(datagram_.journey());
    const std::uint8_t* header = begin == 0 ? datagram_.data() : later_header_.data();
    std::copy_n(header, header_bytes_, piece.data());
    std::copy_n(datagram_.data() + header_bytes_ + begin, bytes, piece.data() + header_bytes_);
    MutableIpv4View ip(piece.data(), piece.size());
    const bool more = begin + bytes < payload_bytes() || ip_.more_fragments();
    const std::size_t offset = ip_.fragment_offset() + begin;
    store_be16(piece.data() + 2, std::uint16_t(piece.size()));
    store_be16(piece.data() + 6,
               std::uint16_t(flags | offset / 8 | (more ? kIpv4MoreFragments : 0)));
    ip.finish_checksum();
    return piece;
  }

 private:
  PacketPool& pool_;
  Packet datagram_;
  Ipv4View ip_;
  std::size_t header_bytes_;
  std::array<std::uint8_t, kIpv4HeaderBytesMax> later_header_;
};

/// Whether the datagram can leave in the pieces that it came in.
bool keeps_layout(const Cutter& cutter, const FragmentLayout& layout, std::size_t room) {
  const std::vector<std::uint16_t>& pieces = layout.payload_bytes;
  if (pieces.empty() || cutter.is_fragment()) return false;
  // Linux's NAT makes the whole TCP header one piece of memory, and the layout is lost.
  if (cutter.is_tcp() && pieces.front() < kTcpHeaderBytes) return false;
  if (std::accumulate(pieces.begin(), pieces.end(), std::size_t{0}) != cutter.payload_bytes())
    return false;
  return std::all_of(pieces.begin(), pieces.end(), [&](const std::uint16_t& bytes) {
    return bytes <= room && (bytes % 8 == 0 || &bytes == &pieces.back());
  });
}

}  // namespace

bool needs_fragmenting(ByteSpan datagram, std::size_t mtu, const FragmentLayout* layout) {
  return datagram.size() > mtu || (layout != nullptr && datagram.size() > layout->largest);
}

bool must_not_fragment(ByteSpan datagram, std::size_t mtu, const FragmentLayout* layout) {
  const Ipv4View ip(datagram.data(), datagram.size());
  if (!ip.dont_fragment() || !needs_fragmenting(datagram, mtu, layout)) return false;
  return layout == nullptr || layout->largest > mtu;
}

bool fragment(PacketPool& pool, Packet datagram, std::size_t mtu, std::vector<Packet>& fragments,
              const FragmentLayout* layout) {
  Cutter cutter(pool, std::move(datagram));
  const std::size_t total_max =
      layout != nullptr && layout->largest > 0 ? std::min<std::size_t>(mtu, layout->largest) : mtu;
  if (total_max < cutter.header_bytes() + 8) return false;
  const std::size_t room = total_max - cutter.header_bytes();

  std::size_t begin = 0;
  if (layout != nullptr && keeps_layout(cutter, *layout, room)) {
    for (const std::uint16_t bytes : layout->payload_bytes) {
      fragments.push_back(cutter.cut(begin, bytes));
      begin += bytes;
    }
    return true;
  }
  const std::uint16_t df = layout != nullptr && cutter.dont_fragment() ? kIpv4DontFragment : 0;
  while (begin < cutter.payload_bytes()) {
    const std::size_t left = cutter.payload_bytes() - begin;
    const std::size_t bytes = left <= room ? left : room & ~std::size_t{7};
    fragments.push_back(cutter.cut(begin, bytes, df));
    begin += bytes;
  }
  return true;
}

}  // namespace natsim
