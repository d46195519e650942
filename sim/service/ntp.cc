#include "sim/service/ntp.h"

namespace natsim {
namespace {

constexpr std::uint32_t kLocalClock = 0x4c4f434c;      // "LOCL": an uncalibrated local clock
constexpr std::uint32_t kLocalReference = 0x7f7f0101;  // 127.127.1.1, the same to who is not first
constexpr std::uint8_t kStratumMax = 15;

}  // namespace

void NtpService::on_datagram(const Datagram& datagram, Instant now, Outbox& out) {
  const auto request = NtpPacket::parse(datagram.payload);
  if (!request || request->mode != NtpMode::client || request->version == 0) return;
  NtpPacket answer;
  answer.version = request->version;
  answer.mode = NtpMode::server;
  answer.stratum = stratum_;
  answer.poll = request->poll;
  answer.reference_id = stratum_ == 1 ? kLocalClock : kLocalReference;
  const NtpTime time = clock_.at(now);
  answer.reference = time >> 38 << 38;  // every 64 s, as a daemon polls its clock
  answer.origin = request->transmit;
  answer.receive = answer.transmit = time;
  DatagramOut& sent = out.add_datagram();
  sent.source = datagram.destination;
  if (datagram.broadcast) sent.source.address = {};
  sent.destination = datagram.source;
  answer.emit(sent.payload);
}

void NtpClient::on_deadline(Instant now, Outbox& out) {
  if (deadline_ > now) return;
  if (port_ != 0) return report({{ProbeResult::timed_out, {}}, {}, {}, 0, "no answer"});
  const auto port = ports_->open(server_);
  if (!port) return report({{ProbeResult::unreachable, {}}, {}, {}, 0, "no free port"});
  port_ = *port;
  sent_ = clock_.at(now);
  deadline_ = now + kTimeout;
  NtpPacket request;
  request.transmit = sent_;
  DatagramOut& datagram = out.add_datagram();
  datagram.source.port = port_;
  datagram.destination = server_;
  request.emit(datagram.payload);
}

// RFC 5905 8: an answer to another question is none; stratum 0 is a kiss of death (7.4).
void NtpClient::on_datagram(const Datagram& datagram, Instant now, Outbox&) {
  if (deadline_ == Instant::never() || datagram.destination.port != port_) return;
  const auto answer = NtpPacket::parse(datagram.payload);
  if (!answer || answer->mode != NtpMode::server || answer->origin != sent_) return;
  NtpReport told{{ProbeResult::answered, {}}, {}, {}, answer->stratum, {}};
  const bool is_set = answer->leap != 3 && answer->stratum > 0 && answer->stratum <= kStratumMax;
  if (!is_set || answer->transmit == 0) {
    told.error = "the server's clock is not set";
    return report(std::move(told));
  }
  const NtpTime arrived = clock_.at(now);
  const Duration forth = ntp_difference(answer->receive, sent_);
  const Duration back = ntp_difference(answer->transmit, arrived);
  told.offset = Duration::nanoseconds(forth.ns() / 2 + back.ns() / 2);
  told.delay = ntp_difference(arrived, sent_) - ntp_difference(answer->transmit, answer->receive);
  report(std::move(told));
}

void NtpClient::on_icmp_error(const IcmpError& error) {
  const ProbeOutcome outcome{result_of(error), error};
  if (deadline_ == Instant::never() || !outcome.done()) return;
  report({outcome, {}, {}, 0, outcome.to_string()});
}

void NtpClient::report(NtpReport report) {
  if (port_ != 0) ports_->close(port_);
  deadline_ = Instant::never();
  listener_.on_ntp(report);
}

}  // namespace natsim
