// Faults of addresses, masks, gateways and routes.
#include <fmt/format.h>

#include "src/teaching/fault_search.h"
#include "src/teaching/octets.h"

namespace natsim::teaching {

void wrong_gateway(Search& search) {
  search.each_node([&](std::string_view name, Yaml node) {
    each_item(node.find("routes"), [&](Yaml route) {
      const auto via = route.find("via");
      const auto address = via ? Ipv4Address::parse(via->text()) : std::nullopt;
      if (!address) return;
      const std::string wrong = with_octet(*address, 3, octet(*address, 3) == 254 ? 253 : 254);
      search.replace(*via, wrong,
                     fmt::format("a route of '{}' leads via {}, not {}", name, wrong, via->text()));
    });
  });
}

void wrong_mask(Search& search) {
  search.each_node([&](std::string_view name, Yaml node) {
    each_entry(node.find("interfaces"), [&](std::string_view interface, Yaml settings) {
      each_item(settings.find("addresses"), [&](Yaml address) {
        const std::string_view text = address.text();
        const auto slash = text.find('/');
        const auto length =
            slash == std::string_view::npos ? std::nullopt : number(text.substr(slash + 1));
        if (!length) return;
        for (const std::uint32_t wrong : {*length + 4, *length > 12 ? *length - 8 : 33}) {
          if (wrong > 30) continue;
          search.replace(address, fmt::format("{}/{}", text.substr(0, slash), wrong),
                         fmt::format("the mask of '{}' on '{}' is /{}, not /{}", interface, name,
                                     wrong, *length));
        }
      });
    });
  });
}

void missing_route(Search& search) {
  search.each_node([&](std::string_view name, Yaml node) {
    each_item(node.find("routes"), [&](Yaml route) {
      const auto to = route.find("to");
      if (!to) return;
      const std::string_view text = to->text();
      const auto slash = text.find('/');
      const auto address = Ipv4Address::parse(text.substr(0, slash));
      if (slash == std::string_view::npos || !address || number(text.substr(slash + 1)) < 16)
        return;
      const int index = number(text.substr(slash + 1)) < 24 ? 1 : 2;
      const std::uint8_t was = octet(*address, index);
      const std::string wrong = with_octet(*address, index, was == 255 ? 254 : was + 1);
      search.replace(
          *to, wrong + std::string(text.substr(slash)),
          fmt::format("a route of '{}' is to {}{}, not {}", name, wrong, text.substr(slash), text));
    });
  });
}

void dhcp_router(Search& search) {
  search.each_node([&](std::string_view name, Yaml node) {
    each_entry(node.find("dhcp"), [&](std::string_view interface, Yaml settings) {
      const auto router = settings.find("router");
      const auto address = router ? Ipv4Address::parse(router->text()) : std::nullopt;
      if (!address) return;
      const std::string wrong = with_octet(*address, 3, octet(*address, 3) == 254 ? 253 : 254);
      search.replace(*router, wrong,
                     fmt::format("DHCP on {} of '{}' names {} as the router, not {}", interface,
                                 name, wrong, router->text()));
    });
  });
}

}  // namespace natsim::teaching
