// SPDX-License-Identifier: Apache-2.0
// A port of an AHCI host bus adapter: its registers, the link to its disk, and the engine that
// fetches commands, moves data and receives what the disk answers.
//
//   ahci_port    registers and link        ahci_engine    commands, in a thread
//   ahci_data    descriptors and data
#pragma once

#include <array>
#include <cstdint>
#include <systemc>

#include "baseline/ahci_registers.h"
#include "baseline/ahci_structures.h"
#include "baseline/ata_disk.h"
#include "kit/dma.h"
#include "kit/stat.h"

namespace ringside::ahci {

/// What a port needs of its adapter.
class PortOwner {
 public:
  virtual ~PortOwner() = default;
  virtual DmaInterface& memory() = 0;
  virtual std::uint16_t requester() const = 0;
  virtual bool timed() const = 0;
  /// The port's interrupts have changed.
  virtual void port_changed(unsigned index) = 0;
  virtual void dma_failed() = 0;
};

struct PortSettings {
  unsigned generation = 3;   ///< of the link
  bool wire_time = false;    ///< frames take the link's time
  unsigned outstanding = 1;  ///< accesses to memory under way
  unsigned gather = 1;       ///< queued commands whose end is told together
  sc_core::sc_time command_time;
  sc_core::sc_time spin_up;
};

class Port {
 public:
  Port(Model* model, PortOwner& owner, unsigned index, const PortSettings& settings);

  void attach(AtaDisk& disk);
  const AtaDisk* disk() const { return disk_; }
  /// Of the adapter: by a register, which keeps the addresses of the port's lists, or altogether.
  void reset(bool all);
  /// The engine: a thread's body.
  void run();
  /// There may be work: in so much time.
  void kick(const sc_core::sc_time& in = sc_core::SC_ZERO_TIME);
  /// A register is about to be written, which arrives in so much time.
  void arriving(const sc_core::sc_time& in) { arrives_in_ = in; }
  bool interrupts() const { return shown_interrupts() & registers.enable; }

  PortRegisters registers;

  struct Statistics : StatGroup {
    using StatGroup::StatGroup;
    Counter requests{this, "requests", "count", "commands that have ended"};
    Counter bytes{this, "bytes", "B", "data moved"};
    Counter kicks{this, "kicks", "count", "writes of PxCI"};
    Counter interrupts{this, "interrupts", "count", "times that the port's bit of IS was set"};
    Counter failed{this, "failed", "count", "commands that failed"};
    Counter resets{
        this, "resets", "count",
        "times that the disk began anew: after a reset of the link or over it, or put in"};
    Counter fatal{this, "fatal", "count", "times that the adapter's own errors stopped the port"};
    Histogram latency{this, "latency", "ns", "from PxCI to the end of a command"};
    Histogram in_flight{this, "in_flight", "count",
                        "commands that the disk has when it takes one more, with that one"};
    Histogram batch{this, "interrupt_batch", "count", "ends of commands per interrupt"};
  };
  Statistics statistics;

  /// Called by the adapter when this port's bit of IS has been set.
  void interrupted();

 private:
  static constexpr unsigned kSlots = 32;
  static constexpr unsigned kPlain = ata::kTags;  ///< in jobs_: the command that is not queued
  static constexpr unsigned kCachedDescriptors = 8;
  static constexpr unsigned kSegments = 64;  ///< given to the memory at once
  /// What the engine does at most before simulated time goes on.
  static constexpr std::uint64_t kBurstAccesses = 4096;
  static constexpr std::uint64_t kBurstBytes = 4 << 20;

  enum class Phase { Free, Moving, Ending };
  struct Job {
    AtaDisk::Job work;
    Phase phase = Phase::Free;
    std::uint64_t ready = 0;  ///< when the phase can begin, in picoseconds
    std::uint64_t order = 0;
    unsigned slot = 0;
  };
  /// Where the data of a command lie: its descriptors, some of which have been read.
  struct Place {
    std::uint64_t table = 0;
    unsigned descriptors = 0;
    unsigned next = 0;   ///< the next to be used
    unsigned first = 0;  ///< of those in `cached`
    unsigned count = 0;
    std::array<Descriptor, kCachedDescriptors> cached;
    std::uint64_t at = 0;  ///< what is left of the current one
    std::uint32_t left = 0;
    bool interrupts_at_end = false;
    bool interrupts = false;  ///< one that asked for it has been used up
  };
  enum class Moved {
    All,
    Short,   ///< the descriptors end before the data
    Gone,    ///< the command has been given up, or the port has stopped
    Refused  ///< the disk's answer has failed
  };

