#include "sim/wire/dns.h"

#include "sim/base/check.h"
#include "sim/wire/dns_encoding.h"

namespace natsim {
namespace {

// The second 16 bits of the header; RFC 1035 4.1.1.
enum : std::uint16_t {
  kResponse = 0x8000,
  kAuthoritative = 0x0400,
  kTruncated = 0x0200,
  kRecursionDesired = 0x0100,
  kRecursionAvailable = 0x0080,
};
constexpr int kOpcodeShift = 11;

std::uint16_t flags_of(const DnsMessage& message) {
  return std::uint16_t((message.response ? kResponse : 0) | (message.opcode & 0xf) << kOpcodeShift |
                       (message.authoritative ? kAuthoritative : 0) |
                       (message.truncated ? kTruncated : 0) |
                       (message.recursion_desired ? kRecursionDesired : 0) |
                       (message.recursion_available ? kRecursionAvailable : 0) |
                       (std::uint8_t(message.rcode) & 0xf));
}

void read_flags(std::uint16_t flags, DnsMessage& message) {
  message.response = (flags & kResponse) != 0;
  message.opcode = flags >> kOpcodeShift & 0xf;
  message.authoritative = (flags & kAuthoritative) != 0;
  message.truncated = (flags & kTruncated) != 0;
  message.recursion_desired = (flags & kRecursionDesired) != 0;
  message.recursion_available = (flags & kRecursionAvailable) != 0;
  message.rcode = DnsRcode(flags & 0xf);
}

// An OPT record's class is a size, and its TTL flags (RFC 6891 6.1.3).
DnsEdns edns_of(const DnsRecord& opt) { return {opt.klass, std::uint8_t(opt.ttl_s >> 16 & 0xff)}; }
DnsRecord opt_of(const DnsEdns& edns) {
  return {{}, DnsType::opt, std::uint32_t(edns.version) << 16, Bytes{}, edns.udp_bytes_max};
}

}  // namespace

Result<DnsMessage> DnsMessage::parse(ByteSpan bytes) {
  if (bytes.size() < kDnsHeaderBytes) return WireError::truncated;
  if (bytes.size() > kDnsBytesMax) return WireError::bad_length;
  DnsMessage message;
  message.id = load_be16(bytes.data());
  read_flags(load_be16(&bytes[2]), message);
  DnsReader reader(bytes, kDnsHeaderBytes);
  // Counts are not trusted: each entry takes octets, and reading ends with them.
  for (int i = load_be16(&bytes[4]); i > 0; --i) {
    const auto question = reader.question();
    if (!question) return question.error();
    message.questions.push_back(*question);
  }
  std::vector<DnsRecord>* const sections[] = {&message.answers, &message.authority,
                                              &message.additional};
  for (std::size_t s = 0; s < 3; ++s) {
    for (int i = load_be16(&bytes[6 + 2 * s]); i > 0; --i) {
      auto record = reader.record();
      if (!record) return record.error();
      if (record->type != DnsType::opt) {
        sections[s]->push_back(std::move(record).value());
        continue;
      }
      // RFC 6891 6.1.1: one at most, of the root, in the additional section.
      if (s != 2 || message.edns || !record->name.is_root()) return WireError::bad_value;
      message.edns = edns_of(*record);
    }
  }
  return message;
}

void DnsMessage::emit(Bytes& out) const {
  const bool fits = emit_if_it_fits(out);
  SIM_CHECK(fits);
}

bool DnsMessage::emit_if_it_fits(Bytes& out) const {
  const std::size_t start = out.size();
  DnsWriter writer(out);
  writer.u16(id);
  writer.u16(flags_of(*this));
  writer.u16(std::uint16_t(questions.size()));
  writer.u16(std::uint16_t(answers.size()));
  writer.u16(std::uint16_t(authority.size()));
  writer.u16(std::uint16_t(additional.size() + edns.has_value()));
  for (const DnsQuestion& question : questions) writer.question(question);
  for (const auto* section : {&answers, &authority, &additional})
    for (const DnsRecord& record : *section)
      if (writer.size() <= kDnsBytesMax) writer.record(record);
  if (edns) writer.record(opt_of(*edns));
  if (writer.size() <= kDnsBytesMax) return true;
  out.resize(start);
  return false;
}

DnsMessage dns_answer_to(const DnsMessage& query, DnsRcode rcode) {
  DnsMessage answer;
  answer.id = query.id;
  answer.response = true;
  answer.opcode = query.opcode;
  answer.recursion_desired = query.recursion_desired;
  answer.rcode = rcode;
  answer.questions = query.questions;
  return answer;
}

}  // namespace natsim
