// What the Linux kernel is given to translate: raw UDP frames put on a device, as fast as one core
// makes them go; and one datagram with its answer. The script `nat` beside it builds the network.
//
//   natsim-bench-kernel flood DEVICE SOURCE-MAC TARGET-MAC SOURCE TARGET FLOWS SIZE SECONDS
//   natsim-bench-kernel ask ADDRESS PORT       sends one octet until it comes back
//   natsim-bench-kernel answer PORT            sends one datagram back, and ends
//
// flood takes FLOWS source ports in turn, with SIZE octets of payload, and prints what it sent and
// the processor time that this took: its own, in whose system calls the kernel forwards, and that
// of the threads the kernel turns to when it falls behind.
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "sim/base/bytes.h"
#include "sim/wire/ipv4.h"
#include "sim/wire/l4_checksum.h"
#include "sim/wire/udp.h"

namespace natsim::bench {
namespace {

constexpr std::size_t kBatch = 64;  // frames a system call
constexpr std::uint16_t kPort = 9000;
constexpr std::uint16_t kFirstSourcePort = 10'000;
constexpr std::size_t kEthernetBytes = 14;

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

double seconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return double(now.tv_sec) + double(now.tv_nsec) * 1e-9;
}

/// Processor time of the kernel's own threads for packets: ksoftirqd of every core.
double ksoftirqd_seconds() {
  double sum = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::string name;
    std::ifstream(entry.path() / "comm") >> name;
    if (name.rfind("ksoftirqd/", 0) != 0) continue;
    double nanoseconds = 0;
    std::ifstream(entry.path() / "schedstat") >> nanoseconds;
    sum += nanoseconds * 1e-9;
  }
  return sum;
}

struct Flood {
  const char* device;
  ether_addr source_mac, target_mac;
  Ipv4Address source, target;
  std::uint16_t flows, size;
  double length_s;
};

Bytes frame_of(const Flood& flood, std::uint16_t source_port) {
  Bytes frame(kEthernetBytes + kIpv4HeaderBytes + kUdpHeaderBytes + flood.size, 0x5a);
  std::memcpy(frame.data(), &flood.target_mac, 6);
  std::memcpy(frame.data() + 6, &flood.source_mac, 6);
  store_be16(frame.data() + 12, ETHERTYPE_IP);
  const auto ip = MutableByteSpan(frame).subspan(kEthernetBytes);
  Ipv4Header header{.payload_bytes = std::uint16_t(kUdpHeaderBytes + flood.size)};
  header.source = flood.source;
  header.destination = flood.target;
  header.emit(ip);
  const auto udp = ip.subspan(kIpv4HeaderBytes);
  UdpHeader{.source_port = source_port, .destination_port = kPort, .payload_bytes = flood.size}
      .emit(udp);
  finish_l4_checksum(Protocol::udp, {flood.source, flood.target}, udp);
  return frame;
}

int run_flood(const Flood& flood) {
  std::vector<Bytes> frames;  // all beforehand: the loop only sends
  for (std::uint32_t i = 0; i < flood.flows; ++i)
    frames.push_back(frame_of(flood, std::uint16_t(kFirstSourcePort + i)));
  const int fd = socket(AF_PACKET, SOCK_RAW, 0);
  if (fd < 0) die("socket");
  sockaddr_ll to{};
  to.sll_family = AF_PACKET;
  to.sll_ifindex = int(if_nametoindex(flood.device));
  to.sll_halen = 6;
  if (to.sll_ifindex == 0) die(flood.device);
  std::array<iovec, kBatch> parts{};
  std::array<mmsghdr, kBatch> messages{};
  for (std::size_t i = 0; i < kBatch; ++i) {
    messages[i].msg_hdr.msg_name = &to;
    messages[i].msg_hdr.msg_namelen = sizeof to;
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  std::uint64_t sent = 0;
  std::size_t flow = 0;
  const double start = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID),
               kernel = ksoftirqd_seconds();
  while (seconds(CLOCK_MONOTONIC) < start + flood.length_s) {
    for (iovec& part : parts) {
      part = {frames[flow].data(), frames[flow].size()};
      if (++flow == frames.size()) flow = 0;
    }
    const int n = sendmmsg(fd, messages.data(), kBatch, 0);
    if (n < 0 && errno != ENOBUFS) die("sendmmsg");
    if (n > 0) sent += std::uint64_t(n);
  }
  const double own = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
  std::printf("sent=%lu wall_s=%.4f own_cpu_s=%.4f cpu_s=%.4f\n", (unsigned long)sent,
              seconds(CLOCK_MONOTONIC) - start, own, own + ksoftirqd_seconds() - kernel);
  close(fd);
  return 0;
}

sockaddr_in socket_address(const char* ip, int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(std::uint16_t(port));
  if (ip != nullptr && inet_pton(AF_INET, ip, &address.sin_addr) != 1) die(ip);
  return address;
}

int open_socket(timeval patience) {
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0) die("socket");
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  return fd;
}

int ask(const char* ip, int port) {
  const sockaddr_in to = socket_address(ip, port);
  const int fd = open_socket({0, 20'000});
  if (connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) die("connect");
  for (int i = 0; i < 200; ++i) {
    char octet = 'x';
    if (send(fd, &octet, 1, 0) == 1 && recv(fd, &octet, 1, 0) == 1) return 0;
    if (errno == ECONNREFUSED) usleep(500);
  }
  std::fputs("natsim-bench-kernel: no answer\n", stderr);
  return 1;
}

int answer(int port) {
  const sockaddr_in at = socket_address(nullptr, port);
  const int fd = open_socket({10, 0});
  if (bind(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) die("bind");
  sockaddr_in from{};
  socklen_t size = sizeof from;
  char octet = 0;
  if (recvfrom(fd, &octet, 1, 0, reinterpret_cast<sockaddr*>(&from), &size) != 1) return 1;
  return sendto(fd, &octet, 1, 0, reinterpret_cast<sockaddr*>(&from), size) == 1 ? 0 : 1;
}

int flood(char** words) {
  Flood flood{};
  flood.device = words[0];
  const auto source = Ipv4Address::parse(words[3]), target = Ipv4Address::parse(words[4]);
  const int flows = std::atoi(words[5]), size = std::atoi(words[6]);
  flood.length_s = std::atof(words[7]);
  if (ether_aton_r(words[1], &flood.source_mac) == nullptr ||
      ether_aton_r(words[2], &flood.target_mac) == nullptr || !source || !target || flows < 1 ||
      flows > 50'000 || size < 1 || size > 1472 || flood.length_s <= 0)
    return 2;
  flood.source = *source;
  flood.target = *target;
  flood.flows = std::uint16_t(flows);
  flood.size = std::uint16_t(size);
  return run_flood(flood);
}

}  // namespace
}  // namespace natsim::bench

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  int status = 2;
  if (mode == "flood" && argc == 10) status = natsim::bench::flood(argv + 2);
  if (mode == "ask" && argc == 4) status = natsim::bench::ask(argv[2], std::atoi(argv[3]));
  if (mode == "answer" && argc == 3) status = natsim::bench::answer(std::atoi(argv[2]));
  if (status == 2) std::fputs("natsim-bench-kernel: see the head of its source\n", stderr);
  return status;
}
