// Expectations about what programs do: names looked up, pages fetched.
#include <absl/container/flat_hash_set.h>

#include <algorithm>

#include "sim/network/scenario.h"

namespace natsim {
namespace {

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

void Scenario::on_name(const NameAnswer& answer) {
  if (answer.tag == kExpectationTag + judging_) looked_up_ = answer;
}

void Scenario::on_errand(std::uint64_t tag, const ErrandResult& result) {
  if (tag == kExpectationTag + judging_) errand_result_ = result;
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
  advance(std::min(end, network_.now() + kErrandTimeout),
          [&] { return errand_result_.has_value(); });
  judgement.judged = true;
  judgement.met = errand_result_ && is_met(errand, *errand_result_);
  judgement.found = errand_result_ ? errand_result_->summary : "no answer";
}

}  // namespace natsim
