// SPDX-License-Identifier: Apache-2.0
#include "board/fw_cfg.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "kit/device_tree.h"
#include "kit/irq.h"
#include "kit/platform.h"

namespace ringside {

namespace {

constexpr std::uint64_t kSelector = 8;
constexpr std::uint64_t kDma = 16;
constexpr std::uint32_t kIdDma = 3;  // the plain interface, and DMA
constexpr char kDmaSignature[] = "QEMU CFG";
constexpr std::size_t kNameBytes = 56;  // with the final zero
constexpr std::uint64_t kMaxFileBytes = 256 << 20;

// FWCfgDmaAccess.control
constexpr std::uint32_t kDmaError = 1;
constexpr std::uint32_t kDmaRead = 2;
constexpr std::uint32_t kDmaSkip = 4;
constexpr std::uint32_t kDmaSelect = 8;
constexpr std::uint32_t kDmaWrite = 16;

FwCfg::Bytes little(std::uint64_t value, unsigned bytes) {
  FwCfg::Bytes out;
  for (unsigned i = 0; i < bytes; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  return out;
}

void append_big(FwCfg::Bytes& out, std::uint64_t value, unsigned bytes) {
  for (unsigned i = bytes; i-- > 0;) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

std::uint64_t big(const std::uint8_t* from, unsigned bytes) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < bytes; ++i) value = value << 8 | from[i];
  return value;
}

}  // namespace

FwCfg::FwCfg(const sc_core::sc_module_name& name, const ModelContext& context)
    : Model(name, context) {
  window.on_transport([this](auto& payload, auto&) { access(payload); });
  for (const Node::Entry& entry : files->entries()) add_host_file(entry);
}

void FwCfg::add_host_file(const Node::Entry& entry) {
  FilePath path;
  if (entry.key.empty() || entry.key.size() >= kNameBytes ||
      !ParamTraits<FilePath>::parse(entry.value, path))
    throw ConfigError(entry.key_where,
                      fmt::format("'{}' in 'files' of {}; expected a name of at most {} characters "
                                  "and a file of the host",
                                  entry.key, label(), kNameBytes - 1));
  std::error_code error;
  const std::uint64_t bytes = std::filesystem::is_regular_file(path.path, error)
                                  ? std::filesystem::file_size(path.path, error)
                                  : kMaxFileBytes + 1;
  Bytes content(bytes <= kMaxFileBytes ? bytes : 0);
  std::ifstream file(path.path, std::ios::binary);
  file.read(reinterpret_cast<char*>(content.data()), static_cast<std::streamsize>(content.size()));
  if (error || bytes > kMaxFileBytes || !file)
    throw ConfigError(entry.value.where(),
                      fmt::format("'{}' in 'files' of {}: cannot read '{}'; expected a file of at "
                                  "most 256MiB",
                                  entry.key, label(), path.path));
  host_files_[entry.key] = std::move(content);
}

void FwCfg::resolve() {
  std::uint64_t cpus = 0;
  for (HartContainer* container : platform().find_all<HartContainer>())
    cpus += container->harts().size();
  items_[kSignature] = {'Q', 'E', 'M', 'U'};
  items_[kId] = little(kIdDma, 4);
  items_[kNoGraphic] = little(1, 2);
  items_[kCpus] = little(cpus, 2);
  items_[kMaxCpus] = little(cpus, 2);
  items_[kBootMenu] = little(0, 2);
  std::map<std::string, Bytes> all = host_files_;
  all.emplace("bootorder", Bytes{});                          // as good as none
  all.emplace("etc/boot-fail-wait", little(0xffffffffu, 4));  // don't reboot when that fails
  make_directory(all);
}

void FwCfg::make_directory(const std::map<std::string, Bytes>& files) {
  Bytes directory;
  append_big(directory, files.size(), 4);
  std::uint16_t key = kFirstFile;
  for (const auto& [name, content] : files) {
    append_big(directory, content.size(), 4);
    append_big(directory, key, 2);
    append_big(directory, 0, 2);
    directory.insert(directory.end(), name.begin(), name.end());
    directory.insert(directory.end(), kNameBytes - name.size(), 0);
    items_[key++] = content;
  }
  items_[kFileDirectory] = std::move(directory);
}

void FwCfg::reset() {
  select(kSignature);
  dma_address_.fill(0);
}

void FwCfg::select(std::uint16_t key) {
  key_ = key;
  position_ = 0;
}

void FwCfg::take(std::uint8_t* to, std::size_t bytes) {
  std::fill_n(to, bytes, std::uint8_t{0});
  const auto item = items_.find(key_);
  if (item == items_.end() || position_ >= item->second.size()) return;
  const std::size_t now = std::min(bytes, item->second.size() - position_);
  std::copy_n(item->second.begin() + static_cast<std::ptrdiff_t>(position_), now, to);
  position_ += now;
  bytes_read += now;
}

void FwCfg::access(tlm::tlm_generic_payload& payload) {
  const std::uint64_t offset = payload.get_address();
  const unsigned bytes = payload.get_data_length();
  std::uint8_t* data = payload.get_data_ptr();
  if (bytes == 0 || bytes > 8 || offset % bytes != 0)
    return payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  if (payload.is_read()) {
    std::fill_n(data, bytes, std::uint8_t{0});
    if (offset < kSelector)
      take(data, bytes);
    else if (offset >= kDma)
      std::copy_n(kDmaSignature + (offset - kDma), bytes, data);
  } else if (payload.is_write()) {
    if (offset == kSelector && bytes == 2)
      select(static_cast<std::uint16_t>(big(data, 2)));
    else if (offset >= kDma)
      write_dma_address(offset - kDma, data, bytes);
  }
}

void FwCfg::write_dma_address(std::uint64_t offset, const std::uint8_t* data, unsigned bytes) {
  std::copy_n(data, bytes, dma_address_.begin() + static_cast<std::ptrdiff_t>(offset));
  // The write of the last byte starts the command. A command whose data lands here again is none.
  if (offset + bytes != dma_address_.size() || busy_) return;
  busy_ = true;
  run_dma();
  busy_ = false;
}

void FwCfg::run_dma() {
  const std::uint64_t at = big(dma_address_.data(), 8);
  dma_address_.fill(0);
  TransactionTag tag;
  tag.step = Step::Config;
  std::array<std::uint8_t, 16> command;
  if (dma.read(at, command.data(), command.size(), tag) != DmaStatus::Ok) return;
  const auto control = static_cast<std::uint32_t>(big(command.data(), 4));
  const std::uint64_t length = big(command.data() + 4, 4);
  const std::uint64_t address = big(command.data() + 8, 8);
  if (control & kDmaSelect) select(static_cast<std::uint16_t>(control >> 16));
  bool ok = true;
  if (control & kDmaRead) {
    ok = copy_out(address, length);
  } else if (control & kDmaWrite) {
    ok = length == 0;  // nothing is writable
  } else if (control & kDmaSkip) {
    position_ += length;
  }
  Bytes result;
  append_big(result, ok ? 0 : kDmaError, 4);
  dma.write(at, result.data(), result.size(), tag);
}

bool FwCfg::copy_out(std::uint64_t address, std::uint64_t bytes) {
  TransactionTag tag;
  tag.step = Step::Config;
  Bytes buffer(std::min<std::uint64_t>(bytes, 64 << 10));
  while (bytes != 0) {
    const std::size_t now = std::min<std::uint64_t>(bytes, buffer.size());
    take(buffer.data(), now);
    if (dma.write(address, buffer.data(), now, tag) != DmaStatus::Ok) return false;
    address += now;
    bytes -= now;
  }
  return true;
}

void FwCfg::device_tree(DeviceTree& tree) {
  tree.root()
      .child(fmt::format("fw-cfg@{:x}", window.base()))
      .text("compatible", "qemu,fw-cfg-mmio")
      .wide("reg", {window.base(), kWindowBytes})
      .empty("dma-coherent");
}

}  // namespace ringside
