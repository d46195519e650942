// A DNS server as a topology file describes it.
#pragma once

#include <optional>
#include <vector>

#include "sim/base/place.h"
#include "sim/network/spec.h"
#include "sim/wire/dns.h"

namespace natsim::spec {

/// Its records bear whole names.
struct DnsZone {
  Place place;
  DnsName name;
  std::vector<DnsRecord> records;
};

/// What clients from some networks see before the server's own zones.
struct DnsView {
  Place place;
  std::vector<At<Prefix>> clients;
  std::vector<DnsZone> zones;
  std::optional<bool> recursive;       ///< default: as the server
  std::vector<At<IpAddress>> forward;  ///< none: as the server
};

struct DnsServer {
  Place place;
  std::vector<DnsZone> zones;
  bool recursive = false;
  std::vector<At<IpAddress>> forward;  ///< none: a recursive server begins at the root
  bool round_robin = true;
  std::vector<DnsView> views;
};

}  // namespace natsim::spec
