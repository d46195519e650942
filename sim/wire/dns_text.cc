// DNS types, codes and records in words.
#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "sim/wire/dns.h"

namespace natsim {
namespace {

struct TypeName {
  DnsType type;
  std::string_view name;
};
constexpr TypeName kTypes[] = {
    {DnsType::a, "A"},     {DnsType::ns, "NS"},     {DnsType::cname, "CNAME"},
    {DnsType::soa, "SOA"}, {DnsType::ptr, "PTR"},   {DnsType::mx, "MX"},
    {DnsType::txt, "TXT"}, {DnsType::aaaa, "AAAA"}, {DnsType::srv, "SRV"},
    {DnsType::opt, "OPT"}, {DnsType::any, "ANY"},
};

std::string text_of(const DnsTxt& text) {
  std::string all;
  for (const std::string& string : text.strings) {
    if (!all.empty()) all += ' ';
    all += '"';
    for (const char c : string) {
      if (c == '"' || c == '\\') all += '\\';
      if (c >= ' ' && c < 0x7f)
        all += c;
      else
        all += fmt::format("\\{:03}", std::uint8_t(c));
    }
    all += '"';
  }
  return all;
}

std::string text_of(const DnsSoa& soa) {
  return fmt::format("{} {} {} {} {} {} {}", soa.mname.to_string(), soa.rname.to_string(),
                     soa.serial, soa.refresh, soa.retry, soa.expire, soa.minimum);
}

std::string text_of(const DnsData& data) {
  if (const auto* address = std::get_if<IpAddress>(&data)) return address->to_string();
  if (const auto* name = std::get_if<DnsName>(&data)) return name->to_string();
  if (const auto* mx = std::get_if<DnsMx>(&data))
    return fmt::format("{} {}", mx->preference, mx->exchange.to_string());
  if (const auto* txt = std::get_if<DnsTxt>(&data)) return text_of(*txt);
  if (const auto* soa = std::get_if<DnsSoa>(&data)) return text_of(*soa);
  return fmt::format("\\# {}", std::get<Bytes>(data).size());
}

}  // namespace

std::string to_string(DnsType type) {
  for (const TypeName& row : kTypes)
    if (row.type == type) return std::string(row.name);
  return fmt::format("TYPE{}", std::uint16_t(type));
}

std::optional<DnsType> parse_dns_type(std::string_view text) {
  std::string upper(text);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? char(c - ('a' - 'A')) : c; });
  for (const TypeName& row : kTypes)
    if (row.name == upper) return row.type;
  if (upper.size() < 5 || upper.compare(0, 4, "TYPE") != 0) return std::nullopt;
  std::uint16_t number = 0;
  const char* const end = upper.data() + upper.size();
  const auto [rest, error] = std::from_chars(upper.data() + 4, end, number);
  if (error != std::errc() || rest != end) return std::nullopt;
  return DnsType(number);
}

std::string to_string(DnsRcode rcode) {
  switch (rcode) {
    case DnsRcode::no_error: return "NOERROR";
    case DnsRcode::format_error: return "FORMERR";
    case DnsRcode::server_failure: return "SERVFAIL";
    case DnsRcode::name_error: return "NXDOMAIN";
    case DnsRcode::not_implemented: return "NOTIMP";
    case DnsRcode::refused: return "REFUSED";
  }
  return fmt::format("RCODE{}", int(rcode));
}

std::string to_string(const DnsRecord& record) {
  return fmt::format("{} {}", to_string(record.type), text_of(record.data));
}

// tcpdump's marks: * authoritative, | truncated, - no recursion; + asks for it.
std::string to_string(const DnsMessage& message) {
  std::string text = fmt::format("{}", message.id);
  if (!message.response) {
    if (message.recursion_desired) text += '+';
    if (message.opcode != 0) text += fmt::format(" opcode {}", message.opcode);
    for (const DnsQuestion& question : message.questions)
      text += fmt::format(" {}? {}", to_string(question.type), question.name.to_string());
    return text;
  }
  if (message.authoritative) text += '*';
  if (message.truncated) text += '|';
  if (!message.recursion_available) text += '-';
  if (message.rcode != DnsRcode::no_error) text += " " + to_string(message.rcode);
  text += fmt::format(" {}/{}/{}", message.answers.size(), message.authority.size(),
                      message.additional.size());
  constexpr std::size_t kShown = 4;
  for (std::size_t i = 0; i < message.answers.size(); ++i) {
    if (i == kShown) return text + ", …";
    const DnsRecord& record = message.answers[i];
    text += fmt::format("{} {} {}", i == 0 ? "" : ",", record.name.to_string(), to_string(record));
  }
  return text;
}

}  // namespace natsim
