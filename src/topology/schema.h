// The schema: which keys an object has, what each holds, its default and what it is for.
//
// One table for each kind of object. The reader checks and reads files with it, messages take their
// suggestions from it, and whatever describes the format (JSON Schema, an editor) walks the same
// rows. A row binds a key to a member of the spec, so that a key that is listed is a key that is
// read.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "src/topology/context.h"
#include "src/topology/values.h"
#include "src/topology/yaml_tree.h"

namespace natsim::topology {

struct ObjectSchema;

/// How the values of a key are arranged.
enum class Shape : std::uint8_t {
  one,          ///< a scalar, or an object
  one_or_more,  ///< a scalar, or a list of them
  list,         ///< a list of objects
  map,          ///< a map from names to objects
  custom,       ///< its documentation says
};

/// Kinds of node that a key belongs to, a bit each.
enum : std::uint8_t { kForHost = 1, kForRouter = 2, kForSwitch = 4, kForAll = 7 };

struct KeySchema {
  std::string_view key;
  std::string_view doc;
  ValueKind kind = ValueKind::object;
  Shape shape = Shape::one;
  bool is_required = false;
  bool is_pending = false;  ///< announced; an error that says so
  std::uint8_t belongs_to = kForAll;
  std::string_view default_text;              ///< as one would write it; empty: none
  std::string_view synonyms;                  ///< words of other tools for it, separated by spaces
  std::vector<std::string_view> words;        ///< of ValueKind::word
  const ObjectSchema& (*object)() = nullptr;  ///< of the objects inside
  void (*read)(Context&, Yaml value, void* object) = nullptr;
};

struct ObjectSchema {
  std::string_view title;  ///< with its article: "an interface"
  std::vector<KeySchema> keys;

