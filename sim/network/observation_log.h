// What the parts of a network tell while they run side by side, put in order.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/engine/simulator.h"
#include "sim/observe/observer.h"

namespace natsim {

/// Remembers what one part tells in a window of simulated time. Written by that part's thread, and
/// read when it is at rest. Once warm, a frame costs no allocation.
class ObservationLog final : public Observer {
 public:
  /// Of the part that this simulator runs; not owned.
  explicit ObservationLog(const Simulator& simulator) : simulator_(simulator) {}

  /// What the observer said that will be told of it.
  void set_wants_visits(bool wanted) { wants_visits_ = wanted; }
  bool wants_visits() const override { return wants_visits_; }

  void on_visit(const Visit& visit) override;
  void on_frame(const FrameEvent& frame) override;
  void on_note(const NoteEvent& note) override;
  void on_secret(const SecretEvent& secret) override;

  /// Tells `observer` everything that is in `logs`, in the order in which a single simulator would
  /// have run the events that it came from. The logs are empty then.
  static void replay(std::span<ObservationLog* const> logs, Observer& observer);

 private:
  enum class Kind : std::uint8_t { visit, frame, note, secret };
  struct Entry {
    Instant when;
    EventOrder rank;
    std::uint32_t index;  // among those of its kind
    Kind kind;
    bool before(const Entry& other) const {
      return when < other.when || (when == other.when && rank < other.rank);
    }
  };
  struct Frame {
    FrameEvent event;  // its bytes are those in bytes_ from `at` on
    std::size_t at, size;
  };

  void add(Kind kind, std::size_t index);
  bool done() const { return next_ == entries_.size(); }
  const Entry& next() const { return entries_[next_]; }
  void tell_next(Observer& observer);
  void clear();

  const Simulator& simulator_;
  bool wants_visits_ = true;
  std::vector<Entry> entries_;
  std::size_t next_ = 0;
  std::vector<Visit> visits_;  // the first visit_count_; the others keep their memory for later
  std::size_t visit_count_ = 0;
  std::vector<Frame> frames_;
  Bytes bytes_;
  std::vector<NoteEvent> notes_;
  std::vector<SecretEvent> secrets_;
};

}  // namespace natsim
