// What an interface learns from DHCP: the values that a node applies to itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/time.h"
#include "sim/wire/address.h"

namespace natsim {

/// A route that came with a lease. A gateway of 0.0.0.0 means that the network is on the link
/// (RFC 3442).
struct LearnedRoute {
  Prefix to;
  IpAddress via;
  bool operator==(const LearnedRoute&) const = default;
};

/// The contents of a lease. `routes` is complete: it holds the default route of option 3, or, where
/// the server sent option 121, exactly those routes (RFC 3442: option 3 is then ignored, and
/// `router` stays empty).
struct LeasedConfiguration {
  Prefix address;
  std::optional<IpAddress> router;
  std::vector<LearnedRoute> routes;
  std::vector<IpAddress> dns;
  std::string domain;
  std::string hostname;
  std::optional<std::uint16_t> mtu;  ///< bytes, option 26
  IpAddress server;                  ///< its identifier, option 54
  Duration lease;                    ///< Duration::max() for an infinite one
  bool operator==(const LeasedConfiguration&) const = default;
};

}  // namespace natsim
