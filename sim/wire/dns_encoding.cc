#include "sim/wire/dns_encoding.h"

#include <algorithm>

#include "sim/base/check.h"

namespace natsim {
namespace {

constexpr std::uint8_t kPointer = 0xc0;  // the two high bits of a label's length
constexpr std::size_t kPointerOffsetMax = 0x3fff;
constexpr std::size_t kRecordFixedBytes = 10;  // type, class, TTL and length
constexpr int kJumpsMax = 128;                 // more than a name can have labels

bool holds_name(DnsType type) {
  return type == DnsType::ns || type == DnsType::cname || type == DnsType::ptr;
}

}  // namespace

// --- reading ------------------------------------------------------------------------------------

std::uint16_t DnsReader::u16() {
  at_ += 2;
  return load_be16(&message_[at_ - 2]);
}

std::uint32_t DnsReader::u32() {
  at_ += 4;
  return load_be32(&message_[at_ - 4]);
}

// A pointer leads to before the labels that it ends (RFC 1035 4.1.4: "a prior occurrence"), so that
// each jump goes further back and there is no loop.
Result<DnsName> DnsReader::name() {
  std::string labels;
  std::size_t at = at_, begin = at_;
  int jumps = 0;
  while (true) {
    if (at >= message_.size()) return WireError::truncated;
    const std::uint8_t length = message_[at++];
    if (length >= kPointer) {
      if (at >= message_.size()) return WireError::truncated;
      const std::size_t target = std::size_t(length & ~kPointer) << 8 | message_[at++];
      if (jumps == 0) at_ = at;
      if (target >= begin || ++jumps > kJumpsMax) return WireError::bad_value;
      at = begin = target;
      continue;
    }
    if (length > kDnsLabelBytesMax) return WireError::bad_value;  // RFC 6891 5: reserved
    if (length == 0) break;
    if (message_.size() - at < length) return WireError::truncated;
    if (labels.size() + length + 2 > kDnsNameBytesMax) return WireError::bad_value;
    labels += char(length);
    labels.append(message_.begin() + std::ptrdiff_t(at),
                  message_.begin() + std::ptrdiff_t(at + length));
    at += length;
  }
  if (jumps == 0) at_ = at;
  return DnsName::from_wire(std::move(labels));
}

Result<DnsQuestion> DnsReader::question() {
  auto owner = name();
  if (!owner) return owner.error();
  if (left() < 4) return WireError::truncated;
  const auto type = DnsType(u16());
  return DnsQuestion{std::move(owner).value(), type, u16()};
}

Result<DnsRecord> DnsReader::record() {
  auto owner = name();
  if (!owner) return owner.error();
  if (left() < kRecordFixedBytes) return WireError::truncated;
  DnsRecord record{std::move(owner).value()};
  record.type = DnsType(u16());
  record.klass = u16();
  record.ttl_s = u32();
  const std::size_t length = u16();
  if (left() < length) return WireError::truncated;
  const std::size_t end = at_ + length;
  auto content = data(record.type, end);
  if (!content) return content.error();
  if (at_ != end) return WireError::bad_length;
  record.data = std::move(content).value();
  return record;
}

Result<DnsData> DnsReader::data(DnsType type, std::size_t end) {
  const std::size_t length = end - at_;
  if (holds_name(type)) {
    auto target = name();
    if (!target) return target.error();
    return DnsData(std::move(target).value());
  }
  switch (type) {
    case DnsType::a: {
      if (length != 4) return WireError::bad_length;
      return DnsData(IpAddress(Ipv4Address{u32()}));
    }
    case DnsType::aaaa: {
      if (length != 16) return WireError::bad_length;
      at_ += 16;
      return DnsData(IpAddress::load_v6(&message_[at_ - 16]));
    }
    case DnsType::mx: {
      if (length < 3) return WireError::bad_length;
      const std::uint16_t preference = u16();
      auto exchange = name();
      if (!exchange) return exchange.error();
      return DnsData(DnsMx{preference, std::move(exchange).value()});
    }
    case DnsType::txt: return text(end);
    case DnsType::soa: return start_of_authority();
    default: break;
  }
  at_ = end;
  return DnsData(Bytes(message_.begin() + std::ptrdiff_t(end - length),
                       message_.begin() + std::ptrdiff_t(end)));
}

Result<DnsData> DnsReader::text(std::size_t end) {
  DnsTxt text;
  if (at_ == end) return WireError::bad_length;
  while (at_ < end) {
    const std::size_t length = message_[at_++];
    if (end - at_ < length) return WireError::bad_length;
    text.strings.emplace_back(message_.begin() + std::ptrdiff_t(at_),
                              message_.begin() + std::ptrdiff_t(at_ + length));
    at_ += length;
  }
  return DnsData(std::move(text));
}

Result<DnsData> DnsReader::start_of_authority() {
  DnsSoa soa;
  auto mname = name();
  if (!mname) return mname.error();
  soa.mname = std::move(mname).value();
  auto rname = name();
  if (!rname) return rname.error();
  soa.rname = std::move(rname).value();
  if (left() < 20) return WireError::truncated;
  for (std::uint32_t* field : {&soa.serial, &soa.refresh, &soa.retry, &soa.expire, &soa.minimum})
    *field = u32();
  return DnsData(std::move(soa));
}

// --- writing ------------------------------------------------------------------------------------

void DnsWriter::u16(std::uint16_t value) {
  out_.push_back(std::uint8_t(value >> 8));
  out_.push_back(std::uint8_t(value));
}

void DnsWriter::u32(std::uint32_t value) {
  u16(std::uint16_t(value >> 16));
  u16(std::uint16_t(value));
}

void DnsWriter::name(const DnsName& name) {
  std::string_view rest = name.wire();
  while (!rest.empty()) {
    if (const auto earlier = places_.find(rest); earlier != places_.end())
      return u16(std::uint16_t(kPointer << 8 | earlier->second));
    if (size() <= kPointerOffsetMax) places_.emplace(rest, std::uint16_t(size()));
    const std::size_t label = 1 + std::size_t(rest[0]);
    out_.insert(out_.end(), rest.begin(), rest.begin() + std::ptrdiff_t(label));
    rest.remove_prefix(label);
  }
  out_.push_back(0);
}

void DnsWriter::question(const DnsQuestion& question) {
  name(question.name);
  u16(std::uint16_t(question.type));
  u16(question.klass);
}

void DnsWriter::record(const DnsRecord& record) {
  name(record.name);
  u16(std::uint16_t(record.type));
  u16(record.klass);
  u32(record.ttl_s);
  u16(0);
  const std::size_t begin = out_.size();
  data(record);
  const std::size_t length = out_.size() - begin;
  SIM_CHECK(length <= 0xffff);
  store_be16(&out_[begin - 2], std::uint16_t(length));
}

void DnsWriter::data(const DnsRecord& record) {
  const DnsData& data = record.data;
  if (const auto* address = std::get_if<IpAddress>(&data)) {
    if (record.type == DnsType::a) return u32(address->v4().value);  // AAAA may be ::ffff:…
    out_.resize(out_.size() + 16);
    address->store_v6(&out_[out_.size() - 16]);
  } else if (const auto* target = std::get_if<DnsName>(&data)) {
    name(*target);
  } else if (const auto* mx = std::get_if<DnsMx>(&data)) {
    u16(mx->preference);
    name(mx->exchange);
  } else if (const auto* txt = std::get_if<DnsTxt>(&data)) {
    for (const std::string& string : txt->strings) {
      SIM_CHECK(string.size() <= 255);
      out_.push_back(std::uint8_t(string.size()));
      out_.insert(out_.end(), string.begin(), string.end());
    }
  } else if (const auto* soa = std::get_if<DnsSoa>(&data)) {
    name(soa->mname);
    name(soa->rname);
    for (const std::uint32_t field :
         {soa->serial, soa->refresh, soa->retry, soa->expire, soa->minimum})
      u32(field);
  } else {
    const Bytes& octets = std::get<Bytes>(data);
    out_.insert(out_.end(), octets.begin(), octets.end());
  }
}

}  // namespace natsim
