// The scenes of natsim-bench on ns-3: what it takes there, at its best settings.
//
//   natsim-bench-ns3 chain --routers=8 --size=64 --delay=10us --packets=100000 [--bytes=1]
//   natsim-bench-ns3 star --hosts=64
//   natsim-bench-ns3 tcp --seconds=20 [--mbps=100 --delay=10ms --lost=0.001 --congestion=reno]
//   natsim-bench-ns3 setup --hosts=100000
//   natsim-bench-ns3 about      logging=1 where the libraries have it compiled in, which slows them
//
// Point-to-point devices (no ARP, no MAC addresses), static routes, no queueing disciplines, no
// IPv6: the least that forwards. Payloads are ns-3's virtual zero bytes and checksums are left out,
// unless --bytes=1 asks for what natsim always does. Prints a line in the words of natsim-bench.
#include <ns3/applications-module.h>
#include <ns3/core-module.h>
#include <ns3/internet-module.h>
#include <ns3/network-module.h>
#include <ns3/point-to-point-module.h>
#include <ns3/traffic-control-module.h>

#include <sys/resource.h>
#include <time.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using ns3::Ipv4Address;
using ns3::Node;
using ns3::Ptr;

constexpr std::uint16_t kPort = 9000;

struct Settings {
  std::uint32_t routers = 8, hosts = 64, size = 64;
  std::uint64_t packets = 100'000;
  std::uint32_t seconds = 20;
  std::string delay;  // of each cable; none: 10us, and 10ms for tcp
  std::uint32_t mbps = 100;
  double lost = 0;  // of the segments with data
  std::string congestion = "cubic";
  bool bytes = false;
};
Settings settings;

std::uint64_t arrived = 0;

double seconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return double(now.tv_sec) + double(now.tv_nsec) * 1e-9;
}

std::uint64_t resident_kb() {
  unsigned long size = 0, resident = 0;
  if (std::FILE* const file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%lu %lu", &size, &resident) != 2) resident = 0;
    std::fclose(file);
  }
  return resident * 4;
}

/// Datagrams at an even pace.
class Source : public ns3::Application {
 public:
  static ns3::TypeId GetTypeId() {
    static ns3::TypeId id =
        ns3::TypeId("natsim::Source").SetParent<ns3::Application>().AddConstructor<Source>();
    return id;
  }
  void set_up(ns3::Address target, ns3::Time interval, std::uint64_t count) {
    target_ = target;
    interval_ = interval;
    left_ = count;
    payload_.assign(settings.size, 0x5a);
  }

 private:
  void StartApplication() override {
    socket_ = ns3::Socket::CreateSocket(GetNode(), ns3::UdpSocketFactory::GetTypeId());
    socket_->Bind();
    socket_->Connect(target_);
    send();
  }
  void send() {
    if (left_-- == 0) return;
    socket_->Send(settings.bytes ? ns3::Create<ns3::Packet>(payload_.data(), settings.size)
                                 : ns3::Create<ns3::Packet>(settings.size));
    ns3::Simulator::Schedule(interval_, &Source::send, this);
  }

  Ptr<ns3::Socket> socket_;
  ns3::Address target_;
  ns3::Time interval_;
  std::uint64_t left_ = 0;
  std::vector<std::uint8_t> payload_;
};

void take(Ptr<ns3::Socket> socket) {
  ns3::Address from;
  while (socket->RecvFrom(from)) ++arrived;
}

void add_sink(Ptr<Node> node) {
  Ptr<ns3::Socket> socket = ns3::Socket::CreateSocket(node, ns3::UdpSocketFactory::GetTypeId());
  socket->Bind(ns3::InetSocketAddress(Ipv4Address::GetAny(), kPort));
  socket->SetRecvCallback(ns3::MakeCallback(&take));
}

void add_source(Ptr<Node> node, Ipv4Address to, ns3::Time start, ns3::Time interval,
                std::uint64_t count) {
  Ptr<Source> source = ns3::CreateObject<Source>();
  source->set_up(ns3::InetSocketAddress(to, kPort), interval, count);
  source->SetStartTime(start);
  node->AddApplication(source);
}

