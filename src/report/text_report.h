// One line for each thing that happens to a packet, as it happens:
//
//   1.000000  laptop  →eth0    192.168.1.100 > 203.0.113.80: ICMP echo request, id 1, seq 1
//   1.000310  router  lan→wan  192.168.1.100 > 203.0.113.80: ICMP echo request, id 1, seq 1
//                              NAT source 192.168.1.100 → 203.0.113.2 (home-nat.yaml:31)
//                              ACCEPT outbound (home-nat.yaml:38)
//   1.010330  web     eth0→    192.168.1.100 > 203.0.113.80: ICMP echo request, seq 1  delivered
//
// Time in seconds, node, the interfaces that the packet came in and left by, the packet as it came,
// and what was done to it. No line is wider than kReportColumns.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "sim/observe/observer.h"
#include "src/report/ink.h"
#include "src/report/names.h"
#include "src/report/output.h"
#include "src/report/visit_words.h"

namespace natsim {

struct TextReportOptions {
  bool colour = false;
  /// Everything: switches, bystanders of flooded frames, ARP's arrivals, and of each packet all
  /// steps and all fields.
  bool verbose = false;
};

/// Tells which visits a reader of the packets' story wants to see. Switches forward in silence;
/// copies of flooded frames that do not concern who got them are not mentioned; an ARP message is
/// told of once.
class NoiseFilter {
 public:
  explicit NoiseFilter(const NetworkNames& names) : names_(names) {}
  /// To be asked of every visit, in order.
  bool is_noise(const Visit& visit);

 private:
  const NetworkNames& names_;
  std::array<JourneyId, 64> arp_sent_{};  // the latest; older ones have arrived
  std::size_t arp_next_ = 0;
};

class TextReport final : public Observer {
 public:
  /// All outlive the report.
  TextReport(const NetworkNames& names, const SourceMap& sources, Output& output,
             TextReportOptions options);

  void on_visit(const Visit& visit) override;
  void on_note(const NoteEvent& note) override;

 private:
  /// Time, node and interfaces: what a line starts with, and where the rest of it stands.
  struct Head {
    std::string text;  // painted
    std::size_t columns = 0;
  };
  Head head(Instant when, NodeId node, std::optional<std::string_view> interfaces, Ink ink) const;
  std::string interfaces_of(const Visit& visit) const;
  void tell(const Head& head, const std::string& full, const Phrases& phrases, Ink ink);
  bool tell_on_one_line(const Head& head, const std::string& packet, const Phrases& phrases,
                        Ink ink);
  void append_phrases(std::string& lines, const Phrases& phrases, std::size_t indent) const;
  void append_wrapped(std::string& lines, std::string_view text, std::size_t indent, Ink ink) const;

  const NetworkNames& names_;
  const SourceMap& sources_;
  Output& output_;
  TextReportOptions options_;
  Palette palette_;
  NoiseFilter noise_;
  std::size_t node_columns_ = 1, interface_columns_ = 1;
};

}  // namespace natsim
