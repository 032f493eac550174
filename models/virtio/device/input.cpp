// SPDX-License-Identifier: Apache-2.0
#include "virtio/device/input.h"

#include <fmt/format.h>

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
  kPropBits = 0x10,
  kEvBits = 0x11,
  kAbsInfo = 0x12,
};
constexpr std::size_t kHead = 8;  // select, subsel, size, reserved
constexpr std::size_t kUnion = 128;
constexpr std::size_t kEventBytes = 8;
constexpr std::int64_t kMaxMove = 0x7fff;
using Bits = std::vector<std::uint8_t>;

Bits text_bytes(const std::string& text) {
  return Bits(text.begin(),
              text.begin() + static_cast<std::ptrdiff_t>(std::min(text.size(), kUnion)));
}

}  // namespace

Input::Input(const sc_core::sc_module_name& name, const ModelContext& context)
    : VirtioDevice(name, context) {
  add_queue("eventq", queue_size);
  add_queue("statusq", queue_size);
  if (foreign() && form.given())
    diagnostics().error(form.where(),
                        fmt::format("'device' of {} is {}; expected none, since its source says "
                                    "what it is",
                                    label(), form.value_text()));
  if (!foreign()) description_ = describe_form(form);
  description_.serial = serial;
  for (const unsigned select : {kIdName, kIdSerial, kIdDevids, kPropBits, kEvBits, kAbsInfo})
    for (unsigned subsel = 0; subsel < 256; ++subsel)
      largest_answer_ = std::max(largest_answer_, answer(select, subsel).size());
  if (foreign()) {
    largest_answer_ = kUnion;
    source->on_description([this](const backend::InputDescription& what) {
      description_ = what;
      if (!serial->empty()) description_.serial = serial;
    });
  }
  if (source) source->on_update([this](const InputUpdate& update) { take(update); });
  SC_HAS_PROCESS(Input);
  SC_METHOD(type_next);
  sensitive << next_key_;
  dont_initialize();
}

std::uint32_t Input::class_code() const {
  if (is(Form::Keyboard)) return 0x090000;
  return is(Form::Mouse) ? 0x090200 : 0x098000;
}

bool Input::reports(const InputEvent& event) const {
  return event.type != backend::kEvLed && event.type != backend::kEvRep &&
         event.type != backend::kEvSnd && description_.has(event.type, event.code);
}

Input::Bits Input::answer(unsigned select, unsigned subsel) const {
  if (select == kEvBits) {
    const auto found = description_.codes.find(static_cast<std::uint16_t>(subsel));
    return found == description_.codes.end() ? Bits{} : found->second;
  }
  if (select == kAbsInfo) {
    const auto found = description_.axes.find(static_cast<std::uint16_t>(subsel));
    if (found == description_.axes.end()) return {};
    Bits info(20);
    const backend::AxisInfo& axis = found->second;
    std::size_t at = 0;
    for (const std::int32_t value :
         {axis.minimum, axis.maximum, axis.fuzz, axis.flat, axis.resolution}) {
      put_le32(&info[at], static_cast<std::uint32_t>(value));
      at += 4;
    }
    return info;
  }
  if (subsel != 0) return {};
  if (select == kIdName) return text_bytes(description_.name);
  if (select == kIdSerial) return text_bytes(description_.serial);
  if (select == kPropBits) return description_.properties;
  if (select != kIdDevids || description_.name.empty()) return {};
  Bits ids(8);
  put_le16(&ids[0], description_.bus);
  put_le16(&ids[2], description_.vendor);
  put_le16(&ids[4], description_.product);
  put_le16(&ids[6], description_.version);
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

void Input::demand(Form what) const {
  static const char* const kNames[] = {"keyboard", "mouse", "tablet", "multitouch device"};
  if (!is(what))
    throw CommandError(fmt::format("this is not a {}", kNames[static_cast<unsigned>(what)]));
}

void Input::send(const std::string& what, bool text) {
  demand(Form::Keyboard);
  try {
    type(text ? backend::type_text(what) : backend::press_keys(what));
  } catch (const std::invalid_argument& e) {
    throw CommandError(e.what());
  }
}

void Input::type(const std::vector<InputUpdate>& updates) {
  if (!is(Form::Keyboard) && !is(Form::Mouse) && !is(Form::Tablet))
    throw CommandError("this has neither keys nor buttons of its own");
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

void Input::move(std::int64_t x, std::int64_t y) {
  demand(Form::Mouse);
  if (x < -kMaxMove || x > kMaxMove || y < -kMaxMove || y > kMaxMove)
    throw CommandError(
        fmt::format("the movement is {}, {}; expected numbers up to {}", x, y, kMaxMove));
  take({{backend::kEvRel, backend::kRelX, static_cast<std::int32_t>(x)},
        {backend::kEvRel, backend::kRelY, static_cast<std::int32_t>(y)}});
}

namespace {
void check_position(unsigned x, unsigned y) {
  if (x > backend::kAbsMax || y > backend::kAbsMax)
    throw CommandError(
        fmt::format("the position is {}, {}; expected numbers up to {}", x, y, backend::kAbsMax));
}
}  // namespace

void Input::place(unsigned x, unsigned y) {
  demand(Form::Tablet);
  check_position(x, y);
  take({{backend::kEvAbs, backend::kAbsX, static_cast<std::int32_t>(x)},
        {backend::kEvAbs, backend::kAbsY, static_cast<std::int32_t>(y)}});
}

void Input::click(const std::string& button) {
  if (!is(Form::Mouse)) demand(Form::Tablet);
  const auto code = backend::button_code(button);
  if (!code) throw CommandError("no button is called '" + button + "'");
  type({{{backend::kEvKey, *code, 1}}, {{backend::kEvKey, *code, 0}}});
}

void Input::touch(unsigned finger, unsigned x, unsigned y) {
  demand(Form::Multitouch);
  check_position(x, y);
  if (finger >= backend::Touches::kSlots)
    throw CommandError(
        fmt::format("'finger' is {}; expected one below {}", finger, backend::Touches::kSlots));
  take(fingers_.at(finger, static_cast<std::int32_t>(x), static_cast<std::int32_t>(y)));
}

void Input::lift(unsigned finger) {
  demand(Form::Multitouch);
  if (finger >= backend::Touches::kSlots || !fingers_.down(finger))
    throw CommandError(fmt::format("finger {} is not down", finger));
  take(fingers_.lift(finger));
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
    const bool speaks = event.type == backend::kEvLed || event.type == backend::kEvSnd;
    if (speaks && description_.has(event.type, event.code)) source->feedback(event);
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
