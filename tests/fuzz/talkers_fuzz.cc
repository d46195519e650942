// Foreign bytes to small talkers: NTP's server and client, and DNS messages out of a stream.
#include <algorithm>
#include <cstdint>
#include <memory>

#include "sim/base/check.h"
#include "sim/service/dns_stream.h"
#include "sim/service/ntp.h"

namespace {

using namespace natsim;

class OnePort final : public UdpPorts {
 public:
  std::optional<std::uint16_t> open(const Endpoint&) override { return std::uint16_t(40'000); }
  void close(std::uint16_t) override {}
};

class Reports final : public NtpListener {
 public:
  void on_ntp(const NtpReport&) override { SIM_CHECK(++count_ == 1); }

 private:
  int count_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Datagram datagram{{IpAddress(), kNtpPort}, {IpAddress(), 40'000}, {data, size}};
  Outbox out;
  NtpService(NtpClock{}, 1).on_datagram(datagram, Instant(), out);
  for (const DatagramOut& answer : out.datagrams) SIM_CHECK(answer.payload.size() == kNtpBytes);
  Reports reports;
  NtpClient client(IpAddress(), kNtpPort, {}, std::make_unique<OnePort>(), reports, Instant());
  client.on_deadline(Instant(), out);
  // So that it is an answer to its question.
  Bytes answer(data, data + size);
  if (size >= kNtpBytes)
    std::copy_n(out.datagrams.back().payload.begin() + 40, 8, answer.begin() + 24);
  client.on_datagram({datagram.source, datagram.destination, answer}, Instant(), out);
  client.on_datagram({datagram.source, datagram.destination, answer}, Instant(), out);

  DnsFrames frames;
  std::size_t taken = 0;
  for (std::size_t at = 0; at < size; at += 7) {
    frames.feed(ByteSpan(data, size).subspan(at, std::min<std::size_t>(7, size - at)));
    while (const auto message = frames.next()) taken += 2 + message->size();
  }
  SIM_CHECK(taken <= size);
  return 0;
}
