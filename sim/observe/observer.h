// The one door through which a simulation is watched.
#pragma once

#include <cstdint>
#include <string>

#include "sim/base/bytes.h"
#include "sim/base/ids.h"
#include "sim/base/time.h"
#include "sim/observe/step.h"

namespace natsim {

enum class Direction : std::uint8_t { received, sent };

/// A frame as it passed an interface.
struct FrameEvent {
  Instant when;
  std::uint64_t order;  ///< the event's place among those of the same instant
  NodeId node;
  IfIndex interface;
  Direction direction;
  JourneyId journey;
  ByteSpan frame;  ///< valid during the call only
};

/// Something that is worth a line and is no packet: a lease, a ping's answer, a connection refused.
struct NoteEvent {
  Instant when;
  std::uint64_t order;
  NodeId node;
  std::string text;
};

/// A line of an SSLKEYLOGFILE: with it, what follows can be decrypted.
struct SecretEvent {
  Instant when;
  std::uint64_t order;
  NodeId node;
  std::string line;
};

/// Gets told, in the total order of events, what happens. Calls come from inside the simulation: an
/// observer must not change it. A simulation behaves the same with and without one.
class Observer {
 public:
  virtual ~Observer() = default;
  /// Whether nodes are to explain what they do. It costs them several times as much as doing it;
  /// who only wants frames and notes says no, and hears of little but what cables and switches
  /// lose. Asked when the observer is attached.
  virtual bool wants_visits() const { return true; }
  virtual void on_visit(const Visit&) {}
  virtual void on_frame(const FrameEvent&) {}
  virtual void on_note(const NoteEvent&) {}
  virtual void on_secret(const SecretEvent&) {}
};

}  // namespace natsim
