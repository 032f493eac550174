// SPDX-License-Identifier: Apache-2.0
// QEMU's firmware configuration device: items by number, and files by name, that firmware reads
// (QEMU documentation, specs/fw_cfg).
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "kit/dma.h"
#include "kit/model.h"
#include "kit/port.h"

namespace ringside {

/// Memory-mapped layout: data at 0 (any width, bytes in order), selector at 8 (16 bits,
/// big-endian), DMA address at 16 (64 bits, big-endian). All items are read-only. A DMA command is
/// done before the access that starts it returns.
class FwCfg final : public Model {
 public:
  static constexpr std::uint64_t kWindowBytes = 0x18;
  using Bytes = std::vector<std::uint8_t>;

  FwCfg(const sc_core::sc_module_name& name, const ModelContext& context);
  void resolve() override;
  void reset() override;
  void device_tree(DeviceTree& tree) override;

  Param<Node> files{this, "files", Node(),
                    "files for the guest: a map from name ('opt/...') to file of the host"};
  MmioPort window{
      this, "window", "base", Address{0x10100000}, kWindowBytes, "address of the registers"};
  DmaPort dma{this, "dma", "copies items into the guest's memory"};

  Counter bytes_read{this, "bytes_read", "B", "bytes of items that the guest has read"};

 private:
  enum Key : std::uint16_t {
    kSignature = 0x00,
    kId = 0x01,
    kNoGraphic = 0x04,
    kCpus = 0x05,
    kMaxCpus = 0x0f,
    kBootMenu = 0x0e,
    kFileDirectory = 0x19,
    kFirstFile = 0x20,
  };

  void add_host_file(const Node::Entry& entry);
  void make_directory(const std::map<std::string, Bytes>& files);
  void access(tlm::tlm_generic_payload& payload);
  void select(std::uint16_t key);
  /// The next bytes of the selected item; zeros after its end.
  void take(std::uint8_t* to, std::size_t bytes);
  void write_dma_address(std::uint64_t offset, const std::uint8_t* data, unsigned bytes);
  void run_dma();
  bool copy_out(std::uint64_t address, std::uint64_t bytes);

  std::map<std::uint16_t, Bytes> items_;
  std::map<std::string, Bytes> host_files_;
  std::uint16_t key_ = 0;
  std::size_t position_ = 0;
  bool busy_ = false;
  std::array<std::uint8_t, 8> dma_address_{};
};

}  // namespace ringside
