// Expectations: probes, and what should become of them.
#include <fmt/format.h>

#include "src/topology/objects.h"

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

struct ExpectDraft {
  Expectation expectation;
  Place from;
};

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

auto& source_port_of(ExpectDraft& draft) { return draft.expectation.source_port; }
auto& result_of(ExpectDraft& draft) { return draft.expectation.result; }
auto& by_of(ExpectDraft& draft) { return draft.expectation.by; }
auto& points_of(ExpectDraft& draft) { return draft.expectation.points; }
auto& hint_of(ExpectDraft& draft) { return draft.expectation.hint; }

const Schema<ExpectDraft>& expect_rows() {
  using R = Rows<ExpectDraft>;
  static const Schema<ExpectDraft> schema = [] {
    auto proto =
        R::by<&read_proto>("proto", "what is sent: icmp is a ping", ValueKind::word, Shape::one);
    proto.words = probe_words();
    return Schema<ExpectDraft>(
        "an expectation",
        {
            R::by<&read_from>("from", "the node that sends the probe", ValueKind::name, Shape::one)
                .required()
                .also("source src"),
            R::by<&read_to>("to", "a node or address, with a port for tcp and udp",
                            ValueKind::target, Shape::one)
                .required()
                .also("destination dst target"),
            std::move(proto).or_else("icmp").also("protocol"),
            R::one<PortValue, &source_port_of>("sport", "the probe's source port")
                .or_else("one that is free")
                .also("source_port"),
            R::word<&result_words, &result_of, spec::ExpectedResult>("result", "what becomes of it")
                .required()
                .also("expect verdict"),
            R::by<&read_at>("at",
                            "the node where it ends, the time when it is sent (after the traffic "
                            "if left out), or a list of both",
                            ValueKind::name, Shape::custom)
                .also("node where"),
            R::one<RuleNameValue, &by_of>("by", "the rule that decided, or 'policy'").also("rule"),
            R::one<IntegerValue<std::uint32_t, 0, 1000>, &points_of>("points",
                                                                     "what meeting it is worth")
                .or_else("1")
                .also("score weight"),
            R::one<TextValue, &hint_of>("hint", "shown when it is not met").also("help advice"),
        });
  }();
  return schema;
}

void finish_expectation(Context& context, Yaml item, const Expectation& e) {
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
}

}  // namespace

const ObjectSchema& expect_schema() { return expect_rows(); }

void read_expect(Context& context, Yaml list, Reading& out) {
  for_each_item(context, list, [&](Yaml item) {
    ExpectDraft draft;
    Expectation& e = draft.expectation;
    e.place = item.place();
    if (!read_object(context, item, expect_rows(), draft)) return;
    finish_expectation(context, item, e);
    using Use = NodeReference::Use;
    if (!e.from.empty()) out.references.push_back({e.from, draft.from, Use::sends});
    if (!e.to.node.empty()) out.references.push_back({e.to.node, e.to.place, Use::target});
    if (!e.at_node.value.empty())
      out.references.push_back({e.at_node.value, e.at_node.place, Use::any});
    out.topology.expect.push_back(std::move(e));
  });
}

}  // namespace natsim::topology
