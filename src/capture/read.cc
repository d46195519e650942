#include "src/capture/read.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "src/capture/pcap_library.h"

namespace natsim {
namespace {

using Frames = Result<std::vector<CapturedFrame>, std::string>;
using Stream = std::unique_ptr<std::FILE, decltype(&std::fclose)>;
using Handle = std::unique_ptr<pcap_t, PcapClose>;

std::string error_text(int number) { return std::generic_category().message(number); }

/// Nanoseconds since 1970; nothing if that is no time, or none that 64 bits hold. libpcap checks
/// neither part.
std::optional<std::int64_t> time_of(const pcap_pkthdr& header) {
  const std::int64_t nanoseconds = header.ts.tv_usec;  // As asked of libpcap.
  std::int64_t time = 0;
  if (nanoseconds < 0 || nanoseconds >= 1'000'000'000 ||
      __builtin_mul_overflow(std::int64_t(header.ts.tv_sec), 1'000'000'000, &time) ||
      __builtin_add_overflow(time, nanoseconds, &time))
    return std::nullopt;
  return time;
}

/// Collects packets, and knows what is wrong with one.
class Collector {
 public:
  explicit Collector(const CaptureLimits& limits) : limits_(limits) {}

  /// Nothing if the packet was taken.
  std::optional<std::string> take(const pcap_pkthdr& header, const std::uint8_t* data) {
    const std::size_t number = frames_.size() + 1;
    if (number > limits_.frames_max)
      return fmt::format("it has more than {} packets", limits_.frames_max);
    if (header.caplen < header.len)
      return fmt::format("packet {} was cut to {} of {} bytes when it was captured", number,
                         header.caplen, header.len);
    if (header.caplen > limits_.frame_bytes_max)
      return fmt::format("packet {} has {} bytes, more than a frame can have ({})", number,
                         header.caplen, limits_.frame_bytes_max);
    bytes_ += header.caplen;
    if (bytes_ > limits_.bytes_max)
      return fmt::format("its packets have more than {} bytes", limits_.bytes_max);
    const std::optional<std::int64_t> time = time_of(header);
    if (!time) return fmt::format("packet {} has no valid time", number);
    if (!advance_to(*time)) return fmt::format("packet {} is centuries after the first", number);
    frames_.push_back({offset_, Bytes(data, data + header.caplen)});
    return std::nullopt;
  }

  std::vector<CapturedFrame> frames() && { return std::move(frames_); }

 private:
  bool advance_to(std::int64_t time) {
    if (frames_.empty()) first_ = time;
    std::int64_t since_first = 0;
    if (time < first_) return true;
    if (__builtin_sub_overflow(time, first_, &since_first)) return false;
    offset_ = std::max(offset_, Duration::nanoseconds(since_first));
    return true;
  }

  CaptureLimits limits_;
  std::vector<CapturedFrame> frames_;
  std::size_t bytes_ = 0;
  std::int64_t first_ = 0;
  Duration offset_;
};

Frames read_packets(const PcapLibrary& pcap, pcap_t* handle, const CaptureLimits& limits) {
  Collector collector(limits);
  for (;;) {
    pcap_pkthdr* header = nullptr;
    const u_char* data = nullptr;
    const int status = pcap.next_ex(handle, &header, &data);
    if (status == PCAP_ERROR_BREAK) return std::move(collector).frames();
    if (status != 1) return std::string(pcap.geterr(handle));
    if (std::optional<std::string> problem = collector.take(*header, data)) return *problem;
  }
}

Frames read_stream(Stream stream, const CaptureLimits& limits) {
  const auto library = PcapLibrary::get();
  if (!library.ok()) return library.error();
  const PcapLibrary& pcap = *library.value();
  char error[PCAP_ERRBUF_SIZE] = "";
  const Handle handle(
      pcap.fopen_offline_with_tstamp_precision(stream.get(), PCAP_TSTAMP_PRECISION_NANO, error));
  if (!handle) return std::string(error);
  (void)stream.release();  // The handle closes it.
  if (const int type = pcap.datalink(handle.get()); type != DLT_EN10MB) {
    const char* name = pcap.datalink_val_to_name(type);
    return fmt::format("its link type is {}, not Ethernet",
                       name == nullptr ? std::to_string(type) : std::string(name));
  }
  return read_packets(pcap, handle.get(), limits);
}

}  // namespace

Frames read_capture(const std::string& path, const CaptureLimits& limits) {
  struct stat status {};
  // Looked at before it is opened: opening a pipe would wait for a writer.
  if (::stat(path.c_str(), &status) != 0) return error_text(errno);
  if (!S_ISREG(status.st_mode)) return std::string("it is not a regular file");
  Stream stream(std::fopen(path.c_str(), "rbe"), &std::fclose);
  if (!stream) return error_text(errno);
  return read_stream(std::move(stream), limits);
}

Frames read_capture(ByteSpan file, const CaptureLimits& limits) {
  if (file.empty()) return std::string("the file is empty");
  Stream stream(::fmemopen(const_cast<std::uint8_t*>(file.data()), file.size(), "rb"),
                &std::fclose);
  if (!stream) return error_text(errno);
  return read_stream(std::move(stream), limits);
}

}  // namespace natsim
