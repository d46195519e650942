// The parts of a network, and how they run side by side.
//
//   window:   │ A runs its events ──────────▶│       │ …
//             │ B runs its events ────▶ waits │ mail, │ …
//             │ …                             │ what  │
//             t                  t + lookahead  was told
//
// Simulated time passes in windows. In each one every part runs by itself, up to where another one
// could be felt (engine/lookahead.h). Between two windows all are at rest: frames for other parts
// change hands (link/mailbox.h), and observers are told what happened, in the order in which one
// thread would have told it (observation_log.h).
//
// Nothing depends on who runs a part. There may be more parts than threads: each thread takes the
// next one that nobody has run in this window, so that none is idle while another has work left,
// and what it works on stays in its cache. Windows in which little happens the calling thread runs
// alone.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "sim/engine/lookahead.h"
#include "sim/engine/team.h"
#include "sim/link/lane.h"
#include "sim/link/mailbox.h"
#include "sim/network/observation_log.h"

namespace natsim {

class Parts {
 public:
  /// Run by `threads` threads, of which the one that calls run_until() is one. REQUIRES: count > 0,
  /// threads > 0.
  Parts(std::uint32_t count, std::uint32_t threads);
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;
  ~Parts();

  std::uint32_t count() const { return std::uint32_t(parts_.size()); }
  std::uint32_t thread_count() const { return threads_; }
  Lane& lane(std::uint32_t part) { return parts_[part]->lane; }
  /// For the frames of a cable that takes `delay` at least. Lives as long as the parts.
  Mailbox& mailbox(std::uint32_t from, std::uint32_t to, Duration delay);

  /// Told of everything from now on, from the thread that calls run_until(); nullptr: nobody is.
  /// Not owned.
  void observe(Observer* observer);
  Observer* observer() const { return observer_; }
  /// Windows are shared among threads however little happens in them: for tests.
  void share_everything() { shared_events_min_ = 0; }

  /// As Simulator's.
  std::uint64_t run_until(Instant end);
  Instant next_event();
  Instant now() const { return parts_.front()->lane.simulator.now(); }
  std::uint64_t events_run() const;

  /// The events of that instant are run one by one, in their order over all parts: they may look at
  /// nodes of other parts. To be called between runs, or by such an event. REQUIRES: when > now().
  void meet_at(Instant when);

 private:
  struct alignas(64) Part {
    Part() : log(lane.simulator) {}
    Lane lane;
    ObservationLog log;
    std::vector<Mailbox*> inboxes;
    // Of this window.
    Instant horizon;
    std::uint64_t events = 0;
    Instant next;  // event after it
  };

  std::uint64_t run_divided(Instant end);
  void run_window(Instant end);
  void run_meeting(Instant when);
  void run_parts_left();
  void run_part(Part& part);
  void turn_mailboxes();
  void take_mail(Part& part);
  void gather();
  void listen(bool by_log);
  void reckon();

  struct Route {
    std::uint32_t from, to;
    std::unique_ptr<Mailbox> mailbox;
  };

  std::vector<std::unique_ptr<Part>> parts_;
  std::vector<Route> routes_;  // between parts that have a cable in common
  Lookahead lookahead_;
  std::vector<Instant> next_, horizons_;  // by part
  std::vector<Instant> meetings_;         // a heap, the earliest first
  std::vector<ObservationLog*> logs_;
  Observer* observer_ = nullptr;
  std::uint64_t shared_events_min_ = 64;
  std::uint64_t events_apart_ = 0;  // lately, a window: of all parts but the busiest one
  std::uint32_t threads_;
  std::unique_ptr<Team> team_;  // once there is something to share
  alignas(64) std::atomic<std::uint32_t> parts_taken_ = 0;
};

}  // namespace natsim
