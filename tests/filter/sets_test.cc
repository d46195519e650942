// Goal: -m set finds a packet in a named set as ipset does: the parts of an element, prefixes with
// the longest first, exceptions, timeouts; and -m time follows the wall clock (FW-G04).
#include <gtest/gtest.h>

#include "sim/filter/address_set.h"
#include "sim/filter/clock.h"
#include "tests/filter/bench.h"

namespace natsim::test {
namespace {

SetElement element(const char* first, const char* second = nullptr) {
  SetElement made;
  made.addresses[0] = *Prefix::parse(first);
  if (second != nullptr) made.addresses[1] = *Prefix::parse(second);
  return made;
}

SetElement with_port(SetElement made, Protocol protocol, std::uint16_t port) {
  made.protocol = protocol;
  made.port = port;
  return made;
}

SetElement except(SetElement made) {
  made.nomatch = true;
  return made;
}

SetDescription set_of(std::vector<SetPart> parts, std::vector<SetElement> elements) {
  SetDescription made;
  made.name = "set";
  made.parts = std::move(parts);
  made.elements = std::move(elements);
  return made;
}

/// `sides` is "s", "d", "sd", …: --match-set set src,dst.
SetMatch match(std::string_view sides) {
  SetMatch made;
  made.name = "set";
  made.parts = std::uint8_t(sides.size());
  for (std::size_t i = 0; i < sides.size(); ++i)
    if (sides[i] == 's') made.source_parts = std::uint8_t(made.source_parts | 1u << i);
  return made;
}

bool holds(const SetDescription& set, std::string_view sides, const Bytes& bytes,
           Instant now = Instant(), const std::uint8_t* link_header = nullptr) {
  PacketPool pool;
  Packet packet = pool.copy(bytes);
  Traversal t(packet, packet.data(), std::uint32_t(packet.size()));
  t.link_header = link_header;
  return AddressSet(set).holds(t, match(sides), now);
}

TEST(Sets, HoldAddresses) {
  const auto set = set_of({SetPart::address}, {element("10.0.0.2"), element("203.0.113.11")});
  EXPECT_TRUE(holds(set, "s", udp(kC, 1, kS, 2)));
  EXPECT_FALSE(holds(set, "d", udp(kC, 1, kS, 2)));
  EXPECT_TRUE(holds(set, "d", udp(kC3, 1, kS11, 2)));
  EXPECT_FALSE(holds(set, "s", udp(kC3, 1, kS11, 2)));
}

TEST(Sets, OfAddressesMayLookAtAPartOfThem) {
  auto set = set_of({SetPart::address}, {element("203.0.113.200")});
  set.address_length = 24;
  EXPECT_TRUE(holds(set, "d", udp(kC, 1, kS, 2)));
  EXPECT_FALSE(holds(set, "s", udp(kC, 1, kS, 2)));
}

TEST(Sets, TheLongestPrefixDecides) {
  const auto set =
      set_of({SetPart::network}, {element("203.0.113.0/24"), except(element("203.0.113.8/30")),
                                  element("203.0.113.11/32"), except(element("10.0.0.2"))});
  EXPECT_FALSE(holds(set, "d", udp(kC, 1, kS, 2))) << ".10 is in .8/30";
  EXPECT_TRUE(holds(set, "d", udp(kC, 1, kS11, 2)));
  EXPECT_TRUE(holds(set, "d", udp(kC, 1, kS12, 2)));
  EXPECT_FALSE(holds(set, "s", udp(kC, 1, kS, 2)));
}

TEST(Sets, OfPortsKnowTheProtocol) {
  const auto set = set_of({SetPart::address, SetPart::port},
                          {with_port(element("203.0.113.10"), Protocol::udp, 53),
                           with_port(element("203.0.113.10"), Protocol::icmp, 8 << 8),
                           with_port(element("203.0.113.10"), Protocol(99), 0)});
  EXPECT_TRUE(holds(set, "dd", udp(kC, 53, kS, 53)));
  EXPECT_TRUE(holds(set, "ds", udp(kC, 53, kS, 9)));
  EXPECT_FALSE(holds(set, "dd", udp(kC, 53, kS, 9)));
  EXPECT_FALSE(holds(set, "dd", tcp(kC, 53, kS, 53, {"S"})));
  EXPECT_TRUE(holds(set, "dd", ping(kC, kS, 7)));
  EXPECT_FALSE(holds(set, "dd", pong(kC, kS, 7)));
  EXPECT_TRUE(holds(set, "dd", ipv4(kC, kS, Protocol(99), Bytes(8)))) << "has none: zero";
  Bytes short_udp = udp(kC, 53, kS, 53);
  short_udp.resize(24);
  EXPECT_FALSE(holds(set, "dd", short_udp)) << "cut short";
}

TEST(Sets, ABitmapsPortsAreTcpsAndUdps) {
  SetElement port;
  port.port = 53;
  const auto set = set_of({SetPart::any_port}, {port});
  EXPECT_TRUE(holds(set, "d", udp(kC, 1, kS, 53)));
  EXPECT_TRUE(holds(set, "d", tcp(kC, 1, kS, 53, {"S"})));
  EXPECT_FALSE(holds(set, "s", udp(kC, 1, kS, 53)));
  EXPECT_FALSE(holds(set, "d", ping(kC, kS, 53)));
}

TEST(Sets, ThreePartsAreAskedEachOnItsSide) {
  const auto set = set_of({SetPart::address, SetPart::port, SetPart::network},
                          {with_port(element("10.0.0.2", "203.0.113.0/24"), Protocol::tcp, 80)});
  EXPECT_TRUE(holds(set, "sdd", tcp(kC, 1, kS, 80, {"S"})));
  EXPECT_FALSE(holds(set, "ssd", tcp(kC, 1, kS, 80, {"S"})));
  EXPECT_FALSE(holds(set, "sds", tcp(kC, 1, kS, 80, {"S"})));
  EXPECT_TRUE(holds(set, "sddd", tcp(kC, 1, kS, 80, {"S"}))) << "one more does not matter";
  EXPECT_FALSE(holds(set, "sd", tcp(kC, 1, kS, 80, {"S"}))) << "one less is never in it";
}

TEST(Sets, OfMacsLookAtTheFrame) {
  SetElement mac;
  mac.mac = *MacAddress::parse("02:00:00:00:00:07");
  const auto set = set_of({SetPart::mac}, {mac});
  constexpr std::uint8_t kHeader[14] = {2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 7, 8, 0};
  EXPECT_TRUE(holds(set, "s", udp(kC, 1, kS, 2), {}, kHeader));
  EXPECT_FALSE(holds(set, "d", udp(kC, 1, kS, 2), {}, kHeader));
  EXPECT_FALSE(holds(set, "s", udp(kC, 1, kS, 2))) << "came in no frame";
}

TEST(Sets, ElementsGoWhenTheirTimeIsOver) {
  SetElement passing = element("10.0.0.2");
  passing.timeout = 60_s;
  const auto set = set_of({SetPart::address}, {passing});
  EXPECT_TRUE(holds(set, "s", udp(kC, 1, kS, 2), Instant() + 59_s));
  EXPECT_FALSE(holds(set, "s", udp(kC, 1, kS, 2), Instant() + 60_s));
}

Ruleset matching_set(bool negated) {
  Rule r = rule("in the set", DropTarget{});
  SetMatch m = match("s");
  m.negated = negated;
  r.matches.push_back(m);
  Ruleset rules = Rules().add(Table::filter, "FORWARD", r);
  rules.sets = {set_of({SetPart::address}, {element("10.0.0.2")})};
  return rules;
}

TEST(Sets, AreAskedByRules) {
  Bench bench(matching_set(false));
  EXPECT_TRUE(bench.arrive(kIn0, udp(kC, 1, kS, 2)).starts_with("dropped"));
  EXPECT_TRUE(bench.arrive(kIn0, udp(kC3, 1, kS, 2)).starts_with("out0"));
  Bench negated(matching_set(true));
  EXPECT_TRUE(negated.arrive(kIn0, udp(kC, 1, kS, 2)).starts_with("out0"));
  EXPECT_TRUE(negated.arrive(kIn0, udp(kC3, 1, kS, 2)).starts_with("dropped"));
}

TEST(Sets, ThatAreNotThereAreRefused) {
  Ruleset rules = matching_set(false);
  rules.sets[0].name = "other";
  const Problems problems = check(rules);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].message, "there is no set set");
  EXPECT_EQ(problems[0].hint, "there are other");
}

