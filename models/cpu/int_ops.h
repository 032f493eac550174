// SPDX-License-Identifier: Apache-2.0
// Integer operations that are more than one host instruction. Pure functions.
#pragma once

#include <cstdint>
#include <type_traits>

namespace ringside::cpu {

inline uint64_t sext32(uint64_t v) {
  return static_cast<uint64_t>(static_cast<int64_t>(static_cast<int32_t>(v)));
}

inline int64_t as_signed(uint64_t v) {
  return static_cast<int64_t>(v);
}
inline int32_t low_signed(uint64_t v) {
  return static_cast<int32_t>(v);
}

inline uint64_t mulhu(uint64_t a, uint64_t b) {
  return static_cast<uint64_t>((static_cast<unsigned __int128>(a) * b) >> 64);
}
inline uint64_t mulh(uint64_t a, uint64_t b) {
  return static_cast<uint64_t>((static_cast<__int128>(as_signed(a)) * as_signed(b)) >> 64);
}
inline uint64_t mulhsu(uint64_t a, uint64_t b) {
  return mulhu(a, b) - (as_signed(a) < 0 ? b : 0);
}

// Division by zero and overflow have defined results (chapter "M").
template <class S>
S div_signed(S a, S b) {
  if (b == 0) return -1;
  if (b == -1) return static_cast<S>(0 - static_cast<std::make_unsigned_t<S>>(a));
  return static_cast<S>(a / b);
}
template <class S>
S rem_signed(S a, S b) {
  if (b == 0) return a;
  if (b == -1) return 0;
  return static_cast<S>(a % b);
}
template <class U>
U div_unsigned(U a, U b) {
  return b == 0 ? static_cast<U>(-1) : static_cast<U>(a / b);
}
template <class U>
U rem_unsigned(U a, U b) {
  return b == 0 ? a : static_cast<U>(a % b);
}

inline uint64_t rotl64(uint64_t v, unsigned n) {
  return (v << (n & 63)) | (v >> (-n & 63));
}
inline uint64_t rotr64(uint64_t v, unsigned n) {
  return (v >> (n & 63)) | (v << (-n & 63));
}
inline uint32_t rotl32(uint32_t v, unsigned n) {
  return (v << (n & 31)) | (v >> (-n & 31));
}
inline uint32_t rotr32(uint32_t v, unsigned n) {
  return (v >> (n & 31)) | (v << (-n & 31));
}

inline uint64_t clz64(uint64_t v) {
  return v == 0 ? 64 : static_cast<uint64_t>(__builtin_clzll(v));
}
inline uint64_t ctz64(uint64_t v) {
  return v == 0 ? 64 : static_cast<uint64_t>(__builtin_ctzll(v));
}
inline uint64_t clz32(uint32_t v) {
  return v == 0 ? 32 : static_cast<uint64_t>(__builtin_clz(v));
}
inline uint64_t ctz32(uint32_t v) {
  return v == 0 ? 32 : static_cast<uint64_t>(__builtin_ctz(v));
}

/// Every byte that is not zero becomes 0xff.
inline uint64_t or_combine(uint64_t v) {
  constexpr uint64_t kLow7 = 0x7f7f7f7f7f7f7f7full;
  const uint64_t high = (((v & kLow7) + kLow7) | v) & ~kLow7;
  return (high >> 7) * 0xff;
}

inline uint64_t clmul(uint64_t a, uint64_t b) {
  uint64_t r = 0;
  for (; b != 0; b &= b - 1) r ^= a << __builtin_ctzll(b);
  return r;
}
inline uint64_t clmulr(uint64_t a, uint64_t b) {
  uint64_t r = 0;
  for (; b != 0; b &= b - 1) r ^= a >> (63 - __builtin_ctzll(b));
  return r;
}
inline uint64_t clmulh(uint64_t a, uint64_t b) {
  return clmulr(a, b) >> 1;
}

}  // namespace ringside::cpu
