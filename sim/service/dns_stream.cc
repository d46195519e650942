#include "sim/service/dns_stream.h"

#include "sim/base/check.h"
#include "sim/wire/dns.h"

namespace natsim {
namespace {

constexpr std::size_t kLengthBytes = 2;

}  // namespace

std::optional<Bytes> DnsFrames::next() {
  if (held_.size() < kLengthBytes) return std::nullopt;
  const std::size_t length = load_be16(held_.data());
  if (held_.size() < kLengthBytes + length) return std::nullopt;
  const auto begin = held_.begin() + kLengthBytes, end = begin + std::ptrdiff_t(length);
  Bytes message(begin, end);
  held_.erase(held_.begin(), end);
  return message;
}

Bytes dns_frame(ByteSpan message) {
  SIM_CHECK(message.size() <= kDnsBytesMax);
  Bytes frame(kLengthBytes);
  store_be16(frame.data(), std::uint16_t(message.size()));
  frame.insert(frame.end(), message.begin(), message.end());
  return frame;
}

// --- client -------------------------------------------------------------------------------------

void DnsStreamClient::on_data(Stream& stream, ByteSpan bytes, Instant now) {
  if (told_) return;
  frames_.feed(bytes);
  auto message = frames_.next();
  if (!message) return;
  tell(std::move(message), now);
  writer_.close(stream);
}

void DnsStreamClient::on_deadline(Stream& stream, Instant now) {
  tell({}, now);
  stream.abort();
}

void DnsStreamClient::tell(std::optional<Bytes> message, Instant now) {
  if (std::exchange(told_, true)) return;
  listener_.on_dns_stream(tag_, std::move(message), now);
}

// --- server -------------------------------------------------------------------------------------

class DnsStreams::Session final : public StreamHandler {
 public:
  Session(DnsStreams& streams, std::uint64_t number) : streams_(streams), number_(number) {}

  void on_connected(Stream& stream, Instant now) override {
    stream_ = &stream;
    idle_from_ = now;
  }
  void on_data(Stream&, ByteSpan bytes, Instant now) override {
    if (writer_.closing()) return;
    idle_from_ = now;
    frames_.feed(bytes);
    take_queries();
  }
  void on_peer_closed(Stream& stream, Instant) override {
    peer_closed_ = true;
    if (unanswered_ == 0) writer_.close(stream);
  }
  void on_writable(Stream& stream, Instant) override {
    writer_.on_writable(stream);
    hold_back();
  }
  void on_closed(Stream&, StreamEnd, Instant) override { streams_.sessions_.erase(number_); }
  Instant next_deadline() const override {
    return writer_.closing() ? Instant::never() : idle_from_ + kIdle;
  }
  void on_deadline(Stream& stream, Instant now) override {
    if (idle_from_ + kIdle > now) return;
    idle_from_ = now;
    if (unanswered_ == 0) writer_.close(stream);
  }

  void answer(ByteSpan message) {
    --unanswered_;
    if (!message.empty()) writer_.write(*stream_, dns_frame(message));
    take_queries();
    if (peer_closed_ && unanswered_ == 0) writer_.close(*stream_);
  }

 private:
  void take_queries() {
    while (unanswered_ < kQueriesMax) {
      auto message = frames_.next();
      if (!message) break;
      // Too short to be a message: what follows cannot be trusted either.
      if (message->size() < kDnsHeaderBytes) return stream_->abort();
      if (streams_.queries_.empty()) streams_.since_ = idle_from_;
      streams_.queries_.push_back(
          {number_, stream_->remote(), stream_->local(), std::move(*message)});
      ++unanswered_;
    }
    hold_back();
  }
  /// A client that asks more than it waits for, or does not read, is not read either.
  void hold_back() {
    const bool busy = unanswered_ >= kQueriesMax || !writer_.empty();
    if (busy == paused_) return;
    paused_ = busy;
    busy ? stream_->pause() : stream_->resume();
  }

  DnsStreams& streams_;
  std::uint64_t number_;
  Stream* stream_ = nullptr;
  DnsFrames frames_;
  StreamWriter writer_;
  std::size_t unanswered_ = 0;
  bool peer_closed_ = false, paused_ = false;
  Instant idle_from_;
};

class DnsStreams::Listener final : public StreamHandlerFactory {
 public:
  explicit Listener(DnsStreams& streams) : streams_(streams) {}
  std::unique_ptr<StreamHandler> make(const Endpoint&, const Endpoint&) override {
    if (streams_.sessions_.size() >= kStreamsMax) return nullptr;
    const std::uint64_t number = streams_.next_++;
    auto session = std::make_unique<Session>(streams_, number);
    streams_.sessions_[number] = session.get();
    return session;
  }

 private:
  DnsStreams& streams_;
};

std::unique_ptr<StreamHandlerFactory> DnsStreams::listener() {
  return std::make_unique<Listener>(*this);
}

void DnsStreams::answer(std::uint64_t stream, ByteSpan message) {
  const auto session = sessions_.find(stream);
  if (session != sessions_.end()) session->second->answer(message);
}

}  // namespace natsim
