// A DHCP client on one interface, RFC 2131 4.4.
//
//   INIT ─DISCOVER─▶ SELECTING ─offer, REQUEST─▶ REQUESTING ─ACK─▶ PROBING ─no conflict─▶ BOUND
//    ▲                                                │               │                  T1 │ ▲
//    │◀─────────────── NAK, no answer ────────────────┘               │                     ▼ │ ACK
//    │◀─ 10 s ── DECLINE ◀────────────── conflict ────────────────────┘               RENEWING│
//    │                                                                               T2 │     │
//    └◀───────────────────────── NAK, lease expired ──────────────────────────── REBINDING ───┘
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/random.h"
#include "sim/service/service.h"
#include "sim/wire/dhcp.h"
#include "sim/wire/mac.h"

namespace natsim {

struct DhcpClientOptions {
  IfIndex interface;
  MacAddress mac;
  std::string hostname;    ///< option 12; empty: not sent
  Bytes client_id;         ///< option 61; empty: hardware type and MAC
  bool broadcast = false;  ///< ask for answers by broadcast
  bool probe = true;       ///< look for another user of the address first (DHCP-08)
  std::string vendor_class = "natsim";
  /// What is asked for (option 55).
  std::vector<DhcpCode> wanted = {
      DhcpCode::subnet_mask,   DhcpCode::classless_routes,  DhcpCode::router,
      DhcpCode::dns_server,    DhcpCode::host_name,         DhcpCode::domain_name,
      DhcpCode::interface_mtu, DhcpCode::broadcast_address, DhcpCode::ntp_server};
  std::optional<Duration> lease;  ///< to ask for (option 51)
};

/// "SELECTING", … in RFC 2131's words. PROBING is the wait for the node's ArpProbe; `stopped` is
/// after release().
enum class DhcpClientState : std::uint8_t {
  init,
  selecting,
  requesting,
  probing,
  bound,
  renewing,
  rebinding,
  stopped,
};
const char* to_string(DhcpClientState state);

/// Listens on UDP port 68 of its interface. Broadcasts go out of, and answers come in by, a packet
/// socket past netfilter, as with udhcpc; in BOUND and RENEWING it uses an ordinary socket.
/// Transaction ids and jitter come from `rng`.
class DhcpClient : public UdpService {
 public:
  /// Sends its first DISCOVER at `start`.
  DhcpClient(DhcpClientOptions options, Prng rng, Instant start);

  void on_datagram(const Datagram& datagram, Instant now, Outbox& out) override;
  Instant next_deadline() const override { return deadline_; }
  void on_deadline(Instant now, Outbox& out) override;
  bool receives_raw() const override;

  /// The answer to an ArpProbe.
  void on_probe_result(bool conflict, Instant now, Outbox& out);
  /// Another station uses our address (RFC 5227 2.4): gives it up and declines it. Does nothing
  /// without an address.
  void on_conflict(Instant now, Outbox& out);
  /// Gives the lease back, if there is one, and stops.
  void release(Instant now, Outbox& out);

  DhcpClientState state() const { return state_; }
  /// What the interface has now; nullptr: nothing.
  const LeasedConfiguration* configuration() const { return in_use_ ? &*in_use_ : nullptr; }
  /// When the lease ends; meaningful with a configuration.
  Instant expires() const { return expires_; }

 private:
  void restart(Instant when);
  void discover(Instant now, Outbox& out);
  void request_offered(Instant now, Outbox& out);
  void request_extension(Instant now, Outbox& out);
  void on_offer(const DhcpMessage& message, Instant now, Outbox& out);
  void on_ack(const DhcpMessage& message, Instant now, Outbox& out);
  void on_nak(const DhcpMessage& message, Instant now, Outbox& out);
  void on_lease_end(Instant now, Outbox& out);
  void bind(Instant now, Outbox& out);
  void deconfigure(Outbox& out);

  DhcpMessage message(DhcpType type, Instant now);
  void add_parameters(DhcpMessage& message) const;
  void send_broadcast(const DhcpMessage& message, Ipv4Address source, Outbox& out) const;
  void send_to_server(const DhcpMessage& message, Outbox& out) const;
  Duration retry_delay(int tries);

  DhcpClientOptions options_;
  Prng rng_;
  DhcpClientState state_ = DhcpClientState::init;
  Instant deadline_;  // of the state: the next message, or its end
  Instant started_;   // of the transaction, for `secs`
  std::uint16_t secs_ = 0;
  std::uint32_t xid_ = 0;
  int tries_ = 0;        // of the message that is repeated
  Ipv4Address server_;   // whose offer or lease it is
  Ipv4Address offered_;  // what we ask for; remembered after the lease's end
  Instant requested_;    // when: the lease counts from there (RFC 2131 4.4.1)
  Instant renew_, rebind_, expires_ = Instant::never();
  std::optional<LeasedConfiguration> leased_;  // acknowledged, perhaps not in use yet
  std::optional<LeasedConfiguration> in_use_;
};

}  // namespace natsim
