// Connections brought into each of TCP's states.
#pragma once

#include <gtest/gtest.h>

#include "sim/transport/tcp_sockets.h"
#include "tests/transport/script.h"

namespace natsim {

/// All that a connection can be in; CLOSED and LISTEN are those without one.
inline constexpr TcpState kStates[] = {
    TcpState::syn_sent,   TcpState::syn_received, TcpState::established,
    TcpState::fin_wait_1, TcpState::fin_wait_2,   TcpState::closing,
    TcpState::time_wait,  TcpState::close_wait,   TcpState::last_ack};

/// A connection with a scripted peer in that state, with nothing left to look at.
inline Script in_state(TcpState state) {
  Script tcp({.passive = state == TcpState::syn_received,
              .opened = state != TcpState::syn_sent && state != TcpState::syn_received});
  const auto peers_fin = [&](std::int64_t ack) {
    tcp.peer(110, {.flags = kTcpFin | kTcpAck, .seq = 0, .ack = ack});
  };
  switch (state) {
    case TcpState::fin_wait_1: tcp.close(); break;
    case TcpState::fin_wait_2:
    case TcpState::time_wait:
      tcp.close();
      tcp.peer(105, {.ack = 1});
      if (state == TcpState::time_wait) peers_fin(1);
      break;
    case TcpState::closing: tcp.close(), peers_fin(0); break;
    case TcpState::close_wait: peers_fin(0); break;
    case TcpState::last_ack: peers_fin(0), tcp.close(); break;
    default: break;
  }
  EXPECT_EQ(tcp.state(), state);
  tcp.sent();
  tcp.events();
  return tcp;
}

/// Two hosts' sockets with a connection from 192.168.1.100:40000 to 203.0.113.80:80, whose client's
/// end is in that state.
inline void bring(TcpSockets& client, TcpSockets& server, TcpState state) {
  const Endpoint near{Ipv4Address::of(192, 168, 1, 100), 40000};
  const Endpoint far{Ipv4Address::of(203, 0, 113, 80), 80};
  const Tuple mine{near, far, Protocol::tcp}, yours{far, near, Protocol::tcp};
  TcpOutbox from_client, from_server;
  const auto deliver = [](TcpOutbox& from, TcpSockets& to, TcpOutbox& answers) {
    const TcpOutbox taken = std::exchange(from, {});
    for (const TcpSegmentOut& sent : taken.segments)
      ASSERT_TRUE(to.on_segment({sent.source, sent.destination, sent.header, {}, {}}, {}, answers));
  };
  const auto talk = [&] {
    while (!from_client.segments.empty() || !from_server.segments.empty()) {
      deliver(from_client, server, from_server);
      deliver(from_server, client, from_client);
    }
  };
  const auto close = [](TcpSockets& who, const Tuple& tuple, TcpOutbox& out) {
    who.with(tuple, [&](TcpConnection& connection) { connection.close({}, out); });
  };
  ASSERT_TRUE(client.connect(near, far, {}, from_client, TcpProgram::stream));
  if (state == TcpState::syn_received) {  // both open
    ASSERT_TRUE(server.connect(far, near, {}, from_server, TcpProgram::stream));
    deliver(from_server, client, from_client);
  } else if (state != TcpState::syn_sent) {
    server.listen(far.port, {}, TcpProgram::stream);
    talk();
    const bool peer_first = state == TcpState::close_wait || state == TcpState::last_ack;
    if (peer_first) close(server, yours, from_server), talk();
    if (state == TcpState::closing) {  // both close
      close(server, yours, from_server);
      close(client, mine, from_client);
      deliver(from_server, client, from_client);
    } else if (state != TcpState::established && state != TcpState::close_wait) {
      close(client, mine, from_client);
      if (state == TcpState::fin_wait_2 || state == TcpState::time_wait) talk();
      if (state == TcpState::time_wait) close(server, yours, from_server), talk();
    }
  }
  ASSERT_EQ(client.state(mine), state);
}

}  // namespace natsim
