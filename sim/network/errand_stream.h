// What errands that talk to a host share: finding it, and failing.
#pragma once

#include <functional>
#include <map>
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
  /// Takes the addresses that may change as they are now, for names that come later: whoever is led
  /// on (by a redirect) cannot wait for a meeting.
  void remember();
  /// One at a time; `found` may be called before this returns.
  void find(const std::string& host, Found found);

 private:
  void on_name(const NameAnswer& answer) override;

  ErrandPlace& place_;
  IpNode& from_;
  Found found_;
  std::map<std::string, std::optional<Ipv4Address>> remembered_;
};

/// The host that it names, as a HostFinder wants it.
std::string host_of(const spec::Target& target);

/// Of an errand that came to nothing, and why.
ErrandResult failed_errand(const std::string& error,
                           ProbeResult outcome = ProbeResult::unreachable);

/// What a connection's end means to a probe.
ProbeResult probe_result_of(StreamEnd end);

}  // namespace natsim
