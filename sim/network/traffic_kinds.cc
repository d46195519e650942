#include "sim/network/traffic_kinds.h"

#include <type_traits>
#include <variant>

#include "sim/network/traffic_bulk.h"
#include "sim/network/traffic_errand.h"
#include "sim/network/traffic_frames.h"
#include "sim/network/traffic_ping.h"
#include "sim/network/traffic_syslog.h"
#include "sim/network/traffic_tcp.h"
#include "sim/network/traffic_udp.h"

namespace natsim {
namespace {

struct Maker {
  using Made = std::unique_ptr<TrafficSource>;
  Made operator()(const spec::Ping&) const { return std::make_unique<PingTraffic>(); }
  Made operator()(const spec::UdpSend&) const { return std::make_unique<UdpTraffic>(); }
  Made operator()(const spec::TcpConnect&) const { return std::make_unique<TcpTraffic>(); }
  Made operator()(const spec::Bulk&) const { return std::make_unique<BulkTraffic>(); }
  Made operator()(const spec::HttpRequest&) const { return std::make_unique<ErrandTraffic>(); }
  Made operator()(const spec::NameLookup&) const { return std::make_unique<ErrandTraffic>(); }
  Made operator()(const spec::TlsConnect&) const { return std::make_unique<ErrandTraffic>(); }
  Made operator()(const spec::TcpTalk&) const { return std::make_unique<ErrandTraffic>(); }
  Made operator()(const spec::NtpQuery&) const { return std::make_unique<ErrandTraffic>(); }
  Made operator()(const spec::SyslogLine&) const { return std::make_unique<SyslogTraffic>(); }
  Made operator()(const spec::RouteTrace&) const { return std::make_unique<ErrandTraffic>(); }
  Made operator()(const spec::PortScan&) const { return std::make_unique<ErrandTraffic>(); }
  Made operator()(const spec::RawFrame&) const { return std::make_unique<FrameTraffic>(); }
  Made operator()(const spec::Replay&) const { return std::make_unique<FrameTraffic>(); }
};

}  // namespace

std::unique_ptr<TrafficSource> make_traffic_source(const spec::Traffic& item) {
  return std::visit(Maker(), item.what);
}

Pacing pacing_of(const spec::Traffic& item) {
  const bool is_ping = std::holds_alternative<spec::Ping>(item.what);
  const Spacing usual(is_ping ? Duration::seconds(1) : Duration::milliseconds(10));
  return {item.count, item.interval.value_or(usual), item.until, item.bursts};
}

const spec::Target* target_of(const spec::Traffic& item) {
  return std::visit(
      [](const auto& what) -> const spec::Target* {
        if constexpr (requires { what.to; })
          return &what.to;
        else
          return nullptr;
      },
      item.what);
}

}  // namespace natsim
