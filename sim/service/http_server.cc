#include "sim/service/http_server.h"

namespace natsim {

void HttpServerSession::on_connected(Stream&, Instant now) { deadline_ = now + kIdleTimeout; }

void HttpServerSession::on_data(Stream& stream, ByteSpan bytes, Instant now) {
  deadline_ = now + kIdleTimeout;
  while (!bytes.empty() && !writer_.closing()) {
    if (websocket_) return websocket_->on_data(stream, bytes, writer_);
    bytes = bytes.subspan(reader_.feed(bytes));
    if (const auto& problem = reader_.problem()) {
      HttpResponse refused = http_status_page(problem->status, wall_clock(now));
      refused.fields.add("Connection", "close");
      Bytes out;
      http_write(refused, out);
      writer_.write(stream, out);
      return writer_.close(stream);
    }
    if (reader_.complete()) answer(stream, reader_.next(), now);
  }
}

void HttpServerSession::answer(Stream& stream, const HttpRequest& request, Instant now) {
  if (upgrade(stream, request)) return;
  HttpResponse response = site_.answer(request, wall_clock(now));
  response.version = request.version;
  const bool stays = http_keeps_alive(request.version, request.fields);
  if (!stays) response.fields.add("Connection", "close");
  if (stays && request.version < 11) response.fields.add("Connection", "keep-alive");
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

void HttpServerSession::on_peer_closed(Stream& stream, Instant) { writer_.close(stream); }

void HttpServerSession::on_deadline(Stream& stream, Instant) {
  deadline_ = Instant::never();
  writer_.close(stream);
}

}  // namespace natsim
