#include "sim/ip/routing_table.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "sim/base/check.h"

namespace natsim {
namespace {

constexpr std::uint32_t kNoRoute = 0xffff'ffff;

bool matches(const Route& route, Ipv4Address destination) {
  return ((destination.value ^ route.network.value) & netmask_of(route.length)) == 0;
}

Ipv4Address last_of(const Route& route) {
  return {route.network.value | ~netmask_of(route.length)};
}

bool report_order(const Route& a, const Route& b) {
  return std::tuple(-int(a.length), a.network, a.metric) <
         std::tuple(-int(b.length), b.network, b.metric);
}

bool same_but_for_place(const Route& a, Route b) {
  b.place = a.place;
  return a == b;
}

}  // namespace

/// The address space cut at every prefix's begin and end. Range i runs from starts[i] to before
/// starts[i + 1]; best[i] is the number of its route.
///
/// `first` narrows the search by an address's leading bits: the range of the address that has
/// these bits and zeros behind is first[bits].
struct RoutingTable::Ranges {
  std::vector<std::uint32_t> starts;
  std::vector<std::uint32_t> best;
  std::vector<std::uint32_t> first;
  int shift = 0;
  std::uint32_t generation = 0;

  void build(std::span<const Route> routes);
  void narrow();
  std::uint32_t find(std::uint32_t address) const;

 private:
  void begin(std::uint32_t start, std::uint32_t route);
};

void RoutingTable::Ranges::begin(std::uint32_t start, std::uint32_t route) {
  if (!starts.empty() && starts.back() == start) {
    best.back() = route;
    // Two neighbours with one answer are one range.
    if (best.size() > 1 && best[best.size() - 2] == route) starts.pop_back(), best.pop_back();
    return;
  }
  if (!best.empty() && best.back() == route) return;
  starts.push_back(start);
  best.push_back(route);
}

void RoutingTable::Ranges::build(std::span<const Route> routes) {
  starts.clear();
  best.clear();
  // By begin, the enclosing prefix before those within it; of equal prefixes the first wins.
  std::vector<std::uint32_t> order;
  for (std::uint32_t i = 0; i < routes.size(); ++i)
    if (i == 0 || routes[i].prefix() != routes[i - 1].prefix()) order.push_back(i);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::tuple(routes[a].network, routes[a].length) <
           std::tuple(routes[b].network, routes[b].length);
  });
  std::array<std::uint32_t, 33> open;  // the prefixes around the current place, each in the one
  std::size_t depth = 0;               // before it
  const auto close_one = [&] {
    const Ipv4Address last = last_of(routes[open[--depth]]);
    if (!last.is_broadcast()) begin(last.value + 1, depth == 0 ? kNoRoute : open[depth - 1]);
  };
  begin(0, kNoRoute);
  for (const std::uint32_t number : order) {
    while (depth > 0 && !matches(routes[open[depth - 1]], routes[number].network)) close_one();
    begin(routes[number].network.value, number);
    open[depth++] = number;
  }
  while (depth > 0) close_one();
  narrow();
}

void RoutingTable::Ranges::narrow() {
  // About as many entries as ranges, so that each lookup searches a handful of them.
  int bits = 6;
  while (bits < 16 && (std::size_t{1} << bits) < starts.size()) ++bits;
  shift = 32 - bits;
  first.resize((std::size_t{1} << bits) + 1);
  std::uint32_t range = 0;
  for (std::uint32_t i = 0; i + 1 < first.size(); ++i) {
    while (range + 1 < starts.size() && starts[range + 1] <= i << shift) ++range;
    first[i] = range;
  }
  first.back() = std::uint32_t(starts.size()) - 1;
}

std::uint32_t RoutingTable::Ranges::find(std::uint32_t address) const {
  const std::uint32_t bucket = address >> shift;
  const std::uint32_t* from = starts.data() + first[bucket];
  std::size_t count = first[bucket + 1] - first[bucket] + 1;
  // The last range that starts at or before the address; one with starts[from] <= address always.
  while (count > 1) {
    const std::size_t half = count / 2;
    from += from[half] <= address ? half : 0;
    count -= half;
  }
  return best[std::size_t(from - starts.data())];
}

RoutingTable::RoutingTable() = default;
RoutingTable::RoutingTable(RoutingTable&&) noexcept = default;
RoutingTable& RoutingTable::operator=(RoutingTable&&) noexcept = default;
RoutingTable::~RoutingTable() = default;

Route connected_route(const Prefix& interface_address, IfIndex interface) {
  SIM_CHECK(interface_address.address.is_v4());
  Route route;
  route.network = interface_address.network().address.v4();
  route.length = interface_address.length;
  route.out = interface;
  route.preferred_source = interface_address.address.v4();
  return route;
}

void RoutingTable::add(const Route& route) {
  SIM_CHECK(route.length <= 32);
  SIM_CHECK((route.network.value & ~netmask_of(route.length)) == 0);
  SIM_CHECK(route.kind != RouteKind::unicast || route.out != kNoInterface);
  routes_.push_back(route);
  changed();
}

bool RoutingTable::remove(const Route& route) {
  sort();
  const auto found = std::find_if(routes_.begin(), routes_.end(), [&](const Route& other) {
    return same_but_for_place(other, route);
  });
  if (found == routes_.end()) return false;
  routes_.erase(found);
  changed();
  return true;
}

std::size_t RoutingTable::remove_through(IfIndex interface) {
  const std::size_t removed =
      std::erase_if(routes_, [&](const Route& route) { return route.out == interface; });
  if (removed > 0) changed();
  return removed;
}

void RoutingTable::changed() {
  sorted_ = false;
  ++generation_;
}

void RoutingTable::sort() const {
  if (std::exchange(sorted_, true)) return;
  std::stable_sort(routes_.begin(), routes_.end(), report_order);
}

std::span<const Route> RoutingTable::routes() const {
  sort();
  return routes_;
}

const Route* RoutingTable::search(Ipv4Address destination) const {
  sort();
  last_route_ = routes_.size() <= kScanMax ? scan(destination) : nullptr;
  if (routes_.size() > kScanMax) {
    if (ranges_ == nullptr) ranges_ = std::make_unique<Ranges>();
    if (ranges_->generation != generation_) {
      ranges_->build(routes_);
      ranges_->generation = generation_;
    }
    const std::uint32_t number = ranges_->find(destination.value);
    last_route_ = number == kNoRoute ? nullptr : &routes_[number];
  }
  last_destination_ = destination;
  last_generation_ = generation_;
  return last_route_;
}

const Route* RoutingTable::scan(Ipv4Address destination) const {
  for (const Route& route : routes_)
    if (matches(route, destination)) return &route;
  return nullptr;
}

}  // namespace natsim
