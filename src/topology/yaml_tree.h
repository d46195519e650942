// YAML text as a light tree that knows where everything was written.
//
// libyaml scans and parses; its events are kept as small records, so that a file with a hundred
// thousand hosts takes tens of megabytes, and limits are enforced while it is read. Nothing is
// interpreted: a scalar is its text, whatever YAML would make of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/place.h"

namespace natsim::topology {

class YamlTree;

enum class YamlKind : std::uint8_t { nothing, scalar, list, map };

/// A value in a tree; two words, passed by value. Aliases (*name) are looked through. REQUIRES of
/// all: the tree outlives it and does not move.
class Yaml {
 public:
  Yaml() = default;
  Yaml(const YamlTree* tree, std::uint32_t index) : tree_(tree), index_(index) {}

  YamlKind kind() const;
  /// Nothing written, or a plain `~` or `null`.
  bool is_nothing() const;
  bool is_scalar() const { return kind() == YamlKind::scalar; }
  bool is_list() const { return kind() == YamlKind::list; }
  bool is_map() const { return kind() == YamlKind::map; }
  /// A scalar's text; empty for the rest.
  std::string_view text() const;
  Place place() const;
  /// Items of a list, entries of a map.
  std::uint32_t size() const;
  /// The value of a map's first entry with this key.
  std::optional<Yaml> find(std::string_view key) const;

  class Items;
  class Entries;
  Items items() const;      ///< of a list; none for the rest
  Entries entries() const;  ///< of a map; none for the rest

 private:
  friend class YamlTree;
  const YamlTree* tree_ = nullptr;
  std::uint32_t index_ = 0;
};

struct YamlEntry {
  Yaml key, value;
};

class YamlTree {
 public:
  static constexpr std::uint32_t kNone = 0xffff'ffff;

  struct Node {
    std::uint32_t line = 0, column = 0;
    std::uint32_t next = kNone;   // the next item; in a map keys and values take turns
    std::uint32_t first = kNone;  // first child, target of an alias, or offset of the text
    std::uint32_t size = 0;       // children (a map: entries), or bytes of text
    YamlKind kind = YamlKind::nothing;
    bool alias = false;
    bool plain = false;  // a scalar without quotes
  };

  bool empty() const { return nodes_.empty(); }
  /// REQUIRES: !empty().
  Yaml root() const { return {this, 0}; }

  // For the parser.
  std::vector<Node>& nodes() { return nodes_; }
  const std::vector<Node>& nodes() const { return nodes_; }
  std::string& text() { return text_; }
  void set_file(std::uint32_t file) { file_ = file; }

 private:
  friend class Yaml;
  const Node& resolved(std::uint32_t index) const;

  std::vector<Node> nodes_;
  std::string text_;  // of all scalars
  std::uint32_t file_ = 0;
};

class Yaml::Items {
 public:
  class Iterator {
   public:
    Iterator(const YamlTree* tree, std::uint32_t index) : tree_(tree), index_(index) {}
    Yaml operator*() const { return {tree_, index_}; }
    Iterator& operator++();
    bool operator!=(const Iterator& other) const { return index_ != other.index_; }

   private:
    const YamlTree* tree_;
    std::uint32_t index_;
  };
  Items(const YamlTree* tree, std::uint32_t first) : tree_(tree), first_(first) {}
  Iterator begin() const { return {tree_, first_}; }
  Iterator end() const { return {tree_, YamlTree::kNone}; }

 private:
  const YamlTree* tree_;
  std::uint32_t first_;
};

class Yaml::Entries {
 public:
  class Iterator {
   public:
    Iterator(const YamlTree* tree, std::uint32_t key) : tree_(tree), key_(key) {}
    YamlEntry operator*() const;
    Iterator& operator++();
    bool operator!=(const Iterator& other) const { return key_ != other.key_; }

   private:
    const YamlTree* tree_;
    std::uint32_t key_;
  };
  Entries(const YamlTree* tree, std::uint32_t first) : tree_(tree), first_(first) {}
  Iterator begin() const { return {tree_, first_}; }
  Iterator end() const { return {tree_, YamlTree::kNone}; }

 private:
  const YamlTree* tree_;
  std::uint32_t first_;
};

}  // namespace natsim::topology
