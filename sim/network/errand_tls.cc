// The errand of a TLS handshake, and nothing after it.
#include <fmt/format.h>

#include "sim/network/errand_stream.h"

namespace natsim {
namespace {

/// Is content with the handshake. A client of TLS 1.3 has finished it before the server has judged
/// the client's certificate; so it waits a moment for an alert.
class Greeter final : public StreamHandler {
 public:
  static constexpr Duration kPatience = Duration::milliseconds(500);
  void on_connected(Stream&, Instant now) override { deadline_ = now + kPatience; }
  void on_data(Stream&, ByteSpan, Instant) override {}
  void on_closed(Stream&, StreamEnd, Instant) override { deadline_ = Instant::never(); }
  Instant next_deadline() const override { return deadline_; }
  void on_deadline(Stream& stream, Instant) override {
    deadline_ = Instant::never();
    stream.close();
  }

 private:
  Instant deadline_ = Instant::never();
};

/// Passes TCP's calls on, and tells when the connection is over.
class Watched final : public StreamHandler {
 public:
  Watched(std::unique_ptr<StreamHandler> inside, std::function<void(StreamEnd)> over)
      : inside_(std::move(inside)), over_(std::move(over)) {}
  void on_connected(Stream& s, Instant now) override { inside_->on_connected(s, now); }
  void on_data(Stream& s, ByteSpan bytes, Instant now) override { inside_->on_data(s, bytes, now); }
  void on_peer_closed(Stream& s, Instant now) override { inside_->on_peer_closed(s, now); }
  void on_writable(Stream& s, Instant now) override { inside_->on_writable(s, now); }
  void on_closed(Stream& s, StreamEnd end, Instant now) override {
    inside_->on_closed(s, end, now);
    over_(end);
  }
  Instant next_deadline() const override { return inside_->next_deadline(); }
  void on_deadline(Stream& s, Instant now) override { inside_->on_deadline(s, now); }

 private:
  std::unique_ptr<StreamHandler> inside_;
  std::function<void(StreamEnd)> over_;
};

class TlsErrand final : public Errand {
 public:
  TlsErrand(ErrandPlace& place, IpNode& from, const spec::TlsConnect& spec, ErrandOwner owner)
      : place_(place), from_(from), spec_(spec), owner_(owner), finder_(place, from) {
    host_ = host_of(spec.to);
    finder_.find(host_, [this](std::optional<Ipv4Address> address, const std::string& error) {
      if (!address) return finish(ProbeResult::unreachable, error);
      connect(*address);
    });
  }

 private:
  void connect(Ipv4Address address) {
    TlsNode* const tls = place_.tls_of(from_);
    if (tls == nullptr) return finish(ProbeResult::unreachable, "natsim was built without OpenSSL");
    auto client =
        tls->client(place_.tls_settings(from_, spec_.tls, host_), std::make_unique<Greeter>(),
                    [this](const TlsReport& report) { report_ = report; });
    from_.sockets().connect({IpAddress(address), spec_.to.port.value_or(443)},
                            std::make_unique<Watched>(std::move(client), [this](StreamEnd end) {
                              finish(probe_result_of(end), report_.error);
                            }));
  }

  void finish(ProbeResult outcome, const std::string& error) {
    ErrandResult result;
    result.outcome.result = outcome;
    result.error = error;
    result.answers = {report_.version, report_.cipher, report_.peer};
    result.summary = !error.empty() ? error
                                    : fmt::format("{} {} with {}", report_.version, report_.cipher,
                                                  report_.peer);
    owner_.listener->on_errand(owner_.tag, result);
  }

  ErrandPlace& place_;
  IpNode& from_;
  const spec::TlsConnect& spec_;
  ErrandOwner owner_;
  HostFinder finder_;
  std::string host_;
  TlsReport report_;
};

}  // namespace

std::unique_ptr<Errand> start_errand(ErrandPlace& place, IpNode& from,
                                     const spec::TlsConnect& connect, ErrandOwner owner) {
  return std::make_unique<TlsErrand>(place, from, connect, owner);
}

}  // namespace natsim
