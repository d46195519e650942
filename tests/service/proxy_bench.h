// A proxy between a client and its servers, on real hosts with real TCP. Every server keeps what it
// was asked, and answers as the test says.
//
//   client 10.0.0.1 ──┐          ┌── servers 10.0.0.11, .12 …
//   proxy  10.0.0.2 ──┴─ switch ─┘
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "sim/service/http_proxy.h"
#include "tests/support/lab.h"

namespace natsim::lab {

inline ByteSpan octets_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// A program that listens: made anew for each connection.
class MadeBy final : public StreamHandlerFactory {
 public:
  using Make = std::function<std::unique_ptr<StreamHandler>()>;
  explicit MadeBy(Make make) : make_(std::move(make)) {}
  std::unique_ptr<StreamHandler> make(const Endpoint&, const Endpoint&) override { return make_(); }

 private:
  Make make_;
};

struct Served {
  std::string name;
  /// What it says; nullopt: nothing.
  std::function<std::optional<std::string>(const HttpRequest&)> says;
  Duration thinks{};  ///< before it says it
  std::vector<HttpRequest> asked{};
  std::vector<IpAddress> from{};  ///< who asked
};

/// One connection of a server. It answers whatever `says` says, which may be no HTTP at all.
class ServedSession final : public StreamHandler {
 public:
  explicit ServedSession(Served& server) : server_(server) {}
  void on_data(Stream& stream, ByteSpan bytes, Instant now) override {
    while (!bytes.empty()) {
      bytes = bytes.subspan(reader_.feed(bytes));
      if (!reader_.complete()) return;
      server_.asked.push_back(reader_.next());
      server_.from.push_back(stream.remote().address);
      if (const auto words = server_.says(server_.asked.back())) waiting_.push_back(*words);
      deadline_ = now + server_.thinks;
      if (server_.thinks == Duration()) say(stream);
    }
  }
  void on_writable(Stream& stream, Instant) override { writer_.on_writable(stream); }
  Instant next_deadline() const override { return deadline_; }
  void on_deadline(Stream& stream, Instant) override { say(stream); }

 private:
  void say(Stream& stream) {
    deadline_ = Instant::never();
    for (const std::string& words : std::exchange(waiting_, {}))
      writer_.write(stream, octets_of(words));
  }
  Served& server_;
  HttpRequestReader reader_;
  std::vector<std::string> waiting_;
  StreamWriter writer_;
  Instant deadline_ = Instant::never();
};

/// Says a text, keeps what comes back, and closes if told to.
class Caller final : public StreamHandler {
 public:
  struct Heard {
    std::string text;
    bool closed = false;  ///< by the other end
    Instant when;         ///< of the last of it
  };
  Caller(std::string text, Heard& heard) : text_(std::move(text)), heard_(heard) {}
  void on_connected(Stream& stream, Instant) override { writer_.write(stream, octets_of(text_)); }
  void on_writable(Stream& stream, Instant) override { writer_.on_writable(stream); }
  void on_data(Stream&, ByteSpan bytes, Instant now) override {
    heard_.text.append(bytes.begin(), bytes.end());
    heard_.when = now;
  }
  void on_peer_closed(Stream& stream, Instant) override {
    heard_.closed = true;
    stream.close();
  }

 private:
  std::string text_;
  Heard& heard_;
  StreamWriter writer_;
};

class HostConnector final : public StreamConnector {
 public:
  explicit HostConnector(IpNode& host) : host_(host) {}
  void connect(const Endpoint& remote, std::unique_ptr<StreamHandler> handler) override {
    host_.sockets().connect(remote, std::move(handler));
  }

 private:
  IpNode& host_;
};

inline std::string ok(std::string_view body) {
  return fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", body.size(), body);
}

struct ProxyBenchOptions {
  HttpBalance balance = HttpBalance::round_robin;
  std::string health = {};  ///< the page that is asked for; empty: none
  Duration interval = Duration::seconds(5);
  std::size_t deaf = 0;  ///< so many of the servers, from the first, have nobody at the port
  ChannelOptions cable{.delay = Duration::milliseconds(1), .bandwidth_bps = 0};
};

class ProxyBench {
 public:
  explicit ProxyBench(std::size_t servers, const ProxyBenchOptions& options = {}) {
    lab_.cable(client_, switch_, options.cable);
    lab_.cable(proxy_, switch_, options.cable);
    std::vector<Endpoint> addresses;
    for (std::size_t i = 0; i < servers; ++i) {
      const std::string name(1, char('a' + i)), address = fmt::format("10.0.0.{}", 11 + i);
      const std::string with_prefix = address + "/24";
      IpNode& host = lab_.host(name, Nic(with_prefix.c_str()));
      lab_.cable(host, switch_, options.cable);
      Served& added = servers_.emplace_back();
      added.name = name;
      added.says = [name](const HttpRequest&) { return ok(name); };
      if (i >= options.deaf)
        host.sockets().listen(80, std::make_unique<MadeBy>(
                                      [&added] { return std::make_unique<ServedSession>(added); }));
      addresses.push_back({IpAddress(ip(address)), 80});
    }
    auto factory = std::make_unique<HttpProxyFactory>(
        std::make_unique<HttpBalancer>(std::move(addresses), options.balance),
        std::make_unique<HostConnector>(proxy_), 0);
    if (!options.health.empty())
      proxy_.sockets().run(std::make_unique<HttpHealthCheck>(
          factory->balancer(), factory->connector(), options.health, options.interval));
    proxy_.sockets().listen(80, std::move(factory));
  }

  Served& operator[](std::size_t i) { return servers_.at(i); }
  void run(Duration time) { lab_.run(time); }
  Instant now() const { return lab_.now(); }

  /// On a connection of its own; what comes back is there after run().
  Caller::Heard& say(const std::string& text) {
    Caller::Heard& heard = heard_.emplace_back();
    client_.sockets().connect({IpAddress(ip("10.0.0.2")), 80},
                              std::make_unique<Caller>(text, heard));
    return heard;
  }
  Caller::Heard& get(const std::string& path = "/", const std::string& fields = {}) {
    return say(fmt::format("GET {} HTTP/1.1\r\nHost: www.example.com\r\n{}\r\n", path, fields));
  }

 private:
  Lab lab_{{.observed = false}};
  Switch& switch_ = lab_.bridge("sw");
  IpNode& client_ = lab_.host("client", "10.0.0.1/24");
  IpNode& proxy_ = lab_.host("proxy", "10.0.0.2/24");
  std::deque<Served> servers_;
  std::deque<Caller::Heard> heard_;
};

/// The responses in what was heard.
inline std::vector<HttpResponse> responses(const Caller::Heard& heard, bool to_head = false) {
  std::vector<HttpResponse> found;
  HttpResponseReader reader;
  for (ByteSpan rest = octets_of(heard.text); !rest.empty();) {
    if (to_head) reader.expect_no_body();
    rest = rest.subspan(reader.feed(rest));
    if (!reader.complete()) break;
    found.push_back(reader.next());
  }
  return found;
}
inline int status_of(const Caller::Heard& heard) {
  const auto all = responses(heard);
  return all.size() == 1 ? all[0].status : 0;
}
inline std::string body_of(const Caller::Heard& heard) {
  const auto all = responses(heard);
  return all.size() == 1 ? all[0].body : "";
}

}  // namespace natsim::lab
