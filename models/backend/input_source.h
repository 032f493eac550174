// SPDX-License-Identifier: Apache-2.0
// Where an input device's events come from. Events are those of Linux' evdev: type, code, value.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "backend/input_description.h"
#include "kit/model.h"

namespace ringside::backend {

enum InputType : std::uint16_t {
  kEvSyn = 0x00,
  kEvKey = 0x01,
  kEvRel = 0x02,
  kEvAbs = 0x03,
  kEvMsc = 0x04,
  kEvLed = 0x11,
  kEvSnd = 0x12,
  kEvRep = 0x14,
};
enum InputCode : std::uint16_t {
  kRelX = 0,
  kRelY = 1,
  kRelHwheel = 6,
  kRelWheel = 8,
  kAbsX = 0,
  kAbsY = 1,
  kAbsMtSlot = 0x2f,
  kAbsMtPositionX = 0x35,
  kAbsMtPositionY = 0x36,
  kAbsMtTrackingId = 0x39,
  kBtnLeft = 0x110,
  kBtnRight = 0x111,
  kBtnMiddle = 0x112,
  kBtnSide = 0x113,
  kBtnExtra = 0x114,
  kBtnTouch = 0x14a,
};
/// Absolute axes go from 0 to this, whatever the size of the screen.
constexpr std::int32_t kAbsMax = 0x7fff;
constexpr std::int32_t kMaxTrackingId = 0xffff;

struct InputEvent {
  std::uint16_t type;
  std::uint16_t code;
  std::int32_t value;  ///< keys: 1 pressed, 0 released
  bool operator==(const InputEvent& other) const {
    return type == other.type && code == other.code && value == other.value;
  }
};
/// What changes at one moment, without the SYN_REPORT that ends it on the wire.
using InputUpdate = std::vector<InputEvent>;

class InputSource : public Model {
 public:
  static constexpr const char* kind = "input-source";
  static constexpr const char* kind_doc = "gives keys and movements to an input device";
  using Model::Model;

  /// Called in the simulation, and must not wait. The device takes from an update what it can
  /// report.
  using Handler = std::function<void(const InputUpdate&)>;
  void on_update(Handler handler) { handler_ = std::move(handler); }
  /// What the driver says back: a light of the keyboard. Called in the simulation.
  virtual void feedback(const InputEvent&) {}

  /// True if the source is a device of its own that says what it is; the model is that one then.
  virtual bool describes() const { return false; }
  /// Called in the simulation, shortly after its start, and when the device has become another.
  using DescriptionHandler = std::function<void(const InputDescription&)>;
  void on_description(DescriptionHandler handler) { description_handler_ = std::move(handler); }

 protected:
  void give(const InputUpdate& update) {
    if (handler_) handler_(update);
  }
  void describe(const InputDescription& description) {
    if (description_handler_) description_handler_(description);
  }

 private:
  Handler handler_;
  DescriptionHandler description_handler_;
};

}  // namespace ringside::backend
