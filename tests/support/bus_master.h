// SPDX-License-Identifier: Apache-2.0
// Models that tests put onto a bus: an initiator driven by the test, a target that notes what
// reaches it, and harts that only show their interrupt wires.
#pragma once

#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "kit/irq.h"
#include "kit/model.h"
#include "kit/platform.h"
#include "kit/port.h"
#include "kit/registry.h"

namespace ringside::test {

/// Type "test-master".
struct BusMaster : Model {
  BusMaster(const sc_core::sc_module_name& name, const ModelContext& context)
      : Model(name, context) {
    port.on_invalidate([this](std::uint64_t first, std::uint64_t last) {
      invalidated.push_back({first, last});
    });
  }
  tlm::tlm_response_status access(tlm::tlm_command command, std::uint64_t address, void* data,
                                  unsigned bytes) {
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(static_cast<unsigned char*>(data));
    payload.set_data_length(bytes);
    payload.set_streaming_width(bytes);
    port.socket->b_transport(payload, delay);
    address_after = payload.get_address();
    return payload.get_response_status();
  }
  template <typename T>
  T read(std::uint64_t address) {
    T value{};
    last = access(tlm::TLM_READ_COMMAND, address, &value, sizeof value);
    return value;
  }
  template <typename T>
  void write(std::uint64_t address, T value) {
    last = access(tlm::TLM_WRITE_COMMAND, address, &value, sizeof value);
  }
  std::uint32_t read32(std::uint64_t address) { return read<std::uint32_t>(address); }
  void write32(std::uint64_t address, std::uint32_t value) { write<std::uint32_t>(address, value); }
  unsigned debug(tlm::tlm_command command, std::uint64_t address, void* data, unsigned bytes) {
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(static_cast<unsigned char*>(data));
    payload.set_data_length(bytes);
    return port.socket->transport_dbg(payload);
  }
  bool direct(std::uint64_t address, tlm::tlm_dmi& dmi) {
    tlm::tlm_generic_payload payload;
    payload.set_command(tlm::TLM_READ_COMMAND);
    payload.set_address(address);
    dmi.init();
    return port.socket->get_direct_mem_ptr(payload, dmi);
  }

  InitiatorPort port{this, "port", "driven by the test"};
  tlm::tlm_response_status last = tlm::TLM_INCOMPLETE_RESPONSE;
  std::uint64_t address_after = 0;
  sc_core::sc_time delay;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> invalidated;
};

/// Type "test-target": memory of 4 KiB that notes what reaches it. Direct pointers cover more than
/// the window.
struct BusTarget : Model {
  static constexpr std::uint64_t kBytes = 4096;
  BusTarget(const sc_core::sc_module_name& name, const ModelContext& context)
      : Model(name, context) {
    window.set_size(bytes);
    window.on_transport([this](tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
      ++accesses;
      offset = payload.get_address();
      unsigned char* at = memory + offset % kBytes;
      if (payload.is_read())
        std::memcpy(payload.get_data_ptr(), at, payload.get_data_length());
      else
        std::memcpy(at, payload.get_data_ptr(), payload.get_data_length());
      payload.set_response_status(tlm::TLM_OK_RESPONSE);
    });
    window.on_direct([this](tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
      offset = payload.get_address();
      if (!give_direct) return false;
      dmi.set_dmi_ptr(memory);
      dmi.set_start_address(0);
      dmi.set_end_address(~std::uint64_t{0});
      dmi.allow_read_write();
      return true;
    });
  }
  Param<std::uint64_t> bytes{this, "bytes", kBytes, "size of the window"};
  MmioPort window{this, "window", "base", 0, "where"};
  unsigned char memory[kBytes + 64] = {};
  std::uint64_t offset = 0;
  unsigned accesses = 0;
  bool give_direct = true;
};

/// Type "test-harts": harts that note the level of their wires.
struct FakeHarts : Model, HartContainer {
  struct Hart : HartInterface {
    explicit Hart(unsigned number) : id(number) {}
    unsigned hart_id() const override { return id; }
    void set_irq(HartIrq irq, bool high) override {
      if (high && !levels[irq]) ++rises[irq];
      levels[irq] = high;
      when[irq] = sc_core::sc_time_stamp();
    }
    void attach_interrupt_files(InterruptFile* m, InterruptFile* s) override {
      machine = m;
      supervisor = s;
    }
    void attach_time(TimeSource* source) override { time = source; }
    void lose_time(const sc_core::sc_time& lost_now) override { lost += lost_now; }
    std::string intc_phandle_name() const override { return "hart" + std::to_string(id); }
    bool level(HartIrq irq) { return levels[irq]; }

    unsigned id;
    std::map<HartIrq, bool> levels;
    std::map<HartIrq, unsigned> rises;
    std::map<HartIrq, sc_core::sc_time> when;  ///< of the last call
    sc_core::sc_time lost;                     ///< to a hypervisor
    InterruptFile* machine = nullptr;
    InterruptFile* supervisor = nullptr;
    TimeSource* time = nullptr;
  };

  FakeHarts(const sc_core::sc_module_name& name, const ModelContext& context)
      : Model(name, context) {
    for (unsigned i = 0; i < count; ++i) all.emplace_back(i);
  }
  std::vector<HartInterface*> harts() override {
    std::vector<HartInterface*> out;
    for (Hart& hart : all) out.push_back(&hart);
    return out;
  }
  Param<unsigned> count{this, "count", 2, "number of harts"};
  std::vector<Hart> all;
};

inline void register_bus_models(Registry& registry) {
  registry.add<Model, BusMaster>("test-master", "initiator driven by a test");
  registry.add<Model, BusTarget>("test-target", "target that notes accesses");
  registry.add<Model, FakeHarts>("test-harts", "harts that show their wires");
}

}  // namespace ringside::test
