// SPDX-License-Identifier: Apache-2.0
// An Intel 82540EM network controller (PRO/1000 MT), as Linux' e1000 driver knows it: the fully
// emulated NIC that virtio-net replaced. Offsets and bits are those of Intel's manual for the 8254x
// family.
//
//   e1000_registers  registers and bits          e1000_interrupts  causes, mask, timers
//   e1000_eeprom     serial EEPROM               e1000_phy         transceiver
//   e1000_ring, e1000_descriptors                e1000_statistics  counters for the guest
//   e1000_packet     buffers to frames           e1000_frame       filters, checksums
//   e1000_access     what accesses do            e1000_transmit, e1000_receive  the two engines
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "backend/net_backend.h"
#include "baseline/e1000_descriptors.h"
#include "baseline/e1000_eeprom.h"
#include "baseline/e1000_frame.h"
#include "baseline/e1000_interrupts.h"
#include "baseline/e1000_packet.h"
#include "baseline/e1000_phy.h"
#include "baseline/e1000_registers.h"
#include "baseline/e1000_ring.h"
#include "baseline/e1000_statistics.h"
#include "kit/command.h"
#include "pci/function.h"

namespace ringside {

class E1000 final : public pci::PciFunction {
 public:
  E1000(const sc_core::sc_module_name& name, const ModelContext& context);

  const e1000::MacAddress& mac_address() const { return mac_; }

  ChildSlot<backend::NetBackend> backend{this, "backend", required, "the network"};
  Param<std::string> mac{this, "mac", "",
                         "address, such as 52:54:00:12:34:56; empty: made from the device's name"};
  Param<unsigned> fifo{this, "fifo", 1024, Range<unsigned>{1, 65536},
                       "received frames that wait for descriptors"};
  Param<sc_core::sc_time> negotiation{this, "negotiation", sc_core::sc_time(500, sc_core::SC_MS),
                                      "until the link is up after the cable was put in, or the "
                                      "driver has asked"};
  Param<bool> mitigation{this, "mitigation", true, "hold interrupts back, as the timers say"};
  Choice<e1000::Timers> timers{
      this,
      "timers",
      {{"emulation", e1000::Timers::Emulation}, {"chip", e1000::Timers::Chip}},
      e1000::Timers::Emulation,
      "whose mitigation: QEMU's window after each interrupt, or the controller's delay timers"};
  Param<sc_core::sc_time> shortest_window{this, "shortest_window",
                                          sc_core::sc_time(128, sc_core::SC_US),
                                          "shortest such window, with 'emulation'"};
  Param<sc_core::sc_time> timer_lateness{
      this, "timer_lateness", sc_core::SC_ZERO_TIME,
      "how late the thread of a hypervisor sees that the window has ended, with 'emulation'"};
  Param<sc_core::sc_time> transmit_time{
      this, "transmit_time", sc_core::SC_ZERO_TIME,
      "how long a write of TDT keeps the hart for each descriptor (timed): device emulators send "
      "inside of it"};

  Command<std::string> set_link{this,
                                "set_link",
                                {{"state", "of the cable", {"up", "down"}}},
                                "pulls the cable out or puts it back",
                                [this](const std::string& state) { set_cable(state == "up"); }};

  /// What the summary shows, for each direction.
  struct Direction : StatGroup {
    Direction(StatGroup* parent, const char* name) : StatGroup(parent, name) {}
    Counter requests{this, "requests", "count", "packets whose descriptors have been written back"};
    Counter bytes{this, "bytes", "B", "bytes of frames, without check sequence"};
    Counter kicks{this, "kicks", "count", "writes of the tail register"};
    Counter interrupts{this, "interrupts", "count",
                       "times that the pin became active with a cause of this direction"};
  };
  Direction tx{this, "tx"};
  Counter tx_frames{&tx, "frames", "count", "frames sent, segments counted one by one"};
  Counter tx_descriptors{&tx, "descriptors", "count", "descriptors read"};
  Counter tx_dropped{&tx, "dropped", "count", "packets that could not be sent"};
  Direction rx{this, "rx"};
  Counter rx_descriptors{&rx, "descriptors", "count", "descriptors read"};
  Counter rx_filtered{&rx, "filtered", "count", "frames for others"};
  Counter rx_dropped{&rx, "dropped", "count", "frames for the driver that it could not get"};
  Counter dma_errors{this, "dma_errors", "count", "DMA that failed"};

  StatGroup accesses{this, "registers"};
  Counter icr_reads{&accesses, "icr_reads", "count", "reads of ICR"};
  Counter status_reads{&accesses, "status_reads", "count", "reads of STATUS"};
  Counter statistics_reads{&accesses, "statistics_reads", "count", "reads of statistics registers"};
  Counter other_reads{&accesses, "other_reads", "count", "reads of other registers"};
  Counter ims_writes{&accesses, "ims_writes", "count", "writes of IMS"};
  Counter imc_writes{&accesses, "imc_writes", "count", "writes of IMC"};
  Counter ics_writes{&accesses, "ics_writes", "count", "writes of ICS"};
  Counter itr_writes{&accesses, "itr_writes", "count", "writes of ITR"};
  Counter tdt_writes{&accesses, "tdt_writes", "count", "writes of TDT"};
  Counter rdt_writes{&accesses, "rdt_writes", "count", "writes of RDT"};
  Counter other_writes{&accesses, "other_writes", "count", "writes of other registers"};

