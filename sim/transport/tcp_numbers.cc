#include "sim/transport/tcp_numbers.h"

#include <initializer_list>

#include "sim/base/random.h"

namespace natsim {
namespace {

/// The RFC's clock ticks every 4 us, for the networks of its day; Linux's as here, so that it stays
/// ahead of 15 MB/s (secure_seq.c).
constexpr int kTickShift = 6;  // 64 ns

std::uint64_t keyed_hash(std::uint64_t key, std::initializer_list<std::uint64_t> words) {
  for (const std::uint64_t word : words) key = Prng(key ^ word).next();
  return key;
}

}  // namespace

Seq TcpNumbers::initial(const Tuple& connection, Instant now) const {
  const auto& [local, remote, protocol] = connection;
  const std::uint64_t ports = std::uint64_t{local.port} << 16 | remote.port;
  const std::uint64_t hash =
      keyed_hash(secret_, {local.address.high(), local.address.low(), remote.address.high(),
                           remote.address.low(), ports});
  return Seq(std::uint32_t(hash) + std::uint32_t(std::uint64_t(now.ns()) >> kTickShift));
}

std::uint32_t TcpNumbers::clock_offset(const Tuple& connection) const {
  const IpAddress &local = connection.source.address, &remote = connection.destination.address;
  return std::uint32_t(
      keyed_hash(secret_, {local.high(), local.low(), remote.high(), remote.low()}));
}

}  // namespace natsim
