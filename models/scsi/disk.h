// SPDX-License-Identifier: Apache-2.0
// A direct access block device (SBC-3): a disk over any block back end.
//
//   root: {type: scsi-disk, target: 0, lun: 0, backend: {type: file, path: disk.img}}
//   safe: {type: scsi-disk, target: 1, backend: {type: file, path: disk.img}, protection: type1,
//          tags: {type: file, path: disk.pi, create: 1MiB}}
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scsi/logical_unit.h"
#include "scsi/protection.h"
#include "scsi/tag_store.h"

namespace ringside::scsi {

class Disk final : public LogicalUnit {
 public:
  Disk(const sc_core::sc_module_name& name, const ModelContext& context);

  PeripheralType peripheral_type() const override { return PeripheralType::Disk; }
  std::uint64_t blocks() const { return backend ? backend->bytes() / block_size : 0; }
  /// Makes the disk larger or smaller: a unit attention, and an event for drivers that take them.
  void resize(const Size& bytes);

  ChildSlot<backend::BlockBackend> backend{this, "backend", required, "what holds its contents"};
  Param<unsigned> block_size{this, "block_size", 512, Range<unsigned>{512, 4096},
                             "logical block length in bytes: 512, 1024, 2048 or 4096"};
  Param<bool> is_removable{this, "removable", false, "its medium can be taken out"};
  Param<bool> write_cache{this, "write_cache", true,
                          "write back at the start (WCE): writes are durable after SYNCHRONIZE "
                          "CACHE; else each one is"};
  Param<unsigned> rotation_rate{this, "rotation_rate", 1, Range<unsigned>{0, 0xfffe},
                                "in turns per minute; 1 for a medium that does not turn"};
  Param<unsigned> max_unmap{this, "max_unmap_descriptors", 255, Range<unsigned>{0, 255},
                            "most ranges of one UNMAP; 0: the disk is not thin"};
  Param<unsigned> max_write_same{this, "max_write_same", 65536, Range<unsigned>{1, 1u << 23},
                                 "most blocks of one WRITE SAME"};

  Choice<Protection> protection{
      this,
      "protection",
      {{"none", Protection::None}, {"type1", Protection::Type1}, {"type3", Protection::Type3}},
      Protection::None,
      "type of the protection information (T10 PI)"};
  ChildSlot<backend::BlockBackend> tags{this, "tags", nullptr,
                                        "what holds it: 8 bytes for each block, inverted"};

  Command<Size> resize_command{this,
                               "resize",
                               {{"bytes", "new capacity"}},
                               "changes the capacity",
                               [this](const Size& bytes) { resize(bytes); }};

 private:
  struct Blocks {
    std::uint64_t first;
    std::uint64_t count;
  };
  /// Bytes on their way; one for each command that is being carried out.
  class Buffer;
  static constexpr std::size_t kBufferBytes = 64 << 10;
  static constexpr unsigned kMaxCompare = 255;  ///< blocks of one COMPARE AND WRITE

  bool execute_own(Task& task) override;
  Sense ready() const override;
  bool removable() const override { return is_removable; }
  std::string standard_product() const override { return "SCSI DISK"; }
  bool own_vital_page(std::uint8_t code, std::vector<std::uint8_t>& page) const override;
  std::vector<std::uint8_t> own_vital_pages() const override;
  bool protects() const override { return store_ != nullptr; }
  std::uint8_t mode_device_parameter() const override;
  std::vector<std::uint8_t> block_descriptor() const override;
  void modes_changed() override;
  void on_hard_reset() override;

  static Blocks blocks_of(const Cdb& cdb);
  /// `protected_too`: RDPROTECT or WRPROTECT may be other than 0.
  bool accessible(Task& task, const Blocks& range, bool protected_too = false) const;
  bool writable(Task& task) const;
  bool cached() const;
  void read(Task& task);
  void write(Task& task);
  void verify(Task& task);
  void compare_and_write(Task& task);
  void synchronize(Task& task);
  void read_capacity_10(Task& task) const;
  void read_capacity_16(Task& task) const;
  void start_stop(Task& task);
  void prevent_allow(Task& task);
  bool store(Task& task, std::uint64_t data_at, const Blocks& range, const ProtectionUse& use);
  void scrub(Task& task, const Blocks& range);
  /// Sets `same`; false if it has ended the task.
  bool compare(Task& task, const Blocks& range, bool& same);
  void durable(Task& task, bool at_once);
  bool flush_all();

  // disk_protection.cpp
  using Tuples = std::array<std::uint8_t, TagStore::kMaxBlocks * kTupleBytes>;
  static unsigned protect_field(const Cdb& cdb);
  void check_tags();
  /// False if it has ended the task.
  bool protection_of(Task& task, ProtectionUse& use) const;
  /// Blocks that were read, at most TagStore::kMaxBlocks: their information is checked and, if
  /// wanted, sent; `tuples_at` counts blocks from the command's first. These also give false if
  /// they have ended the task.
  bool check_read(Task& task, const ProtectionUse& use, const Blocks& part,
                  const std::uint8_t* data, std::uint64_t tuples_at);
  /// Blocks that come: their information is taken and checked; what did not come is made.
  bool take_tuples(Task& task, const ProtectionUse& use, const Blocks& part,
                   const std::uint8_t* data, std::uint64_t tuples_at, Tuples& tuples);
  bool agree(Task& task, const ProtectionUse& use, const Blocks& part, const std::uint8_t* data,
             const Tuples& tuples) const;
  bool tag_repeated(Task& task, const Blocks& range, const std::vector<std::uint8_t>& block);

  // disk_thin.cpp
  bool thin() const { return max_unmap != 0; }
  void unmap(Task& task);
  void write_same(Task& task);
  bool repeat(Task& task, const Blocks& range, const std::vector<std::uint8_t>& block);

  std::unique_ptr<TagStore> store_;  // if there is protection information
  bool stopped_ = false;
  bool ejected_ = false;
  bool removal_prevented_ = false;
  std::vector<std::vector<std::uint8_t>> spare_buffers_;
};

/// Leases a buffer of the disk.
class Disk::Buffer {
 public:
  explicit Buffer(Disk& disk) : disk_(disk) {
    if (!disk.spare_buffers_.empty()) {
      bytes_.swap(disk.spare_buffers_.back());
      disk.spare_buffers_.pop_back();
    }
    bytes_.resize(kBufferBytes);
  }
  ~Buffer() { disk_.spare_buffers_.push_back(std::move(bytes_)); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  std::uint8_t* data() { return bytes_.data(); }

 private:
  Disk& disk_;
  std::vector<std::uint8_t> bytes_;
};

}  // namespace ringside::scsi
