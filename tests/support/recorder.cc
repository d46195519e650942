#include "tests/support/recorder.h"

#include <fmt/format.h>

#include "sim/wire/dump.h"
#include "tests/support/text.h"

namespace natsim::lab {

void Recorder::on_visit(const Visit& visit) {
  visits_.push_back(visit);
  if (visit.outcome != Outcome::dropped && visit.outcome != Outcome::rejected) return;
  lines_.push_back(
      fmt::format("{} {:>10} {} ({}): {}", to_string(visit.when), names_(visit.node, visit.in),
                  natsim::to_string(visit.outcome), natsim::to_string(visit.reason.cause),
                  visit.link_layer ? dump_frame(visit.before) : dump_ip(visit.before)));
}

void Recorder::on_frame(const FrameEvent& event) {
  if (event.direction == Direction::received) return;
  lines_.push_back(fmt::format("{} {:>10} > {}", to_string(event.when),
                               names_(event.node, event.interface), dump_frame(event.frame)));
}

void Recorder::on_note(const NoteEvent& event) {
  notes_.push_back(event);
  lines_.push_back(fmt::format("{} {:>10} says: {}", to_string(event.when),
                               names_(event.node, kNoInterface), event.text));
}

}  // namespace natsim::lab
