// libpcap, loaded when it is first needed.
//
// It is linked to D-Bus, and through that to systemd and four libraries of ciphers and compressors:
// loading them takes longer than the run of a small topology, which most often needs none of it.
#pragma once

#include <pcap/pcap.h>

#include <string>

#include "sim/base/result.h"

namespace natsim {

/// The functions of libpcap that natsim uses, under their names without "pcap_".
struct PcapLibrary {
  decltype(&::pcap_close) close;
  decltype(&::pcap_compile) compile;
  decltype(&::pcap_datalink) datalink;
  decltype(&::pcap_datalink_val_to_name) datalink_val_to_name;
  decltype(&::pcap_fopen_offline_with_tstamp_precision) fopen_offline_with_tstamp_precision;
  decltype(&::pcap_freecode) freecode;
  decltype(&::pcap_geterr) geterr;
  decltype(&::pcap_next_ex) next_ex;
  decltype(&::pcap_offline_filter) offline_filter;

  /// Loads it at the first call; it stays. The error says why it could not be loaded.
  static Result<const PcapLibrary*, std::string> get();
};

/// Closes a capture. REQUIRES: PcapLibrary::get() is ok().
struct PcapClose {
  void operator()(pcap_t* handle) const { PcapLibrary::get().value()->close(handle); }
};

}  // namespace natsim
