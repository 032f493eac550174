// SPDX-License-Identifier: Apache-2.0
// The persistent memory device (virtio 1.4, section 5.19): memory with the contents of a file, and
// a queue for flushing it to storage.
//
//   bus children:  nv: {type: device-memory, base: 0x2_0000_0000, image: nv.img}
//   device:        {type: virtio-pmem, memory: bus.nv}
//   or, in a base address register of the function:
//   device:        {type: virtio-pmem, image: nv.img}
#pragma once

#include <array>
#include <string>

#include "kit/device_memory.h"
#include "kit/image_memory.h"
#include "virtio/core/device.h"

namespace ringside::virtio {

/// Feature bits (5.19.3).
enum PmemFeature : unsigned { kPmemShmemRegion = 0 };

class Pmem final : public VirtioDevice {
 public:
  /// Drivers map in units of this; Linux refuses memory that is not a multiple of it.
  static constexpr std::uint64_t kGranule = 2 << 20;

  Pmem(const sc_core::sc_module_name& name, const ModelContext& context);

  DeviceId device_id() const override { return DeviceId::Pmem; }
  std::uint32_t class_code() const override { return 0x00ff00; }
  FeatureSet device_features() const override;
  bool accepts_features(const FeatureSet& chosen) const override;
  std::size_t config_bytes() const override { return kConfigBytes; }
  void read_config(std::size_t offset, std::uint8_t* to, std::size_t bytes) override;
  std::vector<SharedMemoryRegion> shared_memory() const override;
  void resolve() override;
  void serve(unsigned queue) override;
  void reset() override;

  Param<std::string> memory{this, "memory", std::string{},
                            "path of the device-memory that the guest finds on the bus; without "
                            "it, the memory is in a base address register"};
  Param<FilePath> image{this, "image", FilePath{},
                        "file in the base address register; not with 'memory'"};
  Param<bool> snapshot{this, "snapshot", false, "changes to 'image' last until the end of the run"};
  Param<bool> lock{this, "lock", true, "refuse an 'image' that another program uses"};
  Param<unsigned> queue_size{this, "queue_size", 128, Range<unsigned>{1, 32768},
                             "largest size of the request queue"};

  Counter flushes{this, "flushes", "count", "flush requests that succeeded"};
  Counter failed_flushes{this, "failed_flushes", "count",
                         "flush requests that the host's storage did not confirm"};

 private:
  static constexpr std::size_t kConfigBytes = 16;

  bool in_bar() const { return !memory.given(); }
  void open_image();
  void check_place() const;
  bool flush();
  std::int32_t answer(DescriptorChain& request);

  ImageMemory image_;               // in a base address register
  DeviceMemory* region_ = nullptr;  // on the bus
  bool locked_ = false;
};

}  // namespace ringside::virtio
