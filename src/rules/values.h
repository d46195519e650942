// The values that options take. Each reader complains about what is wrong and returns nullopt.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/filter/match.h"
#include "sim/filter/target.h"
#include "src/rules/extension.h"

namespace natsim::rules {

/// Decimal, 0x… or 0…, as strtoul() reads it; all of the text.
std::optional<std::uint64_t> number_of(std::string_view text);
std::optional<std::uint64_t> read_number(const Word& word, std::uint64_t min, std::uint64_t max,
                                         Complaints& complaints);

/// "10.0.0.1", "10.0.0.0/8", "10/8", "10.0.0.0/255.0.0.0", "any/0"; host bits are cleared.
std::optional<Prefix> read_prefix(const Word& word, Complaints& complaints);
std::optional<Ipv4Address> read_address(const Word& word, Complaints& complaints);
/// "a-b", or one address.
std::optional<std::pair<Ipv4Address, Ipv4Address>> read_address_range(const Word& word,
                                                                      Complaints& complaints);

/// A number, or a service's name as in /etc/services.
std::optional<std::uint16_t> read_port(const Word& word, Complaints& complaints);
/// "80", "1000:2000", ":1023", "1024:"; with `dash` "1000-2000".
std::optional<PortRange> read_port_range(const Word& word, char separator, Complaints& complaints);

/// A name or a number; the optional inside is empty for "all".
std::optional<std::optional<Protocol>> read_protocol(const Word& word, Complaints& complaints);

/// "value", "value/mask"; without a mask it is 0xffffffff.
struct MaskedValue {
  std::uint32_t value = 0, mask = 0xffff'ffff;
};
std::optional<MaskedValue> read_mark(const Word& word, Complaints& complaints);

/// "SYN,ACK", "ALL", "NONE".
std::optional<std::uint8_t> read_tcp_flags(const Word& word, Complaints& complaints);
/// A number, "type/code", or iptables' name for it.
std::optional<IcmpMatch> read_icmp_type(const Word& word, Complaints& complaints);
/// "NEW,ESTABLISHED".
std::optional<StateMask> read_states(const Word& word, bool with_nat, Complaints& complaints);
/// "3/hour": how long one of these takes. nullopt after a complaint.
std::optional<Duration> read_rate(const Word& word, Complaints& complaints);
/// "EF", "AF41", "CS3": the six bits.
std::optional<std::uint8_t> read_dscp_class(const Word& word, Complaints& complaints);

/// A word's place in a list, where capitals count as small letters; complains with `what` ("state")
/// and the nearest word otherwise.
std::optional<std::size_t> read_choice(const Word& word, const std::vector<std::string_view>& words,
                                       std::string_view what, Complaints& complaints);

// services.cc
std::optional<std::uint16_t> service_port(std::string_view name);
/// "tcp", "udp", "any" for both; empty: there is no such service.
std::string_view service_protocol(std::string_view name);
/// The first name of a port of TCP or UDP; empty: it has none.
std::string_view service_name(std::uint16_t port, bool udp);
std::vector<std::string_view> service_names();
// protocol_names.cc
std::optional<std::uint8_t> protocol_number(std::string_view name);
/// As /etc/protocols has it; the number where it has none.
std::string protocol_name(Protocol protocol);
std::vector<std::string_view> protocol_names();
// icmp_names.cc
std::optional<IcmpMatch> named_icmp_type(std::string_view name);
std::vector<std::string_view> icmp_names();

}  // namespace natsim::rules
