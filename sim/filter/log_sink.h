// Where LOG's lines go.
#pragma once

#include <string_view>

#include "sim/base/time.h"
#include "sim/observe/reason.h"

namespace natsim {

/// Gets LOG's packets. `line` is what the kernel would print, without its time stamp (FW-M22).
class LogSink {
 public:
  virtual void on_log(const RuleLabel& rule, std::string_view line, Instant now) = 0;

 protected:
  ~LogSink() = default;
};

}  // namespace natsim
