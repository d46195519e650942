// Web servers: pages, virtual hosts, proxies; TLS listeners and certificates.
#include <algorithm>

#include <fmt/format.h>

#include "sim/network/web_spec.h"
#include "src/topology/objects.h"
#include "src/topology/suggest.h"

namespace natsim::topology {
namespace {

using spec::Certificate;
using spec::TlsListener;
using spec::WebSite;

const std::vector<std::string_view>& version_words() {
  static const std::vector<std::string_view> words = {"1.0", "1.1", "1.2", "1.3"};
  return words;
}
const std::vector<std::string_view>& balance_words() {
  static const std::vector<std::string_view> words = {"round_robin", "least_connections"};
  return words;
}
const std::vector<std::string_view>& key_words() {
  static const std::vector<std::string_view> words = {"ecdsa", "rsa", "ed25519"};
  return words;
}

/// A word as text.
template <auto words, auto part, class T>
void read_text_word(Context& context, Yaml value, T& out) {
  if (const auto index = read_word(context, value, words())) out.*part = words()[*index];
}

/// What ends up in a header of HTTP.
bool is_field_text(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return c >= 0 && c < ' '; });
}

void read_cookie(Context& context, Yaml value, HttpPage& out) {
  for_each_or_one(context, value, [&](Yaml item) {
    const auto text = read_scalar<TextValue>(context, item);
    if (text && is_field_text(*text)) out.fields.emplace_back("Set-Cookie", *text);
  });
}

void read_redirect(Context& context, Yaml value, HttpPage& out) {
  const auto text = read_scalar<TextValue>(context, value);
  if (!text) return;
  if (!is_field_text(*text)) return complain(context, value, "a path or an address");
  out.location = *text;
  if (out.status == 200) out.status = 302;
}

void read_status(Context& context, Yaml value, HttpPage& out) {
  if (const auto status = read_scalar<IntegerValue<int, 200, 599>>(context, value))
    out.status = *status;
}

void read_size(Context& context, Yaml value, HttpPage& out) {
  const auto size = read_scalar<QueueSizeValue>(context, value);
  if (!size) return;
  constexpr std::uint32_t kSizeMax = 8 << 20;
  if (*size > kSizeMax) return context.error(value.place(), "a page has at most 8MiB");
  while (out.body.size() < *size) out.body += "natsim sends this page to show how it travels.\n";
  out.body.resize(*size);
}

const Schema<HttpPage>& page_rows() {
  using R = Rows<HttpPage>;
  static const Schema<HttpPage> schema(
      "a page",
      {
          R::one<TextValue, &HttpPage::path>("path", "its path").or_else("/").also("url"),
          R::by<&read_status>("status", "the status of the response", ValueKind::integer,
                              Shape::one)
              .or_else("200; 302 with redirect"),
          R::one<TextValue, &HttpPage::body>("body", "what it says").also("text content"),
          R::by<&read_size>("size", "a body of so many bytes", ValueKind::size, Shape::one),
          R::one<TextValue, &HttpPage::type>("type", "its Content-Type").or_else("text/html"),
          R::by<&read_redirect>("redirect", "where it leads", ValueKind::text, Shape::one)
              .also("location"),
          R::one<TextValue, &HttpPage::login>("login", "'user:password' that it asks for")
              .also("auth basic"),
          R::by<&read_cookie>("cookie", "cookies that it sets", ValueKind::text, Shape::one_or_more)
              .also("set_cookie"),
          R::one<BooleanValue, &HttpPage::chunked>("chunked", "sends the body in chunks")
              .or_else("false"),
          R::one<BooleanValue, &HttpPage::echo>("echo", "sends back what is posted")
              .or_else("false"),
          R::one<BooleanValue, &HttpPage::websocket>("websocket", "echoes WebSocket messages")
              .or_else("false"),
      });
  return schema;
}

