// SPDX-License-Identifier: Apache-2.0
#include "virtio/device/input.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>
#include <stdexcept>

#include "backend/keys.h"
#include "virtio/device/bytes.h"

namespace ringside::virtio {

using backend::InputEvent;
using backend::InputUpdate;

namespace {

enum Select : unsigned {
  kIdName = 0x01,
  kIdSerial = 0x02,
  kIdDevids = 0x03,
  kEvBits = 0x11,
  kAbsInfo = 0x12,
};
constexpr std::size_t kHead = 8;  // select, subsel, size, reserved
constexpr std::size_t kUnion = 128;
constexpr std::size_t kEventBytes = 8;
constexpr unsigned kLastKey = 226;  // KEY_MEDIA: what keyboards of QEMU's size have
constexpr unsigned kBusVirtual = 0x06;
constexpr unsigned kVendor = 0x0627;  // as QEMU's devices

using Bits = std::vector<std::uint8_t>;

Bits text_bytes(const std::string& text) {
  return Bits(text.begin(),
              text.begin() + static_cast<std::ptrdiff_t>(std::min(text.size(), kUnion)));
}

void set_bit(Bits& bits, unsigned bit) {
  if (bits.size() <= bit / 8) bits.resize(bit / 8 + 1);
  bits[bit / 8] = static_cast<std::uint8_t>(bits[bit / 8] | 1u << bit % 8);
}

const char* name_of(Input::Form form) {
  if (form == Input::Form::Keyboard) return "Ringside Virtio Keyboard";
  return form == Input::Form::Mouse ? "Ringside Virtio Mouse" : "Ringside Virtio Tablet";
}

}  // namespace

Input::Input(const sc_core::sc_module_name& name, const ModelContext& context)
    : VirtioDevice(name, context) {
  add_queue("eventq", queue_size);
  add_queue("statusq", queue_size);
  declare_events();
  for (const unsigned select : {kIdName, kIdSerial, kIdDevids, kEvBits, kAbsInfo})
    for (unsigned subsel = 0; subsel < 256; ++subsel)
      largest_answer_ = std::max(largest_answer_, answer(select, subsel).size());
  if (source) source->on_update([this](const InputUpdate& update) { take(update); });
  SC_HAS_PROCESS(Input);
  SC_METHOD(type_next);
  sensitive << next_key_;
  dont_initialize();
}

void Input::declare_events() {
  if (form == Form::Keyboard) {
    for (unsigned key = 1; key <= kLastKey; ++key) set_bit(keys_, key);
    for (unsigned led = 0; led < 3; ++led) set_bit(leds_, led);
    for (unsigned repeat = 0; repeat < 2; ++repeat) set_bit(repeat_, repeat);
    return;
  }
  for (unsigned button = backend::kBtnLeft; button <= backend::kBtnExtra; ++button)
    set_bit(keys_, button);
  set_bit(rel_, backend::kRelWheel);
  set_bit(rel_, backend::kRelHwheel);
  Bits& axes = form == Form::Mouse ? rel_ : abs_;
  set_bit(axes, 0);
  set_bit(axes, 1);
}

std::uint32_t Input::class_code() const {
  if (form == Form::Keyboard) return 0x090000;
  return form == Form::Mouse ? 0x090200 : 0x098000;
}

const Input::Bits* Input::bits_of(unsigned type) const {
  switch (type) {
    case backend::kEvKey:
      return &keys_;
    case backend::kEvRel:
      return &rel_;
    case backend::kEvAbs:
      return &abs_;
    case backend::kEvLed:
      return &leds_;
    case backend::kEvRep:
      return &repeat_;
    default:
      return nullptr;
  }
}

bool Input::reports(const InputEvent& event) const {
  if (event.type == backend::kEvLed || event.type == backend::kEvRep) return false;
  const Bits* bits = bits_of(event.type);
  return bits && event.code / 8u < bits->size() && ((*bits)[event.code / 8u] >> event.code % 8 & 1);
}

Input::Bits Input::answer(unsigned select, unsigned subsel) const {
  if (select == kEvBits) {
    const Bits* bits = bits_of(subsel);
    return bits ? *bits : Bits{};
  }
  if (select == kAbsInfo) {
    if (!reports({backend::kEvAbs, static_cast<std::uint16_t>(subsel), 0})) return {};
    Bits info(20);
    put_le32(&info[4], backend::kAbsMax);
    return info;
  }
  if (subsel != 0) return {};
  if (select == kIdName) return text_bytes(name_of(form));
  if (select == kIdSerial) return text_bytes(serial.get());
  if (select != kIdDevids) return {};
  Bits ids(8);
  put_le16(&ids[0], kBusVirtual);
  put_le16(&ids[2], kVendor);
  put_le16(&ids[4], static_cast<unsigned>(form.get()) + 1);
  put_le16(&ids[6], 1);
  return ids;
}

std::size_t Input::config_bytes() const {
  return kHead + largest_answer_;
}

void Input::read_config(std::size_t offset, std::uint8_t* to, std::size_t bytes) {
  std::array<std::uint8_t, kHead + kUnion> config{};
  const Bits data = answer(select_, subsel_);
  config[0] = select_;
  config[1] = subsel_;
  config[2] = static_cast<std::uint8_t>(data.size());
  std::copy(data.begin(), data.end(), config.begin() + kHead);
  std::memcpy(to, config.data() + offset, bytes);
}

void Input::write_config(std::size_t offset, const std::uint8_t* from, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) {
    if (offset + i == 0) select_ = from[i];
    if (offset + i == 1) subsel_ = from[i];
  }
}

