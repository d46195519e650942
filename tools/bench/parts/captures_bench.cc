// Records of captures, written to files in a temporary folder; libpcap's writer beside ours.
#include <benchmark/benchmark.h>
#include <pcap/pcap.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "sim/base/check.h"
#include "src/capture/pcap.h"
#include "src/capture/pcapng.h"

namespace natsim::bench {
namespace {

constexpr std::int64_t kFileBytes = 128 << 20;  // of one pass: what a page cache always has
constexpr std::size_t kBufferBytes = 1 << 20;

class TemporaryFolder {
 public:
  TemporaryFolder() : path_(std::filesystem::temp_directory_path() / "natsim-bench-XXXXXX") {
    SIM_CHECK(mkdtemp(path_.data()) != nullptr);
    auto opened = OutputFolder::open(path_);
    SIM_CHECK(opened.ok());
    folder_ = std::move(opened).value();
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  BufferedFile file() const {
    return {*folder_, "bench", kBufferBytes, BufferedFile::Descriptor::kept};
  }
  std::string file_path() const { return path_ + "/bench"; }

 private:
  std::string path_;
  std::unique_ptr<OutputFolder> folder_;
};

std::int64_t records_for(std::int64_t bytes) { return kFileBytes / (bytes + 32); }

void pcap_records(benchmark::State& state) {
  const Bytes frame(std::size_t(state.range(0)), 0x45);
  const std::int64_t records = records_for(state.range(0));
  const TemporaryFolder folder;
  for (auto _ : state) {
    PcapWriter writer(folder.file(), Epoch{});
    for (std::int64_t i = 0; i < records; ++i) writer.record(Instant::from_ns(i), frame);
    writer.file().finish();
    state.PauseTiming();
    writer.file().discard();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * records);
}

void pcapng_records(benchmark::State& state) {
  const Bytes frame(std::size_t(state.range(0)), 0x45);
  const std::int64_t records = records_for(state.range(0));
  const TemporaryFolder folder;
  for (auto _ : state) {
    PcapngWriter writer(folder.file(), Epoch{}, {"a:eth0"});
    for (std::int64_t i = 0; i < records; ++i)
      writer.record(0, Direction::sent, Instant::from_ns(i), frame);
    writer.file().finish();
    state.PauseTiming();
    writer.file().discard();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * records);
}

void libpcap_records(benchmark::State& state) {
  const Bytes frame(std::size_t(state.range(0)), 0x45);
  const std::int64_t records = records_for(state.range(0));
  const TemporaryFolder folder;
  pcap_t* const pcap =
      pcap_open_dead_with_tstamp_precision(DLT_EN10MB, 65535, PCAP_TSTAMP_PRECISION_NANO);
  for (auto _ : state) {
    pcap_dumper_t* const dumper = pcap_dump_open(pcap, folder.file_path().c_str());
    SIM_CHECK(dumper != nullptr);
    pcap_pkthdr header{};
    header.caplen = header.len = bpf_u_int32(frame.size());
    for (std::int64_t i = 0; i < records; ++i) {
      header.ts.tv_usec = suseconds_t(i);
      pcap_dump(reinterpret_cast<u_char*>(dumper), &header, frame.data());
    }
    pcap_dump_close(dumper);
    state.PauseTiming();
    std::filesystem::remove(folder.file_path());
    state.ResumeTiming();
  }
  pcap_close(pcap);
  state.SetItemsProcessed(state.iterations() * records);
}

BENCHMARK(pcap_records)->Arg(100)->Arg(1500)->Unit(benchmark::kMillisecond);
BENCHMARK(pcapng_records)->Arg(100)->Arg(1500)->Unit(benchmark::kMillisecond);
BENCHMARK(libpcap_records)->Arg(100)->Arg(1500)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace natsim::bench
