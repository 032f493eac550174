// SPDX-License-Identifier: Apache-2.0
// What an input device says of itself, in the terms of Linux' evdev.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ringside::backend {

/// A set of numbers as bytes of bits, number 0 in the lowest bit of the first; no longer than
/// needed.
using InputBits = std::vector<std::uint8_t>;
void set_bit(InputBits& bits, unsigned bit);
bool has_bit(const InputBits& bits, unsigned bit);

/// Range of an absolute axis (struct input_absinfo without its value).
struct AxisInfo {
  std::int32_t minimum = 0;
  std::int32_t maximum = 0;
  std::int32_t fuzz = 0;
  std::int32_t flat = 0;
  std::int32_t resolution = 0;
};

struct InputDescription {
  std::string name;
  std::string serial;
  std::uint16_t bus = 0;
  std::uint16_t vendor = 0;
  std::uint16_t product = 0;
  std::uint16_t version = 0;
  InputBits properties;                      ///< INPUT_PROP_*
  std::map<std::uint16_t, InputBits> codes;  ///< by type: key, relative, absolute, LED, ...
  std::map<std::uint16_t, AxisInfo> axes;    ///< by code of EV_ABS

  bool has(std::uint16_t type, std::uint16_t code) const;
  /// As text, for messages and recordings; nothing if a text does not say a description.
  std::string text() const;
  static std::optional<InputDescription> parse(const std::string& text);
};

}  // namespace ringside::backend
