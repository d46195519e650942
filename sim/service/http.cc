#include "sim/service/http.h"

#include <algorithm>
#include <type_traits>

#include <boost/beast/http.hpp>

#include "sim/base/check.h"

namespace natsim {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

bool same_word(std::string_view a, std::string_view b) {
  return beast::iequals({a.data(), a.size()}, {b.data(), b.size()});
}

std::string text_of(beast::string_view text) { return {text.data(), text.size()}; }
beast::string_view view_of(std::string_view text) { return {text.data(), text.size()}; }

HttpProblem problem_of(const beast::error_code& error) {
  int status = 400;
  if (error == http::error::header_limit) status = 431;
  if (error == http::error::body_limit) status = 413;
  if (error == http::error::bad_version) status = 505;
  return {status, error.message()};
}

/// Serialized through Beast, which checks and frames it.
template <class Serializer>
void drain(Serializer& serializer, Bytes& out) {
  beast::error_code error;
  while (!serializer.is_done()) {
    serializer.next(error, [&](beast::error_code&, const auto& buffers) {
      std::size_t size = 0;
      for (auto at = boost::asio::buffer_sequence_begin(buffers);
           at != boost::asio::buffer_sequence_end(buffers); ++at) {
        const boost::asio::const_buffer buffer = *at;
        const auto* const data = static_cast<const std::uint8_t*>(buffer.data());
        out.insert(out.end(), data, data + buffer.size());
        size += buffer.size();
      }
      serializer.consume(size);
    });
    SIM_CHECK(!error);
  }
}

template <class Beast>
void copy_fields(const HttpFields& from, Beast& to) {
  for (const auto& [name, value] : from) {
    // Not what would end a field early; whoever wrote such a value gets none.
    const bool plain = std::none_of(value.begin(), value.end(),
                                    [](char c) { return c == '\r' || c == '\n' || c == 0; });
    if (plain) to.insert(view_of(name), view_of(value));
  }
}

template <class Beast>
HttpFields fields_of(const Beast& from) {
  HttpFields fields;
  for (const auto& field : from) fields.add(text_of(field.name_string()), text_of(field.value()));
  return fields;
}

constexpr bool has_length_or_none(int status) {
  return status / 100 != 1 && status != 204 && status != 304;
}

}  // namespace

// --- fields -------------------------------------------------------------------------------------

const std::string* HttpFields::find(std::string_view name) const {
  for (const auto& field : fields_)
    if (same_word(field.first, name)) return &field.second;
  return nullptr;
}

void HttpFields::erase(std::string_view name) {
  std::erase_if(fields_, [&](const auto& field) { return same_word(field.first, name); });
}

void HttpFields::set(std::string_view name, std::string value) {
  erase(name);
  add(std::string(name), std::move(value));
}

bool HttpFields::lists(std::string_view name, std::string_view word) const {
  for (const auto& field : fields_)
    if (same_word(field.first, name) &&
        http::token_list(view_of(field.second)).exists(view_of(word)))
      return true;
  return false;
}

std::string http_reason(int status) {
  return text_of(http::obsolete_reason(http::int_to_status(unsigned(status))));
}

bool http_keeps_alive(int version, const HttpFields& fields) {
  if (fields.lists("Connection", "close")) return false;
  return version >= 11 || fields.lists("Connection", "keep-alive");
}

// --- writing ------------------------------------------------------------------------------------

void http_write(const HttpRequest& request, Bytes& out) {
  http::request<http::string_body> message;
  message.method_string(view_of(request.method));
  message.target(view_of(request.target));
  message.version(unsigned(request.version));
  copy_fields(request.fields, message);
  message.body() = request.body;
  const bool has_body = request.method == "POST" || request.method == "PUT";
  if (has_body || !request.body.empty()) message.content_length(request.body.size());
  http::request_serializer<http::string_body> serializer(message);
  drain(serializer, out);
}

