// The errand of saying something over TCP and reading what comes back.
#include <algorithm>

#include <fmt/format.h>

#include "sim/network/errand_stream.h"
#include "sim/service/tcp_talk.h"

namespace natsim {
namespace {

constexpr std::size_t kShownMax = 60;  // of an answer, in a line for people

/// `: "hello"`, or nothing where that is no short line.
std::string shown(const std::string& answer) {
  const bool printable =
      std::all_of(answer.begin(), answer.end(), [](char c) { return c >= ' ' && c <= '~'; });
  return printable && !answer.empty() && answer.size() <= kShownMax
             ? fmt::format(": \"{}\"", answer)
             : "";
}

class TalkErrand final : public Errand, private TalkListener {
 public:
  TalkErrand(ErrandPlace& place, IpNode& from, const spec::TcpTalk& talk, ErrandOwner owner)
      : from_(from), talk_(talk), owner_(owner), finder_(place, from) {
    finder_.find(host_of(talk.to),
                 [this](std::optional<Ipv4Address> address, const std::string& error) {
                   if (!address) return fail(ProbeResult::unreachable, error);
                   connect(*address);
                 });
  }

 private:
  void connect(Ipv4Address address) {
    TalkListener& listener = *this;
    from_.sockets().connect({IpAddress(address), talk_.to.port.value_or(0)},
                            std::make_unique<TcpTalkClient>(talk_.text, listener));
  }

  void on_talk(const TalkReport& report) override {
    ErrandResult result;
    result.outcome.result = probe_result_of(report.end);
    result.answers = {report.answer};
    result.findings.bytes_sent = report.sent;
    result.findings.bytes_received = report.received;
    result.error = report.error;
    result.summary = fmt::format("{} bytes sent, {} came back{}", report.sent, report.received,
                                 shown(report.answer));
    if (!report.error.empty())
      result.summary = report.sent == 0 ? report.error : report.error + " after " + result.summary;
    owner_.listener->on_errand(owner_.tag, result);
  }

  void fail(ProbeResult outcome, const std::string& error) {
    owner_.listener->on_errand(owner_.tag, failed_errand(error, outcome));
  }

  IpNode& from_;
  const spec::TcpTalk& talk_;
  ErrandOwner owner_;
  HostFinder finder_;
};

}  // namespace

std::unique_ptr<Errand> start_errand(ErrandPlace& place, IpNode& from, const spec::TcpTalk& talk,
                                     ErrandOwner owner) {
  return std::make_unique<TalkErrand>(place, from, talk, owner);
}

}  // namespace natsim