/// 2026-03-02, a Monday, at this time of day.
constexpr std::int64_t kMonday = 1'772'409'600;
constexpr std::int64_t at(int hour, int minute = 0) { return kMonday + hour * 3600 + minute * 60; }

TEST(Clock, ATimeOfDayIsInclusive) {
  TimeMatch m;
  m.day_first = 8 * 3600;
  m.day_last = 17 * 3600;
  EXPECT_FALSE(time_holds(m, at(8) - 1));
  EXPECT_TRUE(time_holds(m, at(8)));
  EXPECT_TRUE(time_holds(m, at(17)));
  EXPECT_FALSE(time_holds(m, at(17) + 1));
}

TEST(Clock, ATimeMayPassMidnight) {
  TimeMatch m;
  m.day_first = 22 * 3600;
  m.day_last = 6 * 3600;
  EXPECT_TRUE(time_holds(m, at(23)));
  EXPECT_TRUE(time_holds(m, at(3)));
  EXPECT_FALSE(time_holds(m, at(12)));
}

TEST(Clock, ContiguousTimesBelongToTheDayTheyBeganOn) {
  TimeMatch m;
  m.day_first = 22 * 3600;
  m.day_last = 6 * 3600;
  m.week_days = 1 << 1;  // Monday
  EXPECT_TRUE(time_holds(m, at(23)));
  EXPECT_TRUE(time_holds(m, at(3))) << "Monday's own morning";
  EXPECT_FALSE(time_holds(m, at(27))) << "Tuesday";
  m.contiguous = true;
  EXPECT_FALSE(time_holds(m, at(3))) << "Sunday's night";
  EXPECT_TRUE(time_holds(m, at(27)));
}

