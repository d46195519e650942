#include "src/topology/yaml_syntax.h"

#include <yaml-cpp/exceptions.h>

namespace natsim::topology {
namespace {

struct Row {
  const char* error;
  const char* message;
  const char* hint;
};

namespace msg = YAML::ErrorMsg;

const Row kRows[] = {
    {msg::END_OF_MAP, "this line does not fit into the map around it",
     "an entry is 'key: value'; entries of one map begin in the same column"},
    {msg::END_OF_SEQ, "this line does not fit into the list around it",
     "items of one list begin with '- ' in the same column"},
    {msg::END_OF_MAP_FLOW, "'{' is not closed: expected ',' or '}' here", ""},
    {msg::END_OF_SEQ_FLOW, "'[' is not closed: expected ',' or ']' here", ""},
    {msg::FLOW_END, "a closing bracket that nothing opened", ""},
    {msg::BLOCK_ENTRY, "'- ' cannot begin a list item here", "a list begins on a line of its own"},
    {msg::MAP_KEY, "a key cannot stand here", ""},
    {msg::MAP_VALUE, "': ' cannot stand here",
     "one 'key: value' a line; text that contains ': ' needs quotes"},
    {msg::EOF_IN_SCALAR, "the quotation mark is not closed", ""},
    {msg::DOC_IN_SCALAR, "'---' or '...' inside quoted text", ""},
    {msg::CHAR_IN_SCALAR, "text cannot begin with this character", "put the text in quotes"},
    {msg::UNKNOWN_TOKEN, "a value cannot begin with this character", "put the text in quotes"},
    {msg::ALIAS_NOT_FOUND, "'*' begins an alias, and a name has to follow",
     "text that begins with '*' needs quotes"},
    {msg::ANCHOR_NOT_FOUND, "'&' begins an anchor, and a name has to follow",
     "text that begins with '&' needs quotes"},
    {msg::UNKNOWN_ANCHOR, "an alias for which there is no anchor above",
     "text that begins with '*' needs quotes"},
    // What libyaml says where yaml-cpp has no objection.
    {"did not find expected key", "this line does not fit into the map around it",
     "an entry is 'key: value'; entries of one map begin in the same column"},
    {"could not find expected ':'", "this line does not fit into the map around it",
     "an entry is 'key: value'; entries of one map begin in the same column"},
    {"did not find expected '-' indicator", "this line does not fit into the list around it",
     "items of one list begin with '- ' in the same column"},
    {"did not find expected ',' or ']'", "'[' is not closed: expected ',' or ']' here", ""},
    {"did not find expected ',' or '}'", "'{' is not closed: expected ',' or '}' here", ""},
    {"mapping values are not allowed in this context", "': ' cannot stand here",
     "one 'key: value' a line; text that contains ': ' needs quotes"},
    {"found unexpected ':'", "':' cannot stand here",
     "a space follows the ':' after a key; text that contains ':' may need quotes"},
    {"did not find expected node content", "a value cannot begin with this character",
     "put the text in quotes"},
    {"found character that cannot start any token", "a value cannot begin with this character",
     "put the text in quotes"},
    {"did not find expected <document start>", "this does not belong to what is before it",
     "a topology file is one map"},
    {"unexpected character in block scalar", "nothing may follow '|' or '>' on its line",
     "text that begins with '|' or '>' needs quotes"},
};

/// The column of a tab in the line's indentation; 0 for none.
std::uint32_t tab_in_indentation(std::string_view line) {
  const auto tab = line.substr(0, line.find_first_not_of(" \t")).find('\t');
  return tab == std::string_view::npos ? 0 : std::uint32_t(tab) + 1;
}

}  // namespace

SyntaxMessage explain_syntax(std::string_view error, std::string_view line) {
  const std::uint32_t tab = tab_in_indentation(line);
  if (tab != 0 || error == msg::TAB_IN_INDENTATION)
    return {"a tab in the indentation", "YAML is indented with spaces", tab};
  for (const Row& row : kRows)
    if (error == row.error) return {row.message, row.hint, 0};
  return {"YAML: " + std::string(error), "", 0};
}

}  // namespace natsim::topology
