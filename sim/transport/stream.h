// What programs see of TCP: a stream of bytes in each direction, and what happens to it.
//
// A StreamHandler is one end's program for one connection. It is called as things happen and acts
// through the Stream that it is handed; whatever sits between (TLS) is a handler towards TCP and a
// Stream towards the program.
//
//   connect or listen ─▶ on_connected ─▶ on_data … on_peer_closed ─▶ on_closed
//                                        send …, close ─▶
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "sim/base/bytes.h"
#include "sim/base/time.h"
#include "sim/transport/tcp_settings.h"
#include "sim/wire/address.h"

namespace natsim {

/// How a stream ended.
enum class StreamEnd : std::uint8_t {
  closed,       ///< both ends have said all they had to say
  refused,      ///< it never opened: a reset, or an ICMP port or protocol unreachable
  unreachable,  ///< it never opened: no route, or another ICMP error
  timed_out,    ///< the other end does not answer
  reset,        ///< the other end gave it up
  aborted,      ///< this end did: abort() or leave()
};
/// "closed", …
const char* to_string(StreamEnd end);

/// One end of a connection, lent to its handler from the start until on_closed() returns. Calls are
/// allowed at any time in between, inside and outside of the handler's functions; none of them
/// calls the handler back before it returns.
class Stream {
 public:
  /// Queues bytes to send and returns how many were taken; they are copied. When it takes less than
  /// it was given (the peer or the network is slow), on_writable() follows. 0 after close().
  virtual std::size_t send(ByteSpan bytes) = 0;
  /// Nothing more will be sent: a FIN goes after what is queued. Receiving goes on.
  virtual void close() = 0;
  /// The program ends: what is queued is sent, then a FIN; what still arrives is answered with a
  /// reset, as is data that came and was not handed up (RFC 1122 4.2.2.13). on_closed() follows.
  virtual void leave() = 0;
  /// A reset, at once; what is queued is lost. on_closed(aborted) follows.
  virtual void abort() = 0;
  /// No on_data() until resume(): bytes wait here, and soon the peer does. Both may be repeated.
  virtual void pause() = 0;
  virtual void resume() = 0;

  /// Another algorithm than the node's from now on (TCP_CONGESTION); nothing where it is no TCP.
  virtual void set_congestion_control(CongestionAlgorithm) {}

  virtual Endpoint local() const = 0;
  virtual Endpoint remote() const = 0;

 protected:
  ~Stream() = default;
};

/// The program behind one connection. It belongs to the node's sockets, and is destroyed after
/// on_closed(). Deadlines are asked for at the beginning, and again after each call of any of its
/// functions.
class StreamHandler {
 public:
  virtual ~StreamHandler() = default;
  /// The handshake is complete.
  virtual void on_connected(Stream&, Instant) {}
  /// The next bytes of the stream, in order, each once. `bytes` is lent for the call.
  virtual void on_data(Stream&, ByteSpan bytes, Instant now) = 0;
  /// The peer has nothing more to say: no more on_data(). Sending goes on until close().
  virtual void on_peer_closed(Stream& stream, Instant) { stream.close(); }
  /// There is room again after send() took less than all.
  virtual void on_writable(Stream&, Instant) {}
  /// The last call. The stream takes nothing more.
  virtual void on_closed(Stream&, StreamEnd, Instant) {}

  virtual Instant next_deadline() const { return Instant::never(); }
  /// Called when next_deadline() has come.
  virtual void on_deadline(Stream&, Instant) {}
};

/// Makes the program for each connection that a listener accepts.
class StreamHandlerFactory {
 public:
  virtual ~StreamHandlerFactory() = default;
  /// nullptr: the connection is reset.
  virtual std::unique_ptr<StreamHandler> make(const Endpoint& local, const Endpoint& remote) = 0;
};

/// The factory of handlers that need nothing to begin with.
template <class Handler>
class StreamHandlerFactoryOf final : public StreamHandlerFactory {
 public:
  std::unique_ptr<StreamHandler> make(const Endpoint&, const Endpoint&) override {
    return std::make_unique<Handler>();
  }
};

}  // namespace natsim
