#include "sim/network/build_web.h"

#include <fmt/format.h>

#include "sim/network/web_spec.h"
#include "sim/service/http_server.h"
#include "sim/service/tcp_echo.h"
#include "sim/tls/tls.h"

namespace natsim {
namespace {

constexpr std::int64_t kDay = 86'400;

class NodeConnector final : public StreamConnector {
 public:
  explicit NodeConnector(IpNode& node) : node_(node) {}
  void connect(const Endpoint& remote, std::unique_ptr<StreamHandler> handler) override {
    node_.sockets().connect(remote, std::move(handler));
  }

 private:
  IpNode& node_;
};

/// TLS around the programs of another factory. The first connection makes the node's TLS.
class TlsFactory final : public StreamHandlerFactory {
 public:
  TlsFactory(TlsServerSettings settings, std::shared_ptr<const TlsCertificates> certificates,
             std::unique_ptr<StreamHandlerFactory> inside,
             std::function<std::unique_ptr<TlsNode>()> make_tls)
      : settings_(std::move(settings)),
        certificates_(std::move(certificates)),
        inside_(std::move(inside)),
        make_tls_(std::move(make_tls)) {}
  std::unique_ptr<StreamHandler> make(const Endpoint& local, const Endpoint& remote) override {
    if (!tls_) tls_ = make_tls_();
    auto program = inside_->make(local, remote);
    return program ? tls_->server(settings_, std::move(program)) : nullptr;
  }

 private:
  TlsServerSettings settings_;
  std::shared_ptr<const TlsCertificates> certificates_;  // that the settings point into
  std::unique_ptr<StreamHandlerFactory> inside_;
  std::function<std::unique_ptr<TlsNode>()> make_tls_;
  std::unique_ptr<TlsNode> tls_;
};

std::unique_ptr<StreamHandlerFactory> proxy_of(const spec::Topology& topology,
                                               const spec::WebSite& site, IpNode& node) {
  std::vector<Endpoint> servers;
  for (const auto& server : site.upstream) {
    servers.push_back(server.value);
    if (servers.back().port == 0) servers.back().port = 80;
  }
  auto factory = std::make_unique<HttpProxyFactory>(
      std::make_unique<HttpBalancer>(std::move(servers), site.balance),
      std::make_unique<NodeConnector>(node), topology.epoch_s);
  if (!site.health_path.empty())
    node.sockets().run(std::make_unique<HttpHealthCheck>(factory->balancer(), factory->connector(),
                                                         site.health_path, site.health_interval));
  return factory;
}

/// nullptr: the connection is taken and nothing is said.
std::unique_ptr<StreamHandlerFactory> program_of(const spec::Topology& topology,
                                                 const spec::Listen& listen, IpNode& node) {
  const std::string& app = listen.app.value;
  if (app == "echo") return std::make_unique<StreamHandlerFactoryOf<TcpEcho>>();
  if (app == "discard") return std::make_unique<StreamHandlerFactoryOf<TcpDiscard>>();
  if (app != "http") return nullptr;
  if (!listen.site)
    return std::make_unique<HttpServerFactory>(HttpSite::of_one_page(node.name()),
                                               topology.epoch_s);
  if (!listen.site->upstream.empty()) return proxy_of(topology, *listen.site, node);
  return std::make_unique<HttpServerFactory>(HttpSite(listen.site->hosts), topology.epoch_s);
}

std::unique_ptr<StreamHandlerFactory> in_tls(const spec::Topology& topology,
                                             const spec::Listen& listen,
                                             std::unique_ptr<StreamHandlerFactory> program,
                                             IpNode& node, const Network& network) {
  const auto& certificates = network.certificates();
  TlsServerSettings settings;
  settings.certificate = certificates->find(listen.tls->certificate.value);
  settings.version_min = listen.tls->version_min;
  settings.version_max = listen.tls->version_max;
  for (const auto& authority : listen.tls->client_authorities)
    settings.client_authorities.push_back(certificates->find(authority.value));
  const auto stream = fmt::format("node/{}/tls/{}", node.name(), listen.port);
  const auto make = [&node, stream, seed = network.seed(), epoch = topology.epoch_s] {
    return std::make_unique<TlsNode>(seed, stream, epoch,
                                     [&node](const std::string& line) { node.tell_secret(line); });
  };
  return std::make_unique<TlsFactory>(std::move(settings), certificates, std::move(program), make);
}

}  // namespace

bool make_certificates(const spec::Topology& topology, Network& network, Problems& problems) {
  if (topology.certificates.empty()) return true;
  std::vector<TlsCertificateRequest> requests;
  for (const spec::Certificate& spec : topology.certificates)
    requests.push_back({spec.name, spec.issuer.value, spec.subject, spec.names, spec.authority,
                        spec.key, spec.not_before_s.value_or(topology.epoch_s - 30 * kDay),
                        spec.not_after_s.value_or(topology.epoch_s + 365 * kDay)});
  auto made = make_certificates(requests, network.seed());
  if (!made.ok()) {
    problems.push_back({Severity::error, topology.certificates.front().place, made.error(), {}});
    return false;
  }
  network.set_certificates(std::make_shared<const TlsCertificates>(std::move(made).value()));
  return true;
}

void start_tcp_listener(const spec::Topology& topology, const spec::Listen& listen, IpNode& node,
                        const Network& network) {
  auto program = program_of(topology, listen, node);
  if (!program && listen.tls) program = std::make_unique<StreamHandlerFactoryOf<TcpDiscard>>();
  if (program && listen.tls && network.certificates() != nullptr)
    program = in_tls(topology, listen, std::move(program), node, network);
  if (program)
    node.sockets().listen(listen.port, std::move(program));
  else
    node.sockets().listen_tcp(listen.port);
}

}  // namespace natsim
