#include "sim/ip/address_classes.h"

#include <array>

namespace natsim {
namespace {

constexpr auto ip = Ipv4Address::of;

// RFC 6890 2.2.2 and what its registry took in since.
constexpr std::array<SpecialBlock, 11> kBogons{{
    {ip(0, 0, 0, 0), 8, "this network", "RFC 1122"},
    {ip(10, 0, 0, 0), 8, "private use", "RFC 1918"},
    {ip(100, 64, 0, 0), 10, "shared by carriers", "RFC 6598"},
    {ip(127, 0, 0, 0), 8, "loopback", "RFC 1122"},
    {ip(169, 254, 0, 0), 16, "link local", "RFC 3927"},
    {ip(172, 16, 0, 0), 12, "private use", "RFC 1918"},
    {ip(192, 0, 0, 0), 24, "IETF protocol assignments", "RFC 6890"},
    {ip(192, 168, 0, 0), 16, "private use", "RFC 1918"},
    {ip(198, 18, 0, 0), 15, "benchmarking", "RFC 2544"},
    {ip(224, 0, 0, 0), 4, "multicast", "RFC 5771"},
    {ip(240, 0, 0, 0), 4, "reserved", "RFC 1112"},
}};

constexpr std::array<SpecialBlock, 3> kDocumentation{{
    {ip(192, 0, 2, 0), 24, "documentation", "RFC 5737"},
    {ip(198, 51, 100, 0), 24, "documentation", "RFC 5737"},
    {ip(203, 0, 113, 0), 24, "documentation", "RFC 5737"},
}};

const SpecialBlock* find(std::span<const SpecialBlock> blocks, Ipv4Address address) {
  for (const SpecialBlock& block : blocks)
    if (block.contains(address)) return &block;
  return nullptr;
}

}  // namespace

std::span<const SpecialBlock> bogon_blocks() { return kBogons; }
std::span<const SpecialBlock> documentation_blocks() { return kDocumentation; }

const SpecialBlock* bogon_source(Ipv4Address address, InternetProfile profile) {
  const SpecialBlock* block = find(kBogons, address);
  if (block == nullptr && !profile.documentation_is_public) block = find(kDocumentation, address);
  return block;
}

const SpecialBlock* bogon_destination(Ipv4Address address, InternetProfile profile) {
  return address.is_multicast() ? nullptr : bogon_source(address, profile);
}

const SpecialBlock* internet_leak(Ipv4Address source, Ipv4Address destination,
                                  InternetProfile profile) {
  const bool stays_on_link = destination.is_broadcast();
  if (!(stays_on_link && source.is_unspecified()))
    if (const SpecialBlock* block = bogon_source(source, profile)) return block;
  return stays_on_link ? nullptr : bogon_destination(destination, profile);
}

}  // namespace natsim