TEST(Clock, DaysOfTheMonthAndDates) {
  TimeMatch m;
  m.month_days = 1 << 2;
  EXPECT_TRUE(time_holds(m, at(12)));
  EXPECT_FALSE(time_holds(m, at(36)));
  TimeMatch dated;
  dated.date_first = at(1);
  dated.date_last = at(2);
  EXPECT_FALSE(time_holds(dated, at(1) - 1));
  EXPECT_TRUE(time_holds(dated, at(1)));
  EXPECT_TRUE(time_holds(dated, at(2)));
  EXPECT_FALSE(time_holds(dated, at(2) + 1));
}

TEST(Clock, StartsAtTheEpoch) {
  TimeMatch m;
  m.day_first = 8 * 3600;
  m.day_last = 17 * 3600;
  Rule r = rule("office hours", DropTarget{});
  r.matches.push_back(m);
  Bench bench(Rules().add(Table::filter, "FORWARD", r), {.epoch_s = at(7, 30)});
  EXPECT_TRUE(bench.arrive(kIn0, udp(kC, 1, kS, 2)).starts_with("out0"));
  bench.wait(900_s);  // a bench begins at 1000 s
  EXPECT_TRUE(bench.arrive(kIn0, udp(kC, 1, kS, 2)).starts_with("dropped"));
}

}  // namespace
}  // namespace natsim::test
