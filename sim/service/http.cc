#include "sim/service/http.h"

#include <algorithm>

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

/// Serialized through Beast, which checks and frames it. `header_only`: the body is left out.
template <class Serializer>
void drain(Serializer& serializer, Bytes& out, bool header_only = false) {
  beast::error_code error;
  serializer.split(header_only);
  while (header_only ? !serializer.is_header_done() : !serializer.is_done()) {
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

template <class Beast>
void copy_fields(const HttpFields& from, Beast& to) {
  for (const auto& [name, value] : from) {
    // Not what would end a field early; whoever wrote such a value gets none.
    const bool plain = std::none_of(value.begin(), value.end(),
                                    [](char c) { return c == '\r' || c == '\n' || c == 0; });
    if (plain) to.insert(view_of(name), view_of(value));
  }
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

void HttpFields::append(std::string_view name, std::string_view value) {
  std::string list;
  for (const auto& field : fields_)
    if (same_word(field.first, name)) list += field.second + ", ";
  set(name, list + std::string(value));
}

void http_drop_connection_fields(HttpFields& fields) {
  std::vector<std::string> named;
  for (const auto& [name, value] : fields)
    if (same_word(name, "Connection"))
      for (const auto& word : http::token_list(view_of(value))) named.push_back(text_of(word));
  for (const std::string& name : named) fields.erase(name);
  for (const char* const name : {"Connection", "Proxy-Connection", "Keep-Alive", "TE", "Upgrade",
                                 "Content-Length", "Transfer-Encoding"})
    fields.erase(name);
}

bool http_persist(const HttpRequest& request, HttpResponse& response) {
  const bool stays = http_keeps_alive(request.version, request.fields);
  response.version = request.version;
  if (!stays) response.fields.set("Connection", "close");
  if (stays && request.version < 11) response.fields.set("Connection", "keep-alive");
  return stays;
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
    else if (!to_head || response.fields.find("Content-Length") == nullptr)
      message.content_length(response.body.size());
    if (!to_head) message.body() = response.body;
  }
  http::response_serializer<http::string_body> serializer(message);
  drain(serializer, out, to_head);
}

}  // namespace natsim
