#include "sim/transport/stream.h"

namespace natsim {

const char* to_string(StreamEnd end) {
  switch (end) {
    case StreamEnd::closed: return "closed";
    case StreamEnd::refused: return "refused";
    case StreamEnd::unreachable: return "unreachable";
    case StreamEnd::timed_out: return "timed_out";
    case StreamEnd::reset: return "reset";
    case StreamEnd::aborted: return "aborted";
  }
  return "?";
}

}  // namespace natsim
