#include "sim/node/tcp_program.h"

namespace natsim {

template <class Act>
void TcpHost::Program::act(const Act& what) {
  if (gone) return;
  host_.tcp_.with(tuple, what);
  host_.work();
}

std::size_t TcpHost::Program::send(ByteSpan bytes) {
  std::size_t taken = 0;
  act([&](TcpConnection& connection) {
    taken = connection.send(bytes, host_.now(), host_.outbox_);
  });
  return taken;
}

void TcpHost::Program::close() {
  act([&](TcpConnection& connection) { connection.close(host_.now(), host_.outbox_); });
}

/// The last call is still to come: as an event like others, so that nobody is called back here.
void TcpHost::Program::go() {
  gone = true;
  host_.outbox_.events.push_back({TcpEvent::Kind::failed, tuple, {}, {}});
}

void TcpHost::Program::leave() {
  act([&](TcpConnection& connection) {
    connection.leave(host_.now(), host_.outbox_);
    go();
  });
}

void TcpHost::Program::abort() {
  act([&](TcpConnection& connection) {
    connection.abort(host_.outbox_);
    go();
  });
}

void TcpHost::Program::pause() {
  paused = true;
  act([](TcpConnection& connection) { connection.pause(); });
}

void TcpHost::Program::resume() {
  paused = false;
  act([&](TcpConnection& connection) { connection.resume(host_.now(), host_.outbox_); });
}

void TcpHost::Program::set_congestion_control(CongestionAlgorithm algorithm) {
  act([&](TcpConnection& connection) { connection.set_congestion_control(algorithm); });
}

}  // namespace natsim
