#include "src/topology/yaml_parse.h"

#include <yaml.h>

#include <absl/container/flat_hash_map.h>
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/base/check.h"
#include "src/topology/yaml_explain.h"
#include "src/topology/yaml_syntax.h"

namespace natsim::topology {
namespace {

/// libyaml's parser, which hands out one event after the other and never looks far ahead: of what
/// is read at any time it holds no more than 1024 characters of one line.
class EventReader {
 public:
  explicit EventReader(std::string_view text) {
    SIM_CHECK(yaml_parser_initialize(&parser_) == 1);
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()),
                                 text.size());
  }
  ~EventReader() {
    yaml_event_delete(&event_);
    yaml_parser_delete(&parser_);
  }
  EventReader(const EventReader&) = delete;
  EventReader& operator=(const EventReader&) = delete;

  /// The next event, valid until the next call; nullptr where the text is no YAML.
  const yaml_event_t* next() {
    yaml_event_delete(&event_);
    return yaml_parser_parse(&parser_, &event_) == 1 ? &event_ : nullptr;
  }
  /// What was wrong.
  const yaml_parser_t& parser() const { return parser_; }

 private:
  yaml_parser_t parser_;
  yaml_event_t event_ = {};
};

Place place_of(const yaml_mark_t& mark, std::uint32_t file) {
  return {file, std::uint32_t(mark.line) + 1, std::uint32_t(mark.column) + 1};
}

