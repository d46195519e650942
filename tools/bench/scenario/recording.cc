#include "tools/bench/scenario/recording.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <utility>
#include <vector>

#include "src/capture/directory.h"
#include "src/cli/capture_observer.h"

namespace natsim::bench {
namespace {

/// A folder for captures, which a temporary one does not survive.
class Folder {
 public:
  explicit Folder(std::string path) : path_(std::move(path)), keep_(!path_.empty()) {
    if (keep_) return;
    std::string pattern = std::filesystem::temp_directory_path() / "natsim-bench-XXXXXX";
    if (mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    if (!keep_ && !path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  bool keep_;
};

/// A pcap file for each interface, and no more than that: what other simulators' tracing writes.
class PcapRecording final : public Recording, private Observer {
 public:
  PcapRecording(Network& network, const Settings& settings)
      : network_(network), folder_(settings.folder), plan_(network) {
    auto opened = OutputFolder::open(folder_.path());
    if (!opened.ok()) {
      trouble_ = opened.error().text();
      return;
    }
    output_ = std::move(opened).value();
    for (const std::string& name : pcap_names(plan_.interfaces()))
      files_.emplace_back(BufferedFile(*output_, name, 1u << 20, BufferedFile::Descriptor::kept),
                          Epoch{});
    network.observe(this);
  }

  std::uint64_t finish() override {
    network_.observe(nullptr);
    for (PcapWriter& file : files_) {
      file.file().finish();
      if (!file.file().error()) file.file().publish();
      if (file.file().error()) trouble_ = file.file().error()->text();
    }
    return records_;
  }

 private:
  bool wants_visits() const override { return false; }
  void on_frame(const FrameEvent& event) override {
    const int id = plan_.find(event.node, event.interface);
    if (id < 0) return;
    files_[std::size_t(id)].record(event.when, event.frame);
    ++records_;
  }

  Network& network_;
  Folder folder_;
  CapturePlan plan_;
  std::unique_ptr<OutputFolder> output_;
  std::vector<PcapWriter> files_;
  std::uint64_t records_ = 0;
};

/// What `natsim run` writes.
class ProgramRecording final : public Recording {
 public:
  ProgramRecording(Network& network, const Settings& settings)
      : network_(network), folder_(settings.folder), plan_(network) {
    CaptureOptions options;
    options.directory = folder_.path();
    options.name = "bench";
    options.interfaces = plan_.interfaces();
    auto opened = CaptureDirectory::open(std::move(options));
    if (!opened.ok()) {
      trouble_ = opened.error().text();
      return;
    }
    captures_ = std::move(opened).value();
    observer_ = std::make_unique<CaptureObserver>(*captures_, plan_, sources_);
    network.observe(observer_.get());
  }

  std::uint64_t finish() override {
    network_.observe(nullptr);
    if (captures_ == nullptr) return 0;
    observer_->flush();
    if (const FileStatus error = captures_->close()) trouble_ = error->text();
    return captures_->frames();
  }

 private:
  Network& network_;
  Folder folder_;
  CapturePlan plan_;
  SourceMap sources_;
  std::unique_ptr<CaptureDirectory> captures_;
  std::unique_ptr<CaptureObserver> observer_;
};

}  // namespace

std::unique_ptr<Recording> Recording::begin(Network& network, const Settings& settings) {
  switch (settings.captures) {
    case Captures::pcap: return std::make_unique<PcapRecording>(network, settings);
    case Captures::program: return std::make_unique<ProgramRecording>(network, settings);
    case Captures::none: break;
  }
  return nullptr;
}

}  // namespace natsim::bench
