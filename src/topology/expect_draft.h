// An expectation in the making, and the part of it that is about programs instead of probes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/topology/objects.h"

namespace natsim::topology {

struct ExpectDraft {
  spec::Expectation expectation;
  std::vector<spec::Errand> errands;  // each makes an expectation of its own
  std::vector<NodeReference> references;
  std::optional<std::uint16_t> status;
  std::string answer, error;
  std::string send;  // of tcp
  std::optional<std::uint64_t> bytes;
  spec::ExpectedRoute route;
  spec::ExpectedPorts ports;
  Place from;
};

/// The keys of expectations about programs: names looked up, pages, routes, ports.
std::vector<Row<ExpectDraft>> program_rows();
bool asks_programs(Yaml item);
/// Adds an expectation for each that it asks.
void finish_programs(Context& context, Yaml item, ExpectDraft& draft, Reading& out);

}  // namespace natsim::topology
