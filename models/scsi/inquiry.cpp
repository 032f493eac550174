// SPDX-License-Identifier: Apache-2.0
// Who a unit says it is: INQUIRY and the vital product data pages that all units have (SPC-4, 6.6
// and 7.8).
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "kit/platform.h"
#include "scsi/logical_unit.h"

namespace ringside::scsi {

namespace {

void append_padded(std::vector<std::uint8_t>& to, const std::string& text, std::size_t width) {
  for (std::size_t i = 0; i < width; ++i)
    to.push_back(i < text.size() ? static_cast<std::uint8_t>(text[i]) : ' ');
}

}  // namespace

std::uint64_t LogicalUnit::name_number() const {
  if (wwn != 0) return wwn;
  // Locally assigned (NAA 3h), the same in every run.
  return (platform().seed_for(*this) & 0x0fffffffffffffff) | 0x3000000000000000;
}

std::string LogicalUnit::serial_text() const {
  return serial->empty() ? fmt::format("{:016x}", name_number()) : serial.get();
}

void LogicalUnit::inquire(Task& task) const {
  const bool vital = task.cdb[1] & 1;
  if (vital) return vital_page(task);
  if (task.cdb[2] != 0 || (task.cdb[1] & 2)) return task.fail(sense::kInvalidField);
  std::vector<std::uint8_t> answer{static_cast<std::uint8_t>(peripheral_type()),
                                   static_cast<std::uint8_t>(removable() ? 0x80 : 0),
                                   0x06,  // SPC-4
                                   0x12,  // hierarchical addressing, response format 2
                                   0,     // bytes that follow, below
                                   static_cast<std::uint8_t>(protects() ? 1 : 0),
                                   0,
                                   0x02};  // command queueing
  append_padded(answer, "RINGSIDE", 8);
  append_padded(answer, product->empty() ? standard_product() : product.get(), 16);
  append_padded(answer, "0.1", 4);
  answer.resize(58);
  answer.insert(answer.end(), {0x00, 0xa0, 0x04, 0x60});  // SAM-5, SPC-4: version descriptors
  answer.resize(74);
  answer[4] = static_cast<std::uint8_t>(answer.size() - 5);
  task.give(answer.data(), answer.size(), get16(&task.cdb[3]));
}

void LogicalUnit::vital_page(Task& task) const {
  constexpr std::uint8_t kPages = 0x00, kSerial = 0x80, kIdentification = 0x83;
  const std::uint8_t code = task.cdb[2];
  std::vector<std::uint8_t> page{static_cast<std::uint8_t>(peripheral_type()), code, 0, 0};
  if (code == kPages) {
    page.insert(page.end(), {kPages, kSerial, kIdentification});
    const std::vector<std::uint8_t> own = own_vital_pages();
    page.insert(page.end(), own.begin(), own.end());
  } else if (code == kSerial) {
    const std::string text = serial_text();
    page.insert(page.end(), text.begin(), text.end());
  } else if (code == kIdentification) {
    page.insert(page.end(), {0x01, 0x03, 0, 8});  // binary, NAA, of the logical unit
    page.resize(page.size() + 8);
    put64(&page[page.size() - 8], name_number());
    const std::string text = serial_text();
    page.insert(page.end(), {0x02, 0x01, 0, static_cast<std::uint8_t>(8 + text.size())});
    append_padded(page, "RINGSIDE", 8);  // ASCII, vendor and what it wants
    page.insert(page.end(), text.begin(), text.end());
  } else if (!own_vital_page(code, page)) {
    return task.fail(sense::kInvalidField);
  }
  put16(&page[2], page.size() - 4);
  task.give(page.data(), page.size(), get16(&task.cdb[3]));
}

}  // namespace ringside::scsi
