// Putting fragments together again: RFC 791 3.2, RFC 1122 3.3.2, with Linux's answers where those
// leave room (RFC 5722's rule on overlaps, the limits).
#pragma once

#include <cstdint>
#include <vector>

#include "sim/base/time.h"
#include "sim/ip/flat_index.h"
#include "sim/ip/fragmentation.h"
#include "sim/observe/reason.h"
#include "sim/wire/address.h"
#include "sim/wire/packet.h"

namespace natsim {

struct ReassemblyOptions {
  Duration timeout = Duration::seconds(30);          ///< from the first fragment that came
  std::uint32_t memory_bytes_max = 4 * 1024 * 1024;  ///< as Linux charges buffers
};

/// A fragment whose datagram will not be.
struct LostFragment {
  Packet packet;
  /// reassembly_timeout, or reassembly_error for overlaps, nonsense and a full memory.
  Cause cause = Cause::reassembly_error;
  /// At a timeout, on the fragment with offset 0: quote it in an ICMP 11/1 (IPV4-14).
  bool report = false;
};

/// What became of one fragment.
enum class Reassembly : std::uint8_t {
  held,       ///< waits for the others
  complete,   ///< the datagram is whole
  duplicate,  ///< nothing new in it; it is gone, the datagram survives (IPV4-16)
  refused,    ///< it is lost, and with an overlap or contradiction all of its datagram
};

/// The datagrams of one node that are not whole yet. Does no I/O: call on_deadline() when
/// next_deadline() has come.
class Reassembler {
 public:
  explicit Reassembler(const ReassemblyOptions& options = {}) : options_(options) {}

  /// Takes a fragment (data() is the IPv4 header, size() its total length). When the datagram is
  /// complete, `packet` becomes it: header and journey of the first fragment, DF where the longest
  /// fragment had it, ECN as RFC 3168 5.3 combines it, headroom for Ethernet, and in there what the
  /// first fragment had in its own: its frame's header. Otherwise `packet`
  /// becomes empty and fragments that were given up are appended to `lost`.
  /// REQUIRES: a valid header; is_fragment(); now not before that of any earlier call.
  Reassembly add(Instant now, PacketPool& pool, Packet& packet, std::vector<LostFragment>& lost);

  /// How the datagram that add() completed last had come. Valid until the next add().
  const FragmentLayout& layout() const { return layout_; }

  Instant next_deadline() const;
  /// Gives up what has waited too long (IPV4-15), oldest first.
  void on_deadline(Instant now, std::vector<LostFragment>& lost);

  std::size_t datagrams() const { return index_.size(); }
  std::uint32_t memory_bytes() const { return memory_bytes_; }

 private:
  static constexpr std::uint32_t kNone = FlatIndex::kNone;

  struct Key {
    Ipv4Address source, destination;
    std::uint16_t id = 0;
    Protocol protocol = Protocol::udp;
    bool operator==(const Key&) const = default;
  };
  struct Piece {
    Packet packet;
    std::uint32_t begin = 0, end = 0;  // octets of the datagram's payload
  };
  struct Datagram {
    Key key;
    Instant deadline;
    std::vector<Piece> pieces;  // by begin, disjoint
    std::uint32_t bytes_held = 0;
    std::uint32_t payload_end = 0;  // of the datagram if the last fragment came, else as far seen
    bool last_seen = false;
    std::uint8_t ecn_seen = 0;  // a bit for each of the four codepoints
    std::uint32_t older = kNone, newer = kNone;
  };
  enum class Fit : std::uint8_t { new_octets, nothing_new, contradiction };

  std::uint32_t find_or_open(Instant now, const Key& key);
  void close(std::uint32_t number);
  static Fit fit(Datagram& datagram, std::uint32_t begin, std::uint32_t end, bool more);
  bool join(const Datagram& datagram, PacketPool& pool, Packet& result);
  void give_up(std::uint32_t number, Cause cause, std::vector<LostFragment>& lost);

  ReassemblyOptions options_;
  std::vector<Datagram> datagrams_;  // slots, the free ones listed in free_
  std::vector<std::uint32_t> free_;
  FlatIndex index_;
  std::uint32_t oldest_ = kNone, newest_ = kNone;
  std::uint32_t memory_bytes_ = 0;
  FragmentLayout layout_;
};

}  // namespace natsim
