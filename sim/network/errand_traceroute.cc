// The errand of tracing a route.
#include <algorithm>

#include <fmt/format.h>

#include "sim/engine/timer.h"
#include "sim/network/errand_stream.h"
#include "sim/node/raw_probes.h"

namespace natsim {
namespace {

Protocol protocol_of(TracerouteMethod method) {
  switch (method) {
    case TracerouteMethod::udp: return Protocol::udp;
    case TracerouteMethod::tcp: return Protocol::tcp;
    default: return Protocol::icmp;
  }
}

/// Each probe has ports of its own: of UDP and ICMP the destination tells them apart as well, of
/// TCP only the source.
class TracerouteErrand final : public Errand, private RawListener, private EventHandler {
 public:
  TracerouteErrand(ErrandPlace& place, IpNode& from, const spec::RouteTrace& trace,
                   ErrandOwner owner)
      : from_(from),
        options_(trace.options),
        owner_(owner),
        finder_(place, from),
        timer_(from.lane().simulator, from.order(), *this) {
    finder_.find(host_of(trace.to),
                 [this](std::optional<Ipv4Address> address, const std::string& error) {
                   if (!address) return fail(error);
                   if (!from_.stack().source_for(*address)) return fail("no route to the target");
                   begin(*address);
                 });
  }

 private:
  Instant now() const { return from_.lane().simulator.now(); }

  void begin(Ipv4Address target) {
    target_ = target;
    run_.emplace(target, options_, now());
    const bool tells_apart = options_.method != TracerouteMethod::icmp;
    ports_ = tells_apart ? std::uint16_t(options_.max_hops * options_.probes) : 1;
    source_port_ = from_.sockets().raw().take_ports(ports_);
    from_.sockets().raw().add(*this);
    go_on();
  }

  std::uint16_t source_port(std::uint32_t probe) const {
    return std::uint16_t(source_port_ + (ports_ == 1 ? 0 : probe));
  }
  std::uint16_t destination_port(std::uint32_t probe) const {
    return ports_ == 1 ? std::uint16_t(probe + 1) : options_.port_of_probe(probe);
  }

  // An answer may come while its probe is being sent: this is called again then.
  void go_on() {
    if (sending_) return;
    sending_ = true;
    while (const auto due = run_->on_deadline(now()))
      from_.sockets().raw().send({.protocol = protocol_of(options_.method),
                                  .destination = target_,
                                  .ttl = due->ttl,
                                  .source_port = source_port(due->probe),
                                  .destination_port = destination_port(due->probe),
                                  .size = options_.size});
    sending_ = false;
    if (run_->done()) return finish();
    timer_.arm(run_->next_deadline());
  }

  void on_event(std::uint64_t) override {
    if (!told_) go_on();
  }

  bool on_raw_answer(const RawAnswer& answer) override {
    if (answer.protocol != protocol_of(options_.method)) return false;
    // What an error quotes was sent to the target; an answer comes from there.
    if (!answer.error && answer.from != target_) return false;
    const std::uint32_t probe = ports_ == 1 ? answer.destination_port - 1u
                                            : std::uint32_t(answer.source_port - source_port_);
    if (probe >= std::uint32_t(options_.max_hops) * options_.probes) return false;
    if (answer.source_port != source_port(probe) ||
        answer.destination_port != destination_port(probe))
      return false;
    if (answer.error)
      run_->on_error(probe, *answer.error, now());
    else
      run_->on_answer(probe, answer.from, now());
    go_on();
    return true;
  }

  void finish() {
    told_ = true;
    timer_.cancel();
    from_.sockets().raw().remove(*this);
    auto found = std::make_shared<const TracerouteResult>(run_->result());
    ErrandResult result;
    result.outcome.result = found->reached ? ProbeResult::answered : ProbeResult::timed_out;
    for (const TracerouteHop& hop : found->hops)
      for (const TracerouteProbe& probe : hop.probes)
        if (probe.final && !probe.reached) result.outcome.result = ProbeResult::unreachable;
    if (found->reached) result.outcome.result = ProbeResult::answered;
    const std::size_t hops = found->hops.size();
    result.summary = fmt::format("{} {}, {}reached", hops, hops == 1 ? "hop" : "hops",
                                 found->reached ? "" : "not ");
    result.findings.route = std::move(found);
    owner_.listener->on_errand(owner_.tag, result);
  }

  void fail(const std::string& error) {
    told_ = true;
    owner_.listener->on_errand(owner_.tag, failed_errand(error));
  }

  IpNode& from_;
  TracerouteOptions options_;
  ErrandOwner owner_;
  HostFinder finder_;
  Timer timer_;
  Ipv4Address target_;
  std::optional<Traceroute> run_;
  std::uint16_t source_port_ = 0, ports_ = 0;
  bool sending_ = false, told_ = false;
};

}  // namespace

std::unique_ptr<Errand> start_errand(ErrandPlace& place, IpNode& from,
                                     const spec::RouteTrace& trace, ErrandOwner owner) {
  return std::make_unique<TracerouteErrand>(place, from, trace, owner);
}

}  // namespace natsim
