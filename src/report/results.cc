#include "src/report/results.h"

#include <algorithm>

#include <fmt/format.h>

#include "sim/base/units.h"
#include "sim/service/dhcp_server.h"
#include "sim/wire/dns.h"
#include "src/report/names.h"
#include "src/report/nat_rows.h"
#include "src/report/rule_rows.h"

namespace natsim {
namespace {

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

/// "5s", "1500us": whole numbers only.
std::string whole_units(Instant at) {
  struct Unit {
    std::int64_t ns;
    const char* name;
  };
  for (const Unit unit : {Unit{1'000'000'000, "s"}, Unit{1'000'000, "ms"}, Unit{1'000, "us"}})
    if (at.ns() % unit.ns == 0) return fmt::format("{}{}", at.ns() / unit.ns, unit.name);
  return fmt::format("{}ns", at.ns());
}

/// A probe can be sent again by hand.
std::string trace_arguments(const spec::Expectation& item) {
  if (item.judged != spec::Judged::probe || item.errand) return {};
  std::string text =
      fmt::format("{} {} {}", item.from, to_string(item.protocol), target_words(item.to));
  if (item.source_port) text += fmt::format(" --sport {}", *item.source_port);
  if (item.size > 0) text += fmt::format(" --size {}", item.size);
  if (item.at) text += " --at " + whole_units(*item.at);
  return text;
}

CheckRow check_row(const Judgement& judgement) {
  const spec::Expectation& item = *judgement.item;
  CheckRow row;
  row.place = item.place;
  row.probe = question_words(item);
  row.expected = expectation_words(item);
  row.found = judgement.judged ? judgement.found : "not judged: the run ended before";
  row.hint = item.hint;
  row.points = item.points;
  row.met = judgement.met;
  row.judged = judgement.judged;
  if (row.judged && !row.met) row.trace = trace_arguments(item);
  return row;
}

std::string count_words(const spec::Expectation& item) {
  constexpr std::uint64_t kMany = ~std::uint64_t{0};
  if (item.count_min == item.count_max)
    return item.count_min == 0
               ? "no frame"
               : fmt::format("{} frame{}", item.count_min, item.count_min == 1 ? "" : "s");
  if (item.count_max == kMany)
    return fmt::format("at least {} frame{}", item.count_min, item.count_min == 1 ? "" : "s");
  return fmt::format("{} to {} frames", item.count_min, item.count_max);
}

/// "203.0.113.2:1024-65535"; what is not judged is a star.
std::string end_words(const spec::ExpectedEnd& end) {
  std::string text = end.address ? end.address->to_string() : "*";
  if (!end.ports) return text;
  text += fmt::format(":{}", end.ports->first);
  return end.ports->first == end.ports->last ? text : text + fmt::format("-{}", end.ports->last);
}

AddressHolders holders_of(const Network& network) {
  AddressHolders holders;
  for (std::uint32_t i = 0; i < network.node_count(); ++i)
    if (const IpNode* const node = network.ip_node({i}))
      for (const InterfaceAddress& own : node->stack().addresses().addresses())
        holders.emplace(own.address, node->name());
  return holders;
}

std::string repeated(const spec::Traffic& item) {
  std::string words;
  const bool ends_by_time = item.until != Instant::never();
  if (ends_by_time) words = fmt::format(", for {}", format_duration(item.until - item.at));
  // Without a count in the file there is no number worth reading.
  if (item.count > 1 && !(ends_by_time && item.count == 1'000'000'000))
    words += fmt::format(", {} times", item.count);
  return words;
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

namespace {

std::string lookup_words(const spec::NameLookup& dns) {
  return fmt::format("dns {} {}{}", dns.name, to_string(DnsType(dns.type)),
                     dns.tcp ? " over TCP" : "");
}

std::string trace_words(const spec::RouteTrace& trace) {
  return "traceroute " + target_words(trace.to);
}

std::string scan_words(const spec::PortScan& scan) { return "scan " + target_words(scan.to); }

/// "open 22,80; closed 25".
std::string ports_words(const spec::ExpectedPorts& ports) {
  std::string text;
  const auto add = [&](const char* state, const std::optional<std::vector<spec::PortRange>>& list) {
    if (!list) return;
    text += fmt::format("{}{} ", text.empty() ? "" : "; ", state);
    std::string numbers;
    for (const spec::PortRange& range : *list) {
      numbers += fmt::format("{}{}", numbers.empty() ? "" : ",", range.first);
      if (range.last != range.first) numbers += fmt::format("-{}", range.last);
    }
    text += numbers.empty() ? "none" : numbers;
  };
  add("open", ports.open);
  add("closed", ports.closed);
  add("filtered", ports.filtered);
  add("open|filtered", ports.open_filtered);
  return text;
}

std::string route_words(const spec::ExpectedRoute& route) {
  std::string text;
  if (route.hops)
    for (const std::string& hop : *route.hops) text += (text.empty() ? "" : ", ") + hop;
  if (route.reached)
    text += std::string(text.empty() ? "" : "; ") + (*route.reached ? "reached" : "not reached");
  return text;
}

/// What is expected of an errand, piece by piece.
std::string wanted_words(const spec::Errand& errand) {
  std::string text;
  const auto add = [&](const std::string& piece, const char* separator) {
    if (!piece.empty()) text += (text.empty() ? "" : separator) + piece;
  };
  if (!errand.error.empty()) return errand.error;
  if (errand.status) add(std::to_string(*errand.status), " ");
  add(errand.answer, " ");
  if (errand.bytes) add(fmt::format("{} bytes", *errand.bytes), ", ");
  add(route_words(errand.route), ", ");
  add(ports_words(errand.ports), ", ");
  return text;
}

/// "laptop → dns www.example.com A".
std::string errand_words(const spec::Expectation& item) {
  struct Words {
    std::string operator()(const spec::NameLookup& dns) const { return lookup_words(dns); }
    std::string operator()(const spec::HttpRequest& http) const {
      return fmt::format("{} {}", http.method, http.url);
    }
    std::string operator()(const spec::TlsConnect& tls) const {
      return "tls " + target_words(tls.to);
    }
    std::string operator()(const spec::TcpTalk& tcp) const { return "tcp " + target_words(tcp.to); }
    std::string operator()(const spec::NtpQuery& ntp) const {
      return "ntp " + target_words(ntp.to);
    }
    std::string operator()(const spec::RouteTrace& trace) const { return trace_words(trace); }
    std::string operator()(const spec::PortScan& scan) const { return scan_words(scan); }
  };
  return fmt::format("{} → {}", item.from, std::visit(Words(), item.errand->what));
}

}  // namespace

std::string target_words(const spec::Target& target) {
  std::string host = target.node;
  if (host.empty()) host = target.domain;
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
    std::string operator()(const spec::NameLookup& dns) const { return lookup_words(dns); }
    std::string operator()(const spec::TlsConnect& tls) const {
      return "tls " + target_words(tls.to);
    }
    std::string operator()(const spec::TcpTalk& tcp) const { return "tcp " + target_words(tcp.to); }
    std::string operator()(const spec::NtpQuery& ntp) const {
      return "ntp " + target_words(ntp.to);
    }
    std::string operator()(const spec::SyslogLine& line) const {
      return "syslog " + target_words(line.to);
    }
    std::string operator()(const spec::RouteTrace& trace) const { return trace_words(trace); }
    std::string operator()(const spec::PortScan& scan) const { return scan_words(scan); }
    std::string operator()(const spec::RawFrame& frame) const {
      return fmt::format("a frame of {} bytes", frame.bytes.size());
    }
    std::string operator()(const spec::Replay& replay) const { return "replay " + replay.path; }
  };
  return std::visit(Words(), item.what) + repeated(item);
}

std::string question_words(const spec::Expectation& item) {
  if (!item.title.empty()) return item.title;
  if (item.errand) return errand_words(item);
  const std::string subject =
      item.subject.node + (item.subject.interface.empty() ? "" : ":" + item.subject.interface);
  switch (item.judged) {
    case spec::Judged::lease: return "address of " + subject;
    case spec::Judged::capture: return fmt::format("{} at {}", item.filter.value, subject);
    case spec::Judged::probe: break;
  }
  std::string text =
      fmt::format("{} → {} {}", item.from, target_words(item.to),
                  item.protocol == Protocol::icmp ? "ping" : to_string(item.protocol));
  if (item.source_port) text += fmt::format(" from port {}", *item.source_port);
  return text;
}

std::string expectation_words(const spec::Expectation& item) {
  if (item.errand) {
    std::string text = wanted_words(*item.errand);
    if (item.within)
      text += fmt::format("{}within {}", text.empty() ? "" : ", ", elapsed_words(*item.within));
    return text.empty() ? "a result" : text;
  }
  if (item.judged == spec::Judged::lease && item.range)
    return item.range->first == item.range->last
               ? item.range->first.to_string()
               : fmt::format("{}-{}", item.range->first.to_string(), item.range->last.to_string());
  if (item.judged == spec::Judged::capture) return count_words(item);
  std::string text = to_string(item.result.value);
  if (!item.at_node.value.empty()) text += " at " + item.at_node.value;
  if (!item.by.value.empty()) text += " by " + item.by.value;
  for (std::size_t i = 0; i < item.via.size(); ++i)
    text += (i == 0 ? " via " : ", ") + item.via[i].value;
  if (item.nat)
    text +=
        fmt::format(" as {} → {}", end_words(item.nat->source), end_words(item.nat->destination));
  if (item.within) text += " within " + elapsed_words(*item.within);
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
                               traffic.summary, traffic.findings});
  if (std::any_of(results.traffic.begin(), results.traffic.end(),
                  [](const TrafficRow& row) { return row.findings.route != nullptr; }))
    results.holders = holders_of(network);
  for (const Judgement& judgement : scenario.judgements())
    results.checks.push_back(check_row(judgement));
  return results;
}

}  // namespace natsim
