#include "sim/service/http_server.h"

namespace natsim {

void HttpServerSession::on_connected(Stream&, Instant now) { deadline_ = now + kIdleTimeout; }

void HttpServerSession::on_data(Stream& stream, ByteSpan bytes, Instant now) {
  deadline_ = now + kIdleTimeout;
  while (!bytes.empty() && !writer_.closing()) {
    if (websocket_) return websocket_->on_data(stream, bytes, writer_);
    bytes = bytes.subspan(reader_.feed(bytes));
    if (const auto& problem = reader_.problem()) return refuse(stream, problem->status, now);
    if (reader_.take_continue()) {
      Bytes out;
      http_write(HttpResponse{.status = 100}, out);
      writer_.write(stream, out);
    }
    if (reader_.complete()) answer(stream, reader_.next(), now);
  }
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

void HttpServerSession::on_peer_closed(Stream& stream, Instant) { writer_.close(stream); }

void HttpServerSession::on_deadline(Stream& stream, Instant now) {
  deadline_ = Instant::never();
  if (reader_.started() && !writer_.closing()) return refuse(stream, 408, now);
  writer_.close(stream);
}

}  // namespace natsim
