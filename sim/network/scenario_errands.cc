// Names in a scenario, and what programs do in it.
#include <algorithm>

#include <fmt/format.h>

#include "sim/network/scenario.h"

namespace natsim {
namespace {

const spec::Target* target_with_domain(const spec::Traffic& item) {
  const spec::Target* target = nullptr;
  if (const auto* ping = std::get_if<spec::Ping>(&item.what)) target = &ping->to;
  if (const auto* udp = std::get_if<spec::UdpSend>(&item.what)) target = &udp->to;
  if (const auto* tcp = std::get_if<spec::TcpConnect>(&item.what)) target = &tcp->to;
  return target == nullptr || target->domain.empty() ? nullptr : target;
}

/// Why a name has no address.
std::string why_not(const DnsResolution& found) {
  if (found.timed_out) return "no answer";
  return found.rcode == DnsRcode::no_error ? "NODATA" : to_string(found.rcode);
}

DnsQuestion address_question(const std::string& domain) {
  return {DnsName::parse(domain).value_or(DnsName())};
}

bool is_among(const std::string& text, const ErrandResult& result, bool exactly) {
  return std::any_of(result.answers.begin(), result.answers.end(), [&](const std::string& answer) {
    return exactly ? answer == text : answer.find(text) != std::string::npos;
  });
}

bool is_met(const spec::Errand& errand, const ErrandResult& result) {
  if (!errand.error.empty()) return result.error.find(errand.error) != std::string::npos;
  const bool is_lookup = std::holds_alternative<spec::NameLookup>(errand.what);
  if (!is_lookup && !result.error.empty()) return false;
  if (errand.status && *errand.status != result.status) return false;
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

// True: the item waits for its target's address, or has none.
bool Scenario::looks_up(std::size_t index) {
  Run& run = runs_[index];
  const spec::Target* const target = target_with_domain(*traffic_[index].item);
  if (target == nullptr || run.address) return false;
  if (run.is_looked_up) return true;
  run.is_looked_up = true;
  node(traffic_[index].item->from.node)
      ->sockets()
      .resolve(address_question(target->domain), {this, index});
  return true;
}

void Scenario::on_name(const NameAnswer& answer) {
  if (answer.tag >= kExpectationTag) {
    if (answer.tag == kExpectationTag + judging_) looked_up_ = answer;
    return;
  }
  const auto index = std::size_t(answer.tag);
  runs_[index].address = first_address(answer.found);
  if (runs_[index].address) return step(index);
  const bool silent = answer.found.timed_out;
  finish(index, {silent ? ProbeResult::timed_out : ProbeResult::unreachable, {}},
         fmt::format("{}: {}", answer.found.question.name.to_string(), why_not(answer.found)));
}

bool Scenario::start_errand(std::size_t index) {
  const spec::Traffic& item = *traffic_[index].item;
  Run& run = runs_[index];
  const auto begin = [&](const auto& what) {
    IpNode& from = *node(item.from.node);
    ++run.open;
    if (++run.repetitions < item.count)
      schedule(index, from.lane().simulator.now() + interval_of(item));
    run.errands.push_back(natsim::start_errand(from, what, {this, index}));
    return true;
  };
  if (const auto* lookup = std::get_if<spec::NameLookup>(&item.what)) return begin(*lookup);
  return false;
}

void Scenario::on_errand(std::uint64_t tag, const ErrandResult& result) {
  if (tag >= kExpectationTag) {
    if (tag == kExpectationTag + judging_) errand_result_ = result;
    return;
  }
  // As with connects, the first failure is the item's outcome.
  Run& run = runs_[tag];
  TrafficResult& told = traffic_[tag];
  if (!told.outcome.done() || told.outcome.result == ProbeResult::answered) {
    told.outcome = result.outcome;
    told.summary = result.summary;
  }
  told.done = --run.open == 0 && run.repetitions == told.item->count;
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
  if (const auto* lookup = std::get_if<spec::NameLookup>(&errand.what))
    errand_ = natsim::start_errand(*from, *lookup, owner);
  const Instant end = options_.until.value_or(Instant::never());
  advance(std::min(end, network_.now() + kErrandTimeout),
          [&] { return errand_result_.has_value(); });
  judgement.judged = true;
  judgement.met = errand_result_ && is_met(errand, *errand_result_);
  judgement.found = errand_result_ ? errand_result_->summary : "no answer";
}

}  // namespace natsim
