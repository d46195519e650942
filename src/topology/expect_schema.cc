// Expectations: probes, and what should become of them.
#include <algorithm>

#include <fmt/format.h>

#include "src/topology/expect_draft.h"

namespace natsim::topology {
namespace {

using spec::Expectation;

const std::vector<std::string_view>& probe_words() {
  static const std::vector<std::string_view> words = {"icmp", "udp", "tcp"};
  return words;
}

const std::vector<std::string_view>& result_words() {
  static const std::vector<std::string_view> words = {"delivered", "dropped",     "rejected",
                                                      "no_route",  "unreachable", "lost"};
  return words;
}

void read_from(Context& context, Yaml value, ExpectDraft& out) {
  out.from = value.place();
  if (auto name = read_scalar<NameValue>(context, value)) out.expectation.from = std::move(*name);
}

void read_to(Context& context, Yaml value, ExpectDraft& out) {
  auto target = read_scalar<TargetValue>(context, value);
  if (!target) return;
  target->place = value.place();
  out.expectation.to = std::move(*target);
}

void read_proto(Context& context, Yaml value, ExpectDraft& out) {
  if (value.text() == "ping")
    return complain(context, value, "one of " + listed(probe_words()), did_you_mean("icmp"));
  constexpr Protocol protocols[] = {Protocol::icmp, Protocol::udp, Protocol::tcp};
  if (const auto index = read_word(context, value, probe_words()))
    out.expectation.protocol = protocols[*index];
}

/// A time (it begins with a digit), a node (with a letter), or both in a list.
void read_at(Context& context, Yaml value, ExpectDraft& out) {
  Expectation& e = out.expectation;
  for_each_or_one(context, value, [&](Yaml item) {
    const std::string_view text = item.text();
    const bool is_time = !text.empty() && text[0] >= '0' && text[0] <= '9';
    if (is_time ? e.at.has_value() : !e.at_node.value.empty())
      return context.error(item.place(), is_time ? "a second time" : "a second node");
    if (is_time) {
      if (const auto at = read_scalar<InstantValue>(context, item)) e.at = *at;
    } else if (auto node = read_scalar<NameValue>(context, item)) {
      e.at_node = {std::move(*node), item.place()};
    }
  });
}

auto& within_of(ExpectDraft& draft) { return draft.expectation.within; }
auto& source_port_of(ExpectDraft& draft) { return draft.expectation.source_port; }
auto& result_of(ExpectDraft& draft) { return draft.expectation.result; }
auto& by_of(ExpectDraft& draft) { return draft.expectation.by; }
auto& via_of(ExpectDraft& draft) { return draft.expectation.via; }
auto& title_of(ExpectDraft& draft) { return draft.expectation.title; }
auto& hint_of(ExpectDraft& draft) { return draft.expectation.hint; }
auto& points_of(ExpectDraft& draft) { return draft.expectation.points; }
auto& filter_of(ExpectDraft& draft) { return draft.expectation.filter; }
auto& at_least_of(ExpectDraft& draft) { return draft.expectation.count_min; }
auto& at_most_of(ExpectDraft& draft) { return draft.expectation.count_max; }
using Count = IntegerValue<std::uint64_t, 0, 1'000'000'000'000>;

// --- the addresses behind all NAT ----------------------------------------------------------------

struct TupleDraft {
  std::optional<Endpoint> source, destination;
};

const Schema<TupleDraft>& tuple_rows() {
  using R = Rows<TupleDraft>;
  static const Schema<TupleDraft> schema(
      "the addresses behind NAT",
      {
          R::one<EndpointValue, &TupleDraft::source>(
              "src", "the source of the packet where it ended; with or without a port")
              .also("source from"),
          R::one<EndpointValue, &TupleDraft::destination>("dst", "its destination there")
              .also("destination to"),
      });
  return schema;
}

spec::ExpectedEnd expected_end(const std::optional<Endpoint>& end) {
  spec::ExpectedEnd expected;
  if (!end) return expected;
  expected.address = end->address;
  if (end->port != 0) expected.ports = {end->port, end->port};
  return expected;
}

void read_tuple(Context& context, Yaml value, ExpectDraft& out) {
  TupleDraft draft;
  if (!read_object(context, value, tuple_rows(), draft)) return;
  if (!value.find("src") && !value.find("dst"))
    return context.error(value.place(), "'nat' says nothing", "{src: 203.0.113.2}");
  out.expectation.nat = spec::ExpectedTuple{value.place(), expected_end(draft.source),
                                            expected_end(draft.destination)};
}

// --- what is no probe ----------------------------------------------------------------------------

/// "router:wan", or where that is enough "laptop".
void read_subject(Context& context, Yaml value, ExpectDraft& out, bool interface_needed) {
  spec::PortName& subject = out.expectation.subject;
  if (interface_needed || value.text().find(':') != std::string_view::npos) {
    if (auto port = read_scalar<NodeInterfaceValue>(context, value)) subject = std::move(*port);
  } else if (auto name = read_scalar<NameValue>(context, value)) {
    subject.node = std::move(*name);
  }
  subject.place = value.place();
}

void read_lease(Context& context, Yaml value, ExpectDraft& out) {
  out.expectation.judged = spec::Judged::lease;
  read_subject(context, value, out, false);
}

void read_range(Context& context, Yaml value, ExpectDraft& out) {
  const std::string_view text = value.text();
  if (text.find('-') == std::string_view::npos) {
    if (const auto address = read_scalar<AddressValue>(context, value))
      out.expectation.range = spec::AddressRange{*address, *address};
  } else if (const auto range = read_scalar<AddressRangeValue>(context, value)) {
    out.expectation.range = spec::AddressRange{range->first, range->last};
  }
}

void read_capture(Context& context, Yaml value, ExpectDraft& out) {
  out.expectation.judged = spec::Judged::capture;
  read_subject(context, value, out, true);
}

void read_never(Context& context, Yaml value, ExpectDraft& out) {
  out.expectation.judged = spec::Judged::capture;
  if (auto filter = read_scalar<TextValue>(context, value))
    out.expectation.filter = {std::move(*filter), value.place()};
  out.expectation.count_min = out.expectation.count_max = 0;
}

void read_on(Context& context, Yaml value, ExpectDraft& out) {
  read_subject(context, value, out, true);
}

void read_count(Context& context, Yaml value, ExpectDraft& out) {
  if (const auto count = read_scalar<Count>(context, value))
    out.expectation.count_min = out.expectation.count_max = *count;
}

const ObjectSchema& tuple_schema() { return tuple_rows(); }

const Schema<ExpectDraft>& expect_rows() {
  using R = Rows<ExpectDraft>;
  static const Schema<ExpectDraft> schema = [] {
    auto proto =
        R::by<&read_proto>("proto", "what is sent: icmp is a ping", ValueKind::word, Shape::one);
    proto.words = probe_words();
    std::vector<Row<ExpectDraft>> rows = {
        R::by<&read_from>("from", "the node that sends the probe", ValueKind::name, Shape::one)
            .also("source src"),
        R::by<&read_to>("to", "a node or address, with a port for tcp and udp", ValueKind::target,
                        Shape::one)
            .also("destination dst target"),
        std::move(proto).or_else("icmp").also("protocol"),
        R::one<PortValue, &source_port_of>("sport", "the probe's source port")
            .or_else("one that is free")
            .also("source_port"),
        R::word<&result_words, &result_of, spec::ExpectedResult>("result", "what becomes of it")
            .also("expect verdict"),
        R::by<&read_at>("at",
                        "the node where it ends, the time when it is sent (after the traffic "
                        "if left out), or a list of both",
                        ValueKind::name, Shape::custom)
            .also("node where"),
        R::one<RuleNameValue, &by_of>("by", "the rule that decided, 'policy', or another cause")
            .also("rule cause"),
        R::by<&read_tuple>("nat", "the packet's addresses where it ended", ValueKind::object,
                           Shape::one, &tuple_schema),
        R::one_or_more<NameValue, &via_of>("via", "the routers that it passes, in order")
            .also("path hops"),
        R::by<&read_lease>("lease", "instead of a probe: a node, perhaps with an interface",
                           ValueKind::name, Shape::custom),
        R::by<&read_range>("range", "for lease: the address that it has, or a range that holds it",
                           ValueKind::address_range, Shape::custom)
            .also("address addresses"),
        R::by<&read_capture>("capture", "instead of a probe: an interface whose frames count",
                             ValueKind::node_interface, Shape::one),
        R::one<TextValue, &filter_of>("filter", "for capture: which frames, as for tcpdump")
            .also("bpf"),
        R::by<&read_count>("count", "for capture: how many, exactly", ValueKind::integer,
                           Shape::one),
        R::one<Count, &at_least_of>("at_least", "for capture: how many at the least")
            .or_else("1")
            .also("min"),
        R::one<Count, &at_most_of>("at_most", "for capture: how many at the most").also("max"),
        R::by<&read_never>("never", "instead of a probe: frames that must not be there",
                           ValueKind::text, Shape::one),
        R::by<&read_on>("on", "for never: the interface", ValueKind::node_interface, Shape::one),
        R::one<DurationValue, &within_of>("within", "how long it may take to its result")
            .also("elapsed time faster"),
        R::one<TextValue, &title_of>("title", "what is asked, in words for who reads the result")
            .also("name description"),
        R::one<IntegerValue<std::uint32_t, 0, 1000>, &points_of>("points",
                                                                 "what meeting it is worth")
            .or_else("1")
            .also("score weight"),
        R::one<TextValue, &hint_of>("hint", "shown when it is not met").also("help advice"),
    };
    for (auto& row : program_rows()) rows.push_back(std::move(row));
    return Schema<ExpectDraft>("an expectation", std::move(rows));
  }();
  return schema;
}

/// Which keys an expectation needs and has no use for depends on what it is about.
struct KeyRules {
  std::string_view what;
  std::vector<std::string_view> needs, also;
};

KeyRules rules_of(Yaml item) {
  if (item.find("lease")) return {"an expectation of a lease", {"range"}, {"lease", "at"}};
  if (item.find("capture"))
    return {"an expectation of a capture",
            {"filter"},
            {"capture", "count", "at_least", "at_most", "at"}};
  if (item.find("never")) return {"an expectation of 'never'", {"on"}, {"never", "at"}};
  return {"an expectation",
          {"from", "to", "result"},
          {"proto", "sport", "at", "by", "nat", "via", "within"}};
}

bool holds(const std::vector<std::string_view>& list, std::string_view key) {
  return std::find(list.begin(), list.end(), key) != list.end();
}

void check_keys(Context& context, Yaml item) {
  const KeyRules rules = rules_of(item);
  for (const std::string_view key : rules.needs)
    if (!item.find(key))
      context.error(item.place(), fmt::format("{} needs the key '{}'", rules.what, key),
                    std::string(expect_rows().find(key)->doc));
  for (const KeySchema& row : expect_rows().keys) {
    const bool common = row.key == "title" || row.key == "points" || row.key == "hint";
    if (common || holds(rules.needs, row.key) || holds(rules.also, row.key)) continue;
    if (const auto value = item.find(row.key))
      context.error(value->place(), fmt::format("{} has no '{}'", rules.what, row.key));
  }
}

void finish_probe(Context& context, Yaml item, const Expectation& e) {
  const bool to_read = !e.to.node.empty() || e.to.address;
  const bool proto_read =
      e.protocol != Protocol::icmp || !item.find("proto") || item.find("proto")->text() == "icmp";
  if (!proto_read || !to_read) return;
  if (e.protocol == Protocol::icmp && e.to.port)
    context.error(e.to.place, "a ping has no port",
                  "with a port goes 'proto: tcp' or 'proto: udp'");
  if (e.protocol != Protocol::icmp && !e.to.port)
    context.error(
        e.to.place, fmt::format("{} needs a port", to_string(e.protocol)),
        fmt::format("to: \"{}:80\"", e.to.address ? e.to.address->to_string() : e.to.node));
  if (e.protocol == Protocol::icmp && e.source_port)
    context.error(item.find("sport")->place(), "a ping has no port");
  if (e.within && e.result.value != spec::ExpectedResult::delivered)
    context.error(item.find("within")->place(), "'within' goes with 'result: delivered'");
}

void finish_expectation(Context& context, Yaml item, Expectation& e) {
  check_keys(context, item);
  if (e.judged == spec::Judged::probe) return finish_probe(context, item, e);
  if (e.judged == spec::Judged::lease && !e.at_node.value.empty())
    context.error(e.at_node.place, "an expectation of a lease is of its own node",
                  "'at' is a time here");
  if (item.find("at_most") && !item.find("at_least")) e.count_min = 0;
  if (e.count_min > e.count_max) context.error(item.place(), "'at_least' is more than 'at_most'");
}

/// Which nodes the expectation names.
void add_references(const ExpectDraft& draft, Reading& out) {
  using Use = NodeReference::Use;
  const Expectation& e = draft.expectation;
  if (!e.from.empty()) out.references.push_back({e.from, draft.from, Use::sends});
  if (!e.to.node.empty()) out.references.push_back({e.to.node, e.to.place, Use::target});
  if (!e.at_node.value.empty())
    out.references.push_back({e.at_node.value, e.at_node.place, Use::any});
  for (const auto& hop : e.via) out.references.push_back({hop.value, hop.place, Use::any});
  if (!e.subject.node.empty()) {
    const Use use = e.judged == spec::Judged::lease ? Use::target : Use::any;
    out.references.push_back({e.subject.node, e.subject.place, use});
  }
}

}  // namespace

const ObjectSchema& expect_schema() { return expect_rows(); }

void read_expect(Context& context, Yaml list, Reading& out) {
  for_each_item(context, list, [&](Yaml item) {
    ExpectDraft draft;
    Expectation& e = draft.expectation;
    e.place = item.place();
    if (!read_object(context, item, expect_rows(), draft)) return;
    if (asks_programs(item)) {
      if (!e.from.empty())
        out.references.push_back({e.from, draft.from, NodeReference::Use::sends});
      return finish_programs(context, item, draft, out);
    }
    finish_expectation(context, item, e);
    add_references(draft, out);
    out.topology.expect.push_back(std::move(e));
  });
}

}  // namespace natsim::topology
