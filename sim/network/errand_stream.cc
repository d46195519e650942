#include "sim/network/errand_stream.h"

namespace natsim {

std::string host_of(const spec::Target& target) {
  if (!target.node.empty()) return target.node;
  if (!target.domain.empty()) return target.domain;
  return target.address ? target.address->to_string() : std::string();
}

void HostFinder::remember() {
  for (const std::string& name : place_.changing()) remembered_[name] = place_.address_of(name);
}

void HostFinder::find(const std::string& host, Found found) {
  if (const auto address = Ipv4Address::parse(host)) return found(*address, {});
  if (host.find('.') == std::string::npos) {
    const auto remembered = remembered_.find(host);
    const auto address =
        remembered != remembered_.end() ? remembered->second : place_.address_of(host);
    return found(address, address ? "" : host + " has no address yet");
  }
  found_ = std::move(found);
  from_.sockets().resolve(address_question(host), {this, 0});
}

void HostFinder::on_name(const NameAnswer& answer) {
  const auto address = first_address(answer.found);
  // May ask for another host at once.
  const Found found = std::exchange(found_, {});
  found(address, address ? "" : lookup_failure(answer.found));
}

ErrandResult failed_errand(const std::string& error, ProbeResult outcome) {
  ErrandResult result;
  result.outcome.result = outcome;
  result.error = result.summary = error;
  return result;
}

ProbeResult probe_result_of(StreamEnd end) {
  switch (end) {
    case StreamEnd::refused: return ProbeResult::refused;
    case StreamEnd::unreachable: return ProbeResult::unreachable;
    case StreamEnd::timed_out: return ProbeResult::timed_out;
    default: return ProbeResult::answered;
  }
}

}  // namespace natsim
