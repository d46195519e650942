// How whoever started a probe learns what became of it.
#pragma once

#include <cstdint>
#include <string>

#include "sim/base/ids.h"
#include "sim/base/time.h"
#include "sim/transport/probe.h"

namespace natsim {

/// The result of a ping run, a TCP connect or a UDP exchange.
struct ProbeReport {
  std::uint64_t tag;  ///< the starter's own number for it
  NodeId node;        ///< that probed
  Instant when;
  ProbeOutcome outcome;
  std::string summary;  ///< "3 sent, 3 received, rtt min/avg/max = …"
  std::uint64_t bytes_sent = 0, bytes_received = 0;  ///< of payload
};

class ProbeListener {
 public:
  virtual void on_probe(const ProbeReport& report) = 0;

 protected:
  ~ProbeListener() = default;
};

/// Who wants to know; no listener: nobody does.
struct ProbeOwner {
  ProbeListener* listener = nullptr;
  std::uint64_t tag = 0;
};

}  // namespace natsim
