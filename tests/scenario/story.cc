#include "tests/scenario/story.h"

#include <algorithm>

#include "sim/base/check.h"
#include "sim/ip/address_classes.h"
#include "sim/wire/dump.h"
#include "sim/wire/summary.h"
#include "src/capture/read.h"
#include "tests/scenario/topologies.h"

namespace natsim::scenario {
namespace {

Sightings read(const std::string& path) {
  auto frames = read_capture(path);
  SIM_CHECK(frames.ok());
  Sightings all;
  for (CapturedFrame& frame : *frames)
    all.push_back({Instant() + frame.offset, std::move(frame.bytes), nullptr});
  return all;
}

bool is_private_packet(const Ipv4View& packet) {
  return is_private(packet.source()) || is_private(packet.destination());
}

/// The packet that an ICMP error is about, without a judgement on the rest.
std::optional<Ipv4View> quoted(const Ipv4View& packet) {
  if (packet.protocol() != Protocol::icmp) return std::nullopt;
  const auto message = IcmpView::checked(packet.payload());
  if (!message || !icmp_is_error(message->type())) return std::nullopt;
  const auto inner = Ipv4View::checked(message->payload());
  return inner ? std::optional(*inner) : std::nullopt;
}

bool names_private_address(const lab::Sighting& frame) {
  const lab::Dissected seen(frame);
  if (seen.arp) return is_private(seen.arp->sender_ip) || is_private(seen.arp->target_ip);
  if (!seen.ip) return false;
  const auto inner = quoted(*seen.ip);
  return is_private_packet(*seen.ip) || (inner && is_private_packet(*inner));
}

template <class Predicate>
std::vector<std::string> findings(const Story& story, const std::string& interface,
                                  Predicate predicate) {
  std::vector<std::string> lines;
  for (const lab::Sighting& frame : story.at(interface))
    if (predicate(frame)) lines.push_back(interface + ": " + dump_frame(frame.bytes));
  return lines;
}

bool has_tag(const lab::Sighting& frame) { return !lab::Dissected(frame).tags.empty(); }

}  // namespace

Story::Story(const std::string& name, const std::string& text) {
  folder_.write(name + ".yaml", text);
  finished_ = run_natsim({"run", name + ".yaml", "-o", "captures"}, folder_.path());
  if (!std::filesystem::exists(path(""))) return;
  for (const auto& entry : std::filesystem::directory_iterator(path("")))
    if (entry.path().extension() == ".pcap")
      captures_[entry.path().stem().string()] = read(entry.path().string());
}

std::vector<std::string> Story::captures() const {
  std::vector<std::string> names;
  for (const auto& [name, frames] : captures_) names.push_back(name);
  return names;
}

const Sightings& Story::at(const std::string& interface) const {
  const auto found = captures_.find(interface);
  SIM_CHECK(found != captures_.end());
  return found->second;
}

Sightings Story::seen(const std::string& interface, const std::vector<lab::Check>& checks) const {
  const lab::Check every = lab::all(checks);
  Sightings frames;
  for (const lab::Sighting& frame : at(interface))
    if (!every(lab::Dissected(frame))) frames.push_back(frame);
  return frames;
}

const Story& story_of(const std::string& name) {
  static std::map<std::string, Story> stories;
  const auto found = stories.find(name);
  if (found != stories.end()) return found->second;
  return stories.try_emplace(name, name, topology_text(name)).first->second;
}

std::vector<std::string> dumps(const Sightings& frames) {
  std::vector<std::string> lines;
  for (const lab::Sighting& frame : frames) lines.push_back(dump_frame(frame.bytes));
  return lines;
}

namespace {

/// "client > server:port" for each segment with exactly these flags, sent by the client or not.
std::set<std::string> connections(const Story& story, const std::string& interface, TcpFlags flags,
                                  bool by_client) {
  std::set<std::string> lines;
  for (const lab::Sighting& frame : story.seen(interface, {lab::tcp(lab::flags(flags))})) {
    const FlowOf flow = flow_of(*lab::Dissected(frame).ip);
    const Tuple tuple = by_client ? flow.tuple : flow.tuple.reply();
    lines.insert(tuple.source.address.to_string() + " > " + tuple.destination.to_string());
  }
  return lines;
}

}  // namespace

std::set<std::string> attempts(const Story& story, const std::string& interface) {
  return connections(story, interface, kTcpSyn, true);
}

std::set<std::string> handshakes(const Story& story, const std::string& interface) {
  return connections(story, interface, TcpFlags(kTcpSyn | kTcpAck), false);
}

MacAddress mac_of(const Story& story, const std::string& interface, std::string_view address) {
  const Ipv4Address wanted = lab::ip(address);
  for (const lab::Sighting& frame : story.at(interface)) {
    const lab::Dissected seen(frame);
    if (seen.arp && seen.arp->sender_ip == wanted) return seen.arp->sender_mac;
  }
  SIM_CHECK(false && "the address is never resolved");
  __builtin_unreachable();
}

std::vector<std::string> private_addresses(const Story& story,
                                           const std::vector<std::string>& interfaces) {
  std::vector<std::string> all;
  for (const std::string& interface : interfaces)
    for (std::string& line : findings(story, interface, names_private_address))
      all.push_back(std::move(line));
  return all;
}

std::vector<std::string> tagged_frames(const Story& story, const std::string& interface) {
  return findings(story, interface, has_tag);
}

std::vector<std::string> untagged_frames(const Story& story, const std::string& interface) {
  return findings(story, interface, [](const lab::Sighting& frame) { return !has_tag(frame); });
}

std::vector<std::string> bad_checksums(const Story& story, const std::string& interface) {
  return findings(story, interface, [](const lab::Sighting& frame) {
    const lab::Dissected seen(frame);
    return seen.ip && lab::valid_checksums()(seen).has_value();
  });
}

lab::Check about(std::string_view address) {
  const Ipv4Address wanted = lab::ip(address);
  return [wanted](const lab::Dissected& seen) -> lab::Complaint {
    if (seen.ip && (seen.ip->source() == wanted || seen.ip->destination() == wanted))
      return std::nullopt;
    return "it is about somebody else";
  };
}

lab::Check unicast() {
  return [](const lab::Dissected& seen) -> lab::Complaint {
    if (!MacAddress::load(seen.frame.data()).is_group()) return std::nullopt;
    return "it is for a group";
  };
}

}  // namespace natsim::scenario
