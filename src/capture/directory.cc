#include "src/capture/directory.h"

#include <algorithm>
#include <set>
#include <utility>

#include "sim/base/check.h"

namespace natsim {
namespace {

constexpr std::size_t kKeysBufferBytes = std::size_t(8) << 10;
constexpr std::size_t kPcapngBufferBytes = std::size_t(1) << 20;
constexpr std::size_t kPcapBufferBytesMax = std::size_t(256) << 10;
constexpr std::size_t kPcapBufferBytesMin = std::size_t(8) << 10;
// What the buffers of all pcap files may take together, as long as each can have the minimum.
constexpr std::size_t kPcapBuffersBytes = std::size_t(64) << 20;

bool fit_for_file_name(const std::string& name) {
  return !name.empty() && name.find('/') == std::string::npos &&
         name.find('\0') == std::string::npos;
}

std::vector<std::string> interface_names(const std::vector<CaptureInterface>& interfaces) {
  std::vector<std::string> names;
  names.reserve(interfaces.size());
  for (const CaptureInterface& interface : interfaces)
    names.push_back(interface.node + ':' + interface.name);
  return names;
}

}  // namespace

std::vector<std::string> pcap_names(const std::vector<CaptureInterface>& interfaces) {
  std::set<std::string> taken;
  std::vector<std::string> names;
  names.reserve(interfaces.size());
  for (const CaptureInterface& interface : interfaces) {
    SIM_CHECK(fit_for_file_name(interface.node) && fit_for_file_name(interface.name));
    const std::string stem = interface.node + '-' + interface.name;
    std::string name = stem + ".pcap";
    for (int number = 2; !taken.insert(name).second; ++number)
      name = stem + '-' + std::to_string(number) + ".pcap";
    names.push_back(std::move(name));
  }
  return names;
}

Result<std::unique_ptr<CaptureDirectory>, FileError> CaptureDirectory::open(
    CaptureOptions options) {
  SIM_CHECK(fit_for_file_name(options.name));
  if (!options.epoch.valid())
    return FileError{options.directory, "captures cannot tell times before 1970 or after 2106", 0};
  auto folder = OutputFolder::open(options.directory);
  if (!folder) return folder.error();
  std::unique_ptr<CaptureDirectory> captures(
      new CaptureDirectory(std::move(folder.value()), std::move(options)));
  captures->pcapng_.file().flush();
  if (const FileStatus& error = captures->pcapng_.file().error()) return *error;
  return captures;
}

CaptureDirectory::CaptureDirectory(std::unique_ptr<OutputFolder> folder, CaptureOptions options)
    : folder_(std::move(folder)),
      keys_name_(options.name + ".keys"),
      filter_(std::move(options.filter)),
      pcapng_(BufferedFile(*folder_, options.name + ".pcapng", kPcapngBufferBytes,
                           BufferedFile::Descriptor::kept),
              options.epoch, interface_names(options.interfaces)) {
  const std::vector<std::string> names = pcap_names(options.interfaces);
  const std::size_t share = kPcapBuffersBytes / std::max<std::size_t>(names.size(), 1);
  const std::size_t buffer_bytes = std::clamp(share, kPcapBufferBytesMin, kPcapBufferBytesMax);
  pcaps_.reserve(names.size());
  for (const std::string& name : names)
    pcaps_.emplace_back(
        BufferedFile(*folder_, name, buffer_bytes, BufferedFile::Descriptor::released),
        options.epoch);
}

CaptureDirectory::~CaptureDirectory() {
  if (!closed_) discard();
}

void CaptureDirectory::record(std::uint32_t interface, Direction direction, Instant when,
                              ByteSpan frame, std::string_view comment) {
  SIM_CHECK(interface < pcaps_.size() && !closed_);
  if (error_ || (filter_ && !filter_->matches(frame))) return;
  PcapWriter& pcap = pcaps_[interface];
  pcapng_.record(interface, direction, when, frame, comment);
  pcap.record(when, frame);
  ++frames_;
  if (const FileStatus& error = pcapng_.file().error()) error_ = error;
  if (const FileStatus& error = pcap.file().error(); error && !error_) error_ = error;
}

void CaptureDirectory::add_tls_keys(std::string_view key_log) {
  SIM_CHECK(!closed_);
  if (error_) return;
  pcapng_.add_tls_keys(key_log);
  if (!keys_)
    keys_.emplace(*folder_, keys_name_, kKeysBufferBytes, BufferedFile::Descriptor::released);
  keys_->append({reinterpret_cast<const std::uint8_t*>(key_log.data()), key_log.size()});
  if (const FileStatus& error = keys_->error()) error_ = error;
}

std::vector<BufferedFile*> CaptureDirectory::files() {
  std::vector<BufferedFile*> files{&pcapng_.file()};
  for (PcapWriter& pcap : pcaps_) files.push_back(&pcap.file());
  if (keys_) files.push_back(&*keys_);
  return files;
}

FileStatus CaptureDirectory::close() {
  if (closed_) return error_;
  closed_ = true;
  const std::vector<BufferedFile*> files = this->files();
  for (BufferedFile* file : files) {
    if (error_) break;
    file->finish();
    error_ = file->error();
  }
  for (BufferedFile* file : files) {
    if (error_) break;
    error_ = file->publish();
  }
  if (error_) discard();
  // An earlier run's keys open none of these.
  if (!error_ && !keys_) folder_->remove(keys_name_);
  return error_;
}

void CaptureDirectory::discard() {
  for (BufferedFile* file : files()) file->discard();
}

std::string CaptureDirectory::pcapng_path() const {
  return folder_->path_of(pcapng_.file().name());
}

}  // namespace natsim
