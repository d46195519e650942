// A run of the program and what its captures tell.
//
//   const Story& run = story_of("home-nat");
//   EXPECT_EQ(run.count("router-wan", icmp(8, 0), src("203.0.113.2")), 3u);
//
// Checks are those of tests/support/sighting.h. A sighting's time counts from the first frame of
// its capture.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/scenario/program.h"
#include "tests/support/sighting.h"

namespace natsim::scenario {

using Sightings = std::vector<lab::Sighting>;

class Story {
 public:
  /// Writes `text` to NAME.yaml in a folder of its own and runs it there.
  Story(const std::string& name, const std::string& text);

  const Finished& finished() const { return finished_; }
  /// The file called `name` in the folder of captures.
  std::string path(const std::string& name) const { return folder_ / ("captures/" + name); }
  /// "laptop-eth0", … in alphabetical order.
  std::vector<std::string> captures() const;

  /// Every frame that passed the interface, NODE-INTERFACE. An interface without a capture ends the
  /// test program: a check of nothing proves nothing.
  const Sightings& at(const std::string& interface) const;
  /// Those of them that pass all checks.
  Sightings seen(const std::string& interface, const std::vector<lab::Check>& checks) const;
  template <class... Checks>
  std::size_t count(const std::string& interface, Checks... checks) const {
    return seen(interface, {std::move(checks)...}).size();
  }

 private:
  Folder folder_;
  Finished finished_;
  std::map<std::string, Sightings> captures_;
};

/// The run of topologies/NAME.yaml as it is; run once.
const Story& story_of(const std::string& name);

/// The frames, one a line, without their times.
std::vector<std::string> dumps(const Sightings& frames);

/// TCP connections that were tried, "10.0.0.21 > 172.16.0.80:22" for each SYN …
std::set<std::string> attempts(const Story& story, const std::string& interface);
/// … and those of them that were answered with SYN and ACK.
std::set<std::string> handshakes(const Story& story, const std::string& interface);
/// The MAC address that a station gives as that of the IPv4 address, in ARP; ends the test program
/// if it never does.
MacAddress mac_of(const Story& story, const std::string& interface, std::string_view address);

// --- what a capture must not hold; each finding is a line, "router-wan: IP 192.168.1.100 > …"

/// Frames with a private address (RFC 1918) in the IPv4 header, in a packet that an ICMP error
/// quotes, or in ARP. IPV4-26
std::vector<std::string> private_addresses(const Story& story,
                                           const std::vector<std::string>& interfaces);
/// Frames with a VLAN tag.
std::vector<std::string> tagged_frames(const Story& story, const std::string& interface);
/// Frames without one.
std::vector<std::string> untagged_frames(const Story& story, const std::string& interface);
/// Frames with wrong checksums in IPv4, ICMP, UDP or TCP.
std::vector<std::string> bad_checksums(const Story& story, const std::string& interface);

// --- checks that only these tests need

/// Sent or meant for the address.
lab::Check about(std::string_view address);
/// To one station.
lab::Check unicast();

}  // namespace natsim::scenario
