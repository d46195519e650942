#include "sim/service/syslog.h"

#include <fmt/format.h>

namespace natsim {

void SyslogCollector::on_datagram(const Datagram& datagram, Instant, Outbox& out) {
  ++messages_;
  out.notes.push_back(fmt::format("syslog from {}: {}", datagram.source.address.to_string(),
                                  SyslogMessage::parse(datagram.payload).to_string()));
}

bool SyslogSender::log(const SyslogMessage& message, Instant now) {
  burst_ = now == since_ ? burst_ + 1 : 1;
  since_ = now;
  if (burst_ > kBurstMax) return false;
  message.emit(waiting_.emplace_back());
  return true;
}

void SyslogSender::on_deadline(Instant, Outbox& out) {
  if (port_ == 0 && !waiting_.empty()) port_ = ports_->open(collector_).value_or(0);
  while (!waiting_.empty()) {
    if (port_ != 0) {
      DatagramOut& datagram = out.add_datagram();
      datagram.source.port = port_;
      datagram.destination = collector_;
      datagram.payload = std::move(waiting_.front());
    }
    waiting_.pop_front();
  }
}

void SyslogSender::on_icmp_error(const IcmpError& error) {
  const ProbeOutcome outcome{result_of(error), error};
  if (outcome.done()) failure_ = outcome;
}

}  // namespace natsim
