#include "sim/service/websocket.h"

#include <boost/uuid/detail/sha1.hpp>

#include "sim/service/http_site.h"

namespace natsim {
namespace {

constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // RFC 6455 1.3
constexpr std::uint16_t kProtocolError = 1002, kTooBig = 1009;

void mask(std::string& payload, std::uint32_t key) {
  for (std::size_t i = 0; i < payload.size(); ++i)
    payload[i] = char(std::uint8_t(payload[i]) ^ (key >> (24 - 8 * (i % 4)) & 0xff));
}

bool is_control(WebSocketOpcode opcode) { return std::uint8_t(opcode) >= 8; }

}  // namespace

void websocket_write(const WebSocketFrame& frame, Bytes& out) {
  const std::size_t size = frame.payload.size();
  out.push_back(std::uint8_t((frame.final ? 0x80 : 0) | std::uint8_t(frame.opcode)));
  const std::uint8_t mask_bit = frame.mask ? 0x80 : 0;
  const int length_bytes = size < 126 ? 0 : size <= 0xffff ? 2 : 8;
  out.push_back(std::uint8_t(mask_bit | (length_bytes == 0   ? size
                                         : length_bytes == 2 ? 126
                                                             : 127)));
  for (int i = length_bytes - 1; i >= 0; --i)
    out.push_back(std::uint8_t(std::uint64_t(size) >> (8 * i)));
  std::string payload = frame.payload;
  if (frame.mask) {
    for (int i = 3; i >= 0; --i) out.push_back(std::uint8_t(*frame.mask >> (8 * i)));
    mask(payload, *frame.mask);
  }
  out.insert(out.end(), payload.begin(), payload.end());
}

std::optional<WebSocketFrame> WebSocketReader::next() {
  if (failed_ != 0 || held_.size() < 2) return std::nullopt;
  const auto octet = [this](std::size_t at) { return std::uint8_t(held_[at]); };
  WebSocketFrame frame;
  frame.final = (octet(0) & 0x80) != 0;
  frame.opcode = WebSocketOpcode(octet(0) & 0x0f);
  std::uint64_t size = octet(1) & 0x7f;
  std::size_t at = 2;
  const std::size_t length_bytes = size == 126 ? 2 : size == 127 ? 8 : 0;
  if (held_.size() < at + length_bytes) return std::nullopt;
  if (length_bytes > 0) {
    size = 0;
    for (std::size_t i = 0; i < length_bytes; ++i) size = size << 8 | octet(at++);
  }
  const auto opcode = std::uint8_t(frame.opcode);
  const bool known = opcode <= 2 || (opcode >= 8 && opcode <= 10);
  // RFC 6455 5.2, 5.5: no extensions; control frames are short and whole.
  if ((octet(0) & 0x70) != 0 || !known || ((octet(1) & 0x80) != 0) != masked_ ||
      (is_control(frame.opcode) && (size > 125 || !frame.final))) {
    failed_ = kProtocolError;
    return std::nullopt;
  }
  if (size > kPayloadMax) {
    failed_ = kTooBig;
    return std::nullopt;
  }
  if (held_.size() < at + (masked_ ? 4 : 0) + size) return std::nullopt;
  if (masked_) {
    std::uint32_t key = 0;
    for (int i = 0; i < 4; ++i) key = key << 8 | octet(at++);
    frame.mask = key;
  }
  frame.payload = held_.substr(at, std::size_t(size));
  if (frame.mask) mask(frame.payload, *frame.mask);
  held_.erase(0, at + std::size_t(size));
  return frame;
}

std::string websocket_accept_key(std::string_view key) {
  boost::uuids::detail::sha1 sha1;
  sha1.process_bytes(key.data(), key.size());
  sha1.process_bytes(kGuid.data(), kGuid.size());
  unsigned int words[5];
  sha1.get_digest(words);
  std::string digest;
  for (const unsigned int word : words)
    for (int shift = 24; shift >= 0; shift -= 8) digest += char(word >> shift);
  return base64(digest);
}

std::optional<HttpResponse> websocket_accept(const HttpRequest& request) {
  const std::string* const key = request.fields.find("Sec-WebSocket-Key");
  if (request.method != "GET" || key == nullptr || !request.fields.lists("Connection", "upgrade") ||
      !request.fields.lists("Upgrade", "websocket"))
    return std::nullopt;
  HttpResponse response;
  response.status = 101;
  response.fields.add("Upgrade", "websocket");
  response.fields.add("Connection", "Upgrade");
  response.fields.add("Sec-WebSocket-Accept", websocket_accept_key(*key));
  return response;
}

WebSocketFrame websocket_close(std::uint16_t code) {
  return {true, WebSocketOpcode::close, std::nullopt, {char(code >> 8), char(code)}};
}

void WebSocketEcho::on_data(Stream& stream, ByteSpan bytes, StreamWriter& writer) {
  reader_.feed(bytes);
  Bytes out;
  bool closes = false;
  while (auto frame = reader_.next()) {
    frame->mask.reset();
    if (frame->opcode == WebSocketOpcode::pong) continue;
    if (frame->opcode == WebSocketOpcode::ping) frame->opcode = WebSocketOpcode::pong;
    websocket_write(*frame, out);
    closes = frame->opcode == WebSocketOpcode::close;
    if (closes) break;
  }
  if (reader_.failed() != 0) {
    websocket_write(websocket_close(reader_.failed()), out);
    closes = true;
  }
  writer.write(stream, out);
  if (closes) writer.close(stream);
}

}  // namespace natsim
