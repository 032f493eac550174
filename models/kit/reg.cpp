// SPDX-License-Identifier: Apache-2.0
#include "kit/reg.h"

#include <algorithm>
#include <cstring>

#include "kit/model.h"

namespace ringside {

RegisterBase::RegisterBase(RegisterBank* bank, const char* name, std::uint64_t offset,
                           unsigned width, RegAccess access, const char* doc)
    : name_(name), doc_(doc), offset_(offset), width_(width), access_(access) {
  bank->add(this);
}

RegisterBank::RegisterBank(Model* owner, const char* name, const char* doc)
    : name_(name), doc_(doc) {
  owner->declare(*this);
}

void RegisterBank::add(RegisterBase* reg) {
  const auto at = std::upper_bound(
      registers_.begin(), registers_.end(), reg,
      [](const RegisterBase* a, const RegisterBase* b) { return a->offset() < b->offset(); });
  registers_.insert(at, reg);
}

void RegisterBank::reset() {
  for (RegisterBase* reg : registers_) reg->reset();
}

namespace {

std::uint64_t mask_of(unsigned bytes) {
  return bytes >= 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * bytes)) - 1;
}

/// The bytes that an access and a register have in common.
struct Overlap {
  unsigned in_reg;     // first common byte, counted in the register
  unsigned in_access;  // the same, counted in the access
  unsigned bytes;
};

Overlap overlap(const RegisterBase& reg, std::uint64_t offset, unsigned bytes) {
  const std::uint64_t first = std::max(reg.offset(), offset);
  const std::uint64_t end = std::min(reg.offset() + reg.width(), offset + bytes);
  if (end <= first) return {0, 0, 0};
  return {static_cast<unsigned>(first - reg.offset()), static_cast<unsigned>(first - offset),
          static_cast<unsigned>(end - first)};
}

}  // namespace

std::uint64_t RegisterBank::read(std::uint64_t offset, unsigned bytes) {
  std::uint64_t result = 0;
  for (RegisterBase* reg : registers_) {
    if (reg->offset() >= offset + bytes) break;
    const Overlap o = overlap(*reg, offset, bytes);
    if (o.bytes == 0 || reg->access() == RegAccess::WriteOnly) continue;
    result |= ((reg->read() >> (8 * o.in_reg)) & mask_of(o.bytes)) << (8 * o.in_access);
  }
  return result;
}

void RegisterBank::write(std::uint64_t offset, unsigned bytes, std::uint64_t value) {
  for (RegisterBase* reg : registers_) {
    if (reg->offset() >= offset + bytes) break;
    const Overlap o = overlap(*reg, offset, bytes);
    if (o.bytes == 0 || reg->access() == RegAccess::ReadOnly) continue;
    const std::uint64_t part = ((value >> (8 * o.in_access)) & mask_of(o.bytes)) << (8 * o.in_reg);
    const std::uint64_t kept = reg->peek() & ~(mask_of(o.bytes) << (8 * o.in_reg));
    reg->write(kept | part);
  }
}

MmioPort::Transport RegisterBank::transport() {
  return [this](tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
    const unsigned bytes = payload.get_data_length();
    if (bytes == 0 || bytes > 8) return payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    std::uint64_t value = 0;
    if (payload.is_read()) {
      value = read(payload.get_address(), bytes);
      std::memcpy(payload.get_data_ptr(), &value, bytes);
    } else if (payload.is_write()) {
      std::memcpy(&value, payload.get_data_ptr(), bytes);
      write(payload.get_address(), bytes, value);
    }
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  };
}

}  // namespace ringside
