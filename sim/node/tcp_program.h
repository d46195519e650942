// A program behind a connection, as its node keeps it: the handler, and the Stream it is lent.
#pragma once

#include <memory>
#include <utility>

#include "sim/node/tcp_host.h"

namespace natsim {

class TcpHost::Program final : public Stream {
 public:
  Program(TcpHost& to, const Tuple& connection, std::unique_ptr<StreamHandler> program,
          std::uint32_t own_number)
      : tuple(connection), handler(std::move(program)), number(own_number), host_(to) {}

  std::size_t send(ByteSpan bytes) override;
  void close() override;
  void leave() override;
  void abort() override;
  void pause() override;
  void resume() override;
  void set_congestion_control(CongestionAlgorithm algorithm) override;
  Endpoint local() const override { return tuple.source; }
  Endpoint remote() const override { return tuple.destination; }

  const Tuple tuple;
  const std::unique_ptr<StreamHandler> handler;
  const std::uint32_t number;
  bool connected = false, paused = false;
  bool peer_closed = false, peer_closed_told = false, closed = false;  // told once all is read
  bool gone = false;  // by its own wish, or at its end: nothing may be done any more

 private:
  template <class Act>
  void act(const Act& what);
  void go();

  TcpHost& host_;
};

}  // namespace natsim
