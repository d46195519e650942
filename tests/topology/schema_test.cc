// The tables themselves: every row can be read and documents itself, and suggestions are near.
#include "src/topology/schema.h"

#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "src/topology/objects.h"
#include "src/topology/suggest.h"

namespace natsim::topology {
namespace {

/// All schemas that can be reached from the file's, once each.
std::set<const ObjectSchema*> all_schemas() {
  std::set<const ObjectSchema*> found;
  std::vector<const ObjectSchema*> open = {&topology_schema()};
  while (!open.empty()) {
    const ObjectSchema* schema = open.back();
    open.pop_back();
    if (!found.insert(schema).second) continue;
    for (const KeySchema& row : schema->keys)
      if (row.object != nullptr) open.push_back(&row.object());
  }
  return found;
}

TEST(Schema, ReachesEveryKindOfObject) {
  const auto found = all_schemas();
  for (const ObjectSchema* schema :
       {&network_schema(), &node_schema(), &interface_schema(), &switch_port_schema(),
        &route_schema(), &neighbor_schema(), &listen_schema(), &dhcp_schema(),
        &reservation_schema(), &nat_schema(), &firewall_schema(), &policy_schema(), &rule_schema(),
        &link_schema(), &direction_schema(), &traffic_schema(), &expect_schema()})
    EXPECT_TRUE(found.count(schema)) << schema->title;
}

TEST(Schema, HasRowsThatAreDocumentedUniqueAndRead) {
  for (const ObjectSchema* schema : all_schemas()) {
    EXPECT_LE(schema->keys.size(), 64u) << "the reader's bit sets have no more";
    std::set<std::string_view> keys;
    for (const KeySchema& row : schema->keys) {
      const std::string where = fmt::format("{}: {}", schema->title, row.key);
      EXPECT_TRUE(keys.insert(row.key).second) << where;
      EXPECT_FALSE(row.doc.empty()) << where;
      EXPECT_EQ(row.read == nullptr, row.is_pending) << where;
      EXPECT_EQ(row.kind == ValueKind::word, !row.words.empty()) << where;
      EXPECT_FALSE(row.is_required && !row.default_text.empty()) << where;
      EXPECT_EQ(schema->find(row.key), &row) << where;
      EXPECT_EQ(schema->find(row.synonyms), nullptr) << where;
    }
  }
}

TEST(Schema, IsDocumentedKeyByKey) {
  std::ifstream stream(std::string(NATSIM_SOURCE_DIR) + "/topologies/README.md");
  std::ostringstream text;
  text << stream.rdbuf();
  const std::string page = text.str();
  for (const ObjectSchema* schema : all_schemas())
    for (const KeySchema& row : schema->keys)
      EXPECT_NE(page.find(fmt::format("`{}`", row.key)), std::string::npos)
          << schema->title << ": " << row.key;
}

TEST(Suggestions, AreSlipsOfTheFinger) {
  const std::vector<std::string_view> known = {"delay", "bandwidth", "queue", "mtu", "loss"};
  for (const auto& [written, meant] : {
           std::pair("dealy", "delay"),
           std::pair("dely", "delay"),
           std::pair("Delay", "delay"),
           std::pair("bandwith", "bandwidth"),
           std::pair("quue", "queue"),
           std::pair("los", "loss"),
           std::pair("colour", ""),
           std::pair("x", ""),
           std::pair("", ""),
       })
    EXPECT_EQ(nearest(written, known), meant) << written;
}

TEST(Suggestions, CountTypingReplacingLeavingOutAndSwapping) {
  EXPECT_EQ(edit_distance("abc", "abc", 3), 0u);
  EXPECT_EQ(edit_distance("abc", "ABC", 3), 0u);
  EXPECT_EQ(edit_distance("abc", "acb", 3), 1u);
  EXPECT_EQ(edit_distance("abc", "abcd", 3), 1u);
  EXPECT_EQ(edit_distance("abc", "xbc", 3), 1u);
  EXPECT_EQ(edit_distance("abc", "", 3), 3u);
  EXPECT_EQ(edit_distance("abcdef", "ghijkl", 2), 3u) << "beyond the limit";
  EXPECT_EQ(edit_distance(std::string(1000, 'a'), std::string(1000, 'a'), 2), 3u);
}

}  // namespace
}  // namespace natsim::topology
