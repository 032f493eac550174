// SPDX-License-Identifier: Apache-2.0
// The GPU device (virtio 1.4, section 5.7) in 2D mode: pictures that the driver fills from its
// memory, scanouts that show a part of one, a cursor on each, guest-only blobs, EDID.
//
//   type: virtio-gpu
//   scanouts: 2
//   display: none        # 'none' keeps the picture for screenshots
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "backend/display.h"
#include "kit/command.h"
#include "virtio/core/device.h"
#include "virtio/device/gpu_protocol.h"
#include "virtio/device/gpu_resources.h"

namespace ringside::virtio {

class Gpu final : public VirtioDevice {
 public:
  static constexpr unsigned kMaxScanouts = kGpuInfoScanouts;
  static constexpr unsigned kMaxSize = 4088;  ///< of a mode: what an EDID can say, in whole cells

  Gpu(const sc_core::sc_module_name& name, const ModelContext& context);

  DeviceId device_id() const override { return DeviceId::Gpu; }
  std::uint32_t class_code() const override { return 0x038000; }
  FeatureSet device_features() const override;
  bool accepts_features(const FeatureSet& chosen) const override;
  std::size_t config_bytes() const override;
  void read_config(std::size_t offset, std::uint8_t* to, std::size_t bytes) override;
  void write_config(std::size_t offset, const std::uint8_t* from, std::size_t bytes) override;
  void serve(unsigned queue) override;
  void on_reset() override;

  /// The user gives a scanout another size, or takes its monitor away (0 x 0): the driver is told.
  /// False for a scanout that is not there or a size beyond kMaxSize.
  bool change_mode(unsigned scanout, unsigned width, unsigned height);
  const GpuResources& resources() const { return resources_; }

  Param<unsigned> scanouts{this, "scanouts", 1, Range<unsigned>{1, kMaxScanouts},
                           "monitors that can be connected"};
  Param<unsigned> width{this, "width", 1280, Range<unsigned>{16, kMaxSize},
                        "preferred width of each scanout, in pixels"};
  Param<unsigned> height{this, "height", 800, Range<unsigned>{16, kMaxSize},
                         "preferred height of each scanout, in pixels"};
  Param<bool> edid{this, "edid", true, "offer VIRTIO_GPU_F_EDID"};
  Param<bool> resource_uuid{this, "resource_uuid", false, "offer VIRTIO_GPU_F_RESOURCE_UUID"};
  Param<bool> blob{
      this, "blob", false,
      "offer VIRTIO_GPU_F_RESOURCE_BLOB: guest-only blobs, scanned out without a copy"};
  Param<std::uint64_t> blob_alignment{
      this, "blob_alignment", 0, Range<std::uint64_t>{0, 1u << 31},
      "a power of 2: offer VIRTIO_GPU_F_BLOB_ALIGNMENT, which needs 'blob'; 0 for no such rule"};
  Param<Size> max_hostmem{this, "max_hostmem", Size{256u << 20},
                          Range<Size>{Size{1u << 20}, Size{16ull << 30}},
                          "most host memory for all resources"};
  Param<unsigned> max_entries{this, "max_entries", 65536, Range<unsigned>{1, 1u << 24},
                              "most guest memory entries behind one resource"};
  Param<unsigned> queue_size{this, "queue_size", 64, Range<unsigned>{1, 32768},
                             "largest size of the control queue"};
  Param<unsigned> cursor_queue_size{this, "cursor_queue_size", 16, Range<unsigned>{1, 32768},
                                    "largest size of the cursor queue"};
  ChildSlot<backend::Display> display{this, "display", "none", "where the pictures are shown"};

  Counter commands{this, "commands", "count", "requests on the control queue"};
  Counter errors{this, "errors", "count", "requests answered by an error"};
  Counter transferred{this, "transferred", "B", "pixels read from guest memory"};
  Counter flushes{this, "flushes", "count", "rectangles brought to a scanout"};

