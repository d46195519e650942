// The errand of fetching a page: a browser of few words, with redirects and cookies.
#include <map>

#include <fmt/format.h>

#include "sim/network/errand_stream.h"
#include "sim/service/http_client.h"
#include "sim/service/http_site.h"

namespace natsim {
namespace {

constexpr int kRedirectsMax = 10;

struct Url {
  bool tls = false;
  std::string host, target;
  std::uint16_t port = 80;

  /// "http://host:port/path". The reader of files has seen to the shape.
  static Url parse(std::string_view text) {
    Url url;
    const auto scheme = text.find("://");
    url.tls = text.substr(0, scheme) == "https" || text.substr(0, scheme) == "wss";
    url.port = url.tls ? 443 : 80;
    if (scheme != std::string_view::npos) text.remove_prefix(scheme + 3);
    const auto path = text.find_first_of("/?#");
    const auto authority = text.substr(0, path);
    const auto colon = authority.rfind(':');
    url.host = authority.substr(0, colon);
    if (colon != std::string_view::npos) {
      unsigned port = 0;
      for (const char digit : authority.substr(colon + 1)) port = port * 10 + unsigned(digit - '0');
      url.port = std::uint16_t(port);
    }
    url.target = path == std::string_view::npos ? "/" : text.substr(path);
    if (url.target[0] != '/') url.target.insert(0, 1, '/');
    url.target = url.target.substr(0, url.target.find('#'));
    return url;
  }
  std::string authority() const {
    return port == (tls ? 443 : 80) ? host : fmt::format("{}:{}", host, port);
  }
  /// Where a Location leads from here (RFC 3986 5.2, without dots); nullopt: to no web page.
  std::optional<Url> resolve(std::string_view location) const {
    if (const auto scheme = location.find("://"); scheme < location.find_first_of("/?#")) {
      const auto word = location.substr(0, scheme);
      if (word != "http" && word != "https") return std::nullopt;
      return parse(location);
    }
    if (location.starts_with("//"))
      return parse(fmt::format("{}:{}", tls ? "https" : "http", location));
    Url next = *this;
    const std::string_view path = std::string_view(target).substr(0, target.find('?'));
    next.target = location.substr(0, location.find('#'));
    if (next.target.starts_with('?'))
      next.target.insert(0, path);
    else if (!next.target.starts_with('/'))
      next.target.insert(0, path.substr(0, path.rfind('/') + 1));
    return next;
  }
};

class HttpErrand final : public Errand, public HttpClientListener {
 public:
  HttpErrand(ErrandPlace& place, IpNode& from, const spec::HttpRequest& spec, ErrandOwner owner)
      : place_(place),
        from_(from),
        spec_(spec),
        owner_(owner),
        finder_(place, from),
        asked_(Url::parse(spec.url)),
        url_(asked_),
        method_(spec.method) {
    if (spec.follow) finder_.remember();
    go();
  }

 private:
  void go() {
    finder_.find(url_.host, [this](std::optional<Ipv4Address> address, const std::string& error) {
      if (!address) return fail(ProbeResult::unreachable, error);
      connect(*address);
    });
  }

  HttpRequest request() {
    HttpRequest request;
    request.method = method_;
    request.target = url_.target;
    request.fields.add("Host", url_.authority());
    request.fields.add("User-Agent", "natsim");
    request.fields.add("Accept", "*/*");
    // Not to whomever a redirect leads to.
    if (!spec_.login.empty() && url_.authority() == asked_.authority())
      request.fields.add("Authorization", "Basic " + base64(spec_.login));
    if (const std::string cookies = cookies_for(url_.host); !cookies.empty())
      request.fields.add("Cookie", cookies);
    for (const auto& [name, value] : spec_.fields) request.fields.set(name, value);
    if (method_ == spec_.method) request.body = spec_.body;
    sent_ = request.body.size();
    return request;
  }

