// SPDX-License-Identifier: Apache-2.0
#include "backend/keys.h"

#include <linux/input-event-codes.h>

#include <algorithm>
#include <map>
#include <stdexcept>

namespace ringside::backend {

namespace {

using Names = std::map<std::string, std::uint16_t>;

// The rows of a keyboard, as the codes follow one another.
struct Row {
  std::uint16_t first;
  const char* plain;
  const char* shifted;
};
constexpr Row kRows[] = {
    {KEY_1, "1234567890-=", "!@#$%^&*()_+"},
    {KEY_Q, "qwertyuiop[]", "QWERTYUIOP{}"},
    {KEY_A, "asdfghjkl;'`", "ASDFGHJKL:\"~"},
    {KEY_BACKSLASH, "\\zxcvbnm,./", "|ZXCVBNM<>?"},
};

struct Stroke {
  std::uint16_t code = 0;
  bool shift = false;
};

std::optional<Stroke> stroke_of(char character) {
  if (character == '\n') return Stroke{KEY_ENTER, false};
  if (character == '\t') return Stroke{KEY_TAB, false};
  if (character == ' ') return Stroke{KEY_SPACE, false};
  for (const Row& row : kRows)
    for (unsigned i = 0; row.plain[i]; ++i) {
      const auto code = static_cast<std::uint16_t>(row.first + i);
      if (row.plain[i] == character) return Stroke{code, false};
      if (row.shifted[i] == character) return Stroke{code, true};
    }
  return std::nullopt;
}

Names make_names() {
  Names names{{"esc", KEY_ESC},
              {"backspace", KEY_BACKSPACE},
              {"tab", KEY_TAB},
              {"enter", KEY_ENTER},
              {"ret", KEY_ENTER},
              {"ctrl", KEY_LEFTCTRL},
              {"ctrl_r", KEY_RIGHTCTRL},
              {"shift", KEY_LEFTSHIFT},
              {"shift_r", KEY_RIGHTSHIFT},
              {"alt", KEY_LEFTALT},
              {"alt_r", KEY_RIGHTALT},
              {"meta", KEY_LEFTMETA},
              {"meta_r", KEY_RIGHTMETA},
              {"menu", KEY_COMPOSE},
              {"space", KEY_SPACE},
              {"caps_lock", KEY_CAPSLOCK},
              {"num_lock", KEY_NUMLOCK},
              {"scroll_lock", KEY_SCROLLLOCK},
              {"sysrq", KEY_SYSRQ},
              {"print", KEY_SYSRQ},
              {"pause", KEY_PAUSE},
              {"home", KEY_HOME},
              {"end", KEY_END},
              {"pgup", KEY_PAGEUP},
              {"pgdn", KEY_PAGEDOWN},
              {"insert", KEY_INSERT},
              {"delete", KEY_DELETE},
              {"up", KEY_UP},
              {"down", KEY_DOWN},
              {"left", KEY_LEFT},
              {"right", KEY_RIGHT},
              {"power", KEY_POWER},
              {"minus", KEY_MINUS},
              {"f11", KEY_F11},
              {"f12", KEY_F12}};
  for (std::uint16_t i = 0; i < 10; ++i)
    names["f" + std::to_string(i + 1)] = static_cast<std::uint16_t>(KEY_F1 + i);
  return names;
}

void press(std::vector<InputUpdate>& to, std::uint16_t code, std::int32_t value) {
  to.push_back({{kEvKey, code, value}});
}

}  // namespace

std::optional<std::uint16_t> key_code(const std::string& name) {
  static const Names names = make_names();
  if (const auto found = names.find(name); found != names.end()) return found->second;
  if (name.size() != 1) return std::nullopt;
  const std::optional<Stroke> stroke = stroke_of(name[0]);
  if (!stroke || stroke->shift) return std::nullopt;
  return stroke->code;
}

std::optional<std::uint16_t> key_typing(char character) {
  const std::optional<Stroke> stroke = stroke_of(character);
  if (!stroke) return std::nullopt;
  return stroke->code;
}

std::optional<std::uint16_t> button_code(const std::string& name) {
  static const Names names{{"left", kBtnLeft},
                           {"right", kBtnRight},
                           {"middle", kBtnMiddle},
                           {"side", kBtnSide},
                           {"extra", kBtnExtra}};
  const auto found = names.find(name);
  if (found == names.end()) return std::nullopt;
  return found->second;
}

std::vector<InputUpdate> press_keys(const std::string& keys) {
  std::vector<std::uint16_t> codes;
  for (std::size_t start = 0; start <= keys.size();) {
    const std::size_t end = std::min(keys.find('-', start), keys.size());
    const std::string name = keys.substr(start, end - start);
    const std::optional<std::uint16_t> code = key_code(name);
    if (!code) throw std::invalid_argument("no key is called '" + name + "'");
    codes.push_back(*code);
    start = end + 1;
  }
  std::vector<InputUpdate> updates;
  for (const std::uint16_t code : codes) press(updates, code, 1);
  for (auto code = codes.rbegin(); code != codes.rend(); ++code) press(updates, *code, 0);
  return updates;
}

std::vector<InputUpdate> type_text(const std::string& text) {
  std::vector<InputUpdate> updates;
  for (const char character : text) {
    const std::optional<Stroke> stroke = stroke_of(character);
    if (!stroke) throw std::invalid_argument("a US keyboard cannot type all of this text");
    if (stroke->shift) press(updates, KEY_LEFTSHIFT, 1);
    press(updates, stroke->code, 1);
    press(updates, stroke->code, 0);
    if (stroke->shift) press(updates, KEY_LEFTSHIFT, 0);
  }
  return updates;
}

}  // namespace ringside::backend
