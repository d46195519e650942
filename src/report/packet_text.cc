#include "src/report/packet_text.h"

#include <string_view>

#include "sim/wire/dump.h"
#include "sim/wire/summary.h"

namespace natsim {
namespace {

constexpr auto kNone = std::string::npos;

/// Takes the field that starts with `key` (", win ") out, up to the next field or remark.
void erase_field(std::string& text, std::string_view key) {
  const auto begin = text.find(key);
  if (begin == kNone) return;
  const auto end = text.find_first_of(", (", begin + key.size());
  text.erase(begin, end == kNone ? kNone : end - begin);
}

void erase_options(std::string& text) {
  const auto begin = text.find(", options [");
  if (begin == kNone) return;
  const auto end = text.find(']', begin);
  if (end != kNone) text.erase(begin, end + 1 - begin);
}

/// "BOOTP/DHCP, Request from MAC, Discover …" becomes "DHCP Discover … from MAC".
void shorten_dhcp(std::string& text) {
  constexpr std::string_view kProtocol = "BOOTP/DHCP, ";
  const auto begin = text.find(kProtocol);
  if (begin == kNone) return;
  const auto words = begin + kProtocol.size();
  const auto message = text.find(", ", words);
  const auto end_of_message = message == kNone ? kNone : text.find(", ", message + 2);
  const auto end_of_who = text.substr(words).find_first_of(' ');
  if (message == kNone || end_of_who == kNone) return;
  std::string who = text.substr(words, message - words);  // "Request from MAC", "Reply to MAC"
  who.erase(0, who.find(' '));
  const std::string what = text.substr(message + 2, end_of_message - message - 2);
  const std::string rest = end_of_message == kNone ? "" : text.substr(end_of_message);
  text = text.substr(0, begin) + "DHCP " + what + who + rest;
}

bool is(const std::string& text, std::string_view words) { return text.find(words) != kNone; }

void erase_word_and_next(std::string& text, std::string_view word) {
  const auto begin = text.find(word);
  if (begin == kNone) return;
  const auto end = text.find_first_of(", ", begin + word.size());
  text.erase(begin, end == kNone ? kNone : end - begin);
}

std::string dump(ByteSpan bytes, bool link_layer) {
  return link_layer ? dump_frame(bytes) : dump_ip(bytes);
}

}  // namespace

std::string full_packet_text(const Visit& visit) { return dump(visit.before, visit.link_layer); }

// What leaves an IP node is told of before it gets its Ethernet header, unless the node made it
// with one.
std::string departing_packet_text(const Visit& visit) {
  if (visit.after.empty()) return {};
  bool is_frame = visit.link_layer && visit.outcome == Outcome::sent;
  for (const Step& step : visit.steps) is_frame |= std::holds_alternative<SwitchStep>(step);
  return dump(visit.after, is_frame);
}

std::string brief_packet_text(std::string text) {
  if (text.starts_with("IP ")) text.erase(0, 3);
  if (const auto tagged = text.find(", IP "); tagged != kNone && text.starts_with("vlan "))
    text.erase(tagged + 2, 3);
  if (is(text, ": Flags [")) {
    for (const char* number : {", seq ", ", ack ", ", win "}) erase_field(text, number);
    erase_options(text);
    if (text.ends_with(", length 0") || is(text, ", length 0 (")) erase_field(text, ", length ");
  } else if (is(text, "BOOTP/DHCP, ") && !is(text, "malformed")) {
    shorten_dhcp(text);
    erase_field(text, ", length ");
  } else if (is(text, ": ICMP ") || is(text, "ARP, Re")) {
    erase_field(text, ", length ");
  }
  return text;
}

std::string terse_packet_text(std::string text) {
  if (is(text, ": ICMP ") && !is(text, "quoting")) {
    erase_field(text, ", id ");
  } else if (is(text, ": DHCP ")) {
    erase_word_and_next(text, " from ");
    erase_word_and_next(text, " to ");
  }
  return text;
}

bool is_arp(const Visit& visit) {
  if (!visit.link_layer) return false;
  const auto content = content_of(visit.before);
  return content.ok() && content->type == EtherType::arp;
}

}  // namespace natsim
