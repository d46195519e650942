// What a web server has to say: pages by host and path, and the answers to what is asked wrongly.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/base/time.h"
#include "sim/service/http.h"

namespace natsim {

struct HttpPage {
  std::string path = "/";
  int status = 200;
  std::string type = "text/html";
  std::string body{};
  std::string location{};  ///< where a redirect leads
  std::string login{};     ///< "user:password" that Basic authentication asks for; empty: nobody's
  std::vector<std::pair<std::string, std::string>> fields{};  ///< Set-Cookie and the like
  bool chunked = false;
  bool echo = false;       ///< takes POST and PUT, and sends back what it got
  bool websocket = false;  ///< an upgrade to WebSocket, which echoes
};

/// One virtual host.
struct HttpHost {
  std::string name{};  ///< as in Host, without a port; empty: any
  std::vector<HttpPage> pages{};
};

class HttpSite {
 public:
  /// The first host is also the one for names that no host has.
  explicit HttpSite(std::vector<HttpHost> hosts) : hosts_(std::move(hosts)) {}

  /// A site of one page, which names the server.
  static HttpSite of_one_page(const std::string& server);

  /// `wall_clock_s`, seconds since 1970, is for the Date field. Never fails: what is wrong has a
  /// status (RFC 9110 15).
  HttpResponse answer(const HttpRequest& request, std::int64_t wall_clock_s) const;
  /// The page that the request is for, or null.
  const HttpPage* find(const HttpRequest& request) const;

 private:
  std::vector<HttpHost> hosts_;
};

/// A response of a few words: "404 Not Found".
HttpResponse http_status_page(int status, std::int64_t wall_clock_s);
/// RFC 9110 5.6.7: "Thu, 01 Jan 2026 00:00:00 GMT".
std::string http_date(std::int64_t wall_clock_s);
std::string base64(std::string_view bytes);

}  // namespace natsim
