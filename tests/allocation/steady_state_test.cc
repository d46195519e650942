// Goal: nothing is allocated for a packet or an event once a network is warm. Method: each network
// runs for a while, and then as long again with every call of malloc counted, whoever makes it.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sim/service/bulk.h"
#include "sim/service/tcp_echo.h"
#include "sim/service/udp_echo.h"
#include "src/capture/pcap.h"
#include "tests/allocation/counter.h"
#include "tests/support/lab.h"

namespace natsim::lab {
namespace {

using test::AllocationCounter;

class SteadyState : public testing::Test {
 protected:
  void SetUp() override {
    if (!AllocationCounter::works()) GTEST_SKIP() << "the heap cannot be watched here";
  }

  /// Lets the first half of `time` pass, then the second with an eye on the heap.
  void expect_no_allocation(Duration time) {
    lab_.run(time / 2);
    const std::uint64_t events = lab_.network().lane().simulator.events_run();
    AllocationCounter counter;
    lab_.run(time / 2);
    counter.stop();
    EXPECT_EQ(counter.count(), 0u) << counter.places();
    EXPECT_GE(lab_.network().lane().simulator.events_run() - events, 1000u)
        << "nothing happened that could have allocated";
  }

  /// host - routers - host. `last_cable`: to the host at its end.
  void build_chain(int routers, const Ruleset* rules, const ChannelOptions& last_cable = kCable) {
    std::vector<IpNode*> nodes = {&lab_.host("a", "10.0.0.1/24", "10.0.0.2")};
    for (int i = 0; i < routers; ++i) {
      const std::string left = fmt::format("10.0.{}.2/24", i),
                        right = fmt::format("10.0.{}.1/24", i + 1);
      nodes.push_back(&lab_.router(fmt::format("r{}", i), {Nic(left.c_str()), Nic(right.c_str())}));
    }
    target_ = fmt::format("10.0.{}.2", routers);
    const std::string last = target_ + "/24", gateway = fmt::format("10.0.{}.1", routers);
    nodes.push_back(&lab_.host("b", Nic(last.c_str()), gateway));
    for (std::size_t i = 1; i < nodes.size(); ++i)
      lab_.cable(*nodes[i - 1], *nodes[i], i + 1 < nodes.size() ? kCable : last_cable);
    for (int i = 0; i < routers; ++i) {
      IpNode& router = *nodes[std::size_t(i) + 1];
      if (i + 1 < routers)
        lab_.route(router, fmt::format("10.0.{}.0/24", routers), fmt::format("10.0.{}.2", i + 1));
      if (i > 0) lab_.route(router, "10.0.0.0/24", fmt::format("10.0.{}.1", i));
      if (rules != nullptr) lab_.filter(router, *rules);
    }
    first_ = nodes.front();
    last_ = nodes.back();
  }
  void listen(IpNode& node) {
    node.sockets().serve_udp({.port = kPort}, std::make_unique<UdpDiscard>());
  }
  /// To `target_`.
  void send(IpNode& from, UdpFlowOptions options) {
    options.payload.resize(64);
    lab_.send_udp(from, fmt::format("{}:{}", target_, kPort), std::move(options));
  }

