// SPDX-License-Identifier: Apache-2.0
#include "backend/vnc_keys.h"

#include <linux/input-event-codes.h>

#include <map>

#include "backend/keys.h"

namespace ringside::backend {

namespace {

using Codes = std::map<std::uint32_t, std::uint16_t>;

// X11's keysymdef.h; those of the keypad come with and without Num Lock.
const Codes kKeys{
    {0xff08, KEY_BACKSPACE},  {0xff09, KEY_TAB},        {0xfe20, KEY_TAB},
    {0xff0a, KEY_LINEFEED},   {0xff0d, KEY_ENTER},      {0xff13, KEY_PAUSE},
    {0xff14, KEY_SCROLLLOCK}, {0xff15, KEY_SYSRQ},      {0xff1b, KEY_ESC},
    {0xff50, KEY_HOME},       {0xff51, KEY_LEFT},       {0xff52, KEY_UP},
    {0xff53, KEY_RIGHT},      {0xff54, KEY_DOWN},       {0xff55, KEY_PAGEUP},
    {0xff56, KEY_PAGEDOWN},   {0xff57, KEY_END},        {0xff61, KEY_SYSRQ},
    {0xff63, KEY_INSERT},     {0xff67, KEY_COMPOSE},    {0xff6b, KEY_PAUSE},
    {0xff7e, KEY_RIGHTALT},   {0xfe03, KEY_RIGHTALT},   {0xff7f, KEY_NUMLOCK},
    {0xff80, KEY_SPACE},      {0xff89, KEY_TAB},        {0xff8d, KEY_KPENTER},
    {0xff95, KEY_KP7},        {0xff96, KEY_KP4},        {0xff97, KEY_KP8},
    {0xff98, KEY_KP6},        {0xff99, KEY_KP2},        {0xff9a, KEY_KP9},
    {0xff9b, KEY_KP3},        {0xff9c, KEY_KP1},        {0xff9d, KEY_KP5},
    {0xff9e, KEY_KP0},        {0xff9f, KEY_KPDOT},      {0xffaa, KEY_KPASTERISK},
    {0xffab, KEY_KPPLUS},     {0xffac, KEY_KPCOMMA},    {0xffad, KEY_KPMINUS},
    {0xffae, KEY_KPDOT},      {0xffaf, KEY_KPSLASH},    {0xffb0, KEY_KP0},
    {0xffb1, KEY_KP1},        {0xffb2, KEY_KP2},        {0xffb3, KEY_KP3},
    {0xffb4, KEY_KP4},        {0xffb5, KEY_KP5},        {0xffb6, KEY_KP6},
    {0xffb7, KEY_KP7},        {0xffb8, KEY_KP8},        {0xffb9, KEY_KP9},
    {0xffbd, KEY_KPEQUAL},    {0xffc8, KEY_F11},        {0xffc9, KEY_F12},
    {0xffe1, KEY_LEFTSHIFT},  {0xffe2, KEY_RIGHTSHIFT}, {0xffe3, KEY_LEFTCTRL},
    {0xffe4, KEY_RIGHTCTRL},  {0xffe5, KEY_CAPSLOCK},   {0xffe7, KEY_LEFTMETA},
    {0xffe8, KEY_RIGHTMETA},  {0xffe9, KEY_LEFTALT},    {0xffea, KEY_RIGHTALT},
    {0xffeb, KEY_LEFTMETA},   {0xffec, KEY_RIGHTMETA},  {0xffff, KEY_DELETE},
};
constexpr std::uint32_t kF1 = 0xffbe, kF10 = 0xffc7;

}  // namespace

std::optional<std::uint16_t> key_of_keysym(std::uint32_t keysym) {
  // Characters of Latin 1 are their own keysyms (and those of Unicode above 0x0100'0000).
  const std::uint32_t character = (keysym & 0xff000000) == 0x01000000 ? keysym & 0xffffff : keysym;
  if (character >= ' ' && character <= '~') return key_typing(static_cast<char>(character));
  if (keysym >= kF1 && keysym <= kF10) return static_cast<std::uint16_t>(KEY_F1 + (keysym - kF1));
  const auto found = kKeys.find(keysym);
  if (found == kKeys.end()) return std::nullopt;
  return found->second;
}

}  // namespace ringside::backend
