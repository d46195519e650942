#include "src/report/trace_text.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "src/report/text.h"

namespace natsim {
namespace {

constexpr std::size_t kNumberColumns = 6;  // " 2.10 "
constexpr std::size_t kStageColumns = 18;  // "nat postrouting"
constexpr std::size_t kTextColumn = kNumberColumns + kStageColumns;
constexpr std::size_t kRulesMax = 8;

/// "tcp 192.168.1.100:49153 → *203.0.113.2:8080": what is not as it was sent has a star.
std::string marked(const Tuple& tuple, const std::optional<Tuple>& first) {
  const bool has_ports = tuple.protocol == Protocol::tcp || tuple.protocol == Protocol::udp;
  const auto end = [&](const Endpoint& now, const Endpoint& then) {
    const std::string text = has_ports ? now.to_string() : now.address.to_string();
    const bool changed = has_ports ? now != then : now.address != then.address;
    return first && changed ? "*" + text : text;
  };
  const Tuple before = first.value_or(tuple);
  return fmt::format("{} {} → {}", to_string(tuple.protocol), end(tuple.source, before.source),
                     end(tuple.destination, before.destination));
}

/// "10.113 ms".
std::string time_words(Duration time) {
  const std::int64_t us = time.ns() / 1000;
  if (us >= 1'000'000) return fmt::format("{}.{:03} s", us / 1'000'000, us / 1000 % 1000);
  return fmt::format("{}.{:03} ms", us / 1000, us % 1000);
}

class TracePage {
 public:
  TracePage(const Trace& trace, const SourceMap& sources, const TraceTextOptions& options)
      : trace_(trace), sources_(sources), options_(options), palette_(options.colour) {}

  std::string render() {
    line(Ink::bold, fmt::format("{}: {}, at {} s", printable(trace_.name),
                                printable(trace_.question), seconds_text(trace_.sent)));
    const std::size_t there = hops(trace_.there, trace_.first, 0);
    if (!options_.one_way && !trace_.back.empty()) {
      text_ += "\n";
      line(Ink::bold, trace_.delivered || trace_.on_the_way_back ? "The answer on its way back"
                                                                 : "What its sender is told");
      hops(trace_.back, first_back(), there);
    }
    verdict();
    return std::move(text_);
  }

 private:
  /// The answer's own first addresses: what comes later is compared with these.
  std::optional<Tuple> first_back() const {
    for (const TraceHop& hop : trace_.back)
      for (const TraceStage& stage : hop.stages)
        if (stage.packet) return stage.packet->tuple;
    return std::nullopt;
  }

  void line(Ink ink, std::string_view words) {
    palette_.append(text_, ink, words);
    text_ += '\n';
  }

  /// Returns the number of the last node.
  std::size_t hops(const std::vector<TraceHop>& hops, const std::optional<Tuple>& first,
                   std::size_t number) {
    for (const TraceHop& hop : hops) {
      if (hop.role == NodeRole::lan && hop.outcome == Outcome::forwarded) {
        lan(hop);
        continue;
      }
      text_ += "\n";
      head(hop, first, ++number);
      std::size_t count = 0;
      for (const TraceStage& stage : hop.stages) show(stage, number, ++count, first);
    }
    return number;
  }

  /// Nothing is decided on a LAN: one line.
  void lan(const TraceHop& hop) {
    std::string start;
    append_left(start, "   over " + hop.node, kTextColumn - 1);
    line(Ink::dim, start + ' ' + (hop.stages.empty() ? "" : hop.stages.front().decision));
  }

  void head(const TraceHop& hop, const std::optional<Tuple>& first, std::size_t number) {
    std::string words = fmt::format("{:>2}  ", number);
    append_left(words, shortened(hop.node, kTextColumn - 5), kTextColumn - 4);
    const std::string time = seconds_text(hop.when) + " s";
    const std::string packet = shortened(
        hop.tuple ? fmt::format("{}, {}", marked(*hop.tuple, first), hop.details) : hop.packet,
        kReportColumns - kTextColumn - time.size() - 2);
    palette_.append(text_, Ink::bold, words);
    text_ += packet;
    const std::size_t used = columns_of(words) + columns_of(packet) + time.size();
    palette_.append(text_, Ink::dim, std::string(kReportColumns - used, ' ') + time);
    text_ += '\n';
  }

