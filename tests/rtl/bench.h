// SPDX-License-Identifier: Apache-2.0
// The engine in RTL under the model driver: its clock is a thread that runs it while it is not at
// rest, its registers are the DeviceAccess of the driver.
#pragma once

#include <systemc>
#include <vector>

#include "driver/driver.h"
#include "rtl/dut.h"
#include "support/sim.h"
#include "support/steps.h"

namespace ringside::test {

/// Memory that driver and device share.
class SharedMemory final : public GuestMemory {
 public:
  SharedMemory(std::uint64_t base, std::size_t bytes)
      : base_(base), bytes_(bytes), bus(base, bytes, bytes_.data()) {}
  void read(std::uint64_t address, void* to, std::size_t bytes) override {
    std::memcpy(to, at(address, bytes), bytes);
  }
  void write(std::uint64_t address, const void* from, std::size_t bytes) override {
    std::memcpy(at(address, bytes), from, bytes);
  }

 private:
  std::uint8_t* at(std::uint64_t address, std::size_t bytes) {
    if (address < base_ || address - base_ > bytes_.size() ||
        bytes > bytes_.size() - (address - base_))
      throw std::runtime_error("the test driver left its memory");
    return bytes_.data() + (address - base_);
  }
  std::uint64_t base_;
  std::vector<std::uint8_t> bytes_;

 public:
  cosim::FlatMemory bus;
};

/// Registers in the layout of virtio-pci, see models/cosim/rtl/README.md.
class RtlAccess final : public DeviceAccess {
 public:
  explicit RtlAccess(Dut& dut) { attach(dut); }
  void attach(Dut& dut) {
    dut_ = &dut;
    dut.interrupt = [this](unsigned vector) {
      ++interrupts_.at(vector);
      if (interrupted) interrupted();
      interrupt_.notify(sc_core::SC_ZERO_TIME);
    };
  }
  /// Called for each interrupt, if set.
  std::function<void()> interrupted;
  /// Called for each access to a register, if set: writes before they take effect, reads with what
  /// they have brought.
  std::function<void(bool is_write, std::uint32_t address, unsigned bytes, std::uint32_t value)>
      seen;

  std::uint8_t status() override { return static_cast<std::uint8_t>(read(0x14, 1)); }
  void set_status(std::uint8_t status) override { write(0x14, 1, status); }
  std::uint32_t device_features(unsigned page) override {
    write(0x00, 4, page);
    return read(0x04, 4);
  }
  void set_driver_features(unsigned page, std::uint32_t bits) override {
    write(0x08, 4, page);
    write(0x0c, 4, bits);
  }
  std::uint32_t driver_features(unsigned page) override {
    write(0x08, 4, page);
    return read(0x0c, 4);
  }
  std::uint8_t config_generation() override { return static_cast<std::uint8_t>(read(0x15, 1)); }
  void read_config(std::size_t offset, void* to, std::size_t bytes) override {
    for (std::size_t i = 0; i < bytes; ++i)
      static_cast<std::uint8_t*>(to)[i] =
          static_cast<std::uint8_t>(read(static_cast<std::uint32_t>(0x2000 + offset + i), 1));
  }
  void write_config(std::size_t offset, const void* from, std::size_t bytes) override {
    for (std::size_t i = 0; i < bytes; ++i)
      write(static_cast<std::uint32_t>(0x2000 + offset + i), 1,
            static_cast<const std::uint8_t*>(from)[i]);
  }
  std::uint16_t queue_max_size(unsigned queue) override {
    select(queue);
    return static_cast<std::uint16_t>(read(0x18, 2));
  }
  bool enable_queue(unsigned queue, const QueuePlace& place) override {
    write(0x10, 2, 0);  // configuration changes: vector 0; queues: from 1 on
    select(queue);
    write(0x18, 2, place.size);
    write(0x1a, 2, queue + 1);
    write_area(0x20, place.descriptor_area);
    write_area(0x28, place.driver_area);
    write_area(0x30, place.device_area);
    write(0x1c, 2, 1);
    return read(0x1c, 2) == 1 && read(0x18, 2) == place.size && read(0x1a, 2) == queue + 1;
  }
  bool queue_enabled(unsigned queue) override {
    select(queue);
    return read(0x1c, 2) != 0;
  }
  void reset_queue(unsigned queue) override {
    select(queue);
    write(0x3a, 2, 1);
  }
  bool queue_resetting(unsigned queue) override {
    select(queue);
    return read(0x3a, 2) != 0;
  }
  void notify(unsigned queue, std::uint16_t next) override {
    write(0x3000 + 4 * queue, 4, queue | std::uint32_t{next} << 16);
  }
  std::uint64_t queue_interrupts(unsigned queue) override { return interrupts_.at(queue + 1); }
  std::uint64_t config_interrupts() override { return interrupts_[0]; }
  const sc_core::sc_event& interrupt_event() override { return interrupt_; }

