#include "sim/network/observation_log.h"

namespace natsim {

void ObservationLog::add(Kind kind, std::size_t index) {
  entries_.push_back({simulator_.now(), simulator_.rank(), std::uint32_t(index), kind});
}

void ObservationLog::on_visit(const Visit& visit) {
  add(Kind::visit, visit_count_);
  if (visit_count_ < visits_.size())
    visits_[visit_count_] = visit;
  else
    visits_.push_back(visit);
  ++visit_count_;
}

void ObservationLog::on_frame(const FrameEvent& frame) {
  add(Kind::frame, frames_.size());
  frames_.push_back({frame, bytes_.size(), frame.frame.size()});
  bytes_.insert(bytes_.end(), frame.frame.begin(), frame.frame.end());
}

void ObservationLog::on_note(const NoteEvent& note) {
  add(Kind::note, notes_.size());
  notes_.push_back(note);
}

void ObservationLog::on_secret(const SecretEvent& secret) {
  add(Kind::secret, secrets_.size());
  secrets_.push_back(secret);
}

void ObservationLog::tell_next(Observer& observer) {
  const Entry& entry = entries_[next_++];
  switch (entry.kind) {
    case Kind::visit: return observer.on_visit(visits_[entry.index]);
    case Kind::note: return observer.on_note(notes_[entry.index]);
    case Kind::secret: return observer.on_secret(secrets_[entry.index]);
    case Kind::frame: {
      const Frame& frame = frames_[entry.index];
      FrameEvent event = frame.event;
      event.frame = ByteSpan(bytes_).subspan(frame.at, frame.size);
      return observer.on_frame(event);
    }
  }
}

void ObservationLog::clear() {
  entries_.clear();
  next_ = 0;
  visit_count_ = 0;
  frames_.clear();
  bytes_.clear();
  notes_.clear();
  secrets_.clear();
}

// At each step a single simulator runs the earliest of the events that are pending anywhere; what
// is pending in one part depends on that part alone. So the parts' sequences are merged by their
// heads. An event that has had its turn late, behind one of a higher order that caused it at the
// same instant, goes by that one's order: its rank.
void ObservationLog::replay(std::span<ObservationLog* const> logs, Observer& observer) {
  while (true) {
    ObservationLog* first = nullptr;
    const Entry* second = nullptr;
    for (ObservationLog* const log : logs) {
      if (log->done()) continue;
      if (first == nullptr || log->next().before(first->next())) {
        if (first != nullptr) second = &first->next();
        first = log;
      } else if (second == nullptr || log->next().before(*second)) {
        second = &log->next();
      }
    }
    if (first == nullptr) break;
    do first->tell_next(observer);
    while (!first->done() && (second == nullptr || first->next().before(*second)));
  }
  for (ObservationLog* const log : logs) log->clear();
}

}  // namespace natsim