void Input::send(const std::string& what, bool text) {
  try {
    type(text ? backend::type_text(what) : backend::press_keys(what));
  } catch (const std::invalid_argument& e) {
    throw CommandError(e.what());
  }
}

void Input::type(const std::vector<InputUpdate>& updates) {
  if (form != Form::Keyboard) throw CommandError("this is not a keyboard");
  if (typed_.size() + updates.size() > kMaxTyped) throw CommandError("too many keys wait already");
  const bool idle = typed_.empty();
  typed_.insert(typed_.end(), updates.begin(), updates.end());
  if (idle && !typed_.empty()) next_key_.notify(sc_core::SC_ZERO_TIME);
}

void Input::type_next() {
  if (typed_.empty()) return;
  take(typed_.front());
  typed_.pop_front();
  // At least a picosecond, so that simulated time goes on between two keys.
  const sc_core::sc_time gap = std::max(key_time.get(), sc_core::sc_time(1, sc_core::SC_PS));
  if (!typed_.empty()) next_key_.notify(gap);
}

void Input::take(const InputUpdate& update) {
  InputUpdate ours;
  for (const InputEvent& event : update)
    if (reports(event)) ours.push_back(event);
  if (ours.empty() || !driver_ok()) return;
  ours.push_back({backend::kEvSyn, 0, 0});
  // An update is given whole or not at all (5.8.6.2).
  if (waiting_events_ + ours.size() > backlog || ours.size() > queue(kEventQueue).layout().size) {
    ++dropped;
    return;
  }
  waiting_events_ += ours.size();
  waiting_.push_back(std::move(ours));
  queue(kEventQueue).poke();
}

void Input::serve(unsigned index) {
  if (index == kEventQueue) return serve_events();
  serve_status();
}

bool Input::collect_buffers(std::size_t count) {
  while (held_.size() < count) {
    ChainPtr chain = queue(kEventQueue).pop();
    if (!chain) return false;
    if (chain->writable_bytes() < kEventBytes) {
      needs_reset("a buffer of eventq has no room for an event");
      return false;
    }
    held_.push_back(std::move(chain));
  }
  return true;
}

void Input::serve_events() {
  while (!waiting_.empty() && collect_buffers(waiting_.front().size())) {
    // A reset while a buffer was waited for has dropped everything.
    if (waiting_.empty() || held_.size() < waiting_.front().size()) return;
    const InputUpdate update = std::move(waiting_.front());
    waiting_.pop_front();
    waiting_events_ -= update.size();
    const auto end = held_.begin() + static_cast<std::ptrdiff_t>(update.size());
    sending_.assign(std::make_move_iterator(held_.begin()), std::make_move_iterator(end));
    held_.erase(held_.begin(), end);
    for (std::size_t i = 0; i < update.size(); ++i) {
      std::uint8_t bytes[kEventBytes];
      put_le16(bytes, update[i].type);
      put_le16(bytes + 2, update[i].code);
      put_le32(bytes + 4, static_cast<std::uint32_t>(update[i].value));
      ChainPtr chain = std::move(sending_[i]);
      const bool written = chain->write(0, bytes, sizeof bytes);
      if (!chain->alive()) return;  // reset while memory was waited for
      queue(kEventQueue).push(std::move(chain), written ? kEventBytes : 0);
    }
    sending_.clear();
    ++updates;
  }
}

void Input::serve_status() {
  while (ChainPtr chain = queue(kStatusQueue).pop()) {
    std::uint8_t bytes[kEventBytes];
    const bool whole = chain->read(0, bytes, sizeof bytes);
    if (!chain->alive()) continue;
    queue(kStatusQueue).push(std::move(chain), 0);
    if (!whole || !source) continue;
    const InputEvent event{get_le16(bytes), get_le16(bytes + 2),
                           static_cast<std::int32_t>(get_le32(bytes + 4))};
    if (event.type == backend::kEvLed && event.code < 3 && form == Form::Keyboard)
      source->feedback(event);
  }
}

void Input::on_reset() {
  on_queue_reset(kEventQueue);
  select_ = 0;
  subsel_ = 0;
}

void Input::on_queue_reset(unsigned index) {
  if (index != kEventQueue) return;
  held_.clear();
  sending_.clear();
  waiting_.clear();
  waiting_events_ = 0;
}

void Input::on_suspend() {
  // The latest first: that is the order in which they can go back.
  for (; !held_.empty(); held_.pop_back()) queue(kEventQueue).unpop(std::move(held_.back()));
}

}  // namespace ringside::virtio
