#include "src/topology/yaml_tree.h"

namespace natsim::topology {

const YamlTree::Node& YamlTree::resolved(std::uint32_t index) const {
  const Node& node = nodes_[index];
  return node.alias ? nodes_[node.first] : node;  // An alias never points at an alias.
}

YamlKind Yaml::kind() const { return tree_->resolved(index_).kind; }

bool Yaml::is_nothing() const {
  const auto& node = tree_->resolved(index_);
  if (node.kind == YamlKind::nothing) return true;
  if (node.kind != YamlKind::scalar || !node.plain) return false;
  const auto word = text();
  return word == "~" || word == "null" || word == "Null" || word == "NULL";
}

std::string_view Yaml::text() const {
  const auto& node = tree_->resolved(index_);
  if (node.kind != YamlKind::scalar) return {};
  return std::string_view(tree_->text_).substr(node.first, node.size);
}

Place Yaml::place() const {
  const auto& node = tree_->resolved(index_);
  return {tree_->file_, node.line, node.column};
}

std::uint32_t Yaml::size() const {
  const auto& node = tree_->resolved(index_);
  return node.kind == YamlKind::list || node.kind == YamlKind::map ? node.size : 0;
}

std::optional<Yaml> Yaml::find(std::string_view key) const {
  for (const auto entry : entries())
    if (entry.key.is_scalar() && entry.key.text() == key) return entry.value;
  return std::nullopt;
}

Yaml::Items Yaml::items() const {
  const auto& node = tree_->resolved(index_);
  return {tree_, node.kind == YamlKind::list ? node.first : YamlTree::kNone};
}

Yaml::Entries Yaml::entries() const {
  const auto& node = tree_->resolved(index_);
  return {tree_, node.kind == YamlKind::map ? node.first : YamlTree::kNone};
}

Yaml::Items::Iterator& Yaml::Items::Iterator::operator++() {
  index_ = tree_->nodes_[index_].next;
  return *this;
}

YamlEntry Yaml::Entries::Iterator::operator*() const {
  return {Yaml(tree_, key_), Yaml(tree_, tree_->nodes_[key_].next)};
}

Yaml::Entries::Iterator& Yaml::Entries::Iterator::operator++() {
  key_ = tree_->nodes_[tree_->nodes_[key_].next].next;
  return *this;
}

}  // namespace natsim::topology
