// The errand of scanning a host's ports.
#include <algorithm>

#include <fmt/format.h>

#include "sim/engine/timer.h"
#include "sim/network/errand_stream.h"
#include "sim/node/raw_probes.h"

namespace natsim {
namespace {

/// Every port once, rising.
std::vector<std::uint16_t> ports_of(const std::vector<spec::PortRange>& ranges) {
  std::vector<bool> wanted(65'536, false);
  for (const spec::PortRange& range : ranges)
    std::fill(wanted.begin() + range.first, wanted.begin() + range.last + 1, true);
  std::vector<std::uint16_t> ports;
  for (std::uint32_t port = 0; port < wanted.size(); ++port)
    if (wanted[port]) ports.push_back(std::uint16_t(port));
  return ports;
}

/// What makes a service say something, as nmap's payloads do: a status request of DNS, a client's
/// request of NTP. Others get an empty datagram.
Bytes udp_payload(std::uint16_t port) {
  if (port == 53) return {0, 0, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  if (port != 123) return {};
  Bytes ntp(48, 0);
  ntp[0] = 0xe3;
  return ntp;
}

class ScanErrand final : public Errand, private RawListener, private EventHandler {
 public:
  ScanErrand(ErrandPlace& place, IpNode& from, const spec::PortScan& scan, ErrandOwner owner)
      : from_(from),
        scan_(scan),
        owner_(owner),
        finder_(place, from),
        timer_(from.lane().simulator, from.order(), *this) {
    finder_.find(host_of(scan.to),
                 [this](std::optional<Ipv4Address> address, const std::string& error) {
                   if (!address) return fail(error);
                   if (!from_.stack().source_for(*address)) return fail("no route to the target");
                   begin(*address);
                 });
  }

 private:
  /// One connection of a connect scan. It closes as soon as it is made.
  class Connector final : public StreamHandler {
   public:
    Connector(ScanErrand& scan, std::uint16_t port, Instant gives_up)
        : scan_(scan), port_(port), deadline_(gives_up) {}
    void on_connected(Stream& stream, Instant) override {
      deadline_ = Instant::never();
      scan_.found(port_, PortState::open, PortReason::syn_ack);
      stream.leave();
    }
    void on_data(Stream&, ByteSpan, Instant) override {}
    void on_closed(Stream&, StreamEnd end, Instant) override {
      deadline_ = Instant::never();
      if (end == StreamEnd::refused)
        scan_.found(port_, PortState::closed, PortReason::conn_refused);
      else if (end == StreamEnd::unreachable)
        scan_.found(port_, PortState::filtered, PortReason::host_unreach);
    }
    Instant next_deadline() const override { return deadline_; }
    void on_deadline(Stream& stream, Instant) override {
      deadline_ = Instant::never();
      stream.abort();
    }

   private:
    ScanErrand& scan_;
    std::uint16_t port_;
    Instant deadline_;
  };

  Instant now() const { return from_.lane().simulator.now(); }
  bool is_raw() const { return scan_.options.method != ScanMethod::connect; }
  Protocol protocol() const {
    return scan_.options.method == ScanMethod::udp ? Protocol::udp : Protocol::tcp;
  }

  void begin(Ipv4Address target) {
    target_ = target;
    run_.emplace(target, scan_.options, ports_of(scan_.ports), now());
    if (is_raw()) {
      // A source port for each attempt, so that no firewall takes one for the other's repetition.
      source_port_ = from_.sockets().raw().take_ports(scan_.options.retries + 1u);
      from_.sockets().raw().add(*this);
    }
    go_on();
  }

  // An answer may come while its probe is being sent: this is called again then.
  void go_on() {
    if (sending_) return;
    sending_ = true;
    while (const auto due = run_->on_deadline(now())) send(*due);
    sending_ = false;
    if (run_->done()) return finish();
    timer_.arm(run_->next_deadline());
  }

  void send(const PortScan::Due& due) {
    if (is_raw())
      return from_.sockets().raw().send(
          {.protocol = protocol(),
           .destination = target_,
           .source_port = std::uint16_t(source_port_ + due.attempt),
           .destination_port = due.port,
           .payload = protocol() == Protocol::udp ? udp_payload(due.port) : Bytes()});
    from_.sockets().connect(
        {IpAddress(target_), due.port},
        std::make_unique<Connector>(*this, due.port, now() + scan_.options.timeout));
  }

  void on_event(std::uint64_t) override {
    if (!told_) go_on();
  }

  bool on_raw_answer(const RawAnswer& answer) override {
    if (answer.protocol != protocol()) return false;
    if (!answer.error && answer.from != target_) return false;
    const auto attempt = std::uint16_t(answer.source_port - source_port_);
    if (attempt > scan_.options.retries) return false;
    if (answer.error) {
      run_->on_error(answer.destination_port, *answer.error, now());
      go_on();
    } else if (protocol() == Protocol::udp) {
      found(answer.destination_port, PortState::open, PortReason::udp_response);
    } else if (answer.reset) {
      found(answer.destination_port, PortState::closed, PortReason::reset);
    } else {
      found(answer.destination_port, PortState::open, PortReason::syn_ack);
    }
    return true;
  }

  void found(std::uint16_t port, PortState state, PortReason reason) {
    if (told_) return;
    run_->on_found(port, state, reason, now());
    go_on();
  }

  void finish() {
    told_ = true;
    timer_.cancel();
    if (is_raw()) from_.sockets().raw().remove(*this);
    auto found = std::make_shared<const ScanResult>(run_->result());
    ErrandResult result;
    result.outcome.result = found->latency ? ProbeResult::answered : ProbeResult::timed_out;
    for (const PortState state :
         {PortState::open, PortState::closed, PortState::filtered, PortState::open_filtered})
      if (const std::size_t count = found->count(state))
        result.summary +=
            fmt::format("{}{} {}", result.summary.empty() ? "" : ", ", count, to_string(state));
    result.findings.scan = std::move(found);
    owner_.listener->on_errand(owner_.tag, result);
  }

  void fail(const std::string& error) {
    told_ = true;
    owner_.listener->on_errand(owner_.tag, failed_errand(error));
  }

  IpNode& from_;
  const spec::PortScan& scan_;
  ErrandOwner owner_;
  HostFinder finder_;
  Timer timer_;
  Ipv4Address target_;
  std::optional<PortScan> run_;
  std::uint16_t source_port_ = 0;
  bool sending_ = false, told_ = false;
};

}  // namespace

std::unique_ptr<Errand> start_errand(ErrandPlace& place, IpNode& from, const spec::PortScan& scan,
                                     ErrandOwner owner) {
  return std::make_unique<ScanErrand>(place, from, scan, owner);
}

}  // namespace natsim
