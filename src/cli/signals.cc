#include "src/cli/signals.h"

#include <csignal>

namespace natsim {
namespace {

// The only thing that a signal handler may touch.
volatile std::sig_atomic_t caught_signal = 0;

extern "C" void remember_signal(int signal) { caught_signal = signal; }

constexpr int kEnding[] = {SIGINT, SIGTERM, SIGHUP};

}  // namespace

SignalGuard::SignalGuard() {
  caught_signal = 0;
  struct sigaction action = {};
  action.sa_handler = remember_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (const int signal : kEnding) {
    // nohup and background jobs of a shell ask not to be bothered.
    struct sigaction before = {};
    if (sigaction(signal, nullptr, &before) == 0 && before.sa_handler != SIG_IGN)
      sigaction(signal, &action, nullptr);
  }
  std::signal(SIGPIPE, SIG_IGN);
}

SignalGuard::~SignalGuard() {
  for (const int signal : kEnding) {
    struct sigaction now = {};
    if (sigaction(signal, nullptr, &now) == 0 && now.sa_handler == remember_signal)
      std::signal(signal, SIG_DFL);
  }
}

int SignalGuard::caught() const { return caught_signal; }

}  // namespace natsim
