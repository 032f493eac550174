// SPDX-License-Identifier: Apache-2.0
#include "board/load_plan.h"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace ringside {

namespace {

constexpr unsigned kMaxProgramHeaders = 256;

[[noreturn]] void fail(const std::string& path, const std::string& what) {
  throw std::runtime_error(fmt::format("'{}' {}", path, what));
}

/// A file with its size; reads never go beyond the end.
class Input {
 public:
  explicit Input(const std::string& path) : path_(path) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) fail(path, "is not there, or not a file");
    file_.open(path, std::ios::binary | std::ios::ate);
    if (!file_) fail(path, "cannot be read");
    bytes_ = static_cast<std::uint64_t>(file_.tellg());
    if (bytes_ == 0) fail(path, "is empty");
  }
  std::uint64_t size() const { return bytes_; }

  template <typename T>
  bool read(std::uint64_t offset, T& to) {
    if (offset > bytes_ || sizeof(T) > bytes_ - offset) return false;
    file_.seekg(static_cast<std::streamoff>(offset));
    return static_cast<bool>(file_.read(reinterpret_cast<char*>(&to), sizeof to));
  }

 private:
  std::string path_;
  std::ifstream file_;
  std::uint64_t bytes_ = 0;
};

void check_header(const std::string& path, const Elf64_Ehdr& header) {
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB)
    fail(path, "is an ELF file for another machine; expected 64-bit little-endian");
  if (header.e_machine != EM_RISCV)
    fail(path, fmt::format("is an ELF file for machine {}; expected RISC-V ({})", header.e_machine,
                           EM_RISCV));
  if (header.e_type != ET_EXEC && header.e_type != ET_DYN)
    fail(path, "is an ELF file, but no program; expected one that is linked");
  if (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum == 0 ||
      header.e_phnum > kMaxProgramHeaders)
    fail(path, "has no usable program headers");
}

LoadSegment check_segment(const std::string& path, const Elf64_Phdr& header,
                          std::uint64_t file_bytes) {
  if (header.p_filesz > header.p_memsz)
    fail(path, "has a segment with more bytes in the file than in memory");
  if (header.p_offset > file_bytes || header.p_filesz > file_bytes - header.p_offset)
    fail(path, "has a segment that goes beyond the end of the file");
  if (header.p_memsz > kMaxProgramBytes || header.p_paddr + header.p_memsz < header.p_paddr)
    fail(path,
         fmt::format("has a segment of {:#x} bytes at {:#x}", header.p_memsz, header.p_paddr));
  return {header.p_offset, header.p_filesz, header.p_paddr, header.p_memsz};
}

LoadPlan plan_elf(Input& input, const std::string& path, const Elf64_Ehdr& header,
                  std::uint64_t raw_base) {
  check_header(path, header);
  LoadPlan plan;
  plan.path = path;
  plan.is_elf = true;
  plan.entry = header.e_entry;
  plan.first = ~std::uint64_t{0};
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    const std::uint64_t at = header.e_phoff + i * sizeof(Elf64_Phdr);
    Elf64_Phdr segment;
    if (at < header.e_phoff || !input.read(at, segment))
      fail(path, "has program headers beyond the end of the file");
    if (segment.p_type != PT_LOAD || segment.p_memsz == 0) continue;
    const LoadSegment load = check_segment(path, segment, input.size());
    plan.first = std::min(plan.first, load.address);
    plan.end = std::max(plan.end, load.address + load.memory_bytes);
    plan.segments.push_back(load);
  }
  if (plan.segments.empty()) fail(path, "has nothing to load");
  if (plan.end - plan.first > kMaxProgramBytes) fail(path, "is spread over more than 1 GiB");
  if (header.e_type != ET_DYN || plan.first >= raw_base) return plan;
  const std::uint64_t move = raw_base - plan.first;
  for (LoadSegment& segment : plan.segments) segment.address += move;
  plan.first += move;
  plan.end += move;
  plan.entry += move;
  return plan;
}

LoadPlan plan_raw(const Input& input, const std::string& path, std::uint64_t base) {
  if (input.size() > kMaxProgramBytes || base + input.size() < base)
    fail(path, fmt::format("has {} bytes; expected at most {}", input.size(), kMaxProgramBytes));
  LoadPlan plan;
  plan.path = path;
  plan.entry = plan.first = base;
  plan.end = base + input.size();
  plan.segments.push_back({0, input.size(), base, input.size()});
  return plan;
}

}  // namespace

LoadPlan plan_program(const std::string& path, std::uint64_t raw_base) {
  Input input(path);
  unsigned char magic[4] = {};
  input.read(0, magic);
  if (std::memcmp(magic, ELFMAG, SELFMAG) == 0) {
    Elf64_Ehdr header;
    if (!input.read(0, header)) fail(path, "is an ELF file that ends in its header");
    return plan_elf(input, path, header, raw_base);
  }
  if (magic[0] == 0x1f && magic[1] == 0x8b)
    fail(path, "is compressed with gzip; expected an ELF file or a raw image (gunzip it first)");
  return plan_raw(input, path, raw_base);
}

LoadPlan plan_data(const std::string& path, std::uint64_t base) {
  return plan_raw(Input(path), path, base);
}

}  // namespace ringside