  static constexpr std::uint16_t kPort = 9000;
  static constexpr ChannelOptions kCable{.delay = 10_us, .bandwidth_bps = 1'000'000'000};
  Lab lab_{{.observed = false}};
  IpNode* first_ = nullptr;
  IpNode* last_ = nullptr;
  std::string target_;
};

UdpFlowOptions flow(std::uint64_t count, Duration interval, std::uint32_t flows = 1) {
  UdpFlowOptions options;
  options.source_port = 10'000;
  options.count = count;
  options.interval = interval;
  options.flows = flows;
  return options;
}

/// Replies pass, and new datagrams from eth0; the rest is dropped. `translated`: what leaves by
/// eth1 is masqueraded.
Ruleset stateful_rules(bool translated) {
  Ruleset rules;
  Chain& forward = rules.table(Table::filter).chain("FORWARD");
  forward.accept = false;
  Rule replies, invalid, web, datagrams;
  replies.state.states = kStateEstablished | kStateRelated;
  replies.target = AcceptTarget{};
  invalid.state.states = kStateInvalid;
  invalid.target = DropTarget{};
  web.protocol.protocol = Protocol::tcp;
  web.destination_port.ports = {80, 80};
  web.target = AcceptTarget{};
  datagrams.state.states = kStateNew;
  datagrams.in.patterns = {"eth0"};
  datagrams.target = AcceptTarget{};
  forward.rules = {replies, invalid, web, datagrams};
  if (translated) {
    Rule masquerade;
    masquerade.out.patterns = {"eth1"};
    masquerade.target = MasqueradeTarget{};
    rules.table(Table::nat).chain("POSTROUTING").rules = {masquerade};
  }
  return rules;
}

TEST_F(SteadyState, AChainOfRouters) {
  build_chain(4, nullptr);
  listen(*last_);
  send(*first_, flow(20'000, 10_us));
  expect_no_allocation(200_ms);
}

// Every datagram is the first packet's like: NEW until the answer comes, ESTABLISHED after it.
TEST_F(SteadyState, AChainOfGuardedRoutersThatAnswers) {
  const Ruleset rules = stateful_rules(false);
  build_chain(4, &rules);
  last_->sockets().serve_udp({.port = kPort}, std::make_unique<UdpEcho>());
  send(*first_, flow(20'000, 10_us));
  expect_no_allocation(200_ms);
}

// The queue of a slow cable is full: packets wait, and packets are dropped.
TEST_F(SteadyState, AFullQueue) {
  build_chain(1, nullptr, {.delay = 1_ms, .bandwidth_bps = 10'000'000, .queue_bytes_max = 20'000});
  listen(*last_);
  send(*first_, flow(20'000, 10_us));
  expect_no_allocation(200_ms);
}

TEST_F(SteadyState, AMasqueradingRouterWithManyFlows) {
  const Ruleset rules = stateful_rules(true);
  build_chain(1, &rules);
  listen(*last_);
  send(*first_, flow(40'000, 10_us, 5'000));
  expect_no_allocation(400_ms);
}

// Connections come and go: a source port is used anew after its mapping has timed out.
TEST_F(SteadyState, AMasqueradingRouterWhoseFlowsExpire) {
  const Ruleset rules = stateful_rules(true);
  build_chain(1, &rules);
  listen(*last_);
  send(*first_, flow(200'000, 1_ms, 40'000));
  expect_no_allocation(200_s);
}

// A switch that hears the destination never speak floods every frame: one buffer, many ports.
TEST_F(SteadyState, AFloodingSwitch) {
  Switch& bridge = lab_.bridge("sw", 1_s);
  IpNode* bystander = nullptr;
  IpNode& talker = lab_.host("talker", "10.0.0.1/24");
  lab_.cable(talker, bridge, 10_us);
  for (int i = 2; i < 34; ++i) {
    const std::string address = fmt::format("10.0.0.{}/24", i);
    IpNode& host = lab_.host(fmt::format("h{}", i), Nic(address.c_str()));
    lab_.cable(host, bridge, 10_us);
    if (i == 2) listen(host);
    bystander = &host;
  }
  target_ = "10.0.0.2";
  send(talker, flow(20'000, 1_ms));  // ageing leaves most of them without a known port
  expect_no_allocation(20_s);
  EXPECT_GE(bystander->port(IfIndex{0}).received().frames, 15'000u) << "it was not flooded";
}

// Neighbours age, are probed and answer; hardly a packet in between.
TEST_F(SteadyState, TimersOfASlowFlow) {
  build_chain(2, nullptr);
  listen(*last_);
  send(*first_, flow(4'000, 1_s));
  expect_no_allocation(4'000_s);
}

/// A pcap file for each interface, in a folder that goes with it.
class Captures final : public Observer {
 public:
  Captures() {
    std::string pattern = std::filesystem::temp_directory_path() / "natsim-allocation-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) return;
    path_ = pattern;
    folder_ = std::move(OutputFolder::open(path_)).value();
    for (int i = 0; i < 16; ++i)
      files_.emplace_back(BufferedFile(*folder_, fmt::format("{}.pcap", i), 1u << 16,
                                       BufferedFile::Descriptor::kept),
                          Epoch{});
  }
  ~Captures() override {
    for (PcapWriter& file : files_) file.file().discard();
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  bool wants_visits() const override { return false; }
  void on_frame(const FrameEvent& event) override {
    files_[event.node.value % 16].record(event.when, event.frame);
    ++records_;
  }
  std::uint64_t records() const { return records_; }

 private:
  std::string path_;
  std::unique_ptr<OutputFolder> folder_;
  std::vector<PcapWriter> files_;
  std::uint64_t records_ = 0;
};

TEST_F(SteadyState, CapturesOfEveryInterface) {
  Captures captures;
  const Ruleset rules = stateful_rules(false);
  build_chain(4, &rules);
  lab_.network().observe(&captures);
  listen(*last_);
  send(*first_, flow(20'000, 10_us));
  expect_no_allocation(200_ms);
  EXPECT_GE(captures.records(), 10u * 19'000);
}

/// As much as TCP carries from the chain's first host to its last, in windows of 256 KiB.
class Bulk final : public BulkListener {
 public:
  Bulk(IpNode& from, IpNode& to, const std::string& target) {
    for (IpNode* const host : {&from, &to}) {
      host->sockets().tcp_settings().send_buffer_bytes_max = 256 * 1024;
      host->sockets().tcp_settings().window_bytes_max = 256 * 1024;
    }
    to.sockets().listen(5001, std::make_unique<StreamHandlerFactoryOf<TcpDiscard>>());
    BulkListener& listener = *this;
    from.sockets().connect({IpAddress(ip(target)), 5001},
                           std::make_unique<BulkSender>(BulkOptions{}, listener, Instant()));
  }
  void on_bulk(const BulkReport&) override {}
};

TEST_F(SteadyState, BulkDataOverTcp) {
  build_chain(1, nullptr);
  const Bulk bulk(*first_, *last_, target_);
  expect_no_allocation(2_s);
}

// What is lost goes again, what came too early waits, and SACK tells of both.
TEST_F(SteadyState, BulkDataOverTcpOnACableThatLoses) {
  build_chain(1, nullptr, {.delay = 1_ms, .bandwidth_bps = 100'000'000, .loss = {1, 100}});
  const Bulk bulk(*first_, *last_, target_);
  expect_no_allocation(120_s);
}

// The instrument itself: what is allocated is seen, and told with its caller.
TEST_F(SteadyState, SeesAnAllocation) {
  AllocationCounter counter;
  auto one = std::make_unique<std::array<char, 1000>>();
  std::vector<int> two(10);
  counter.stop();
  EXPECT_EQ(counter.count(), 2u) << counter.places();
  EXPECT_NE(counter.places().find("SeesAnAllocation"), std::string::npos) << counter.places();
  EXPECT_NE(one.get(), static_cast<void*>(two.data()));
}

}  // namespace
}  // namespace natsim::lab
