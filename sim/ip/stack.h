// The IPv4 stack of one node: a state machine from frames to frames.
//
//   frame ─▶ ARP ─────────────▶ neighbour table ─▶ reply, waiting packets
//      └───▶ IPv4: header checks, martians
//              ─▶ [prerouting] ─▶ mine? ─▶ (reassembly) ─▶ [input] ─▶ UDP, TCP, ICMP: the port
//              below
//                                  └─▶ TTL, route, MTU ─▶ [forward] ─▶ [postrouting] ─▶ neighbour
//                                  ─▶ frame
//   own packet ─▶ route ─▶ [output] ─▶ (route again) ─▶ [postrouting] ─▶ fragments ─▶ neighbour ─▶
//   frame
//
// Nothing in here schedules or sends: frames leave through StackPort::transmit(), and the node
// calls on_deadline() when next_deadline() has come.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "sim/base/ids.h"
#include "sim/base/time.h"
#include "sim/filter/netfilter.h"
#include "sim/ip/address_classes.h"
#include "sim/ip/icmp_error.h"
#include "sim/ip/local_addresses.h"
#include "sim/ip/neighbor_table.h"
#include "sim/ip/path_mtu.h"
#include "sim/ip/rate_limit.h"
#include "sim/ip/reassembly.h"
#include "sim/ip/routing_table.h"
#include "sim/observe/step.h"
#include "sim/wire/icmp.h"
#include "sim/wire/ipv4.h"
#include "sim/wire/mac.h"
#include "sim/wire/packet.h"

namespace natsim {

/// A packet that came to one of this node's addresses. Lent for the length of the call.
struct LocalDelivery {
  Ipv4View ip;
  IfIndex in;
  bool broadcast;  ///< addressed to others too, at either layer
  JourneyId journey;
};

/// What a stack needs of its node.
class StackPort {
 public:
  /// A whole frame to put on an interface.
  virtual void transmit(IfIndex out, Packet&& frame) = 0;
  /// True: somebody took it. False makes a closed port's answer (UDP) or a reset (TCP).
  virtual bool deliver_udp(const LocalDelivery& delivery) = 0;
  virtual bool deliver_tcp(const LocalDelivery& delivery) = 0;
  /// An echo reply or an ICMP error about something that this node sent; false: nobody asked.
  virtual bool deliver_icmp(const LocalDelivery& delivery) = 0;
  /// A packet of any destination, before the stack looks at it further; true: a packet socket has
  /// it (only asked for after set_packet_sockets(true)).
  virtual bool deliver_raw(const LocalDelivery& delivery) = 0;
  /// A packet that this node sent could not leave it: no route, no neighbour, a rule.
  virtual void send_failed(const Ipv4View& ip, Cause cause) = 0;
  /// next_deadline() may have changed outside on_deadline().
  virtual void deadline_changed() = 0;
  /// Told of every packet's fate while watched; `when` and `order` are the node's to fill in.
  virtual void visited(const Visit& visit) = 0;
  /// A line of Stack::note().
  virtual void noted(const std::string& text) = 0;

 protected:
  ~StackPort() = default;
};

/// An interface as the stack knows it: physical, or a VLAN on one.
struct StackInterface {
  std::string name;
  MacAddress mac;
  std::uint32_t mtu = 1500;  ///< longest IP packet
  bool proxy_arp = false;
  bool internet = false;  ///< private addresses do not belong here (IPV4-26)
};

struct StackOptions {
  bool forwarding = false;      ///< a router
  bool icmp_rate_limit = true;  ///< ICMP-12
  bool redirects = true;        ///< send ICMP redirects (IPV4-30)
  InternetProfile internet{};
  ReassemblyOptions reassembly{};
  std::int64_t epoch_s = 0;  ///< the wall clock at time 0, seconds since 1970 in UTC
};

/// How to send a packet of this node's own.
struct SendOptions {
  IfIndex interface = kNoInterface;             ///< bound to it, whatever routes say
  std::optional<MacAddress> destination_mac{};  ///< no ARP
  bool past_filter = false;                     ///< as from a packet socket (DHCP-37)
  /// DF is set where the packet fits the path; a longer one is cut (Linux: IP_PMTUDISC_WANT).
  bool path_mtu_discovery = false;
};

/// Watching costs one branch a stage when nobody does. Not thread-safe.
class Stack final : private PathMtuSource {
 public:
  Stack(NodeId node, std::uint64_t seed, const StackOptions& options, StackPort& port,
        PacketPool& pool);
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;

