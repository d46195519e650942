// How three DHCP options pack lists into their data. Decoders answer nullopt for data that is cut
// off or out of range; what an encoder makes, its decoder reads.
//
//   classless routes, RFC 3442          | width | ceil(width / 8) octets | router (32) | …
//   relay agent information, RFC 3046   | sub-option | length | data | …
//   domain search, RFC 3397             names as in RFC 1035 4.1.4, pointers count from the data
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/base/bytes.h"
#include "sim/wire/dhcp_options.h"

namespace natsim {

std::optional<std::vector<ClasslessRoute>> decode_classless_routes(ByteSpan data);
Bytes encode_classless_routes(const std::vector<ClasslessRoute>& routes);

/// Unknown sub-options are read over.
std::optional<RelayAgentInformation> decode_relay_agent_information(ByteSpan data);
Bytes encode_relay_agent_information(const RelayAgentInformation& information);

/// Reads compressed names; writes uncompressed ones. Labels with other octets than letters, digits,
/// hyphen and underscore are refused: they could not be told apart as text.
std::optional<std::vector<std::string>> decode_domain_search(ByteSpan data);
Bytes encode_domain_search(const std::vector<std::string>& names);

}  // namespace natsim