void http_write(const HttpResponse& response, Bytes& out, bool to_head) {
  http::response<http::string_body> message;
  message.result(unsigned(response.status));
  if (!response.reason.empty()) message.reason(view_of(response.reason));
  message.version(unsigned(response.version));
  copy_fields(response.fields, message);
  const bool chunked = response.chunked && response.version >= 11;
  if (has_length_or_none(response.status)) {
    if (chunked)
      message.chunked(true);
    else
      message.content_length(response.body.size());
    if (!to_head) message.body() = response.body;
  }
  http::response_serializer<http::string_body> serializer(message);
  serializer.split(to_head);
  if (!to_head) return drain(serializer, out);
  beast::error_code error;
  while (!serializer.is_header_done()) {
    serializer.next(error, [&](beast::error_code&, const auto& buffers) {
      const std::size_t before = out.size();
      for (auto at = boost::asio::buffer_sequence_begin(buffers);
           at != boost::asio::buffer_sequence_end(buffers); ++at) {
        const boost::asio::const_buffer buffer = *at;
        const auto* const data = static_cast<const std::uint8_t*>(buffer.data());
        out.insert(out.end(), data, data + buffer.size());
      }
      serializer.consume(out.size() - before);
    });
    SIM_CHECK(!error);
  }
}

// --- reading ------------------------------------------------------------------------------------

template <class Message>
struct HttpReader<Message>::State {
  static constexpr bool kRequest = std::is_same_v<Message, HttpRequest>;
  using Parser = http::parser<kRequest, http::string_body>;

  explicit State(HttpLimits given) : limits(given) { renew(); }
  void renew() {
    parser.emplace();
    parser->eager(true);
    parser->header_limit(limits.header_bytes);
    parser->body_limit(limits.body_bytes);
    if (no_body) parser->skip(true);
    held.clear();
    started = false;
  }

  HttpLimits limits;
  bool no_body = false, started = false;
  std::optional<Parser> parser;
  std::optional<HttpProblem> problem;
  std::string held;  // what the parser could not make anything of yet
};

template <class Message>
HttpReader<Message>::HttpReader(HttpLimits limits) : state_(std::make_unique<State>(limits)) {}
template <class Message>
HttpReader<Message>::~HttpReader() = default;

// The parser wants what it did not take to come again with more behind it. Held bytes are few: a
// header within its limit, or a line between chunks.
template <class Message>
std::size_t HttpReader<Message>::feed(ByteSpan bytes) {
  State& s = *state_;
  if (s.problem || complete() || bytes.empty()) return 0;
  s.started = true;
  s.held.append(bytes.begin(), bytes.end());
  std::size_t taken = 0;
  beast::error_code error;
  while (!s.parser->is_done() && taken < s.held.size()) {
    taken +=
        s.parser->put(boost::asio::buffer(s.held.data() + taken, s.held.size() - taken), error);
    if (!error) continue;
    if (error == http::error::need_more) break;
    s.problem = problem_of(error);
    return bytes.size();
  }
  s.held.erase(0, taken);
  if (!s.parser->is_done()) {
    if (!s.parser->is_header_done() && s.held.size() > s.limits.header_bytes)
      s.problem = {431, "header too long"};
    else if (s.parser->is_header_done() && s.held.size() > s.limits.header_bytes)
      s.problem = {400, "bad chunk"};
    return bytes.size();
  }
  const std::size_t beyond = s.held.size();  // of the next message: the caller still has it
  s.held.clear();
  SIM_CHECK(beyond <= bytes.size());
  return bytes.size() - beyond;
}

template <class Message>
bool HttpReader<Message>::end() {
  State& s = *state_;
  if (complete() || !s.started) return complete();
  beast::error_code error;
  if (s.parser->is_header_done()) s.parser->put_eof(error);
  return complete() && !error;
}

template <class Message>
void HttpReader<Message>::expect_no_body() {
  state_->no_body = true;
  if (!state_->started) state_->renew();
}

template <class Message>
bool HttpReader<Message>::complete() const {
  return state_->parser->is_done();
}

template <class Message>
bool HttpReader<Message>::started() const {
  return state_->started;
}

template <class Message>
const std::optional<HttpProblem>& HttpReader<Message>::problem() const {
  return state_->problem;
}

template <class Message>
Message HttpReader<Message>::next() {
  SIM_CHECK(complete());
  const bool chunked = state_->parser->chunked();
  auto message = state_->parser->release();
  Message read;
  read.version = int(message.version());
  read.fields = fields_of(message);
  read.body = std::move(message.body());
  if constexpr (std::is_same_v<Message, HttpRequest>) {
    read.method = text_of(message.method_string());
    read.target = text_of(message.target());
  } else {
    read.status = int(message.result_int());
    read.reason = text_of(message.reason());
    read.chunked = chunked;
  }
  state_->no_body = false;
  state_->renew();
  return read;
}

template class HttpReader<HttpRequest>;
template class HttpReader<HttpResponse>;

}  // namespace natsim
