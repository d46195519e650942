// Wireshark agrees: in all captures of all topologies it finds no malformed packet, no wrong
// checksum, and no TCP that looks like trouble but for what firewalls dropped. ETH-23
//
// tshark takes its time to start. So it starts once for all pcapng files and once for all pcap
// files, put together by mergecap; and once for TCP, where every interface's view of a connection
// has to be a connection of its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <span>
#include <sstream>

#include <fmt/format.h>

#include "src/capture/directory.h"
#include "tests/scenario/story.h"
#include "tests/scenario/topologies.h"

namespace natsim::scenario {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Wireshark : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* program : {"tshark", "mergecap"})
      if (!is_installed(program)) GTEST_SKIP() << program << " is not installed";
  }
};

struct CaptureFiles {
  std::vector<std::string> paths;
  std::size_t frames = 0;
};

CaptureFiles pcapng_files() {
  CaptureFiles files;
  for (const std::string& name : topology_names()) {
    const Story& story = story_of(name);
    files.paths.push_back(story.path(name + ".pcapng"));
    for (const std::string& capture : story.captures()) files.frames += story.at(capture).size();
  }
  return files;
}

CaptureFiles pcap_files() {
  CaptureFiles files;
  for (const std::string& name : topology_names())
    for (const std::string& capture : story_of(name).captures()) {
      files.paths.push_back(story_of(name).path(capture + ".pcap"));
      files.frames += story_of(name).at(capture).size();
    }
  return files;
}

/// A frame as tshark sees it, fields in the order in which they were asked for.
using Row = std::vector<std::string>;

std::vector<Row> dissect(const std::string& file, const std::vector<std::string>& fields,
                         const std::vector<std::string>& options = {}) {
  std::vector<std::string> command = {"tshark", "-n",     "-r", file,
                                      "-T",     "fields", "-E", "separator=|"};
  for (const std::string& field : fields) command.insert(command.end(), {"-e", field});
  command.insert(command.end(), options.begin(), options.end());
  const Finished run = run_process(command, "/");
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_THAT(run.err, Not(HasSubstr("appears to be damaged")));
  EXPECT_THAT(run.err, Not(HasSubstr("cut short")));
  std::vector<Row> rows;
  std::istringstream lines(run.out);
  for (std::string line; std::getline(lines, line);) {
    Row row;
    std::istringstream columns(line + "|");
    for (std::string column; std::getline(columns, column, '|');) row.push_back(column);
    rows.push_back(row);
  }
  return rows;
}

/// What is wrong with a frame, by Wireshark's own checks.
const std::vector<std::string> kIntegrityFields = {
    "frame.number",        "frame.protocols",     "_ws.malformed",         "_ws.expert.message",
    "ip.checksum.status",  "tcp.checksum.status", "udp.checksum.status",   "icmp.checksum.status",
    "_ws.expert.severity", "ip.bogus_ip_version", "ip.bogus_header_length"};

/// The lowest of _ws.expert.severity that is a complaint; notes are about FIN and the like.
constexpr unsigned long kWarning = 6'291'456;

std::vector<std::string> integrity_findings(const std::string& file, std::size_t frames_expected) {
  std::vector<std::string> options;
  for (const char* protocol : {"ip", "tcp", "udp"})
    options.insert(options.end(), {"-o", std::string(protocol) + ".check_checksum:TRUE"});
  // Captures of many networks are in the file, and each segment is there more than once.
  options.insert(options.end(), {"-o", "tcp.analyze_sequence_numbers:FALSE", "-o",
                                 "tcp.desegment_tcp_streams:FALSE"});
  const auto rows = dissect(file, kIntegrityFields, options);
  EXPECT_EQ(rows.size(), frames_expected);
  std::vector<std::string> findings;
  for (const Row& row : rows) {
    bool wrong = !row.at(2).empty() || !row.at(9).empty() || !row.at(10).empty();
    for (const std::size_t status : {4, 5, 6, 7}) wrong |= row.at(status).find('0') == 0;
    // Refusing a connection is no fault; and two topologies in one file may use the same address.
    const bool is_fine = row.at(3).find("Connection reset (RST)") != std::string::npos ||
                         row.at(3).find("Duplicate IP address") != std::string::npos ||
                         // What somebody does on purpose.
                         row.at(3).find("Unencrypted HTTP protocol") != std::string::npos ||
                         // Seen at two interfaces of the same file.
                         row.at(3).find("DNS query retransmission") != std::string::npos ||
                         row.at(3).find("DNS response retransmission") != std::string::npos;
    std::istringstream severities(row.at(8));
    for (std::string severity; std::getline(severities, severity, ',');)
      wrong |= !is_fine && std::stoul(severity) >= kWarning;
    if (wrong) findings.push_back(fmt::format("{}", fmt::join(row, " | ")));
  }
  return findings;
}

