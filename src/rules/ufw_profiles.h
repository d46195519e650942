// Application profiles: what `ufw allow 'WWW Full'` stands for.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/filter/match.h"

namespace natsim::rules {

struct UfwProfilePorts {
  std::string protocol;  ///< "tcp", "udp" or "any"
  std::vector<PortRange> ports;
};

struct UfwProfile {
  std::string_view name;
  std::string_view ports;  ///< as in the profile's file: "137,138/udp|139,445/tcp"
};

/// Those of Debian's package ufw, and of the servers that bring their own (openssh-server, apache2,
/// nginx, samba, postfix, dovecot, bind9, cups, squid, lighttpd).
const std::vector<UfwProfile>& ufw_profiles();
/// By its name, whatever the case of its letters; nullptr: there is none.
const UfwProfile* find_ufw_profile(std::string_view name);
std::vector<std::string_view> ufw_profile_names();

/// The parts between '|', each a rule of its own.
std::vector<UfwProfilePorts> ufw_profile_ports(const UfwProfile& profile);

}  // namespace natsim::rules
