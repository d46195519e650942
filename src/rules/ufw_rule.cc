#include "src/rules/ufw_rule.h"

#include <algorithm>
#include <tuple>

namespace natsim::rules {

void sort_ufw_ports(std::vector<PortRange>& ports) {
  const auto key = [](const PortRange& range) {
    return std::tuple(range.first, range.last != range.first, range.last);
  };
  std::stable_sort(ports.begin(), ports.end(),
                   [&](const PortRange& a, const PortRange& b) { return key(a) < key(b); });
}

std::string ufw_ports_text(const std::vector<PortRange>& ports) {
  if (ports.empty()) return "any";
  std::string text;
  for (const PortRange& range : ports) {
    if (!text.empty()) text += ',';
    text += std::to_string(range.first);
    if (range.last != range.first) text += ':' + std::to_string(range.last);
  }
  return text;
}

}  // namespace natsim::rules
