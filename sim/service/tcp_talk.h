// A client of few words: says what it has to say over TCP, and listens until its peer closes.
#pragma once

#include <cstdint>
#include <string>

#include "sim/service/stream_writer.h"
#include "sim/transport/stream.h"

namespace natsim {

/// What a talk came to.
struct TalkReport {
  StreamEnd end = StreamEnd::closed;
  std::uint64_t sent = 0, received = 0;  ///< bytes
  std::string answer{};                  ///< the first TcpTalkClient::kAnswerMax of them
  std::string error{};                   ///< empty: both sides said all they had to say
};

class TalkListener {
 public:
  virtual void on_talk(const TalkReport& report) = 0;

 protected:
  ~TalkListener() = default;
};

/// Sends its text and a FIN behind it, reads until the peer's FIN, and reports once. The listener
/// outlives it.
class TcpTalkClient final : public StreamHandler {
 public:
  static constexpr std::size_t kAnswerMax = 64 * 1024;
  static constexpr Duration kPatience = Duration::seconds(30);  ///< without a byte

  TcpTalkClient(std::string text, TalkListener& listener)
      : text_(std::move(text)), listener_(listener) {}

  void on_connected(Stream& stream, Instant now) override;
  void on_data(Stream& stream, ByteSpan bytes, Instant now) override;
  void on_writable(Stream& stream, Instant now) override;
  void on_peer_closed(Stream& stream, Instant now) override;
  void on_closed(Stream& stream, StreamEnd end, Instant now) override;
  Instant next_deadline() const override { return deadline_; }
  void on_deadline(Stream& stream, Instant now) override;

 private:
  void tell(StreamEnd end, std::string error);

  std::string text_;
  TalkListener& listener_;
  StreamWriter writer_;
  TalkReport report_;
  bool told_ = false;
  Instant deadline_ = Instant::never();
};

}  // namespace natsim
