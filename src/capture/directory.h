// The captures of one run: a pcapng file with every interface, a pcap file for each one, and where
// programs spoke TLS its secrets.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/bytes.h"
#include "sim/base/result.h"
#include "sim/observe/observer.h"
#include "src/capture/buffered_file.h"
#include "src/capture/file_error.h"
#include "src/capture/filter.h"
#include "src/capture/format.h"
#include "src/capture/output_folder.h"
#include "src/capture/pcap.h"
#include "src/capture/pcapng.h"

namespace natsim {

struct CaptureInterface {
  std::string node, name;
};

struct CaptureOptions {
  std::string directory;
  std::string name;  ///< the topology's; names the pcapng file
  Epoch epoch;
  std::vector<CaptureInterface> interfaces;
  std::optional<CaptureFilter> filter;  ///< none: every frame
};

/// "NODE-INTERFACE.pcap" for each interface. Where two would be called alike ("a-b" and "c", "a"
/// and "b-c"), the later one gets a number: "a-b-c-2.pcap".
std::vector<std::string> pcap_names(const std::vector<CaptureInterface>& interfaces);

/// Writes NAME.pcapng and the pcap files into a folder, and NAME.keys beside them if there are
/// keys: a key log in the format of NSS (SSLKEYLOGFILE), for the pcap files, which cannot hold
/// them. An interface that saw no frame gets a file without frames. The files bear the suffix
/// ".part" until close(), which finishes all of them or removes all of them: whatever has its own
/// name is whole. Captures of earlier runs stay until then. Used by one thread.
class CaptureDirectory {
 public:
  /// Makes the folder and the pcapng file, so that most trouble shows before the simulation runs.
  /// REQUIRES: no name is empty or holds a '/' or a NUL byte.
  static Result<std::unique_ptr<CaptureDirectory>, FileError> open(CaptureOptions options);
  /// Without close() nothing is left behind.
  ~CaptureDirectory();

  /// A frame as it passed `interfaces[interface]`, if the filter has no objection; the comment goes
  /// into the pcapng file only. After an error nothing is recorded any more. REQUIRES: not closed.
  void record(std::uint32_t interface, Direction direction, Instant when, ByteSpan frame,
              std::string_view comment = {});
  /// Lines of a key log; see PcapngWriter::add_tls_keys().
  void add_tls_keys(std::string_view key_log);

  /// Finishes the files and gives them their names. The error is the first one there was since
  /// open(). Closing twice does nothing and tells the same.
  FileStatus close();

  /// The first error so far, for who wants to stop early.
  const FileStatus& error() const { return error_; }
  /// Frames recorded.
  std::uint64_t frames() const { return frames_; }
  /// "FOLDER/NAME.pcapng"
  std::string pcapng_path() const;

 private:
  CaptureDirectory(std::unique_ptr<OutputFolder> folder, CaptureOptions options);
  void discard();
  std::vector<BufferedFile*> files();

  std::unique_ptr<OutputFolder> folder_;
  std::string keys_name_;
  std::optional<CaptureFilter> filter_;
  PcapngWriter pcapng_;
  std::vector<PcapWriter> pcaps_;
  std::optional<BufferedFile> keys_;  // made for the first of them
  std::uint64_t frames_ = 0;
  bool closed_ = false;
  FileStatus error_;
};

}  // namespace natsim
