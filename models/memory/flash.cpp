// SPDX-License-Identifier: Apache-2.0
#include "memory/flash.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "kit/device_tree.h"
#include "kit/platform.h"
#include "memory/memory_access.h"

namespace ringside {

Flash::Flash(const sc_core::sc_module_name& name, const ModelContext& context)
    : Model(name, context),
      memory_(platform().describing() ? 0 : checked_size()),
      chip_(memory_.data(), size->bytes) {
  window.set_size(size->bytes);
  window.on_transport([this](auto& payload, auto& delay) { transport(payload, delay); });
  window.on_direct([this](auto&, auto& dmi) { return direct(dmi); });
  chip_.on_change([this](std::size_t offset, std::size_t bytes) { changed(offset, bytes); });
  chip_.on_mode([this](bool) { window.invalidate_direct(0, size->bytes - 1); });
  if (platform().describing()) return;
  platform().code_pages().add_memory(memory_.data(), memory_.size());
  if (image.given()) open_image();
}

std::size_t Flash::checked_size() {
  if ((size->bytes & (size->bytes - 1)) != 0)
    throw ConfigError(size.where(), fmt::format("'size' of {} is {}; expected a power of two",
                                                label(), size.value_text()));
  return size->bytes;
}

void Flash::open_image() {
  const auto mode = std::ios::binary | std::ios::in | (persist ? std::ios::out : std::ios::in);
  std::error_code error;
  if (std::filesystem::is_regular_file(image->path, error)) file_.open(image->path, mode);
  if (!file_.is_open())
    throw ConfigError(image.where(),
                      fmt::format("'image' of {}: cannot open '{}'; expected a file to read{}",
                                  label(), image->path, persist ? " and write" : ""));
  image_bytes_ = std::filesystem::file_size(image->path, error);
  if (error || image_bytes_ > size->bytes)
    throw ConfigError(image.where(),
                      fmt::format("'image' of {}: '{}' has {} bytes; expected at most {} ('size')",
                                  label(), image->path, image_bytes_, size->bytes));
}

void Flash::fill() {
  if (filled_) return;
  filled_ = true;
  std::uint64_t done = 0;
  if (file_.is_open()) {
    file_.read(reinterpret_cast<char*>(memory_.data()), static_cast<std::streamsize>(image_bytes_));
    done = static_cast<std::uint64_t>(std::max<std::streamsize>(file_.gcount(), 0));
    file_.clear();
  }
  std::memset(memory_.data() + done, 0xff, memory_.size() - done);
}

void Flash::reset() {
  chip_.reset();
}

void Flash::transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  fill();
  if (platform().timed()) delay += latency.get();
  const std::uint64_t offset = payload.get_address();
  const unsigned bytes = payload.get_data_length();
  if (chip_.shows_array() && payload.is_read())
    return memory_access(payload, memory_.data(), memory_.size(), false);
  if (bytes == 0 || bytes > 8 || offset % 4 + std::min(bytes, 4u) > 4)
    return payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
  // The bank is 32 bits wide: a longer access is several.
  for (unsigned done = 0; done < bytes;) {
    const unsigned now = std::min(bytes - done, 4u);
    std::uint32_t value = 0;
    if (payload.is_read()) {
      value = chip_.read(offset + done, now);
      std::memcpy(payload.get_data_ptr() + done, &value, now);
    } else if (payload.is_write()) {
      std::memcpy(&value, payload.get_data_ptr() + done, now);
      chip_.write(offset + done, now, value);
    }
    done += now;
  }
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

bool Flash::direct(tlm::tlm_dmi& dmi) {
  if (!chip_.shows_array()) return false;
  fill();
  dmi.set_dmi_ptr(memory_.data());
  dmi.set_start_address(0);
  dmi.set_end_address(memory_.size() - 1);
  dmi.set_read_latency(latency);
  dmi.allow_read();
  return true;
}

void Flash::changed(std::size_t offset, std::size_t bytes) {
  programmed += bytes;
  platform().code_pages().written(memory_.data() + offset, bytes);
  if (!persist || !file_.is_open() || write_failed_) return;
  // The image may be shorter than the bank: it grows up to the last byte that was changed.
  const std::uint64_t first = std::min<std::uint64_t>(offset, image_bytes_);
  file_.seekp(static_cast<std::streamoff>(first));
  file_.write(reinterpret_cast<const char*>(memory_.data() + first),
              static_cast<std::streamsize>(offset + bytes - first));
  image_bytes_ = std::max<std::uint64_t>(image_bytes_, offset + bytes);
  file_.flush();
  if (file_) return;
  write_failed_ = true;
  SC_REPORT_WARNING(label().c_str(), "the image cannot be written; changes will be lost");
}

void Flash::finish() {
  if (file_.is_open()) file_.close();
}

void Flash::device_tree(DeviceTree& tree) {
  // All banks are one device.
  std::vector<const Flash*> banks;
  for (const Flash* flash : platform().find_all<Flash>()) banks.push_back(flash);
  if (banks.front() != this) return;
  std::vector<std::uint64_t> reg;
  for (const Flash* bank : banks) reg.insert(reg.end(), {bank->window.base(), bank->size->bytes});
  tree.root()
      .child(fmt::format("flash@{:x}", window.base()))
      .text("compatible", "cfi-flash")
      .wide("reg", reg)
      .cell("bank-width", 4);
}

}  // namespace ringside
