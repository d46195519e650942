// DNS over TCP, RFC 7766: messages with two octets of length before each, in both directions.
//
//   resolver ─▶ DnsStreamClient ─▶ one question, one connection ─▶ DnsStreamListener
//   listener ─▶ session for each connection ─▶ DnsStreams ─▶ its server, which answers in any order
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "sim/base/bytes.h"
#include "sim/base/time.h"
#include "sim/service/stream_writer.h"
#include "sim/transport/stream.h"

namespace natsim {

/// Takes a stream apart into messages. Holds no more than one message and what was fed behind it.
class DnsFrames {
 public:
  void feed(ByteSpan bytes) { held_.insert(held_.end(), bytes.begin(), bytes.end()); }
  /// The next whole message, without its length.
  std::optional<Bytes> next();

 private:
  Bytes held_;
};

/// The message with its length before it. REQUIRES: at most kDnsBytesMax octets.
Bytes dns_frame(ByteSpan message);

class DnsStreamListener {
 public:
  /// Once for each client: the first message that came, or none by the deadline or the end.
  virtual void on_dns_stream(std::uint64_t tag, std::optional<Bytes> message, Instant now) = 0;

 protected:
  ~DnsStreamListener() = default;
};

/// Asks one question, and closes with the answer. The listener outlives it.
class DnsStreamClient final : public StreamHandler {
 public:
  DnsStreamClient(Bytes query, Instant deadline, DnsStreamListener& listener, std::uint64_t tag)
      : query_(std::move(query)), deadline_(deadline), listener_(listener), tag_(tag) {}

  void on_connected(Stream& stream, Instant) override { writer_.write(stream, dns_frame(query_)); }
  void on_data(Stream& stream, ByteSpan bytes, Instant now) override;
  void on_writable(Stream& stream, Instant) override { writer_.on_writable(stream); }
  void on_closed(Stream&, StreamEnd, Instant now) override { tell({}, now); }
  Instant next_deadline() const override { return told_ ? Instant::never() : deadline_; }
  void on_deadline(Stream& stream, Instant now) override;

 private:
  void tell(std::optional<Bytes> message, Instant now);

  Bytes query_;
  Instant deadline_;
  DnsStreamListener& listener_;
  std::uint64_t tag_;
  DnsFrames frames_;
  StreamWriter writer_;
  bool told_ = false;
};

/// A server's connections, and the queries that came by them. Outlives the listener's sessions.
class DnsStreams final {
 public:
  static constexpr std::size_t kStreamsMax = 150;           ///< more are reset (BIND's tcp-clients)
  static constexpr std::size_t kQueriesMax = 64;            ///< unanswered, of one connection
  static constexpr Duration kIdle = Duration::seconds(10);  ///< then it closes (RFC 7766 6.2.3)

  struct Query {
    std::uint64_t stream;
    Endpoint client, local;
    Bytes message;
  };

  /// Makes the sessions behind the server's port.
  std::unique_ptr<StreamHandlerFactory> listener();
  /// When the first of the queries came that nobody has taken; never: there are none.
  Instant ready() const { return queries_.empty() ? Instant::never() : since_; }
  std::vector<Query> take() { return std::exchange(queries_, {}); }
  /// To be called once for each query; nothing if the connection is gone. An empty answer is none.
  void answer(std::uint64_t stream, ByteSpan message);
  std::size_t size() const { return sessions_.size(); }

 private:
  class Session;
  class Listener;

  std::map<std::uint64_t, Session*> sessions_;
  std::uint64_t next_ = 1;
  std::vector<Query> queries_;
  Instant since_;
};

}  // namespace natsim