ns3::NodeContainer add_nodes(std::uint32_t count) {
  ns3::NodeContainer nodes;
  nodes.Create(count);
  ns3::InternetStackHelper stack;
  ns3::Ipv4StaticRoutingHelper routes;
  stack.SetRoutingHelper(routes);
  stack.SetIpv6StackInstall(false);
  stack.Install(nodes);
  return nodes;
}

struct Ends {
  Ipv4Address left, right;
};

/// A cable, and the next /30 network on it. Not by Ipv4AddressHelper, which searches all addresses
/// that it ever gave and puts a queueing discipline on every device.
Ends join(Ptr<Node> left, Ptr<Node> right, const std::string& rate = "10Gbps",
          std::string delay = {}) {
  static std::uint32_t network = 10u << 24;
  ns3::PointToPointHelper cable;
  cable.SetDeviceAttribute("DataRate", ns3::StringValue(rate));
  cable.SetChannelAttribute("Delay", ns3::StringValue(delay.empty() ? settings.delay : delay));
  cable.SetQueue("ns3::DropTailQueue", "MaxSize", ns3::StringValue("4000p"));
  const ns3::NetDeviceContainer devices = cable.Install(left, right);
  for (std::uint32_t i = 0; i < 2; ++i) {
    Ptr<ns3::Ipv4> ipv4 = devices.Get(i)->GetNode()->GetObject<ns3::Ipv4>();
    const std::uint32_t interface = ipv4->AddInterface(devices.Get(i));
    ipv4->AddAddress(interface, ns3::Ipv4InterfaceAddress(Ipv4Address(network + 1 + i),
                                                          ns3::Ipv4Mask("255.255.255.252")));
    ipv4->SetMetric(interface, 1);
    ipv4->SetUp(interface);
  }
  network += 4;
  return {Ipv4Address(network - 3), Ipv4Address(network - 2)};
}

Ptr<ns3::Ipv4StaticRouting> routes_of(Ptr<Node> node) {
  return ns3::Ipv4StaticRoutingHelper().GetStaticRouting(node->GetObject<ns3::Ipv4>());
}

void set_forwarding(Ptr<Node> node) {
  node->GetObject<ns3::Ipv4>()->SetAttribute("IpForward", ns3::BooleanValue(true));
}

/// Each returns the hops of one packet.
std::uint32_t build_chain() {
  const ns3::NodeContainer nodes = add_nodes(settings.routers + 2);
  const std::uint32_t last = settings.routers + 1;
  std::vector<Ends> cables;
  for (std::uint32_t i = 0; i < last; ++i) cables.push_back(join(nodes.Get(i), nodes.Get(i + 1)));
  const Ipv4Address target = cables.back().right;
  for (std::uint32_t i = 0; i + 1 < last; ++i) {
    routes_of(nodes.Get(i))->AddHostRouteTo(target, cables[i].right, i == 0 ? 1 : 2);
    routes_of(nodes.Get(i + 2))->AddHostRouteTo(cables.front().left, cables[i + 1].left, 1);
  }
  for (std::uint32_t i = 1; i < last; ++i) set_forwarding(nodes.Get(i));
  add_sink(nodes.Get(last));
  add_source(nodes.Get(0), target, ns3::MilliSeconds(1), ns3::MicroSeconds(2), settings.packets);
  return last;
}

void drain(Ptr<ns3::Socket> socket) {
  while (Ptr<ns3::Packet> packet = socket->Recv()) arrived += packet->GetSize();
}

void accepted(Ptr<ns3::Socket> socket, const ns3::Address&) {
  socket->SetRecvCallback(ns3::MakeCallback(&drain));
}

