// Programs of one's own on simulated hosts: a server that shouts back what it is told.
#include <cctype>
#include <cstdio>
#include <memory>

#include "sim/network/network.h"

using namespace natsim;

struct Shouter : StreamHandler {
  void on_data(Stream& stream, ByteSpan bytes, Instant) override {
    Bytes loud(bytes.begin(), bytes.end());
    for (std::uint8_t& letter : loud) letter = std::uint8_t(std::toupper(letter));
    stream.send(loud);
  }
};

struct Caller : StreamHandler {
  void on_connected(Stream& stream, Instant) override {
    stream.send({reinterpret_cast<const std::uint8_t*>("anybody there?"), 14});
  }
  void on_data(Stream& stream, ByteSpan bytes, Instant now) override {
    std::printf("%.*s, after %lld us\n", int(bytes.size()), bytes.data(),
                (long long)now.ns() / 1000);
    stream.close();
  }
};

IpNode& add_host(Network& network, const char* name, const char* address) {
  IpNode& host = network.add_node(name, IpNodeKind::host);
  const IfIndex eth0 = host.add_interface({.name = "eth0", .mac = network.make_mac(name, "eth0")});
  host.stack().add_address(Instant(), eth0, *Prefix::parse(address));
  return host;
}

int main() {
  Network network(/*seed=*/1);
  IpNode& alice = add_host(network, "alice", "10.0.0.1/24");
  IpNode& bob = add_host(network, "bob", "10.0.0.2/24");
  const ChannelOptions cable{.delay = Duration::milliseconds(5)};
  network.connect(alice.port_at(0), bob.port_at(0), cable, cable, "cable");
  bob.sockets().listen(7777, std::make_unique<StreamHandlerFactoryOf<Shouter>>());
  alice.sockets().connect(*Endpoint::parse("10.0.0.2:7777"), std::make_unique<Caller>());
  network.run_until(Instant() + Duration::seconds(60));
}