std::string merged(const Folder& folder, const CaptureFiles& files) {
  std::vector<std::string> command = {"mergecap", "-w", folder / "merged.pcapng"};
  command.insert(command.end(), files.paths.begin(), files.paths.end());
  const Finished run = run_process(command, "/");
  EXPECT_EQ(run.status, 0) << run.err;
  return folder / "merged.pcapng";
}

TEST_F(Wireshark, FindsNothingWrongInAnyPcapngFile) {
  const Folder folder;
  const CaptureFiles files = pcapng_files();
  EXPECT_THAT(integrity_findings(merged(folder, files), files.frames), IsEmpty());
}

TEST_F(Wireshark, FindsNothingWrongInAnyPcapFile) {
  const Folder folder;
  const CaptureFiles files = pcap_files();
  EXPECT_THAT(integrity_findings(merged(folder, files), files.frames), IsEmpty());
}

/// The topologies whose programs speak HTTP or TLS.
std::vector<std::string> talking() {
  std::vector<std::string> names = topology_names();
  std::erase_if(names, [](const std::string& name) {
    const std::string text = topology_text(name);
    return text.find("http") == std::string::npos && text.find("tls") == std::string::npos;
  });
  return names;
}

// What one interface saw, with streams put together and nothing excused but what is done on
// purpose.
TEST_F(Wireshark, PutsStreamsOfEveryInterfaceTogether) {
  ASSERT_GE(talking().size(), 6u);
  for (const std::string& name : talking())
    for (const std::string& capture : story_of(name).captures())
      for (const Row& row : dissect(story_of(name).path(capture + ".pcap"),
                                    {"frame.number", "_ws.malformed", "_ws.expert.message"})) {
        const std::string where = fmt::format("{} {}: {}", name, capture, fmt::join(row, " | "));
        EXPECT_EQ(row.at(1), "") << where;
        EXPECT_EQ(row.at(2).find("DNS"), std::string::npos) << where;
        EXPECT_EQ(row.at(2).find("Reassembly"), std::string::npos) << where;
      }
}

struct Read {
  std::size_t requests = 0, answers = 0, messages = 0;
};

/// What of HTTP and WebSocket is to be seen inside of TLS.
Read readable(const std::string& file, const std::vector<std::string>& options = {}) {
  Read read;
  for (const Row& row :
       dissect(file, {"frame.protocols", "http.request.method", "http.response.code"}, options)) {
    if (row.at(0).find("tls") == std::string::npos) continue;
    read.requests += row.at(1).empty() ? 0 : 1;
    read.answers += row.at(2).empty() ? 0 : 1;
    read.messages += row.at(0).find("websocket") == std::string::npos ? 0 : 1;
  }
  return read;
}

// With the secrets in the file, and no other key.
TEST_F(Wireshark, ReadsWhatTlsHides) {
  for (const std::string name : {"tls-handshake", "mtls", "web-behind-proxy", "websocket"}) {
    const Read read = readable(story_of(name).path(name + ".pcapng"));
    EXPECT_GT(read.requests, 0u) << name;
    EXPECT_GT(read.answers, 0u) << name;
    EXPECT_EQ(read.messages > 0, name == "websocket");
  }
}

// The plain captures need the key log beside them, and it is enough.
TEST_F(Wireshark, ReadsWhatTlsHidesByTheKeyLog) {
  for (const std::string name : {"tls-handshake", "mtls", "web-behind-proxy", "websocket"}) {
    const Story& story = story_of(name);
    const std::string keys = "tls.keylog_file:" + story.path(name + ".keys");
    Read without, with;
    for (const std::string& capture : story.captures()) {
      const std::string file = story.path(capture + ".pcap");
      without.requests += readable(file).requests;
      const Read read = readable(file, {"-o", keys});
      with.requests += read.requests;
      with.answers += read.answers;
    }
    EXPECT_EQ(without.requests, 0u) << name;
    EXPECT_GT(with.requests, 0u) << name;
    EXPECT_GT(with.answers, 0u) << name;
  }
}

// The control: it does look.
TEST_F(Wireshark, FindsBrokenChecksumsAndCutPackets) {
  const lab::Frame good = lab::udp({.src = "10.1.0.99:1000", .dst = "10.1.0.10:53"});
  const MacAddress source = lab::mac("02:00:00:00:00:99"), target = lab::mac("02:00:00:00:00:10");
  std::string text = up_to_key(topology_text("two-lans-router"), "traffic") + "traffic:\n";
  for (const lab::Frame& frame :
       {good, good.with_bad_checksum(), good.with_octet(10, 0xff),
        lab::arp_request({.sender = "10.1.0.99", .target = "10.1.0.10"}).cut_to(20)})
    text +=
        "  - {at: 1s, from: \"anna:eth0\", frame: \"" + hex(frame.bytes(source, target)) + "\"}\n";
  const Story story("two-lans-router", text);
  ASSERT_EQ(story.finished().status, 0) << story.finished().err;
  const auto findings =
      integrity_findings(story.path("anna-eth0.pcap"), story.at("anna-eth0").size());
  EXPECT_GE(findings.size(), 2u);
  EXPECT_THAT(findings, testing::Contains(HasSubstr("Bad checksum")));
}

