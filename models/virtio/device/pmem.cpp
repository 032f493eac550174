// SPDX-License-Identifier: Apache-2.0
#include "virtio/device/pmem.h"

#include <fmt/format.h>

#include <cstring>

#include "kit/platform.h"
#include "virtio/device/bytes.h"
#include "virtio/device/named_memory.h"

namespace ringside::virtio {

namespace {

constexpr std::uint32_t kFlush = 0;
constexpr std::int32_t kSuccess = 0;
constexpr std::int32_t kFailure = -1;
constexpr std::uint8_t kRegionId = 0;

}  // namespace

Pmem::Pmem(const sc_core::sc_module_name& name, const ModelContext& context)
    : VirtioDevice(name, context) {
  add_queue("req_vq", queue_size);
  if (platform().describing()) return;
  if (memory.given() == image.given())
    throw ConfigError(
        node().where(),
        fmt::format("{} has {}; expected either 'memory', the path of a "
                    "device-memory, or 'image', a file",
                    label(),
                    memory.given() ? "both 'memory' and 'image'" : "neither 'memory' nor 'image'"));
  if (image.given()) open_image();
}

void Pmem::open_image() {
  image_ = ImageMemory(image, kGranule, snapshot ? HostMemory::Keep::No : HostMemory::Keep::Yes);
  // Programs can be run from persistent memory.
  platform().code_pages().add_memory(image_.memory().data(), image_.memory().size());
}

void Pmem::resolve() {
  if (in_bar()) return;
  region_ = named_memory(*this, memory);
  if (region_) check_place();
}

void Pmem::check_place() const {
  if (region_->region_base() % kGranule == 0 && region_->region_bytes() % kGranule == 0) return;
  diagnostics().error(
      memory.where(),
      fmt::format("'memory' of {} has {} at {}; expected both to be multiples of {}", label(),
                  format_size(Size{region_->region_bytes()}), format_hex(region_->region_base()),
                  format_size(Size{kGranule})));
}

void Pmem::reset() {
  VirtioDevice::reset();
  if (locked_ || !lock) return;
  locked_ = true;
  const std::string problem = image_.lock();
  if (!problem.empty())
    platform().request_stop(
        1, fmt::format("{}: {} ('lock: false' takes the risk)", image.where().str(), problem));
}

// ---- what the driver is told (5.19.3 to 5.19.5) ------------------------------------------------

FeatureSet Pmem::device_features() const {
  FeatureSet features;
  features.set(kPmemShmemRegion, in_bar());
  return features;
}

bool Pmem::accepts_features(const FeatureSet& chosen) const {
  // Where a base address register lies only the driver knows, so there is no address to tell it.
  return !in_bar() || chosen.has(kPmemShmemRegion);
}

std::vector<SharedMemoryRegion> Pmem::shared_memory() const {
  if (image_.memory().size() == 0) return {};
  return {{kRegionId, image_.memory().size(), image_.memory().data()}};
}

void Pmem::read_config(std::size_t offset, std::uint8_t* to, std::size_t bytes) {
  std::array<std::uint8_t, kConfigBytes> fields{};  // zero while the region is a shared one
  if (region_) {
    put_le64(&fields[0], region_->region_base());
    put_le64(&fields[8], region_->region_bytes());
  }
  std::memcpy(to, fields.data() + offset, bytes);
}

// ---- requests (5.19.6, 5.19.7) -----------------------------------------------------------------

bool Pmem::flush() {
  const bool done = region_ ? region_->sync() : image_.memory().sync();
  ++(done ? flushes : failed_flushes);
  return done;
}

std::int32_t Pmem::answer(DescriptorChain& request) {
  std::uint8_t type[4];
  if (!request.read(0, type, sizeof type) || get_le32(type) != kFlush) return kFailure;
  return flush() ? kSuccess : kFailure;
}

void Pmem::serve(unsigned index) {
  while (ChainPtr request = queue(index).pop()) {
    std::uint8_t result[4];
    if (request->writable_bytes() < sizeof result) {
      needs_reset("a request without room for its result");
      return;
    }
    put_le32(result, static_cast<std::uint32_t>(answer(*request)));
    if (!request->write(0, result, sizeof result)) continue;
    queue(index).push(std::move(request), sizeof result);
  }
}

}  // namespace ringside::virtio
