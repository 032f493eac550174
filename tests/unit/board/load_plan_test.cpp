// SPDX-License-Identifier: Apache-2.0
#include "board/load_plan.h"

#include <elf.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <fstream>
#include <functional>
#include <stdexcept>

using ringside::LoadPlan;
using ringside::plan_data;
using ringside::plan_program;

namespace {

constexpr std::uint64_t kBase = 0x80000000;

struct File {
  File() : path("/tmp/ringside-load-" + std::to_string(getpid())) {}
  ~File() { unlink(path.c_str()); }
  void write(const std::string& content) { std::ofstream(path, std::ios::binary) << content; }
  /// What planning says is wrong with the file.
  std::string complaint() {
    try {
      plan_program(path, kBase);
    } catch (const std::runtime_error& e) {
      return e.what();
    }
    return "none";
  }
  std::string path;
};

/// A small program with one segment of 16 bytes, made wrong by `spoil`.
struct Elf : File {
  using Spoil = std::function<void(Elf64_Ehdr&, Elf64_Phdr&)>;

  void write_with(const Spoil& spoil) {
    Elf64_Ehdr header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_type = ET_EXEC;
    header.e_machine = EM_RISCV;
    header.e_entry = kBase + 4;
    header.e_phoff = sizeof header;
    header.e_phentsize = sizeof(Elf64_Phdr);
    header.e_phnum = 1;
    Elf64_Phdr segment{};
    segment.p_type = PT_LOAD;
    segment.p_offset = sizeof header + sizeof segment;
    segment.p_paddr = kBase;
    segment.p_filesz = 16;
    segment.p_memsz = 32;
    spoil(header, segment);
    std::string content(sizeof header + sizeof segment + 16, 'c');
    std::memcpy(&content[0], &header, sizeof header);
    std::memcpy(&content[sizeof header], &segment, sizeof segment);
    write(content);
  }
  void expect(const std::string& expected, const Spoil& spoil) {
    write_with(spoil);
    const std::string found = complaint();
    BOOST_TEST(found.find(expected) != std::string::npos, found << " instead of " << expected);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_raw_image_goes_to_its_base, File) {
  write("raw image");
  const LoadPlan plan = plan_program(path, kBase);
  BOOST_TEST(!plan.is_elf);
  BOOST_TEST(plan.entry == kBase);
  BOOST_TEST(plan.first == kBase);
  BOOST_TEST(plan.end == kBase + 9);
  BOOST_REQUIRE(plan.segments.size() == 1u);
  BOOST_TEST(plan.segments[0].file_bytes == 9u);
}

BOOST_FIXTURE_TEST_CASE(an_elf_goes_where_its_headers_say, Elf) {
  write_with([](auto&, auto&) {});
  const LoadPlan plan = plan_program(path, 0x1000);
  BOOST_TEST(plan.is_elf);
  BOOST_TEST(plan.entry == kBase + 4);
  BOOST_TEST(plan.first == kBase);
  BOOST_TEST(plan.end == kBase + 32);
  BOOST_TEST(plan.segments[0].file_offset == sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr));
  BOOST_TEST(plan.segments[0].memory_bytes == 32u);
}

BOOST_FIXTURE_TEST_CASE(a_position_independent_elf_is_moved_to_the_base, Elf) {
  write_with([](auto& header, auto& segment) {
    header.e_type = ET_DYN;
    header.e_entry = 0x104;
    segment.p_paddr = 0x100;
  });
  const LoadPlan plan = plan_program(path, kBase);
  BOOST_TEST(plan.first == kBase);
  BOOST_TEST(plan.entry == kBase + 4);
  BOOST_TEST(plan.segments[0].address == kBase);
}

BOOST_FIXTURE_TEST_CASE(broken_elf_headers_are_explained, Elf) {
  expect("none", [](auto&, auto&) {});
  expect("64-bit little-endian", [](auto& h, auto&) { h.e_ident[EI_CLASS] = ELFCLASS32; });
  expect("64-bit little-endian", [](auto& h, auto&) { h.e_ident[EI_DATA] = ELFDATA2MSB; });
  expect("expected RISC-V", [](auto& h, auto&) { h.e_machine = EM_X86_64; });
  expect("no program", [](auto& h, auto&) { h.e_type = ET_REL; });
  expect("no usable program headers", [](auto& h, auto&) { h.e_phentsize = 12; });
  expect("no usable program headers", [](auto& h, auto&) { h.e_phnum = 0; });
  expect("no usable program headers", [](auto& h, auto&) { h.e_phnum = 0xffff; });
  expect("headers beyond the end", [](auto& h, auto&) { h.e_phoff = ~std::uint64_t{0}; });
  expect("headers beyond the end", [](auto& h, auto&) { h.e_phoff = 1 << 20; });
}

BOOST_FIXTURE_TEST_CASE(broken_elf_segments_are_explained, Elf) {
  expect("more bytes in the file than in memory", [](auto&, auto& s) { s.p_filesz = 33; });
  expect("beyond the end of the file", [](auto&, auto& s) { s.p_offset = ~std::uint64_t{15}; });
  expect("beyond the end of the file", [](auto&, auto& s) { s.p_filesz = 17; });
  expect("has a segment of", [](auto&, auto& s) { s.p_memsz = std::uint64_t{1} << 40; });
  expect("has a segment of", [](auto&, auto& s) { s.p_paddr = ~std::uint64_t{15}; });
  expect("nothing to load", [](auto&, auto& s) { s.p_type = PT_NOTE; });
}

BOOST_FIXTURE_TEST_CASE(short_empty_and_packed_files_are_explained, File) {
  write("");
  BOOST_TEST(complaint().find("is empty") != std::string::npos);
  write(
      "\x7f"
      "ELF");
  BOOST_TEST(complaint().find("ends in its header") != std::string::npos);
  write("\x1f\x8b\x08 and more");
  BOOST_TEST(complaint().find("gzip") != std::string::npos);
  write("x");
  BOOST_TEST(complaint() == "none");
}

BOOST_AUTO_TEST_CASE(missing_files_and_folders_are_explained) {
  const auto not_a_file = [](const std::runtime_error& e) {
    return std::string(e.what()).find("is not there, or not a file") != std::string::npos;
  };
  BOOST_CHECK_EXCEPTION(plan_program("/nonexistent/x", kBase), std::runtime_error, not_a_file);
  BOOST_CHECK_EXCEPTION(plan_program("/tmp", kBase), std::runtime_error, not_a_file);
  BOOST_CHECK_EXCEPTION(plan_data("/dev/zero", kBase), std::runtime_error, not_a_file);
}

BOOST_FIXTURE_TEST_CASE(data_is_taken_as_it_is, Elf) {
  write_with([](auto&, auto&) {});
  const LoadPlan plan = plan_data(path, 0x5000);
  BOOST_TEST(!plan.is_elf);
  BOOST_TEST(plan.first == 0x5000u);
  BOOST_CHECK_THROW(plan_data(path, ~std::uint64_t{0} - 3), std::runtime_error);
}
