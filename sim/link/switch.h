// A learning switch: transparent bridging of IEEE 802.1D-2004 7.7 to 7.9, VLANs of 802.1Q-2018 8.6
// with independent learning (8.8).
//
//   frame in ─▶ classify to a VLAN ─▶ learn the source ─▶ look the destination up ─▶ one port, or
//   all
//               (6.9: tag, PVID,       (7.8)               (7.7)                      members of
//               the ingress filter)                                                        VLAN;
//               tag or not
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/time.h"
#include "sim/link/interface.h"
#include "sim/wire/vlan.h"

namespace natsim {

/// What a port makes of VLANs.
struct PortVlans {
  enum class Mode : std::uint8_t {
    unaware,  ///< tags are payload; the whole switch is one LAN (VLAN-17)
    access,   ///< untagged frames of one VLAN
    trunk,    ///< tagged frames of the allowed VLANs, untagged ones of the native VLAN
  };
  Mode mode = Mode::unaware;
  std::uint16_t pvid = 0;                ///< the access VLAN, or the native one; 0: none
  std::vector<std::uint16_t> allowed{};  ///< tagged VLANs of a trunk, sorted
  /// Of a private VLAN (RFC 5517 2): frames between two isolated ports are dropped. The others are
  /// its promiscuous ports.
  bool isolated = false;
};

/// An entry of the filtering database, for reports.
struct FdbEntry {
  std::uint16_t vlan;
  MacAddress mac;
  IfIndex port;
  Instant seen;
  bool fixed;
};

class Switch final : public FrameHandler {
 public:
  static constexpr Duration kAgeingDefault = Duration::seconds(300);  // 802.1D table 7-5
  /// How often one broadcast may come by before it is a storm (ETH-21).
  static constexpr std::uint8_t kVisitsMax = 16;

  Switch(Lane& lane, NodeId node, Duration ageing = kAgeingDefault);

  /// Adds a port; the returned interface belongs to the switch.
  Interface& add_port(std::string name, PortVlans vlans, MacAddress mac, std::uint32_t mtu);
  Interface& port(IfIndex index) { return *ports_.at(index.value).interface; }
  std::size_t port_count() const { return ports_.size(); }

  /// An entry that neither ages nor moves (802.1D 7.9.1).
  void add_static(std::uint16_t vlan, MacAddress mac, IfIndex port);
  /// Forgets what was learned on a port: its cable was pulled (ETH-06).
  void flush(IfIndex port);
  /// The switch is part of a loop: count how often each frame comes by, and end storms.
  void guard_against_storms() { storm_guard_ = std::make_unique<StormGuard>(); }
  /// Live entries by VLAN and MAC.
  std::vector<FdbEntry> entries() const;

  void on_frame(Interface& from, Packet&& frame) override;

 private:
  struct Port {
    std::unique_ptr<Interface> interface;
    PortVlans vlans;
  };
  struct Learned {
    Instant seen;
    std::uint32_t port;
    bool fixed;
  };
  /// A frame inside the switch: without its VLAN tag, unless the port is unaware.
  struct Classified {
    std::uint16_t vlan = 0;
    std::uint8_t priority = 0;
    bool drop_eligible = false;
  };
  struct StormGuard {
    absl::flat_hash_map<std::uint64_t, std::uint8_t> visits;
    std::uint64_t storms = 0;
  };

  static std::uint64_t key(std::uint16_t vlan, MacAddress mac) {
    return std::uint64_t(vlan) << 48 | mac.as_u64();
  }
  std::optional<Classified> classify(const Port& port, Packet& frame);
  bool learn(std::uint16_t vlan, MacAddress source, IfIndex port);
  const Learned* find(std::uint16_t vlan, MacAddress mac) const;
  bool is_member(const Port& port, std::uint16_t vlan) const;
  static bool keeps_apart(const Port& one, const Port& other) {
    return one.vlans.isolated && other.vlans.isolated;
  }
  bool is_tagged_on(const Port& port, std::uint16_t vlan) const;
  bool storms(const Packet& frame);
  void send_on(const Port& from, Port& port, const Classified& as, Packet&& frame);
  std::size_t flood(const Port& from, const Classified& as, Packet&& frame);
  void tag(Packet& frame, const Classified& as);

  Lane& lane_;
  NodeId node_;
  Duration ageing_;
  std::vector<Port> ports_;
  absl::flat_hash_map<std::uint64_t, Learned> fdb_;
  std::unique_ptr<StormGuard> storm_guard_;
};

}  // namespace natsim
