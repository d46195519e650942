#include "sim/service/http_proxy.h"

#include "sim/base/check.h"
#include "sim/service/http_client.h"
#include "sim/service/http_site.h"

namespace natsim {
namespace {

/// A client session that owns the listener it tells.
template <class Listener>
class OwningSession final : public StreamHandler {
 public:
  OwningSession(HttpRequest request, std::shared_ptr<Listener> listener)
      : listener_(std::move(listener)), session_(std::move(request), *listener_) {}
  void on_connected(Stream& s, Instant now) override { session_.on_connected(s, now); }
  void on_data(Stream& s, ByteSpan bytes, Instant now) override { session_.on_data(s, bytes, now); }
  void on_peer_closed(Stream& s, Instant now) override { session_.on_peer_closed(s, now); }
  void on_writable(Stream& s, Instant now) override { session_.on_writable(s, now); }
  void on_closed(Stream& s, StreamEnd end, Instant now) override {
    session_.on_closed(s, end, now);
  }
  Instant next_deadline() const override { return session_.next_deadline(); }
  void on_deadline(Stream& s, Instant now) override { session_.on_deadline(s, now); }

 private:
  std::shared_ptr<Listener> listener_;
  HttpClientSession session_;
};

}  // namespace

// --- the balancer -------------------------------------------------------------------------------

HttpBalancer::HttpBalancer(std::vector<Endpoint> servers, HttpBalance balance) : balance_(balance) {
  for (const Endpoint& server : servers) servers_.push_back({server});
}

std::optional<std::size_t> HttpBalancer::pick(Instant now) {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    const std::size_t at = (next_ + i) % servers_.size();
    const Server& server = servers_[at];
    if (!server.healthy || server.rests_until > now) continue;
    if (!best || (balance_ == HttpBalance::least_connections && server.open < servers_[*best].open))
      best = at;
  }
  if (!best) return std::nullopt;
  next_ = *best + 1;
  ++servers_[*best].open;
  return best;
}

// --- a client's connection ----------------------------------------------------------------------

/// A request at a server. The session may be gone before the server answers.
class HttpProxySession::Exchange final : public HttpClientListener {
 public:
  Exchange(HttpProxySession& session, HttpBalancer& balancer, std::size_t server)
      : session_(&session), balancer_(balancer), server_(server) {}
  void abandon() { session_ = nullptr; }

  void on_http(const HttpOutcome& outcome, Instant now) override {
    balancer_.done(server_);
    const bool unreached = !outcome.response && (outcome.end == StreamEnd::refused ||
                                                 outcome.end == StreamEnd::unreachable ||
                                                 outcome.end == StreamEnd::timed_out);
    if (unreached) balancer_.failed(server_, now);
    if (session_ == nullptr) return;
    HttpProxySession& session = *session_;
    if (outcome.response) return session.answer(*outcome.response);
    if (unreached && outcome.end != StreamEnd::timed_out) return session.forward(now);
    session.refuse(outcome.end == StreamEnd::timed_out ? 504 : 502, now);
  }

 private:
  HttpProxySession* session_;
  HttpBalancer& balancer_;
  std::size_t server_;
};

HttpProxySession::HttpProxySession(HttpBalancer& balancer, StreamConnector& connector,
                                   std::int64_t epoch_s)
    : balancer_(balancer), connector_(connector), epoch_s_(epoch_s) {}

HttpProxySession::~HttpProxySession() {
  if (exchange_) exchange_->abandon();
}

void HttpProxySession::on_connected(Stream& stream, Instant now) {
  stream_ = &stream;
  deadline_ = now + kIdleTimeout;
}

void HttpProxySession::on_data(Stream& stream, ByteSpan bytes, Instant now) {
  stream_ = &stream;
  deadline_ = now + kIdleTimeout;
  while (!bytes.empty() && !writer_.closing()) {
    bytes = bytes.subspan(reader_.feed(bytes));
    if (reader_.problem()) {
      waiting_.emplace_back();  // what is answered, in its turn
      if (waiting_.size() == 1) refuse(reader_.problem()->status, now);
      return;
    }
    if (!reader_.complete()) continue;
    waiting_.push_back(reader_.next());
    if (waiting_.size() == 1) begin_next(now);
  }
}

