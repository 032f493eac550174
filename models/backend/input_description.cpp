// SPDX-License-Identifier: Apache-2.0
#include "backend/input_description.h"

#include <nlohmann/json.hpp>

namespace ringside::backend {

namespace {

using nlohmann::json;
constexpr std::size_t kMaxBits = 128;  // bytes; the most that a virtio input device can tell

/// Bits without the zeros at their end; as many as there may be.
InputBits trimmed(InputBits bits) {
  bits.resize(std::min(bits.size(), kMaxBits));
  while (!bits.empty() && bits.back() == 0) bits.pop_back();
  return bits;
}

}  // namespace

void set_bit(InputBits& bits, unsigned bit) {
  if (bits.size() <= bit / 8) bits.resize(bit / 8 + 1);
  bits[bit / 8] = static_cast<std::uint8_t>(bits[bit / 8] | 1u << bit % 8);
}

bool has_bit(const InputBits& bits, unsigned bit) {
  return bit / 8 < bits.size() && (bits[bit / 8] >> bit % 8 & 1) != 0;
}

bool InputDescription::has(std::uint16_t type, std::uint16_t code) const {
  const auto found = codes.find(type);
  return found != codes.end() && has_bit(found->second, code);
}

std::string InputDescription::text() const {
  json all{{"name", name},
           {"serial", serial},
           {"bus", bus},
           {"vendor", vendor},
           {"product", product},
           {"version", version},
           {"properties", properties},
           {"codes", json::array()},
           {"axes", json::array()}};
  for (const auto& [type, bits] : codes) all["codes"].push_back({type, bits});
  for (const auto& [code, axis] : axes)
    all["axes"].push_back(
        {code, axis.minimum, axis.maximum, axis.fuzz, axis.flat, axis.resolution});
  // A name may be of any bytes.
  return all.dump(-1, ' ', true, json::error_handler_t::replace);
}

std::optional<InputDescription> InputDescription::parse(const std::string& text) {
  const json all = json::parse(text, nullptr, false);
  InputDescription d;
  try {
    d.name = all.at("name").get<std::string>();
    d.serial = all.at("serial").get<std::string>();
    d.bus = all.at("bus").get<std::uint16_t>();
    d.vendor = all.at("vendor").get<std::uint16_t>();
    d.product = all.at("product").get<std::uint16_t>();
    d.version = all.at("version").get<std::uint16_t>();
    d.properties = trimmed(all.at("properties").get<InputBits>());
    for (const json& entry : all.at("codes"))
      d.codes[entry.at(0).get<std::uint16_t>()] = trimmed(entry.at(1).get<InputBits>());
    for (const json& entry : all.at("axes"))
      d.axes[entry.at(0).get<std::uint16_t>()] = {
          entry.at(1).get<std::int32_t>(), entry.at(2).get<std::int32_t>(),
          entry.at(3).get<std::int32_t>(), entry.at(4).get<std::int32_t>(),
          entry.at(5).get<std::int32_t>()};
  } catch (const json::exception&) {
    return std::nullopt;
  }
  return d;
}

}  // namespace ringside::backend
