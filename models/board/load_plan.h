// SPDX-License-Identifier: Apache-2.0
// Which parts of a file go where in memory: ELF programs for RV64 and raw images. No SystemC in
// this file. The files may be anything: nothing in them is believed before it has been checked.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ringside {

/// Bytes of the file that go to one place; the memory beyond them, up to memory_bytes, is zeroed.
struct LoadSegment {
  std::uint64_t file_offset = 0;
  std::uint64_t file_bytes = 0;
  std::uint64_t address = 0;
  std::uint64_t memory_bytes = 0;
};

/// A program as it goes into memory.
struct LoadPlan {
  std::string path;
  bool is_elf = false;
  std::uint64_t entry = 0;
  std::uint64_t first = 0;  ///< lowest address
  std::uint64_t end = 0;    ///< one past the highest
  std::vector<LoadSegment> segments;
};

/// No program that this machine boots needs more; a file that asks for more is broken.
inline constexpr std::uint64_t kMaxProgramBytes = std::uint64_t{1} << 30;

/// Plans an ELF file by its program headers' physical addresses (System V ABI, chapter 5), or
/// anything else as a raw image that starts, and is entered, at `raw_base`. A position-independent
/// ELF (ET_DYN) linked below `raw_base` is moved there. Throws std::runtime_error that says what is
/// wrong with the file.
LoadPlan plan_program(const std::string& path, std::uint64_t raw_base);

/// Plans a file as raw data, whatever it is.
LoadPlan plan_data(const std::string& path, std::uint64_t base);

}  // namespace ringside
