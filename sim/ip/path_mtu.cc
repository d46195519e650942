#include "sim/ip/path_mtu.h"

#include <algorithm>

namespace natsim {

// As __ip_rt_update_pmtu() of Linux.
void PathMtus::learn(Instant now, Ipv4Address destination, std::uint32_t next_hop_mtu,
                     std::uint32_t link_mtu) {
  const Path* known = find(now, destination);
  const std::uint32_t before = known != nullptr ? known->mtu : link_mtu;
  if (known != nullptr && known->never_df) return;
  if (before < next_hop_mtu) return;
  const bool too_small = next_hop_mtu < kMinimum;
  const std::uint32_t mtu = too_small ? std::min(before, kMinimum) : next_hop_mtu;
  if (known == nullptr && paths_.size() >= kDestinationsMax)
    paths_.erase(std::min_element(paths_.begin(), paths_.end(), [](const auto& a, const auto& b) {
      return a.second.expires < b.second.expires;
    }));
  paths_[destination] = {mtu, too_small, now + kLifetime};
}

const PathMtus::Path* PathMtus::find(Instant now, Ipv4Address destination) const {
  const auto found = paths_.find(destination);
  return found != paths_.end() && now < found->second.expires ? &found->second : nullptr;
}

}  // namespace natsim
