// WebSocket (RFC 6455): the handshake, frames, and a server's program that echoes messages.
//
//    0               1               2 …
//   |F|RSV| opcode  |M| length (7)  | length, 16 or 64 bits | masking key, 4 | payload …
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sim/service/http.h"
#include "sim/service/stream_writer.h"

namespace natsim {

enum class WebSocketOpcode : std::uint8_t {
  continuation = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10,
};

struct WebSocketFrame {
  bool final = true;
  WebSocketOpcode opcode = WebSocketOpcode::text;
  std::optional<std::uint32_t> mask{};  ///< of what a client sends
  std::string payload{};
};

/// Appends the frame, its payload masked where it has a mask.
void websocket_write(const WebSocketFrame& frame, Bytes& out);

/// Reads frames out of a stream of bytes; payloads come unmasked.
class WebSocketReader {
 public:
  static constexpr std::uint64_t kPayloadMax = 1 << 20;
  /// `masked`: frames have to be (a server's side), or must not be.
  explicit WebSocketReader(bool masked) : masked_(masked) {}
  void feed(ByteSpan bytes) { held_.append(bytes.begin(), bytes.end()); }
  /// The next whole frame. After failed() there is none.
  std::optional<WebSocketFrame> next();
  /// The close code that tells what was wrong (RFC 6455 7.4.1): 1002, 1009; 0: nothing.
  std::uint16_t failed() const { return failed_; }

 private:
  std::string held_;
  bool masked_;
  std::uint16_t failed_ = 0;
};

/// Sec-WebSocket-Accept for a Sec-WebSocket-Key.
std::string websocket_accept_key(std::string_view key);
/// The 101 response to a request that is a handshake (RFC 6455 4.2.1).
std::optional<HttpResponse> websocket_accept(const HttpRequest& request);
/// A close frame with a code.
WebSocketFrame websocket_close(std::uint16_t code);

/// Sends text and binary messages back, answers pings, closes when asked to.
class WebSocketEcho {
 public:
  void on_data(Stream& stream, ByteSpan bytes, StreamWriter& writer);

 private:
  WebSocketReader reader_{true};
};

}  // namespace natsim
