// SPDX-License-Identifier: Apache-2.0
// Little-endian and network-order fields in byte arrays.
#pragma once

#include <cstdint>

namespace ringside::virtio {

inline std::uint16_t get_le16(const std::uint8_t* at) {
  return static_cast<std::uint16_t>(at[0] | at[1] << 8);
}
inline std::uint32_t get_le32(const std::uint8_t* at) {
  return get_le16(at) | static_cast<std::uint32_t>(get_le16(at + 2)) << 16;
}
inline std::uint64_t get_le64(const std::uint8_t* at) {
  return get_le32(at) | static_cast<std::uint64_t>(get_le32(at + 4)) << 32;
}
inline void put_le16(std::uint8_t* at, unsigned value) {
  at[0] = static_cast<std::uint8_t>(value);
  at[1] = static_cast<std::uint8_t>(value >> 8);
}
inline void put_le32(std::uint8_t* at, std::uint32_t value) {
  put_le16(at, value & 0xffff);
  put_le16(at + 2, value >> 16);
}
inline void put_le64(std::uint8_t* at, std::uint64_t value) {
  put_le32(at, static_cast<std::uint32_t>(value));
  put_le32(at + 4, static_cast<std::uint32_t>(value >> 32));
}

inline std::uint16_t get_be16(const std::uint8_t* at) {
  return static_cast<std::uint16_t>(at[0] << 8 | at[1]);
}
inline std::uint32_t get_be32(const std::uint8_t* at) {
  return static_cast<std::uint32_t>(get_be16(at)) << 16 | get_be16(at + 2);
}
inline void put_be16(std::uint8_t* at, unsigned value) {
  at[0] = static_cast<std::uint8_t>(value >> 8);
  at[1] = static_cast<std::uint8_t>(value);
}
inline void put_be32(std::uint8_t* at, std::uint32_t value) {
  put_be16(at, value >> 16);
  put_be16(at + 2, value & 0xffff);
}

}  // namespace ringside::virtio
