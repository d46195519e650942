// A small network built by hand, with far ends to talk to it and a record of what happened.
//
//   Lab lab;
//   FarEnd& c = lab.far("c", "10.0.0.2");
//   IpNode& r = lab.router("r", {"10.0.0.1/24", {"203.0.113.1/24", {.mtu = 1400}}});
//   FarEnd& s = lab.far("s", "203.0.113.10");
//   lab.cable(c, r);
//   lab.cable(r, s, 5_ms);
//   c.sends(0_ms, udp({.src = "10.0.0.2:1000", .dst = "203.0.113.10:53", .ttl = 64}));
//   lab.run(1_s);
//   EXPECT_FRAME(s.next(), at(16_ms), ipv4(ttl(63)), udp(dst_port(53)), valid_checksums());
//
// Cables are lossless and of unlimited bandwidth unless a test says otherwise, so that times are
// round numbers.
#pragma once

#include <deque>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/network/network.h"
#include "tests/support/far_end.h"
#include "tests/support/recorder.h"
#include "tests/support/text.h"

namespace natsim::lab {

struct NicOptions {
  std::uint32_t mtu = 1500;
  bool proxy_arp = false;
  bool internet = false;
  std::vector<std::string_view> more_addresses = {};
};

/// An interface of a node: its address ("10.0.0.1/24"; "": none), and the rest where it matters.
struct Nic {
  Nic(const char* with_address, NicOptions with_options = {})
      : address(with_address), options(std::move(with_options)) {}
  std::string_view address;
  NicOptions options;
};

/// What a cable is plugged into: a far end, a switch's new port, a node's first free interface or a
/// certain one.
struct Plug {
  Plug(FarEnd& end) : far(&end) {}
  Plug(IpNode& ip_node) : node(&ip_node) {}
  Plug(Switch& a_switch, PortVlans port_vlans = {}, std::uint32_t port_mtu = 9216)
      : bridge(&a_switch), vlans(std::move(port_vlans)), mtu(port_mtu) {}
  Plug(Interface& certain) : interface(&certain) {}

  FarEnd* far = nullptr;
  IpNode* node = nullptr;
  Switch* bridge = nullptr;
  Interface* interface = nullptr;
  PortVlans vlans;
  std::uint32_t mtu = 0;
};

/// A switch port's VLANs.
PortVlans access(std::uint16_t vlan);
PortVlans trunk(std::vector<std::uint16_t> allowed, std::uint16_t native = 0);

struct Cable {
  Channel& forth;  ///< from the one that was named first
  Channel& back;
};

/// What became of something that a node was asked to do.
class Outcomes final : public ProbeListener {
 public:
  /// "pending", "answered", "unreachable: host unreachable (3/1) from 10.0.0.1", …
  std::string result() const;
  /// When that was known. REQUIRES: not pending.
  Instant when() const { return reports_.back().when; }
  const std::vector<ProbeReport>& reports() const { return reports_; }
  void on_probe(const ProbeReport& report) override { reports_.push_back(report); }

 private:
  std::vector<ProbeReport> reports_;
};

struct LabOptions {
  std::uint64_t seed = 1;
  bool observed = true;
};

class Lab final : public Storyteller {
 public:
  explicit Lab(LabOptions options = {});
  ~Lab();
  Lab(const Lab&) = delete;
  Lab& operator=(const Lab&) = delete;

  // --- building; interfaces are called eth0, eth1 …, switch ports p1, p2 …
  IpNode& host(const std::string& name, const Nic& nic, std::string_view gateway = {});
  IpNode& router(const std::string& name, std::initializer_list<Nic> nics,
                 StackOptions options = {});
  Switch& bridge(const std::string& name, Duration ageing = Switch::kAgeingDefault);
  /// Answers ARP for `address` unless that is empty. Addresses are the same in every lab: the
  /// first far end is 02:fa:00:00:00:01, the next …:02.
  FarEnd& far(const std::string& name, std::string_view address = {});
  Cable cable(const Plug& a, const Plug& b, Duration delay = Duration::milliseconds(1));
  Cable cable(const Plug& a, const Plug& b, const ChannelOptions& options);
  /// `via` empty: the destination is on the link that `interface` is plugged into.
  void route(IpNode& on, std::string_view to, std::string_view via, std::uint16_t interface = 0,
             std::uint32_t metric = 0);
  void route(IpNode& on, std::string_view to, RouteKind kind);
  /// Gives the node a packet filter. Its interfaces are there already.
  void filter(IpNode& on, const Ruleset& rules, const NetfilterOptions& options = {});

  // --- doing
  Outcomes& ping(IpNode& from, std::string_view to, PingOptions options = {});
  Outcomes& send_udp(IpNode& from, std::string_view to, UdpFlowOptions options = {});
  Outcomes& connect(IpNode& from, std::string_view to, std::uint16_t source_port = 0);
  /// Lets that much time pass; what happens at its very end is yet to come.
  void run(Duration time);

  // --- looking
  Network& network() { return network_; }
  Instant now() const { return network_.now(); }
  /// Why packets ended since the last call: "r: ttl_exceeded", in order.
  std::vector<std::string> drops();
  const Recorder& record() const { return recorder_; }
  /// Of each note of a node: "h: ping: …".
  std::vector<std::string> notes() const;
  std::string story() const override;

 private:
  std::string name_of(NodeId node, IfIndex interface) const;
  Interface& interface_of(const Plug& plug);
  OrderSource& order_of(const Plug& plug);
  IpNode& add(const std::string& name, IpNodeKind kind, std::initializer_list<Nic> nics,
              const StackOptions& options);

  Recorder recorder_;
  Network network_;
  std::deque<FarEnd> far_ends_;
  std::deque<OrderSource> orders_;  // of switch ports
  std::vector<std::unique_ptr<Channel>> channels_;
  std::deque<Outcomes> outcomes_;
  std::size_t visits_told_ = 0;
};

}  // namespace natsim::lab
