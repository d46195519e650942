// Which frames go into a capture: tcpdump's filter language, compiled by libpcap.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "sim/base/bytes.h"
#include "sim/base/result.h"

struct bpf_program;

namespace natsim {

struct PcapLibrary;

/// A compiled expression such as "udp port 67 or arp" (pcap-filter(7)). Like tcpdump, it looks a
/// host's name up in the DNS and a service's in /etc/services, but only if such names are used.
class CaptureFilter {
 public:
  /// An empty expression matches every frame. The error is libpcap's.
  static Result<CaptureFilter, std::string> compile(std::string_view expression);

  /// Whether the expression is true of an Ethernet frame.
  bool matches(ByteSpan frame) const;

 private:
  struct Free {
    void operator()(bpf_program* program) const;
    const PcapLibrary* pcap;
  };
  using Program = std::unique_ptr<bpf_program, Free>;
  explicit CaptureFilter(Program program) : program_(std::move(program)) {}

  Program program_;
};

}  // namespace natsim
