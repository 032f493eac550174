// SPDX-License-Identifier: Apache-2.0
#include "backend/evdev_device.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/input.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace ringside::backend {

namespace {

// The longest set of bits (keys), in bytes.
constexpr std::size_t kBitsBytes = KEY_MAX / 8 + 1;

class HostEventDevice final : public EventDevice {
 public:
  HostEventDevice(const std::string& path, bool grab)
      : path_(path), fd_(::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC)) {
    if (fd_ < 0) fail("cannot be opened", errno);
    int version = 0;
    const char* trouble = nullptr;
    if (ioctl(fd_, EVIOCGVERSION, &version) != 0)
      trouble = "is not an event device of the host";
    else if (grab && ioctl(fd_, EVIOCGRAB, 1) != 0)
      trouble = "cannot be had alone ('grab: false' shares it)";
    if (!trouble) return;
    const int error = errno;
    ::close(fd_);
    fail(trouble, error);
  }
  ~HostEventDevice() override { ::close(fd_); }

  int descriptor() const override { return fd_; }
  InputDescription description() const override;
  std::set<std::uint16_t> down() const override;

 private:
  [[noreturn]] void fail(const char* what, int error) const {
    throw std::runtime_error(fmt::format("'{}' {}: {}", path_, what, std::strerror(error)));
  }
  InputBits bits(unsigned long request) const;
  std::string text(unsigned long request) const;

  std::string path_;
  int fd_;
};

InputBits HostEventDevice::bits(unsigned long request) const {
  InputBits bits(kBitsBytes);
  const int got = ioctl(fd_, request, bits.data());
  bits.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  while (!bits.empty() && bits.back() == 0) bits.pop_back();
  return bits;
}

std::string HostEventDevice::text(unsigned long request) const {
  char text[256]{};
  if (ioctl(fd_, request, text) < 0) return {};
  text[sizeof text - 1] = 0;
  return text;
}

InputDescription HostEventDevice::description() const {
  InputDescription d;
  d.name = text(EVIOCGNAME(256));
  d.serial = text(EVIOCGUNIQ(256));
  input_id id{};
  if (ioctl(fd_, EVIOCGID, &id) == 0) {
    d.bus = id.bustype;
    d.vendor = id.vendor;
    d.product = id.product;
    d.version = id.version;
  }
  d.properties = bits(EVIOCGPROP(kBitsBytes));
  const InputBits types = bits(EVIOCGBIT(0, kBitsBytes));
  // Force feedback needs uploads, which virtio has not.
  for (const std::uint16_t type : {EV_KEY, EV_REL, EV_ABS, EV_MSC, EV_SW, EV_LED, EV_SND})
    if (has_bit(types, type)) d.codes[type] = bits(EVIOCGBIT(type, kBitsBytes));
  if (has_bit(types, EV_REP)) d.codes[EV_REP] = {3};
  for (std::uint16_t code = 0; code <= ABS_MAX; ++code) {
    input_absinfo axis{};
    if (!d.has(EV_ABS, code) || ioctl(fd_, EVIOCGABS(code), &axis) != 0) continue;
    d.axes[code] = {axis.minimum, axis.maximum, axis.fuzz, axis.flat, axis.resolution};
  }
  return d;
}

std::set<std::uint16_t> HostEventDevice::down() const {
  const InputBits keys = bits(EVIOCGKEY(kBitsBytes));
  std::set<std::uint16_t> down;
  for (std::uint16_t code = 0; code <= KEY_MAX; ++code)
    if (has_bit(keys, code)) down.insert(code);
  return down;
}

}  // namespace

std::unique_ptr<EventDevice> open_event_device(const std::string& path, bool grab) {
  return std::make_unique<HostEventDevice>(path, grab);
}

}  // namespace ringside::backend
