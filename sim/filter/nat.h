// Network address translation: decided by a connection's first packet, done to all of them.
#pragma once

#include <optional>

#include "sim/base/random.h"
#include "sim/filter/conntrack.h"
#include "sim/filter/interface_table.h"
#include "sim/filter/unique_tuple.h"

namespace natsim {

/// Sources are rewritten on the way out (postrouting, and input for what stays here), destinations
/// on the way in (prerouting, output).
constexpr NatSide nat_side(Hook hook) {
  return hook == Hook::postrouting || hook == Hook::input ? NatSide::source : NatSide::destination;
}

class Nat {
 public:
  /// Neither is owned, both must outlive this.
  Nat(Conntrack& conntrack, const InterfaceTable& interfaces, Prng rng)
      : conntrack_(conntrack), interfaces_(interfaces), rng_(rng) {}

  /// Whether the rules of this hook have to be asked: the packet may open a connection, and nothing
  /// is decided yet for this side.
  bool undecided(Hook hook, const Traversal& packet) const;
  /// Decides: the packet's connection is translated into `range`. A no-op once it is decided.
  void decide(Hook hook, Traversal& packet, const NatRange& range, Instant now);
  /// Decides for no translation, as far as the tuple is free (NAT-L23).
  void decide_none(Hook hook, Traversal& packet, Instant now);
  /// The targets' own choices of address. False: there is none, and the packet has to go.
  bool masquerade(Traversal& packet, const NatRange& range, Instant now);
  bool redirect(Hook hook, Traversal& packet, const NatRange& range, Instant now);
  void netmap(Hook hook, Traversal& packet, const Prefix& to, Instant now);

  /// Rewrites the packet as its connection has it. False: that cannot be done, and the packet has
  /// to go.
  bool translate(Hook hook, Traversal& packet);

  /// Whether a masqueraded connection now leaves by another interface than the one whose address it
  /// has: then it ends.
  bool moved(Hook hook, const Traversal& packet) const;

 private:
  bool translate_error(Hook hook, Traversal& packet);

  Conntrack& conntrack_;
  const InterfaceTable& interfaces_;
  Prng rng_;
};

}  // namespace natsim
