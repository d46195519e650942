#include "sim/service/udp_echo.h"

namespace natsim {

void UdpEcho::on_datagram(const Datagram& datagram, Instant, Outbox& out) {
  ++datagrams_;
  if (datagram.source.port == datagram.destination.port) return;
  DatagramOut& answer = out.add_datagram();
  answer.source = datagram.destination;
  if (datagram.broadcast) answer.source.address = {};
  answer.destination = datagram.source;
  answer.payload.assign(datagram.payload.begin(), datagram.payload.end());
}

void UdpDiscard::on_datagram(const Datagram& datagram, Instant, Outbox&) {
  ++datagrams_;
  bytes_ += datagram.payload.size();
}

}  // namespace natsim
