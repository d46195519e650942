// Goal: what `ipset save` prints is read, and what is no such text is told (FW-G04).
#include <gtest/gtest.h>

#include "sim/base/random.h"
#include "src/rules/ipset_reader.h"
#include "src/topology/render.h"

namespace natsim::test {
namespace {

struct SetsRead {
  std::optional<std::vector<SetDescription>> sets;
  std::string problems;
};

SetsRead read(const std::string& text) {
  SourceMap sources;
  const std::uint32_t file = sources.add("sets", text);
  topology::Context context(sources, {});
  SetsRead read;
  read.sets = rules::read_ipset(context, text, rules::Origin::file(file));
  for (const Problem& problem : context.take_problems())
    read.problems += render_problem(problem, sources, false);
  return read;
}

/// A set as words: "10.0.0.1/32 6:80".
std::string words(const SetDescription& set) {
  std::string text = set.name + ":";
  for (const SetElement& e : set.elements) {
    std::string element;
    std::size_t address = 0;
    for (const SetPart part : set.parts) {
      element += element.empty() ? " " : ",";
      switch (part) {
        case SetPart::address:
        case SetPart::network: element += e.addresses[address++].to_string(); break;
        case SetPart::port: element += std::to_string(int(e.protocol)) + ":"; [[fallthrough]];
        case SetPart::any_port: element += std::to_string(e.port); break;
        case SetPart::mac: element += e.mac.to_string(); break;
      }
    }
    text += element + (e.nomatch ? " nomatch" : "");
    if (e.timeout) text += " for " + std::to_string(e.timeout->whole_seconds());
  }
  return text;
}

// As ipset 7.17 printed it.
const std::string kSaved =
    "create a hash:ip family inet hashsize 1024 maxelem 65536 bucketsize 12 initval "
    "0x474c40aa\n"
    "add a 10.0.0.1\n"
    "add a 10.0.0.2\n"
    "create b hash:ip family inet hashsize 1024 maxelem 65536 netmask 24 timeout 100 "
    "bucketsize 12 initval 0x3e14207e\n"
    "add b 10.1.1.0 timeout 100\n"
    "add b 10.1.2.0 timeout 5\n"
    "create c hash:net family inet hashsize 1024 maxelem 65536 counters comment "
    "bucketsize 12 initval 0xe73bcd0c\n"
    "add c 10.1.0.0/16 nomatch packets 0 bytes 0\n"
    "add c 1.2.3.4 packets 0 bytes 0\n"
    "add c 10.0.0.0/8 packets 0 bytes 0 comment \"hi there\"\n"
    "create d hash:ip,port family inet hashsize 1024 maxelem 65536 bucketsize 12 "
    "initval 0xfdf77156\n"
    "add d 10.0.0.1,tcp:80\n"
    "add d 10.0.0.1,icmp:host-unknown\n"
    "add d 10.0.0.1,udp:53\n"
    "add d 10.0.0.1,gre:0\n"
    "add d 10.0.0.1,icmp:echo-request\n"
    "create e hash:net,port family inet hashsize 1024 maxelem 65536 bucketsize 12 "
    "initval 0x6eb6b526\n"
    "add e 10.0.0.0/24,tcp:80\n"
    "create f bitmap:port range 0-65535\n"
    "add f 80\n"
    "add f 90\n"
    "create g bitmap:ip range 192.168.1.0-192.168.1.255\n"
    "add g 192.168.1.4\n"
    "create h hash:ip,port,ip family inet hashsize 1024 maxelem 65536 bucketsize 12 "
    "initval 0x1fd10617\n"
    "add h 10.0.0.1,tcp:80,8.8.8.8\n"
    "create i hash:ip,port,net family inet hashsize 1024 maxelem 65536 bucketsize 12 "
    "initval 0x47055932\n"
    "add i 10.0.0.1,tcp:80,8.8.8.0/24\n"
    "create l hash:ip family inet6 hashsize 1024 maxelem 65536 bucketsize 12 initval "
    "0x6fc67f5e\n"
    "add l ::1\n";

TEST(Ipset, WhatIpsetSavePrintsIsRead) {
  const SetsRead seen = read(kSaved);
  EXPECT_EQ(seen.problems, "");
  ASSERT_TRUE(seen.sets);
  std::vector<std::string> all;
  for (const SetDescription& set : *seen.sets) all.push_back(words(set));
  EXPECT_EQ(all, (std::vector<std::string>{
                     "a: 10.0.0.1/32 10.0.0.2/32",
                     "b: 10.1.1.0/32 for 100 10.1.2.0/32 for 5",
                     "c: 10.1.0.0/16 nomatch 1.2.3.4/32 10.0.0.0/8",
                     "d: 10.0.0.1/32,6:80 10.0.0.1/32,1:775 10.0.0.1/32,17:53 10.0.0.1/32,47:0 "
                     "10.0.0.1/32,1:2048",
                     "e: 10.0.0.0/24,6:80",
                     "f: 80 90",
                     "g: 192.168.1.4/32",
                     "h: 10.0.0.1/32,6:80,8.8.8.8/32",
                     "i: 10.0.0.1/32,6:80,8.8.8.0/24",
                     "l:",
                 }));
  EXPECT_EQ((*seen.sets)[1].address_length, 24);
}

TEST(Ipset, RangesStandForTheirElements) {
  const SetsRead seen = read(
      "create a hash:ip\nadd a 10.0.0.0/30\nadd a 10.1.0.1-10.1.0.2\n"
      "create m hash:mac\nadd m 02:00:00:00:00:07\n"
      "create p hash:ip,port timeout 9\nadd p 10.0.0.1,80-82 timeout 0\nadd p 10.0.0.1,udp:1\n");
  EXPECT_EQ(seen.problems, "");
  ASSERT_TRUE(seen.sets);
  EXPECT_EQ(words((*seen.sets)[0]),
            "a: 10.0.0.0/32 10.0.0.1/32 10.0.0.2/32 10.0.0.3/32 10.1.0.1/32 10.1.0.2/32");
  EXPECT_EQ(words((*seen.sets)[1]), "m: 02:00:00:00:00:07");
  EXPECT_EQ(words((*seen.sets)[2]),
            "p: 10.0.0.1/32,6:80 10.0.0.1/32,6:81 10.0.0.1/32,6:82 10.0.0.1/32,17:1 for 9");
}

TEST(Ipset, WhatIsWrongIsNamed) {
  struct Row {
    const char* text;
    const char* complaint;
  };
  const Row rows[] = {
      {"make a hash:ip", "is no command"},
      {"create a", "needs a name and a type"},
      {"create a hash:ipp", "there is no set type"},
      {"create a list:set", "is not modelled"},
      {"create a hash:ip\ncreate a hash:ip", "is there already"},
      {"create a hash:ip colour red", "is not modelled"},
      {"create a hash:ip family ipx", "is no family"},
      {"add b 10.0.0.1", "there is no set"},
      {"create a hash:ip\nadd a", "needs a set and an element"},
      {"create a hash:ip\nadd a 10.0.0.300", "10.0.0.300"},
      {"create a hash:ip\nadd a 10.0.0.0/8", "more than 65536 addresses"},
      {"create a hash:ip\nadd a 10.0.0.1 nomatch", "is for sets of networks"},
      {"create a hash:ip\nadd a 10.0.0.1 bold", "has no option"},
      {"create a hash:ip,port\nadd a 10.0.0.1", "has 2 parts"},
      {"create a hash:ip,port\nadd a 10.0.0.0/8,80", "a whole address"},
      {"create a hash:ip,port\nadd a 10.0.0.1,tcp:99999", "99999"},
      {"create a hash:mac\nadd a 10.0.0.1", "is no MAC address"},
      {"create a hash:ip\nadd a 10.0.0.1 comment \"open", "quotation mark"},
  };
  for (const Row& row : rows) {
    const SetsRead seen = read(row.text);
    EXPECT_FALSE(seen.sets) << row.text;
    EXPECT_NE(seen.problems.find(row.complaint), std::string::npos) << row.text << "\n"
                                                                    << seen.problems;
  }
}

// Whatever the text is, reading it ends.
TEST(Ipset, RandomTextsAreReadOrRefused) {
  Prng random(1);
  for (int round = 0; round < 300; ++round) {
    std::string text = kSaved;
    for (int change = 0; change < 20; ++change)
      text[random.below(text.size())] = char(random.below(128));
    const SetsRead seen = read(text);
    EXPECT_NE(seen.sets.has_value(), !seen.problems.empty());
  }
}

}  // namespace
}  // namespace natsim::test
