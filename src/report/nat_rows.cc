#include "src/report/nat_rows.h"

namespace natsim {
namespace {

std::string state_of(const Connection& connection) {
  if (connection.original().protocol == Protocol::tcp) return to_string(connection.tcp_state);
  if (connection.has(kAssured)) return "assured";
  return connection.has(kSeenReply) ? "replied" : "unreplied";
}

}  // namespace

void add_nat_rows(std::vector<NatRow>& rows, const std::string& node, const Connection& connection,
                  Instant now) {
  const Tuple original = to_tuple(connection.original());
  const Tuple translated = to_tuple(connection.reply()).reply();
  NatRow row;
  row.node = node;
  row.protocol = original.protocol;
  row.state = state_of(connection);
  row.expires_in = connection.expiry - now;
  if (original.destination != translated.destination) {
    row.source = false;
    row.before = original.destination;
    row.after = translated.destination;
    row.peer = translated.source;
    rows.push_back(row);
  }
  if (original.source != translated.source) {
    row.source = true;
    row.before = original.source;
    row.after = translated.source;
    row.peer = translated.destination;
    rows.push_back(row);
  }
}

void add_nat_rows(std::vector<NatRow>& rows, const std::string& node, const Netfilter& filter,
                  Instant now) {
  for (const Connection* connection : filter.connections(now))
    if ((connection->status & kNatMask) != 0) add_nat_rows(rows, node, *connection, now);
}

}  // namespace natsim