  // -- ahci_port.cpp
  void define_registers();
  void write_command(std::uint32_t value);
  void write_link_control(std::uint32_t value);
  std::uint32_t shown_interrupts() const;
  void interrupt(std::uint32_t bits);
  void link_begins();
  void plug_changed();
  void link_lost(std::uint32_t status);
  void give_up();
  void forget_jobs();
  void show_taskfile(std::uint8_t status, std::uint8_t error);
  std::uint8_t device_status() const { return static_cast<std::uint8_t>(registers.taskfile); }
  bool busy() const { return device_status() & (ata::kBusy | ata::kDataRequest); }
  bool link_up() const { return (registers.link_status & kDetectMask) == 3; }
  bool started() const { return registers.command & kStart; }
  bool receives() const { return registers.command & kFisRunning; }
  std::uint64_t now() const { return sc_core::sc_time_stamp().value(); }

  // -- ahci_engine.cpp
  bool step();
  void rest();
  void wake_when_due();
  void receive_signature();
  bool issue();
  unsigned next_slot() const;
  bool fetch(unsigned slot, HostFis& fis);
  void control(unsigned slot, const HostFis& fis);
  void accept(unsigned slot, const Taskfile& task);
  void break_queue(const Taskfile& task);
  void begin_queued(Job& job);
  void begin_work(Job& job);
  Job* ready_job();
  void serve(Job& job);
  void end(Job& job);
  void end_plain(Job& job);
  void end_queued(Job& job);
  void tell_finished();
  void fail_queue(const AtaDisk::Job& work, bool queued);
  void stop(std::uint32_t why);
  bool post(std::uint64_t offset, const std::uint8_t* fis, std::size_t bytes);
  template <typename Fis>
  bool post(std::uint64_t offset, const Fis& fis) {
    return post(offset, fis.data(), fis.size());
  }
  void wire(const sc_core::sc_time& since, std::size_t bytes);
  TransactionTag tag(Step step) const;
  void ended(unsigned slot);

  // -- ahci_data.cpp
  Moved move(Job& job);
  Moved move_block(Job& job, Place& place, std::uint64_t done, std::size_t bytes);
  bool pio_setup(const AtaDisk::Job& work, std::uint64_t done, std::size_t bytes);
  bool count_bytes(unsigned slot, std::uint64_t bytes);
  Moved touch(Place& place, bool to_memory, std::size_t bytes);
  Moved piece(Place& place, std::size_t most, DmaSegment& segment);
  bool read(std::uint64_t address, void* to, std::size_t bytes, Step step);

  PortOwner& owner_;
  const unsigned index_;
  const PortSettings settings_;
  AtaDisk* disk_ = nullptr;
  sc_core::sc_time arrives_in_;

  sc_core::sc_event wake_;
  bool kicked_ = false;
  unsigned epoch_ = 0;    ///< commands of former epochs have been given up
  bool stopped_ = false;  ///< by an error, until the guest stops and starts the port
  bool soft_reset_ = false;
  bool signature_wanted_ = false;
  bool signature_posted_ = true;
  std::uint64_t signature_at_ = 0;
  unsigned signature_slot_ = kSlots;  ///< of the command that it ends, if it does
  Answer signature_;

  unsigned last_slot_ = kSlots - 1;
  std::array<CommandHeader, kSlots> headers_;
  std::array<std::uint64_t, kSlots> issued_at_{};
  std::array<Job, ata::kTags + 1> jobs_;
  unsigned queued_ = 0;         ///< jobs under way that are queued
  std::uint32_t finished_ = 0;  ///< tags whose end has not been told
  std::uint64_t accepted_ = 0;
  std::uint64_t told_ = 0;  ///< ends since the last interrupt
  std::array<std::uint8_t, ata::kDataFisBytes> buffer_;

  // Work since simulated time has gone on.
  std::uint64_t busy_at_ = 0;
  std::uint64_t burst_accesses_ = 0;
  std::uint64_t burst_bytes_ = 0;
};

}  // namespace ringside::ahci
