// What programs on a node do for the scenario: a name looked up, a page fetched.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/network/network.h"
#include "sim/network/spec.h"
#include "sim/node/ip_node.h"
#include "sim/tls/tls.h"

namespace natsim {

/// What is known of a piece of traffic beside how it went. What has no meaning for it is absent.
struct Findings {
  std::optional<Duration> elapsed{};  ///< from its beginning, names looked up included, to its end
  /// Of what programs say to each other: datagrams, echo data, bodies; without any header.
  std::optional<std::uint64_t> bytes_sent{}, bytes_received{};
  std::shared_ptr<const TracerouteResult> route{};
  std::shared_ptr<const ScanResult> scan{};
};

/// What an errand came to.
struct ErrandResult {
  ProbeOutcome outcome{};              ///< answered: somebody said something, be it no
  int status = 0;                      ///< HTTP's, or 0
  std::vector<std::string> answers{};  ///< addresses, "NXDOMAIN", a page
  std::string error{};                 ///< what went wrong, if it did
  std::string summary{};               ///< for people
  Findings findings{};
};

class ErrandListener {
 public:
  virtual void on_errand(std::uint64_t tag, const ErrandResult& result) = 0;

 protected:
  ~ErrandListener() = default;
};

struct ErrandOwner {
  ErrandListener* listener;
  std::uint64_t tag;
};

/// What errands need of the world. Used by all parts of a network; a node's TLS belongs to its
/// part.
class ErrandPlace {
 public:
  /// Both outlive the place.
  ErrandPlace(Network& network, const spec::Topology& topology);

  /// A node's first address, now.
  std::optional<Ipv4Address> address_of(const std::string& node) const;
  /// Wall-clock seconds after 1970 at simulated time 0.
  std::int64_t epoch_s() const { return epoch_s_; }
  /// Nodes whose addresses come and go: another part's may be looked at in a meeting only.
  const std::set<std::string>& changing() const { return changing_; }
  /// The TLS of a node's clients, made when it is first needed. nullptr: natsim was built without
  /// OpenSSL.
  TlsNode* tls_of(IpNode& node);
  TlsClientSettings tls_settings(const IpNode& node, const spec::TlsClient& client,
                                 const std::string& host) const;

 private:
  Network& network_;
  std::int64_t epoch_s_;
  std::set<std::string> changing_;
  // By NodeId. What a node's entry holds is its part's affair.
  std::map<std::uint32_t, std::unique_ptr<TlsNode>> tls_;
  std::map<std::uint32_t, std::vector<const TlsCertificate*>> trusted_;
};

/// One errand under way. Lives as long as its node may call it: as long as the scenario.
class Errand {
 public:
  virtual ~Errand() = default;
};

/// Starts at once, from `from`; what becomes of it is told to `owner`, perhaps before this returns.
std::unique_ptr<Errand> start_errand(ErrandPlace& place, IpNode& from,
                                     const spec::NameLookup& lookup, ErrandOwner owner);
std::unique_ptr<Errand> start_errand(ErrandPlace& place, IpNode& from,
                                     const spec::HttpRequest& request, ErrandOwner owner);
std::unique_ptr<Errand> start_errand(ErrandPlace& place, IpNode& from,
                                     const spec::TlsConnect& connect, ErrandOwner owner);
std::unique_ptr<Errand> start_errand(ErrandPlace& place, IpNode& from, const spec::TcpTalk& talk,
                                     ErrandOwner owner);
std::unique_ptr<Errand> start_errand(ErrandPlace& place, IpNode& from, const spec::NtpQuery& query,
                                     ErrandOwner owner);
std::unique_ptr<Errand> start_errand(ErrandPlace& place, IpNode& from,
                                     const spec::RouteTrace& trace, ErrandOwner owner);
std::unique_ptr<Errand> start_errand(ErrandPlace& place, IpNode& from, const spec::PortScan& scan,
                                     ErrandOwner owner);

}  // namespace natsim