void HttpProxySession::begin_next(Instant now) {
  if (waiting_.empty()) {
    if (ended_) writer_.close(*stream_);
    return;
  }
  attempts_ = 0;
  forward(now);
}

void HttpProxySession::forward(Instant now) {
  const auto server = attempts_++ < balancer_.size() ? balancer_.pick(now) : std::nullopt;
  if (!server) return refuse(attempts_ > 1 ? 502 : 503, now);
  HttpRequest request = waiting_.front();
  // RFC 9110 7.6.1: what is about this connection only stays here.
  for (const char* name : {"Connection", "Keep-Alive", "Content-Length", "Transfer-Encoding"})
    request.fields.erase(name);
  const std::string client = stream_->remote().address.to_string();
  const std::string* const before = request.fields.find("X-Forwarded-For");
  request.fields.set("X-Forwarded-For", before == nullptr ? client : *before + ", " + client);
  request.version = 11;
  exchange_ = std::make_shared<Exchange>(*this, balancer_, *server);
  connector_.connect(balancer_.server(*server),
                     std::make_unique<OwningSession<Exchange>>(std::move(request), exchange_));
}

void HttpProxySession::answer(HttpResponse response) {
  SIM_CHECK(!waiting_.empty());
  exchange_.reset();
  const HttpRequest request = std::move(waiting_.front());
  waiting_.pop_front();
  const bool stays = http_keeps_alive(request.version, request.fields);
  for (const char* name : {"Connection", "Keep-Alive", "Content-Length", "Transfer-Encoding"})
    response.fields.erase(name);
  response.fields.set("Via", "1.1 natsim");
  if (!stays) response.fields.add("Connection", "close");
  response.version = request.version;
  Bytes out;
  http_write(response, out, request.method == "HEAD");
  writer_.write(*stream_, out);
  if (!stays) return writer_.close(*stream_);
  begin_next(deadline_ - kIdleTimeout);
}

void HttpProxySession::refuse(int status, Instant now) {
  if (status == 400 || status == 431 || status == 413)
    waiting_.front().fields.set("Connection", "close");
  answer(http_status_page(status, epoch_s_ + now.since_start().whole_seconds()));
}

void HttpProxySession::on_peer_closed(Stream& stream, Instant) {
  ended_ = true;
  if (waiting_.empty()) writer_.close(stream);
}

void HttpProxySession::on_deadline(Stream& stream, Instant now) {
  deadline_ = waiting_.empty() ? Instant::never() : now + kIdleTimeout;
  if (waiting_.empty()) writer_.close(stream);
}

// --- health checks ------------------------------------------------------------------------------

namespace {

class HealthAnswer final : public HttpClientListener {
 public:
  HealthAnswer(HttpBalancer& balancer, std::size_t server) : balancer_(balancer), server_(server) {}
  void on_http(const HttpOutcome& outcome, Instant) override {
    const int kind = outcome.response ? outcome.response->status / 100 : 0;
    balancer_.set_healthy(server_, kind == 2 || kind == 3);
  }

 private:
  HttpBalancer& balancer_;
  std::size_t server_;
};

}  // namespace

void HttpHealthCheck::on_deadline(Instant now, Outbox&) {
  next_ = now + interval_;
  for (std::size_t i = 0; i < balancer_.size(); ++i) {
    HttpRequest request;
    request.target = path_;
    request.fields.add("Host", balancer_.server(i).address.to_string());
    request.fields.add("User-Agent", "natsim-health");
    connector_.connect(balancer_.server(i),
                       std::make_unique<OwningSession<HealthAnswer>>(
                           std::move(request), std::make_shared<HealthAnswer>(balancer_, i)));
  }
}

}  // namespace natsim
