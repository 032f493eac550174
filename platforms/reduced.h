// SPDX-License-Identifier: Apache-2.0
// A platform with one device only, for a log that is played to it.
#pragma once

#include <string>

#include "kit/node.h"
#include "kit/override.h"

namespace ringside::program {

/// The tree of a platform with nothing but the model at `path`, the models above it, and memory,
/// which takes its time with `accuracy: timed`. Names and seeds stay what they were. Adds
/// overrides, after those that are there, with which nothing of the host is changed: disks become
/// snapshots, output goes nowhere. Throws ConfigError, at the place where something else was
/// expected, also for a device that cannot be had without others or whose back end would change the
/// host.
Node reduced(const Node& root, const std::string& path, Overrides& overrides);

}  // namespace ringside::program