/// Bulk data through one router. Buffers of 1 MiB; at 100 Mbit/s and 10 ms the path holds 500 kB.
/// What differs from natsim's TCP by default is set alike where it can be: Reno that counts octets,
/// CUBIC without HyStart, timeouts from 200 ms on.
void build_tcp() {
  ns3::Config::SetDefault(
      "ns3::TcpL4Protocol::SocketType",
      ns3::TypeIdValue(ns3::TypeId::LookupByName(settings.congestion == "reno" ? "ns3::TcpLinuxReno"
                                                                               : "ns3::TcpCubic")));
  ns3::Config::SetDefault("ns3::TcpCubic::HyStart", ns3::BooleanValue(false));
  ns3::Config::SetDefault("ns3::TcpSocketBase::MinRto", ns3::TimeValue(ns3::MilliSeconds(200)));
  ns3::Config::SetDefault("ns3::TcpSocket::SegmentSize", ns3::UintegerValue(1448));
  ns3::Config::SetDefault("ns3::TcpSocket::SndBufSize", ns3::UintegerValue(1 << 20));
  ns3::Config::SetDefault("ns3::TcpSocket::RcvBufSize", ns3::UintegerValue(1 << 20));
  const ns3::NodeContainer nodes = add_nodes(3);
  set_forwarding(nodes.Get(1));
  const std::string rate = std::to_string(settings.mbps) + "Mbps";
  const Ends left = join(nodes.Get(0), nodes.Get(1), rate, settings.delay);
  const Ends right = join(nodes.Get(1), nodes.Get(2), rate, settings.delay);
  if (settings.lost > 0) {
    // With SACK, 3.37 stops for good once a retransmission was lost as well; with the proportional
    // rate reduction that it has by default and no SACK, some runs crawl from some second on.
    ns3::Config::SetDefault("ns3::TcpSocketBase::Sack", ns3::BooleanValue(false));
    ns3::Config::SetDefault("ns3::TcpL4Protocol::RecoveryType",
                            ns3::TypeIdValue(ns3::TcpClassicRecovery::GetTypeId()));
    Ptr<ns3::RateErrorModel> loss = ns3::CreateObject<ns3::RateErrorModel>();
    loss->SetUnit(ns3::RateErrorModel::ERROR_UNIT_PACKET);
    loss->SetRate(settings.lost);
    nodes.Get(2)
        ->GetDevice(nodes.Get(2)->GetNDevices() - 1)
        ->SetAttribute("ReceiveErrorModel", ns3::PointerValue(loss));
  }
  routes_of(nodes.Get(0))->SetDefaultRoute(left.right, 1);
  routes_of(nodes.Get(2))->SetDefaultRoute(right.left, 1);
  Ptr<ns3::Socket> listener =
      ns3::Socket::CreateSocket(nodes.Get(2), ns3::TcpSocketFactory::GetTypeId());
  listener->Bind(ns3::InetSocketAddress(Ipv4Address::GetAny(), kPort));
  listener->Listen();
  listener->SetAcceptCallback(ns3::MakeNullCallback<bool, Ptr<ns3::Socket>, const ns3::Address&>(),
                              ns3::MakeCallback(&accepted));
  ns3::BulkSendHelper bulk("ns3::TcpSocketFactory", ns3::InetSocketAddress(right.right, kPort));
  bulk.SetAttribute("SendSize", ns3::UintegerValue(1448));
  bulk.Install(nodes.Get(0)).Start(ns3::MilliSeconds(1));
  ns3::Simulator::Stop(ns3::Seconds(settings.seconds));
}

std::uint32_t build_star() {
  const ns3::NodeContainer nodes = add_nodes(settings.hosts + 1);
  Ptr<Node> router = nodes.Get(settings.hosts);
  set_forwarding(router);
  Ipv4Address target;
  for (std::uint32_t i = 0; i < settings.hosts; ++i) {
    const Ends ends =
        i == 0 ? join(nodes.Get(i), router, "400Gbps", "10ns") : join(nodes.Get(i), router);
    routes_of(nodes.Get(i))->SetDefaultRoute(ends.right, 1);
    if (i == 0) target = ends.left;
  }
  add_sink(nodes.Get(0));
  settings.packets -= settings.packets % (settings.hosts - 1);
  for (std::uint32_t i = 1; i < settings.hosts; ++i)
    add_source(nodes.Get(i), target, ns3::MilliSeconds(1) + ns3::NanoSeconds(997 * i),
               ns3::MicroSeconds(2 * (settings.hosts - 1)),
               settings.packets / (settings.hosts - 1));
  return 2;
}

