// What is above IP on one node: UDP and TCP sockets, services, pings and probes.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "sim/engine/timer.h"
#include "sim/ip/stack.h"
#include "sim/node/probe_listener.h"
#include "sim/node/raw_probes.h"
#include "sim/node/udp_flow.h"
#include "sim/service/dhcp_client.h"
#include "sim/service/ping.h"
#include "sim/service/service.h"
#include "sim/service/udp_ports.h"
#include "sim/transport/stream.h"
#include "sim/transport/tcp_settings.h"
#include "sim/transport/udp_sockets.h"

namespace natsim {

class IpNode;
class NameLookups;
class TcpHost;
enum class DnsTransport : std::uint8_t;
struct DnsQuestion;
struct NameOwner;

class Sockets final : private EventHandler {
 public:
  Sockets(IpNode& node, std::uint64_t seed);
  Sockets(const Sockets&) = delete;
  Sockets& operator=(const Sockets&) = delete;
  ~Sockets();

  /// Puts a service behind a UDP port; it belongs to the sockets from now on. nullptr: taken.
  UdpService* serve_udp(const UdpBinding& binding, std::unique_ptr<UdpService> service);
  /// Accepts TCP connections, reads without a word, and closes when the peer has closed. False: the
  /// port is listened on already.
  bool listen_tcp(std::uint16_t port, IpAddress address = {});
  /// Puts a program behind a TCP port; `factory` makes one for each connection.
  bool listen(std::uint16_t port, std::unique_ptr<StreamHandlerFactory> factory,
              IpAddress address = {});
  /// Opens a TCP connection for a program; port 0: an ephemeral one. nullptr: it could not even
  /// begin, and the handler was told so (`unreachable`).
  Stream* connect(const Endpoint& remote, std::unique_ptr<StreamHandler> handler,
                  std::uint16_t source_port = 0);
  /// To be changed before the first connection.
  TcpSettings& tcp_settings();

  /// Each starts at once; what becomes of it is told to `owner`. `first_journey` of the packets
  /// that a probe sends is nullopt when it could not send any.
  std::optional<JourneyId> ping(PingOptions options, ProbeOwner owner);
  std::optional<JourneyId> connect(std::uint16_t source_port, const Endpoint& remote,
                                   ProbeOwner owner);
  std::optional<JourneyId> send_udp(UdpFlowOptions options, ProbeOwner owner);

  /// For tools that make their own packets.
  RawProbes& raw();

  /// Runs a service without a socket, for its deadlines.
  void run(std::unique_ptr<UdpService> service);

  /// The servers that names are looked up with, before those of leases.
  void set_nameservers(std::vector<IpAddress> servers) { nameservers_ = std::move(servers); }
  /// Looks a name up; what becomes of it is told to `owner`, at the earliest within this call.
  void resolve(const DnsQuestion& question, NameOwner owner, DnsTransport transport = {});
  /// Ports for the service that serve_udp() is given next.
  std::unique_ptr<UdpPorts> ports_for_next_service();

  /// Ends the probes with this owner's tag without another packet: nobody waits for them any more.
  void forget_probes(std::uint64_t tag);

  void start_dhcp_client(IfIndex interface);
  const DhcpClient* dhcp_client(IfIndex interface) const;
  /// In the order in which they were added, for whoever wants to look at them.
  const std::vector<std::unique_ptr<UdpService>>& services() const { return services_; }

  // --- what the stack delivers
  bool deliver_udp(const LocalDelivery& delivery);
  bool deliver_tcp(const LocalDelivery& delivery);
  bool deliver_icmp(const LocalDelivery& delivery);
  bool deliver_raw(const LocalDelivery& delivery);
  void send_failed(const Ipv4View& ip, Cause cause);

  /// To be called when the next deadline of something here may be another one, but for what calls
  /// of its own functions did.
  void deadline_changed() { rearm(); }

 private:
  struct Running {  // a ping
    Ping ping;
    ProbeOwner owner;
    std::uint16_t id;
  };
  struct Dhcp {
    DhcpClient* client;
    IfIndex interface;
    std::optional<Prefix> address;
    std::optional<Ipv4Address> probed;  // an ARP probe is out
    Instant probe_ends = Instant::never();
  };

  Instant now() const;
  void on_event(std::uint64_t) override;
  void rearm();
  Instant next_deadline() const;

  void flush(UdpService& from);
  void act(UdpService& from, ServiceAction& action);
  void configure(IfIndex interface, const LeasedConfiguration& configuration);
  void deconfigure(IfIndex interface, const Prefix& address);
  void send_datagram(const DatagramOut& datagram);
  void send_echo(const EchoRequest& request);
  bool bind_flow(UdpFlowOptions& options);
  void run_ping(Running& running);
  void finish_pings();
  void finish_arp_probes();
  void settle_names();
  void note(std::string text);
  void on_icmp_error(const Ipv4View& quoted, const IcmpError& error);

  IpNode& node_;
  Prng random_;
  std::uint64_t seed_;
  std::unique_ptr<TcpHost> tcp_;
  UdpSockets udp_;
  std::vector<std::unique_ptr<UdpService>> services_;  // by UdpHandler
  std::vector<Dhcp> dhcp_;
  std::deque<Running> pings_;
  std::vector<IpAddress> nameservers_;
  std::unique_ptr<NameLookups> names_;
  std::unique_ptr<RawProbes> raw_;
  bool settling_names_ = false;
  std::uint16_t next_ping_id_ = 1;
  Outbox outbox_;
  Timer timer_;
};

}  // namespace natsim
