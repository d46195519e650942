// Small programs behind TCP ports: everything back (RFC 862), or nothing (RFC 863).
#pragma once

#include "sim/transport/stream.h"

namespace natsim {

/// Sends back what it reads, and closes when its peer has closed. Reads no faster than the peer
/// takes its own words back.
class TcpEcho final : public StreamHandler {
 public:
  void on_data(Stream& stream, ByteSpan bytes, Instant now) override;
  void on_writable(Stream& stream, Instant now) override;
  void on_peer_closed(Stream& stream, Instant now) override;

 private:
  Bytes waiting_;  // the stream had no room for it
  bool peer_closed_ = false;
};

/// Reads, counts, and closes when its peer has closed.
class TcpDiscard final : public StreamHandler {
 public:
  void on_data(Stream&, ByteSpan bytes, Instant) override { bytes_ += bytes.size(); }
  std::uint64_t bytes() const { return bytes_; }

 private:
  std::uint64_t bytes_ = 0;
};

}  // namespace natsim
