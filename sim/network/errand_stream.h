// The beginning of errands that open a connection: where to, and over what.
#pragma once

#include <functional>
#include <string>

#include "sim/network/errand.h"
#include "sim/node/name_lookups.h"

namespace natsim {

/// Finds the address of a node, a domain name or an address in text, by the node's own means.
class HostFinder final : private NameListener {
 public:
  /// The address, or why there is none.
  using Found = std::function<void(std::optional<Ipv4Address>, const std::string& error)>;

  HostFinder(ErrandPlace& place, IpNode& from) : place_(place), from_(from) {}
  /// One at a time; `found` may be called before this returns.
  void find(const std::string& host, Found found);

 private:
  void on_name(const NameAnswer& answer) override;

  ErrandPlace& place_;
  IpNode& from_;
  Found found_;
};

/// What a connection's end means to a probe.
ProbeResult probe_result_of(StreamEnd end);

}  // namespace natsim
