#include "sim/service/tcp_talk.h"

#include <algorithm>
#include <utility>

namespace natsim {

void TcpTalkClient::on_connected(Stream& stream, Instant now) {
  deadline_ = now + kPatience;
  report_.sent = text_.size();
  writer_.write(stream, {reinterpret_cast<const std::uint8_t*>(text_.data()), text_.size()});
  writer_.close(stream);
}

void TcpTalkClient::on_data(Stream&, ByteSpan bytes, Instant now) {
  if (told_) return;
  deadline_ = now + kPatience;
  report_.received += bytes.size();
  bytes = bytes.first(std::min(bytes.size(), kAnswerMax - report_.answer.size()));
  report_.answer.append(bytes.begin(), bytes.end());
}

void TcpTalkClient::on_writable(Stream& stream, Instant now) {
  if (!told_) deadline_ = now + kPatience;
  writer_.on_writable(stream);
}

void TcpTalkClient::on_peer_closed(Stream&, Instant) {
  tell(StreamEnd::closed, writer_.empty() ? "" : "the other side ended before it had heard all");
}

void TcpTalkClient::on_closed(Stream&, StreamEnd end, Instant) {
  tell(end, end == StreamEnd::closed ? "" : to_string(end));
}

void TcpTalkClient::on_deadline(Stream& stream, Instant) {
  tell(StreamEnd::timed_out, "no end within 30 s");
  stream.abort();
}

void TcpTalkClient::tell(StreamEnd end, std::string error) {
  if (std::exchange(told_, true)) return;
  deadline_ = Instant::never();
  report_.end = end;
  report_.error = std::move(error);
  listener_.on_talk(report_);
}

}  // namespace natsim
