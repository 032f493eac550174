// SPDX-License-Identifier: Apache-2.0
#include "virtio/device/input_forms.h"

#include "backend/input_source.h"
#include "backend/touch.h"

namespace ringside::virtio {

namespace {

using namespace backend;

constexpr unsigned kLastKey = 226;  // KEY_MEDIA: what keyboards of QEMU's size have
constexpr std::uint16_t kBusVirtual = 0x06;
constexpr std::uint16_t kVendor = 0x0627;  // as QEMU's devices
constexpr unsigned kPropPointer = 0, kPropDirect = 1;

void add_range(InputBits& bits, unsigned first, unsigned last) {
  for (unsigned bit = first; bit <= last; ++bit) set_bit(bits, bit);
}

void make_keyboard(InputDescription& d) {
  d.name = "Ringside Virtio Keyboard";
  add_range(d.codes[kEvKey], 1, kLastKey);
  add_range(d.codes[kEvLed], 0, 2);
  add_range(d.codes[kEvRep], 0, 1);
}

/// Buttons and wheels.
void make_pointer(InputDescription& d) {
  add_range(d.codes[kEvKey], kBtnLeft, kBtnExtra);
  set_bit(d.codes[kEvRel], kRelWheel);
  set_bit(d.codes[kEvRel], kRelHwheel);
}

void add_axis(InputDescription& d, std::uint16_t code, std::int32_t maximum) {
  set_bit(d.codes[kEvAbs], code);
  d.axes[code].maximum = maximum;
}

void make_multitouch(InputDescription& d) {
  d.name = "Ringside Virtio Multitouch";
  set_bit(d.properties, kPropDirect);
  set_bit(d.codes[kEvKey], kBtnTouch);
  add_axis(d, kAbsMtSlot, Touches::kSlots - 1);
  add_axis(d, kAbsMtTrackingId, kMaxTrackingId);
  add_axis(d, kAbsMtPositionX, kAbsMax);
  add_axis(d, kAbsMtPositionY, kAbsMax);
}

}  // namespace

InputDescription describe_form(InputForm form) {
  InputDescription d;
  d.bus = kBusVirtual;
  d.vendor = kVendor;
  d.product = static_cast<std::uint16_t>(static_cast<unsigned>(form) + 1);
  d.version = 1;
  switch (form) {
    case InputForm::Keyboard:
      make_keyboard(d);
      break;
    case InputForm::Mouse:
      d.name = "Ringside Virtio Mouse";
      make_pointer(d);
      add_range(d.codes[kEvRel], kRelX, kRelY);
      break;
    case InputForm::Tablet:
      d.name = "Ringside Virtio Tablet";
      make_pointer(d);
      set_bit(d.properties, kPropPointer);
      add_axis(d, kAbsX, kAbsMax);
      add_axis(d, kAbsY, kAbsMax);
      break;
    case InputForm::Multitouch:
      make_multitouch(d);
      break;
  }
  return d;
}

}  // namespace ringside::virtio
