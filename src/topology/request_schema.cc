// Requests of HTTP and TLS handshakes, as traffic and expectations have them.
#include <algorithm>

#include <fmt/format.h>

#include "src/topology/objects.h"
#include "src/topology/suggest.h"

namespace natsim::topology {
namespace {

using spec::HttpRequest;
using spec::TlsClient;
using spec::TlsConnect;

const std::vector<std::string_view>& version_words() {
  static const std::vector<std::string_view> words = {"1.0", "1.1", "1.2", "1.3"};
  return words;
}

template <auto part>
void read_version(Context& context, Yaml value, TlsClient& out) {
  if (const auto index = read_word(context, value, version_words()))
    out.*part = version_words()[*index];
}

const Schema<TlsClient>& tls_rows() {
  using R = Rows<TlsClient>;
  static const Schema<TlsClient> schema = [] {
    auto min = R::by<&read_version<&TlsClient::version_min>>(
        "min", "the oldest version that it speaks", ValueKind::word, Shape::one);
    auto max = R::by<&read_version<&TlsClient::version_max>>("max", "the newest", ValueKind::word,
                                                             Shape::one);
    min.words = max.words = version_words();
    return Schema<TlsClient>(
        "a TLS client",
        {
            R::one<NameValue, &TlsClient::certificate>("certificate", "the client's own")
                .also("cert"),
            std::move(min).or_else("1.2"),
            std::move(max).or_else("1.3"),
            R::one<TextValue, &TlsClient::server_name>("server_name",
                                                       "the name that it asks for and verifies")
                .or_else("the target's")
                .also("sni"),
            R::one<BooleanValue, &TlsClient::verify>("verify", "judges the server's certificate")
                .or_else("true"),
        });
  }();
  return schema;
}

template <class T>
void read_client(Context& context, Yaml map, T& out) {
  read_object(context, map, tls_rows(), out.tls);
}

struct RequestDraft : HttpRequest {
  Place place;
  spec::Target host;
};

/// The host of "http://host[:port][/path]", as a target.
std::optional<spec::Target> host_of(Context& context, Place place, std::string_view url) {
  constexpr std::string_view kSchemes[] = {"http://", "https://", "ws://", "wss://"};
  const auto scheme =
      std::find_if(std::begin(kSchemes), std::end(kSchemes),
                   [&](std::string_view each) { return url.substr(0, each.size()) == each; });
  if (scheme == std::end(kSchemes)) {
    context.error(place, fmt::format("{} is no http:// address", quoted(url)),
                  "such as http: \"GET http://192.168.1.10/\"");
    return std::nullopt;
  }
  url.remove_prefix(scheme->size());
  const auto target = TargetValue::parse(url.substr(0, url.find_first_of("/?#")));
  if (target.ok()) return *target;
  const Complaint& complaint = target.error();
  context.error(place,
                complaint.message.empty()
                    ? fmt::format("{} names no node and no address", quoted(url))
                    : complaint.message,
                complaint.hint);
  return std::nullopt;
}

void read_line(Context& context, Yaml value, RequestDraft& out) {
  static const std::vector<std::string_view> methods = {"GET",    "HEAD",    "POST", "PUT",
                                                        "DELETE", "OPTIONS", "PATCH"};
  const auto text = read_scalar<TextValue>(context, value);
  if (!text) return;
  const std::string_view all = *text;
  const auto space = all.find(' ');
  const auto method = all.substr(0, space);
  const bool known = std::find(methods.begin(), methods.end(), method) != methods.end();
  if (space == std::string_view::npos || !known)
    return context.error(value.place(),
                         "expected a method and an address, such as \"GET http://web/\"",
                         did_you_mean(known ? std::string_view() : nearest(method, methods)));
  const auto url = all.substr(space + 1);
  const bool printable =
      std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < 0x7f; });
  if (!printable || url.size() > 2000)
    return context.error(value.place(),
                         "an address has no spaces and is not longer than 2000 letters",
                         "write other characters as %20");
  const auto host = host_of(context, value.place(), url);
  if (!host) return;
  out.host = *host;
  out.host.place = value.place();
  out.method = method;
  out.url = url;
}

