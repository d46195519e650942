#include "sim/service/bulk.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace natsim {
namespace {

constexpr std::size_t kChunkBytes = 16 * 1024;

/// Printable, and never the same line twice in a chunk: what is missing in a capture shows.
constexpr std::array<std::uint8_t, kChunkBytes> make_chunk() {
  std::array<std::uint8_t, kChunkBytes> chunk{};
  for (std::size_t i = 0; i < chunk.size(); ++i) {
    const std::size_t line = i / 64, column = i % 64;
    chunk[i] = column == 63 ? std::uint8_t('\n')
               : column < 3 ? std::uint8_t('0' + line /
                                                     (column == 0   ? 100
                                                      : column == 1 ? 10
                                                                    : 1) %
                                                     10)
                            : std::uint8_t('a' + (line + column) % 26);
  }
  return chunk;
}
constexpr std::array<std::uint8_t, kChunkBytes> kChunk = make_chunk();

}  // namespace

void BulkSender::on_connected(Stream& stream, Instant now) {
  if (options_.congestion) stream.set_congestion_control(*options_.congestion);
  send(stream, now);
}

void BulkSender::send(Stream& stream, Instant now) {
  if (closed_) return;
  while (now < options_.until && (options_.bytes == 0 || report_.bytes < options_.bytes)) {
    std::size_t size = kChunkBytes;
    if (options_.bytes > 0)
      size = std::size_t(std::min<std::uint64_t>(size, options_.bytes - report_.bytes));
    const std::size_t sent = stream.send({kChunk.data(), size});
    report_.bytes += sent;
    if (sent < size) return;  // on_writable() goes on.
  }
  closed_ = true;
  stream.close();
}

void BulkSender::on_peer_closed(Stream& stream, Instant now) {
  peer_closed_ = true;
  ended_ = now;
  closed_ = true;
  stream.close();
}

void BulkSender::on_closed(Stream&, StreamEnd end, Instant now) {
  report_.end = end;
  report_.elapsed = (peer_closed_ ? ended_ : now) - started_;
  listener_.on_bulk(report_);
}

std::uint64_t BulkReport::bits_per_second() const {
  const std::int64_t us = elapsed.ns() / 1000;
  return us > 0 ? bytes * 8 * 1'000 / std::uint64_t(us) * 1'000 : 0;
}

std::string BulkReport::to_string() const {
  const std::int64_t ms = elapsed.ns() / 1'000'000;
  const std::uint64_t kbps = bits_per_second() / 1000;
  std::string text = fmt::format("{} bytes in {}.{:03} s, {}.{} Mbit/s", bytes, ms / 1000,
                                 ms % 1000, kbps / 1000, kbps / 100 % 10);
  if (end != StreamEnd::closed) text = fmt::format("{} after {}", natsim::to_string(end), text);
  return text;
}

}  // namespace natsim
