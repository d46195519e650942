// HTTP/1.1 messages (RFC 9110, RFC 9112) as values, read piece by piece from a stream of bytes.
//
// Boost.Beast reads and writes them; no header of it is included but in http.cc and
// http_reader.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/base/bytes.h"

namespace natsim {

/// Fields in the order of the wire. Names compare without case.
class HttpFields {
 public:
  /// The first of that name, or null.
  const std::string* find(std::string_view name) const;
  void add(std::string name, std::string value) {
    fields_.emplace_back(std::move(name), std::move(value));
  }
  /// In place of all of that name.
  void set(std::string_view name, std::string value);
  void erase(std::string_view name);
  /// Another one at the end of a comma-separated list, which may have come in several fields.
  void append(std::string_view name, std::string_view value);
  /// Whether a comma-separated field holds the word, without case.
  bool lists(std::string_view name, std::string_view word) const;
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  std::size_t size() const { return fields_.size(); }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

struct HttpRequest {
  std::string method = "GET";
  std::string target = "/";
  int version = 11;  ///< 10 or 11
  HttpFields fields{};
  std::string body{};
};

struct HttpResponse {
  int status = 200;
  std::string reason{};  ///< empty: the status' own
  int version = 11;
  HttpFields fields{};
  std::string body{};
  bool chunked = false;  ///< write: the body in chunks; read: it came so
};

/// "OK", "Not Found", …
std::string http_reason(int status);
/// Whether the connection stays open after a message with these fields (RFC 9112 9.3).
bool http_keeps_alive(int version, const HttpFields& fields);

/// Takes out what is about one connection only, fields that Connection names included (RFC 9110
/// 7.6.1), and what frames the body: it will be framed anew.
void http_drop_connection_fields(HttpFields& fields);
/// Says in the response, in the version of the request, whether the connection stays open after it;
/// returns that.
bool http_persist(const HttpRequest& request, HttpResponse& response);

/// Framing fields (Content-Length, Transfer-Encoding) are added as the body needs them.
void http_write(const HttpRequest& request, Bytes& out);
/// `to_head`: the answer to a HEAD request has the fields and no body. A Content-Length that it has
/// already stays: it tells of the body that GET would bring (RFC 9110 8.6).
void http_write(const HttpResponse& response, Bytes& out, bool to_head = false);

/// The octets that a message may take, to be answered with 414, 431 or 413 above.
struct HttpLimits {
  std::uint32_t line_bytes = 8000;  ///< of a request's first line, as RFC 9112 3 advises
  std::uint32_t header_bytes = 16 * 1024;
  std::uint64_t body_bytes = 8 * 1024 * 1024;
};

/// Why a message cannot be read, and the status to answer it with.
struct HttpProblem {
  int status = 400;
  std::string why;
};

/// Reads one message after the other. After a problem nothing more is read.
template <class Message>
class HttpReader {
 public:
  explicit HttpReader(HttpLimits limits = {});
  ~HttpReader();

  /// Takes bytes up to the end of one message; returns how many. Less than all: next() first.
  std::size_t feed(ByteSpan bytes);
  /// The stream has ended: so may a response without a length. False: in the middle of a message.
  bool end();
  /// The sender waits for "100 Continue" before it sends the body (RFC 9110 10.1.1). True once.
  bool take_continue();
  /// A response to HEAD ends with its fields. To be said before feed().
  void expect_no_body();
  bool complete() const;
  /// Something of a message has come.
  bool started() const;
  const std::optional<HttpProblem>& problem() const;
  /// The message, and a new beginning. REQUIRES: complete().
  Message next();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

using HttpRequestReader = HttpReader<HttpRequest>;
using HttpResponseReader = HttpReader<HttpResponse>;

}  // namespace natsim
