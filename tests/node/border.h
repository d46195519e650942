// The router that most tests of this area look at, between an inside and an outside far end:
//
//   c 10.0.0.2 ──1 ms── 10.0.0.1 (eth0) r (eth1) 203.0.113.1 ──1 ms── 203.0.113.10 s
//
// Its neighbours are known to it, so that nothing but the packets in question is on the cables.
#pragma once

#include <string>
#include <string_view>

#include "tests/support/lab.h"

namespace natsim::lab {

struct Border {
  explicit Border(StackOptions options = {}, LabOptions lab_options = {}, NicOptions outside = {})
      : lab(lab_options),
        r(lab.router("r", {"10.0.0.1/24", {"203.0.113.1/24", outside}}, options)) {
    lab.cable(c, r);
    lab.cable(r, s);
    know(0, "10.0.0.2", c);
    know(1, "203.0.113.10", s);
  }
  void know(std::uint16_t interface, std::string_view address, const FarEnd& end) {
    r.stack().add_neighbor(IfIndex{interface}, ip(address), end.mac());
  }

  /// What leaves by eth1 has the router's address.
  void masquerade() {
    Ruleset rules;
    Rule rule;
    rule.label = {"nat", "POSTROUTING", "masquerade", {}};
    rule.out.patterns = {"eth1"};
    rule.target = MasqueradeTarget{};
    rules.table(Table::nat).chain("POSTROUTING").rules.push_back(std::move(rule));
    lab.filter(r, rules);
  }

  /// From c, at once. Half a second passes: no timer of the router's runs out.
  void from_c(const Frame& frame) {
    c.sends(0_ms, frame);
    lab.run(500_ms);
  }
  void from_s(const Frame& frame) {
    s.sends(0_ms, frame);
    lab.run(500_ms);
  }

  Lab lab;
  FarEnd& c = lab.far("c", "10.0.0.2");
  FarEnd& s = lab.far("s", "203.0.113.10");
  IpNode& r;
};

/// A datagram through the router.
inline UdpText across() { return {.src = "10.0.0.2:1000", .dst = "203.0.113.10:53"}; }

}  // namespace natsim::lab
