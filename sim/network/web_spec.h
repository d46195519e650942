// Web servers, proxies and TLS listeners as a topology file describes them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/base/place.h"
#include "sim/network/spec.h"
#include "sim/service/http_proxy.h"
#include "sim/service/http_site.h"

namespace natsim::spec {

/// What stands behind a port with `app: http`: pages, or a proxy to other servers.
struct WebSite {
  Place place;
  std::vector<HttpHost> hosts;
  std::vector<At<Endpoint>> upstream;  ///< with some, it is a reverse proxy
  HttpBalance balance = HttpBalance::round_robin;
  std::string health_path;  ///< asked of every upstream now and then; empty: not asked
  Duration health_interval = Duration::seconds(5);
};

struct TlsListener {
  Place place;
  At<std::string> certificate;
  std::string version_min = "1.2", version_max = "1.3";
  std::vector<At<std::string>> client_authorities;  ///< with some, clients must have a certificate
};

}  // namespace natsim::spec
