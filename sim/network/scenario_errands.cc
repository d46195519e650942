// Expectations about what programs do: names looked up, pages fetched.
#include <absl/container/flat_hash_set.h>

#include <algorithm>

#include <fmt/format.h>

#include "sim/network/scenario.h"

namespace natsim {
namespace {

bool is_among(const std::string& text, const ErrandResult& result, bool exactly) {
  return std::any_of(result.answers.begin(), result.answers.end(), [&](const std::string& answer) {
    return exactly ? answer == text : answer.find(text) != std::string::npos;
  });
}

using Ranges = std::optional<std::vector<spec::PortRange>>;

/// The ports in the state are those of the ranges, of those that were scanned.
bool is_met(const Ranges& wanted, PortState state, const ScanResult& scan) {
  if (!wanted) return true;
  const auto is_wanted = [&](std::uint16_t port) {
    return std::any_of(wanted->begin(), wanted->end(), [&](const spec::PortRange& range) {
      return port >= range.first && port <= range.last;
    });
  };
  return std::all_of(scan.ports.begin(), scan.ports.end(), [&](const PortFinding& finding) {
    return (finding.state == state) == is_wanted(finding.port);
  });
}

bool are_met(const spec::ExpectedPorts& ports, const ScanResult& scan) {
  return is_met(ports.open, PortState::open, scan) &&
         is_met(ports.closed, PortState::closed, scan) &&
         is_met(ports.filtered, PortState::filtered, scan) &&
         is_met(ports.open_filtered, PortState::open_filtered, scan);
}

/// The open ports, as far as they fit on a line, and how many there are of the others.
std::string words_of(const ScanResult& scan) {
  std::string text;
  for (const PortState state :
       {PortState::open, PortState::closed, PortState::filtered, PortState::open_filtered}) {
    const std::size_t count = scan.count(state);
    if (count == 0) continue;
    text += fmt::format("{}{}", text.empty() ? "" : "; ", to_string(state));
    constexpr std::size_t kNamedMax = 8;
    if (count > kNamedMax) text += fmt::format(" {} ports", count);
    const char* before = " ";
    for (const PortFinding& finding : scan.ports) {
      if (finding.state != state || count > kNamedMax) continue;
      text += before + std::to_string(finding.port);
      before = ",";
    }
  }
  return text;
}

/// Who answered first; nullptr: nobody.
const TracerouteProbe* answer_at(const TracerouteHop& hop) {
  for (const TracerouteProbe& probe : hop.probes)
    if (probe.rtt) return &probe;
  return nullptr;
}

bool is_met(const spec::Errand& errand, const ErrandResult& result) {
  if (!errand.error.empty()) {
    if (result.error.find(errand.error) != std::string::npos) return true;
    // "refused", "unreachable", "timed_out": whatever else is said of it.
    return result.outcome.result != ProbeResult::answered &&
           errand.error == to_string(result.outcome.result);
  }
  const bool is_lookup = std::holds_alternative<spec::NameLookup>(errand.what);
  if (!is_lookup && !result.error.empty()) return false;
  if (errand.status && *errand.status != result.status) return false;
  if (errand.bytes && errand.bytes != result.findings.bytes_received) return false;
  const auto& scan = result.findings.scan;
  if (scan && !are_met(errand.ports, *scan)) return false;
  return errand.answer.empty() || is_among(errand.answer, result, is_lookup);
}

}  // namespace

// Who sends nothing looks nothing up, and stays small.
void Scenario::give_nameservers() {
  absl::flat_hash_set<std::string_view> senders;
  for (const spec::Traffic& item : topology_.traffic) senders.insert(item.from.node);
  for (const spec::Expectation& item : topology_.expect) senders.insert(item.from);
  for (const spec::Node& spec : topology_.nodes) {
    if (spec.nameservers.empty() || !senders.contains(spec.name)) continue;
    std::vector<IpAddress> servers;
    for (const auto& server : spec.nameservers) servers.push_back(server.value);
    if (IpNode* const of = node(spec.name)) of->sockets().set_nameservers(std::move(servers));
  }
}

void Scenario::on_name(const NameAnswer& answer) {
  if (answer.tag == kExpectationTag + judging_) looked_up_ = answer;
}

void Scenario::on_errand(std::uint64_t tag, const ErrandResult& result) {
  if (tag != kExpectationTag + judging_) return;
  Judgement& judgement = judgements_[judging_];
  errand_result_ = result;
  judgement.took = node(judgement.item->from)->lane().simulator.now() - judgement.sent;
}

void Scenario::look_up_target(const spec::Expectation& item, std::size_t index) {
  looked_up_.reset();
  IpNode* const from = node(item.from);
  if (from == nullptr || item.to.domain.empty()) return;
  from->sockets().resolve(address_question(item.to.domain), {this, kExpectationTag + index});
  const Instant end = options_.until.value_or(Instant::never());
  advance(std::min(end, network_.now() + kErrandTimeout), [&] { return looked_up_.has_value(); });
}

void Scenario::judge_errand(Judgement& judgement, std::size_t index) {
  const spec::Errand& errand = *judgement.item->errand;
  IpNode* const from = node(judgement.item->from);
  if (from == nullptr) return;
  errand_result_.reset();
  const ErrandOwner owner{this, kExpectationTag + index};
  errands_.push_back(std::visit(
      [&](const auto& what) { return start_errand(place_, *from, what, owner); }, errand.what));
  const Instant end = options_.until.value_or(Instant::never());
  // Tools that probe have patience of their own, and an end.
  const bool is_tool = std::holds_alternative<spec::RouteTrace>(errand.what) ||
                       std::holds_alternative<spec::PortScan>(errand.what);
  advance(is_tool ? end : std::min(end, network_.now() + kErrandTimeout),
          [&] { return errand_result_.has_value(); });
  judgement.judged = true;
  if (!errand_result_) {
    errand_result_.emplace().outcome.result = ProbeResult::timed_out;
    errand_result_->error = errand_result_->summary = "no answer";
  }
  judgement.met = is_met(errand, *errand_result_) && is_on_time(judgement);
  judgement.found = errand_result_->summary;
  if (const auto& route = errand_result_->findings.route) {
    judgement.met = judgement.met && is_route_met(errand.route, *route);
    judgement.found = route_words(*route);
  } else if (const auto& scan = errand_result_->findings.scan) {
    judgement.found = words_of(*scan);
  }
  if (judgement.item->within) judgement.found += took_words(judgement);
}

/// A node's name stands for any of its addresses.
bool Scenario::is_hop(const std::string& wanted, const TracerouteHop& hop) {
  const TracerouteProbe* const answer = answer_at(hop);
  if (answer == nullptr) return wanted == "*";
  if (wanted == answer->from.to_string()) return true;
  IpNode* const named = node(wanted);
  if (named == nullptr) return false;
  const auto& own = named->stack().addresses().addresses();
  return std::any_of(own.begin(), own.end(), [&](const InterfaceAddress& address) {
    return address.address == answer->from;
  });
}

bool Scenario::is_route_met(const spec::ExpectedRoute& wanted, const TracerouteResult& route) {
  if (wanted.reached && *wanted.reached != route.reached) return false;
  if (!wanted.hops) return true;
  if (wanted.hops->size() != route.hops.size()) return false;
  for (std::size_t i = 0; i < route.hops.size(); ++i)
    if (!is_hop((*wanted.hops)[i], route.hops[i])) return false;
  return true;
}

std::string Scenario::route_words(const TracerouteResult& route) {
  std::string text;
  for (const TracerouteHop& hop : route.hops) {
    const TracerouteProbe* const answer = answer_at(hop);
    std::string name = answer != nullptr ? answer->from.to_string() : "*";
    for (const spec::Node& node : topology_.nodes)
      if (answer != nullptr && is_hop(node.name, hop)) name = node.name;
    text += (text.empty() ? "" : ", ") + name;
    if (answer != nullptr && !answer->mark.empty()) text += " " + answer->mark;
  }
  return text + (route.reached ? "; reached" : "; not reached");
}

bool Scenario::is_on_time(const Judgement& judgement) const {
  const auto& within = judgement.item->within;
  return !within || (judgement.took && *judgement.took <= *within);
}

std::string Scenario::took_words(const Judgement& judgement) const {
  if (!judgement.took) return {};
  const std::int64_t us = judgement.took->ns() / 1000;
  return fmt::format(" in {}.{:03} ms", us / 1000, us % 1000);
}

}  // namespace natsim
