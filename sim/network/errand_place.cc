#include <algorithm>

#include <fmt/format.h>

#include "sim/network/errand.h"

namespace natsim {
namespace {

bool speaks_tls(const spec::HttpRequest& request) {
  return request.url.rfind("https://", 0) == 0 || request.url.rfind("wss://", 0) == 0 ||
         request.follow;
}
bool speaks_tls(const spec::TlsConnect&) { return true; }

bool is_configured_by_dhcp(const spec::Node& node) {
  return std::any_of(node.interfaces.begin(), node.interfaces.end(),
                     [](const spec::Interface& interface) { return interface.dhcp4; });
}

template <class Variant>
bool needs_tls(const Variant& what) {
  return std::visit(
      [](const auto& kind) {
        if constexpr (requires { speaks_tls(kind); })
          return speaks_tls(kind);
        else
          return false;
      },
      what);
}

}  // namespace

ErrandPlace::ErrandPlace(Network& network, const spec::Topology& topology)
    : network_(network), epoch_s_(topology.epoch_s) {
  for (const spec::Node& node : topology.nodes)
    if (is_configured_by_dhcp(node)) changing_.insert(node.name);
  if (!tls_is_available()) return;
  const auto prepare = [&](const std::string& name) {
    const auto id = network_.find(name);
    IpNode* const node = id ? network_.ip_node(*id) : nullptr;
    if (node == nullptr || tls_.contains(id->value)) return;
    tls_[id->value] = nullptr;
    for (const spec::Node& spec : topology.nodes) {
      if (spec.name != name || network_.certificates() == nullptr) continue;
      for (const auto& trusted : spec.trust)
        if (const auto* certificate = network_.certificates()->find(trusted.value))
          trusted_[id->value].push_back(certificate);
    }
  };
  for (const spec::Traffic& item : topology.traffic)
    if (needs_tls(item.what)) prepare(item.from.node);
  for (const spec::Expectation& item : topology.expect)
    if (item.errand && needs_tls(item.errand->what)) prepare(item.from);
}

std::optional<Ipv4Address> ErrandPlace::address_of(const std::string& name) const {
  const auto id = network_.find(name);
  IpNode* const node = id ? network_.ip_node(*id) : nullptr;
  if (node == nullptr || node->stack().addresses().addresses().empty()) return std::nullopt;
  return node->stack().addresses().addresses().front().address;
}

TlsNode* ErrandPlace::tls_of(IpNode& node) {
  const auto found = tls_.find(node.id().value);
  if (found == tls_.end()) return nullptr;
  if (!found->second)
    found->second = std::make_unique<TlsNode>(
        network_.seed(), fmt::format("node/{}/tls-client", node.name()), epoch_s_,
        [&node](const std::string& line) { node.tell_secret(line); });
  return found->second.get();
}

TlsClientSettings ErrandPlace::tls_settings(const IpNode& node, const spec::TlsClient& client,
                                            const std::string& host) const {
  TlsClientSettings settings;
  settings.server_name = client.server_name.value.empty() ? host : client.server_name.value;
  settings.verify = client.verify;
  if (const auto trusted = trusted_.find(node.id().value); trusted != trusted_.end())
    settings.trusted = trusted->second;
  if (network_.certificates() != nullptr && !client.certificate.value.empty())
    settings.certificate = network_.certificates()->find(client.certificate.value);
  if (!client.version_min.empty()) settings.version_min = client.version_min;
  if (!client.version_max.empty()) settings.version_max = client.version_max;
  return settings;
}

}  // namespace natsim
