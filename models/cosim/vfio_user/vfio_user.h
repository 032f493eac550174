// SPDX-License-Identifier: Apache-2.0
// A PCI function for a guest in another program: the server of the vfio-user protocol, for any
// function. The client (QEMU) has the guest and its interrupt controller; here are configuration
// space, base address registers and the device, which reach the guest's memory through windows that
// the client opens.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cosim/peer/peer.h"
#include "cosim/vfio_user/dma_messages.h"
#include "cosim/vfio_user/dma_windows.h"
#include "cosim/vfio_user/interrupts.h"
#include "cosim/vfio_user/message.h"
#include "kit/host.h"
#include "kit/model.h"
#include "pci/bus.h"
#include "pci/function.h"
#include "pci/link.h"

namespace ringside::vfio {

class VfioUser final : public Model, public pci::BusOwner {
 public:
  VfioUser(const sc_core::sc_module_name& name, const ModelContext& context);

  Param<FilePath> socket{this, "socket", required, "Unix socket at which a client is waited for"};
  Param<bool> once{this, "once", false, "end the run when the first client has gone"};
  Param<sc_core::sc_time> latency{this, "latency", sc_core::sc_time(100, sc_core::SC_NS),
                                  "what an access to the guest's memory takes, in timed mode"};
  Param<sc_core::sc_time> patience{
      this, "patience", sc_core::sc_time(5, sc_core::SC_SEC),
      Range<sc_core::sc_time>{sc_core::sc_time(10, sc_core::SC_MS),
                              sc_core::sc_time(3600, sc_core::SC_SEC)},
      "host time in which a client has to answer when its memory is accessed by messages"};
  ChildSlot<pci::Link> link{this, "link", nullptr,
                            "the link between the function and the guest's machine; without it no "
                            "time passes there"};
  ChildSlot<pci::PciFunction> function{this, "function", required, "the PCI function"};

  Counter clients{this, "clients", "count", "clients that have connected"};
  Counter messages{this, "messages", "count", "commands of clients"};
  Counter refusals{this, "refusals", "count", "commands that were not carried out"};
  Counter interrupts{this, "interrupts", "count",
                     "eventfd writes that told a client of interrupts"};
  Counter dma_messages{this, "dma_messages", "count",
                       "accesses to memory that were asked of a client"};
  Counter memory_lost{this, "memory_lost", "count",
                      "clients that took memory away while it was in use"};

  void refresh_statistics() override;

  // BusOwner. Not a root bus, so that the function has its PCI Express capability.
  bool is_root_bus() const override { return false; }
  std::uint8_t secondary_bus() const override { return 0; }
  pci::Link* bus_link() const override { return link.get(); }
  void bus_decode_changed() override {}
  void pin_changed(unsigned device, unsigned pin, bool high) override;
  void upstream(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) override;
  bool upstream_direct(tlm::tlm_generic_payload&, tlm::tlm_dmi&) override { return false; }
  unsigned upstream_debug(tlm::tlm_generic_payload&) override { return 0; }

 private:
  // vfio_user.cpp: life
  void reset() override;
  void start_of_simulation() override;
  void finish() override;
  void take(const HostInput::Bytes& message);
  void take_message(const HostInput::Bytes& message);
  void serve();
  void serve_command();
  void part(const std::string& why);
  void note_refusal(const Message& message, const Refused& refused);
  void check_patience();

  // commands.cpp: one function a command, or a few that are alike
  void carry_out(Message& message);
  void reply(const Message& message, const void* payload, std::size_t bytes);
  template <typename T>
  void reply(const Message& message, const T& payload) {
    reply(message, &payload, sizeof payload);
  }
  void reply(const Message& message) { reply(message, nullptr, 0); }
  void reply_error(const Message& message, int error);
  void agree_on_version(const Message& message);
  void tell_device(const Message& message);
  void tell_region(const Message& message);
  void tell_irq(const Message& message);
  void set_irqs(Message& message);
  void reset_device();

  // regions.cpp
  std::uint64_t region_bytes(std::uint32_t region) const;
  PciSpace space_of(std::uint32_t region) const;
  void read_region(const Message& message);
  void write_region(Message& message);
  void write_regions(Message& message);
  void access_region(bool is_write, const RegionAccess& access, std::uint8_t* data);
  void access_config(bool is_write, std::uint64_t offset, std::uint8_t* data, std::size_t bytes);
  void access_bar(bool is_write, unsigned bar, std::uint64_t offset, std::uint8_t* data,
                  std::size_t bytes);
  bool issue(bool is_write, std::uint32_t region, std::uint64_t offset, std::uint8_t* data,
             std::size_t bytes);
  bool is_vector_table(unsigned bar, std::uint64_t offset, std::size_t bytes) const;
  void program_vector(unsigned vector);
  void program_vectors();

  HostInput input_{this, "client"};
  std::optional<peer::Peer> client_;
  DmaMessages dma_messages_;
  DmaWindows windows_{dma_messages_, latency};
  Interrupts interrupts_;
  pci::PciBus bus_{*this, *this};

  bool connected_ = false;
  bool negotiated_ = false;
  bool alarm_set_ = false;
  unsigned warnings_ = 0;  // of this client

  std::vector<std::uint8_t> command_;  // that waits for serve()
  std::optional<std::string> gone_;    // the client has, and why
  sc_core::sc_event progress_;         // something to do
};

}  // namespace ringside::vfio
