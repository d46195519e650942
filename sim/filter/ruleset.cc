#include "sim/filter/ruleset.h"

#include <algorithm>
#include <utility>

namespace natsim {

const char* to_string(Table table) {
  switch (table) {
    case Table::raw: return "raw";
    case Table::mangle: return "mangle";
    case Table::nat: return "nat";
    case Table::filter: return "filter";
  }
  return "?";
}

std::optional<Table> parse_table(std::string_view name) {
  for (const Table table : {Table::raw, Table::mangle, Table::nat, Table::filter})
    if (name == to_string(table)) return table;
  return std::nullopt;
}

const char* chain_name(Hook hook) {
  switch (hook) {
    case Hook::prerouting: return "PREROUTING";
    case Hook::input: return "INPUT";
    case Hook::forward: return "FORWARD";
    case Hook::output: return "OUTPUT";
    case Hook::postrouting: return "POSTROUTING";
  }
  return "?";
}

std::optional<Hook> base_chain_hook(std::string_view name) {
  for (const Hook hook :
       {Hook::prerouting, Hook::input, Hook::forward, Hook::output, Hook::postrouting})
    if (name == chain_name(hook)) return hook;
  return std::nullopt;
}

bool table_has_hook(Table table, Hook hook) {
  switch (table) {
    case Table::raw: return hook == Hook::prerouting || hook == Hook::output;
    case Table::mangle: return true;
    case Table::nat: return hook != Hook::forward;
    case Table::filter: return hook == Hook::input || hook == Hook::forward || hook == Hook::output;
  }
  return false;
}

const Chain* TableRules::find(std::string_view name) const {
  const auto at = std::find_if(chains.begin(), chains.end(),
                               [&](const Chain& chain) { return chain.name == name; });
  return at == chains.end() ? nullptr : &*at;
}

Chain* TableRules::find(std::string_view name) {
  return const_cast<Chain*>(std::as_const(*this).find(name));
}

Chain& TableRules::chain(std::string_view name) {
  if (Chain* present = find(name)) return *present;
  Chain made;
  made.name = name;
  made.policy_label = {to_string(table), made.name, "policy", {}};
  return chains.emplace_back(std::move(made));
}

const TableRules* Ruleset::find(Table table) const {
  const auto at = std::find_if(tables.begin(), tables.end(),
                               [&](const TableRules& t) { return t.table == table; });
  return at == tables.end() ? nullptr : &*at;
}

TableRules& Ruleset::table(Table table) {
  for (TableRules& present : tables)
    if (present.table == table) return present;
  return tables.emplace_back(TableRules{table, {}});
}

const char* to_string(RejectWith how) {
  switch (how) {
    case RejectWith::network_unreachable: return "icmp-net-unreachable";
    case RejectWith::host_unreachable: return "icmp-host-unreachable";
    case RejectWith::protocol_unreachable: return "icmp-proto-unreachable";
    case RejectWith::port_unreachable: return "icmp-port-unreachable";
    case RejectWith::network_prohibited: return "icmp-net-prohibited";
    case RejectWith::host_prohibited: return "icmp-host-prohibited";
    case RejectWith::admin_prohibited: return "icmp-admin-prohibited";
    case RejectWith::tcp_reset: return "tcp-reset";
  }
  return "?";
}

std::optional<RejectWith> parse_reject_with(std::string_view word) {
  struct Word {
    const char* alias;
    RejectWith how;
  };
  static constexpr Word kWords[] = {
      {"net-unreach", RejectWith::network_unreachable},
      {"host-unreach", RejectWith::host_unreachable},
      {"proto-unreach", RejectWith::protocol_unreachable},
      {"port-unreach", RejectWith::port_unreachable},
      {"net-prohib", RejectWith::network_prohibited},
      {"host-prohib", RejectWith::host_prohibited},
      {"admin-prohib", RejectWith::admin_prohibited},
      {"tcp-rst", RejectWith::tcp_reset},
  };
  for (const Word& w : kWords)
    if (word == w.alias || word == to_string(w.how)) return w.how;
  return std::nullopt;
}

}  // namespace natsim
