// Traceroute and port scans, as traffic and expectations have them.
#include <algorithm>

#include <fmt/format.h>

#include "src/topology/objects.h"

namespace natsim::topology {
namespace {

using spec::PortScan;
using spec::RouteTrace;

/// "1000/s" or "60/min" as the time between two; "unlimited" is none.
struct PaceValue {
  using Value = Duration;
  static constexpr ValueKind kind = ValueKind::text;
  static Parsed<Value> parse(std::string_view text) {
    if (text == "unlimited") return Duration();
    const auto slash = text.find('/');
    const std::string_view unit =
        slash == std::string_view::npos ? std::string_view() : text.substr(slash + 1);
    const auto number = parse_integer(text.substr(0, slash), 1, 1'000'000'000);
    if (!number || (unit != "s" && unit != "min"))
      return Complaint{"expected a number of probes for each second or minute, such as 1000/s",
                       "or the word 'unlimited'"};
    return Duration::seconds(unit == "s" ? 1 : 60) / std::int64_t(*number);
  }
};

const std::vector<std::string_view>& route_words() {
  static const std::vector<std::string_view> words = {"udp", "icmp", "tcp"};
  return words;
}
const std::vector<std::string_view>& scan_words() {
  static const std::vector<std::string_view> words = {"syn", "connect", "udp"};
  return words;
}

template <class Draft>
void read_to(Context& context, Yaml value, Draft& out) {
  auto target = read_scalar<TargetValue>(context, value);
  if (!target) return;
  if (target->port) return context.error(value.place(), "its ports are keys of their own");
  out.to = *target;
  out.to.place = value.place();
  out.has_target = true;
}

struct TraceDraft : RouteTrace {
  bool has_target = false;
};

auto& method_of(TraceDraft& draft) { return draft.options.method; }
auto& port_of(TraceDraft& draft) { return draft.options.port; }
auto& first_hop_of(TraceDraft& draft) { return draft.options.first_hop; }
auto& max_hops_of(TraceDraft& draft) { return draft.options.max_hops; }
auto& probes_of(TraceDraft& draft) { return draft.options.probes; }
auto& parallel_of(TraceDraft& draft) { return draft.options.parallel; }
auto& timeout_of(TraceDraft& draft) { return draft.options.timeout; }
auto& interval_of(TraceDraft& draft) { return draft.options.interval; }
auto& size_of(TraceDraft& draft) { return draft.options.size; }
auto& names_of(TraceDraft& draft) { return draft.options.names; }

const Schema<TraceDraft>& trace_rows() {
  using R = Rows<TraceDraft>;
  using Hops = IntegerValue<std::uint8_t, 1, 255>;
  static const Schema<TraceDraft> schema(
      "a traceroute",
      {
          R::by<&read_to<TraceDraft>>("to", "a node or an address", ValueKind::target, Shape::one)
              .required(),
          R::word<&route_words, &method_of, TracerouteMethod>("by", "what its probes are")
              .or_else("udp")
              .also("method proto"),
          R::one<PortValue, &port_of>("port", "of udp: the first probe's; of tcp: every probe's")
              .or_else("33434 for udp, 80 for tcp"),
          R::one<Hops, &first_hop_of>("first_hop", "the TTL to begin with").or_else("1"),
          R::one<Hops, &max_hops_of>("max_hops", "the TTL to end with").or_else("30").also("hops"),
          R::one<IntegerValue<std::uint8_t, 1, 10>, &probes_of>("probes", "for each hop")
              .or_else("3")
              .also("queries"),
          R::one<IntegerValue<std::uint16_t, 1, 2000>, &parallel_of>(
              "parallel", "how many probes are under way at once; 1: one after the other")
              .or_else("16"),
          R::one<DurationValue, &timeout_of>("timeout", "the longest that a probe waits")
              .or_else("5s")
              .also("wait"),
          R::one<DurationValue, &interval_of>("interval", "the time from probe to probe")
              .or_else("0s"),
          R::one<IntegerValue<std::uint16_t, 28, 1500>, &size_of>("size", "bytes of a packet")
              .or_else("60"),
          R::one<BooleanValue, &names_of>("names", "prints hosts by their names too")
              .or_else("false"),
      });
  return schema;
}

struct ScanDraft : PortScan {
  bool has_target = false;
};

auto& scan_method_of(ScanDraft& draft) { return draft.options.method; }
auto& retries_of(ScanDraft& draft) { return draft.options.retries; }
auto& scan_timeout_of(ScanDraft& draft) { return draft.options.timeout; }
auto& pace_of(ScanDraft& draft) { return draft.options.interval; }
auto& scan_parallel_of(ScanDraft& draft) { return draft.options.parallel; }

const Schema<ScanDraft>& scan_rows() {
  using R = Rows<ScanDraft>;
  static const Schema<ScanDraft> schema(
      "a port scan",
      {
          R::by<&read_to<ScanDraft>>("to", "a node or an address", ValueKind::target, Shape::one)
              .required(),
          R::word<&scan_words, &scan_method_of, ScanMethod>("by", "what its probes are")
              .or_else("syn")
              .also("method type"),
          R::one_or_more<PortRangeValue, &ScanDraft::ports>("ports", "ports and ranges of them")
              .or_else("1-1024")
              .also("port"),
          R::one<IntegerValue<std::uint8_t, 0, 10>, &retries_of>(
              "retries", "how often a port is asked again that does not answer")
              .or_else("1"),
          R::one<DurationValue, &scan_timeout_of>("timeout", "how long a probe waits")
              .or_else("1s"),
          R::one<PaceValue, &pace_of>("rate", "how many probes, such as 1000/s")
              .or_else("1000/s")
              .also("pace"),
          R::one<IntegerValue<std::uint32_t, 1, 65'536>, &scan_parallel_of>(
              "parallel", "how many probes wait for an answer at once")
              .or_else("100"),
      });
  return schema;
}

void refer(const spec::Target& target, std::vector<NodeReference>& references) {
  if (!target.node.empty())
    references.push_back({target.node, target.place, NodeReference::Use::target});
}

}  // namespace

std::optional<RouteTrace> read_traceroute(Context& context, Yaml value,
                                          std::vector<NodeReference>& references) {
  TraceDraft draft;
  if (value.is_map())
    read_object(context, value, trace_rows(), draft);
  else
    read_to(context, value, draft);
  if (!draft.has_target) return std::nullopt;
  if (draft.options.first_hop > draft.options.max_hops) {
    context.error(value.place(), "'first_hop' is beyond 'max_hops'");
    return std::nullopt;
  }
  refer(draft.to, references);
  return static_cast<RouteTrace&&>(std::move(draft));
}

std::optional<PortScan> read_scan(Context& context, Yaml value,
                                  std::vector<NodeReference>& references) {
  ScanDraft draft;
  if (value.is_map())
    read_object(context, value, scan_rows(), draft);
  else
    read_to(context, value, draft);
  if (!draft.has_target) return std::nullopt;
  if (draft.ports.empty()) draft.ports.push_back({1, 1024});
  refer(draft.to, references);
  return static_cast<PortScan&&>(std::move(draft));
}

}  // namespace natsim::topology
