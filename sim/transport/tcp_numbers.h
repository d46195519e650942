// Where the numbers of a connection begin: RFC 6528 for sequence numbers, RFC 7323 5.4 for clocks.
//
//   ISN = clock + F(secret, local endpoint, remote endpoint)
//
// So the numbers of one pair of endpoints grow from connection to connection (an old segment is not
// taken for a new one, and a SYN may follow on TIME_WAIT), and those of another pair tell nothing
// about them.
#pragma once

#include <cstdint>

#include "sim/base/time.h"
#include "sim/wire/address.h"
#include "sim/wire/seq.h"

namespace natsim {

/// A node's; under the same secret the same numbers.
class TcpNumbers {
 public:
  explicit TcpNumbers(std::uint64_t secret) : secret_(secret) {}

  /// The ISN of a connection that is opened now. `connection` is local endpoint first.
  Seq initial(const Tuple& connection, Instant now) const;
  /// The timestamp clock of the two hosts at time 0, in ms. The same for all of their connections,
  /// or PAWS would refuse the next one.
  std::uint32_t clock_offset(const Tuple& connection) const;

 private:
  std::uint64_t secret_;
};

}  // namespace natsim
