// TCP on one node: the programs behind its connections, and its segments to and from IP.
//
//   stack ─▶ deliver ─▶ TcpSockets ─▶ events ─▶ StreamHandler ─▶ Stream ─▶ TcpSockets
//         ◀─────────────────────── segments ◀──────────────────────────────┘
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "sim/base/deadline_heap.h"
#include "sim/ip/stack.h"
#include "sim/node/probe_listener.h"
#include "sim/transport/stream.h"
#include "sim/transport/tcp_sockets.h"

namespace natsim {

class IpNode;

class TcpHost final {
 public:
  TcpHost(IpNode& node, std::uint64_t seed);
  TcpHost(const TcpHost&) = delete;
  TcpHost& operator=(const TcpHost&) = delete;
  ~TcpHost();

  /// Of connections made from now on. To be changed before there are any.
  TcpSettings& settings() { return settings_; }

  /// Takes connections to the port and reads without a word. False: it is listened on already.
  bool listen(std::uint16_t port, IpAddress address) { return tcp_.listen(port, address); }
  /// Each connection gets a program of its own, made by `factory`.
  bool listen(std::uint16_t port, std::unique_ptr<StreamHandlerFactory> factory, IpAddress address);
  /// Opens a connection for `handler`; port 0: an ephemeral one. nullptr: no route or no free port,
  /// and on_closed(unreachable) was called; the stream it was given must not be used.
  Stream* connect(const Endpoint& remote, std::unique_ptr<StreamHandler> handler,
                  std::uint16_t source_port);
  /// Opens a connection and closes it as soon as it is made; `owner` is told how it went.
  std::optional<JourneyId> probe(std::uint16_t source_port, const Endpoint& remote,
                                 ProbeOwner owner);
  void forget_probes(std::uint64_t tag);

  /// False: the port is closed.
  bool deliver(const LocalDelivery& delivery);
  void on_icmp_error(const Ipv4View& quoted, const IcmpError& error);

  Instant next_deadline() const;
  void on_deadline();

 private:
  class Program;
  struct Place {
    IpAddress address;
    std::uint16_t port;
    auto operator<=>(const Place&) const = default;
  };

  Instant now() const;
  TcpPath path_to(Ipv4Address destination) const;
  std::optional<Endpoint> source_for(const Endpoint& remote, std::uint16_t port) const;
  Program& add_program(const Tuple& tuple, std::unique_ptr<StreamHandler> handler);
  void accept(const Tuple& tuple);
  Program* find(const Tuple& tuple);
  template <class Call>
  void call(Program& program, const Call& function);

  void dispatch();
  void tell(const TcpEvent& event);
  void tell_program(Program& program, const TcpEvent& event);
  void read(Program& program);
  void finish(Program& program, StreamEnd end);
  void work();
  void send(const TcpSegmentOut& segment, ByteSpan payload);
  void tell_probes();
  void tell_probe(const TcpEvent& event);

  IpNode& node_;
  TcpSettings settings_;
  TcpSockets tcp_;
  std::map<Place, std::unique_ptr<StreamHandlerFactory>> factories_;
  absl::flat_hash_map<Tuple, std::uint32_t, TupleHash> numbers_;  // of programs
  std::vector<std::unique_ptr<Program>> programs_;                // by number; null: free
  std::vector<std::uint32_t> free_;
  DeadlineHeap deadlines_;  // of programs
  std::map<Tuple, ProbeOwner> probes_;
  std::vector<TcpEvent> probe_events_;
  TcpOutbox outbox_, sending_;
  bool working_ = false, dispatching_ = false;
};

}  // namespace natsim