  // --- configuration
  IfIndex add_interface(StackInterface interface);
  const StackInterface& interface(IfIndex index) const { return interfaces_.at(index.value); }
  std::size_t interface_count() const { return interfaces_.size(); }
  /// Adds the address and the route to its subnet. The first one of an interface is its primary.
  void add_address(Instant now, IfIndex interface, const Prefix& address, Place place = {});
  void remove_address(Instant now, IfIndex interface, const Prefix& address);
  /// Tells the filter of every interface's addresses, now and when they change.
  void set_filter(std::unique_ptr<Netfilter> filter);
  Netfilter* filter() { return filter_.get(); }
  const Netfilter* filter() const { return filter_.get(); }
  RoutingTable& routes() { return routes_; }
  const RoutingTable& routes() const { return routes_; }
  NeighborTable& neighbors() { return neighbors_; }
  const LocalAddresses& addresses() const { return local_; }
  void add_neighbor(IfIndex interface, Ipv4Address address, MacAddress mac);
  /// While true StackPort::deliver_raw() is offered every packet first.
  void set_packet_sockets(bool open) { packet_sockets_ = open; }
  /// While true every packet's way is told to StackPort::visited().
  void set_watched(bool watched) { watched_ = watched; }

  // --- packets
  /// A frame for this station or a group arrived on `in`; VLAN tags are off.
  void receive(Instant now, IfIndex in, Packet&& frame);
  /// Sends a packet of this node's own: a whole IPv4 packet, data() at its header, checksums made,
  /// with headroom for Ethernet. An unspecified source is filled in (with its checksums).
  void send(Instant now, Packet&& packet, const SendOptions& options = {});
  /// The source address that send() would choose; nullopt: no route.
  std::optional<Ipv4Address> source_for(Ipv4Address destination);
  /// Asks who holds `address` with a probe of RFC 5227 (sender 0.0.0.0) and forgets earlier
  /// answers.
  void send_arp_probe(IfIndex interface, Ipv4Address address);
  /// Somebody has claimed the address that was probed last.
  bool probe_answered() const { return probe_answered_; }
  /// Passes a line on to StackPort::noted(), after the visit that it belongs to.
  void note(std::string text);
  JourneyId next_journey() { return {journeys_++}; }
  /// What next_journey() will return.
  JourneyId peek_journey() const { return {journeys_}; }
  std::uint16_t next_identification() { return identification_++; }
  /// The longest packet that gets to `destination` whole, as far as this node knows (IPV4-19).
  std::uint32_t path_mtu(Instant now, Ipv4Address destination) const override;

  // --- time
  Instant next_deadline() const;
  void on_deadline(Instant now);

 private:
  /// A packet on its way through this node.
  struct Passage {
    Passage(Instant when, IfIndex from, bool group = false)
        : now(when), in(from), link_group(group) {}
    Instant now;
    IfIndex in;  // kNoInterface: made here
    IfIndex out = kNoInterface;
    bool link_group;                            // it came in a broadcast or multicast frame
    const std::uint8_t* link_header = nullptr;  // for rules that look at MACs
    const FragmentLayout* layout = nullptr;     // how it came, if reassembled here
    Visit* visit = nullptr;                     // null: nobody watches
    std::optional<Traversal> traversal;         // from the first hook on
  };

  /// What most nodes never need: made by rare(), on first use.
  struct Rare {
    explicit Rare(const StackOptions& options) : reassembler(options.reassembly) {
      rate_limit.set_enabled(options.icmp_rate_limit);
    }
    Reassembler reassembler;
    IcmpRateLimit rate_limit;
    std::vector<std::variant<Visit, std::string>> deferred;  // told when the open visits are
    NeighborWork work;                                       // empty; kept for its memory
  };
  Rare& rare() {
    if (rare_ == nullptr) rare_ = std::make_unique<Rare>(options_);
    return *rare_;
  }
  /// Lists for do_work(), which keeps their memory for the next time.
  NeighborWork take_work() { return std::exchange(rare().work, {}); }
  Instant fragments_deadline() const {
    return rare_ == nullptr ? Instant::never() : rare_->reassembler.next_deadline();
  }

