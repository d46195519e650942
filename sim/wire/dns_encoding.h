// How the parts of a DNS message stand on the wire: names and their compression (RFC 1035 4.1.4),
// questions, records.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "sim/base/bytes.h"
#include "sim/base/result.h"
#include "sim/wire/dns.h"

namespace natsim {

/// Reads one entry after the other. After an error there is nothing more to read.
class DnsReader {
 public:
  DnsReader(ByteSpan message, std::size_t at) : message_(message), at_(at) {}

  Result<DnsQuestion> question();
  Result<DnsRecord> record();

 private:
  Result<DnsName> name();
  Result<DnsData> data(DnsType type, std::size_t end);
  Result<DnsData> text(std::size_t end);
  Result<DnsData> start_of_authority();
  std::size_t left() const { return message_.size() - at_; }
  std::uint16_t u16();
  std::uint32_t u32();

  ByteSpan message_;
  std::size_t at_;
};

/// Appends to `out`, whose size at the start is offset 0 of the message.
class DnsWriter {
 public:
  explicit DnsWriter(Bytes& out) : out_(out), start_(out.size()) {}

  void u16(std::uint16_t value);
  void question(const DnsQuestion& question);
  void record(const DnsRecord& record);
  std::size_t size() const { return out_.size() - start_; }

 private:
  void u32(std::uint32_t value);
  void name(const DnsName& name);
  void data(const DnsRecord& record);

  Bytes& out_;
  std::size_t start_;
  // Where a name began that was written in this case: a pointer to it changes no letter.
  std::map<std::string, std::uint16_t, std::less<>> places_;
};

}  // namespace natsim
