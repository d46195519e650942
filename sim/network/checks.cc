#include "sim/network/checks.h"

#include "sim/network/checks_survey.h"

namespace natsim {

Problems check_topology(const spec::Topology& topology) {
  return check_topology(TopologyGraph(topology));
}

Problems check_topology(const TopologyGraph& graph) {
  const checks::Survey survey(graph);
  checks::Report report;
  checks::check_connectivity(survey, report);
  checks::check_vlans(survey, report);
  checks::check_mtus(survey, report);
  checks::check_addressing(survey, report);
  checks::check_subnets(survey, report);
  checks::check_routes(survey, report);
  checks::check_traffic(survey, report);
  checks::check_dhcp(survey, report);
  checks::check_nat(survey, report);
  return report.take();
}

}  // namespace natsim
