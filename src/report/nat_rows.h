// Translations, out of a node's tracked connections.
#pragma once

#include <string>
#include <vector>

#include "sim/filter/netfilter.h"
#include "src/report/results.h"

namespace natsim {

/// Of every connection that NAT touched, in the order of Netfilter::connections().
void add_nat_rows(std::vector<NatRow>& rows, const std::string& node, const Netfilter& filter,
                  Instant now);
/// Of one connection: none, one or two.
void add_nat_rows(std::vector<NatRow>& rows, const std::string& node, const Connection& connection,
                  Instant now);

}  // namespace natsim
