#include "src/report/probing_text.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "src/rules/values.h"

namespace natsim {
namespace {

constexpr std::size_t kPortsShownMax = 25;  // of a state; nmap's

/// "203.0.113.1", or "isp (203.0.113.1)".
std::string host_words(Ipv4Address address, const AddressHolders& holders, bool names) {
  const std::string text = address.to_string();
  if (!names) return text;
  const auto holder = holders.find(address);
  return fmt::format("{} ({})", holder == holders.end() ? text : holder->second, text);
}

std::string milliseconds(Duration duration) {
  const std::int64_t us = duration.ns() / 1000;
  return fmt::format("{}.{:03}", us / 1000, us % 1000);
}

/// An address is written where it is another than the one before.
std::string hop_text(const TracerouteHop& hop, const TracerouteResult& result,
                     const AddressHolders& holders) {
  std::string line = fmt::format("{:2} ", hop.ttl);
  const TracerouteProbe* before = nullptr;
  for (const TracerouteProbe& probe : hop.probes) {
    if (!probe.rtt) {
      line += " *";
      continue;
    }
    if (before == nullptr || before->from != probe.from)
      line += " " + host_words(probe.from, holders, result.names);
    line += fmt::format("  {} ms", milliseconds(*probe.rtt));
    if (!probe.mark.empty()) line += " " + probe.mark;
    before = &probe;
  }
  return line + "\n";
}

/// Two digits that count: "0.0201".
std::string latency_text(Duration latency) {
  const double seconds = double(latency.ns()) / 1e9;
  int decimals = 2;
  for (double digit = 0.1; decimals < 9 && seconds < digit; digit /= 10) ++decimals;
  return fmt::format("{:.{}f}", seconds, decimals);
}

const char* protocol_of(const ScanResult& result) {
  return result.method == ScanMethod::udp ? "udp" : "tcp";
}

std::string service_of(const ScanResult& result, std::uint16_t port) {
  const auto name = rules::service_name(port, result.method == ScanMethod::udp);
  return name.empty() ? "unknown" : std::string(name);
}

struct Line {
  std::string port, state, service, reason;
};

std::string table_of(std::vector<Line> lines) {
  lines.insert(lines.begin(), {"PORT", "STATE", "SERVICE", "REASON"});
  std::size_t port = 0, state = 0, service = 0;
  for (const Line& line : lines) {
    port = std::max(port, line.port.size());
    state = std::max(state, line.state.size());
    service = std::max(service, line.service.size());
  }
  std::string text;
  for (const Line& line : lines)
    text += fmt::format("{:{}} {:{}} {:{}} {}\n", line.port, port, line.state, state, line.service,
                        service, line.reason);
  return text;
}

}  // namespace

std::string traceroute_text(const TracerouteResult& result, const AddressHolders& holders) {
  const auto holder = holders.find(result.target);
  const std::string address = result.target.to_string();
  std::string text = fmt::format("traceroute to {} ({}), {} hops max, {} byte packets\n",
                                 result.names && holder != holders.end() ? holder->second : address,
                                 address, result.max_hops, result.size);
  for (const TracerouteHop& hop : result.hops) text += hop_text(hop, result, holders);
  return text;
}

std::vector<PortGroup> port_groups(const ScanResult& result) {
  std::vector<PortGroup> groups;
  for (const PortFinding& finding : result.ports) {
    const auto group = std::find_if(groups.begin(), groups.end(), [&](const PortGroup& each) {
      return each.state == finding.state && each.reason == finding.reason;
    });
    if (group != groups.end())
      group->ports.push_back(finding.port);
    else
      groups.push_back({finding.state, finding.reason, {finding.port}});
  }
  std::stable_sort(groups.begin(), groups.end(), [](const PortGroup& a, const PortGroup& b) {
    return a.state != b.state ? a.state < b.state : a.ports.size() > b.ports.size();
  });
  return groups;
}

std::string port_list(const std::vector<std::uint16_t>& ports) {
  std::string text;
  for (std::size_t begin = 0, end = 0; begin < ports.size(); begin = end) {
    end = begin + 1;
    while (end < ports.size() && ports[end] == ports[end - 1] + 1) ++end;
    if (!text.empty()) text += ",";
    text += std::to_string(ports[begin]);
    if (end - begin > 1) text += fmt::format("-{}", ports[end - 1]);
  }
  return text;
}

std::string scan_text(const ScanResult& result, bool all) {
  const std::string address = result.target.to_string();
  std::string text = fmt::format("Scan report for {}\n", address);
  if (result.latency)
    text += fmt::format("Host is up ({}s latency).\n", latency_text(*result.latency));
  const auto is_shown = [&](PortState state) {
    return all || state == PortState::open || result.count(state) <= kPortsShownMax;
  };
  std::string not_shown;
  for (const PortGroup& group : port_groups(result)) {
    if (is_shown(group.state)) continue;
    not_shown +=
        fmt::format("{} {} {} {} ports ({})", not_shown.empty() ? "" : ",", group.ports.size(),
                    to_string(group.state), protocol_of(result), to_string(group.reason));
  }
  std::vector<Line> lines;
  for (const PortFinding& finding : result.ports)
    if (is_shown(finding.state))
      lines.push_back({fmt::format("{}/{}", finding.port, protocol_of(result)),
                       to_string(finding.state), service_of(result, finding.port),
                       to_string(finding.reason)});
  if (lines.empty())
    text += fmt::format("All {} scanned ports on {} are in ignored states.\n", result.ports.size(),
                        address);
  if (!not_shown.empty()) text += "Not shown:" + not_shown + "\n";
  return lines.empty() ? text : text + table_of(std::move(lines));
}

}  // namespace natsim
