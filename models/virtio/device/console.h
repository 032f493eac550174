// SPDX-License-Identifier: Apache-2.0
// The console device (virtio 1.4, section 5.3): port 0 is a console, further ports are named byte
// streams.
//
//   type: virtio-console
//   backend: stdio
//   ports:
//     agent: {type: unix, path: agent.sock}
//     log: {type: file, path: guest.log}
#pragma once

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "backend/char_backend.h"
#include "kit/command.h"
#include "virtio/core/device.h"

namespace ringside::virtio {

/// Feature bits (5.3.3).
enum ConsoleFeature : unsigned {
  kConsoleSize = 0,
  kConsoleMultiport = 1,
  kConsoleEmergWrite = 2,
};

/// Kinds of control messages (5.3.6.2).
enum class ConsoleEvent : std::uint16_t {
  DeviceReady = 0,
  DeviceAdd = 1,
  DeviceRemove = 2,
  PortReady = 3,
  ConsolePort = 4,
  Resize = 5,
  PortOpen = 6,
  PortName = 7,
};

class Console final : public VirtioDevice {
 public:
  Console(const sc_core::sc_module_name& name, const ModelContext& context);

  DeviceId device_id() const override { return DeviceId::Console; }
  std::uint32_t class_code() const override { return 0x078000; }
  FeatureSet device_features() const override;
  std::size_t config_bytes() const override { return kConfigBytes; }
  void read_config(std::size_t offset, std::uint8_t* to, std::size_t bytes) override;
  void write_config(std::size_t offset, const std::uint8_t* from, std::size_t bytes) override;
  void serve(unsigned queue) override;
  void on_driver_ok() override;
  void on_reset() override;
  void on_queue_reset(unsigned queue) override;

  /// Ports that the driver can have, port 0 included.
  unsigned max_ports() const { return static_cast<unsigned>(ports_.size()); }
  /// Hot plug: a port comes (DEVICE_ADD) or goes (DEVICE_REMOVE). Without effect if it is there, or
  /// gone, already, on port 0, and on ports beyond max_ports().
  void plug(unsigned port);
  void unplug(unsigned port);
  /// What the driver has said of a port.
  bool port_ready(unsigned port) const { return ports_[port].ready; }
  bool port_open(unsigned port) const { return ports_[port].guest_open; }

  enum class Multiport { Auto, On, Off };
  Choice<Multiport> multiport{
      this,
      "multiport",
      {{"auto", Multiport::Auto}, {"on", Multiport::On}, {"off", Multiport::Off}},
      Multiport::Auto,
      "offer VIRTIO_CONSOLE_F_MULTIPORT; auto: if there are ports"};
  Param<bool> size{this, "size", true, "offer VIRTIO_CONSOLE_F_SIZE"};
  Param<bool> emergency_write{this, "emergency_write", true, "offer VIRTIO_CONSOLE_F_EMERG_WRITE"};
  Param<unsigned> columns{this, "columns", 0, Range<unsigned>{0, 65535},
                          "width in characters if the back end does not know; 0 for unknown"};
  Param<unsigned> rows{this, "rows", 0, Range<unsigned>{0, 65535},
                       "height in characters if the back end does not know; 0 for unknown"};
  Param<bool> resize_rows_first{
      this, "resize_rows_first", false,
      "RESIZE messages carry rows before columns, against the specification: what Linux "
      "reads before the fix of its order of fields"};
  Param<unsigned> queue_size{this, "queue_size", 128, Range<unsigned>{1, 32768},
                             "largest size of the data queues"};
  Param<unsigned> control_queue_size{this, "control_queue_size", 32, Range<unsigned>{1, 32768},
                                     "largest size of the control queues"};
  Param<std::vector<std::string>> console_ports{this, "console_ports", std::vector<std::string>{},
                                                "names of further ports that are consoles"};
  ChildSlot<backend::CharBackend> backend{this, "backend", "null", "port 0"};
  Children<backend::CharBackend> ports{this, "ports", "ports 1 to 30, by name"};

  Command<unsigned, unsigned, std::optional<std::string>> resize{
      this,
      "resize",
      {{"columns", "width in characters"},
       {"rows", "height in characters"},
       {"port", "name of a port; port 0 if left out"}},
      "gives a console a size, until its back end says otherwise",
      [this](unsigned width, unsigned height, const std::optional<std::string>& port) {
        set_size(port ? port_named(*port) : 0, width, height);
      }};
  Command<std::string> plug_command{this,
                                    "plug",
                                    {{"port", "its name"}},
                                    "a port that was unplugged comes back",
                                    [this](const std::string& port) { plug(port_named(port)); }};
  Command<std::string> unplug_command{
      this, "unplug", {{"port", "its name"}}, "a port goes", [this](const std::string& port) {
        unplug(port_named(port));
      }};

  Counter bad_control{this, "bad_control", "count", "control messages that make no sense"};

 private:
  static constexpr std::size_t kConfigBytes = 12;
  static constexpr std::size_t kEmergWrite = 8;
  static constexpr unsigned kMaxPorts = 31;
  static constexpr unsigned kControlReceive = 2;
  static constexpr unsigned kControlTransmit = 3;
  static constexpr std::size_t kPiece = 4096;

  /// A port, and which messages about it wait for a buffer of the control receive queue. Only the
  /// latest state is told, so a host that connects and leaves all the time needs no memory.
  struct Port {
    backend::CharBackend* backend = nullptr;
    std::string name;
    bool console = false;
    bool plugged = true;
    /// Columns and rows that somebody has asked for.
    std::optional<std::pair<unsigned, unsigned>> chosen_size;

    bool announced = false;  // DEVICE_ADD has been sent
    bool ready = false;
    bool guest_open = false;
    bool tell_add = false;
    bool tell_remove = false;
    bool tell_console = false;
    bool tell_name = false;
    bool tell_size = false;
    bool tell_open = false;

    ChainPtr sending;  // its rest waits for room in the back end
    std::size_t sent = 0;
  };
  using Message = std::vector<std::uint8_t>;

  void add_port(backend::CharBackend* stream, std::string name, bool console);
  void make_queues();
  static unsigned receive_queue(unsigned port) { return port == 0 ? 0 : 2 * port + 2; }
  static unsigned transmit_queue(unsigned port) { return receive_queue(port) + 1; }
  static unsigned port_of(unsigned queue) { return queue < 2 ? 0 : queue / 2 - 1; }
  bool offers_multiport() const;
  bool multiported() const { return has(kConsoleMultiport); }
  std::array<std::uint8_t, kConfigBytes> config() const;
  unsigned columns_of(const Port& port) const;
  unsigned rows_of(const Port& port) const;

  void serve_receive(unsigned port);
  void serve_transmit(unsigned port);
  bool send_some(Port& port, DescriptorChain& chain, std::size_t& sent);
  void serve_control_receive();
  void serve_control_transmit();
  void control(std::uint32_t id, std::uint16_t event, std::uint16_t value);
  void port_became_ready(Port& port);
  void tell();
  bool next_message(Message& message);
  Message message(unsigned port, ConsoleEvent event, unsigned value) const;
  unsigned port_named(const std::string& name) const;
  void set_size(unsigned port, unsigned width, unsigned height);
  void host_opened(unsigned port);
  void resized(unsigned port);
  static void forget_driver(Port& port);

  std::vector<Port> ports_;
};

}  // namespace ringside::virtio
