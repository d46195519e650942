// Faults of firewall rules.
#include <fmt/format.h>

#include "src/teaching/fault_search.h"

namespace natsim::teaching {
namespace {

/// Calls `look(node's name, rule)` for each firewall rule in native words.
template <class Look>
void each_rule(const Search& search, Look look) {
  search.each_node([&](std::string_view name, Yaml node) {
    const auto firewall = node.find("firewall");
    if (firewall) each_item(firewall->find("rules"), [&](Yaml rule) { look(name, rule); });
  });
}

std::string rule_words(Yaml rule) {
  const auto name = rule.find("name");
  return name ? fmt::format("rule '{}'", name->text()) : std::string("a rule");
}

}  // namespace

void rule_order(Search& search) {
  std::optional<Yaml> before;
  std::string_view owner;
  each_rule(search, [&](std::string_view node, Yaml rule) {
    if (before && owner == node)
      if (auto edits = search.source().swapped_lines(*before, rule))
        search.found(
            *before,
            fmt::format("{} of '{}' comes before {}", rule_words(rule), node, rule_words(*before)),
            std::move(*edits));
    before = rule;
    owner = node;
  });
}

void rule_protocol(Search& search) {
  each_rule(search, [&](std::string_view node, Yaml rule) {
    const auto proto = rule.find("proto");
    if (!proto || (proto->text() != "tcp" && proto->text() != "udp")) return;
    const std::string wrong = proto->text() == "tcp" ? "udp" : "tcp";
    search.replace(*proto, wrong,
                   fmt::format("{} of '{}' is about {}, not {}", rule_words(rule), node, wrong,
                               proto->text()));
  });
}

void rule_port(Search& search) {
  each_rule(search, [&](std::string_view node, Yaml rule) {
    const auto look = [&](Yaml port) {
      if (!number(port.text())) return;
      const std::string wrong = mistyped(port.text());
      search.replace(port, wrong,
                     fmt::format("{} of '{}' is about port {}, not {}", rule_words(rule), node,
                                 wrong, port.text()));
    };
    const auto port = rule.find("dport");
    if (port && port->is_scalar()) look(*port);
    if (port && port->is_list()) each_item(port, look);
  });
}

void missing_state(Search& search) {
  each_rule(search, [&](std::string_view node, Yaml rule) {
    const auto states = rule.find("state");
    if (!states || !states->is_list()) return;
    std::size_t index = 0;
    each_item(states, [&](Yaml state) {
      if (auto edit = search.source().without_item(*states, index++))
        search.found(
            state,
            fmt::format("{} of '{}' leaves out the state {}", rule_words(rule), node, state.text()),
            {std::move(*edit)});
    });
  });
}

}  // namespace natsim::teaching
