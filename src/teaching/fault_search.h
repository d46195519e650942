// What the kinds of faults share: the tree that they look at, and where they leave what they find.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/teaching/faults.h"
#include "src/teaching/source_edits.h"
#include "src/topology/yaml_tree.h"

namespace natsim::teaching {

using topology::Yaml;
using topology::YamlEntry;

/// What all kinds look at, and where they leave what they find.
class Search {
 public:
  Search(std::string_view text, Yaml root) : source_(text), root_(root) {}

  const SourceText& source() const { return source_; }
  Yaml root() const { return root_; }
  /// Calls `look(name, node)` for each node.
  template <class Look>
  void each_node(Look look) const {
    if (const auto nodes = root_.find("nodes"))
      for (const YamlEntry node : nodes->entries()) look(node.key.text(), node.value);
  }
  void begin(std::string_view kind) { kind_ = kind; }
  void found(Yaml where, std::string description, std::vector<Edit> edits) {
    faults_.push_back({kind_, std::move(description), where.place(), std::move(edits)});
  }
  void replace(Yaml scalar, std::string text, std::string description) {
    if (auto edit = source_.replaced(scalar, std::move(text)))
      found(scalar, std::move(description), {std::move(*edit)});
  }
  std::vector<Fault> take() { return std::move(faults_); }

 private:
  SourceText source_;
  Yaml root_;
  std::string_view kind_;
  std::vector<Fault> faults_;
};

template <class Look>
void each_item(std::optional<Yaml> list, Look look) {
  if (list)
    for (const Yaml item : list->items()) look(item);
}
template <class Look>
void each_entry(std::optional<Yaml> map, Look look) {
  if (map)
    for (const YamlEntry entry : map->entries()) look(entry.key.text(), entry.value);
}

inline bool is_type(Yaml node, std::string_view type) {
  const auto found = node.find("type");
  return found && found->text() == type;
}

inline std::optional<std::uint32_t> number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// A port as tired fingers type it: 443 is 434, 22 is 23.
std::string mistyped(std::string_view digits);

// The kinds; faults.cc says what each is.
void wrong_gateway(Search& search);
void wrong_mask(Search& search);
void missing_route(Search& search);
void dhcp_router(Search& search);
void wrong_interface(Search& search);
void forward_target(Search& search);
void swapped_zones(Search& search);
void rule_order(Search& search);
void rule_protocol(Search& search);
void rule_port(Search& search);
void missing_state(Search& search);
void trunk_vlan(Search& search);
void access_vlan(Search& search);

}  // namespace natsim::teaching
