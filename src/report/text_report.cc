#include "src/report/text_report.h"

#include <algorithm>

#include "src/report/packet_text.h"
#include "src/report/text.h"

namespace natsim {
namespace {

constexpr std::size_t kTimeColumns = 10;  // up to 999.999999; later instants take what they need
constexpr std::size_t kNodeColumnsMax = 14;
constexpr std::size_t kInterfaceColumnsMax = 16;
constexpr std::string_view kGap = "  ";

/// The widest that lines of this node's need: "lan→wan" where it forwards.
std::size_t interface_columns(const NodeNames& node) {
  std::size_t widest = 0, second = 0;
  for (const std::string& name : node.interfaces) {
    const std::size_t columns = columns_of(name);
    second = std::max(second, std::min(widest, columns));
    widest = std::max(widest, columns);
  }
  return widest + 1 + (node.role == NodeRole::router ? second : 0);
}

}  // namespace

bool NoiseFilter::is_noise(const Visit& visit) {
  if (is_bystander(visit)) return true;
  const bool is_switch =
      visit.node.value < names_.size() && (names_[visit.node.value].role == NodeRole::switch_ ||
                                           names_[visit.node.value].role == NodeRole::lan);
  if (is_switch) return visit.outcome == Outcome::forwarded;
  if (!is_arp(visit)) return false;
  if (visit.outcome == Outcome::sent) {
    arp_sent_[arp_next_++ % arp_sent_.size()] = visit.journey;
    return false;
  }
  return visit.outcome == Outcome::delivered &&
         std::find(arp_sent_.begin(), arp_sent_.end(), visit.journey) != arp_sent_.end();
}

TextReport::TextReport(const NetworkNames& names, const SourceMap& sources, Output& output,
                       TextReportOptions options)
    : names_(names),
      sources_(sources),
      output_(output),
      options_(options),
      palette_(options.colour),
      noise_(names) {
  for (const NodeNames& node : names) {
    if (node.role == NodeRole::lan && !options.verbose) continue;
    node_columns_ = std::max(node_columns_, columns_of(node.name));
    interface_columns_ = std::max(interface_columns_, interface_columns(node));
  }
  node_columns_ = std::min(node_columns_, kNodeColumnsMax);
  interface_columns_ = std::min(interface_columns_, kInterfaceColumnsMax);
}

TextReport::Head TextReport::head(Instant when, NodeId node,
                                  std::optional<std::string_view> interfaces, Ink ink) const {
  std::string time, rest(kGap);
  append_right(time, seconds_text(when), kTimeColumns);
  append_left(rest, shortened(node_name(names_, node), node_columns_), node_columns_);
  rest += kGap;
  if (interfaces) {
    append_left(rest, shortened(*interfaces, interface_columns_), interface_columns_);
    rest += kGap;
  }
  return {palette_.paint(Ink::dim, time) + palette_.paint(ink, rest),
          columns_of(time) + columns_of(rest)};
}

std::string TextReport::interfaces_of(const Visit& visit) const {
  const std::string& in = interface_name(names_, visit.node, visit.in);
  const std::string& out = interface_name(names_, visit.node, visit.out);
  if (in.empty() && out.empty()) return {};
  return in + "→" + out;
}

void TextReport::on_visit(const Visit& visit) {
  if (!options_.verbose && noise_.is_noise(visit)) return;
  const Ink ink = is_arp(visit) ? Ink::dim : Ink::plain;
  Phrases phrases = options_.verbose ? steps_of(visit, sources_, names_[visit.node.value])
                                     : story_of(visit, sources_);
  if (ink == Ink::dim)
    for (Phrase& phrase : phrases)
      if (phrase.ink == Ink::green) phrase.ink = Ink::dim;
  tell(head(visit.when, visit.node, interfaces_of(visit), ink), full_packet_text(visit), phrases,
       ink);
}

void TextReport::on_note(const NoteEvent& note) {
  const Head start = head(note.when, note.node, std::nullopt, Ink::plain);
  std::string lines = start.text;
  append_wrapped(lines, printable(note.text), start.columns, Ink::cyan);
  output_.write(lines);
}

// The packet, and behind it what was done if that fits; else below it, a line for each phrase.
void TextReport::tell(const Head& start, const std::string& full, const Phrases& phrases, Ink ink) {
  const std::string brief = options_.verbose ? full : brief_packet_text(full);
  const std::string terse = options_.verbose ? full : terse_packet_text(brief);
  if (tell_on_one_line(start, brief, phrases, ink)) return;
  if (tell_on_one_line(start, terse, phrases, ink)) return;
  const bool fits = start.columns + columns_of(brief) <= kReportColumns;
  std::string lines = start.text;
  append_wrapped(lines, fits ? brief : terse, start.columns, ink);
  append_phrases(lines, phrases, start.columns);
  output_.write(lines);
}

// What was done ends at the right edge, where the eye finds it.
bool TextReport::tell_on_one_line(const Head& start, const std::string& packet,
                                  const Phrases& phrases, Ink ink) {
  std::size_t needed = start.columns + columns_of(packet);
  for (const Phrase& phrase : phrases) needed += kGap.size() + columns_of(phrase.text);
  if (needed > kReportColumns) return false;
  std::string line = start.text;
  palette_.append(line, ink, packet);
  if (!phrases.empty()) line.append(kReportColumns - needed, ' ');
  for (const Phrase& phrase : phrases) {
    line += kGap;
    palette_.append(line, phrase.ink, phrase.text);
  }
  line += '\n';
  output_.write(line);
  return true;
}

// As many on a line as fit.
void TextReport::append_phrases(std::string& lines, const Phrases& phrases,
                                std::size_t indent) const {
  std::size_t column = 0;
  for (const Phrase& phrase : phrases) {
    const std::size_t needed = kGap.size() + columns_of(phrase.text);
    if (column > 0 && column + needed <= kReportColumns) {
      lines.pop_back();  // the line's end
      lines += kGap;
      palette_.append(lines, phrase.ink, phrase.text);
      lines += '\n';
      column += needed;
      continue;
    }
    lines.append(indent, ' ');
    append_wrapped(lines, phrase.text, indent, phrase.ink);
    column = indent + columns_of(phrase.text);
  }
}

// The text from the current position on, which is `indent`, and below itself as far as needed.
void TextReport::append_wrapped(std::string& lines, std::string_view text, std::size_t indent,
                                Ink ink) const {
  constexpr std::size_t kHang = 2;
  const bool fits = columns_of(text) <= kReportColumns - indent;
  bool first = true;
  for (const std::string_view piece : wrapped(text, kReportColumns - indent - (fits ? 0 : kHang))) {
    if (!first) lines.append(indent + kHang, ' ');
    palette_.append(lines, ink, piece);
    lines += '\n';
    first = false;
  }
}

}  // namespace natsim
