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

/// The pieces that the datagram has in Linux's memory: those that it came in, save that the first
/// has `linear` octets at least.
std::vector<std::uint16_t> pieces_of(const Cutter& cutter, const FragmentLayout& layout,
                                     std::size_t linear) {
  std::vector<std::uint16_t> pieces = layout.payload_bytes;
  if (cutter.is_tcp()) linear = std::max(linear, kTcpHeaderBytes);
  if (pieces.empty() || linear > cutter.payload_bytes()) return pieces;
  while (pieces.front() < linear && pieces.size() > 1) {
    const auto taken = std::uint16_t(std::min<std::size_t>(linear - pieces.front(), pieces[1]));
    pieces[0] = std::uint16_t(pieces[0] + taken);
    pieces[1] = std::uint16_t(pieces[1] - taken);
    if (pieces[1] == 0) pieces.erase(pieces.begin() + 1);
  }
  return pieces;
}

/// Whether the datagram can leave in these pieces.
bool keeps_layout(const Cutter& cutter, const std::vector<std::uint16_t>& pieces,
                  std::size_t room) {
  if (pieces.empty() || cutter.is_fragment()) return false;
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
              const FragmentLayout* layout, std::size_t linear_bytes) {
  Cutter cutter(pool, std::move(datagram));
  const std::size_t total_max =
      layout != nullptr && layout->largest > 0 ? std::min<std::size_t>(mtu, layout->largest) : mtu;
  if (total_max < cutter.header_bytes() + 8) return false;
  const std::size_t room = total_max - cutter.header_bytes();

  std::size_t begin = 0;
  if (layout != nullptr) {
    const std::vector<std::uint16_t> pieces = pieces_of(cutter, *layout, linear_bytes);
    if (keeps_layout(cutter, pieces, room)) {
      for (const std::uint16_t bytes : pieces) {
        fragments.push_back(cutter.cut(begin, bytes));
        begin += bytes;
      }
      return true;
    }
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
