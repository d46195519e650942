#include "sim/filter/tcp_states.h"

namespace natsim {

const char* to_string(TrackedState state) {
  switch (state) {
    case TrackedState::none: return "NONE";
    case TrackedState::syn_sent: return "SYN_SENT";
    case TrackedState::syn_recv: return "SYN_RECV";
    case TrackedState::established: return "ESTABLISHED";
    case TrackedState::fin_wait: return "FIN_WAIT";
    case TrackedState::close_wait: return "CLOSE_WAIT";
    case TrackedState::last_ack: return "LAST_ACK";
    case TrackedState::time_wait: return "TIME_WAIT";
    case TrackedState::close: return "CLOSE";
    case TrackedState::syn_sent2: return "SYN_SENT2";
  }
  return "?";
}

bool tcp_flags_valid(TcpFlags flags) {
  switch (flags & ~(kTcpPsh | kTcpEce | kTcpCwr)) {
    case kTcpSyn:
    case kTcpSyn | kTcpUrg:
    case kTcpSyn | kTcpAck:
    case kTcpRst:
    case kTcpRst | kTcpAck:
    case kTcpFin | kTcpAck:
    case kTcpFin | kTcpAck | kTcpUrg:
    case kTcpAck:
    case kTcpAck | kTcpUrg: return true;
    default: return false;
  }
}

namespace {

// One character a transition, columns by TrackedState:
//   n none  s syn_sent  r syn_recv  e established  f fin_wait  c close_wait  l last_ack
//   t time_wait  x close  2 syn_sent2      - invalid   . ignored
//
// The middle box sees what is sent, not what is received: "invalid" is what neither end would take,
// "ignored" what may be either, so that the answer decides. Rows by TrackedFlag.
constexpr const char* kTransitions[2][6] = {
    {
        // original direction
        // nsrefcltx2
        "ss.....ss2",  // SYN: also its repetition; after TIME_WAIT and CLOSE a new connection
        "--r------r",  // SYN+ACK: only as an answer in a simultaneous open
        "--ffllltx-",  // FIN: the first begins the close, the second waits for the last ACK
        "e-eeccttx-",  // ACK: without anything before it, a connection picked up midway
        "-xxxxxxxxx",  // RST
        "----------",  // none of them
    },
    {
        // reply direction
        // nsrefcltx2
        "-2-----s-2",  // SYN: simultaneous open; after TIME_WAIT the roles may change
        "-r.......r",  // SYN+ACK: the usual answer; later ones may answer an ignored SYN
        "--ffllltx-",  // FIN
        "-.reccttx.",  // ACK: to a bare SYN it may come from a half-open connection
        "-xxxxxxxxx",  // RST
        "----------",  // none of them
    },
};

constexpr TcpTransition decode(char c) {
  using Kind = TcpTransition::Kind;
  switch (c) {
    case 's': return {Kind::state, TrackedState::syn_sent};
    case 'r': return {Kind::state, TrackedState::syn_recv};
    case 'e': return {Kind::state, TrackedState::established};
    case 'f': return {Kind::state, TrackedState::fin_wait};
    case 'c': return {Kind::state, TrackedState::close_wait};
    case 'l': return {Kind::state, TrackedState::last_ack};
    case 't': return {Kind::state, TrackedState::time_wait};
    case 'x': return {Kind::state, TrackedState::close};
    case '2': return {Kind::state, TrackedState::syn_sent2};
    case '.': return {Kind::ignore, TrackedState::none};
    default: return {Kind::invalid, TrackedState::none};
  }
}

}  // namespace

TcpTransition tcp_transition(FlowDirection direction, TrackedFlag event, TrackedState state) {
  return decode(kTransitions[int(direction)][int(event)][int(state)]);
}

}  // namespace natsim