std::vector<HttpPage> pages_of(Context& context, Yaml list) {
  std::vector<HttpPage> pages;
  for_each_item(context, list, [&](Yaml item) {
    HttpPage page;
    if (!read_object(context, item, page_rows(), page)) return;
    if (page.path.empty() || page.path[0] != '/')
      context.error(item.place(),
                    fmt::format("{} is no path: it begins with '/'", quoted(page.path)));
    pages.push_back(std::move(page));
  });
  return pages;
}

/// The site so far, to be added to.
WebSite site_of(const spec::Listen& listen, Place place) {
  WebSite site;
  if (listen.site) site = *listen.site;
  site.place = place;
  return site;
}

void read_servers(Context& context, Yaml value, WebSite& out) {
  for_each_or_one(context, value, [&](Yaml item) {
    if (const auto endpoint = read_scalar<EndpointValue>(context, item))
      out.upstream.push_back({*endpoint, item.place()});
  });
}

void read_balance(Context& context, Yaml value, WebSite& out) {
  if (const auto index = read_word(context, value, balance_words()))
    out.balance = HttpBalance(*index);
}

const Schema<WebSite>& proxy_rows() {
  using R = Rows<WebSite>;
  static const Schema<WebSite> schema = [] {
    auto balance =
        R::by<&read_balance>("balance", "which server is next", ValueKind::word, Shape::one);
    balance.words = balance_words();
    return Schema<WebSite>(
        "a proxy",
        {
            R::by<&read_servers>("to", "the servers, address:port", ValueKind::endpoint,
                                 Shape::one_or_more)
                .required()
                .also("servers upstream backends"),
            std::move(balance).or_else("round_robin").also("policy"),
            R::one<TextValue, &WebSite::health_path>("health",
                                                     "a path that is asked of each now "
                                                     "and then"),
            R::one<DurationValue, &WebSite::health_interval>("interval", "how often").or_else("5s"),
        });
  }();
  return schema;
}

const Schema<TlsListener>& listener_rows() {
  using R = Rows<TlsListener>;
  static const Schema<TlsListener> schema = [] {
    auto min = R::by<&read_text_word<&version_words, &TlsListener::version_min, TlsListener>>(
        "min", "the oldest version that it speaks", ValueKind::word, Shape::one);
    auto max = R::by<&read_text_word<&version_words, &TlsListener::version_max, TlsListener>>(
        "max", "the newest", ValueKind::word, Shape::one);
    min.words = max.words = version_words();
    return Schema<TlsListener>(
        "a TLS listener",
        {
            R::one<NameValue, &TlsListener::certificate>("certificate", "its certificate")
                .required()
                .also("cert"),
            std::move(min).or_else("1.2").also("min_version"),
            std::move(max).or_else("1.3").also("max_version"),
            R::one_or_more<NameValue, &TlsListener::client_authorities>(
                "client_ca", "clients must have a certificate from one of these")
                .also("client_authorities mtls"),
        });
  }();
  return schema;
}

const Schema<Certificate>& certificate_rows() {
  using R = Rows<Certificate>;
  static const Schema<Certificate> schema = [] {
    auto key = R::by<&read_text_word<&key_words, &Certificate::key, Certificate>>(
        "key", "the kind of its key", ValueKind::word, Shape::one);
    key.words = key_words();
    return Schema<Certificate>(
        "a certificate",
        {
            R::one<NameValue, &Certificate::issuer>("issuer", "the certificate that signs it")
                .or_else("it signs itself")
                .also("signed_by"),
            R::one_or_more<TextValue, &Certificate::names>("names",
                                                           "the names and addresses that it is for")
                .also("san hosts"),
            R::one<TextValue, &Certificate::subject>("subject", "its common name")
                .or_else("the first of names")
                .also("cn"),
            R::one<BooleanValue, &Certificate::authority>("ca", "signs others")
                .or_else("false")
                .also("authority"),
            std::move(key).or_else("ecdsa"),
            R::one<TimestampValue, &Certificate::not_before_s>("not_before", "valid from")
                .or_else("30 days before epoch"),
            R::one<TimestampValue, &Certificate::not_after_s>("not_after", "valid until")
                .or_else("a year after epoch")
                .also("expires"),
        });
  }();
  return schema;
}

