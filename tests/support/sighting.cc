#include "tests/support/sighting.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/wire/dump.h"
#include "sim/wire/ethernet.h"
#include "sim/wire/l4_checksum.h"
#include "sim/wire/udp.h"

namespace natsim::lab {
namespace {

using natsim::to_string;

std::string shown(bool value) { return value ? "set" : "clear"; }
std::string shown(const std::string& value) { return value; }
std::string shown(Instant when) { return lab::to_string(when); }
std::string shown(MacAddress mac) { return mac.to_string(); }
std::string shown(Ipv4Address address) { return address.to_string(); }
std::string shown(VlanTag tag) {
  return fmt::format("{} vlan {} priority {}{}", to_string(tag.tpid), tag.id, tag.priority,
                     tag.drop_eligible ? " drop eligible" : "");
}
template <class Number>
std::string shown(Number number) {
  return fmt::format("{} (0x{:x})", number, number);
}

template <class T>
Complaint compare(std::string_view field, const T& is, const T& should_be) {
  if (is == should_be) return std::nullopt;
  return fmt::format("{} is {}, not {}", field, shown(is), shown(should_be));
}

/// A check of one field that only IPv4 packets have.
template <class T, class Get>
Check ip_field(std::string_view name, T should_be, Get get) {
  return [=](const Dissected& seen) -> Complaint {
    if (!seen.ip) return "it is no IPv4 packet";
    return compare<T>(name, get(*seen.ip), should_be);
  };
}

/// One of the transport header's, which has `octets` at least.
template <class T, class Get>
Check transport_field(std::string_view name, T should_be, std::size_t octets, Get get) {
  return [=](const Dissected& seen) -> Complaint {
    if (!seen.ip || seen.ip->payload().size() < octets) return "there is no transport header";
    return compare<T>(name, get(seen.ip->payload().data()), should_be);
  };
}

template <class T, class Get>
Check arp_field(std::string_view name, T should_be, Get get) {
  return [=](const Dissected& seen) -> Complaint {
    if (!seen.arp) return "it is no ARP packet";
    return compare<T>(name, get(*seen.arp), should_be);
  };
}

std::size_t transport_header_bytes(const Ipv4View& packet) {
  const ByteSpan segment = packet.payload();
  if (packet.protocol() != Protocol::tcp) return std::min<std::size_t>(8, segment.size());
  const auto view = TcpView::checked(segment);
  return view ? view->header_bytes() : segment.size();
}

}  // namespace

void PrintTo(const Sighting& seen, std::ostream* out) {
  *out << (seen ? lab::to_string(seen.when) + " " + dump_frame(seen.bytes) : "no frame");
}

Dissected::Dissected(const Sighting& seen) : when(seen.when), frame(seen.bytes) {
  if (frame.size() < kEthernetHeaderBytes) return;
  payload = frame.subspan(kVlanTagOffset);
  while (VlanView::checked(payload)) {
    const VlanView tag(payload.data(), payload.size());
    tags.push_back({tag.vlan_id(), tag.priority(), tag.drop_eligible(), tag.tpid()});
    payload = payload.subspan(kVlanTagBytes);
  }
  type = load_be16(payload.data());
  payload = payload.subspan(2);
  if (type == std::uint16_t(EtherType::ipv4)) {
    if (const auto view = Ipv4View::checked(payload))
      ip.emplace(payload.data(), std::min<std::size_t>(payload.size(), view->total_length()));
  } else if (type == std::uint16_t(EtherType::arp)) {
    if (const auto header = ArpHeader::parse(payload)) arp = *header;
  }
}

Dissected::Dissected(ByteSpan quoted) : payload(quoted) {
  if (Ipv4View::checked(quoted)) ip.emplace(quoted.data(), quoted.size());
}

testing::AssertionResult check(const Sighting& seen, const std::vector<Check>& checks) {
  const std::string story = seen.teller != nullptr ? "\n" + seen.teller->story() : "";
  if (!seen) return testing::AssertionFailure() << "no frame came" << story;
  const Complaint complaint = all(checks)(Dissected(seen));
  if (!complaint) return testing::AssertionSuccess();
  return testing::AssertionFailure()
         << *complaint << "\nin " << testing::PrintToString(seen) << story;
}

testing::AssertionResult check_silence(const Sighting& seen) {
  if (!seen) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "a frame came: " << testing::PrintToString(seen) << "\n"
                                     << seen.teller->story();
}

Check all(std::vector<Check> checks) {
  return [checks = std::move(checks)](const Dissected& seen) -> Complaint {
    for (const Check& each : checks)
      if (const Complaint complaint = each(seen)) return complaint;
    return std::nullopt;
  };
}

// --- the frame ----------------------------------------------------------------------------------

Check at(Duration since_start) {
  return
      [=](const Dissected& seen) { return compare("the time", seen.when, at_time(since_start)); };
}

Check from(MacAddress source) {
  return [=](const Dissected& seen) {
    return compare("the source", MacAddress::load(seen.frame.data() + 6), source);
  };
}

Check to(MacAddress destination) {
  return [=](const Dissected& seen) {
    return compare("the destination", MacAddress::load(seen.frame.data()), destination);
  };
}

Check to_all() { return to(MacAddress::broadcast()); }

Check untagged() {
  return [](const Dissected& seen) -> Complaint {
    if (seen.tags.empty()) return std::nullopt;
    return "it is tagged: " + shown(seen.tags.front());
  };
}

Check tagged(VlanTag tag) {
  return [=](const Dissected& seen) -> Complaint {
    if (seen.tags.empty()) return "it is not tagged";
    return compare("the tag", seen.tags.front(), tag);
  };
}

Check tagged(std::uint16_t vlan) {
  return [=](const Dissected& seen) -> Complaint {
    if (seen.tags.empty()) return "it is not tagged";
    return compare("the VLAN", seen.tags.front().id, vlan);
  };
}

Check frame_length(std::size_t octets) {
  return [=](const Dissected& seen) {
    return compare("the frame's length", seen.frame.size(), octets);
  };
}

Check carries(const Frame& frame) {
  return [wanted = frame.payload()](const Dissected& seen) -> Complaint {
    const bool same = seen.payload.size() >= wanted.size() &&
                      std::equal(wanted.begin(), wanted.end(), seen.payload.begin());
    const ByteSpan rest = same ? seen.payload.subspan(wanted.size()) : ByteSpan();
    const bool padded =
        std::all_of(rest.begin(), rest.end(), [](auto octet) { return octet == 0; });
    if (same && padded) return std::nullopt;
    return "it carries something else";
  };
}

// --- IPv4 ---------------------------------------------------------------------------------------

Check is_ipv4() {
  return [](const Dissected& seen) -> Complaint {
    if (seen.ip) return std::nullopt;
    return "it is no IPv4 packet";
  };
}

Check src(std::string_view address) {
  return ip_field("src", ip(address), [](const Ipv4View& view) { return view.source(); });
}
Check dst(std::string_view address) {
  return ip_field("dst", ip(address), [](const Ipv4View& view) { return view.destination(); });
}
Check ttl(std::uint8_t value) {
  return ip_field("ttl", value, [](const Ipv4View& view) { return view.ttl(); });
}
Check tos(std::uint8_t value) {
  return ip_field("tos", value, [](const Ipv4View& view) { return view.tos(); });
}
Check ip_id(std::uint16_t value) {
  return ip_field("the identification", value, [](const Ipv4View& view) { return view.id(); });
}
Check df(bool set) {
  return ip_field("DF", set, [](const Ipv4View& view) { return view.dont_fragment(); });
}
Check fragment(std::size_t octets, std::size_t offset, bool more) {
  const auto shape = [](std::size_t size, std::size_t begin, bool goes_on) {
    return fmt::format("{}@{}{}", size, begin, goes_on ? "+" : "");
  };
  return ip_field("the fragment", shape(octets, offset, more), [=](const Ipv4View& view) {
    return shape(view.payload().size(), view.fragment_offset(), view.more_fragments());
  });
}
Check not_fragmented() {
  return [](const Dissected& seen) -> Complaint {
    if (seen.ip && !seen.ip->is_fragment()) return std::nullopt;
    return "it is a fragment";
  };
}
Check total_length(std::size_t octets) {
  return ip_field("the total length", octets,
                  [](const Ipv4View& view) { return std::size_t(view.total_length()); });
}
Check protocol(std::uint8_t number) {
  return ip_field("the protocol", number,
                  [](const Ipv4View& view) { return std::uint8_t(view.protocol()); });
}

Check valid_checksums() {
  return [](const Dissected& seen) -> Complaint {
    if (!seen.ip) return "it is no IPv4 packet";
    if (!seen.ip->checksum_ok()) return "the IPv4 header checksum is wrong";
    if (seen.ip->is_fragment() ||
        l4_checksum_ok(seen.ip->protocol(), seen.ip->pseudo_header(), seen.ip->payload()))
      return std::nullopt;
    return fmt::format("the {} checksum is wrong", to_string(seen.ip->protocol()));
  };
}

// --- transport ----------------------------------------------------------------------------------

Check is_protocol(Protocol protocol) {
  return ip_field("the protocol", to_string(protocol),
                  [](const Ipv4View& view) { return to_string(view.protocol()); });
}
Check src_port(std::uint16_t port) {
  return transport_field("src_port", port, 4, [](const auto* p) { return load_be16(p); });
}
Check dst_port(std::uint16_t port) {
  return transport_field("dst_port", port, 4, [](const auto* p) { return load_be16(p + 2); });
}
Check payload(const Bytes& octets) {
  return [octets](const Dissected& seen) -> Complaint {
    if (!seen.ip) return "it is no IPv4 packet";
    const ByteSpan is = seen.ip->payload().subspan(transport_header_bytes(*seen.ip));
    if (is.size() != octets.size())
      return fmt::format("the payload has {} octets, not {}", is.size(), octets.size());
    const auto differ = std::mismatch(is.begin(), is.end(), octets.begin()).first;
    if (differ == is.end()) return std::nullopt;
    return fmt::format("the payload differs at octet {}", differ - is.begin());
  };
}
Check payload(std::string_view words) { return payload(text(words)); }
Check flags(TcpFlags exactly) {
  return transport_field("flags", tcp_flags_to_string(exactly), kTcpHeaderBytes,
                         [](const auto* p) { return tcp_flags_to_string(p[13]); });
}
Check seq(std::uint32_t value) {
  return transport_field("seq", value, kTcpHeaderBytes,
                         [](const auto* p) { return load_be32(p + 4); });
}
Check ack(std::uint32_t value) {
  return transport_field("ack", value, kTcpHeaderBytes,
                         [](const auto* p) { return load_be32(p + 8); });
}
Check mss(std::uint16_t value) {
  return [=](const Dissected& seen) -> Complaint {
    const auto view = seen.ip ? TcpView::checked(seen.ip->payload()) : WireError::truncated;
    const auto options = view ? TcpOptions::parse(view->options()) : WireError::truncated;
    if (!options || !options->mss) return "there is no MSS option";
    return compare("the MSS", *options->mss, value);
  };
}

// --- ICMP ---------------------------------------------------------------------------------------

Check is_icmp(std::uint8_t type, std::uint8_t code) {
  const auto words = [](unsigned t, unsigned c) {
    return fmt::format("ICMP {}/{} ({})", t, c, icmp_words(IcmpType(t), std::uint8_t(c)));
  };
  return all({is_protocol(Protocol::icmp),
              transport_field("it", words(type, code), kIcmpHeaderBytes,
                              [=](const auto* p) { return words(p[0], p[1]); })});
}
Check echo(std::uint16_t id, std::uint16_t sequence) {
  return all({transport_field("the echo's id", id, kIcmpHeaderBytes,
                              [](const auto* p) { return load_be16(p + 4); }),
              transport_field("the echo's sequence", sequence, kIcmpHeaderBytes,
                              [](const auto* p) { return load_be16(p + 6); })});
}
Check mtu(std::uint16_t next_hop) {
  return transport_field("the next hop's MTU", std::uint32_t(next_hop), kIcmpHeaderBytes,
                         [](const auto* p) { return load_be32(p + 4); });
}
Check gateway(std::string_view address) {
  return transport_field("the gateway", ip(address), kIcmpHeaderBytes,
                         [](const auto* p) { return Ipv4Address{load_be32(p + 4)}; });
}
Check unused_zero() {
  return transport_field("the unused word", std::uint32_t{0}, kIcmpHeaderBytes,
                         [](const auto* p) { return load_be32(p + 4); });
}
Check of_quoted(Check wanted) {
  return [wanted = std::move(wanted)](const Dissected& seen) -> Complaint {
    if (!seen.ip || seen.ip->payload().size() < kIcmpHeaderBytes) return "it quotes nothing";
    const Complaint complaint = wanted(Dissected(seen.ip->payload().subspan(kIcmpHeaderBytes)));
    if (!complaint) return std::nullopt;
    return "in the quoted packet " + *complaint;
  };
}
Check quoted_octets(std::size_t count) {
  return ip_field("the quotation's length", count + kIcmpHeaderBytes,
                  [](const Ipv4View& view) { return view.payload().size(); });
}

// --- ARP ----------------------------------------------------------------------------------------

Check is_arp(ArpOperation operation) {
  return arp_field("the operation", unsigned(operation),
                   [](const ArpHeader& header) { return unsigned(header.operation); });
}
Check sender(std::string_view address) {
  return arp_field("the sender", ip(address),
                   [](const ArpHeader& header) { return header.sender_ip; });
}
Check sender_mac(MacAddress address) {
  return arp_field("the sender's MAC", address,
                   [](const ArpHeader& header) { return header.sender_mac; });
}
Check target(std::string_view address) {
  return arp_field("the target", ip(address),
                   [](const ArpHeader& header) { return header.target_ip; });
}
Check target_mac(MacAddress address) {
  return arp_field("the target's MAC", address,
                   [](const ArpHeader& header) { return header.target_mac; });
}

}  // namespace natsim::lab
