// A reverse proxy and load balancer (a gateway in the words of RFC 9110 3.7): takes requests, hands
// each to one of several servers, and brings its response back. Both are whole before they go on.
//
//   client ─▶ HttpProxySession ─▶ HttpBalancer.pick ─▶ a connection to one server ─▶ response
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/service/http_intake.h"
#include "sim/service/service.h"
#include "sim/service/stream_writer.h"
#include "sim/transport/stream.h"

namespace natsim {

/// How programs open connections.
class StreamConnector {
 public:
  virtual ~StreamConnector() = default;
  /// As Sockets::connect().
  virtual void connect(const Endpoint& remote, std::unique_ptr<StreamHandler> handler) = 0;
};

enum class HttpBalance : std::uint8_t { round_robin, least_connections };

/// Which server is next. One that cannot be reached is left alone for a while, and with health
/// checks as long as they fail.
class HttpBalancer {
 public:
  static constexpr Duration kRest = Duration::seconds(10);  // as nginx's fail_timeout

  HttpBalancer(std::vector<Endpoint> servers, HttpBalance balance);

  /// An index; nullopt: none is well. REQUIRES: done() for each.
  std::optional<std::size_t> pick(Instant now);
  void done(std::size_t server) { --servers_[server].open; }
  void failed(std::size_t server, Instant now) { servers_[server].rests_until = now + kRest; }
  void set_healthy(std::size_t server, bool healthy) { servers_[server].healthy = healthy; }
  const Endpoint& server(std::size_t index) const { return servers_[index].address; }
  std::size_t size() const { return servers_.size(); }

 private:
  struct Server {
    Endpoint address;
    std::uint32_t open = 0;
    Instant rests_until{};
    bool healthy = true;
  };
  std::vector<Server> servers_;
  HttpBalance balance_;
  std::size_t next_ = 0;
};

/// One client's connection. The balancer and the connector outlive it.
class HttpProxySession final : public StreamHandler {
 public:
  static constexpr Duration kIdleTimeout = Duration::seconds(60);
  /// For a connection to a server; then the next one is tried. For its response: 30 s.
  static constexpr Duration kConnectTimeout = Duration::seconds(10);

  HttpProxySession(HttpBalancer& balancer, StreamConnector& connector, std::int64_t epoch_s);
  ~HttpProxySession() override;

  void on_connected(Stream& stream, Instant now) override;
  void on_data(Stream& stream, ByteSpan bytes, Instant now) override;
  void on_peer_closed(Stream& stream, Instant now) override;
  void on_writable(Stream& stream, Instant now) override;
  Instant next_deadline() const override { return deadline_; }
  void on_deadline(Stream& stream, Instant now) override;

 private:
  class Exchange;
  void work(Instant now);
  bool take_next(Instant now);
  void begin(Instant now);
  void forward(Instant now);
  HttpRequest request_to(const Endpoint& server) const;
  void pass_on(HttpResponse response);
  void refuse(int status, Instant now);
  void refuse_and_close(int status, Instant now);
  void say(HttpResponse response);

  HttpBalancer& balancer_;
  StreamConnector& connector_;
  std::int64_t epoch_s_;
  Stream* stream_ = nullptr;
  HttpIntake intake_;
  StreamWriter writer_;
  std::optional<HttpRequest> request_;  // that is being served
  std::shared_ptr<Exchange> exchange_;
  std::size_t attempts_ = 0;
  int failure_ = 503;     // what is said if there is no server left to try
  bool ended_ = false;    // the client has said all
  bool working_ = false;  // in work()
  bool paused_ = false;
  Instant deadline_ = Instant::never();
};

/// Asks every server for a page now and then; who does not answer 2xx or 3xx gets no requests. Half
/// of the interval is time to connect, the other half to answer: no check outlasts the next one.
class HttpHealthCheck final : public UdpService {
 public:
  HttpHealthCheck(HttpBalancer& balancer, StreamConnector& connector, std::string path,
                  Duration interval)
      : balancer_(balancer), connector_(connector), path_(std::move(path)), interval_(interval) {}

  void on_datagram(const Datagram&, Instant, Outbox&) override {}
  Instant next_deadline() const override { return next_; }
  void on_deadline(Instant now, Outbox& out) override;

 private:
  HttpBalancer& balancer_;
  StreamConnector& connector_;
  std::string path_;
  Duration interval_;
  Instant next_{};
};

/// A listener of proxy sessions, with the balancer that they share.
class HttpProxyFactory final : public StreamHandlerFactory {
 public:
  HttpProxyFactory(std::unique_ptr<HttpBalancer> balancer,
                   std::unique_ptr<StreamConnector> connector, std::int64_t epoch_s)
      : balancer_(std::move(balancer)), connector_(std::move(connector)), epoch_s_(epoch_s) {}
  std::unique_ptr<StreamHandler> make(const Endpoint&, const Endpoint&) override {
    return std::make_unique<HttpProxySession>(*balancer_, *connector_, epoch_s_);
  }
  HttpBalancer& balancer() { return *balancer_; }
  StreamConnector& connector() { return *connector_; }

 private:
  std::unique_ptr<HttpBalancer> balancer_;
  std::unique_ptr<StreamConnector> connector_;
  std::int64_t epoch_s_;
};

}  // namespace natsim
