// Expectations about what programs do.
#include <algorithm>

#include <fmt/format.h>

#include "src/topology/expect_draft.h"

namespace natsim::topology {
namespace {

using Bytes = IntegerValue<std::uint64_t, 0, 1'000'000'000'000>;

void read_resolves(Context& context, Yaml map, ExpectDraft& out) {
  if (!map.is_map())
    return complain(context, map, "a map from names to addresses",
                    "resolves: {www.example.com: 203.0.113.80}");
  for (const auto [key, value] : map.entries()) {
    const auto lookup = parse_name_lookup(context, key.place(), key.text());
    const auto answer = read_scalar<TextValue>(context, value);
    if (lookup && answer) out.errands.push_back({.what = *lookup, .answer = *answer});
  }
}

void read_http(Context& context, Yaml value, ExpectDraft& out) {
  if (auto request = read_http_request(context, value, out.references))
    out.errands.push_back({.what = std::move(*request)});
}

void read_tls(Context& context, Yaml value, ExpectDraft& out) {
  if (auto connect = read_tls_connect(context, value, out.references))
    out.errands.push_back({.what = std::move(*connect)});
}

/// A target of a program; nullopt after an error.
std::optional<spec::Target> read_program_target(Context& context, Yaml value, ExpectDraft& out) {
  auto target = read_scalar<TargetValue>(context, value);
  if (!target) return std::nullopt;
  target->place = value.place();
  if (!target->node.empty())
    out.references.push_back({target->node, target->place, NodeReference::Use::target});
  return target;
}

void read_tcp(Context& context, Yaml value, ExpectDraft& out) {
  const auto target = read_program_target(context, value, out);
  if (!target) return;
  if (!target->port) context.error(value.place(), "tcp needs a port", "such as tcp: \"web:80\"");
  out.errands.push_back({.what = spec::TcpTalk{*target, {}}});
}

void read_ntp(Context& context, Yaml value, ExpectDraft& out) {
  if (const auto target = read_program_target(context, value, out))
    out.errands.push_back({.what = spec::NtpQuery{*target, {}}});
}

void read_route(Context& context, Yaml value, ExpectDraft& out) {
  if (auto trace = read_traceroute(context, value, out.references))
    out.errands.push_back({.what = std::move(*trace)});
}

void read_ports(Context& context, Yaml value, ExpectDraft& out) {
  if (auto scan = read_scan(context, value, out.references))
    out.errands.push_back({.what = std::move(*scan)});
}

/// Nodes, addresses, and "*" for who is silent.
void read_hops(Context& context, Yaml list, ExpectDraft& out) {
  auto& hops = out.route.hops.emplace();
  for_each_or_one(context, list, [&](Yaml item) {
    if (item.is_scalar() && item.text() == "*") return hops.emplace_back("*"), void();
    const auto target = read_scalar<TargetValue>(context, item);
    if (!target) return;
    hops.emplace_back(item.text());
    if (!target->node.empty())
      out.references.push_back({target->node, item.place(), NodeReference::Use::any});
  });
}

template <auto state>
void read_state(Context& context, Yaml list, ExpectDraft& out) {
  auto& ports = (out.ports.*state).emplace();
  for_each_or_one(context, list, [&](Yaml item) {
    if (const auto range = read_scalar<PortRangeValue>(context, item)) ports.push_back(*range);
  });
}

auto& status_of(ExpectDraft& draft) { return draft.status; }
auto& answer_of(ExpectDraft& draft) { return draft.answer; }
auto& send_of(ExpectDraft& draft) { return draft.send; }
auto& error_of(ExpectDraft& draft) { return draft.error; }
auto& bytes_of(ExpectDraft& draft) { return draft.bytes; }
auto& reached_of(ExpectDraft& draft) { return draft.route.reached; }

/// A key of one program has no meaning with another.
void check_errand_keys(Context& context, Yaml item) {
  struct Owned {
    const char* key;
    std::vector<const char*> owners;
  };
  static const std::vector<Owned> all = {
      {"status", {"http"}},
      {"bytes", {"http", "tcp"}},
      {"send", {"tcp"}},
      {"answer", {"http", "tls", "tcp", "ntp"}},
      {"reached", {"traceroute"}},
      {"hops", {"traceroute"}},
      {"open", {"scan"}},
      {"closed", {"scan"}},
      {"filtered", {"scan"}},
      {"open_filtered", {"scan"}},
      {"error", {"http", "tls", "tcp", "ntp", "traceroute", "scan"}},
  };
  for (const Owned& owned : all) {
    const auto value = item.find(owned.key);
    const bool has_owner = std::any_of(owned.owners.begin(), owned.owners.end(),
                                       [&](const char* owner) { return bool(item.find(owner)); });
    if (value && !has_owner)
      context.error(value->place(),
                    fmt::format("'{}' belongs to {}", owned.key, owned.owners.front()));
  }
}

}  // namespace

std::vector<Row<ExpectDraft>> program_rows() {
  using R = Rows<ExpectDraft>;
  return {
      R::by<&read_resolves>("resolves",
                            "instead of a probe: names, and what its nameservers say of them",
                            ValueKind::text, Shape::custom)
          .also("dns"),
      R::by<&read_http>("http", "instead of a probe: a request, as in traffic", ValueKind::text,
                        Shape::custom)
          .also("https"),
      R::by<&read_tls>("tls", "instead of a probe: a TLS handshake, as in traffic",
                       ValueKind::target, Shape::custom),
      R::by<&read_tcp>("tcp", "instead of a probe: a connection, and what is said over it",
                       ValueKind::target, Shape::one),
      R::one<TextValue, &send_of>("send", "of tcp: what is said").also("say"),
      R::by<&read_ntp>("ntp", "instead of a probe: the time, as in traffic", ValueKind::target,
                       Shape::one),
      R::one<IntegerValue<std::uint16_t, 100, 599>, &status_of>("status", "of http: the status"),
      R::one<TextValue, &answer_of>("answer",
                                    "what is in the page, or in what came back; of tls "
                                    "the version, cipher or name agreed on")
          .also("body contains"),
      R::one<TextValue, &error_of>("error", "what goes wrong, in part"),
      R::one<Bytes, &bytes_of>("bytes", "of http and tcp: how long the page is, or what came back"),
      R::by<&read_route>("traceroute", "instead of a probe: the way there, as in traffic",
                         ValueKind::target, Shape::custom),
      R::one<BooleanValue, &reached_of>("reached", "of traceroute: whether the target answered"),
      R::by<&read_hops>("hops", "of traceroute: who answers at each, '*' for nobody",
                        ValueKind::target, Shape::custom),
      R::by<&read_ports>("scan", "instead of a probe: a host's ports, as in traffic",
                         ValueKind::target, Shape::custom),
      R::by<&read_state<&spec::ExpectedPorts::open>>(
          "open", "of scan: exactly the ports that are open", ValueKind::port_range, Shape::custom),
      R::by<&read_state<&spec::ExpectedPorts::closed>>("closed", "the same of closed ones",
                                                       ValueKind::port_range, Shape::custom),
      R::by<&read_state<&spec::ExpectedPorts::filtered>>("filtered", "the same of filtered ones",
                                                         ValueKind::port_range, Shape::custom),
      R::by<&read_state<&spec::ExpectedPorts::open_filtered>>(
          "open_filtered", "of a scan by udp: those that say nothing", ValueKind::port_range,
          Shape::custom),
  };
}

bool asks_programs(Yaml item) {
  for (const char* key : {"resolves", "http", "tls", "tcp", "ntp", "traceroute", "scan"})
    if (item.find(key)) return true;
  return false;
}

void finish_programs(Context& context, Yaml item, ExpectDraft& draft, Reading& out) {
  check_errand_keys(context, item);
  for (const char* key : {"to", "result", "proto", "sport", "by", "via", "nat"})
    if (const auto value = item.find(key))
      context.error(value->place(), fmt::format("'{}' belongs to a probe", key));
  for (auto& reference : draft.references) out.references.push_back(std::move(reference));
  for (spec::Errand& errand : draft.errands) {
    spec::Expectation e = draft.expectation;
    if (auto* const talk = std::get_if<spec::TcpTalk>(&errand.what)) talk->text = draft.send;
    if (!std::holds_alternative<spec::NameLookup>(errand.what)) {
      errand.status = draft.status;
      errand.answer = draft.answer;
      errand.error = draft.error;
      errand.bytes = draft.bytes;
      errand.route = draft.route;
      errand.ports = draft.ports;
    }
    e.errand = std::make_shared<const spec::Errand>(std::move(errand));
    out.topology.expect.push_back(std::move(e));
  }
}

}  // namespace natsim::topology
