#include "tools/bench/scenario/bulk.h"

#include <memory>

#include "sim/service/bulk.h"
#include "tools/bench/scenario/plan.h"

namespace natsim::bench {
namespace {

/// Of either end, as ns-3's: at 100 Mbit/s and 10 ms the path holds 500 kB.
constexpr std::uint32_t kBufferBytes = 1 << 20;

class Drain final : public StreamHandler {
 public:
  explicit Drain(std::uint64_t& bytes) : bytes_(bytes) {}
  void on_data(Stream&, ByteSpan bytes, Instant) override { bytes_ += bytes.size(); }

 private:
  std::uint64_t& bytes_;
};

class Drains final : public StreamHandlerFactory {
 public:
  explicit Drains(std::uint64_t& bytes) : bytes_(bytes) {}
  std::unique_ptr<StreamHandler> make(const Endpoint&, const Endpoint&) override {
    return std::make_unique<Drain>(bytes_);
  }

 private:
  std::uint64_t& bytes_;
};

class Nobody final : public BulkListener {
 public:
  void on_bulk(const BulkReport&) override {}
};

}  // namespace

BulkFigures run_bulk(const Settings& settings) {
  BulkFigures figures;
  Nobody nobody;
  Network network(1);
  IpNode& left = network.add_node("left", IpNodeKind::host);
  IpNode& router = network.add_node("router", IpNodeKind::router);
  IpNode& right = network.add_node("right", IpNodeKind::host);
  const IfIndex a = add_interface(network, left, "eth0", "10.0.0.1/24");
  const IfIndex b = add_interface(network, router, "left", "10.0.0.2/24");
  const IfIndex c = add_interface(network, router, "right", "10.0.1.2/24");
  const IfIndex d = add_interface(network, right, "eth0", "10.0.1.1/24");
  const std::uint64_t bits_per_second = settings.mbps * std::uint64_t{1'000'000};
  const ChannelOptions options = cable(settings.delay_ns, bits_per_second);
  ChannelOptions lossy = options;
  lossy.loss = {settings.lost_ppm, 1'000'000};
  network.connect(left.port(a), router.port(b), options, options, "left");
  network.connect(router.port(c), right.port(d), lossy, options, "right");
  add_route(left, "0.0.0.0/0", a, "10.0.0.2");
  add_route(right, "0.0.0.0/0", d, "10.0.1.2");
  for (IpNode* const host : {&left, &right}) {
    host->sockets().tcp_settings().send_buffer_bytes_max = kBufferBytes;
    host->sockets().tcp_settings().window_bytes_max = kBufferBytes;
    host->sockets().tcp_settings().congestion = settings.congestion;
    host->sockets().tcp_settings().sack = settings.sack;
  }
  right.sockets().listen(kSinkPort, std::make_unique<Drains>(figures.bytes));
  BulkListener& listener = nobody;
  left.sockets().connect({IpAddress(Ipv4Address::of(10, 0, 1, 1)), kSinkPort},
                         std::make_unique<BulkSender>(BulkOptions{}, listener, Instant()));
  const Stopwatch watch;
  network.run_until(Instant() + Duration::seconds(std::int64_t(settings.seconds)));
  figures.cost = watch.read();
  for (const auto& channel : network.channels()) figures.segments += channel->counters().delivered;
  figures.segments /= 2;  // Each crosses two cables.
  const std::uint64_t least = bits_per_second / 8 * settings.seconds * 8 / 10;
  if (settings.lost_ppm == 0 && figures.bytes < least)
    figures.trouble = "the cable was idle for a fifth of the time";
  return figures;
}

}  // namespace natsim::bench
