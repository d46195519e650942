#include "sim/service/http_site.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace natsim {
namespace {

constexpr std::string_view kKnownMethods[] = {"GET",    "HEAD",    "POST",  "PUT",
                                              "DELETE", "OPTIONS", "PATCH", "TRACE"};

/// RFC 9112 3.2.2: http://host/path. Otherwise empty.
std::string_view authority_of(std::string_view target) {
  const auto scheme = target.find("://");
  if (scheme == std::string_view::npos || target.starts_with('/')) return {};
  target.remove_prefix(scheme + 3);
  return target.substr(0, target.find_first_of("/?#"));
}

std::string_view path_of(std::string_view target) {
  if (const std::string_view authority = authority_of(target); !authority.empty()) {
    target.remove_prefix(std::size_t(authority.end() - target.begin()));
    if (!target.starts_with('/')) return "/";
  }
  return target.substr(0, target.find_first_of("?#"));
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  return result;
}

/// Without its port. A host in the target counts, not that in Host (RFC 9112 3.2.2).
std::string host_of(const HttpRequest& request) {
  std::string_view host = authority_of(request.target);
  const std::string* const field = request.fields.find("Host");
  if (host.empty() && field != nullptr) host = *field;
  return lower(host.substr(0, host.rfind(':')));
}

bool is_allowed(const HttpPage& page, std::string_view method) {
  if (method == "GET" || method == "HEAD") return true;
  return page.echo && (method == "POST" || method == "PUT");
}

std::string allowed(const HttpPage& page) {
  return page.echo ? "GET, HEAD, OPTIONS, POST, PUT" : "GET, HEAD, OPTIONS";
}

bool may_enter(const HttpPage& page, const HttpRequest& request) {
  if (page.login.empty()) return true;
  const std::string* const given = request.fields.find("Authorization");
  return given != nullptr && *given == "Basic " + base64(page.login);
}

}  // namespace

std::string base64(std::string_view bytes) {
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t left = bytes.size() - at;
    const auto octet = [&](std::size_t i) {
      return i < left ? std::uint32_t(std::uint8_t(bytes[at + i])) : 0;
    };
    const std::uint32_t word = octet(0) << 16 | octet(1) << 8 | octet(2);
    for (std::size_t i = 0; i < 4; ++i)
      text += i <= left ? kLetters[word >> (18 - 6 * i) & 63] : '=';
  }
  return text;
}

std::string http_date(std::int64_t wall_clock_s) {
  constexpr std::string_view kDays[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
  constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::int64_t days = wall_clock_s / 86'400, second = wall_clock_s % 86'400;
  // Civil date of a day count (H. Hinnant, "chrono-compatible low-level date algorithms").
  const std::int64_t z = days + 719'468, era = z / 146'097, doe = z % 146'097;
  const std::int64_t yoe = (doe - doe / 1460 + doe / 36'524 - doe / 146'096) / 365;
  const std::int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const std::int64_t mp = (5 * doy + 2) / 153, day = doy - (153 * mp + 2) / 5 + 1;
  const std::int64_t month = mp < 10 ? mp + 3 : mp - 9;
  const std::int64_t year = yoe + era * 400 + (month <= 2);
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", kDays[days % 7], day,
                     kMonths[month - 1], year, second / 3600, second / 60 % 60, second % 60);
}

HttpResponse http_status_page(int status, std::int64_t wall_clock_s) {
  HttpResponse response;
  response.status = status;
  response.fields.add("Date", http_date(wall_clock_s));
  response.fields.add("Server", "natsim");
  if (status == 204 || status == 304 || status / 100 == 1) return response;
  response.fields.add("Content-Type", "text/html");
  response.body = fmt::format("<h1>{} {}</h1>\n", status, http_reason(status));
  return response;
}

HttpSite HttpSite::of_one_page(const std::string& server) {
  HttpPage page;
  page.body = fmt::format("<!doctype html><title>{0}</title><h1>{0}</h1>\n", server);
  return HttpSite({{"", {std::move(page)}}});
}

const HttpPage* HttpSite::find(const HttpRequest& request) const {
  if (hosts_.empty()) return nullptr;
  const std::string name = host_of(request);
  auto host = std::find_if(hosts_.begin(), hosts_.end(),
                           [&](const HttpHost& each) { return lower(each.name) == name; });
  if (host == hosts_.end()) host = hosts_.begin();
  const std::string_view path = path_of(request.target);
  for (const HttpPage& page : host->pages)
    if (page.path == path) return &page;
  return nullptr;
}

HttpResponse HttpSite::answer(const HttpRequest& request, std::int64_t now) const {
  // RFC 9112 3.2: exactly one Host in HTTP/1.1.
  const auto hosts = std::count_if(request.fields.begin(), request.fields.end(),
                                   [](const auto& field) { return lower(field.first) == "host"; });
  if (hosts > 1 || (request.version >= 11 && hosts == 0)) return http_status_page(400, now);
  if (std::find(std::begin(kKnownMethods), std::end(kKnownMethods), request.method) ==
      std::end(kKnownMethods))
    return http_status_page(501, now);
  const HttpPage* const page = find(request);
  if (page == nullptr && request.method == "OPTIONS" && request.target == "*") {  // of the server
    HttpResponse told = http_status_page(204, now);
    told.fields.add("Allow", "GET, HEAD, OPTIONS, POST, PUT");
    return told;
  }
  if (page == nullptr) return http_status_page(404, now);
  if (!may_enter(*page, request)) {
    HttpResponse refused = http_status_page(401, now);
    refused.fields.add("WWW-Authenticate", "Basic realm=\"natsim\"");
    return refused;
  }
  if (request.method == "OPTIONS" || !is_allowed(*page, request.method)) {
    HttpResponse told = http_status_page(request.method == "OPTIONS" ? 204 : 405, now);
    told.fields.add("Allow", allowed(*page));
    return told;
  }
  const bool echoes = page->echo && (request.method == "POST" || request.method == "PUT");
  HttpResponse response;
  response.status = page->status;
  response.fields.add("Date", http_date(now));
  response.fields.add("Server", "natsim");
  if (!page->location.empty()) response.fields.add("Location", page->location);
  for (const auto& [name, value] : page->fields) response.fields.add(name, value);
  response.body = echoes ? request.body : page->body;
  if (!response.body.empty()) response.fields.add("Content-Type", page->type);
  response.chunked = page->chunked;
  return response;
}

}  // namespace natsim
