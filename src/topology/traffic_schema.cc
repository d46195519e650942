// What happens in the scenario: pings, connections, requests, raw frames.
#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "sim/wire/syslog.h"
#include "src/topology/objects.h"
#include "src/topology/suggest.h"

namespace natsim::topology {
namespace {

using spec::Traffic;

/// The longest payload of a UDP datagram or an echo request over IPv4: 65535 - 20 - 8.
constexpr std::uint32_t kPayloadMax = 65'507;
constexpr std::size_t kFrameMin = 14;  // an Ethernet header
constexpr std::size_t kFrameMax = 65'535 + 22;

/// A size in bytes; a plain number is one too.
struct PayloadSizeValue {
  using Value = std::uint32_t;
  static constexpr ValueKind kind = ValueKind::integer;
  static Parsed<Value> parse(std::string_view text) {
    const auto size = QueueSizeValue::parse(text);
    if (size.ok() && *size <= kPayloadMax) return *size;
    const auto plain = parse_integer(size.ok() ? std::to_string(*size) : text, 0, kPayloadMax);
    if (!plain) return plain.error();
    return std::uint32_t(*plain);
  }
};

struct TrafficDraft {
  Traffic traffic;
  PacingDraft pacing;
  std::vector<NodeReference> references;
  std::vector<std::string_view> actions;  // the keys that say what is sent
  std::uint64_t bytes = 0;                // of bulk
  std::optional<std::string> text, send;
  spec::SyslogLine log;  // but for its target and text
  Duration clock;        // of ntp
  std::optional<CongestionAlgorithm> congestion;
};

Instant& at_of(TrafficDraft& draft) { return draft.traffic.at; }
std::uint32_t& count_of(TrafficDraft& draft) { return draft.traffic.count; }
std::uint32_t& size_of(TrafficDraft& draft) { return draft.traffic.size; }
auto& interval_of(TrafficDraft& draft) { return draft.pacing.interval; }
auto& on_of(TrafficDraft& draft) { return draft.pacing.on; }
auto& off_of(TrafficDraft& draft) { return draft.pacing.off; }
auto& until_of(TrafficDraft& draft) { return draft.pacing.until; }
auto& length_of(TrafficDraft& draft) { return draft.pacing.length; }
auto& rate_of(TrafficDraft& draft) { return draft.pacing.rate_bps; }
std::optional<CongestionAlgorithm>& congestion_of(TrafficDraft& draft) { return draft.congestion; }

void read_from(Context& context, Yaml value, TrafficDraft& out) {
  const bool with_interface = value.text().find(':') != std::string_view::npos;
  if (with_interface) {
    if (auto from = read_scalar<NodeInterfaceValue>(context, value)) out.traffic.from = *from;
  } else if (auto node = read_scalar<NameValue>(context, value)) {
    out.traffic.from.node = *node;
  }
  out.traffic.from.place = value.place();
}

/// A target of an action; nullopt after an error.
std::optional<spec::Target> read_target(Context& context, Yaml value, TrafficDraft& out) {
  auto target = read_scalar<TargetValue>(context, value);
  if (!target) return std::nullopt;
  target->place = value.place();
  if (!target->node.empty())
    out.references.push_back({target->node, value.place(), NodeReference::Use::target});
  return target;
}

void read_ping(Context& context, Yaml value, TrafficDraft& out) {
  out.actions.push_back("ping");
  const auto to = read_target(context, value, out);
  if (!to) return;
  if (to->port) context.error(value.place(), "a ping has no port");
  out.traffic.what = spec::Ping{*to};
}

void read_udp(Context& context, Yaml value, TrafficDraft& out) {
  out.actions.push_back("udp");
  const auto to = read_target(context, value, out);
  if (!to) return;
  if (!to->port) context.error(value.place(), "udp needs a port", "such as udp: \"web:53\"");
  out.traffic.what = spec::UdpSend{*to, {}};
}

/// What is sent, by datagrams and connections alike.
std::optional<std::string> read_payload(Context& context, Yaml value) {
  auto text = read_scalar<TextValue>(context, value);
  if (text && text->size() > kPayloadMax) {
    context.error(value.place(), fmt::format("at most {} bytes", kPayloadMax));
    return std::nullopt;
  }
  return text;
}

void read_text(Context& context, Yaml value, TrafficDraft& out) {
  out.text = read_payload(context, value);
}

void read_send(Context& context, Yaml value, TrafficDraft& out) {
  out.send = read_payload(context, value);
}

void read_ntp(Context& context, Yaml value, TrafficDraft& out) {
  out.actions.push_back("ntp");
  if (const auto to = read_target(context, value, out)) out.traffic.what = spec::NtpQuery{*to, {}};
}

void read_syslog(Context& context, Yaml value, TrafficDraft& out) {
  out.actions.push_back("syslog");
  if (const auto to = read_target(context, value, out)) {
    out.log.to = *to;
    out.traffic.what = spec::SyslogLine{};
  }
}

void read_priority(Context& context, Yaml value, TrafficDraft& out) {
  const auto text = read_scalar<TextValue>(context, value);
  if (!text) return;
  const auto priority = parse_syslog_priority(*text);
  if (!priority) return complain(context, value, "a facility and a severity such as auth.warning");
  out.log.facility = priority->facility;
  out.log.severity = priority->severity;
}

void read_tcp(Context& context, Yaml value, TrafficDraft& out) {
  out.actions.push_back("tcp");
  const auto to = read_target(context, value, out);
  if (!to) return;
  if (!to->port) context.error(value.place(), "tcp needs a port", "such as tcp: \"web:80\"");
  out.traffic.what = spec::TcpConnect{*to};
}

void read_bulk(Context& context, Yaml value, TrafficDraft& out) {
  out.actions.push_back("bulk");
  const auto to = read_target(context, value, out);
  if (!to) return;
  if (!to->port) context.error(value.place(), "bulk needs a port", "such as bulk: \"web:9\"");
  out.traffic.what = spec::Bulk{*to, 0, {}, {}};
}

void read_bytes(Context& context, Yaml value, TrafficDraft& out) {
  const auto bytes = read_scalar<QueueSizeValue>(context, value);
  if (!bytes) return;
  if (*bytes == 0) return context.error(value.place(), "no bytes at all");
  out.bytes = *bytes;
}

void read_http(Context& context, Yaml value, TrafficDraft& out) {
  out.actions.push_back("http");
  if (auto request = read_http_request(context, value, out.references))
    out.traffic.what = std::move(*request);
}

void read_tls(Context& context, Yaml value, TrafficDraft& out) {
  out.actions.push_back("tls");
  if (auto connect = read_tls_connect(context, value, out.references))
    out.traffic.what = std::move(*connect);
}

void read_route(Context& context, Yaml value, TrafficDraft& out) {
  out.actions.push_back("traceroute");
  if (auto trace = read_traceroute(context, value, out.references))
    out.traffic.what = std::move(*trace);
}

void read_ports(Context& context, Yaml value, TrafficDraft& out) {
  out.actions.push_back("scan");
  if (auto scan = read_scan(context, value, out.references)) out.traffic.what = std::move(*scan);
}

void read_dns(Context& context, Yaml value, TrafficDraft& out) {
  out.actions.push_back("dns");
  if (auto lookup = read_name_lookup(context, value)) out.traffic.what = std::move(*lookup);
}

void read_frame(Context& context, Yaml value, TrafficDraft& out) {
  out.actions.push_back("frame");
  auto bytes = read_scalar<HexValue>(context, value);
  if (!bytes) return;
  if (bytes->size() < kFrameMin || bytes->size() > kFrameMax)
    return context.error(value.place(),
                         fmt::format("a frame of {} bytes; it has {} to {}, from the destination's "
                                     "MAC address to the end of the payload",
                                     bytes->size(), kFrameMin, kFrameMax));
  out.traffic.what = spec::RawFrame{std::move(*bytes)};
}

void read_replay(Context& context, Yaml value, TrafficDraft& out) {
  out.actions.push_back("replay");
  auto path = read_scalar<TextValue>(context, value);
  if (!path) return;
  const bool control =
      std::any_of(path->begin(), path->end(), [](char c) { return c >= 0 && c < ' '; });
  if (path->empty() || path->size() > 4095 || control)
    return complain(context, value, "the path of a capture file");
  out.traffic.what = spec::Replay{std::move(*path)};
}

/// How often, when, and how much.
std::vector<Row<TrafficDraft>> repetition_row_list() {
  using R = Rows<TrafficDraft>;
  using Count = IntegerValue<std::uint32_t, 1, 1'000'000'000>;
  return {
      R::one<Count, &count_of>("count", "how often")
          .or_else("1; without end if there is an 'until' or 'for'")
          .also("repeat times"),
      R::one<SpacingValue, &interval_of>(
          "interval",
          "the time between two of them; 'exponential 10ms' for random times with that mean")
          .or_else("1s for ping, 10ms for the rest")
          .also("every arrivals poisson"),
      R::one<InstantValue, &until_of>("until", "none begins from then on").also("end stop"),
      R::one<DurationValue, &length_of>("for", "the same, counted from 'at'; or how long, of bulk")
          .also("duration"),
      R::one<RateValue, &rate_of>("rate", "for udp: bits of payload per second, for 'interval'")
          .also("bandwidth bitrate"),
      R::one<SpacingValue, &on_of>("on", "how long a burst lasts, in which they begin")
          .also("burst"),
      R::one<SpacingValue, &off_of>("off", "the silence between two bursts").also("pause idle"),
      R::one<PayloadSizeValue, &size_of>("size", "bytes of payload, for ping, udp and tcp")
          .or_else("the item's own")
          .also("length"),
  };
}

std::vector<Row<TrafficDraft>> action_row_list() {
  using R = Rows<TrafficDraft>;
  return {
      R::one<InstantValue, &at_of>("at", "when, from the start of the simulation")
          .required()
          .also("time when start"),
      R::by<&read_from>("from", "the node; for frame and replay node:interface", ValueKind::name,
                        Shape::one)
          .required()
          .also("source src"),
      R::by<&read_ping>("ping", "an echo request to a node or address", ValueKind::target,
                        Shape::one)
          .also("icmp"),
      R::by<&read_udp>("udp", "a datagram to node:port", ValueKind::target, Shape::one),
      R::by<&read_text>("text", "what the datagram or the log's line holds", ValueKind::text,
                        Shape::one)
          .also("payload data message"),
      R::by<&read_tcp>("tcp", "a connection to node:port", ValueKind::target, Shape::one),
      R::by<&read_send>("send", "what is said over it, before what comes back is read",
                        ValueKind::text, Shape::one)
          .also("say"),
      R::by<&read_bulk>("bulk", "as much as TCP carries, to node:port", ValueKind::target,
                        Shape::one)
          .also("iperf"),
      R::by<&read_bytes>("bytes", "how much, for bulk", ValueKind::size, Shape::one),
      R::word<&congestion_words, &congestion_of, CongestionAlgorithm>("congestion_control",
                                                                      "reno or cubic, for bulk")
          .or_else("the node's")
          .also("tcp_congestion_control"),
      R::by<&read_http>("http", "a request such as \"GET http://web/\"", ValueKind::text,
                        Shape::custom)
          .also("https get curl"),
      R::by<&read_tls>("tls", "a TLS handshake with node:port", ValueKind::target, Shape::custom)
          .also("ssl"),
      R::by<&read_dns>("dns", "a question to its nameservers: \"www.example.com A\"",
                       ValueKind::text, Shape::custom)
          .also("resolve lookup dig"),
      R::by<&read_ntp>("ntp", "a question for the time, to a node or address", ValueKind::target,
                       Shape::one)
          .also("sntp time_server"),
      R::one<OffsetValue, &TrafficDraft::clock>("clock", "for ntp: how far its own clock is ahead")
          .or_else("0s"),
      R::by<&read_syslog>("syslog", "a line for a log collector, a node or address",
                          ValueKind::target, Shape::one)
          .also("log logger"),
      R::by<&read_priority>("priority", "for syslog: facility.severity", ValueKind::text,
                            Shape::one)
          .or_else("user.notice")
          .also("level severity"),
      R::by<&read_route>("traceroute", "the hops on the way to a node or address",
                         ValueKind::target, Shape::custom)
          .also("tracert mtr"),
      R::by<&read_ports>("scan", "a scan of a node's or address's ports", ValueKind::target,
                         Shape::custom)
          .also("nmap portscan"),
      R::by<&read_frame>("frame", "one Ethernet frame in hexadecimal, without its checksum",
                         ValueKind::hex, Shape::one)
          .also("raw hex"),
      R::by<&read_replay>("replay", "a capture file, frame by frame at its own pace",
                          ValueKind::text, Shape::one)
          .also("pcap"),
      R::pending("dhcp", "a DHCP client's exchange"),
      R::pending("stun", "a STUN binding request"),
      R::pending("flood", "a flood of packets"),
      R::pending("attack", "a known attack"),
      R::pending("arp", "an ARP request"),
      R::pending("igmp", "a multicast membership"),
  };
}

const Schema<TrafficDraft>& traffic_rows() {
  static const Schema<TrafficDraft> schema("a traffic item", [] {
    std::vector<Row<TrafficDraft>> all = action_row_list();
    for (const auto& row : repetition_row_list()) all.push_back(row);
    return all;
  }());
  return schema;
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

void finish_traffic(Context& context, Yaml item, const TrafficDraft& draft) {
  const std::string_view action = draft.actions.front();
  const bool raw = is_one_of(action, {"frame", "replay"});
  const Traffic& traffic = draft.traffic;
  if (raw && traffic.from.interface.empty() && !traffic.from.node.empty())
    context.error(traffic.from.place, fmt::format("'{}' needs an interface", action),
                  fmt::format("from: \"{}:eth0\"", traffic.from.node));
  if (!raw && !traffic.from.interface.empty())
    context.error(traffic.from.place,
                  fmt::format("'{}' is sent by a node, not by an interface", action),
                  did_you_mean(traffic.from.node));
  const auto refuse = [&](std::string_view key, std::string_view why) {
    if (const auto value = item.find(key))
      context.error(value->place(), fmt::format("'{}' {}", key, why));
  };
  if (!is_one_of(action, {"udp", "syslog"})) refuse("text", "belongs to udp and syslog");
  if (!is_one_of(action, {"ping", "udp", "tcp"})) refuse("size", "belongs to ping, udp and tcp");
  if (action != "tcp") refuse("send", "belongs to tcp");
  if (action != "ntp") refuse("clock", "belongs to ntp");
  if (action != "syslog") refuse("priority", "belongs to syslog");
  if (action != "udp") refuse("rate", "belongs to udp");
  if (action == "bulk") {
    if (draft.bytes == 0 && !draft.pacing.length)
      context.error(item.place(), "a bulk transfer without an end", "bytes: 10MB, or for: 10s");
    for (const char* key : {"count", "interval", "until", "on", "off"})
      refuse(key, "does not belong to bulk");
  } else {
    refuse("bytes", "belongs to bulk");
    refuse("congestion_control", "belongs to bulk");
  }
  if (item.find("text") || item.find("send")) refuse("size", "is that of the text");
}

/// Things that are said only in other keys than the action's own.
void finish_what(TrafficDraft& draft) {
  Traffic& traffic = draft.traffic;
  const std::string text = draft.text.value_or("");
  if (auto* const udp = std::get_if<spec::UdpSend>(&traffic.what)) udp->text = text;
  if (auto* const ntp = std::get_if<spec::NtpQuery>(&traffic.what)) ntp->clock = draft.clock;
  if (std::holds_alternative<spec::SyslogLine>(traffic.what)) {
    draft.log.text = text;
    traffic.what = draft.log;
  }
  if (const auto* const tcp = std::get_if<spec::TcpConnect>(&traffic.what);
      tcp != nullptr && (draft.send || traffic.size > 0))
    traffic.what = spec::TcpTalk{tcp->to, draft.send.value_or(std::string(traffic.size, '.'))};
  if (auto* const bulk = std::get_if<spec::Bulk>(&traffic.what)) {
    bulk->bytes = draft.bytes;
    bulk->duration = draft.pacing.length;
    bulk->congestion_control = draft.congestion;
  }
}

/// How many of a kind there may be; what programs have learned is kept until the end.
std::uint64_t repetitions_max(const Traffic& traffic) {
  if (std::holds_alternative<spec::NtpQuery>(traffic.what)) return 10'000;
  const bool program = std::holds_alternative<spec::HttpRequest>(traffic.what) ||
                       std::holds_alternative<spec::NameLookup>(traffic.what) ||
                       std::holds_alternative<spec::TlsConnect>(traffic.what) ||
                       std::holds_alternative<spec::TcpTalk>(traffic.what) ||
                       std::holds_alternative<spec::RouteTrace>(traffic.what) ||
                       std::holds_alternative<spec::PortScan>(traffic.what);
  return program ? 100'000 : std::numeric_limits<std::uint64_t>::max();
}

}  // namespace

const ObjectSchema& traffic_schema() { return traffic_rows(); }

void read_traffic(Context& context, Yaml list, Reading& out) {
  for_each_item(context, list, [&](Yaml item) {
    TrafficDraft draft;
    draft.traffic.place = item.place();
    const std::size_t errors_before = context.errors();
    if (!read_object(context, item, traffic_rows(), draft)) return;
    if (draft.actions.empty() && context.errors() > errors_before) return;
    if (draft.actions.size() != 1)
      return context.error(
          item.place(),
          draft.actions.empty() ? "a traffic item that sends nothing"
                                : fmt::format("a traffic item that does {} things: {}",
                                              draft.actions.size(), listed(draft.actions)),
          draft.actions.empty() ? "it needs one of ping, udp, tcp, bulk, dns, http, tls, ntp, "
                                  "syslog, traceroute, scan, frame, replay"
                                : "each begins with its own '- '");
    finish_traffic(context, item, draft);
    finish_what(draft);
    if (draft.actions.front() != "bulk") {
      const std::size_t payload = draft.text ? draft.text->size() : draft.traffic.size;
      finish_pacing(context, item, draft.pacing, payload, repetitions_max(draft.traffic),
                    draft.traffic);
    }
    for (auto& reference : draft.references) out.references.push_back(std::move(reference));
    out.topology.traffic.push_back(std::move(draft.traffic));
  });
}

}  // namespace natsim::topology