std::string_view text_of(const unsigned char* text) {
  return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

/// Puts events together. Each step tells whether it was the last one: what is wrong stands in
/// `problem()`.
class TreeBuilder {
 public:
  TreeBuilder(YamlTree& tree, std::uint32_t file) : tree_(tree), file_(file) {}

  const std::optional<Problem>& problem() const { return problem_; }

  bool take(const yaml_event_t& event) {
    switch (event.type) {
      case YAML_DOCUMENT_START_EVENT: start_document(event); break;
      case YAML_ALIAS_EVENT: add_alias(event); break;
      case YAML_SCALAR_EVENT: add_scalar(event); break;
      case YAML_SEQUENCE_START_EVENT:
        open(event, YamlKind::list, event.data.sequence_start.anchor,
             event.data.sequence_start.tag);
        break;
      case YAML_MAPPING_START_EVENT:
        open(event, YamlKind::map, event.data.mapping_start.anchor, event.data.mapping_start.tag);
        break;
      case YAML_SEQUENCE_END_EVENT:
      case YAML_MAPPING_END_EVENT: close(); break;
      default: break;
    }
    return !problem_ && event.type != YAML_STREAM_END_EVENT;
  }

 private:
  struct Open {
    std::uint32_t index;
    std::uint32_t last = YamlTree::kNone;
  };

  void refuse(const yaml_event_t& event, std::string message, std::string hint = {}) {
    problem_ = {Severity::error, place_of(event.start_mark, file_), std::move(message),
                std::move(hint)};
  }

  void start_document(const yaml_event_t& event) {
    if (std::exchange(started_, true))
      refuse(event, "a second document", "a topology file is one; remove the line '---'");
  }

  void add_alias(const yaml_event_t& event) {
    const auto named = anchors_.find(std::string(text_of(event.data.alias.anchor)));
    if (named == anchors_.end())
      return refuse(event, "an alias for which there is no anchor above",
                    "text that begins with '*' needs quotes");
    for (const Open& open : open_)
      if (open.index == named->second)
        return refuse(event, "an alias inside of what it stands for");
    const std::uint32_t index = add(event, YamlKind::nothing);
    tree_.nodes()[index].alias = true;
    tree_.nodes()[index].first = named->second;
  }

  void add_scalar(const yaml_event_t& event) {
    const auto& scalar = event.data.scalar;
    if (!may_have(event, scalar.tag)) return;
    const bool plain = scalar.style == YAML_PLAIN_SCALAR_STYLE;
    const bool nothing = plain && scalar.length == 0;
    const std::uint32_t index = add(event, nothing ? YamlKind::nothing : YamlKind::scalar);
    remember(index, scalar.anchor);
    if (nothing) return;
    YamlTree::Node& node = tree_.nodes()[index];
    node.plain = plain;
    node.first = std::uint32_t(tree_.text().size());
    node.size = std::uint32_t(scalar.length);
    tree_.text().append(reinterpret_cast<const char*>(scalar.value), scalar.length);
  }

  void open(const yaml_event_t& event, YamlKind kind, const unsigned char* anchor,
            const unsigned char* tag) {
    if (!may_have(event, tag)) return;
    if (open_.size() >= kYamlDepthMax)
      return refuse(event, fmt::format("more than {} levels of nesting", kYamlDepthMax));
    const std::uint32_t index = add(event, kind);
    remember(index, anchor);
    open_.push_back({index});
  }

  void close() {
    YamlTree::Node& node = tree_.nodes()[open_.back().index];
    if (node.kind == YamlKind::map) node.size /= 2;
    open_.pop_back();
  }

  bool may_have(const yaml_event_t& event, const unsigned char* tag) {
    if (tag != nullptr)
      refuse(event, "a tag ('!…') has no meaning here", "text that begins with '!' needs quotes");
    return tag == nullptr;
  }

  void remember(std::uint32_t index, const unsigned char* anchor) {
    if (anchor != nullptr) anchors_[std::string(text_of(anchor))] = index;
  }

  std::uint32_t add(const yaml_event_t& event, YamlKind kind) {
    auto& nodes = tree_.nodes();
    if (nodes.size() >= kYamlNodesMax)
      refuse(event, fmt::format("more than {} values in one file", kYamlNodesMax));
    const auto index = std::uint32_t(nodes.size());
    YamlTree::Node node;
    node.line = std::uint32_t(event.start_mark.line) + 1;
    node.column = std::uint32_t(event.start_mark.column) + 1;
    node.kind = kind;
    nodes.push_back(node);
    if (open_.empty()) return index;
    Open& parent = open_.back();
    (parent.last == YamlTree::kNone ? nodes[parent.index].first : nodes[parent.last].next) = index;
    parent.last = index;
    ++nodes[parent.index].size;
    return index;
  }

  YamlTree& tree_;
  std::uint32_t file_;
  bool started_ = false;
  std::vector<Open> open_;
  absl::flat_hash_map<std::string, std::uint32_t> anchors_;  // looked up only
  std::optional<Problem> problem_;
};

std::string_view line_of(const yaml_mark_t& mark, std::string_view text) {
  for (std::size_t line = 0; line < mark.line && !text.empty(); ++line)
    text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  return text.substr(0, text.find('\n'));
}

/// What is wrong where libyaml stopped.
Problem syntax_problem(const yaml_parser_t& parser, std::string_view text, std::uint32_t file) {
  const std::string_view problem = parser.problem != nullptr ? parser.problem : "out of memory";
  const std::string_view context = parser.context != nullptr ? parser.context : "";
  if (context == "while scanning a quoted scalar" && problem == "found unexpected end of stream")
    return {Severity::error, place_of(parser.context_mark, file),
            "the quotation mark is not closed", ""};
  if (auto explained = explain_yaml(text, file)) return std::move(*explained);
  auto [message, hint, column] = explain_syntax(problem, line_of(parser.problem_mark, text));
  Place place = place_of(parser.problem_mark, file);
  if (column != 0) place.column = column;
  return {Severity::error, place, std::move(message), std::move(hint)};
}

}  // namespace

YamlResult parse_yaml(std::string_view text, std::uint32_t file) {
  YamlResult result;
  result.tree.set_file(file);
  TreeBuilder builder(result.tree, file);
  EventReader reader(text);
  const yaml_event_t* event;
  do event = reader.next();
  while (event != nullptr && builder.take(*event));
  if (event == nullptr)
    result.problems.push_back(syntax_problem(reader.parser(), text, file));
  else if (builder.problem())
    result.problems.push_back(*builder.problem());
  if (!result.problems.empty()) result.tree = {};
  return result;
}

}  // namespace natsim::topology
