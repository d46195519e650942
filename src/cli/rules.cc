#include "src/cli/rules.h"

#include <unistd.h>

#include <fmt/format.h>

#include "src/cli/load.h"
#include "src/cli/stdout_end.h"
#include "src/cli/terminal.h"
#include "src/report/output.h"
#include "src/rules/iptables_writer.h"
#include "src/rules/list_writer.h"
#include "src/rules/nft_writer.h"
#include "src/rules/plain_rules.h"
#include "src/topology/suggest.h"

namespace natsim {
namespace {

std::string label_text(const RuleLabel& label) {
  return fmt::format("{} {} '{}'", label.table, label.chain, label.name);
}

std::vector<InterfaceInfo> interfaces_of(const Stack& stack) {
  std::vector<InterfaceInfo> interfaces;
  for (std::uint32_t i = 0; i < stack.interface_count(); ++i)
    interfaces.push_back({stack.interface({i}).name, {}});
  for (const InterfaceAddress& own : stack.addresses().addresses())
    interfaces[own.interface.value].addresses.push_back({own.address, own.length});
  return interfaces;
}

/// Rules about an address that comes by DHCP say nothing yet: their labels.
std::vector<std::string> without_address(const Ruleset& ruleset,
                                         const std::vector<InterfaceInfo>& interfaces) {
  std::vector<std::string> labels;
  for (const TableRules& table : ruleset.tables)
    for (const Chain& chain : table.chains)
      for (const Rule& rule : chain.rules)
        if (rules::plain_rules(rule, interfaces).empty()) labels.push_back(label_text(rule.label));
  return labels;
}

class RulesCommand {
 public:
  explicit RulesCommand(const RulesOptions& options) : options_(options) {}
  int execute();

 private:
  bool known_node() const;
  void print(const IpNode& node, bool heading);

  const RulesOptions& options_;
  Loaded loaded_;
  FdOutput output_{STDOUT_FILENO};
  int status_ = kExitDone;
};

bool RulesCommand::known_node() const {
  std::vector<std::string_view> names;
  for (std::uint32_t i = 0; i < loaded_.network->node_count(); ++i) {
    names.push_back(loaded_.network->name({i}));
    if (names.back() == options_.node) return true;
  }
  const std::string_view near = topology::nearest(options_.node, names);
  complain(fmt::format("{}: there is no node '{}'{}", options_.file, options_.node,
                       near.empty() ? "" : fmt::format(", did you mean '{}'?", near)));
  return false;
}

void RulesCommand::print(const IpNode& ip_node, bool heading) {
  const std::string& node = ip_node.name();
  const Ruleset& ruleset = ip_node.stack().filter()->ruleset();
  const std::vector<InterfaceInfo> interfaces = interfaces_of(ip_node.stack());
  if (heading) output_.write(fmt::format("# {}\n", node));
  for (const std::string& label : without_address(ruleset, interfaces)) {
    complain(
        fmt::format("{}: {} is left out: its interface has no address before DHCP", node, label));
    status_ = kExitUnmet;
  }
  switch (options_.as) {
    case RulesFormat::list: return output_.write(rules::write_list(ruleset, interfaces));
    case RulesFormat::iptables:
      return output_.write(rules::write_iptables(ruleset, {false, interfaces}));
    case RulesFormat::nft: break;
  }
  const rules::NftText nft = rules::write_nft(ruleset, interfaces);
  for (const rules::NotInNft& missing : nft.missing) {
    complain(fmt::format("{}: {} is left out: '{}' has no plain words in nft", node,
                         label_text(missing.label), missing.what));
    status_ = kExitUnmet;
  }
  output_.write(nft.text);
}

int RulesCommand::execute() {
  const bool colour = use_colour(ColourChoice::automatic, STDERR_FILENO);
  if (const int status = load(options_.file, {}, 1, colour, loaded_)) return status;
  if (!options_.node.empty() && !known_node()) return kExitWrongInput;
  for (std::uint32_t i = 0; i < loaded_.network->node_count(); ++i) {
    const IpNode* const node = loaded_.network->ip_node({i});
    if (node == nullptr || (!options_.node.empty() && node->name() != options_.node)) continue;
    if (node->stack().filter() != nullptr) print(*node, options_.node.empty());
  }
  output_.flush();
  const int status = end_of_stdout(output_);
  return status != 0 ? status : status_;
}

}  // namespace

int print_rules(const RulesOptions& options) { return RulesCommand(options).execute(); }

}  // namespace natsim
