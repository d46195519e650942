#include "sim/node/rule_log.h"

#include <memory>
#include <string>

#include "sim/filter/log_sink.h"
#include "sim/node/ip_node.h"
#include "sim/service/syslog.h"

namespace natsim {
namespace {

constexpr std::uint8_t kKern = 0, kWarning = 4;  // RFC 5424 6.2.1

class RuleLog final : public UdpService, public LogSink {
 public:
  RuleLog(IpNode& node, const Endpoint& collector, std::int64_t epoch_s)
      : node_(node),
        epoch_s_(epoch_s),
        sender_(collector, node.sockets().ports_for_next_service()) {}

  // In the midst of a packet's way: the line leaves when that is done.
  void on_log(const RuleLabel&, std::string_view line, Instant now) override {
    SyslogMessage message{kKern,        kWarning, syslog_timestamp(now, epoch_s_),
                          node_.name(), "kernel", std::string(line)};
    sender_.log(message, now);
    node_.sockets().deadline_changed();
  }

  void on_datagram(const Datagram&, Instant, Outbox&) override {}
  Instant next_deadline() const override { return sender_.next_deadline(); }
  void on_deadline(Instant now, Outbox& out) override { sender_.on_deadline(now, out); }

 private:
  IpNode& node_;
  std::int64_t epoch_s_;
  SyslogSender sender_;
};

}  // namespace

void send_rule_log(IpNode& node, const Endpoint& collector, std::int64_t epoch_s) {
  if (node.stack().filter() == nullptr) return;
  auto log = std::make_unique<RuleLog>(node, collector, epoch_s);
  node.stack().filter()->set_log_sink(log.get());
  node.sockets().run(std::move(log));
}

}  // namespace natsim
