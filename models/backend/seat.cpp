// SPDX-License-Identifier: Apache-2.0
#include "backend/seat.h"

#include <algorithm>
#include <stdexcept>

#include "backend/keys.h"
#include "kit/platform.h"

namespace ringside {

bool ParamTraits<backend::InputScript>::parse(const Node& node, backend::InputScript& value) {
  if (!node.is_list()) return false;
  value.entries = node.items();
  return true;
}

std::string ParamTraits<backend::InputScript>::format(const backend::InputScript& value) {
  return Node::list(value.entries).flow();
}

}  // namespace ringside

namespace ringside::backend {

std::vector<Seat*> Seat::at(const Platform& platform, const std::string& name) {
  std::vector<Seat*> places;
  for (Seat* seat : platform.find_all<Seat>())
    if (seat->seat_name.get() == name) places.push_back(seat);
  return places;
}

void Seat::post(const Platform& platform, const std::string& name, const InputUpdate& update) {
  for (Seat* seat : at(platform, name)) seat->give(update);
}

void Seat::feedback(const InputEvent& event) {
  if (event.type != kEvLed || event.code >= 32) return;
  const std::uint32_t bit = std::uint32_t{1} << event.code;
  leds_ = event.value ? leds_ | bit : leds_ & ~bit;
}

namespace {

std::int32_t number(const Node& node, std::int64_t low, std::int64_t high) {
  std::int64_t value = 0;
  if (!ParamTraits<std::int64_t>::parse(node, value) || value < low || value > high)
    throw std::invalid_argument("expected a number from " + std::to_string(low) + " to " +
                                std::to_string(high));
  return static_cast<std::int32_t>(value);
}

InputUpdate pair(const Node& node, std::uint16_t type, std::int64_t low, std::int64_t high) {
  if (node.items().size() != 2) throw std::invalid_argument("expected [x, y]");
  return {{type, 0, number(node.items()[0], low, high)},
          {type, 1, number(node.items()[1], low, high)}};
}

InputUpdate touch(const Node& node, Touches& fingers) {
  const std::vector<Node>& items = node.items();
  if (items.size() != 3) throw std::invalid_argument("expected [finger, x, y]");
  return fingers.at(static_cast<unsigned>(number(items[0], 0, Touches::kSlots - 1)),
                    number(items[1], 0, kAbsMax), number(items[2], 0, kAbsMax));
}

InputUpdate lift(const Node& node, Touches& fingers) {
  const InputUpdate update =
      fingers.lift(static_cast<unsigned>(number(node, 0, Touches::kSlots - 1)));
  if (update.empty()) throw std::invalid_argument("this finger is not down");
  return update;
}

std::vector<InputUpdate> updates_of(const std::string& what, const Node& value, Touches& fingers) {
  if (what == "key") return press_keys(value.text());
  if (what == "text") return type_text(value.text());
  if (what == "move") return {pair(value, kEvRel, -0x7fff, 0x7fff)};
  if (what == "position") return {pair(value, kEvAbs, 0, kAbsMax)};
  if (what == "touch") return {touch(value, fingers)};
  if (what == "lift") return {lift(value, fingers)};
  if (what != "button")
    throw std::invalid_argument("'" + what +
                                "' is not one of key, text, move, position, button, touch and "
                                "lift");
  const auto code = button_code(value.text());
  if (!code) throw std::invalid_argument("no button is called '" + value.text() + "'");
  return {{{kEvKey, *code, 1}}, {{kEvKey, *code, 0}}};
}

}  // namespace

ScriptInput::ScriptInput(const sc_core::sc_module_name& name, const ModelContext& context)
    : InputSource(name, context) {
  for (const Node& entry : events->entries) read(entry);
  std::stable_sort(steps_.begin(), steps_.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  SC_HAS_PROCESS(ScriptInput);
  SC_METHOD(play);
  sensitive << due_;
  dont_initialize();
}

void ScriptInput::read(const Node& entry) {
  const Node* when = entry.find("at");
  sc_core::sc_time at;
  if (!when || !ParamTraits<sc_core::sc_time>::parse(*when, at) || entry.entries().size() != 2) {
    diagnostics().error(entry.where(),
                        "expected {at: TIME, and one of key, text, move, position, "
                        "button, touch and lift}, found " +
                            entry.describe());
    return;
  }
  for (const Node::Entry& item : entry.entries()) {
    if (item.key == "at") continue;
    try {
      add(at, updates_of(item.key, item.value, fingers_));
    } catch (const std::invalid_argument& e) {
      diagnostics().error(item.key_where, e.what());
    }
  }
}

void ScriptInput::add(sc_core::sc_time at, const std::vector<InputUpdate>& updates) {
  for (const InputUpdate& update : updates) {
    steps_.emplace_back(at, update);
    at += gap.get();
  }
}

void ScriptInput::start_of_simulation() {
  if (!steps_.empty()) due_.notify(steps_.front().first);
}

void ScriptInput::play() {
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  while (next_ < steps_.size() && steps_[next_].first <= now) give(steps_[next_++].second);
  if (next_ < steps_.size()) due_.notify(steps_[next_].first - now);
}

}  // namespace ringside::backend
