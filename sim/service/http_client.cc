#include "sim/service/http_client.h"

#include <fmt/format.h>

namespace natsim {
namespace {

// RFC 6455 10.3 wants a mask that nobody can guess; here, one that is the same every time.
constexpr std::uint32_t kMask = 0x37fa213d;

}  // namespace

HttpClientSession::HttpClientSession(HttpRequest request, std::string websocket_text,
                                     HttpClientListener& listener)
    : request_(std::move(request)),
      listener_(listener),
      websocket_text_(std::move(websocket_text)) {
  request_.fields.set("Connection", "Upgrade");
  request_.fields.set("Upgrade", "websocket");
  request_.fields.set("Sec-WebSocket-Key", std::string(kWebSocketKey));
  request_.fields.set("Sec-WebSocket-Version", "13");
}

void HttpClientSession::on_connected(Stream& stream, Instant now) {
  outcome_.asked = true;
  deadline_ = now + patience_.answer;
  if (request_.method == "HEAD") reader_.expect_no_body();
  Bytes out;
  http_write(request_, out);
  writer_.write(stream, out);
}

void HttpClientSession::on_data(Stream& stream, ByteSpan bytes, Instant now) {
  if (told_) return;
  deadline_ = now + patience_.answer;
  while (!frames_ && !told_) {
    bytes = bytes.subspan(reader_.feed(bytes));
    if (reader_.problem()) {
      fail("malformed response: " + reader_.problem()->why, StreamEnd::closed, now);
      return stream.abort();
    }
    if (!reader_.complete()) return;
    take_response(stream, now);
  }
  if (!frames_) return;
  frames_->feed(bytes);
  read_frames(stream, now);
}

void HttpClientSession::take_response(Stream& stream, Instant now) {
  HttpResponse response = reader_.next();
  if (response.status / 100 == 1 && response.status != 101) {  // RFC 9110 15.2: the answer follows.
    if (request_.method == "HEAD") reader_.expect_no_body();
    return;
  }
  outcome_.response = std::move(response);
  take_final(stream, now);
}

void HttpClientSession::take_final(Stream& stream, Instant now) {
  const HttpResponse& response = *outcome_.response;
  if (websocket_text_ && response.status == 101) {
    const std::string* const key = response.fields.find("Sec-WebSocket-Accept");
    if (key == nullptr || *key != websocket_accept_key(kWebSocketKey)) {
      fail("the WebSocket handshake was not answered rightly", StreamEnd::closed, now);
      return stream.abort();
    }
    frames_.emplace(false);
    Bytes out;
    websocket_write({true, WebSocketOpcode::text, kMask, *websocket_text_}, out);
    return writer_.write(stream, out);
  }
  tell(now);
  writer_.close(stream);
}

void HttpClientSession::read_frames(Stream& stream, Instant now) {
  while (const auto frame = frames_->next()) {
    if (frame->opcode == WebSocketOpcode::text) {
      outcome_.websocket = frame->payload;
      WebSocketFrame close = websocket_close(1000);
      close.mask = kMask;
      Bytes out;
      websocket_write(close, out);
      writer_.write(stream, out);
    } else if (frame->opcode == WebSocketOpcode::close) {
      tell(now);
      return writer_.close(stream);
    }
  }
  if (frames_->failed() == 0) return;
  fail("malformed WebSocket frame", StreamEnd::closed, now);
  stream.abort();
}

void HttpClientSession::on_peer_closed(Stream& stream, Instant now) {
  if (!told_ && !frames_ && reader_.end()) return take_response(stream, now);
  if (!told_) fail("the response ended early", StreamEnd::closed, now);
  writer_.close(stream);
}

void HttpClientSession::on_closed(Stream&, StreamEnd end, Instant now) {
  deadline_ = Instant::never();
  if (!told_) fail(to_string(end), end, now);
}

void HttpClientSession::on_deadline(Stream& stream, Instant now) {
  if (told_) {
    deadline_ = Instant::never();
    return;
  }
  const char* const what = outcome_.asked ? "response" : "connection";
  fail(fmt::format("no {} in time", what), StreamEnd::timed_out, now);
  stream.abort();
}

void HttpClientSession::fail(std::string error, StreamEnd end, Instant now) {
  outcome_.error = std::move(error);
  outcome_.end = end;
  tell(now);
}

void HttpClientSession::tell(Instant now) {
  told_ = true;
  deadline_ = Instant::never();
  listener_.on_http(outcome_, now);
}

}  // namespace natsim