  std::string cookies_for(const std::string& host) const {
    std::string text;
    if (const auto at = cookies_.find(host); at != cookies_.end())
      for (const auto& [name, value] : at->second)
        text += fmt::format("{}{}={}", text.empty() ? "" : "; ", name, value);
    return text;
  }

  void connect(Ipv4Address address) {
    std::unique_ptr<StreamHandler> handler =
        spec_.websocket ? std::make_unique<HttpClientSession>(request(), spec_.body, *this)
                        : std::make_unique<HttpClientSession>(request(), *this);
    tls_ = {};
    if (url_.tls) {
      TlsNode* const tls = place_.tls_of(from_);
      if (tls == nullptr) return fail(ProbeResult::unreachable, "natsim was built without OpenSSL");
      handler = tls->client(place_.tls_settings(from_, spec_.tls, url_.host), std::move(handler),
                            [this](const TlsReport& report) {
                              if (!done_) tls_ = report;
                            });
    }
    from_.sockets().connect({IpAddress(address), url_.port}, std::move(handler));
  }

  void on_http(const HttpOutcome& outcome, Instant) override {
    if (!outcome.response) {
      const bool by_tls = url_.tls && !tls_.error.empty();
      return fail(probe_result_of(outcome.end), by_tls ? tls_.error : outcome.error);
    }
    const HttpResponse& response = *outcome.response;
    keep_cookies(response);
    if (redirects(response)) return go();
    ErrandResult result;
    result.outcome.result = ProbeResult::answered;
    result.status = response.status;
    result.answers = {response.body, outcome.websocket};
    if (url_.tls) result.answers.insert(result.answers.end(), {tls_.version, tls_.peer});
    result.error = outcome.error;
    result.summary = fmt::format("{} {}, {} bytes", response.status, http_reason(response.status),
                                 response.body.size());
    if (spec_.websocket) result.summary += fmt::format(", \"{}\" came back", outcome.websocket);
    if (url_.tls) result.summary += fmt::format(", {} {}", tls_.version, tls_.cipher);
    result.findings.bytes_sent = sent_;
    result.findings.bytes_received = response.body.size() + outcome.websocket.size();
    done_ = true;
    owner_.listener->on_errand(owner_.tag, result);
  }

  /// Name and value; where else they are for, and for how long, is not looked at.
  void keep_cookies(const HttpResponse& response) {
    for (const auto& [name, value] : response.fields) {
      if (name != "Set-Cookie") continue;
      const std::string pair = value.substr(0, value.find(';'));
      const auto equals = pair.find('=');
      if (equals != std::string::npos)
        cookies_[url_.host][pair.substr(0, equals)] = pair.substr(equals + 1);
    }
  }

  // RFC 9110 15.4: 303 asks for a GET; so do 301 and 302 after a POST, by custom.
  bool redirects(const HttpResponse& response) {
    const std::string* const location = response.fields.find("Location");
    if (!spec_.follow || location == nullptr || response.status / 100 != 3) return false;
    if (++redirects_ > kRedirectsMax) return false;
    const auto next = url_.resolve(*location);
    if (!next) return false;
    url_ = *next;
    if (response.status == 303 || (response.status < 303 && method_ == "POST")) method_ = "GET";
    return true;
  }

  void fail(ProbeResult outcome, const std::string& error) {
    done_ = true;
    owner_.listener->on_errand(owner_.tag, failed_errand(error, outcome));
  }

  ErrandPlace& place_;
  IpNode& from_;
  const spec::HttpRequest& spec_;
  ErrandOwner owner_;
  HostFinder finder_;
  const Url asked_;
  Url url_;
  std::string method_;
  std::map<std::string, std::map<std::string, std::string>> cookies_;  // by host and name
  TlsReport tls_;
  std::uint64_t sent_ = 0;  // of the body
  int redirects_ = 0;
  bool done_ = false;
};

}  // namespace

std::unique_ptr<Errand> start_errand(ErrandPlace& place, IpNode& from,
                                     const spec::HttpRequest& request, ErrandOwner owner) {
  return std::make_unique<HttpErrand>(place, from, request, owner);
}

}  // namespace natsim
