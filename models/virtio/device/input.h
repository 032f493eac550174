// SPDX-License-Identifier: Apache-2.0
// The input device (virtio 1.4, section 5.8): a keyboard, a mouse, a tablet, a touch screen, or a
// device of the host.
//
//   eventq    one event in each buffer; an update of several events ends in SYN_REPORT
//   statusq   events that the driver sends: lights of the keyboard
//   config    select, subsel, size, and what was asked for
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "backend/input_source.h"
#include "backend/touch.h"
#include "kit/command.h"
#include "virtio/core/device.h"
#include "virtio/device/input_forms.h"

namespace ringside::virtio {

class Input final : public VirtioDevice {
 public:
  using Form = InputForm;
  Input(const sc_core::sc_module_name& name, const ModelContext& context);

  DeviceId device_id() const override { return DeviceId::Input; }
  std::uint32_t class_code() const override;
  std::size_t config_bytes() const override;
  void read_config(std::size_t offset, std::uint8_t* to, std::size_t bytes) override;
  void write_config(std::size_t offset, const std::uint8_t* from, std::size_t bytes) override;
  void serve(unsigned queue) override;
  void on_reset() override;
  void on_queue_reset(unsigned queue) override;
  void on_suspend() override;

  /// True if the device can tell its driver of such an event.
  bool reports(const backend::InputEvent& event) const;
  /// Presses and releases, `key_time` apart. Throws CommandError if too many wait.
  void type(const std::vector<backend::InputUpdate>& updates);

  Choice<Form> form{this,
                    "device",
                    {{"keyboard", Form::Keyboard},
                     {"mouse", Form::Mouse},
                     {"tablet", Form::Tablet},
                     {"multitouch", Form::Multitouch}},
                    Form::Keyboard,
                    "what it is; with a source that is a device of its own, it is that one"};
  Param<unsigned> queue_size{this, "queue_size", 64, Range<unsigned>{1, 32768},
                             "largest size of each queue"};
  Param<std::string> serial{this, "serial", "", "serial number, cut to 128 bytes"};
  Param<unsigned> backlog{
      this, "backlog", 1024, Range<unsigned>{1, 1u << 20},
      "events that wait for buffers at most; beyond, whole updates are dropped"};
  Param<sc_core::sc_time> key_time{this, "key_time", sc_core::sc_time(10, sc_core::SC_MS),
                                   "between the presses and releases of a command"};
  ChildSlot<backend::InputSource> source{this, "source", "seat", "where the events come from"};
  Command<std::string> send_keys{this,
                                 "send_keys",
                                 {{"keys", "held together, as in ctrl-alt-f1"}},
                                 "presses and releases keys",
                                 [this](const std::string& keys) { send(keys, false); }};
  Command<std::string> send_text{this,
                                 "send_text",
                                 {{"text", "of printable ASCII, tabs and newlines"}},
                                 "types on a US keyboard",
                                 [this](const std::string& text) { send(text, true); }};
  Command<std::int64_t, std::int64_t> move_command{
      this,
      "move",
      {{"x", "steps to the right, up to 32767 either way"}, {"y", "steps down"}},
      "moves a mouse",
      [this](std::int64_t x, std::int64_t y) { move(x, y); }};
  Command<unsigned, unsigned> position_command{this,
                                               "position",
                                               {{"x", "0 to 32767"}, {"y", "0 to 32767"}},
                                               "moves the pointer of a tablet",
                                               [this](unsigned x, unsigned y) { place(x, y); }};
  Command<std::string> click_command{this,
                                     "click",
                                     {{"button", "left, right, middle, side or extra"}},
                                     "presses and releases a button",
                                     [this](const std::string& button) { click(button); }};
  Command<unsigned, unsigned, unsigned> touch_command{
      this,
      "touch",
      {{"finger", "0 to 9"}, {"x", "0 to 32767"}, {"y", "0 to 32767"}},
      "puts a finger down, or moves it",
      [this](unsigned finger, unsigned x, unsigned y) { touch(finger, x, y); }};
  Command<unsigned> lift_command{
      this, "lift", {{"finger", "0 to 9"}}, "takes a finger away", [this](unsigned finger) {
        lift(finger);
      }};

  Counter updates{this, "updates", "count", "updates given to the driver"};
  Counter dropped{this, "dropped", "count", "updates dropped because buffers were missing"};

 private:
  static constexpr unsigned kEventQueue = 0;
  static constexpr unsigned kStatusQueue = 1;
  static constexpr std::size_t kMaxTyped = 1 << 16;  // presses and releases that wait

  using Bits = backend::InputBits;
  /// What `u` holds for a selection; empty for what there is not.
  Bits answer(unsigned select, unsigned subsel) const;
  bool is(Form what) const { return !foreign() && form == what; }
  /// True if the source says what the device is.
  bool foreign() const { return source && source->describes(); }
  void demand(Form what) const;
  void move(std::int64_t x, std::int64_t y);
  void place(unsigned x, unsigned y);
  void click(const std::string& button);
  void touch(unsigned finger, unsigned x, unsigned y);
  void lift(unsigned finger);
  void send(const std::string& what, bool text);
  void type_next();
  void take(const backend::InputUpdate& update);
  void serve_events();
  void serve_status();
  bool collect_buffers(std::size_t count);

  backend::InputDescription description_;
  backend::Touches fingers_;
  std::uint8_t select_ = 0;
  std::uint8_t subsel_ = 0;
  std::size_t largest_answer_ = 0;
  std::deque<backend::InputUpdate> waiting_;  // each ends in SYN_REPORT
  std::size_t waiting_events_ = 0;
  std::vector<ChainPtr> held_;     // buffers for the first of them
  std::vector<ChainPtr> sending_;  // buffers of an update that is being written
  std::deque<backend::InputUpdate> typed_;
  sc_core::sc_event next_key_;
};

}  // namespace ringside::virtio