  void show(const TraceStage& stage, std::size_t hop, std::size_t number,
            const std::optional<Tuple>& first) {
    std::string start;
    append_left(start, fmt::format("{:>2}.{}", hop, number), kNumberColumns);
    append_left(start, stage.name, kStageColumns - 1);
    start += ' ';
    palette_.append(text_, Ink::cyan, start);
    if (stage.packet) {
      line(Ink::plain, packet_words(*stage.packet, first));
      rules(stage);
      indent();
    }
    wrapped_line(stage.ink, stage.decision);
    source_line(stage.place);
  }

  static std::string packet_words(const SeenPacket& packet, const std::optional<Tuple>& first) {
    std::string words = "sees " + marked(packet.tuple, first);
    if (packet.mark != 0) words += fmt::format(", mark {:#x}", packet.mark);
    return words;
  }

  void indent() { text_.append(kTextColumn, ' '); }

  void wrapped_line(Ink ink, const std::string& words) {
    bool begun = false;
    for (const std::string_view piece : wrapped(words, kReportColumns - kTextColumn)) {
      if (begun) indent();
      line(ink, piece);
      begun = true;
    }
  }

  /// Those that did not match, each with its reason; of many those that came near.
  void rules(const TraceStage& stage) {
    std::size_t missed = 0, shown = 0;
    for (const AskedRule& rule : stage.rules) missed += rule.matched ? 0 : 1;
    for (const AskedRule& rule : stage.rules) {
      if (rule.decided) continue;
      const bool told = rule.matched || missed <= kRulesMax || (rule.near && shown < kRulesMax);
      if (!told) continue;
      indent();
      if (!rule.matched) ++shown;
      const std::string why = rule.matched   ? ": matches, " + rule.action + ", and on it goes"
                              : rule.account ? ": " + account_words(*rule.account)
                                             : ": does not match";
      line(rule.matched ? Ink::plain : Ink::dim,
           shortened((rule.matched ? "✓ " : "✗ ") + printable(rule.name) + why,
                     kReportColumns - kTextColumn));
    }
    if (shown == missed) return;
    indent();
    line(Ink::dim,
         fmt::format("✗ {} {}more that did not match", missed - shown, shown == 0 ? "" : "rules "));
  }

  void source_line(Place place) {
    if (!place.known() || place.file >= sources_.size()) return;
    std::string_view source = sources_.line(place.file, place.line);
    source.remove_prefix(std::min(source.find_first_not_of(" \t"), source.size()));
    std::string words = fmt::format("{:>{}} | ", place.line, kNumberColumns + 2);
    words += shortened(printable(source), kReportColumns - columns_of(words));
    line(Ink::dim, words);
  }

  void verdict() {
    text_ += "\n";
    std::string words = trace_.verdict;
    if (!words.empty())
      words[0] = char(words[0] >= 'a' && words[0] <= 'z' ? words[0] - 32 : words[0]);
    const std::string place = short_place(sources_, trace_.place);
    if (!place.empty()) words += " (" + place + ")";
    if (trace_.delivered && trace_.arrived)
      words += " after " + time_words(*trace_.arrived - trace_.sent);
    if (trace_.delivered && trace_.answered && !options_.one_way)
      words +=
          fmt::format("; the answer was back after {}", time_words(*trace_.answered - trace_.sent));
    line(trace_.delivered ? Ink::green : Ink::red, words);
    near_rules();
  }

  /// What came near to letting a refused packet through.
  void near_rules() {
    if (trace_.delivered) return;
    const std::vector<TraceHop>& way = trace_.on_the_way_back ? trace_.back : trace_.there;
    if (way.empty() || way.back().stages.empty()) return;
    for (const AskedRule& rule : way.back().stages.back().rules) {
      const bool lets_through = rule.action == "accept" || rule.action.starts_with("jump ");
      if (rule.matched || !rule.near || !rule.account || !lets_through) continue;
      const std::string place = short_place(sources_, rule.place);
      std::string words =
          fmt::format("  {} came near, but {}", printable(rule.name), account_words(*rule.account));
      if (!place.empty()) words += " (" + place + ")";
      line(Ink::plain, shortened(words, kReportColumns));
    }
  }

  const Trace& trace_;
  const SourceMap& sources_;
  const TraceTextOptions& options_;
  Palette palette_;
  std::string text_;
};

}  // namespace

std::string trace_text(const Trace& trace, const SourceMap& sources,
                       const TraceTextOptions& options) {
  return TracePage(trace, sources, options).render();
}

}  // namespace natsim