  void select(unsigned queue) { write(0x16, 2, queue); }
  std::uint32_t read(std::uint32_t address, unsigned bytes) {
    const std::uint32_t value = dut_->read(address, bytes);
    if (seen) seen(false, address, bytes, value);
    wake.notify(sc_core::SC_ZERO_TIME);
    return value;
  }
  void write(std::uint32_t address, unsigned bytes, std::uint32_t value) {
    if (seen) seen(true, address, bytes, value);
    dut_->write(address, bytes, value);
    wake.notify(sc_core::SC_ZERO_TIME);
  }
  /// Something may have ended the device's rest.
  sc_core::sc_event wake;

 private:
  void write_area(std::uint32_t at, std::uint64_t address) {
    write(at, 4, static_cast<std::uint32_t>(address));
    write(at + 4, 4, static_cast<std::uint32_t>(address >> 32));
  }
  Dut* dut_ = nullptr;
  std::vector<std::uint64_t> interrupts_ = std::vector<std::uint64_t>(Dut::kVectors);
  sc_core::sc_event interrupt_;
};

struct RtlBench {
  static constexpr std::uint64_t kBase = 0x80000000;
  static constexpr std::size_t kBytes = 4 << 20;
  static constexpr unsigned kQuantum = 32;  // clocks

  explicit RtlBench(const DutSettings& settings = {})
      : RtlBench(settings, "children: {}\n", [](Registry&) {}) {}
  /// With models of YAML beside it.
  RtlBench(const DutSettings& settings, const std::string& yaml, void (*register_types)(Registry&))
      : sim(yaml, register_types),
        memory(kBase, kBytes),
        arena(kBase, kBytes),
        dut(Dut::make(settings, memory.bus)),
        access(*dut),
        driver(access, memory, arena) {
    sc_core::sc_spawn([this] { clock(); });
  }

  bool run(const std::function<void()>& steps,
           const sc_core::sc_time& limit = {10, sc_core::SC_SEC}) {
    return run_steps(sim, steps, limit);
  }
  /// Another device in the place of this one, fresh from power-on.
  void replace(const DutSettings& settings) {
    dut = Dut::make(settings, memory.bus);
    access.attach(*dut);
  }
  /// Lets so much time pass; the engine runs if it has something to do.
  void pass(unsigned microseconds = 10) {
    sc_core::wait(sc_core::sc_time(microseconds, sc_core::SC_US));
  }

  Sim sim;
  SharedMemory memory;
  Arena arena;
  std::unique_ptr<Dut> dut;
  RtlAccess access;
  Driver driver;

 private:
  void clock() {
    const sc_core::sc_time period(4, sc_core::SC_NS);
    for (;;) {
      while (!dut->resting()) sc_core::wait(period * dut->run(kQuantum));
      sc_core::wait(access.wake);
    }
  }
};

}  // namespace ringside::test