  Command<std::string, std::optional<unsigned>> screenshot{
      this,
      "screenshot",
      {{"file", "PNG file to write"}, {"scanout", "0 if left out"}},
      "writes what a scanout shows to a file",
      [this](const std::string& file, std::optional<unsigned> scanout) {
        take_screenshot(file, scanout.value_or(0));
      },
      CommandEffect::Reads};
  Command<unsigned, unsigned, std::optional<unsigned>> resize{
      this,
      "resize",
      {{"width", "in pixels"}, {"height", "in pixels"}, {"scanout", "0 if left out"}},
      "asks the guest for another size; 0 x 0 disconnects the monitor",
      [this](unsigned w, unsigned h, std::optional<unsigned> scanout) {
        wish_for(scanout.value_or(0), w, h);
      }};

 private:
  static constexpr unsigned kControlQueue = 0;
  static constexpr unsigned kCursorQueue = 1;

  struct Mode {  // what the user offers; 0 x 0: no monitor
    unsigned width = 0;
    unsigned height = 0;
  };
  /// What the driver shows on a scanout.
  struct Scanout {
    std::uint32_t resource = 0;  // 0: disabled
    backend::Rect rect;          // of the resource
    // For blobs: how it is a picture.
    GpuFormat format = GpuFormat::B8G8R8A8;
    std::uint32_t stride = 0;  // in bytes
    std::uint32_t offset = 0;
  };
  /// What a driver wants to see on a scanout.
  struct ScanoutWish {
    std::uint32_t scanout = 0;
    backend::Rect rect;
    GpuResources::Pointer resource;
  };
  /// A request and the answer it will get.
  struct Request {
    DescriptorChain& chain;
    std::uint32_t type = 0;
    std::array<std::uint8_t, kGpuHeaderBytes> header{};  // as it came
    std::uint64_t reply_bytes = 0;  // of reply_, if there is more than a header
  };

  // gpu.cpp
  void take_screenshot(const std::string& file, unsigned scanout);
  void wish_for(unsigned scanout, unsigned width, unsigned height);
  void serve_control();
  void serve_cursor();
  std::uint32_t answer(Request& request, GpuType type);
  void disable(unsigned scanout);
  /// True if the displays' copies of the scanouts, with this one so large, stay within max_hostmem.
  bool displays_fit(unsigned scanout, const backend::Rect& rect) const;
  bool show(unsigned scanout, const GpuResource& resource, const backend::Rect& rect);
  bool show_blob(unsigned scanout, const GpuResource& resource, const backend::Rect& rect);
  bool read_backing(const GpuResource& resource, std::uint64_t offset, void* to, std::size_t bytes);

  // gpu_commands.cpp
  GpuType execute(Request& request);
  bool read_fields(Request& request, std::uint8_t* to, std::size_t bytes) const;
  std::optional<GpuBacking> read_entries(Request& request, std::size_t offset,
                                         std::uint32_t entries, GpuType& error);
  GpuType display_info(Request& request);
  GpuType edid_of(Request& request);
  GpuType create_picture(Request& request);
  GpuType unref(Request& request);
  bool begin_scanout(const std::uint8_t* fields, ScanoutWish& wish, GpuType& outcome);
  GpuType set_scanout(Request& request);
  GpuType set_scanout_blob(Request& request);
  GpuType flush(Request& request);
  GpuType transfer(Request& request);
  GpuType attach(Request& request);
  GpuType detach(Request& request);
  GpuType assign_uuid(Request& request);
  GpuType create_blob(Request& request);
  GpuType update_cursor(Request& request);

  std::uint32_t events_ = 0;
  std::array<Mode, kMaxScanouts> modes_{};
  std::array<Scanout, kMaxScanouts> shown_{};
  GpuResources resources_;
  std::vector<std::uint8_t> reply_;    // the answer's body
  std::vector<std::uint8_t> entries_;  // of a request
  std::vector<std::uint32_t> line_;    // pixels on their way from a blob
};

}  // namespace ringside::virtio
