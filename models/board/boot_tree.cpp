// SPDX-License-Identifier: Apache-2.0
#include "board/boot_tree.h"

#include <fmt/format.h>
#include <libfdt.h>

#include <fstream>
#include <stdexcept>

namespace ringside {

namespace {
void check(int result, const char* what) {
  if (result < 0)
    throw std::runtime_error(fmt::format("device tree: {}: {}", what, fdt_strerror(result)));
}
}  // namespace

std::vector<std::uint8_t> read_device_tree(const std::string& path, std::size_t max_bytes) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const std::streamoff bytes = file ? static_cast<std::streamoff>(file.tellg()) : -1;
  if (bytes < 0) throw std::runtime_error(fmt::format("'{}' cannot be read", path));
  if (static_cast<std::uint64_t>(bytes) > max_bytes)
    throw std::runtime_error(
        fmt::format("'{}' has {} bytes; expected at most {}", path, bytes, max_bytes));
  std::vector<std::uint8_t> tree(static_cast<std::size_t>(bytes));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(tree.data()), bytes);
  if (!file || tree.size() < sizeof(fdt_header) || fdt_check_full(tree.data(), tree.size()) != 0)
    throw std::runtime_error(fmt::format(
        "'{}' is not a flattened device tree; expected the output of dtc -O dtb", path));
  return tree;
}

std::vector<std::uint8_t> adapt_device_tree(const std::vector<std::uint8_t>& tree,
                                            const BootTreeChanges& changes) {
  std::vector<std::uint8_t> out(tree.size() + changes.bootargs.size() + 1024);
  check(fdt_open_into(tree.data(), out.data(), static_cast<int>(out.size())), "open");
  int chosen = fdt_path_offset(out.data(), "/chosen");
  if (chosen < 0) chosen = fdt_add_subnode(out.data(), 0, "chosen");
  check(chosen, "/chosen");
  if (!changes.bootargs.empty())
    check(fdt_setprop_string(out.data(), chosen, "bootargs", changes.bootargs.c_str()), "bootargs");
  if (changes.initrd_end != 0) {
    check(fdt_setprop_u64(out.data(), chosen, "linux,initrd-start", changes.initrd_first),
          "linux,initrd-start");
    check(fdt_setprop_u64(out.data(), chosen, "linux,initrd-end", changes.initrd_end),
          "linux,initrd-end");
  }
  check(fdt_pack(out.data()), "pack");
  out.resize(fdt_totalsize(out.data()));
  return out;
}

}  // namespace ringside
