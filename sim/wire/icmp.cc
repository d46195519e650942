#include "sim/wire/icmp.h"

#include <fmt/format.h>

#include "sim/base/check.h"

namespace natsim {
namespace {

const char* unreachable_words(std::uint8_t code) {
  switch (IcmpUnreachable(code)) {
    case IcmpUnreachable::network: return "net unreachable";
    case IcmpUnreachable::host: return "host unreachable";
    case IcmpUnreachable::protocol: return "protocol unreachable";
    case IcmpUnreachable::port: return "port unreachable";
    case IcmpUnreachable::fragmentation_needed: return "need to frag";
    case IcmpUnreachable::source_route_failed: return "source route failed";
    case IcmpUnreachable::network_unknown: return "net unknown";
    case IcmpUnreachable::host_unknown: return "host unknown";
    case IcmpUnreachable::network_prohibited: return "net prohibited";
    case IcmpUnreachable::host_prohibited: return "host prohibited";
    case IcmpUnreachable::network_tos: return "net unreachable for tos";
    case IcmpUnreachable::host_tos: return "host unreachable for tos";
    case IcmpUnreachable::administratively_prohibited: return "admin prohibited";
  }
  return nullptr;
}

constexpr std::uint32_t pair(std::uint16_t high, std::uint16_t low) {
  return std::uint32_t(high) << 16 | low;
}

}  // namespace

IcmpHeader IcmpHeader::echo_request(std::uint16_t id, std::uint16_t sequence) {
  return {IcmpType::echo_request, 0, pair(id, sequence)};
}

IcmpHeader IcmpHeader::echo_reply(std::uint16_t id, std::uint16_t sequence) {
  return {IcmpType::echo_reply, 0, pair(id, sequence)};
}

IcmpHeader IcmpHeader::unreachable(IcmpUnreachable code) {
  return {IcmpType::destination_unreachable, std::uint8_t(code), 0};
}

IcmpHeader IcmpHeader::fragmentation_needed(std::uint16_t next_hop_mtu) {
  return {IcmpType::destination_unreachable, std::uint8_t(IcmpUnreachable::fragmentation_needed),
          next_hop_mtu};
}

IcmpHeader IcmpHeader::time_exceeded(IcmpTimeExceeded code) {
  return {IcmpType::time_exceeded, std::uint8_t(code), 0};
}

IcmpHeader IcmpHeader::parameter_problem(std::uint8_t pointer) {
  return {IcmpType::parameter_problem, 0, std::uint32_t(pointer) << 24};
}

IcmpHeader IcmpHeader::redirect_host(Ipv4Address gateway) {
  return {IcmpType::redirect, 1, gateway.value};
}

Result<IcmpHeader> IcmpHeader::parse(ByteSpan message) {
  const auto view = IcmpView::checked(message);
  if (!view) return view.error();
  if (!icmp_checksum_ok(message)) return WireError::bad_checksum;
  return IcmpHeader{view->type(), view->code(), view->rest_of_header()};
}

void IcmpHeader::emit(MutableByteSpan out) const {
  SIM_CHECK(out.size() >= size());
  out[0] = std::uint8_t(type);
  out[1] = code;
  store_raw16(out.data() + 2, 0);
  store_be32(out.data() + 4, rest);
}

std::string icmp_words(IcmpType type, std::uint8_t code) {
  switch (type) {
    case IcmpType::echo_reply: return "echo reply";
    case IcmpType::echo_request: return "echo request";
    case IcmpType::source_quench: return "source quench";
    case IcmpType::router_advertisement: return "router advertisement";
    case IcmpType::router_solicitation: return "router solicitation";
    case IcmpType::timestamp_request: return "time stamp query";
    case IcmpType::timestamp_reply: return "time stamp reply";
    case IcmpType::parameter_problem: return "parameter problem";
    case IcmpType::redirect: return code == 1 ? "redirect host" : "redirect";
    case IcmpType::time_exceeded:
      if (code == 0) return "time exceeded in-transit";
      if (code == 1) return "ip reassembly time exceeded";
      break;
    case IcmpType::destination_unreachable:
      if (const char* words = unreachable_words(code)) return words;
      return fmt::format("unreachable, code {}", code);
  }
  return fmt::format("type {}, code {}", int(type), code);
}

}  // namespace natsim
