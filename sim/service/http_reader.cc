// Reading HTTP messages: Beast's parser, and what RFC 9112 wants beyond it.
#include <algorithm>
#include <string_view>
#include <type_traits>
#include <utility>

#include <boost/beast/http.hpp>

#include "sim/base/check.h"
#include "sim/service/http.h"

namespace natsim {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

std::string text_of(beast::string_view text) { return {text.data(), text.size()}; }

HttpProblem problem_of(const beast::error_code& error) {
  int status = 400;
  if (error == http::error::header_limit) status = 431;
  if (error == http::error::body_limit) status = 413;
  if (error == http::error::bad_version) status = 505;
  return {status, error.message()};
}

template <class Beast>
HttpFields fields_of(const Beast& from) {
  HttpFields fields;
  for (const auto& field : from) fields.add(text_of(field.name_string()), text_of(field.value()));
  return fields;
}

}  // namespace

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
    started = line_done = judged = waits = false;
    line_octets = 0;
  }
  std::size_t skip_empty_lines(ByteSpan bytes) const;
  bool line_fits(ByteSpan bytes);
  void judge_header();
  std::size_t parse(std::string_view text);

  HttpLimits limits;
  bool no_body = false, started = false;
  bool line_done = false;  // the first line has come
  bool judged = false;     // the header has, and was looked at
  bool waits = false;      // its sender, for 100 Continue
  std::uint64_t line_octets = 0;
  std::optional<Parser> parser;
  std::optional<HttpProblem> problem;
  std::string held;  // what the parser could not make anything of yet
};

/// RFC 9112 2.2: some clients send one behind a body.
template <class Message>
std::size_t HttpReader<Message>::State::skip_empty_lines(ByteSpan bytes) const {
  if (!kRequest || started) return 0;
  const auto text = std::find_if(bytes.begin(), bytes.end(),
                                 [](std::uint8_t octet) { return octet != '\r' && octet != '\n'; });
  return std::size_t(text - bytes.begin());
}

template <class Message>
bool HttpReader<Message>::State::line_fits(ByteSpan bytes) {
  if (!kRequest || line_done) return true;
  const auto end = std::find(bytes.begin(), bytes.end(), std::uint8_t('\n'));
  line_octets += std::uint64_t(end - bytes.begin());
  line_done = end != bytes.end();
  return line_octets <= limits.line_bytes;
}

template <class Message>
void HttpReader<Message>::State::judge_header() {
  if (!kRequest || problem || judged || !parser->is_header_done()) return;
  judged = true;
  const auto& header = parser->get();
  const auto coding = header.find(http::field::transfer_encoding);
  if (coding != header.end()) {  // RFC 9112 6.1
    if (header.version() < 11)
      problem = {400, "Transfer-Encoding in HTTP/1.0"};
    else if (header.count(http::field::transfer_encoding) > 1 ||
             !beast::iequals(coding->value(), "chunked"))
      problem = {501, "a transfer coding other than chunked"};
  }
  waits = header.version() >= 11 && beast::iequals(header[http::field::expect], "100-continue");
}

template <class Message>
HttpReader<Message>::HttpReader(HttpLimits limits) : state_(std::make_unique<State>(limits)) {}
template <class Message>
HttpReader<Message>::~HttpReader() = default;

/// What the parser takes of the text, up to the end of a message.
template <class Message>
std::size_t HttpReader<Message>::State::parse(std::string_view text) {
  std::size_t taken = 0;
  beast::error_code error;
  while (!parser->is_done() && taken < text.size()) {
    taken += parser->put(boost::asio::buffer(text.data() + taken, text.size() - taken), error);
    if (!error) continue;
    if (error != http::error::need_more) problem = problem_of(error);
    break;
  }
  judge_header();
  return taken;
}

// The parser wants what it did not take to come again with more behind it. Held bytes are few: a
// header within its limit, or a line between chunks.
template <class Message>
std::size_t HttpReader<Message>::feed(ByteSpan bytes) {
  State& s = *state_;
  if (s.problem || complete()) return 0;
  if (const std::size_t skipped = s.skip_empty_lines(bytes); skipped > 0)
    return skipped + (skipped < bytes.size() ? feed(bytes.subspan(skipped)) : 0);
  if (bytes.empty()) return 0;
  s.started = true;
  if (!s.line_fits(bytes)) return s.problem = {414, "request line too long"}, bytes.size();
  std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const bool again = !s.held.empty();
  if (again) text = s.held.append(text);
  const std::size_t taken = s.parse(text);
  if (s.problem) return bytes.size();
  if (s.parser->is_done()) {  // What is beyond is of the next message: the caller still has it.
    const std::size_t beyond = text.size() - taken;
    s.held.clear();
    SIM_CHECK(beyond <= bytes.size());
    return bytes.size() - beyond;
  }
  again ? s.held.erase(0, taken) : s.held.assign(text.substr(taken));
  if (s.held.size() > s.limits.header_bytes)
    s.problem = s.parser->is_header_done() ? HttpProblem{400, "bad chunk"}
                                           : HttpProblem{431, "header too long"};
  return bytes.size();
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
bool HttpReader<Message>::take_continue() {
  return std::exchange(state_->waits, false) && !complete();
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
