// The classic capture file of one interface, with nanosecond timestamps: libpcap's bytes.
//
//   file    | a1b23c4d | 2 | 4 | 0 | 0 | snap length | 1 |
//   record  | seconds | nanoseconds | captured | original | bytes …   32-bit words, little-endian
#pragma once

#include <cstdint>

#include "sim/base/bytes.h"
#include "src/capture/buffered_file.h"
#include "src/capture/format.h"

namespace natsim {

/// Writes what pcap_dump() would write, several times faster. Errors are those of the file.
class PcapWriter {
 public:
  /// Writes the head of the file.
  PcapWriter(BufferedFile file, Epoch epoch);

  /// Ethernet without FCS, VLAN tags in line. The format counts seconds in 32 bits: in 2106 they
  /// start again at 0. REQUIRES: when >= 0.
  void record(Instant when, ByteSpan frame);

  BufferedFile& file() { return file_; }
  const BufferedFile& file() const { return file_; }

 private:
  BufferedFile file_;
  Epoch epoch_;
};

}  // namespace natsim
