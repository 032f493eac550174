// SPDX-License-Identifier: Apache-2.0
// What a pin of some bits is in SystemC: the types that Verilator 5.006 gives to the ports of a
// design with --sc, which are also those of hand-written wrappers of other simulators.
//   1 bit: bool · 2 to 32: uint32_t · 33 to 64: uint64_t · more: sc_bv
#pragma once

#include <cstdint>
#include <cstring>
#include <systemc>
#include <type_traits>

namespace ringside::cosim {

template <unsigned kBits>
using PinType = std::conditional_t<
    kBits == 1, bool,
    std::conditional_t<(kBits <= 32), std::uint32_t,
                       std::conditional_t<(kBits <= 64), std::uint64_t, sc_dt::sc_bv<(int)kBits>>>>;

/// Lanes of a bus: lane 0 is the lowest 8 bits.
template <class T>
inline void lanes_of(const T& value, std::uint8_t* bytes) {
  static_assert(std::is_integral_v<T>);
  std::memcpy(bytes, &value, sizeof value);
}
template <int kBits>
inline void lanes_of(const sc_dt::sc_bv<kBits>& value, std::uint8_t* bytes) {
  static_assert(kBits % 32 == 0);
  for (int i = 0; i < kBits / 32; ++i) {
    const auto word = static_cast<std::uint32_t>(value.get_word(i));
    std::memcpy(bytes + 4 * i, &word, 4);
  }
}
template <class T>
inline void from_lanes(const std::uint8_t* bytes, T& value) {
  static_assert(std::is_integral_v<T>);
  std::memcpy(&value, bytes, sizeof value);
}
template <int kBits>
inline void from_lanes(const std::uint8_t* bytes, sc_dt::sc_bv<kBits>& value) {
  static_assert(kBits % 32 == 0);
  for (int i = 0; i < kBits / 32; ++i) {
    std::uint32_t word;
    std::memcpy(&word, bytes + 4 * i, 4);
    value.set_word(i, word);
  }
}

/// A pin's next value; before elaboration is over, the value that it begins with.
template <class T, class V>
inline void put(sc_core::sc_out<T>& pin, const V& value) {
  if (pin.size() != 0)
    pin->write(static_cast<T>(value));
  else
    pin.initialize(static_cast<T>(value));
}

template <class T>
using InPin = sc_core::sc_in<T>;
template <class T>
using OutPin = sc_core::sc_out<T>;
/// Bundles of wires may be many in one module.
template <class T>
struct Wire : sc_core::sc_signal<T> {
  explicit Wire(const char* name) : sc_core::sc_signal<T>(sc_core::sc_gen_unique_name(name)) {}
};

}  // namespace ringside::cosim
