#include "src/capture/filter.h"

#include <cstdio>

#include "src/capture/format.h"
#include "src/capture/pcap_library.h"

namespace natsim {
namespace {

using Handle = std::unique_ptr<pcap_t, PcapClose>;

// Expressions are compiled for a capture file, not for pcap_open_dead(): for that, libpcap would
// turn "inbound" into a question to a live interface, which no frame answers.
Handle open_empty_capture(const PcapLibrary& pcap) {
  static const PcapFileHead head;  // Outlives the handle, which reads from it.
  std::FILE* const file = ::fmemopen(const_cast<PcapFileHead*>(&head), sizeof head, "rb");
  char error[PCAP_ERRBUF_SIZE];
  Handle handle(file == nullptr ? nullptr
                                : pcap.fopen_offline_with_tstamp_precision(
                                      file, PCAP_TSTAMP_PRECISION_MICRO, error));
  if (!handle && file != nullptr) std::fclose(file);
  return handle;
}

}  // namespace

void CaptureFilter::Free::operator()(bpf_program* program) const {
  pcap->freecode(program);
  delete program;
}

Result<CaptureFilter, std::string> CaptureFilter::compile(std::string_view expression) {
  if (expression.find('\0') != std::string_view::npos) return std::string("it holds a NUL byte");
  const auto library = PcapLibrary::get();
  if (!library.ok()) return library.error();
  const PcapLibrary& pcap = *library.value();
  const Handle handle = open_empty_capture(pcap);
  if (!handle) return std::string("libpcap has no memory");
  Program program(new bpf_program{}, Free{&pcap});
  const std::string text(expression);
  if (pcap.compile(handle.get(), program.get(), text.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0)
    return std::string(pcap.geterr(handle.get()));
  return CaptureFilter(std::move(program));
}

bool CaptureFilter::matches(ByteSpan frame) const {
  pcap_pkthdr header{};
  header.caplen = header.len = bpf_u_int32(frame.size());
  return program_.get_deleter().pcap->offline_filter(program_.get(), &header, frame.data()) != 0;
}

}  // namespace natsim
