// FW-M22. LOG's lines, as the kernel prints them, stand where the user looks: in the run's output
// and beside the packet in the capture.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/scenario/program.h"
#include "tests/scenario/topologies.h"

namespace natsim::scenario {
namespace {

using testing::HasSubstr;

const char* const kTopology = R"(name: logged
networks: {lan: {}}
nodes:
  guard:
    type: host
    interfaces: {eth0: {network: lan, mac: "02:00:00:00:00:01", addresses: [10.0.0.1/24]}}
    iptables: |
      *filter
      -A INPUT -p tcp -j LOG --log-prefix "[knock] " --log-tcp-options
      -A INPUT -p tcp -j DROP
      COMMIT
  guest:
    type: host
    interfaces: {eth0: {network: lan, mac: "02:00:00:00:00:02", addresses: [10.0.0.2/24]}}
traffic:
  - at: 1s
    from: "guest:eth0"
    frame: "020000000001 020000000002 0800 45000028004200004006668c 0a0000020a000001
      04d20016 00000001 00000000 5002ffff 96f70000"
)";

const char* const kMac = "MAC=02:00:00:00:00:01:02:00:00:00:00:02:08:00";
const char* const kRest =
    "SRC=10.0.0.2 DST=10.0.0.1 LEN=40 TOS=0x00 PREC=0x00 TTL=64 ID=66 PROTO=TCP SPT=1234 DPT=22 "
    "WINDOW=65535 RES=0x00 SYN URGP=0";

/// Lines that were wrapped are one again.
std::string unwrapped(const std::string& text) {
  std::string made;
  for (const char c : text) {
    const char letter = c == '\n' ? ' ' : c;
    if (letter != ' ' || made.empty() || made.back() != ' ') made += letter;
  }
  return made;
}

class LoggedPacket : public testing::Test {
 protected:
  void SetUp() override {
    folder_.write("logged.yaml", kTopology);
    ended_ = run_natsim({"run", "logged.yaml", "-o", "out"}, folder_.path());
    ASSERT_EQ(ended_.status, 0) << ended_.out << ended_.err;
  }
  Folder folder_;
  Finished ended_;
};

TEST_F(LoggedPacket, IsInTheRunsOutput) {
  const std::string out = unwrapped(ended_.out);
  EXPECT_THAT(out, HasSubstr(std::string("[knock] IN=eth0 OUT= ") + kMac)) << ended_.out;
  EXPECT_THAT(out, HasSubstr(kRest)) << ended_.out;
}

TEST_F(LoggedPacket, IsAComment) {
  const std::string capture = read_text(folder_.path() + "/out/logged.pcapng");
  EXPECT_THAT(capture, HasSubstr(std::string("[knock] IN=eth0 OUT= ") + kMac + " " + kRest));
}

TEST_F(LoggedPacket, IsAStepInJson) {
  const Finished json =
      run_natsim({"run", "logged.yaml", "--no-capture", "--json"}, folder_.path());
  EXPECT_THAT(json.out, HasSubstr("\"step\":\"log\""));
  EXPECT_THAT(json.out, HasSubstr("[knock] IN=eth0"));
}

}  // namespace
}  // namespace natsim::scenario
