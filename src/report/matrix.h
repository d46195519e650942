// Who may speak to whom: zones by services, each cell a probe of its own.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/network/flow_run.h"
#include "sim/network/network.h"
#include "sim/network/spec.h"
#include "src/topology/source_map.h"

namespace natsim {

struct MatrixService {
  Protocol protocol = Protocol::icmp;
  std::uint16_t port = 0;     ///< none for a ping
  bool other = false;         ///< stands for all ports that nobody names
  std::string words() const;  ///< "ping", "tcp 80", "other tcp"
};

/// A node of a zone, or a router itself.
struct MatrixEnd {
  std::string zone;  ///< "router" for a router's own addresses
  std::string node;
  Ipv4Address address;
};

struct MatrixZone {
  std::string name;
  std::vector<MatrixEnd> members;  ///< hosts; the first one speaks for the zone
};

/// What to ask: every zone's first host, every host of the other zones and every router, all
/// services.
struct MatrixPlan {
  std::vector<MatrixZone> zones;
  std::vector<MatrixEnd> routers;
  std::vector<MatrixService> services;
};

struct MatrixCell {
  MatrixEnd from, to;
  MatrixService service;
  FlowVerdict verdict;
};

struct Matrix {
  std::string name;
  MatrixPlan plan;
  std::vector<MatrixCell> cells;
};

/// Zones are the routers' interfaces by `zone:`, or by the name of their network; members are the
/// hosts whose addresses are in their subnets once leases are given. Services are those that
/// anybody listens to or a rule names, and one other of tcp and udp. nullopt: cannot be built.
std::optional<MatrixPlan> plan_matrix(const spec::Topology& topology);

/// Runs each cell in a fresh network. `go_on` is asked before each.
Matrix run_matrix(const spec::Topology& topology, MatrixPlan plan,
                  const std::function<bool()>& go_on = {});

/// A flow whose verdict is another one in the other matrix.
struct MatrixChange {
  MatrixCell before, after;
};
/// By the names of nodes and the services that both have.
std::vector<MatrixChange> difference(const Matrix& before, const Matrix& after);

/// "yes", "✗ policy", …: a cell on a few columns.
std::string cell_words(const MatrixCell& cell);

std::string matrix_text(const Matrix& matrix, const SourceMap& sources, bool colour);
std::string matrix_json(const std::string& file, const Matrix& matrix);
std::string difference_text(const std::vector<MatrixChange>& changes, bool colour);
std::string difference_json(const std::vector<MatrixChange>& changes);

}  // namespace natsim
