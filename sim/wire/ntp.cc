#include "sim/wire/ntp.h"

namespace natsim {
namespace {

__extension__ using Wide = __int128;

constexpr std::int64_t kUnixEpochInNtp = 2'208'988'800;  // RFC 5905 figure 4: 1970-01-01
constexpr std::int64_t kSecondNs = 1'000'000'000;

}  // namespace

NtpTime ntp_time(Instant now, std::int64_t epoch_s) {
  std::int64_t seconds = now.ns() / kSecondNs, rest = now.ns() % kSecondNs;
  if (rest < 0) --seconds, rest += kSecondNs;
  const auto whole = std::uint64_t(epoch_s + seconds + kUnixEpochInNtp);
  return (whole << 32) + (std::uint64_t(rest) << 32) / std::uint64_t(kSecondNs);
}

Duration ntp_difference(NtpTime a, NtpTime b) {
  const Wide ns = Wide(std::int64_t(a - b)) * kSecondNs;
  return Duration::nanoseconds(std::int64_t((ns + (Wide(1) << 31)) >> 32));
}

Result<NtpPacket> NtpPacket::parse(ByteSpan datagram) {
  if (datagram.size() < kNtpBytes) return WireError::truncated;
  const std::uint8_t* const p = datagram.data();
  NtpPacket packet;
  packet.leap = p[0] >> 6;
  packet.version = p[0] >> 3 & 7;
  packet.mode = NtpMode(p[0] & 7);
  packet.stratum = p[1];
  packet.poll = std::int8_t(p[2]);
  packet.precision = std::int8_t(p[3]);
  packet.root_delay = load_be32(p + 4);
  packet.root_dispersion = load_be32(p + 8);
  packet.reference_id = load_be32(p + 12);
  packet.reference = load_be64(p + 16);
  packet.origin = load_be64(p + 24);
  packet.receive = load_be64(p + 32);
  packet.transmit = load_be64(p + 40);
  return packet;
}

void NtpPacket::emit(Bytes& out) const {
  const std::size_t at = out.size();
  out.resize(at + kNtpBytes);
  std::uint8_t* const p = out.data() + at;
  p[0] = std::uint8_t(leap << 6 | (version & 7) << 3 | (std::uint8_t(mode) & 7));
  p[1] = stratum;
  p[2] = std::uint8_t(poll);
  p[3] = std::uint8_t(precision);
  store_be32(p + 4, root_delay);
  store_be32(p + 8, root_dispersion);
  store_be32(p + 12, reference_id);
  store_be64(p + 16, reference);
  store_be64(p + 24, origin);
  store_be64(p + 32, receive);
  store_be64(p + 40, transmit);
}

}  // namespace natsim
