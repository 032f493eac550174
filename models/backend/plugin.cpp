// SPDX-License-Identifier: Apache-2.0
#include "kit/plugin.h"

#include "backend/block_file.h"
#include "backend/block_memory.h"
#include "backend/entropy_source.h"

namespace {

using namespace ringside;

void register_types(Registry& registry) {
  using backend::BlockBackend;
  registry.add<BlockBackend, backend::FileBlock>("file",
                                                 "a raw image file or block device of the host");
  registry.add<BlockBackend, backend::MemoryBlock>("memory",
                                                   "a disk in memory, empty at the start");

  using backend::EntropySource;
  registry.add<EntropySource, backend::SeededEntropy>(
      "seeded", "a generator that gives the same bytes in every run");
  registry.add<EntropySource, backend::HostEntropy>("host", "the host's random number generator");
}

}  // namespace

RINGSIDE_PLUGIN("backend", register_types);
