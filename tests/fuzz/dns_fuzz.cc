// Foreign bytes as a DNS message: what is read can be written, and comes back the same.
#include <cstdint>

#include "sim/base/check.h"
#include "sim/wire/dns.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace natsim;
  const auto message = DnsMessage::parse({data, size});
  if (!message) return 0;
  // Names that were compressed more cleverly than ours may not fit any more.
  std::size_t uncompressed = kDnsHeaderBytes + 11;
  for (const auto* section : {&message->answers, &message->authority, &message->additional})
    for (const DnsRecord& record : *section) uncompressed += record.name.wire_bytes() + 1024;
  if (size * 8 + uncompressed > kDnsBytesMax) return 0;
  Bytes written;
  message->emit(written);
  const auto again = DnsMessage::parse(written);
  SIM_CHECK(again.ok() && *again == *message);
  SIM_CHECK(!to_string(*message).empty());
  return 0;
}
