// Foreign bytes as a syslog message: what is read is printable, bounded, and can be written.
#include <algorithm>
#include <cstdint>

#include "sim/base/check.h"
#include "sim/wire/syslog.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace natsim;
  const auto message = SyslogMessage::parse({data, size});
  const std::string line = message.to_string();
  SIM_CHECK(line.size() <= kSyslogBytesMax + 100);
  SIM_CHECK(std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c <= '~'; }));
  Bytes written;
  message.emit(written);
  if (written.size() > kSyslogBytesMax) return 0;
  SIM_CHECK(SyslogMessage::parse(written).text == message.text);
  return 0;
}
