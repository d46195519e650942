// What happens in the scenario: pings, connections, requests, raw frames.
#include <algorithm>
#include <limits>

#include <fmt/format.h>

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
  std::vector<NodeReference> references;
  std::vector<std::string_view> actions;  // the keys that say what is sent
  std::uint64_t bytes = 0;                // of bulk
  std::optional<Duration> duration;
  std::optional<CongestionAlgorithm> congestion;
};

Instant& at_of(TrafficDraft& draft) { return draft.traffic.at; }
std::uint32_t& count_of(TrafficDraft& draft) { return draft.traffic.count; }
std::uint32_t& size_of(TrafficDraft& draft) { return draft.traffic.size; }
std::optional<Duration>& interval_of(TrafficDraft& draft) { return draft.traffic.interval; }
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
  spec::UdpSend send;
  if (auto* earlier = std::get_if<spec::UdpSend>(&out.traffic.what)) send = *earlier;
  send.to = *to;
  out.traffic.what = send;
}

void read_text(Context& context, Yaml value, TrafficDraft& out) {
  auto text = read_scalar<TextValue>(context, value);
  if (!text) return;
  if (text->size() > kPayloadMax)
    return context.error(value.place(),
                         fmt::format("a datagram holds at most {} bytes", kPayloadMax));
  spec::UdpSend send;
  if (auto* earlier = std::get_if<spec::UdpSend>(&out.traffic.what)) send = *earlier;
  send.text = std::move(*text);
  out.traffic.what = std::move(send);
}

void read_tcp(Context& context, Yaml value, TrafficDraft& out) {
  out.actions.push_back("tcp");
  const auto to = read_target(context, value, out);
  if (!to) return;
  if (!to->port) context.error(value.place(), "tcp needs a port", "such as tcp: \"web:80\"");
  out.traffic.what = spec::TcpConnect{*to};
}

spec::Bulk& bulk_of(TrafficDraft& draft) {
  if (!std::holds_alternative<spec::Bulk>(draft.traffic.what)) draft.traffic.what = spec::Bulk{};
  return std::get<spec::Bulk>(draft.traffic.what);
}

void read_bulk(Context& context, Yaml value, TrafficDraft& out) {
  out.actions.push_back("bulk");
  const auto to = read_target(context, value, out);
  if (!to) return;
  if (!to->port) context.error(value.place(), "bulk needs a port", "such as bulk: \"web:9\"");
  bulk_of(out).to = *to;
}

void read_bytes(Context& context, Yaml value, TrafficDraft& out) {
  const auto bytes = read_scalar<QueueSizeValue>(context, value);
  if (!bytes) return;
  if (*bytes == 0) return context.error(value.place(), "no bytes at all");
  out.bytes = *bytes;
}

