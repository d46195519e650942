// Classic captures are libpcap's, to the byte. ETH-23
#include "src/capture/pcap.h"

#include <gtest/gtest.h>
#include <pcap/pcap.h>

#include "tests/capture/temp_folder.h"

namespace natsim {
namespace {

constexpr Epoch kNewYear{1'767'225'600};

struct Timed {
  std::int64_t ns;
  Bytes frame;
};

Bytes written_by_natsim(const std::vector<Timed>& frames, std::size_t buffer_bytes = 4096) {
  const TempFolder temp;
  const auto folder = OutputFolder::open(temp.path()).value();
  PcapWriter out(BufferedFile(*folder, "x.pcap", buffer_bytes, {}), kNewYear);
  for (const Timed& timed : frames) out.record(Instant::from_ns(timed.ns), timed.frame);
  out.file().finish();
  EXPECT_EQ(out.file().error(), FileStatus());
  return file_bytes(temp / "x.pcap.part");
}

Bytes written_by_libpcap(const std::vector<Timed>& frames) {
  const TempFolder temp;
  pcap_t* const handle = pcap_open_dead_with_tstamp_precision(DLT_EN10MB, int(kSnapLength),
                                                              PCAP_TSTAMP_PRECISION_NANO);
  pcap_dumper_t* const dumper = pcap_dump_open(handle, (temp / "x.pcap").c_str());
  for (const Timed& timed : frames) {
    pcap_pkthdr header{};
    header.ts.tv_sec = kNewYear.seconds + timed.ns / 1'000'000'000;
    header.ts.tv_usec = timed.ns % 1'000'000'000;
    header.caplen = header.len = bpf_u_int32(timed.frame.size());
    pcap_dump(reinterpret_cast<u_char*>(dumper), &header, timed.frame.data());
  }
  pcap_dump_close(dumper);
  pcap_close(handle);
  return file_bytes(temp / "x.pcap");
}

TEST(PcapFile, HasANanosecondHeadAndOneRecordAFrame) {
  EXPECT_EQ(written_by_natsim({{1'000'000'002, from_hex("c0ffee")}}),
            from_hex("4d3cb2a1 0200 0400 00000000 00000000 00000400 01000000"
                     "01b95569 02000000 03000000 03000000 c0ffee"));
}

TEST(PcapFile, IsWhatLibpcapWrites) {
  std::vector<Timed> frames;
  std::int64_t ns = 0;
  for (const std::size_t size : {0, 1, 14, 42, 59, 60, 64, 1514, 1518, 9018, 65535})
    frames.push_back({ns += 999'999'999, counting_bytes(size)});
  EXPECT_EQ(written_by_natsim(frames), written_by_libpcap(frames));
}

TEST(PcapFile, IsWhatLibpcapWritesWithoutFrames) {
  EXPECT_EQ(written_by_natsim({}), written_by_libpcap({}));
}

TEST(PcapFile, IsWhatLibpcapWritesWhateverTheBuffer) {
  std::vector<Timed> frames;
  for (std::size_t size = 0; size < 300; ++size) frames.push_back({1, counting_bytes(size)});
  const Bytes expected = written_by_libpcap(frames);
  for (const std::size_t buffer_bytes : {0, 1, 100, 100'000})
    EXPECT_EQ(written_by_natsim(frames, buffer_bytes), expected) << buffer_bytes;
}

}  // namespace
}  // namespace natsim
