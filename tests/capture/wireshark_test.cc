// Wireshark's tools read the captures and see in them what was put there. ETH-23
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>

#include "src/capture/directory.h"
#include "tests/capture/temp_folder.h"

namespace natsim {
namespace {

using testing::HasSubstr;
using testing::Not;

bool installed(const std::string& tool) {
  return std::system(("command -v " + tool + " >/dev/null 2>&1").c_str()) == 0;
}

// What a command prints; it has to succeed.
std::string output_of(const std::string& command) {
  std::string text;
  std::FILE* const pipe = ::popen((command + " 2>/dev/null").c_str(), "r");
  if (pipe == nullptr) return "cannot run " + command;
  char part[4096];
  while (const std::size_t size = std::fread(part, 1, sizeof part, pipe)) text.append(part, size);
  const int status = ::pclose(pipe);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << command << "\n" << text;
  return text;
}

// 10.0.0.2 asks 10.0.0.1 who has it, untagged and in VLAN 10.
const char* const kArp =
    "ffffffffffff 020000000001 0806"
    "0001080006040001 020000000001 0a000002 000000000000 0a000001 "
    "000000000000000000000000000000000000";
const char* const kTaggedArp =
    "ffffffffffff 020000000001 8100 000a 0806"
    "0001080006040001 020000000001 0a000002 000000000000 0a000001 0000000000000000000000000000";

class Wireshark : public testing::Test {
 protected:
  void SetUp() override {
    if (!installed("tshark") || !installed("capinfos")) GTEST_SKIP() << "tshark is not installed";
    CaptureOptions options;
    options.directory = temp_.path();
    options.name = "lab";
    options.epoch = {1'767'225'600};
    options.interfaces = {{"pc", "eth0"}, {"router", "lan.10"}, {"idle", "eth0"}};
    auto captures = CaptureDirectory::open(std::move(options)).value();
    captures->add_tls_keys("CLIENT_RANDOM 00 00\n");
    captures->record(0, Direction::sent, Instant::from_ns(1), from_hex(kArp));
    captures->record(1, Direction::received, Instant::from_ns(1'000'000'123), from_hex(kTaggedArp),
                     "dropped by rule “käse”");
    captures->record(1, Direction::sent, Instant::from_ns(1'000'000'124), from_hex("c0ffee"));
    ASSERT_EQ(captures->close(), FileStatus());
  }

  TempFolder temp_;
};

TEST_F(Wireshark, SeesInterfacesTimesDirectionsAndVerdicts) {
  EXPECT_EQ(output_of("tshark -r " + temp_ / "lab.pcapng" +
                      " -T fields -E separator='|' -e frame.interface_name -e frame.time_epoch"
                      " -e frame.packet_flags_direction -e frame.len -e frame.comment"),
            "pc:eth0|1767225600.000000001|0x00000002|60|\n"
            "router:lan.10|1767225601.000000123|0x00000001|60|dropped by rule “käse”\n"
            "router:lan.10|1767225601.000000124|0x00000002|3|\n");
}

TEST_F(Wireshark, DissectsTheFramesOfEachInterface) {
  EXPECT_EQ(
      output_of("tshark -r " + temp_ / "router-lan.10.pcap" +
                " -T fields -E separator='|' -e frame.time_epoch -e frame.protocols -e vlan.id"),
      "1767225601.000000123|eth:ethertype:vlan:ethertype:arp|10\n"
      "1767225601.000000124|eth|\n");
}

TEST_F(Wireshark, CountsWhatIsInTheFiles) {
  const std::string all = output_of("capinfos " + temp_ / "lab.pcapng");
  EXPECT_THAT(all, HasSubstr("Number of packets:   3\n"));
  EXPECT_THAT(all, HasSubstr("nanoseconds (9)"));
  EXPECT_THAT(all, HasSubstr("Number of interfaces in file: 3"));
  EXPECT_THAT(all, HasSubstr("Capture application: natsim"));
  EXPECT_THAT(all, HasSubstr("Number of decryption secrets in file: 1"));
  EXPECT_THAT(all, HasSubstr("Strict time order:   True"));
  EXPECT_THAT(all, Not(HasSubstr("cut short")));

  const std::string idle = output_of("capinfos " + temp_ / "idle-eth0.pcap");
  EXPECT_THAT(idle, HasSubstr("Number of packets:   0\n"));
  EXPECT_THAT(idle, HasSubstr("File encapsulation:  Ethernet"));
  EXPECT_THAT(idle, HasSubstr("nanoseconds (9)"));
}

}  // namespace
}  // namespace natsim
