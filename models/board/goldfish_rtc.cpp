// SPDX-License-Identifier: Apache-2.0
#include "board/goldfish_rtc.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <ctime>

#include "kit/device_tree.h"
#include "kit/platform.h"

namespace ringside {

namespace {

constexpr std::uint64_t kLow = 0xffffffff;

/// Seconds since 1970 of "YYYY-MM-DDThh:mm:ssZ", or -1.
std::int64_t parse_date(const std::string& text) {
  std::tm parts{};
  char end = 0;
  const int found =
      std::sscanf(text.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d%c", &parts.tm_year, &parts.tm_mon,
                  &parts.tm_mday, &parts.tm_hour, &parts.tm_min, &parts.tm_sec, &end);
  if (found != 7 || end != 'Z' || text.size() != 20) return -1;
  const std::tm wanted = parts;
  parts.tm_year -= 1900;
  parts.tm_mon -= 1;
  const std::time_t seconds = timegm(&parts);
  // timegm() turns the 31st of February into a day of March; that is no date.
  const bool same = parts.tm_year + 1900 == wanted.tm_year && parts.tm_mon + 1 == wanted.tm_mon &&
                    parts.tm_mday == wanted.tm_mday && parts.tm_hour == wanted.tm_hour &&
                    parts.tm_min == wanted.tm_min && parts.tm_sec == wanted.tm_sec;
  return same ? seconds : -1;
}

}  // namespace

GoldfishRtc::GoldfishRtc(const sc_core::sc_module_name& name, const ModelContext& context)
    : Model(name, context) {
  offset_ns_ = read_start();
  window.on_transport([this, access = bank.transport()](tlm::tlm_generic_payload& payload,
                                                        sc_core::sc_time& delay) {
    access_time_ = sc_core::sc_time_stamp() + delay;
    access(payload, delay);
  });
  describe_registers();
  SC_HAS_PROCESS(GoldfishRtc);
  SC_METHOD(alarm);
  sensitive << alarm_due_;
  dont_initialize();
}

void GoldfishRtc::describe_registers() {
  time_low.on_read([this] {
    const std::uint64_t now = time();
    time_high.set(static_cast<std::uint32_t>(now >> 32));
    return static_cast<std::uint32_t>(now);
  });
  time_low.on_write([this](std::uint32_t value) { move_time((time() & ~kLow) | value); });
  time_high.on_write(
      [this](std::uint32_t value) { move_time((time() & kLow) | std::uint64_t{value} << 32); });
  alarm_low.on_write([this](std::uint32_t value) {
    alarm_low.set(value);
    set_alarm();
  });
  irq_enabled.on_write([this](std::uint32_t value) {
    irq_enabled.set(value & 1);
    update();
  });
  clear_alarm.on_write([this](std::uint32_t) {
    alarm_set_ = false;
    alarm_due_.cancel();
  });
  alarm_status.on_read([this] { return static_cast<std::uint32_t>(alarm_set_); });
  clear_interrupt.on_write([this](std::uint32_t) {
    pending_ = false;
    update();
  });
}

std::uint64_t GoldfishRtc::read_start() const {
  if (start.get() == "host") {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
  }
  constexpr std::int64_t kLastSecond = 17179869184;  // in the year 2514; fits 64 bits of ns
  const std::int64_t seconds = parse_date(start);
  if (seconds < 0 || seconds > kLastSecond)
    throw ConfigError(start.where(),
                      fmt::format("'start' of {} is '{}'; expected a date such as "
                                  "'2026-01-01T00:00:00Z', from 1970 to 2514, or 'host'",
                                  label(), start.get()));
  return static_cast<std::uint64_t>(seconds) * 1000000000u;
}

std::uint64_t GoldfishRtc::time() const {
  return offset_ns_ + access_time_.value() / sc_core::sc_time(1, sc_core::SC_NS).value();
}

void GoldfishRtc::move_time(std::uint64_t to) {
  offset_ns_ += to - time();
}

void GoldfishRtc::set_alarm() {
  const std::uint64_t at = std::uint64_t{alarm_high} << 32 | alarm_low;
  const std::uint64_t now = time();
  alarm_due_.cancel();
  if (at <= now) {
    alarm_set_ = false;
    pending_ = true;
    return update();
  }
  alarm_set_ = true;
  const sc_core::sc_time ahead = access_time_ - sc_core::sc_time_stamp();
  const std::uint64_t ns = sc_core::sc_time(1, sc_core::SC_NS).value();
  const std::uint64_t reach = (sc_core::sc_max_time() - access_time_).value() / ns;
  if (at - now < reach) alarm_due_.notify(ahead + sc_core::sc_time::from_value((at - now) * ns));
}

void GoldfishRtc::alarm() {
  alarm_set_ = false;
  pending_ = true;
  update();
}

void GoldfishRtc::reset() {
  // The battery keeps the time; the alarm is lost.
  bank.reset();
  alarm_set_ = pending_ = false;
  alarm_due_.cancel();
  update();
}

void GoldfishRtc::device_tree(DeviceTree& tree) {
  DeviceTreeNode& node = tree.soc().child(fmt::format("rtc@{:x}", window.base()));
  node.text("compatible", "google,goldfish-rtc").wide("reg", {window.base(), kWindowBytes});
  irq.describe(tree, node);
}

}  // namespace ringside
