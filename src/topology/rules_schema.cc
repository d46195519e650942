// Rules in the language that a router's administrator knows.
#include <fmt/format.h>

#include "sim/filter/ruleset.h"
#include "src/rules/ipset_reader.h"
#include "src/rules/iptables_reader.h"
#include "src/rules/ufw_reader.h"
#include "src/topology/objects.h"
#include "src/topology/text_check.h"

namespace natsim::topology {
namespace {

/// Sets that were read before stay.
void keep(std::optional<Ruleset> rules, spec::Node& out) {
  if (!rules) return;
  if (out.rules != nullptr) rules->sets = out.rules->sets;
  out.rules = std::make_shared<const Ruleset>(std::move(*rules));
}

}  // namespace

void read_iptables_text(Context& context, Yaml value, spec::Node& out) {
  if (!value.is_scalar())
    return complain(context, value, "the text of iptables-save", "it begins with 'iptables: |'");
  const SourceMap none;
  const SourceMap& sources = context.sources() != nullptr ? *context.sources() : none;
  const auto origin = rules::Origin::scalar(value.place(), value.text(), sources);
  keep(rules::read_iptables(context, value.text(), origin), out);
}

void read_iptables_file(Context& context, Yaml value, spec::Node& out) {
  if (!value.is_scalar() || value.text().empty())
    return complain(context, value, "the name of a file");
  if (!context.loader() || context.sources() == nullptr)
    return context.error(value.place(), "a text that is no file cannot name another one",
                         "'iptables: |' holds the rules themselves");
  const std::string path(value.text());
  const auto read = context.loader()(path);
  if (!read)
    return context.error(value.place(), fmt::format("{}: {}", quoted(path), read.error().why),
                         "the file is looked for beside this one");
  SourceMap& sources = *context.sources();
  const std::uint32_t file = sources.add(read->name, read->text);
  const std::string_view content = sources.file(file).text;
  if (const auto problem = check_text(content, file))
    return context.error(problem->place, problem->message, problem->hint);
  keep(rules::read_iptables(context, content, rules::Origin::file(file)), out);
}

void read_ipset_text(Context& context, Yaml value, spec::Node& out) {
  if (!value.is_scalar())
    return complain(context, value, "the text of ipset save", "it begins with 'ipset: |'");
  const SourceMap none;
  const SourceMap& sources = context.sources() != nullptr ? *context.sources() : none;
  const auto origin = rules::Origin::scalar(value.place(), value.text(), sources);
  auto sets = rules::read_ipset(context, value.text(), origin);
  if (!sets) return;
  Ruleset rules = out.rules != nullptr ? *out.rules : Ruleset();
  rules.sets = std::move(*sets);
  out.rules = std::make_shared<const Ruleset>(std::move(rules));
}

/// Commands in a list, or a line each.
void read_ufw_commands(Context& context, Yaml value, spec::Node& out) {
  const SourceMap none;
  const SourceMap& sources = context.sources() != nullptr ? *context.sources() : none;
  std::vector<rules::UfwText> texts;
  const auto add = [&](Yaml scalar) {
    if (scalar.is_scalar())
      texts.push_back(
          {scalar.text(), rules::Origin::scalar(scalar.place(), scalar.text(), sources)});
    else
      complain(context, scalar, "a command of ufw's", "such as 'allow 22/tcp'");
  };
  if (!value.is_list()) add(value);
  for (const Yaml item : value.items()) {
    if (!context.visit(item.place())) return;
    add(item);
  }
  keep(rules::read_ufw(context, texts, value.place()), out);
}

void check_rule_languages(Context& context, Yaml node) {
  std::string_view first;
  Place first_place;
  for (const std::string_view key : {"iptables", "iptables_file", "ufw", "nat", "firewall"}) {
    const bool native = key == "nat" || key == "firewall";
    const auto value = node.find(key);
    if (!value) continue;
    if (first.empty()) {
      if (native) return;  // nat and firewall go together
      first = key;
      first_place = value->place();
      continue;
    }
    context.error(value->place(), fmt::format("'{}' and '{}' on one node", first, key),
                  fmt::format("'{}' in line {} is all of its rules", first, first_place.line));
  }
}

}  // namespace natsim::topology