void build_setup() {
  Ptr<Node> router;
  for (std::uint32_t i = 0; i < settings.hosts; ++i) {
    if (i % 100 == 0) {
      router = add_nodes(1).Get(0);
      set_forwarding(router);
    }
    Ptr<Node> host = add_nodes(1).Get(0);
    routes_of(host)->SetDefaultRoute(join(host, router).right, 1);
  }
  ns3::Simulator::Stop(ns3::NanoSeconds(1));  // the start-up events of all nodes
}

void parse(int argc, char** argv) {
  ns3::CommandLine options;
  options.AddValue("routers", "of the chain", settings.routers);
  options.AddValue("hosts", "of the star, or to set up", settings.hosts);
  options.AddValue("size", "UDP payload, bytes", settings.size);
  options.AddValue("packets", "in all", settings.packets);
  options.AddValue("delay", "of each cable", settings.delay);
  options.AddValue("seconds", "of tcp, simulated", settings.seconds);
  options.AddValue("mbps", "of tcp: the cables' bandwidth", settings.mbps);
  options.AddValue("lost", "of tcp: the share of segments with data", settings.lost);
  options.AddValue("congestion", "of tcp: reno or cubic", settings.congestion);
  options.AddValue("bytes", "payloads in memory, checksums made and checked", settings.bytes);
  options.Parse(argc, argv);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string scene = argc > 1 ? argv[1] : "";
  if (scene == "about") {
    const auto* const components = ns3::LogComponent::GetComponentList();
    std::printf("ns3 logging=%d\n", components->empty() ? 0 : 1);
    return 0;
  }
  if (scene != "chain" && scene != "star" && scene != "setup" && scene != "tcp") {
    std::fputs("usage: natsim-bench-ns3 chain|star|tcp|setup|about [--help]\n", stderr);
    return 2;
  }
  parse(argc - 1, argv + 1);
  if (settings.delay.empty()) settings.delay = scene == "tcp" ? "10ms" : "10us";
  if (settings.bytes) ns3::GlobalValue::Bind("ChecksumEnabled", ns3::BooleanValue(true));
  const std::uint64_t memory_kb = resident_kb();
  const double building = seconds(CLOCK_MONOTONIC),
               building_cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
  std::uint32_t path = 0;
  if (scene == "chain") path = build_chain();
  if (scene == "star") path = build_star();
  if (scene == "setup") build_setup();
  if (scene == "tcp") build_tcp();
  double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
  ns3::Simulator::Run();
  if (scene == "setup") {
    std::printf("setup hosts=%u wall_s=%.4f cpu_s=%.4f bytes_per_host=%lu\n", settings.hosts,
                seconds(CLOCK_MONOTONIC) - building,
                seconds(CLOCK_PROCESS_CPUTIME_ID) - building_cpu,
                (unsigned long)((resident_kb() - memory_kb) * 1024 / settings.hosts));
  } else if (scene == "tcp") {
    wall = seconds(CLOCK_MONOTONIC) - wall;
    cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    std::printf("tcp seconds=%u wall_s=%.4f cpu_s=%.4f bytes=%lu simulated_per_cpu_s=%.2f\n",
                settings.seconds, wall, cpu, (unsigned long)arrived, settings.seconds / cpu);
  } else {
    wall = seconds(CLOCK_MONOTONIC) - wall;
    cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    const double hops = double(settings.packets * path);
    std::printf("%s hops=%.0f wall_s=%.4f cpu_s=%.4f hops_per_s=%.0f hops_per_cpu_s=%.0f\n",
                scene.c_str(), hops, wall, cpu, hops / wall, hops / cpu);
    if (arrived != settings.packets) {
      std::fprintf(stderr, "natsim-bench-ns3: %lu packets sent, %lu arrived\n",
                   (unsigned long)settings.packets, (unsigned long)arrived);
      return 1;
    }
  }
  std::fflush(stdout);
  std::_Exit(0);  // What taking it down costs is no part of any figure.
}
