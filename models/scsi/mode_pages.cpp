// SPDX-License-Identifier: Apache-2.0
#include "scsi/mode_pages.h"

#include <utility>

namespace ringside::scsi {

namespace {
constexpr std::uint8_t kAllPages = 0x3f;
constexpr std::uint8_t kSubpageFormat = 0x40;
}  // namespace

void ModePages::add(std::vector<std::uint8_t> values, std::vector<std::uint8_t> changeable) {
  changeable.resize(values.size());
  changeable[0] = values[0];
  changeable[1] = values[1];
  pages_.push_back({values, values, std::move(changeable)});
}

void ModePages::reset() {
  for (Page& page : pages_) page.current = page.standard;
}

const ModePages::Page* ModePages::find(std::uint8_t code) const {
  for (const Page& page : pages_)
    if (page.code() == code) return &page;
  return nullptr;
}

std::uint8_t ModePages::current(std::uint8_t code, std::size_t byte) const {
  const Page* page = find(code);
  return page ? page->current[byte] : 0;
}

void ModePages::set_current(std::uint8_t code, std::size_t byte, std::uint8_t value) {
  for (Page& page : pages_)
    if (page.code() == code) page.current[byte] = value;
}

void ModePages::set_bits(std::uint8_t code, std::size_t byte, std::uint8_t bits) {
  for (Page& page : pages_) {
    if (page.code() != code) continue;
    page.current[byte] = static_cast<std::uint8_t>(page.current[byte] | bits);
    page.standard[byte] = static_cast<std::uint8_t>(page.standard[byte] | bits);
  }
}

bool ModePages::append(std::uint8_t code, unsigned control, std::vector<std::uint8_t>& to) const {
  bool found = false;
  for (const Page& page : pages_) {
    if (code != kAllPages && code != page.code()) continue;
    const auto& values = control == 0   ? page.current
                         : control == 1 ? page.changeable
                                        : page.standard;
    to.insert(to.end(), values.begin(), values.end());
    found = true;
  }
  return found;
}

Sense ModePages::select(const std::uint8_t* pages, std::size_t bytes) {
  std::vector<Page> changed = pages_;
  while (bytes != 0) {
    if (bytes < 2 || std::size_t{pages[1]} + 2 > bytes) return sense::kParameterListLength;
    Page* page = nullptr;
    for (Page& candidate : changed)
      if (candidate.code() == (pages[0] & 0x3f)) page = &candidate;
    if (!page || (pages[0] & kSubpageFormat) || pages[1] != page->standard[1])
      return sense::kInvalidParameter;
    const std::size_t length = std::size_t{pages[1]} + 2;
    for (std::size_t i = 2; i < length; ++i) {
      const std::uint8_t differs = pages[i] ^ page->current[i];
      if (differs & ~page->changeable[i]) return sense::kInvalidParameter;
      page->current[i] = pages[i];
    }
    pages += length;
    bytes -= length;
  }
  pages_ = std::move(changed);
  return sense::kNone;
}

}  // namespace ringside::scsi
