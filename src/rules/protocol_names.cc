// The names of protocols. A list of our own, as with services.
#include <algorithm>

#include "src/rules/values.h"

namespace natsim::rules {
namespace {

struct Name {
  std::string_view name;
  std::uint8_t number;
};

// /etc/protocols of Debian 12; of a number's names the first is the one that is written.
constexpr Name kNames[] = {
    {"icmp", 1},
    {"igmp", 2},
    {"ggp", 3},
    {"ipencap", 4},
    {"st", 5},
    {"tcp", 6},
    {"egp", 8},
    {"igp", 9},
    {"pup", 12},
    {"udp", 17},
    {"hmp", 20},
    {"xns-idp", 22},
    {"rdp", 27},
    {"iso-tp4", 29},
    {"dccp", 33},
    {"xtp", 36},
    {"ddp", 37},
    {"idpr-cmtp", 38},
    {"ipv6", 41},
    {"ipv6-route", 43},
    {"ipv6-frag", 44},
    {"idrp", 45},
    {"rsvp", 46},
    {"gre", 47},
    {"esp", 50},
    {"ah", 51},
    {"skip", 57},
    {"ipv6-icmp", 58},
    {"icmpv6", 58},
    {"ipv6-nonxt", 59},
    {"ipv6-opts", 60},
    {"rspf", 73},
    {"vmtp", 81},
    {"eigrp", 88},
    {"ospf", 89},
    {"ax.25", 93},
    {"ipip", 94},
    {"etherip", 97},
    {"encap", 98},
    {"pim", 103},
    {"ipcomp", 108},
    {"vrrp", 112},
    {"l2tp", 115},
    {"isis", 124},
    {"sctp", 132},
    {"fc", 133},
    {"mobility-header", 135},
    {"mh", 135},
    {"ipv6-mh", 135},
    {"udplite", 136},
    {"mpls-in-ip", 137},
    {"manet", 138},
    {"hip", 139},
    {"shim6", 140},
    {"wesp", 141},
    {"rohc", 142},
    {"ethernet", 143},
};

bool equal_fold(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; };
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [&](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

std::optional<std::uint8_t> protocol_number(std::string_view name) {
  for (const Name& known : kNames)
    if (equal_fold(known.name, name)) return known.number;
  return std::nullopt;
}

std::string protocol_name(Protocol protocol) {
  for (const Name& known : kNames)
    if (known.number == std::uint8_t(protocol)) return std::string(known.name);
  return std::to_string(int(protocol));
}

std::vector<std::string_view> protocol_names() {
  std::vector<std::string_view> names;
  for (const Name& known : kNames) names.push_back(known.name);
  return names;
}

}  // namespace natsim::rules
