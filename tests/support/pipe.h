// Two handlers with streams between them that lose nothing and take no time, and what was said.
#pragma once

#include <deque>
#include <memory>

#include "sim/transport/stream.h"

namespace natsim {

class Pipe {
 public:
  Pipe(std::unique_ptr<StreamHandler> client, std::unique_ptr<StreamHandler> server, Instant now)
      : now_(now) {
    ends_[0].handler = std::move(client);
    ends_[1].handler = std::move(server);
    for (int i : {0, 1}) ends_[i].other = &ends_[1 - i];
  }

  /// Until nobody says anything any more.
  void run() {
    for (End& end : ends_) end.handler->on_connected(end, now_);
    for (bool moved = true; moved;) {
      moved = false;
      for (End& end : ends_) {
        End& other = *end.other;
        if (!end.waiting.empty()) {
          const Bytes bytes = std::exchange(end.waiting, {});
          end.said.insert(end.said.end(), bytes.begin(), bytes.end());
          other.handler->on_data(other, bytes, now_);
          moved = true;
        } else if (end.closing && !end.closed) {
          end.closed = moved = true;
          other.handler->on_peer_closed(other, now_);
        }
      }
    }
    for (End& end : ends_) end.handler->on_closed(end, StreamEnd::closed, now_);
  }
  /// All bytes that an end sent: 0 is the client.
  const Bytes& said(int end) const { return ends_[end].said; }
  bool closed(int end) const { return ends_[end].closed; }

 private:
  struct End final : Stream {
    std::size_t send(ByteSpan bytes) override {
      if (closing) return 0;
      waiting.insert(waiting.end(), bytes.begin(), bytes.end());
      return bytes.size();
    }
    void close() override { closing = true; }
    void leave() override { closing = true; }
    void abort() override { closing = true; }
    void pause() override {}
    void resume() override {}
    Endpoint local() const override { return {}; }
    Endpoint remote() const override { return {}; }

    std::unique_ptr<StreamHandler> handler;
    End* other = nullptr;
    Bytes waiting, said;
    bool closing = false, closed = false;
  };

  Instant now_;
  End ends_[2];
};

}  // namespace natsim
