// Faults of NAT and zones.
#include <fmt/format.h>

#include "src/teaching/fault_search.h"
#include "src/teaching/octets.h"

namespace natsim::teaching {

void wrong_interface(Search& search) {
  search.each_node([&](std::string_view name, Yaml node) {
    each_item(node.find("nat"), [&](Yaml rule) {
      each_entry(rule, [&](std::string_view verb, Yaml settings) {
        for (const std::string_view key : {"out", "in"}) {
          const auto written = settings.find(key);
          if (!written || !written->is_scalar()) continue;
          each_entry(node.find("interfaces"), [&](std::string_view other, Yaml) {
            if (other == written->text()) return;
            search.replace(*written, std::string(other),
                           fmt::format("{} of '{}' is for interface {}, not {}", verb, name, other,
                                       written->text()));
          });
        }
      });
    });
  });
}

void swapped_zones(Search& search) {
  search.each_node([&](std::string_view name, Yaml node) {
    std::vector<Yaml> zones;
    each_entry(node.find("interfaces"), [&](std::string_view, Yaml settings) {
      if (const auto zone = settings.find("zone")) zones.push_back(*zone);
    });
    for (std::size_t i = 0; i + 1 < zones.size(); ++i) {
      if (zones[i].text() == zones[i + 1].text()) continue;
      auto first = search.source().replaced(zones[i], std::string(zones[i + 1].text()));
      auto second = search.source().replaced(zones[i + 1], std::string(zones[i].text()));
      if (!first || !second || first->offset >= second->offset) continue;
      search.found(zones[i],
                   fmt::format("the zones {} and {} of '{}' are swapped", zones[i].text(),
                               zones[i + 1].text(), name),
                   {*first, *second});
    }
  });
}

void forward_target(Search& search) {
  search.each_node([&](std::string_view name, Yaml node) {
    each_item(node.find("nat"), [&](Yaml rule) {
      const auto forward = rule.find("port_forward");
      const auto to = forward ? forward->find("to") : std::nullopt;
      if (!to) return;
      const std::string_view text = to->text();
      const auto colon = text.rfind(':');
      if (colon != std::string_view::npos && number(text.substr(colon + 1))) {
        const std::string wrong = mistyped(text.substr(colon + 1));
        search.replace(*to, std::string(text.substr(0, colon + 1)) + wrong,
                       fmt::format("a port forward of '{}' leads to port {}, not {}", name, wrong,
                                   text.substr(colon + 1)));
      }
      if (const auto address = Ipv4Address::parse(text.substr(0, colon))) {
        const std::uint8_t was = octet(*address, 3);
        const std::string wrong = with_octet(*address, 3, was > 200 ? was - 1 : was + 1);
        const auto port = colon == std::string_view::npos ? "" : text.substr(colon);
        search.replace(*to, wrong + std::string(port),
                       fmt::format("a port forward of '{}' leads to {}, not {}", name, wrong,
                                   text.substr(0, colon)));
      }
    });
  });
}

}  // namespace natsim::teaching
