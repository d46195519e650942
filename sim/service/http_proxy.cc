#include "sim/service/http_proxy.h"

#include <utility>

#include "sim/base/check.h"
#include "sim/service/http_client.h"
#include "sim/service/http_site.h"

namespace natsim {
namespace {

/// A client session that owns the listener it tells.
template <class Listener>
class OwningSession final : public StreamHandler {
 public:
  OwningSession(HttpRequest request, std::shared_ptr<Listener> listener, HttpPatience patience)
      : listener_(std::move(listener)), session_(std::move(request), *listener_, patience) {}
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

/// RFC 9110 7.6.3. `version`: of the message that came.
std::string via(int version) { return version < 11 ? "1.0 natsim" : "1.1 natsim"; }

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
    const bool too_late = !outcome.response && outcome.end == StreamEnd::timed_out;
    if (!outcome.response && (too_late || !outcome.asked)) balancer_.failed(server_, now);
    if (session_ == nullptr) return;
    HttpProxySession& session = *session_;
    session.failure_ = too_late ? 504 : 502;
    if (outcome.response)
      session.pass_on(*outcome.response);
    else if (outcome.asked)
      session.refuse(session.failure_, now);
    else  // What has not been asked may be asked of another one.
      session.forward(now);
    session.work(now);
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
  intake_.add(bytes);
  work(now);
}

/// One request after the other; the client has to wait as long as one is served, or its answer is
/// on its way.
void HttpProxySession::work(Instant now) {
  if (std::exchange(working_, true)) return;  // A server that cannot be reached may tell at once.
  while (!request_ && writer_.empty() && !writer_.closing() && take_next(now)) begin(now);
  working_ = false;
  if (writer_.closing()) return;
  const bool busy = request_ || !writer_.empty();
  if (std::exchange(paused_, busy) != busy) busy ? stream_->pause() : stream_->resume();
}

/// False: there is none.
bool HttpProxySession::take_next(Instant now) {
  request_ = intake_.next();
  if (request_) return true;
  if (intake_.problem()) {
    refuse_and_close(intake_.problem()->status, now);
  } else if (ended_) {
    writer_.close(*stream_);
  } else if (intake_.take_continue()) {
    Bytes out;
    http_write(HttpResponse{.status = 100}, out);
    writer_.write(*stream_, out);
  }
  return false;
}

void HttpProxySession::begin(Instant now) {
  attempts_ = 0;
  failure_ = 503;
  // RFC 9112 3.2: a server would say the same of what it gets.
  if (request_->version >= 11 && request_->fields.find("Host") == nullptr) return refuse(400, now);
  forward(now);
}

void HttpProxySession::forward(Instant now) {
  const auto server = attempts_++ < balancer_.size() ? balancer_.pick(now) : std::nullopt;
  if (!server) return refuse(failure_, now);
  const Endpoint& address = balancer_.server(*server);
  exchange_ = std::make_shared<Exchange>(*this, balancer_, *server);
  connector_.connect(address, std::make_unique<OwningSession<Exchange>>(
                                  request_to(address), exchange_,
                                  HttpPatience{.connected_by = now + kConnectTimeout}));
}

HttpRequest HttpProxySession::request_to(const Endpoint& server) const {
  HttpRequest request = *request_;
  http_drop_connection_fields(request.fields);
  request.fields.erase("Expect");  // was answered here
  request.fields.append("X-Forwarded-For", stream_->remote().address.to_string());
  request.fields.append("Via", via(request.version));
  if (request.fields.find("Host") == nullptr)  // HTTP/1.0 does without
    request.fields.add("Host", server.address.to_string());
  request.version = 11;
  return request;
}

void HttpProxySession::pass_on(HttpResponse response) {
  const std::string* const length = response.fields.find("Content-Length");
  const bool tells_length = request_->method == "HEAD" && length != nullptr;
  const auto told = tells_length ? std::optional(*length) : std::nullopt;
  http_drop_connection_fields(response.fields);
  if (told) response.fields.add("Content-Length", *told);
  response.fields.append("Via", via(response.version));
  say(std::move(response));
}

void HttpProxySession::refuse(int status, Instant now) {
  say(http_status_page(status, epoch_s_ + now.since_start().whole_seconds()));
}

/// What the client says is not understood, or not waited for.
void HttpProxySession::refuse_and_close(int status, Instant now) {
  request_.emplace().fields.add("Connection", "close");
  refuse(status, now);
}

void HttpProxySession::say(HttpResponse response) {
  SIM_CHECK(request_.has_value());
  const bool stays = http_persist(*request_, response);
  Bytes out;
  http_write(response, out, request_->method == "HEAD");
  writer_.write(*stream_, out);
  if (!stays) writer_.close(*stream_);
  exchange_.reset();
  request_.reset();
}

void HttpProxySession::on_writable(Stream& stream, Instant now) {
  writer_.on_writable(stream);
  work(now);
}

void HttpProxySession::on_peer_closed(Stream&, Instant now) {
  ended_ = true;
  work(now);
}

void HttpProxySession::on_deadline(Stream& stream, Instant now) {
  const bool busy = request_ || !writer_.empty();
  deadline_ = busy ? now + kIdleTimeout : Instant::never();
  if (busy || writer_.closing()) return;
  intake_.started() ? refuse_and_close(408, now) : writer_.close(stream);
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
                           std::move(request), std::make_shared<HealthAnswer>(balancer_, i),
                           HttpPatience{now + interval_ / 2, interval_ / 2}));
  }
}

}  // namespace natsim