// --- TCP ----------------------------------------------------------------------------------------

/// What one interface sees of TCP in one VLAN.
struct View {
  std::string topology;
  Sightings segments;
};

std::vector<View> tcp_views() {
  std::vector<View> views;
  for (const std::string& name : topology_names())
    for (const std::string& capture : story_of(name).captures()) {
      std::map<std::uint16_t, Sightings> vlans;
      for (const lab::Sighting& frame : story_of(name).seen(capture, {lab::tcp()})) {
        const lab::Dissected seen(frame);
        vlans[seen.tags.empty() ? 0 : seen.tags.front().id].push_back(frame);
      }
      for (auto& [vlan, segments] : vlans) views.push_back({name, std::move(segments)});
    }
  return views;
}

/// The views in one capture. What passed several interfaces is seen several times, and would look
/// like retransmissions; so each view gets addresses of its own, its number in place of the first
/// octet. Returns the number of frames.
std::size_t write_capture(const Folder& folder, std::span<const View> views) {
  CaptureOptions options;
  options.directory = folder.path();
  options.name = "views";
  for (std::size_t view = 0; view < views.size(); ++view)
    options.interfaces.push_back({views[view].topology, std::to_string(view)});
  auto file = CaptureDirectory::open(std::move(options)).value();
  for (std::size_t view = 0; view < views.size(); ++view)
    for (lab::Sighting frame : views[view].segments) {
      const std::uint8_t* const ip = lab::Dissected(frame).ip->bytes().data();
      const auto source = std::size_t(ip - frame.bytes.data()) + 12;
      frame.bytes[source] = frame.bytes[source + 4] = std::uint8_t(view + 1);
      file->record(std::uint32_t(view), Direction::sent, frame.when, frame.bytes);
    }
  EXPECT_EQ(file->close(), FileStatus());
  return file->frames();
}

/// What Wireshark's analysis of TCP remarks, and how often: "office-dmz: SYN sent again".
std::map<std::string, std::size_t> tcp_troubles(std::span<const View> views) {
  const Folder folder;
  const std::size_t frames = write_capture(folder, views);
  const auto rows =
      dissect(folder / "views.pcapng", {"frame.interface_name", "tcp.flags", "tcp.analysis.flags",
                                        "tcp.analysis.retransmission", "_ws.expert.message"});
  EXPECT_EQ(rows.size(), frames);
  std::map<std::string, std::size_t> troubles;
  for (const Row& row : rows) {
    if (row.at(2).empty()) continue;
    const bool syn_again = row.at(1) == "0x0002" && !row.at(3).empty();
    ++troubles[row.at(0).substr(0, row.at(0).find(':')) + ": " +
               (syn_again ? "SYN sent again" : row.at(4))];
  }
  return troubles;
}

TEST_F(Wireshark, SeesTcpWithoutTroubleWhereThereIsNone) {
  const std::vector<View> views = tcp_views();
  constexpr std::size_t kAtOnce = 200;  // a view's number is an octet
  std::map<std::string, std::size_t> troubles;
  for (std::size_t first = 0; first < views.size(); first += kAtOnce)
    troubles.merge(
        tcp_troubles(std::span(views).subspan(first, std::min(kAtOnce, views.size() - first))));
  // Where a cable loses segments there is trouble, of this kind and no other.
  std::erase_if(troubles, [](const auto& trouble) {
    if (!trouble.first.starts_with("lossy-link: ")) return false;
    for (const char* const lost :
         {"retransmission", "Duplicate ACK", "Previous segment(s) not captured", "window update",
          "SYN sent again"})
      if (trouble.first.find(lost) != std::string::npos) return true;
    return false;
  });
  const std::map<std::string, std::size_t> expected = {
      {"office-dmz: SYN sent again", 12},  // malware's six attempts more, at two interfaces
      {"port-scan: SYN sent again", 8},    // a connect scan's, as its patience is TCP's own: two
                                           // tries of two scans, at two interfaces
      {"ufw-host: SYN sent again", 24},    // a scanner's six, at four interfaces
  };
  EXPECT_EQ(troubles, expected);
}

// The control: a segment that is seen twice is remarked upon.
TEST_F(Wireshark, SeesTroubleWhereThereIsSome) {
  View view{"twice", story_of("two-lans-router").seen("alice-eth0", {lab::tcp()})};
  const auto syn_ack =
      std::find_if(view.segments.begin(), view.segments.end(), [](const lab::Sighting& frame) {
        return !lab::flags(TcpFlags(kTcpSyn | kTcpAck))(lab::Dissected(frame));
      });
  ASSERT_NE(syn_ack, view.segments.end());
  view.segments.insert(syn_ack, *syn_ack);
  EXPECT_EQ(tcp_troubles(std::span(&view, 1)).size(), 1u);
}

}  // namespace
}  // namespace natsim::scenario
