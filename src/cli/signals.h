// Ctrl-C and its kin, asked for instead of suffered.
#pragma once

namespace natsim {

/// While it lives, the first SIGINT, SIGTERM or SIGHUP is remembered, the second one has its usual
/// effect, and a closed pipe is an error of write(). One at a time.
class SignalGuard {
 public:
  SignalGuard();
  ~SignalGuard();
  SignalGuard(const SignalGuard&) = delete;
  SignalGuard& operator=(const SignalGuard&) = delete;

  /// The signal that came; 0: none.
  int caught() const;
};

}  // namespace natsim
