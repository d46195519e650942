// pcapng (draft-ietf-opsawg-pcapng): all interfaces of a simulation in one file.
//
//   SHB  IDB IDB …  (EPB | DSB)*      every block: | type | length | body … | length |, 32-bit
//   words
//
//   EPB  0               32              64
//        | 6             | total length  |
//        | interface     | time high     |   time: nanoseconds since 1970
//        | time low      | captured      |
//        | original      | bytes of the frame, padded to 32 bits …
//        | options: epb_flags (the direction), opt_comment | total length |
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/bytes.h"
#include "sim/observe/observer.h"
#include "src/capture/buffered_file.h"
#include "src/capture/format.h"

namespace natsim {

/// Writes one section in the byte order of the machine (little-endian), with Ethernet interfaces,
/// nanosecond timestamps and frames without FCS. Errors are those of the file.
class PcapngWriter {
 public:
  /// Longest comment, in bytes; the rest of a longer one is left out.
  static constexpr std::size_t kCommentBytesMax = 65535;
  /// Writes the head of the file. `interfaces` are the names that readers show, at most 65535
  /// bytes each; records refer to them by position.
  PcapngWriter(BufferedFile file, Epoch epoch, const std::vector<std::string>& interfaces);

  /// REQUIRES: interface is one of those given to the constructor, when >= 0. `comment` is UTF-8;
  /// empty: none.
  void record(std::uint32_t interface, Direction direction, Instant when, ByteSpan frame,
              std::string_view comment = {});

  /// What readers need to decrypt TLS, in the lines of an SSLKEYLOGFILE. Has to come before the
  /// frames that it is for. An empty text writes nothing. REQUIRES: less than 16 MiB.
  void add_tls_keys(std::string_view key_log);

  BufferedFile& file() { return file_; }
  const BufferedFile& file() const { return file_; }

 private:
  void write_section_header();
  void write_interface(std::string_view name);
  void write_block(std::uint32_t type, ByteSpan body);

  BufferedFile file_;
  Epoch epoch_;
  std::uint32_t interface_count_;
};

}  // namespace natsim
