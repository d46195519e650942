// The errand of asking what time it is.
#include <fmt/format.h>

#include "sim/network/errand_stream.h"
#include "sim/service/ntp.h"

namespace natsim {
namespace {

/// "+0.250000 s", rounded towards zero.
std::string seconds(Duration time) {
  const std::int64_t us = (time.ns() < 0 ? -time.ns() : time.ns()) / 1000;
  return fmt::format("{}{}.{:06} s", time.ns() < 0 ? "-" : "+", us / 1'000'000, us % 1'000'000);
}

class NtpErrand final : public Errand, private NtpListener {
 public:
  NtpErrand(ErrandPlace& place, IpNode& from, const spec::NtpQuery& query, ErrandOwner owner)
      : place_(place), from_(from), query_(query), owner_(owner), finder_(place, from) {
    finder_.find(host_of(query.to),
                 [this](std::optional<Ipv4Address> address, const std::string& error) {
                   if (address) return ask(*address);
                   NtpReport report;
                   report.outcome.result = ProbeResult::unreachable;
                   report.error = error;
                   on_ntp(report);
                 });
  }

 private:
  void ask(Ipv4Address address) {
    Sockets& sockets = from_.sockets();
    NtpListener& listener = *this;
    sockets.run(std::make_unique<NtpClient>(IpAddress(address), query_.to.port.value_or(kNtpPort),
                                            NtpClock{place_.epoch_s(), query_.clock},
                                            sockets.ports_for_next_service(), listener,
                                            from_.lane().simulator.now()));
  }

  void on_ntp(const NtpReport& report) override {
    ErrandResult result;
    result.outcome = report.outcome;
    result.error = result.summary = report.error;
    if (report.error.empty()) {
      result.answers = {fmt::format("stratum {}", report.stratum),
                        fmt::format("offset {}", seconds(report.offset)),
                        fmt::format("delay {}", seconds(report.delay))};
      result.summary = fmt::format("{}", fmt::join(result.answers, ", "));
    }
    owner_.listener->on_errand(owner_.tag, result);
  }

  ErrandPlace& place_;
  IpNode& from_;
  const spec::NtpQuery& query_;
  ErrandOwner owner_;
  HostFinder finder_;
};

}  // namespace

std::unique_ptr<Errand> start_errand(ErrandPlace& place, IpNode& from, const spec::NtpQuery& query,
                                     ErrandOwner owner) {
  return std::make_unique<NtpErrand>(place, from, query, owner);
}

}  // namespace natsim
