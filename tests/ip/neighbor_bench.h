// A neighbour table on a bench: verbs that drive it, and a log of what it wanted done and when.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "sim/ip/neighbor_table.h"
#include "tests/ip/address_text.h"

namespace natsim {

/// The node under test has 10.1.0.1 on its only interface. Packets are named by their content.
class NeighborBench {
 public:
  static constexpr IfIndex kEth0{0};
  static constexpr const char* kMacA = "02:aa:00:00:00:01";
  static constexpr const char* kMacB = "02:aa:00:00:00:02";

  explicit NeighborBench(const NeighborOptions& options = kLinuxNeighborOptions)
      : options_(options), table_(7, options_) {}

  /// Lets time pass until `when` after the start, deadlines included.
  void at(Duration when) {
    while (table_.next_deadline() <= Instant() + when) {
      now_ = table_.next_deadline();
      table_.on_deadline(now_, work_);
      note();
    }
    now_ = Instant() + when;
  }

  void send(const std::string& packet, const char* next_hop, const char* own_source = "0.0.0.0",
            IfIndex arrived_by = kNoInterface) {
    if (const MacAddress* found = table_.resolve(now_, kEth0, ip(next_hop))) {
      log(packet + " to " + found->to_string());
      return;
    }
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(packet.data());
    table_.hold(now_, kEth0, ip(next_hop), pool_.copy({bytes, packet.size()}), ip(own_source),
                arrived_by, work_);
    note();
  }

  /// "Who has target? Tell sender." Broadcast; the node's own address is 10.1.0.1.
  void hear_request(const char* sender_mac, const char* sender, const char* target,
                    bool unicast = false) {
    hear({ArpOperation::request, mac(sender_mac), ip(sender), {}, ip(target)}, unicast);
  }
  /// Unicast to the node, as answers are.
  void hear_reply(const char* sender_mac, const char* sender) {
    hear({ArpOperation::reply, mac(sender_mac), ip(sender), own_mac(), own_ip()}, true);
  }
  void hear(const ArpHeader& arp, bool unicast, bool proxied = false) {
    ArpArrival arrival{kEth0, arp, unicast};
    if (arp.target_ip == own_ip()) arrival.target = ArpArrival::Target::own;
    if (proxied) arrival.target = ArpArrival::Target::proxied;
    arrival.sender_is_own = arp.sender_ip == own_ip();
    table_.on_arp(now_, arrival, work_);
    note();
  }

  /// Leaves what is to be done in work().
  void hear_reply_quietly(const char* sender_mac, const char* sender) {
    const ArpHeader arp{ArpOperation::reply, mac(sender_mac), ip(sender), own_mac(), own_ip()};
    table_.on_arp(now_, {kEth0, arp, true, ArpArrival::Target::own}, work_);
  }

  /// "STALE 02:…", "INCOMPLETE", or "none".
  std::string entry(const char* address) const {
    for (const Neighbor& neighbor : table_.list(now_)) {
      if (neighbor.address != ip(address)) continue;
      const std::string state = to_string(neighbor.state);
      const bool has_mac =
          neighbor.state != NeighborState::incomplete && neighbor.state != NeighborState::failed;
      return has_mac ? state + " " + neighbor.mac.to_string() : state;
    }
    return "none";
  }

  /// What happened since the last call, in order, each with its time in milliseconds.
  std::vector<std::string> take_log() { return std::exchange(log_, {}); }

  static Ipv4Address own_ip() { return ip("10.1.0.1"); }
  static MacAddress own_mac() { return mac("02:00:00:00:00:01"); }
  NeighborTable& table() { return table_; }
  NeighborWork& work() { return work_; }
  PacketPool& pool() { return pool_; }
  Instant now() const { return now_; }

  void note() {
    for (const ArpRequest& request : work_.requests)
      log("who-has " + request.target.to_string() + " tell " + request.sender.to_string() + " to " +
          to_whom(request.destination));
    for (const ArpReply& reply : work_.replies)
      log(reply.address.to_string() + " is-at us, to " + reply.asker.to_string() + " " +
          reply.asker_mac.to_string());
    for (const ReleasedPacket& released : work_.released)
      log(text(released.packet) + " to " + released.mac.to_string());
    for (const UnsentPacket& unsent : work_.unsent)
      log(text(unsent.packet) + " unsent: " + natsim::to_string(unsent.cause));
    work_.clear();
  }

 private:
  static std::string to_whom(MacAddress destination) {
    return destination.is_broadcast() ? "all" : destination.to_string();
  }
  static std::string text(const Packet& packet) {
    return {reinterpret_cast<const char*>(packet.data()), packet.size()};
  }
  void log(const std::string& what) {
    log_.push_back(std::to_string(now_.ns() / 1'000'000) + " " + what);
  }

  NeighborOptions options_;
  PacketPool pool_;
  NeighborTable table_;
  NeighborWork work_;
  Instant now_;
  std::vector<std::string> log_;
};

using Log = std::vector<std::string>;

}  // namespace natsim
