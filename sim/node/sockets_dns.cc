// DNS on a node: looking names up, and the ports that a service opens for its own questions.
#include <fmt/format.h>

#include "sim/node/ip_node.h"
#include "sim/node/name_lookups.h"
#include "sim/node/sockets.h"

namespace natsim {
namespace {

class ServicePorts final : public UdpPorts {
 public:
  ServicePorts(UdpSockets& udp, Prng& rng, UdpHandler handler)
      : udp_(udp), rng_(rng), handler_(handler) {}
  std::optional<std::uint16_t> open(const Endpoint& remote) override {
    UdpBinding binding;
    binding.remote = remote;
    return udp_.bind_ephemeral(binding, handler_, rng_);
  }
  void close(std::uint16_t port) override { udp_.unbind({.port = port}); }

 private:
  UdpSockets& udp_;
  Prng& rng_;
  UdpHandler handler_;
};

}  // namespace

std::unique_ptr<UdpPorts> Sockets::ports_for_next_service() {
  return std::make_unique<ServicePorts>(udp_, random_, UdpHandler(services_.size()));
}

void Sockets::run(std::unique_ptr<UdpService> service) {
  services_.push_back(std::move(service));
  rearm();
}

void Sockets::resolve(const DnsQuestion& question, NameOwner owner, DnsTransport transport) {
  if (!names_) {
    auto client = std::make_unique<DnsClient>(
        ports_for_next_service(), Prng::stream(seed_, fmt::format("node/{}/dns", node_.name())));
    names_ = std::make_unique<NameLookups>(node_, *client);
    services_.push_back(std::move(client));
  }
  names_->start(question, transport, owner, *this, nameservers_, outbox_);
  flush(names_->service());
  settle_names();
  rearm();
}

// What is told may ask for more, which may be answered at once.
void Sockets::settle_names() {
  if (!names_ || settling_names_) return;
  settling_names_ = true;
  names_->settle(outbox_);
  while (!outbox_.empty()) {
    flush(names_->service());
    names_->settle(outbox_);
  }
  settling_names_ = false;
}

}  // namespace natsim
