// A network and its scenario as plain values: what a topology file says, before anything is built.
//
// The reader of a file fills these; sim/network checks them and builds the simulation. Every item
// carries the Place it was written at, so that every message and every verdict can point there.
// Names are as written; nothing here is resolved yet.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "sim/base/pacing.h"
#include "sim/base/place.h"
#include "sim/base/random.h"
#include "sim/base/time.h"
#include "sim/network/probing_spec.h"
#include "sim/transport/tcp_settings.h"
#include "sim/wire/address.h"
#include "sim/wire/mac.h"

namespace natsim {

struct Ruleset;

}  // namespace natsim

namespace natsim::spec {

/// A value and where it was written.
template <class T>
struct At {
  T value{};
  Place place;
};

/// A cable's properties in one direction. Defaults are those of `topologies/README.md`.
struct Cable {
  Duration delay = Duration::microseconds(10);
  std::uint64_t bandwidth_bps = 1'000'000'000;  ///< bits per second; 0: no serialisation time
  std::uint32_t queue_bytes_max = 512 * 1024;   ///< waiting for the transmitter; drop-tail
  std::uint32_t mtu = 9216;                     ///< longest payload of a frame, bytes
  Duration jitter;                              ///< up to this much more, uniformly
  Ratio loss, duplicate, reorder, corrupt;
};

/// A LAN: an unmanaged switch. Its cable's delay is one-way between two of its interfaces, half on
/// each drop cable.
struct Network {
  std::string name;
  Place place;
  Cable cable;
  bool internet = false;  ///< a packet with a private source or destination here is a leak
};

struct Interface {
  std::string name;
  Place place;
  At<std::string> network;            ///< empty: plugged by a link, or a VLAN sub-interface
  std::vector<At<Prefix>> addresses;  ///< the first is the primary one
  bool dhcp4 = false;
  std::optional<At<MacAddress>> mac;      ///< otherwise made from the node and interface names
  std::optional<At<std::uint16_t>> vlan;  ///< 1 … 4094: sub-interface of the name before the dot
  At<std::string> zone;
  std::uint32_t mtu = 1500;
  bool proxy_arp = false;
};

enum class RouteKind { unicast, blackhole, unreachable, prohibit };

struct Route {
  Place place;
  Prefix to;  ///< "default" is 0.0.0.0/0
  RouteKind kind = RouteKind::unicast;
  std::optional<At<IpAddress>> via;
  At<std::string> interface;  ///< empty: the one whose subnet holds `via`
  std::uint32_t metric = 0;
};

struct Neighbor {
  Place place;
  IpAddress address;
  MacAddress mac;
  At<std::string> interface;
};

struct DnsServer;    // dns_spec.h
struct WebSite;      // web_spec.h
struct TlsListener;  // web_spec.h

/// What an NTP server says of itself.
struct NtpServer {
  std::uint8_t stratum = 1;  ///< 1 … 15
  Duration clock;            ///< how far it is ahead of simulated time
};

/// A port that the node answers on. `app`: "http", "echo", "discard", "accept" (the connection is
/// taken and nothing is said), "ntp", "syslog"; empty: "echo" for udp, "accept" for tcp.
struct Listen {
  Place place;
  Protocol protocol = Protocol::tcp;
  std::uint16_t port = 0;
  At<std::string> app;
  std::shared_ptr<const WebSite> site{};     ///< of http; null: one page
  std::shared_ptr<const TlsListener> tls{};  ///< null: in the clear
  NtpServer ntp{};
};

struct DhcpReservation {
  Place place;
  MacAddress mac;
  IpAddress address;
  std::string hostname;
};

/// The DHCP server on one interface.
struct DhcpServer {
  Place place;
  At<std::string> interface;
  At<IpAddress> first, last;
  Duration lease = Duration::seconds(3600);
  std::optional<At<IpAddress>> router;  ///< default: the interface's own address
  std::vector<At<IpAddress>> dns;
  std::string domain;
  std::vector<DhcpReservation> reservations;
};

/// nat POSTROUTING -o `out` [-s `source`] -j MASQUERADE.
struct Masquerade {
  At<std::string> out;
  std::optional<At<Prefix>> source;
  bool random = false;  ///< --random-fully
};
/// nat POSTROUTING -o `out` [-s `source`] -j SNAT --to-source `to`.
struct SourceNat {
  At<std::string> out;
  std::optional<At<Prefix>> source;
  At<IpAddress> to;
};
/// nat PREROUTING [-i `in`] [-d `destination`] [-p … --dport …] -j DNAT --to-destination `to`.
struct DestinationNat {
  At<std::string> in;
  std::optional<At<Prefix>> destination;
  std::optional<Protocol> protocol;
  std::optional<PortRange> ports;
  At<IpAddress> to;
  std::optional<std::uint16_t> to_port;
};
/// A home router's port forward: DNAT of what arrives at `in`'s address, and with `hairpin` also of
/// what inside hosts send to that address, masqueraded so that the answer comes back this way.
struct PortForward {
  At<std::string> in;
  Protocol protocol = Protocol::tcp;
  PortRange ports;
  At<Endpoint> to;  ///< port 0: each packet keeps its own
  bool hairpin = false;
};

struct NatRule {
  Place place;
  std::string name;
  std::variant<Masquerade, SourceNat, DestinationNat, PortForward> what;
};

enum class Chain { input, forward, output };
enum class RuleAction { accept, drop, reject };
/// Conntrack states, a bit each (netfilter's --ctstate words).
enum : std::uint8_t {
  kStateNew = 1,
  kStateEstablished = 2,
  kStateRelated = 4,
  kStateInvalid = 8,
  kStateUntracked = 16,
  kStateSnat = 32,
  kStateDnat = 64,
};

struct FirewallRule {
  Place place;
  std::string name;  ///< as shown in verdicts; "rule 3" where none is written
  At<Chain> chain;
  std::vector<At<std::string>> from, to;  ///< zones: the interfaces that it came in and leaves by
  std::vector<At<std::string>> in, out;   ///< interfaces by name
  std::vector<At<Prefix>> source, destination;
  std::optional<Protocol> protocol;
  std::vector<PortRange> source_ports, destination_ports;
  std::uint8_t states = 0;  ///< 0: any
  std::optional<std::uint8_t> icmp_type;
  std::optional<MacAddress> mac;
  RuleAction action = RuleAction::accept;
  std::string reject_with;  ///< iptables' word ("icmp-port-unreachable"); empty: default
  bool log = false;
};

struct Firewall {
  Place place;
  At<RuleAction> input{RuleAction::accept, {}};
  At<RuleAction> forward{RuleAction::accept, {}};
  At<RuleAction> output{RuleAction::accept, {}};
  std::vector<FirewallRule> rules;
};

struct SwitchPort {
  std::string name;
  Place place;
  bool trunk = false;
  std::uint16_t access = 1;             ///< VLAN of an access port
  std::vector<std::uint16_t> allowed;   ///< VLANs of a trunk that travel tagged
  std::optional<std::uint16_t> native;  ///< VLAN of a trunk's untagged frames; none: tagged only
};

enum class NodeKind { host, router, switch_ };

struct Node {
  std::string name;
  Place place;
  NodeKind kind = NodeKind::host;
  std::vector<Interface> interfaces;  ///< host, router
  std::vector<Route> routes;
  std::vector<Neighbor> neighbors;
  std::vector<At<IpAddress>> nameservers;
  std::optional<At<Endpoint>> log_to;  ///< a syslog collector that gets what its rules log
  std::vector<At<std::string>> trust;  ///< certificates that its clients believe
  std::vector<Listen> listen;
  std::vector<DhcpServer> dhcp;          ///< router (or a host that serves)
  std::shared_ptr<const DnsServer> dns;  ///< none: null
  std::vector<NatRule> nat;              ///< router
  std::optional<Firewall> firewall;      ///< router, host
  /// Rules in netfilter's own terms, instead of `nat` and `firewall`; none: null.
  std::shared_ptr<const Ruleset> rules;
  bool icmp_rate_limit = true;  ///< router, host: ICMP-12
  bool redirects = true;        ///< router: tells of shorter ways (IPV4-30)
  CongestionAlgorithm congestion_control = CongestionAlgorithm::cubic;  ///< router, host: of TCP
  std::vector<SwitchPort> ports;                                        ///< switch
  bool stp = false;                                                     ///< switch
  Duration ageing = Duration::seconds(300);  ///< switch: how long an unseen address is remembered
};

/// "sw1:p1".
struct PortName {
  std::string node, interface;
  Place place;
};

struct Link {
  Place place;
  PortName a, b;
  Cable a_to_b, b_to_a;
};

// --- the scenario -----------------------------------------------------------------------------

/// What a probe or a traffic item is aimed at: a node's name (its first address), an address, or a
/// domain name, and a port where the protocol has them.
struct Target {
  std::string node;    ///< empty: `address` or `domain` counts
  std::string domain;  ///< has a dot; the sender looks it up by DNS
  std::optional<IpAddress> address;
  std::optional<std::uint16_t> port;
  Place place;
};

struct Ping {
  Target to;
};
struct UdpSend {
  Target to;
  std::string text;
};
struct TcpConnect {
  Target to;
};
/// A question to the node's nameservers. `type` is DNS's number: 1 for A.
struct NameLookup {
  std::string name;
  std::uint16_t type = 1;
  bool tcp = false;  ///< by TCP at once; otherwise only what does not fit into a datagram
};
/// How a client speaks TLS.
struct TlsClient {
  At<std::string> certificate;           ///< its own; empty: none
  std::string version_min, version_max;  ///< "1.2"; empty: as the library has it
  At<std::string> server_name;           ///< SNI, and the name to verify; empty: the target's
  bool verify = true;
};
struct TlsConnect {
  Target to;
  TlsClient tls;
};
/// As many bytes as a TCP connection carries, to a port that reads them.
struct Bulk {
  Target to;
  std::uint64_t bytes = 0;                                  ///< 0: `duration` says when to stop
  std::optional<Duration> duration;                         ///< nothing is sent from then on
  std::optional<CongestionAlgorithm> congestion_control{};  ///< none: the node's
};
struct HttpRequest {
  std::string method, url;
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;
  std::string login;   ///< "user:password"
  bool follow = true;  ///< redirects
  bool websocket = false;
  TlsClient tls;
};
/// Bytes over a TCP connection, and what comes back until the peer closes.
struct TcpTalk {
  Target to;
  std::string text;
};
/// The time, asked of an NTP server.
struct NtpQuery {
  Target to;
  Duration clock;  ///< how far the asking node's own clock is ahead
};
/// A line for a log collector.
struct SyslogLine {
  Target to;
  std::uint8_t facility = 1, severity = 5;  ///< RFC 5424 6.2.1: user.notice
  std::string text;
};
struct RouteTrace {
  Target to;  ///< its port is that of `options`
  TracerouteOptions options;
};
struct PortScan {
  Target to;
  std::vector<PortRange> ports;
  ScanOptions options;
};
/// One Ethernet frame put on the cable as if the interface had sent it.
struct RawFrame {
  std::vector<std::uint8_t> bytes;
};
/// A capture file put on the cable at its own pace; the path is as written.
struct Replay {
  std::string path;
};

struct Traffic {
  Place place;
  Instant at;
  PortName from;  ///< `interface` is set for raw input only
  std::variant<Ping, UdpSend, TcpConnect, Bulk, HttpRequest, RawFrame, Replay, NameLookup,
               TlsConnect, TcpTalk, NtpQuery, SyslogLine, RouteTrace, PortScan>
      what;
  std::uint32_t count = 1;
  std::optional<Spacing> interval;   ///< between repetitions; default 1 s for ping, else 10 ms
  Instant until = Instant::never();  ///< no repetition begins from then on
  std::optional<Bursts> bursts;      ///< repetitions begin during "on" only
  std::uint32_t size = 0;            ///< payload bytes; 0: the item's own default
};

enum class ExpectedResult { delivered, dropped, rejected, no_route, unreachable, lost };

/// What a program is to do for an expectation, and what it should come to; what is empty is not
/// judged.
struct Errand {
  std::variant<NameLookup, HttpRequest, TlsConnect, TcpTalk, NtpQuery, RouteTrace, PortScan> what;
  std::string answer{};  ///< an address that is among the answers, "NXDOMAIN", a page's text
  std::optional<std::uint16_t> status{};
  std::string error{};                   ///< a part of what went wrong
  std::optional<std::uint64_t> bytes{};  ///< received, without headers
  ExpectedRoute route{};
  ExpectedPorts ports{};
};

/// Inclusive.
struct AddressRange {
  IpAddress first, last;
};

/// One end of a flow; what is absent is not judged.
struct ExpectedEnd {
  std::optional<IpAddress> address;
  std::optional<PortRange> ports;
};

/// What a packet's addresses should be where it ended, after all translation.
struct ExpectedTuple {
  Place place;
  ExpectedEnd source, destination;
};

/// What an expectation is about.
enum class Judged : std::uint8_t {
  probe,    ///< a packet that is sent for it, and what becomes of it
  lease,    ///< an address that a node has
  capture,  ///< frames that passed an interface until then
};

/// A probe and what should become of it; or what should be true when the traffic is done.
struct Expectation {
  Place place;
  Judged judged = Judged::probe;
  std::string title;          ///< what is asked, in the author's words; empty: none
  std::uint32_t points = 1;   ///< what it is worth where it is graded
  std::string hint;           ///< told where it is not met
  std::optional<Instant> at;  ///< default: when the traffic is done
  std::string from;
  Target to;
  Protocol protocol = Protocol::icmp;  ///< icmp means an echo request ("ping")
  std::optional<std::uint16_t> source_port;
  At<ExpectedResult> result;
  At<std::string> at_node;  ///< where it ended; empty: not judged
  At<std::string> by;       ///< the rule's name, "policy", or another cause; empty: not judged
  std::optional<ExpectedTuple> nat;
  std::vector<At<std::string>> via;  ///< the routers that it passed, in order; empty: not judged
  std::uint32_t size = 0;            ///< payload bytes of the probe; 0: its own default
  std::optional<Duration> within;    ///< from its beginning to its result; of probes and programs
  // lease and capture
  PortName subject;  ///< `interface` may be empty for a lease: any of the node's
  std::optional<AddressRange> range;
  At<std::string> filter;  ///< which frames count, in tcpdump's language
  std::uint64_t count_min = 1, count_max = ~std::uint64_t{0};
  std::shared_ptr<const Errand> errand;  ///< instead of a probe
};

/// An X.509 certificate with a key of its own.
struct Certificate {
  std::string name;
  Place place;
  At<std::string> issuer;          ///< another certificate; empty: signed by itself
  std::vector<std::string> names;  ///< host names and addresses that it is for
  std::string subject;             ///< common name; empty: the first of `names`, or `name`
  bool authority = false;
  std::string key = "ecdsa";  ///< "ecdsa" (P-256), "rsa" (2048), "ed25519"
  std::optional<std::int64_t> not_before_s, not_after_s;  ///< since 1970; default: around `epoch`
};

struct Topology {
  std::string name;
  std::string description;
  std::optional<std::uint64_t> seed;
  std::int64_t epoch_s = 1'767'225'600;  ///< wall clock of time 0: 2026-01-01T00:00:00Z
  /// What is captured: nodes (`interface` empty: all of it) and interfaces; none written: all.
  std::optional<std::vector<PortName>> capture;
  std::vector<Network> networks;
  std::vector<Certificate> certificates;
  std::vector<Node> nodes;
  std::vector<Link> links;
  std::vector<Traffic> traffic;
  std::vector<Expectation> expect;
};

}  // namespace natsim::spec
