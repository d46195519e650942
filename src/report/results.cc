#include "src/report/results.h"

#include <algorithm>

#include <fmt/format.h>

#include "sim/service/dhcp_server.h"
#include "src/report/nat_rows.h"
#include "src/report/rule_rows.h"

namespace natsim {
namespace {

const char* to_string(spec::ExpectedResult result) {
  using Result = spec::ExpectedResult;
  switch (result) {
    case Result::delivered: return "delivered";
    case Result::dropped: return "dropped";
    case Result::rejected: return "rejected";
    case Result::no_route: return "no_route";
    case Result::unreachable: return "unreachable";
    case Result::lost: return "lost";
  }
  return "?";
}

void add_leases(Results& results, const IpNode& node, Instant now) {
  const Sockets* const sockets = node.sockets_if_any();
  if (sockets == nullptr) return;
  for (const auto& service : sockets->services()) {
    const auto* const server = dynamic_cast<const DhcpServer*>(service.get());
    if (server == nullptr) continue;
    for (const DhcpLease& lease : server->leases(now)) {
      const Duration left = lease.expires == Instant::never()
                                ? Duration::max()
                                : std::max(lease.expires - now, Duration());
      results.leases.push_back(
          {node.name(), lease.address, lease.client.mac, lease.client.hostname, lease.state, left});
    }
  }
}

CheckRow check_row(const Judgement& judgement) {
  const spec::Expectation& item = *judgement.item;
  CheckRow row;
  row.place = item.place;
  row.probe = fmt::format("{} → {} {}", item.from, target_words(item.to),
                          item.protocol == Protocol::icmp ? "ping" : to_string(item.protocol));
  if (item.source_port) row.probe += fmt::format(" from port {}", *item.source_port);
  row.expected = expectation_words(item);
  row.found = judgement.judged ? judgement.found : "not judged: the run ended before";
  row.hint = item.hint;
  row.points = item.points;
  row.met = judgement.met;
  row.judged = judgement.judged;
  return row;
}

std::string repeated(const spec::Traffic& item) {
  return item.count > 1 ? fmt::format(", {} times", item.count) : std::string();
}

}  // namespace

std::size_t Results::checks_met() const {
  return std::size_t(
      std::count_if(checks.begin(), checks.end(), [](const CheckRow& row) { return row.met; }));
}

std::uint64_t Results::points_met() const {
  std::uint64_t sum = 0;
  for (const CheckRow& row : checks) sum += row.met ? row.points : 0;
  return sum;
}

std::uint64_t Results::points() const {
  std::uint64_t sum = 0;
  for (const CheckRow& row : checks) sum += row.points;
  return sum;
}

bool Results::has_points() const {
  return std::any_of(checks.begin(), checks.end(),
                     [](const CheckRow& row) { return row.points != 1; });
}

std::string target_words(const spec::Target& target) {
  std::string host = target.node;
  if (host.empty() && target.address) host = target.address->to_string();
  return target.port ? fmt::format("{}:{}", host, *target.port) : host;
}

std::string traffic_words(const spec::Traffic& item) {
  struct Words {
    std::string operator()(const spec::Ping& ping) const { return "ping " + target_words(ping.to); }
    std::string operator()(const spec::UdpSend& udp) const { return "udp " + target_words(udp.to); }
    std::string operator()(const spec::TcpConnect& tcp) const {
      return "tcp " + target_words(tcp.to);
    }
    std::string operator()(const spec::Bulk& bulk) const { return "bulk " + target_words(bulk.to); }
    std::string operator()(const spec::HttpRequest& http) const {
      return fmt::format("{} {}", http.method, http.url);
    }
    std::string operator()(const spec::RawFrame& frame) const {
      return fmt::format("a frame of {} bytes", frame.bytes.size());
    }
    std::string operator()(const spec::Replay& replay) const { return "replay " + replay.path; }
  };
  return std::visit(Words(), item.what) + repeated(item);
}

std::string expectation_words(const spec::Expectation& item) {
  std::string text = to_string(item.result.value);
  if (!item.at_node.value.empty()) text += " at " + item.at_node.value;
  if (!item.by.value.empty()) text += " by " + item.by.value;
  return text;
}

Results results_of(Network& network, const spec::Topology& topology, const Scenario& scenario) {
  Results results;
  results.name = topology.name;
  results.end = network.now();
  results.interrupted = scenario.interrupted();
  results.events = network.events_run();
  for (std::uint32_t i = 0; i < network.node_count(); ++i) {
    const IpNode* const node = network.ip_node({i});
    if (node == nullptr) continue;
    add_leases(results, *node, results.end);
    const Netfilter* const filter = node->stack().filter();
    if (filter == nullptr) continue;
    add_nat_rows(results.nat, node->name(), *filter, results.end);
    add_rule_rows(results.rules, node->name(), *filter);
  }
  for (const TrafficResult& traffic : scenario.traffic())
    results.traffic.push_back({traffic.item->at, traffic.item->place, traffic.item->from.node,
                               traffic_words(*traffic.item), traffic.done, traffic.outcome.result,
                               traffic.summary});
  for (const Judgement& judgement : scenario.judgements())
    results.checks.push_back(check_row(judgement));
  return results;
}

}  // namespace natsim
