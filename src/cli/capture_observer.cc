#include "src/cli/capture_observer.h"

#include <utility>

#include "src/report/visit_words.h"

namespace natsim {
namespace {

constexpr std::size_t kWaitingMax = 4096;

bool waits_for_neighbor(const Visit& visit) {
  for (const Step& step : visit.steps)
    if (const auto* neighbor = std::get_if<NeighborStep>(&step))
      return neighbor->result == NeighborStep::Result::queued;
  return false;
}

}  // namespace

CapturePlan::CapturePlan(Network& network) {
  ids_.resize(network.node_count());
  for (std::uint32_t i = 0; i < network.node_count(); ++i) {
    const NodeId node{i};
    if (network.role(node) == NodeRole::lan) continue;
    IpNode* const ip = network.ip_node(node);
    Switch* const bridge = network.switch_node(node);
    const std::size_t count = ip != nullptr ? ip->port_count() : bridge->port_count();
    for (std::size_t at = 0; at < count; ++at) {
      const Interface& port = ip != nullptr ? ip->port_at(at) : bridge->port({std::uint32_t(at)});
      if (!port.plugged()) continue;
      const std::size_t index = port.index().value;
      if (ids_[i].size() <= index) ids_[i].resize(index + 1, -1);
      ids_[i][index] = int(interfaces_.size());
      interfaces_.push_back({network.name(node), port.name()});
    }
  }
}

int CapturePlan::find(NodeId node, IfIndex interface) const {
  const std::vector<int>& ids = ids_[node.value];
  return interface.value < ids.size() ? ids[interface.value] : -1;
}

void CaptureObserver::on_frame(const FrameEvent& event) {
  flush();
  const int id = plan_.find(event.node, event.interface);
  if (id < 0) return;
  if (event.direction == Direction::received) {
    held_ = {true,          std::uint32_t(id), event.node,
             event.journey, event.when,        std::move(held_.frame)};
    held_.frame.assign(event.frame.begin(), event.frame.end());
    return;
  }
  captures_.record(std::uint32_t(id), event.direction, event.when, event.frame,
                   take_remark(event.node, event.journey));
}

// Fragments of one packet all bear its remark.
std::string CaptureObserver::take_remark(NodeId node, JourneyId journey) {
  if (remark_node_ == node && remark_journey_ == journey) return remark_;
  if (waiting_.empty()) return {};
  const auto waited = waiting_.find({node, journey});
  if (waited == waiting_.end()) return {};
  std::string remark = std::move(waited->second);
  waiting_.erase(waited);
  return remark;
}

void CaptureObserver::on_visit(const Visit& visit) {
  remark_ = remark_on(visit, sources_);
  remark_node_ = visit.node;
  remark_journey_ = visit.journey;
  if (!remark_.empty() && waits_for_neighbor(visit)) {
    if (waiting_.size() >= kWaitingMax) waiting_.clear();  // whatever those still wait for
    waiting_[{visit.node, visit.journey}] = remark_;
  }
  const bool ended = visit.outcome == Outcome::dropped || visit.outcome == Outcome::rejected ||
                     visit.outcome == Outcome::delivered;
  if (!held_.is_one || !ended || remark_.empty() || held_.node != visit.node ||
      held_.journey != visit.journey)
    return;
  held_.is_one = false;
  captures_.record(held_.interface, Direction::received, held_.when, held_.frame, remark_);
}

void CaptureObserver::on_secret(const SecretEvent& secret) {
  flush();
  captures_.add_tls_keys(secret.line + "\n");
}

void CaptureObserver::flush() {
  if (!std::exchange(held_.is_one, false)) return;
  captures_.record(held_.interface, Direction::received, held_.when, held_.frame);
}

}  // namespace natsim
