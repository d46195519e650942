#include "src/report/names.h"

#include <fmt/format.h>

namespace natsim {
namespace {

const std::string kNothing;

}  // namespace

NetworkNames names_of(const Network& network) {
  NetworkNames names;
  names.reserve(network.node_count());
  for (std::uint32_t i = 0; i < network.node_count(); ++i) {
    const NodeId id{i};
    NodeNames& node = names.emplace_back();
    node.name = network.name(id);
    node.role = network.role(id);
    const IpNode* const ip = network.ip_node(id);
    const std::size_t count =
        ip != nullptr ? ip->stack().interface_count() : network.switch_node(id)->port_count();
    for (std::size_t at = 0; at < count; ++at)
      node.interfaces.push_back(network.interface_name(id, {std::uint32_t(at)}));
  }
  return names;
}

const std::string& node_name(const NetworkNames& names, NodeId node) {
  static const std::string unknown = "?";
  return node.value < names.size() ? names[node.value].name : unknown;
}

const std::string& interface_name(const NetworkNames& names, NodeId node, IfIndex interface) {
  if (node.value >= names.size()) return kNothing;
  const auto& interfaces = names[node.value].interfaces;
  return interface.value < interfaces.size() ? interfaces[interface.value] : kNothing;
}

std::string full_place(const SourceMap& sources, Place place) {
  if (!place.known() || place.file >= sources.size()) return {};
  return fmt::format("{}:{}", sources.file(place.file).name, place.line);
}

std::string short_place(const SourceMap& sources, Place place) {
  std::string text = full_place(sources, place);
  const auto slash = text.rfind('/');
  return slash == std::string::npos ? text : text.substr(slash + 1);
}

std::string seconds_text(Instant when) {
  return fmt::format("{}.{:06}", when.ns() / 1'000'000'000, when.ns() / 1'000 % 1'000'000);
}

std::string elapsed_words(Duration elapsed) {
  const std::int64_t ns = elapsed.ns();
  const bool is_long = ns >= 1'000'000'000, is_middling = ns >= 1'000'000;
  const std::int64_t unit = is_long ? 1'000'000'000 : is_middling ? 1'000'000 : 1'000;
  std::string text = fmt::format("{}.{:03}", ns / unit, ns % unit / (unit / 1000));
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text + (is_long ? " s" : is_middling ? " ms" : " µs");
}

std::string rough_elapsed_words(Duration elapsed) {
  std::int64_t digits = 1;  // of nanoseconds that do not count
  while (elapsed.ns() / digits >= 1000) digits *= 10;
  return elapsed_words(Duration::nanoseconds(elapsed.ns() / digits * digits));
}

std::string remaining_text(Duration left) {
  if (left == Duration::max()) return "never";
  const std::int64_t s = left.whole_seconds();
  if (s < 300) return fmt::format("{}s", s);
  if (s < 3600) return fmt::format("{}m{:02}", s / 60, s % 60);
  if (s < 86'400) return fmt::format("{}h{:02}", s / 3600, s / 60 % 60);
  return fmt::format("{}d{:02}", s / 86'400, s / 3600 % 24);
}

}  // namespace natsim
