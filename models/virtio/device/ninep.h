// SPDX-License-Identifier: Apache-2.0
// The 9P device: a transport for 9P messages (models/ninep), one request and its reply per chain.
// virtio reserves device number 9 for it and says no more; this is what Linux's driver and QEMU's
// device have agreed on: one queue, MOUNT_TAG, and a configuration space of tag_len le16 and the
// tag, without a NUL.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "kit/command.h"
#include "ninep/server.h"
#include "virtio/core/device.h"

namespace ringside::virtio {

class NineP final : public VirtioDevice {
 public:
  static constexpr unsigned kMountTag = 0;  ///< VIRTIO_9P_MOUNT_TAG: there is a tag

  NineP(const sc_core::sc_module_name& name, const ModelContext& context);

  DeviceId device_id() const override { return DeviceId::NineP; }
  std::uint32_t class_code() const override { return 0x000200; }
  FeatureSet device_features() const override { return {kMountTag}; }
  std::size_t config_bytes() const override { return 2 + tag->size(); }
  void read_config(std::size_t offset, std::uint8_t* to, std::size_t bytes) override;
  void serve(unsigned queue) override;
  void on_reset() override;
  void on_queue_reset(unsigned) override { on_reset(); }

  Param<std::string> tag{this, "tag", required, "what the guest mounts it by, 1 to 255 bytes"};
  Param<unsigned> queue_size{this, "queue_size", 128, Range<unsigned>{1, 32768},
                             "largest size of the queue"};
  Param<Size> msize{this, "msize", Size{512 << 10}, Range<Size>{Size{4096}, Size{16 << 20}},
                    "largest message; the guest may ask for less"};
  Param<unsigned> fids{this, "fids", 65536, Range<unsigned>{16, 1u << 20},
                       "most files that the guest may know at a time"};
  Param<unsigned> open_files{this, "open_files", 4096, Range<unsigned>{1, 1u << 20},
                             "most files that it may have open"};
  Param<unsigned> locks{this, "locks", 4096, Range<unsigned>{1, 1u << 20},
                        "most byte ranges that it may have locked"};
  ChildSlot<ninep::Tree> backend{this, "backend", required, "the files"};

  Counter errors{this, "errors", "count", "requests answered with an error"};

  Command<> session_command{
      this,
      "session",
      {},
      "what the guest has agreed on and holds: dialect, msize, fids, open_files, locks",
      [this] { return session(); },
      CommandEffect::Reads};

  const ninep::Server* server() const { return server_.get(); }

 private:
  /// Answers a request and gives it back, unless the device had to stop or was reset meanwhile.
  void answer(ChainPtr chain);
  Json session() const;

  std::unique_ptr<ninep::Server> server_;
  std::vector<std::uint8_t> request_;  // one at a time: requests are answered in order
  std::vector<std::uint8_t> reply_;
};

}  // namespace ringside::virtio
