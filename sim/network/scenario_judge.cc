// What is said of an expectation: whether it is met, and what was found, in words.
#include <algorithm>

#include <fmt/format.h>

#include "sim/network/scenario.h"

namespace natsim {
namespace {

using Expected = spec::ExpectedResult;

bool is_met(const spec::ExpectedEnd& end, const Endpoint& found) {
  if (end.address && *end.address != found.address) return false;
  return !end.ports || (found.port >= end.ports->first && found.port <= end.ports->last);
}

bool is_met(const spec::ExpectedTuple& tuple, const std::optional<Tuple>& found) {
  return found && is_met(tuple.source, found->source) &&
         is_met(tuple.destination, found->destination);
}

bool is_met(const spec::At<std::string>& by, const Reason& reason) {
  if (by.value.empty()) return true;
  if (reason.rule != nullptr) return reason.rule->name == by.value;
  return reason.cause != Cause::none && to_string(reason.cause) == by.value;
}

/// A test that names no cause means the packet filter's: what a wrong gateway or an address that
/// does not belong there does to a packet is no proof that a rule works.
bool is_what_was_meant(const spec::Expectation& item, const Fate& fate) {
  if (fate.result != item.result.value) return false;
  const bool refused = fate.result == Expected::dropped || fate.result == Expected::rejected;
  if (refused && fate.on_the_way_back) return false;
  if (fate.result != Expected::dropped || !item.by.value.empty()) return true;
  return fate.reason.cause == Cause::rule || fate.reason.cause == Cause::policy;
}

bool is_member(const std::vector<spec::At<std::string>>& names, const std::string& name) {
  return std::any_of(names.begin(), names.end(), [&](const auto& n) { return n.value == name; });
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "no router" : text;
}

}  // namespace

const char* to_string(spec::ExpectedResult result) {
  switch (result) {
    case Expected::delivered: return "delivered";
    case Expected::dropped: return "dropped";
    case Expected::rejected: return "rejected";
    case Expected::no_route: return "no_route";
    case Expected::unreachable: return "unreachable";
    case Expected::lost: return "lost";
  }
  return "?";
}

Fate Scenario::fate_of(const spec::Expectation& item) const {
  if (fate_.fate()) return *fate_.fate();
  const bool answered = report_ && report_->outcome.result == ProbeResult::answered;
  if (fate_.delivered_at() && (item.protocol == Protocol::udp || answered))
    return {Expected::delivered, *fate_.delivered_at(), {}, false};
  Fate fate;
  if (report_ && report_->outcome.result == ProbeResult::unreachable) {
    fate.result = Expected::no_route;
    if (const auto from = network_.find(item.from)) fate.node = *from;
  }
  return fate;
}

/// Nodes between the first and the last that sent the packet on, switches with names too.
std::vector<std::string> Scenario::nodes_passed() const {
  std::vector<std::string> names;
  for (const Visit& visit : fate_.way().there)
    if (visit.outcome == Outcome::forwarded && network_.role(visit.node) != NodeRole::lan)
      names.push_back(network_.name(visit.node));
  return names;
}

/// All that are named were passed in this order, and every router that was passed is named.
bool Scenario::is_via_met(const spec::Expectation& item) const {
  if (item.via.empty()) return true;
  std::size_t next = 0;
  for (const std::string& name : nodes_passed()) {
    if (next < item.via.size() && item.via[next].value == name)
      ++next;
    else if (is_member(item.via, name) || network_.role(*network_.find(name)) == NodeRole::router)
      return false;
  }
  return next == item.via.size();
}

void Scenario::conclude(Judgement& judgement) {
  const spec::Expectation& item = *judgement.item;
  const Fate fate = fate_of(item);
  judgement.judged = true;
  judgement.fate = fate;
  judgement.tuple = tuple_at_end(fate_.way().there);
  judgement.found = to_string(fate.result);
  if (fate.result != Expected::lost)
    judgement.found += fmt::format(" at {}", network_.name(fate.node));
  if (fate.reason.rule != nullptr)
    judgement.found += fmt::format(" by {}", fate.reason.rule->name);
  else if (fate.reason.cause != Cause::none)
    judgement.found += fmt::format(": {}", describe(fate.reason.cause));
  if (fate.on_the_way_back) judgement.found += " (the answer, on its way back)";
  if (!item.via.empty()) judgement.found += " via " + joined(nodes_passed());
  if (item.nat)
    judgement.found +=
        judgement.tuple ? " as " + judgement.tuple->to_string() : std::string(" as no IPv4 packet");
  if (report_ && item.protocol != Protocol::udp)
    judgement.took = report_->when - judgement.sent;
  else if (fate_.delivered_at())
    judgement.took = fate_.delivered_when() - judgement.sent;
  if (item.within) judgement.found += took_words(judgement);
  const bool at_right =
      item.at_node.value.empty() ||
      (fate.result != Expected::lost && network_.name(fate.node) == item.at_node.value);
  judgement.met = is_what_was_meant(item, fate) && at_right && is_met(item.by, fate.reason) &&
                  is_via_met(item) && is_on_time(judgement) &&
                  (!item.nat || is_met(*item.nat, judgement.tuple));
  if (options_.keep_ways) judgement.way = fate_.way();
}

void Scenario::judge_lease(Judgement& judgement) {
  const spec::PortName& subject = judgement.item->subject;
  const spec::AddressRange range = judgement.item->range.value_or(spec::AddressRange());
  IpNode* const of = node(subject.node);
  SIM_CHECK(of != nullptr);
  judgement.judged = true;
  judgement.found = "no address";
  std::string found;
  for (const InterfaceAddress& own : of->stack().addresses().addresses()) {
    const Stack& stack = of->stack();
    if (!subject.interface.empty() && stack.interface(own.interface).name != subject.interface)
      continue;
    const IpAddress address(own.address);
    judgement.met |= address >= range.first && address <= range.last;
    found += (found.empty() ? "" : ", ") + address.to_string();
  }
  if (!found.empty()) judgement.found = found;
}

void Scenario::judge_capture(std::size_t index) {
  Judgement& judgement = judgements_[index];
  const spec::Expectation& item = *judgement.item;
  if (counters_.size() <= index || counters_[index] == nullptr) return;  // prepare() said why
  const FrameCounter& counter = *counters_[index];
  judgement.judged = true;
  judgement.met = counter.count() >= item.count_min && counter.count() <= item.count_max;
  judgement.found =
      fmt::format("{} {}", counter.count(), counter.count() == 1 ? "frame" : "frames");
  if (counter.first()) {
    const std::int64_t us = counter.first()->ns() / 1000;
    judgement.found += fmt::format(", the first at {}.{:06} s", us / 1'000'000, us % 1'000'000);
  }
}

/// Everything that counts frames counts from the start on.
void Scenario::prepare_counters(Problems& problems) {
  counters_.resize(judgements_.size());
  for (std::size_t i = 0; i < judgements_.size(); ++i) {
    const spec::Expectation& item = *judgements_[i].item;
    if (item.judged != spec::Judged::capture) continue;
    FrameFilter filter;
    const auto error = options_.compile_filter
                           ? options_.compile_filter(item.filter.value, filter)
                           : std::optional<std::string>("frames cannot be filtered here");
    const auto id = network_.find(item.subject.node);
    const auto interface = id ? network_.find_interface(*id, item.subject.interface) : std::nullopt;
    if (error)
      problems.push_back({Severity::error, item.filter.place,
                          fmt::format("filter '{}': {}", item.filter.value, *error),
                          "as for tcpdump: tcp port 80 and net 192.168.0.0/16"});
    else if (!interface)
      problems.push_back(
          {Severity::error, item.subject.place,
           fmt::format("{} has no cable at {}", item.subject.node, item.subject.interface),
           "the frames of a VLAN sub-interface pass the interface under it"});
    if (error || !interface) continue;
    counters_[i] = std::make_unique<FrameCounter>(*id, *interface, std::move(filter));
    observers_.add(*counters_[i]);
  }
}

}  // namespace natsim