/// A host name, perhaps with a wildcard, or an address: nothing that would mean more to OpenSSL.
bool is_certificate_name(std::string_view name) {
  constexpr std::string_view kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-*_";
  return !name.empty() && name.size() <= 253 &&
         name.find_first_not_of(kLetters) == std::string_view::npos;
}

}  // namespace

const ObjectSchema& page_schema() { return page_rows(); }
const ObjectSchema& proxy_schema() { return proxy_rows(); }
const ObjectSchema& tls_listener_schema() { return listener_rows(); }
const ObjectSchema& certificate_schema() { return certificate_rows(); }

void read_pages(Context& context, Yaml list, spec::Listen& out) {
  WebSite site = site_of(out, list.place());
  site.hosts.insert(site.hosts.begin(), HttpHost{"", pages_of(context, list)});
  out.site = std::make_shared<const WebSite>(std::move(site));
}

void read_hosts(Context& context, Yaml map, spec::Listen& out) {
  WebSite site = site_of(out, map.place());
  for_each_named<TextValue>(context, map, "a host", [&](std::string name, Place, Yaml value) {
    site.hosts.push_back({std::move(name), pages_of(context, value)});
  });
  out.site = std::make_shared<const WebSite>(std::move(site));
}

void read_proxy(Context& context, Yaml map, spec::Listen& out) {
  WebSite site = site_of(out, map.place());
  if (!read_object(context, map, proxy_rows(), site)) return;
  if (site.health_interval < Duration::milliseconds(1))
    context.error(map.place(), "health checks are at least 1ms apart");
  out.site = std::make_shared<const WebSite>(std::move(site));
}

void read_listen_tls(Context& context, Yaml map, spec::Listen& out) {
  TlsListener tls;
  tls.place = map.place();
  if (!read_object(context, map, listener_rows(), tls)) return;
  if (tls.version_min > tls.version_max) context.error(map.place(), "'min' is newer than 'max'");
  out.tls = std::make_shared<const TlsListener>(std::move(tls));
}

void read_certificates(Context& context, Yaml map, Reading& out) {
  for_each_named<NameValue>(
      context, map, "a certificate", [&](std::string name, Place place, Yaml value) {
        Certificate certificate;
        certificate.name = std::move(name);
        certificate.place = place;
        read_object(context, value, certificate_rows(), certificate);
        for (const std::string& each : certificate.names)
          if (!is_certificate_name(each))
            context.error(place, fmt::format("{} is no host name and no address", quoted(each)));
        out.topology.certificates.push_back(std::move(certificate));
      });
}

void check_certificates(Context& context, const Reading& reading) {
  const spec::Topology& topology = reading.topology;
  std::vector<std::string_view> names;
  for (const Certificate& certificate : topology.certificates) names.push_back(certificate.name);
  const auto check = [&](const spec::At<std::string>& name) {
    if (name.value.empty()) return;
    if (std::find(names.begin(), names.end(), name.value) != names.end()) return;
    context.error(name.place, fmt::format("there is no certificate {}", quoted(name.value)),
                  names.empty() ? "they stand under 'certificates' at the top"
                                : did_you_mean(nearest(name.value, names)));
  };
  for (const Certificate& certificate : topology.certificates) check(certificate.issuer);
  for (const spec::Node& node : topology.nodes) {
    for (const auto& trusted : node.trust) check(trusted);
    for (const spec::Listen& listen : node.listen) {
      if (!listen.tls) continue;
      check(listen.tls->certificate);
      for (const auto& authority : listen.tls->client_authorities) check(authority);
    }
  }
  const auto check_client = [&](const auto& what) {
    if constexpr (requires { what.tls.certificate; }) check(what.tls.certificate);
  };
  for (const spec::Traffic& item : topology.traffic) std::visit(check_client, item.what);
  for (const spec::Expectation& item : topology.expect)
    if (item.errand) std::visit(check_client, item.errand->what);
}

}  // namespace natsim::topology
