// Handlers of ours on real sockets of the machine's loopback, for programs that are not ours.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "sim/base/check.h"
#include "sim/transport/stream.h"

namespace natsim {

/// A connected socket; its own from now on.
class SocketStream final : public Stream {
 public:
  explicit SocketStream(int socket) : socket_(socket) {}
  ~SocketStream() { ::close(socket_); }

  std::size_t send(ByteSpan bytes) override {
    if (closed_) return 0;
    std::size_t sent = 0;
    while (sent < bytes.size()) {
      const auto count = ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) return bytes.size();  // The peer is gone, as reading will tell.
      sent += std::size_t(count);
    }
    return sent;
  }
  void close() override {
    if (!closed_) ::shutdown(socket_, SHUT_WR);
    closed_ = true;
  }
  void leave() override { close(), over_ = true; }
  void abort() override { leave(); }
  void pause() override {}
  void resume() override {}
  Endpoint local() const override { return {}; }
  Endpoint remote() const override { return {}; }

  /// Until both ends have said all, or 20 s have passed without a word.
  void run(StreamHandler& handler) {
    handler.on_connected(*this, Instant());
    Bytes bytes(16 * 1024);
    pollfd waits{socket_, POLLIN, 0};
    while (!over_ && ::poll(&waits, 1, 20'000) == 1) {
      const auto count = ::recv(socket_, bytes.data(), bytes.size(), 0);
      if (count <= 0) {
        handler.on_peer_closed(*this, Instant());
        break;
      }
      handler.on_data(*this, ByteSpan(bytes).first(std::size_t(count)), Instant());
    }
    handler.on_closed(*this, StreamEnd::closed, Instant());
  }

 private:
  int socket_;
  bool closed_ = false, over_ = false;
};

inline sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/// Serves one connection after the other, on a port that the system picks.
class SocketServer {
 public:
  using Make = std::function<std::unique_ptr<StreamHandler>()>;
  explicit SocketServer(Make make) : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    SIM_CHECK(::bind(listener_, generic, size) == 0 && ::listen(listener_, 8) == 0);
    SIM_CHECK(::getsockname(listener_, generic, &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, make = std::move(make)] {
      pollfd waits{listener_, POLLIN, 0};
      while (!stopped_) {
        if (::poll(&waits, 1, 20) != 1) continue;
        SocketStream stream(::accept(listener_, nullptr, nullptr));
        const auto handler = make();
        stream.run(*handler);
      }
    });
  }
  ~SocketServer() {
    stopped_ = true;
    thread_.join();
    ::close(listener_);
  }
  std::uint16_t port() const { return port_; }

 private:
  int listener_;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopped_ = false;
  std::thread thread_;
};

/// What a shell's command prints, errors too.
inline std::string output_of(const std::string& command) {
  std::FILE* const pipe = ::popen((command + " 2>&1").c_str(), "r");
  SIM_CHECK(pipe != nullptr);
  std::string text;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) text += char(c);
  ::pclose(pipe);
  return text;
}

}  // namespace natsim