void read_fields(Context& context, Yaml map, RequestDraft& out) {
  if (!map.is_map()) return complain(context, map, "a map from names to values");
  for (const auto [key, value] : map.entries()) {
    const auto text = read_scalar<TextValue>(context, value);
    if (!text) continue;
    const auto is_control = [](char c) { return c >= 0 && c < ' '; };
    const std::string name(key.text());
    if (name.empty() || name.find_first_of(" :\t") != std::string::npos ||
        std::any_of(name.begin(), name.end(), is_control) ||
        std::any_of(text->begin(), text->end(), is_control)) {
      context.error(key.place(), fmt::format("{} is no header field", quoted(name)));
      continue;
    }
    out.fields.emplace_back(name, *text);
  }
}

void read_websocket(Context& context, Yaml value, RequestDraft& out) {
  const auto text = read_scalar<TextValue>(context, value);
  if (!text) return;
  out.websocket = true;
  out.body = *text;
}

const Schema<RequestDraft>& request_rows() {
  using R = Rows<RequestDraft>;
  static const Schema<RequestDraft> schema(
      "an HTTP request",
      {
          R::by<&read_line>("request", "method and address: \"GET http://web/\"", ValueKind::text,
                            Shape::one)
              .required(),
          R::by<&read_fields>("headers", "more header fields by name", ValueKind::text,
                              Shape::custom)
              .also("fields"),
          R::one<TextValue, &RequestDraft::body>("body", "what is sent with it"),
          R::one<TextValue, &RequestDraft::login>("login", "'user:password'").also("auth user"),
          R::one<BooleanValue, &RequestDraft::follow>("follow", "goes where redirects lead")
              .or_else("true"),
          R::by<&read_websocket>("websocket", "a message for a WebSocket, which is to come back",
                                 ValueKind::text, Shape::one),
          R::by<&read_client<RequestDraft>>("tls", "how it speaks TLS", ValueKind::object,
                                            Shape::one),
      });
  return schema;
}

struct ConnectDraft : TlsConnect {
  bool has_target = false;
};

void read_to(Context& context, Yaml value, ConnectDraft& out) {
  auto target = read_scalar<TargetValue>(context, value);
  if (!target) return;
  out.to = *target;
  out.to.place = value.place();
  out.has_target = true;
}

const Schema<ConnectDraft>& connect_rows() {
  using R = Rows<ConnectDraft>;
  static const Schema<ConnectDraft> schema = [] {
    std::vector<Row<ConnectDraft>> rows;
    rows.push_back(R::by<&read_to>("to", "node:port", ValueKind::target, Shape::one).required());
    rows.push_back(R::by<&read_client<ConnectDraft>>("tls", "how it speaks TLS", ValueKind::object,
                                                     Shape::one));
    return Schema<ConnectDraft>("a TLS handshake", std::move(rows));
  }();
  return schema;
}

void refer(const spec::Target& target, std::vector<NodeReference>& references) {
  if (!target.node.empty())
    references.push_back({target.node, target.place, NodeReference::Use::target});
}

}  // namespace

std::optional<spec::HttpRequest> read_http_request(Context& context, Yaml value,
                                                   std::vector<NodeReference>& references) {
  RequestDraft draft;
  if (value.is_map())
    read_object(context, value, request_rows(), draft);
  else
    read_line(context, value, draft);
  if (draft.url.empty()) return std::nullopt;
  refer(draft.host, references);
  return static_cast<HttpRequest&&>(std::move(draft));
}

std::optional<spec::TlsConnect> read_tls_connect(Context& context, Yaml value,
                                                 std::vector<NodeReference>& references) {
  ConnectDraft draft;
  if (value.is_map())
    read_object(context, value, connect_rows(), draft);
  else
    read_to(context, value, draft);
  if (!draft.has_target) return std::nullopt;
  refer(draft.to, references);
  return static_cast<TlsConnect&&>(std::move(draft));
}

}  // namespace natsim::topology
