// What the nodes and cables that run on one thread share.
#pragma once

#include "sim/engine/simulator.h"
#include "sim/observe/observer.h"
#include "sim/wire/packet.h"

namespace natsim {

/// One part of the network: its clock and events, its packet memory, and who watches. A network
/// runs as one lane, or cut at cables with delay into several that run side by side.
struct Lane {
  // The pool is destroyed last: what is left in queues goes back to it.
  PacketPool pool;
  Simulator simulator;
  Observer* observer = nullptr;  ///< not owned; null: nobody watches
};

}  // namespace natsim
