// What a server's ACK means to an interface.
#pragma once

#include <optional>

#include "sim/service/configuration.h"
#include "sim/wire/dhcp.h"

namespace natsim {

/// What an ACK says, in the interface's terms; nullopt if it is no lease (no address, lease time or
/// server identifier, or a mask with holes).
std::optional<LeasedConfiguration> configuration_of(const DhcpMessage& ack);

}  // namespace natsim
