#include "sim/service/http_server.h"

namespace natsim {

void HttpServerSession::on_connected(Stream&, Instant now) { deadline_ = now + kIdleTimeout; }

void HttpServerSession::on_data(Stream& stream, ByteSpan bytes, Instant now) {
  deadline_ = now + kIdleTimeout;
  if (websocket_) return websocket_->on_data(stream, bytes, writer_);
  intake_.add(bytes);
  serve(stream, now);
}

/// What has come; as long as an answer waits for its way, the next request does.
void HttpServerSession::serve(Stream& stream, Instant now) {
  while (writer_.empty() && !writer_.closing()) {
    if (const auto request = intake_.next()) {
      answer(stream, *request, now);
      if (websocket_) return websocket_->on_data(stream, intake_.take_rest(), writer_);
    } else if (intake_.problem()) {
      return refuse(stream, intake_.problem()->status, now);
    } else if (ended_) {
      return writer_.close(stream);
    } else {
      if (intake_.take_continue()) {
        Bytes out;
        http_write(HttpResponse{.status = 100}, out);
        writer_.write(stream, out);
      }
      return;
    }
  }
  if (!writer_.closing()) stream.pause();
}

void HttpServerSession::on_writable(Stream& stream, Instant now) {
  writer_.on_writable(stream);
  if (!writer_.empty() || writer_.closing() || websocket_) return;
  stream.resume();
  serve(stream, now);
}

/// What follows on the connection is not understood, or not waited for.
void HttpServerSession::refuse(Stream& stream, int status, Instant now) {
  HttpResponse refused = http_status_page(status, wall_clock(now));
  refused.fields.add("Connection", "close");
  Bytes out;
  http_write(refused, out);
  writer_.write(stream, out);
  writer_.close(stream);
}

void HttpServerSession::answer(Stream& stream, const HttpRequest& request, Instant now) {
  if (upgrade(stream, request)) return;
  HttpResponse response = site_.answer(request, wall_clock(now));
  const bool stays = http_persist(request, response);
  Bytes out;
  http_write(response, out, request.method == "HEAD");
  writer_.write(stream, out);
  if (!stays) writer_.close(stream);
}

bool HttpServerSession::upgrade(Stream& stream, const HttpRequest& request) {
  const HttpPage* const page = site_.find(request);
  if (page == nullptr || !page->websocket) return false;
  const auto accepted = websocket_accept(request);
  if (!accepted) return false;
  Bytes out;
  http_write(*accepted, out);
  writer_.write(stream, out);
  websocket_ = std::make_unique<WebSocketEcho>();
  return true;
}

void HttpServerSession::on_peer_closed(Stream& stream, Instant now) {
  ended_ = true;
  if (websocket_) return writer_.close(stream);
  serve(stream, now);
}

void HttpServerSession::on_deadline(Stream& stream, Instant now) {
  deadline_ = Instant::never();
  const bool waits = intake_.started() && writer_.empty() && !writer_.closing();
  waits ? refuse(stream, 408, now) : writer_.close(stream);
}

}  // namespace natsim
