#include "src/topology/schema.h"

#include <fmt/format.h>

#include "sim/base/check.h"
#include "src/topology/suggest.h"

namespace natsim::topology {
namespace {

constexpr std::size_t kKeysMax = 64;

std::vector<std::string_view> keys_of(const ObjectSchema& schema, std::uint8_t kind) {
  std::vector<std::string_view> keys;
  for (const KeySchema& row : schema.keys)
    if ((row.belongs_to & kind) != 0 && !row.is_pending) keys.push_back(row.key);
  return keys;
}

std::string keys_hint(const ObjectSchema& schema, std::uint8_t kind, std::string_view title) {
  return fmt::format("{} has: {}", title, listed(keys_of(schema, kind)));
}

/// The row that somebody who wrote `key` may have meant.
const KeySchema* meant(const ObjectSchema& schema, std::string_view key, std::uint8_t kind) {
  for (const KeySchema& row : schema.keys)
    if (has_word(row.synonyms, key)) return &row;
  return schema.find(nearest(key, keys_of(schema, kind)));
}

std::string kinds_text(std::uint8_t kinds) {
  std::vector<std::string_view> names;
  if (kinds & kForHost) names.push_back("hosts");
  if (kinds & kForRouter) names.push_back("routers");
  if (kinds & kForSwitch) names.push_back("switches");
  return fmt::format("{}", fmt::join(names, " and "));
}

std::string_view found(Yaml value) {
  switch (value.kind()) {
    case YamlKind::nothing: return "nothing";
    case YamlKind::list: return "a list";
    case YamlKind::map: return "a map";
    case YamlKind::scalar: break;
  }
  return {};
}

}  // namespace

const KeySchema* ObjectSchema::find(std::string_view key) const {
  for (const KeySchema& row : keys)
    if (row.key == key) return &row;
  return nullptr;
}

void complain(Context& context, Yaml value, std::string_view what, std::string hint) {
  const bool word = value.is_scalar() && !(value.is_nothing() && hint.empty());
  const std::string is = word ? quoted(value.text()) : std::string(found(value));
  context.error(value.place(), fmt::format("expected {}, found {}", what, is.empty() ? "null" : is),
                std::move(hint));
}

namespace {

/// "type:host" is one word to YAML, where "type: host" was meant.
std::string missing_blank(const ObjectSchema& schema, std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || schema.find(text.substr(0, colon)) == nullptr) return {};
  return fmt::format("a blank belongs after '{}'", text.substr(0, colon + 1));
}

/// One reading of one map by its schema.
class EntryReader {
 public:
  EntryReader(Context& context, const ObjectSchema& schema, void* object, const NodeKindOnly& only)
      : context_(context), schema_(schema), object_(object), only_(only) {}

  void read(Yaml key, Yaml value) {
    if (!key.is_scalar()) return complain(context_, key, "a key");
    const KeySchema* row = schema_.find(key.text());
    if (row == nullptr) return unknown(key);
    const std::uint64_t bit = bit_of(*row);
    if ((seen_ & bit) != 0)
      return context_.error(key.place(),
                            fmt::format("'{}' is written twice in {}", row->key, title()));
    seen_ |= bit;
    if ((row->belongs_to & only_.kind) == 0)
      return context_.error(key.place(),
                            fmt::format("'{}' does not belong to {}", row->key, title()),
                            fmt::format("only {} have it", kinds_text(row->belongs_to)));
    if (row->is_pending)
      return context_.not_supported_yet(key.place(), fmt::format("'{}'", row->key));
    const bool needs_scalar = row->shape == Shape::one && row->kind != ValueKind::object;
    if (value.is_nothing() && needs_scalar)
      return context_.error(key.place(), fmt::format("'{}' has no value: expected {}", row->key,
                                                     row->kind == ValueKind::word
                                                         ? "one of " + listed(row->words)
                                                         : std::string(expected(row->kind))));
    row->read(context_, value, object_);
  }

  void require(Place place) {
    if (merged_) return;
    for (const KeySchema& row : schema_.keys)
      if (row.is_required && ((seen_ | excused_) & bit_of(row)) == 0 &&
          (row.belongs_to & only_.kind) != 0)
        context_.error(place, fmt::format("{} needs the key '{}'", title(), row.key),
                       std::string(row.doc));
  }

 private:
  std::string_view title() const { return only_.name.empty() ? schema_.title : only_.name; }
  std::uint64_t bit_of(const KeySchema& row) const {
    return std::uint64_t{1} << (&row - schema_.keys.data());
  }

  void unknown(Yaml key) {
    if (key.text() == "<<") {
      merged_ = true;
      return context_.not_supported_yet(key.place(), "'<<' (YAML's merge key)");
    }
    const std::string blank = missing_blank(schema_, key.text());
    const KeySchema* row = meant(schema_, key.text(), only_.kind);
    if (row != nullptr) excused_ |= bit_of(*row);  // That it is missing is the same mistake.
    context_.error(key.place(), fmt::format("unknown key {} in {}", quoted(key.text()), title()),
                   !blank.empty()   ? blank
                   : row != nullptr ? did_you_mean(row->key)
                                    : keys_hint(schema_, only_.kind, title()));
  }

  Context& context_;
  const ObjectSchema& schema_;
  void* object_;
  NodeKindOnly only_;
  std::uint64_t seen_ = 0;
  std::uint64_t excused_ = 0;  // probably there under a wrong name
  bool merged_ = false;
};

}  // namespace

bool read_entries(Context& context, Yaml map, const ObjectSchema& schema, void* object,
                  const NodeKindOnly& only) {
  SIM_CHECK(schema.keys.size() <= kKeysMax);
  if (!map.is_map() && !map.is_nothing()) {
    const std::string blank = map.is_scalar() ? missing_blank(schema, map.text()) : std::string();
    complain(context, map, fmt::format("{} (a map)", schema.title),
             blank.empty() ? keys_hint(schema, only.kind, schema.title) : blank);
    return false;
  }
  EntryReader reader(context, schema, object, only);
  for (const auto [key, value] : map.entries()) {
    if (!context.visit(key.place())) return false;
    reader.read(key, value);
  }
  reader.require(map.place());
  return true;
}

std::optional<std::size_t> read_word(Context& context, Yaml value,
                                     const std::vector<std::string_view>& words) {
  if (!context.visit(value.place())) return std::nullopt;
  if (value.is_scalar())
    for (std::size_t i = 0; i < words.size(); ++i)
      if (words[i] == value.text()) return i;
  complain(context, value, words.size() == 1 ? std::string(words[0]) : "one of " + listed(words),
           did_you_mean(nearest(value.text(), words)));
  return std::nullopt;
}

}  // namespace natsim::topology
