// SPDX-License-Identifier: Apache-2.0
// A device of the host as a source: the guest gets its name, keys and axes, and all its events.
//
//   device: {type: virtio-input, source: {type: evdev, path: /dev/input/event3}}
#pragma once

#include <memory>

#include "backend/evdev_device.h"
#include "backend/event_stream.h"
#include "backend/input_source.h"
#include "backend/reactor.h"
#include "kit/host.h"

namespace ringside::backend {

class EvdevInput : public InputSource {
 public:
  EvdevInput(const sc_core::sc_module_name& name, const ModelContext& context);
  ~EvdevInput() override;
  void start_of_simulation() override;
  void finish() override;
  bool describes() const override { return true; }
  void feedback(const InputEvent& event) override;

  Param<FilePath> path{this, "path", required, "event device, as /dev/input/event3"};
  Param<bool> grab{this, "grab", true, "keep its events from the host"};

  Counter events{this, "events", "count", "events of the device"};

 protected:
  virtual std::unique_ptr<EventDevice> open_device() const {
    return open_event_device(path->path, grab);
  }

 private:
  /// First byte of a message.
  enum class Message : std::uint8_t { Description = 'D', Update = 'U', Gone = 'G' };

  void received(const HostInput::Bytes& message);
  void receive_update(const HostInput::Bytes& message);
  // In the reactor's thread.
  void readable(short happened);
  void post(const std::vector<InputUpdate>& updates);
  void lose();

  HostInput host_input_{this, "device"};
  std::shared_ptr<Reactor> reactor_;
  std::unique_ptr<EventDevice> device_;
  EventStream stream_;
  bool gone_ = false;
};

}  // namespace ringside::backend
