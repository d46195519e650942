// Which class runs which kind of traffic, and what is known of all kinds alike.
#pragma once

#include <memory>

#include "sim/base/pacing.h"
#include "sim/network/spec.h"
#include "sim/network/traffic_source.h"

namespace natsim {

std::unique_ptr<TrafficSource> make_traffic_source(const spec::Traffic& item);

/// When its repetitions begin. What `interval` is where the file says nothing depends on the kind.
Pacing pacing_of(const spec::Traffic& item);

/// What the item is aimed at; null: it has no such thing.
const spec::Target* target_of(const spec::Traffic& item);

}  // namespace natsim
