// SPDX-License-Identifier: Apache-2.0
// The incoming message-signalled interrupt controllers of all harts (RISC-V Advanced Interrupt
// Architecture 1.0, chapter 3).
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "irq/interrupt_file.h"
#include "kit/irq.h"
#include "kit/model.h"
#include "kit/port.h"
#include "kit/tag.h"

namespace ringside {

/// A machine-level and a supervisor-level interrupt file for each hart; no guest files. The file
/// of hart n is the page at base + 4096 n, where a 32-bit write to offset 0 (little-endian) or 4
/// (big-endian) makes an identity pending.
class Imsic final : public Model, public MsiController {
 public:
  static constexpr std::uint64_t kPageBytes = 0x1000;
  static constexpr unsigned kMaxHarts = 256;

  Imsic(const sc_core::sc_module_name& name, const ModelContext& context);
  void resolve() override;
  void reset() override;
  void device_tree(DeviceTree& tree) override;
  std::string msi_phandle_name() const override { return path() + "/s"; }
  std::string machine_msi_phandle_name() const override { return path() + "/m"; }
  std::optional<Doorbells> doorbells() const override {
    return Doorbells{supervisor.base(), supervisor.base() + (supervisor.size() - 1)};
  }

  Param<unsigned> ids{this, "ids", 255, Range<unsigned>{63, ImsicFile::kMaxIds},
                      "interrupt identities of each file; one less than a multiple of 64"};
  MmioPort machine{this,
                   "machine",
                   "base_m",
                   Address{0x24000000},
                   kMaxHarts* kPageBytes,
                   "address of the machine-level file of hart 0"};
  MmioPort supervisor{this,
                      "supervisor",
                      "base_s",
                      Address{0x28000000},
                      kMaxHarts* kPageBytes,
                      "address of the supervisor-level file of hart 0"};

  Counter messages_m{this, "messages_m", "messages", "messages to machine-level files"};
  Counter messages_s{this, "messages_s", "messages", "messages to supervisor-level files"};

 private:
  struct Level {
    HartIrq irq;
    MmioPort* port;
    Counter* messages;
    const char* name;
    std::vector<std::unique_ptr<ImsicFile>> files;  // by hart id; null where there is no hart
  };

  void make_file(Level& level, HartInterface& hart);
  void access(Level& level, tlm::tlm_generic_payload& payload);
  void write(Level& level, std::uint64_t hart, std::uint32_t identity, TransactionTag* tag);
  void deliver();
  void describe(const Level& level, DeviceTree& tree) const;

  /// A message that a hypervisor takes time to bring to the hart.
  struct Message {
    sc_core::sc_time due;
    ImsicFile* file;
    std::uint32_t identity;
  };

  std::vector<HartInterface*> harts_;
  Level machine_{HartIrq::MachineExternal, &machine, &messages_m, "/m", {}};
  std::deque<Message> messages_;
  sc_core::sc_event message_due_;
  Level supervisor_{HartIrq::SupervisorExternal, &supervisor, &messages_s, "/s", {}};
};

}  // namespace ringside