void read_for(Context& context, Yaml value, TrafficDraft& out) {
  if (const auto duration = read_scalar<DurationValue>(context, value)) out.duration = *duration;
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

const Schema<TrafficDraft>& traffic_rows() {
  using R = Rows<TrafficDraft>;
  using Count = IntegerValue<std::uint32_t, 1, 1'000'000'000>;
  static const Schema<TrafficDraft> schema(
      "a traffic item",
      {
          R::one<InstantValue, &at_of>("at", "when, from the start of the simulation")
              .required()
              .also("time when start"),
          R::by<&read_from>("from", "the node; for frame and replay node:interface",
                            ValueKind::name, Shape::one)
              .required()
              .also("source src"),
          R::by<&read_ping>("ping", "an echo request to a node or address", ValueKind::target,
                            Shape::one)
              .also("icmp"),
          R::by<&read_udp>("udp", "a datagram to node:port", ValueKind::target, Shape::one),
          R::by<&read_text>("text", "what the datagram holds", ValueKind::text, Shape::one)
              .also("payload data"),
          R::by<&read_tcp>("tcp", "a connection to node:port", ValueKind::target, Shape::one),
          R::by<&read_bulk>("bulk", "as much as TCP carries, to node:port", ValueKind::target,
                            Shape::one)
              .also("iperf"),
          R::by<&read_bytes>("bytes", "how much, for bulk", ValueKind::size, Shape::one),
          R::by<&read_for>("for", "how long, for bulk", ValueKind::duration, Shape::one)
              .also("duration"),
          R::word<&congestion_words, &congestion_of, CongestionAlgorithm>("congestion_control",
                                                                          "reno or cubic, for bulk")
              .or_else("the node's")
              .also("tcp_congestion_control"),
          R::by<&read_http>("http", "a request such as \"GET http://web/\"", ValueKind::text,
                            Shape::custom)
              .also("https get curl"),
          R::by<&read_tls>("tls", "a TLS handshake with node:port", ValueKind::target,
                           Shape::custom)
              .also("ssl"),
          R::by<&read_dns>("dns", "a question to its nameservers: \"www.example.com A\"",
                           ValueKind::text, Shape::custom)
              .also("resolve lookup dig"),
          R::by<&read_frame>("frame", "one Ethernet frame in hexadecimal, without its checksum",
                             ValueKind::hex, Shape::one)
              .also("raw hex"),
          R::by<&read_replay>("replay", "a capture file, frame by frame at its own pace",
                              ValueKind::text, Shape::one)
              .also("pcap"),
          R::one<Count, &count_of>("count", "how often").or_else("1").also("repeat times"),
          R::one<DurationValue, &interval_of>("interval", "the time between two of them")
              .or_else("1s for ping, 10ms for the rest")
              .also("every"),
          R::one<PayloadSizeValue, &size_of>("size", "bytes of payload, for ping and udp")
              .or_else("the item's own")
              .also("length"),
          R::pending("dhcp", "a DHCP client's exchange"),
          R::pending("stun", "a STUN binding request"),
          R::pending("scan", "a port scan"),
          R::pending("flood", "a flood of packets"),
          R::pending("attack", "a known attack"),
          R::pending("arp", "an ARP request"),
          R::pending("igmp", "a multicast membership"),
      });
  return schema;
}

/// Whether the last repetition begins before the end of time.
bool ends_in_time(const Traffic& traffic) {
  const auto interval = traffic.interval.value_or(Duration::seconds(1));
  const auto room = std::numeric_limits<std::int64_t>::max() / 2;
  return interval.ns() == 0 || std::int64_t(traffic.count) <= room / interval.ns();
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
  if (action != "udp") refuse("text", "belongs to udp");
  if (!is_one_of(action, {"ping", "udp"})) refuse("size", "belongs to ping and udp");
  if (action == "bulk") {
    if (draft.bytes == 0 && !draft.duration)
      context.error(item.place(), "a bulk transfer without an end", "bytes: 10MB, or for: 10s");
    refuse("count", "does not belong to bulk");
    refuse("interval", "does not belong to bulk");
  } else {
    refuse("bytes", "belongs to bulk");
    refuse("for", "belongs to bulk");
    refuse("congestion_control", "belongs to bulk");
  }
  if (item.find("text")) refuse("size", "is that of the text");
  if (!ends_in_time(traffic)) refuse("count", "repetitions at this interval never end");
  if (traffic.count == 1 && item.find("interval") && !item.find("count"))
    context.warning(item.find("interval")->place(), "'interval' without 'count' has no effect",
                    "count: 10");
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
          draft.actions.empty()
              ? "it needs one of ping, udp, tcp, bulk, dns, http, tls, frame, replay"
              : "each begins with its own '- '");
    if (draft.actions.front() == "bulk") {
      bulk_of(draft).bytes = draft.bytes;
      bulk_of(draft).duration = draft.duration;
      bulk_of(draft).congestion_control = draft.congestion;
    }
    finish_traffic(context, item, draft);
    for (auto& reference : draft.references) out.references.push_back(std::move(reference));
    out.topology.traffic.push_back(std::move(draft.traffic));
  });
}

}  // namespace natsim::topology
