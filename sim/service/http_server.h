// An HTTP server behind a TCP port: one session for each connection, requests in order.
#pragma once

#include <memory>

#include "sim/service/http_intake.h"
#include "sim/service/http_site.h"
#include "sim/service/stream_writer.h"
#include "sim/service/websocket.h"
#include "sim/transport/stream.h"

namespace natsim {

class HttpServerSession final : public StreamHandler {
 public:
  static constexpr Duration kIdleTimeout = Duration::seconds(60);

  /// The site outlives the session. `epoch_s`: the wall clock of time 0.
  HttpServerSession(const HttpSite& site, std::int64_t epoch_s) : site_(site), epoch_s_(epoch_s) {}

  void on_connected(Stream& stream, Instant now) override;
  void on_data(Stream& stream, ByteSpan bytes, Instant now) override;
  void on_peer_closed(Stream& stream, Instant now) override;
  void on_writable(Stream& stream, Instant now) override;
  Instant next_deadline() const override { return deadline_; }
  void on_deadline(Stream& stream, Instant now) override;

 private:
  void serve(Stream& stream, Instant now);
  void answer(Stream& stream, const HttpRequest& request, Instant now);
  void refuse(Stream& stream, int status, Instant now);
  bool upgrade(Stream& stream, const HttpRequest& request);
  std::int64_t wall_clock(Instant now) const {
    return epoch_s_ + now.since_start().whole_seconds();
  }

  const HttpSite& site_;
  std::int64_t epoch_s_;
  HttpIntake intake_;
  StreamWriter writer_;
  std::unique_ptr<WebSocketEcho> websocket_;
  bool ended_ = false;  // the client has said all
  Instant deadline_ = Instant::never();
};

class HttpServerFactory final : public StreamHandlerFactory {
 public:
  HttpServerFactory(HttpSite site, std::int64_t epoch_s)
      : site_(std::move(site)), epoch_s_(epoch_s) {}
  std::unique_ptr<StreamHandler> make(const Endpoint&, const Endpoint&) override {
    return std::make_unique<HttpServerSession>(site_, epoch_s_);
  }

 private:
  HttpSite site_;
  std::int64_t epoch_s_;
};

}  // namespace natsim
