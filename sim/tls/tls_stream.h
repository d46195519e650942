// One end of one TLS connection, between TCP and a program.
#pragma once

#include <memory>
#include <string>

#include "sim/base/random.h"
#include "sim/service/stream_writer.h"
#include "sim/tls/handles.h"
#include "sim/tls/random.h"
#include "sim/tls/tls.h"

namespace natsim::tls {

class TlsStream final : public StreamHandler, public Stream {
 public:
  /// `connection` has memory buffers on both sides, and is in connect or accept state.
  TlsStream(std::shared_ptr<Library> library, ContextHandle context, ConnectionHandle connection,
            Prng random, std::unique_ptr<StreamHandler> program, std::int64_t epoch_s,
            TlsNode::ReportSink report);

  // --- towards TCP
  void on_connected(Stream& stream, Instant now) override;
  void on_data(Stream& stream, ByteSpan bytes, Instant now) override;
  void on_peer_closed(Stream& stream, Instant now) override;
  void on_writable(Stream& stream, Instant now) override;
  void on_closed(Stream& stream, StreamEnd end, Instant now) override;
  Instant next_deadline() const override { return program_->next_deadline(); }
  void on_deadline(Stream& stream, Instant now) override;

  // --- towards the program
  std::size_t send(ByteSpan bytes) override;
  void close() override;
  void leave() override;
  void abort() override;
  void pause() override { stream_->pause(); }
  void resume() override { stream_->resume(); }
  Endpoint local() const override { return stream_->local(); }
  Endpoint remote() const override { return stream_->remote(); }

  /// From OpenSSL: an alert that came or went.
  void on_alert(bool received, const char* words);

 private:
  class Draws;
  void set_clock(Instant now);
  void shake_hands(Instant now);
  void read(Instant now);
  void flush();
  void fail(Instant now);
  void tell(bool established, std::string error);

  std::shared_ptr<Library> library_;  // outlives the handles
  ContextHandle context_;
  ConnectionHandle connection_;
  Prng random_;
  std::unique_ptr<StreamHandler> program_;
  std::int64_t epoch_s_;
  TlsNode::ReportSink report_;
  Stream* stream_ = nullptr;
  StreamWriter writer_;
  std::string alert_;
  bool established_ = false, told_ = false, failed_ = false;
  bool peer_closed_ = false, closing_ = false;
};

}  // namespace natsim::tls