 private:
  static constexpr unsigned kMemoryBar = 0;
  static constexpr unsigned kPortBar = 1;
  static constexpr std::uint64_t kMemoryBytes = 128 << 10;
  static constexpr std::uint64_t kPortBytes = 64;
  /// Descriptors that are read at once: a cache line of 64 bytes.
  static constexpr unsigned kFetch = 4;
  /// What an engine does at most before simulated time goes on.
  static constexpr std::uint64_t kBurstDescriptors = 4096;
  static constexpr std::uint64_t kBurstBytes = 4 << 20;
  /// Bytes that wait in the receive FIFO at most.
  static constexpr std::size_t kFifoBytes = 8 << 20;

  // -- e1000.cpp
  e1000::Interrupts::Settings interrupt_settings() const;
  void on_reset() override;
  void config_written(unsigned offset, unsigned bytes) override;
  void reset_mac();
  void set_cable(bool in);
  void plug();
  void link_begins();
  void show_link();
  void negotiation_done();
  std::uint64_t now() const { return sc_core::sc_time_stamp().value(); }
  void raise(std::uint32_t causes);
  void show_interrupts();
  void interrupt_deadline();

  // -- e1000_access.cpp
  std::uint64_t read_bar(unsigned bar, std::uint64_t offset, unsigned bytes) override;
  void write_bar(unsigned bar, std::uint64_t offset, unsigned bytes, std::uint64_t value) override;
  std::uint64_t read_memory(std::uint64_t offset, unsigned bytes);
  void write_memory(std::uint64_t offset, unsigned bytes, std::uint64_t value);
  std::uint32_t* table(std::uint64_t offset);
  void count_read(std::uint64_t offset);
  void count_write(std::uint64_t offset);

  // -- e1000_control.cpp
  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) override;
  void define_registers();
  void define_control();
  void define_interrupts();
  void define_delays();
  void define_rings();
  void write_control(std::uint32_t value);
  void write_eeprom_wires(std::uint32_t value);
  std::uint32_t read_eeprom_wires() const;
  void write_management(std::uint32_t value);

  sc_core::sc_time kept_;  // how much longer the access that is served takes

  /// Descriptors from the head on that have been read.
  struct Fetched {
    std::array<std::uint64_t, 2 * kFetch> words;
    unsigned count = 0;
    unsigned next = 0;
    bool empty() const { return next == count; }
    void clear() { next = count = 0; }
  };
  /// One of the two engines, each with a thread of its own. What can give it work, kicks it; what
  /// makes void what it holds, begins a new epoch.
  struct Engine {
    explicit Engine(const e1000::Ring& r) : ring(r) {}
    e1000::Ring ring;
    sc_core::sc_event wake;
    bool kicked = false;
    unsigned epoch = 0;
    Fetched fetched;
    std::uint64_t packets = 0;  // since the simulation began
    // Work since simulated time has gone on.
    sc_core::sc_time busy_at;
    std::uint64_t descriptors = 0;
    std::uint64_t bytes = 0;

    void kick(const sc_core::sc_time& in = sc_core::SC_ZERO_TIME);
    void begin_epoch();
    void wait_for_kick();
    void rest();
  };
  struct Words {
    std::uint64_t low;
    std::uint64_t high;
  };
  /// Reads the descriptor at the head; false if it can't be read, or a new epoch has begun
  /// meanwhile.
  bool fetch(Engine& engine, std::uint16_t queue, Counter& counter, Words& words);
  TransactionTag tag(const Engine& engine, std::uint16_t queue, Step step) const;

  // -- e1000_transmit.cpp
  void transmit_thread();
  void stop_transmit();
  bool may_transmit() const;
  bool transmit_one();
  bool read_buffer(const e1000::TransmitDescriptor& descriptor);
  void end_packet(const e1000::TransmitDescriptor& last);
  bool report(std::uint64_t at, const e1000::TransmitDescriptor& descriptor);
  void send(const std::uint8_t* frame, std::size_t bytes);

  // -- e1000_receive.cpp
  struct Arrived {
    std::vector<std::uint8_t> stored;  // what goes to memory
    std::size_t bytes = 0;             // on the wire, without check sequence
    e1000::ReceiveStatus status;
  };
  void receive_thread();
  void stop_receive();
  bool may_receive() const;
  void arrive(const std::uint8_t* frame, std::size_t bytes);
  void take(const std::uint8_t* frame, std::size_t bytes, bool tagged, bool inexact);
  void fill(Arrived& arrived, const std::uint8_t* frame, std::size_t bytes, bool tagged);
  bool next_frame();
  bool receive_one();
  void frame_done();
  std::size_t buffer_bytes() const;

  static constexpr std::uint16_t kReceiveQueue = 0;
  static constexpr std::uint16_t kTransmitQueue = 1;

  e1000::MacAddress mac_{};
  e1000::Registers regs_{this};
  e1000::Eeprom eeprom_;
  e1000::Phy phy_;
  e1000::Interrupts interrupts_;
  e1000::ReceiveFilter filter_;
  e1000::Statistics statistics_;
  std::uint32_t port_address_ = 0;  // IOADDR
  bool cable_ = true;
  bool link_shown_ = false;
  sc_core::sc_event negotiated_;
  bool level_shown_ = false;
  std::uint64_t deadline_armed_ = 0;  // 0 for none
  sc_core::sc_event deadline_;

  Engine transmit_;
  e1000::PacketBuilder builder_;

  Engine receive_;
  std::vector<Arrived> arrived_;  // a ring: storage is used again
  std::size_t first_arrived_ = 0;
  std::size_t arrived_count_ = 0;
  std::size_t arrived_bytes_ = 0;
  Arrived current_;  // is being written; only the thread touches it
  bool in_progress_ = false;
  unsigned current_epoch_ = 0;
  std::size_t written_ = 0;
  bool starved_ = false;  // it has been counted as one that waits for descriptors
};

}  // namespace ringside
