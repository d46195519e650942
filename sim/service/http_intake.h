// Requests out of a stream, for sessions that serve one after the other: while one is served, what
// follows waits, here and then at the client.
#pragma once

#include <optional>
#include <utility>

#include "sim/service/http.h"

namespace natsim {

class HttpIntake {
 public:
  /// More of the stream. Who is busy pauses it, so that little of it waits here.
  void add(ByteSpan bytes) { waiting_.insert(waiting_.end(), bytes.begin(), bytes.end()); }
  /// The next request when it is whole. nullopt: more has to come, or there is a problem.
  std::optional<HttpRequest> next() {
    while (taken_ < waiting_.size() && !reader_.problem()) {
      taken_ += reader_.feed(ByteSpan(waiting_).subspan(taken_));
      if (reader_.complete() && !reader_.problem()) return reader_.next();
    }
    waiting_.clear();
    taken_ = 0;
    return std::nullopt;
  }
  /// As of the reader. After a problem nothing more is read.
  const std::optional<HttpProblem>& problem() const { return reader_.problem(); }
  bool take_continue() { return reader_.take_continue(); }
  /// Half a request has come.
  bool started() const { return reader_.started(); }
  /// What follows the last request, in another protocol.
  Bytes take_rest() {
    waiting_.erase(waiting_.begin(), waiting_.begin() + std::ptrdiff_t(std::exchange(taken_, 0)));
    return std::exchange(waiting_, {});
  }

 private:
  HttpRequestReader reader_;
  Bytes waiting_;
  std::size_t taken_ = 0;  // of it
};

}  // namespace natsim
