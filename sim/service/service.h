// The shape of a service: a state machine over values. `now` comes in; datagrams, actions and the
// next deadline go out. The node owns sockets, ARP and events.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "sim/base/ids.h"
#include "sim/base/time.h"
#include "sim/service/configuration.h"
#include "sim/transport/datagram.h"
#include "sim/transport/probe.h"
#include "sim/transport/stream.h"
#include "sim/wire/address.h"

namespace natsim {

/// Asks the node whether some other station on the link holds `address` (RFC 5227 2.1). The node
/// answers the asking service, with DhcpClient::on_probe_result().
struct ArpProbe {
  IpAddress address;
  IfIndex interface;
};

/// The interface is to take this configuration, in place of any earlier one from this service.
struct Configured {
  IfIndex interface;
  LeasedConfiguration configuration;
};

/// The interface is to give up the address it had, and all that came with it, at once.
struct Deconfigured {
  IfIndex interface;
  Prefix address;
};

/// A TCP connection is to be opened for this program, which is told of it as it happens.
struct OpenStream {
  Endpoint remote;
  std::unique_ptr<StreamHandler> handler;
};

using ServiceAction = std::variant<ArpProbe, Configured, Deconfigured, OpenStream>;

/// What a service wants done: first the datagrams sent, then the actions taken, each in order (a
/// client that gives up its address says goodbye from it first). The caller owns it and clears it.
/// Payload buffers are kept by clear() and used again, so a warm outbox allocates nothing.
struct Outbox {
  std::vector<DatagramOut> datagrams;
  std::vector<ServiceAction> actions;
  std::vector<std::string> notes;  ///< for people: "lease 192.168.1.100/24 from … for 1h"

  /// A new datagram at the end, its payload empty.
  DatagramOut& add_datagram() {
    DatagramOut& added = datagrams.emplace_back();
    if (!spare_.empty()) {
      added.payload = std::move(spare_.back());
      spare_.pop_back();
    }
    return added;
  }
  template <class Action>
  void act(Action action) {
    actions.emplace_back(std::in_place_type<Action>, std::move(action));
  }
  bool empty() const { return datagrams.empty() && actions.empty() && notes.empty(); }
  void clear() {
    for (DatagramOut& datagram : datagrams) {
      datagram.payload.clear();
      if (datagram.payload.capacity() > 0) spare_.push_back(std::move(datagram.payload));
    }
    datagrams.clear();
    actions.clear();
    notes.clear();
  }

 private:
  std::vector<Bytes> spare_;
};

/// A service behind one UDP socket. The node calls on_deadline() when next_deadline() has come (a
/// call too early is harmless), and asks again for next_deadline() after each call.
class UdpService {
 public:
  virtual ~UdpService() = default;
  virtual void on_datagram(const Datagram& datagram, Instant now, Outbox& out) = 0;
  /// An ICMP error that quotes a datagram of its socket's.
  virtual void on_icmp_error(const IcmpError&) {}
  /// The same, for a service that has several sockets, or more to say: `sent` went from here.
  virtual void on_send_error(const Tuple& sent, const IcmpError& error, Instant, Outbox&) {
    static_cast<void>(sent), on_icmp_error(error);
  }
  virtual Instant next_deadline() const { return Instant::never(); }
  virtual void on_deadline(Instant, Outbox&) {}
  /// True while it reads from a packet socket: its datagrams do not pass netfilter's input hook,
  /// and come whatever their destination address is (DHCP-37).
  virtual bool receives_raw() const { return false; }
};

}  // namespace natsim
