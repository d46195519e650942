// An HTTP client's side of one connection: a request, its response, and perhaps a WebSocket.
#pragma once

#include <optional>
#include <string>

#include "sim/service/http.h"
#include "sim/service/stream_writer.h"
#include "sim/service/websocket.h"
#include "sim/transport/stream.h"

namespace natsim {

/// What a connection came to.
struct HttpOutcome {
  std::optional<HttpResponse> response{};
  std::string error{};  ///< "reset", "the response ended early", …; empty: none
  StreamEnd end = StreamEnd::closed;
  bool asked = false;       ///< the connection was made, and the request may have been read
  std::string websocket{};  ///< the message that came back
};

/// How long a session waits.
struct HttpPatience {
  Instant connected_by = Instant::never();
  Duration answer = Duration::seconds(30);  ///< for the next bytes of a response
};

class HttpClientListener {
 public:
  /// Once for each session, when it is known what it came to. The stream may still be closing.
  virtual void on_http(const HttpOutcome& outcome, Instant now) = 0;

 protected:
  ~HttpClientListener() = default;
};

/// Asks and closes. With `websocket_text` the request asks for an upgrade, the text is sent in one
/// message, and the session ends by WebSocket's close when one came back.
class HttpClientSession final : public StreamHandler {
 public:
  static constexpr std::string_view kWebSocketKey = "dGhlIHNhbXBsZSBub25jZQ==";

  /// The listener outlives the session.
  HttpClientSession(HttpRequest request, HttpClientListener& listener, HttpPatience patience = {})
      : request_(std::move(request)),
        listener_(listener),
        patience_(patience),
        deadline_(patience.connected_by) {}
  HttpClientSession(HttpRequest request, std::string websocket_text, HttpClientListener& listener);

  void on_connected(Stream& stream, Instant now) override;
  void on_data(Stream& stream, ByteSpan bytes, Instant now) override;
  void on_peer_closed(Stream& stream, Instant now) override;
  void on_writable(Stream& stream, Instant) override { writer_.on_writable(stream); }
  void on_closed(Stream& stream, StreamEnd end, Instant now) override;
  Instant next_deadline() const override { return deadline_; }
  void on_deadline(Stream& stream, Instant now) override;

 private:
  void take_response(Stream& stream, Instant now);
  void take_final(Stream& stream, Instant now);
  void read_frames(Stream& stream, Instant now);
  void fail(std::string error, StreamEnd end, Instant now);
  void tell(Instant now);

  HttpRequest request_;
  HttpClientListener& listener_;
  HttpPatience patience_;
  std::optional<std::string> websocket_text_;
  std::optional<WebSocketReader> frames_;
  HttpResponseReader reader_;
  StreamWriter writer_;
  HttpOutcome outcome_;
  bool told_ = false;
  Instant deadline_ = Instant::never();
};

}  // namespace natsim
