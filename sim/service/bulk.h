// A source of bytes for as fast as a stream takes them, and how long they took.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/transport/stream.h"

namespace natsim {

/// What became of a bulk transfer.
struct BulkReport {
  std::uint64_t bytes = 0;     ///< handed to the stream; with `closed` all of them were received
  std::uint64_t received = 0;  ///< that came back
  Duration elapsed;            ///< from the start to the peer's FIN, or to the failure
  StreamEnd end = StreamEnd::closed;

  /// Payload per second; 0 if no time passed.
  std::uint64_t bits_per_second() const;
  /// "10000000 bytes in 0.853 s, 93.8 Mbit/s"
  std::string to_string() const;
};

class BulkListener {
 public:
  virtual void on_bulk(const BulkReport& report) = 0;

 protected:
  ~BulkListener() = default;
};

struct BulkOptions {
  std::uint64_t bytes = 0;                          ///< 0: no limit
  Instant until = Instant::never();                 ///< nothing is sent from then on
  std::optional<CongestionAlgorithm> congestion{};  ///< none: the node's
};

/// Sends `bytes` bytes, or until a time, whichever is less; then closes and waits for the peer to
/// close. The listener outlives it, and is told once.
class BulkSender final : public StreamHandler {
 public:
  BulkSender(const BulkOptions& options, BulkListener& listener, Instant now)
      : options_(options), listener_(listener), started_(now), ended_(now) {}

  void on_connected(Stream& stream, Instant now) override;
  void on_writable(Stream& stream, Instant now) override { send(stream, now); }
  void on_data(Stream&, ByteSpan bytes, Instant) override { report_.received += bytes.size(); }
  void on_peer_closed(Stream& stream, Instant now) override;
  void on_closed(Stream& stream, StreamEnd end, Instant now) override;
  Instant next_deadline() const override { return closed_ ? Instant::never() : options_.until; }
  void on_deadline(Stream& stream, Instant now) override { send(stream, now); }

 private:
  void send(Stream& stream, Instant now);

  BulkOptions options_;
  BulkListener& listener_;
  BulkReport report_;
  Instant started_, ended_;
  bool closed_ = false, peer_closed_ = false;
};

}  // namespace natsim
