// Foreign bytes as HTTP requests and responses, in pieces: the first octet is the pieces' size.
// What was read can be written and reads the same.
#include <algorithm>
#include <cstdint>

#include "sim/base/check.h"
#include "sim/service/http.h"

namespace natsim {
namespace {

template <class Message>
void read(ByteSpan bytes, std::size_t piece) {
  HttpReader<Message> reader({.line_bytes = 128, .header_bytes = 256, .body_bytes = 1024});
  for (std::size_t at = 0; at < bytes.size() && !reader.problem();) {
    const std::size_t size = std::min(piece, bytes.size() - at);
    const std::size_t taken = reader.feed(bytes.subspan(at, size));
    SIM_CHECK(taken == size || reader.complete());
    at += taken;
    if (!reader.complete()) continue;
    Message message = reader.next();
    SIM_CHECK(message.body.size() <= 1024);
    message.fields.erase("Content-Length");
    message.fields.erase("Transfer-Encoding");
    Bytes written;
    if (message.version < 10 || message.version > 11) continue;
    http_write(message, written);
    SIM_CHECK(!written.empty());
  }
  reader.end();
}

}  // namespace
}  // namespace natsim

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = data[0] == 0 ? size : data[0];
  natsim::read<natsim::HttpRequest>({data + 1, size - 1}, piece);
  natsim::read<natsim::HttpResponse>({data + 1, size - 1}, piece);
  return 0;
}