  // input
  void receive_ipv4(Passage& passage, Packet&& frame);
  void receive_other(Passage& passage, Packet&& frame);
  void receive_watched(Passage& passage, Packet&& frame);
  void receive_packet(Passage& passage, Packet&& packet);
  static Cause check_header(const std::uint8_t* ip, std::size_t bytes);
  Cause check_addresses(const Passage& passage, Ipv4Address source, Ipv4Address destination) const;
  void receive_own(Passage& passage, Packet&& packet);
  bool reassemble(Passage& passage, Packet& packet);
  void deliver(Passage& passage, Packet&& packet);
  void deliver_up(Passage& passage, Packet&& packet);
  void answer_echo(Passage& passage, const Ipv4View& ip);
  bool answer_timestamp(Passage& passage, const Ipv4View& ip);
  void answer_icmp(Passage& passage, const Ipv4View& asked, IcmpType type, ByteSpan message);
  bool receive_icmp(Passage& passage, Packet& packet, bool broadcast);
  void learn_path_mtu(Instant now, const IcmpView& icmp);
  void forward(Passage& passage, Packet&& packet, bool destination_group);
  void maybe_redirect(Passage& passage, const Packet& packet, const Route& route);

  // output
  void originate(Instant now, Packet&& packet, const SendOptions& options, Traversal* answered);
  void output(Passage& passage, Packet&& packet, const SendOptions& options, Traversal* answered);
  IfIndex broadcast_interface() const;
  void discover_path_mtu(const Passage& passage, Packet& packet) const;
  void leave(Passage& passage, Packet&& packet, Ipv4Address next_hop, bool past_filter);
  void leave_now(Passage& passage, Packet&& packet, Ipv4Address next_hop, bool past_filter);
  static void go_on_inward(Passage& inward, Packet& packet, Traversal& outward);
  void to_neighbor(Passage& passage, Packet&& packet, Ipv4Address next_hop);
  std::optional<MacAddress> group_mac(IfIndex out, Ipv4Address next_hop) const;
  void put_on_link(IfIndex out, MacAddress destination, Packet&& packet);
  void emit_frame(IfIndex out, MacAddress destination, Packet&& packet);

  // verdicts
  template <Hook kHook>
  bool run_hook(Passage& passage, Packet& packet, Ipv4Address next_hop = {});
  void tell_filter(IfIndex interface, Instant now);
  bool refuse(Passage& passage, Packet& packet);
  bool destination_is_group(const Packet& packet) const;
  void drop(Passage& passage, const Packet& packet, Cause cause);
  void end(Passage& passage, const Packet* packet, Outcome outcome, Reason reason = {});
  void send_error(Passage& passage, IcmpHeader what, const Packet& offender,
                  IcmpRateLimit::From from = IcmpRateLimit::From::packet);

  // ARP
  void receive_arp(Passage& passage, const Packet& frame);
  void do_work(Instant now, NeighborWork& work);
  void send_arp(IfIndex out, MacAddress destination, const ArpHeader& arp);
  void unsent(Instant now, UnsentPacket failed);

  void tell_deadline();
  void give_up_fragments(Instant now);
  bool filtered(Hook hook) const { return filter_ != nullptr && filter_->active(hook); }
  void begin(Passage& passage, Visit& visit, const Packet& packet, bool link_layer);

  NodeId node_;
  StackOptions options_;
  StackPort& port_;
  PacketPool& pool_;
  std::vector<StackInterface> interfaces_;
  RoutingTable routes_;
  LocalAddresses local_;
  NeighborTable neighbors_;
  std::unique_ptr<Netfilter> filter_;
  std::unique_ptr<PathMtus> path_mtus_;  // null until an ICMP 3/4 came
  std::unique_ptr<Rare> rare_;
  std::uint64_t journeys_;
  std::uint16_t identification_;
  int open_visits_ = 0;
  Instant told_deadline_ = Instant::never();  // what the node was told last
  bool watched_ = false;
  bool packet_sockets_ = false;
  bool any_internet_ = false;
  std::optional<Ipv4Address> probed_;
  bool probe_answered_ = false;
};

}  // namespace natsim
