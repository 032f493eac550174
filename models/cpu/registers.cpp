// SPDX-License-Identifier: Apache-2.0
#include "cpu/registers.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace ringside::cpu {
namespace {

constexpr const char* kX[32] = {"zero", "ra", "sp",  "gp",  "tp", "t0", "t1", "t2",
                                "s0",   "s1", "a0",  "a1",  "a2", "a3", "a4", "a5",
                                "a6",   "a7", "s2",  "s3",  "s4", "s5", "s6", "s7",
                                "s8",   "s9", "s10", "s11", "t3", "t4", "t5", "t6"};
constexpr const char* kF[32] = {"ft0", "ft1", "ft2",  "ft3",  "ft4", "ft5", "ft6",  "ft7",
                                "fs0", "fs1", "fa0",  "fa1",  "fa2", "fa3", "fa4",  "fa5",
                                "fa6", "fa7", "fs2",  "fs3",  "fs4", "fs5", "fs6",  "fs7",
                                "fs8", "fs9", "fs10", "fs11", "ft8", "ft9", "ft10", "ft11"};

struct NamedCsr {
  const char* name;
  csr::Number number;
};
constexpr NamedCsr kCsrs[] = {
    {"mstatus", csr::kMstatus}, {"mie", csr::kMie},           {"mip", csr::kMip},
    {"mideleg", csr::kMideleg}, {"medeleg", csr::kMedeleg},   {"mtvec", csr::kMtvec},
    {"mepc", csr::kMepc},       {"mcause", csr::kMcause},     {"mtval", csr::kMtval},
    {"stvec", csr::kStvec},     {"sepc", csr::kSepc},         {"scause", csr::kScause},
    {"stval", csr::kStval},     {"sscratch", csr::kSscratch}, {"satp", csr::kSatp},
    {"fcsr", csr::kFcsr},
};

const char* mode_text(Mode mode) {
  switch (mode) {
    case kUser:
      return "user";
    case kSupervisor:
      return "supervisor";
    case kMachine:
      return "machine";
  }
  return "";
}

std::string hex(std::uint64_t value) {
  return fmt::format("{:#018x}", value);
}

}  // namespace

Json registers_of(HartCore& core) {
  Json all;
  all["pc"] = hex(core.current_pc());
  all["privilege"] = mode_text(core.mode());
  all["waiting"] = core.waiting();
  for (unsigned i = 0; i < 32; ++i) all["x"][kX[i]] = hex(core.reg(i));
  for (unsigned i = 0; i < 32; ++i) all["f"][kF[i]] = hex(core.freg(i));
  for (const NamedCsr& one : kCsrs) {
    std::uint64_t value = 0;
    if (core.read_csr(one.number, value)) all["csr"][one.name] = hex(value);
  }
  return all;
}

}  // namespace ringside::cpu