  const KeySchema* find(std::string_view key) const;
};

/// Leaves only the keys that belong to a kind of node, whose name ("a switch") is for messages.
struct NodeKindOnly {
  std::uint8_t kind = kForAll;
  std::string_view name;
};

/// Reads the entries of `map` by the schema: checks keys, duplicates and required ones. An empty
/// value counts as an empty map. Returns false if `map` is no map.
bool read_entries(Context& context, Yaml map, const ObjectSchema& schema, void* object,
                  const NodeKindOnly& only = {});

/// "expected …, found …" at the value's place.
void complain(Context& context, Yaml value, std::string_view what, std::string hint = {});

/// One scalar as V, or nullopt after an error.
template <class V>
std::optional<typename V::Value> read_scalar(Context& context, Yaml value) {
  if (!context.visit(value.place())) return std::nullopt;
  if (!value.is_scalar()) {
    complain(context, value, expected(V::kind));
    return std::nullopt;
  }
  auto parsed = V::parse(value.text());
  if (parsed.ok()) return std::move(parsed).value();
  const Complaint& complaint = parsed.error();
  if (complaint.message.empty())
    complain(context, value, expected(V::kind), complaint.hint);
  else
    context.error(value.place(), complaint.message, complaint.hint);
  return std::nullopt;
}

/// One of a few words; an index into them, or nullopt after an error.
std::optional<std::size_t> read_word(Context& context, Yaml value,
                                     const std::vector<std::string_view>& words);

/// The list's items, or the value itself where one alone may stand for a list.
template <class Each>
void for_each_or_one(Context& context, Yaml value, Each&& each) {
  if (!value.is_list()) return each(value);
  for (const Yaml item : value.items()) {
    if (!context.visit(item.place())) return;
    each(item);
  }
}

/// The items of a list of objects; an empty value is an empty list.
template <class Each>
void for_each_item(Context& context, Yaml value, Each&& each) {
  if (value.is_nothing()) return;
  if (!value.is_list())
    return complain(context, value, "a list", "each item begins with '- ', or stands in [ ]");
  for (const Yaml item : value.items()) {
    if (!context.visit(item.place())) return;
    each(item);
  }
}

// What a member makes of a value.
template <class T>
void assign(T& member, T value, Place) {
  member = std::move(value);
}
template <class T>
void assign(std::optional<T>& member, T value, Place) {
  member = std::move(value);
}
template <class T>
void assign(spec::At<T>& member, T value, Place place) {
  member = {std::move(value), place};
}
template <class T>
void assign(std::optional<spec::At<T>>& member, T value, Place place) {
  member = spec::At<T>{std::move(value), place};
}
template <class T>
void assign(std::vector<T>& member, T value, Place) {
  member.push_back(std::move(value));
}
template <class T>
void assign(std::vector<spec::At<T>>& member, T value, Place place) {
  member.push_back({std::move(value), place});
}

/// A part of an object: a member, or what a function finds in it.
template <auto part, class T>
auto& part_of(T& object) {
  if constexpr (std::is_member_pointer_v<decltype(part)>)
    return object.*part;
  else
    return part(object);
}

/// A row that is being written: `required()`, `or_else("10us")`, … may follow. T is the object that
/// the row belongs to.
template <class T>
struct Row : KeySchema {
  Row required() && { return is_required = true, std::move(*this); }
  /// The default, as one would write it.
  Row or_else(std::string_view text) && { return default_text = text, std::move(*this); }
  Row also(std::string_view words_of_others) && {
    return synonyms = words_of_others, std::move(*this);
  }
  Row only(std::uint8_t kinds) && { return belongs_to = kinds, std::move(*this); }
};

/// The makers of rows for objects of type T.
template <class T>
struct Rows {
  /// A scalar.
  template <class V, auto part>
  static Row<T> one(std::string_view key, std::string_view doc) {
    return make(key, doc, V::kind, Shape::one, [](Context& context, Yaml value, void* object) {
      if (auto read = read_scalar<V>(context, value))
        assign(part_of<part>(*static_cast<T*>(object)), std::move(*read), value.place());
    });
  }
  /// A scalar, or a list of them.
  template <class V, auto part>
  static Row<T> one_or_more(std::string_view key, std::string_view doc) {
    return make(
        key, doc, V::kind, Shape::one_or_more, [](Context& context, Yaml value, void* object) {
          for_each_or_one(context, value, [&](Yaml item) {
            if (auto read = read_scalar<V>(context, item))
              assign(part_of<part>(*static_cast<T*>(object)), std::move(*read), item.place());
          });
        });
  }
  /// One of `words()`, in the order of an enumeration's values.
  template <auto words, auto part, class Enum>
  static Row<T> word(std::string_view key, std::string_view doc) {
    auto row =
        make(key, doc, ValueKind::word, Shape::one, [](Context& context, Yaml value, void* object) {
          if (const auto index = read_word(context, value, words()))
            assign(part_of<part>(*static_cast<T*>(object)), Enum(*index), value.place());
        });
    row.words = words();
    return row;
  }
  /// Read by a function of its own.
  template <void (*function)(Context&, Yaml, T&)>
  static Row<T> by(std::string_view key, std::string_view doc, ValueKind kind, Shape shape,
                   const ObjectSchema& (*inside)() = nullptr) {
    auto row = make(key, doc, kind, shape, [](Context& context, Yaml value, void* object) {
      function(context, value, *static_cast<T*>(object));
    });
    row.object = inside;
    return row;
  }
  /// Announced, not there yet.
  static Row<T> pending(std::string_view key, std::string_view doc) {
    auto row = make(key, doc, ValueKind::object, Shape::custom, nullptr);
    row.is_pending = true;
    return row;
  }

 private:
  static Row<T> make(std::string_view key, std::string_view doc, ValueKind kind, Shape shape,
                     void (*read)(Context&, Yaml, void*)) {
    Row<T> row;
    row.key = key;
    row.doc = doc;
    row.kind = kind;
    row.shape = shape;
    row.read = read;
    return row;
  }
};

/// The schema of objects of type T: only rows made for T fit in.
template <class T>
struct Schema : ObjectSchema {
  Schema(std::string_view name, std::vector<Row<T>> rows) {
    title = name;
    for (Row<T>& row : rows) keys.push_back(std::move(static_cast<KeySchema&>(row)));
  }
};

template <class T>
bool read_object(Context& context, Yaml map, const Schema<T>& schema, T& object,
                 const NodeKindOnly& only = {}) {
  return read_entries(context, map, schema, &object, only);
}

}  // namespace natsim::topology
