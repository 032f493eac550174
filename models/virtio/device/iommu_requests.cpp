// SPDX-License-Identifier: Apache-2.0
// Requests of the IOMMU device (virtio 1.4, 5.13.6).
#include <algorithm>

#include "virtio/device/iommu.h"

namespace ringside::virtio {

void Iommu::serve_requests() {
  while (ChainPtr request = queue(kRequestQueue).pop()) {
    const std::uint32_t written = serve_request(*request);
    queue(kRequestQueue).push(std::move(request), written);
  }
}

std::uint32_t Iommu::serve_request(DescriptorChain& request) {
  IommuHead head{};
  if (request.writable_bytes() < sizeof(IommuTail) || !request.read(0, &head, sizeof head))
    return 0;
  switch (static_cast<IommuRequest>(head.type)) {
    case IommuRequest::Attach:
      return answer<IommuAttach>(request, &Iommu::attach);
    case IommuRequest::Detach:
      return answer<IommuDetach>(request, &Iommu::detach);
    case IommuRequest::Map:
      return has(kIommuMapUnmap) ? answer<IommuMap>(request, &Iommu::map) : 0;
    case IommuRequest::Unmap:
      return has(kIommuMapUnmap) ? answer<IommuUnmap>(request, &Iommu::unmap) : 0;
    case IommuRequest::Probe:
      return has(kIommuProbe) ? serve_probe(request) : 0;
  }
  return 0;  // not recognized: nothing is written (5.13.6.2)
}

template <typename T>
std::uint32_t Iommu::answer(DescriptorChain& request, IommuStatus (Iommu::*handler)(const T&)) {
  T fields{};
  if (request.readable_bytes() < sizeof fields) return write_tail(request, 0, IommuStatus::Invalid);
  if (!request.read(0, &fields, sizeof fields)) return 0;
  return write_tail(request, 0, (this->*handler)(fields));
}

std::uint32_t Iommu::write_tail(DescriptorChain& request, std::uint32_t at, IommuStatus status) {
  const IommuTail tail{static_cast<std::uint8_t>(status), {}};
  return request.write(at, &tail, sizeof tail) ? at + static_cast<std::uint32_t>(sizeof tail) : 0;
}

std::uint32_t Iommu::serve_probe(DescriptorChain& request) {
  const auto room = static_cast<std::uint32_t>(request.writable_bytes() - sizeof(IommuTail));
  IommuProbe fields{};
  IommuStatus status = IommuStatus::Ok;
  if (request.readable_bytes() < sizeof fields) {
    status = IommuStatus::Invalid;
  } else if (!request.read(0, &fields, sizeof fields)) {
    return 0;
  } else if (!exists(fields.endpoint)) {
    status = IommuStatus::NoEntry;
  } else if (room < probe_size) {
    status = IommuStatus::Invalid;
  }
  // The tail stands behind the properties, so without any they are filled with zeroes: drivers see
  // the status only if the used length reaches it.
  const std::uint32_t size = std::min(room, probe_size.get());
  const bool filled = status == IommuStatus::Ok ? request.write(0, properties_.data(), size)
                                                : request.fill(0, 0, size);
  return filled ? write_tail(request, size, status) : 0;
}

bool Iommu::exists(std::uint32_t endpoint) const {
  return endpoint <= 0xffff && bridge_->has_requester(static_cast<std::uint16_t>(endpoint));
}

IommuStatus Iommu::attach(const IommuAttach& request) {
  const std::uint32_t known = has(kIommuBypassConfig) ? kAttachBypass : 0;
  for (std::uint8_t byte : request.reserved)
    if (byte != 0) return IommuStatus::Invalid;
  if ((request.flags & ~known) != 0) return IommuStatus::Invalid;
  if (!exists(request.endpoint)) return IommuStatus::NoEntry;
  if (request.domain < domain_start || request.domain > domain_end) return IommuStatus::Range;
  const IommuStatus status =
      domains_.attach(request.domain, request.endpoint, (request.flags & kAttachBypass) != 0);
  if (status == IommuStatus::Ok) everything_changed();
  return status;
}

IommuStatus Iommu::detach(const IommuDetach& request) {
  if (!exists(request.endpoint)) return IommuStatus::NoEntry;
  const IommuStatus status = domains_.detach(request.domain, request.endpoint);
  if (status == IommuStatus::Ok) everything_changed();
  return status;
}

IommuStatus Iommu::map(const IommuMap& request) {
  const std::uint32_t known = kMapRead | kMapWrite | (has(kIommuMmio) ? kMapMmio : 0);
  const std::uint64_t odd = granule() - 1;
  if ((request.flags & ~known) != 0) return IommuStatus::Invalid;
  if (((request.virt_start | request.phys_start | (request.virt_end + 1)) & odd) != 0)
    return IommuStatus::Range;
  if (request.virt_start < input_start || request.virt_end > input_end) return IommuStatus::Range;
  if (regions_.overlap(request.virt_start, request.virt_end)) return IommuStatus::Invalid;
  const IommuStatus status = domains_.map(request.domain, request.virt_start,
                                          {request.virt_end, request.phys_start, request.flags});
  if (status == IommuStatus::Ok) ++maps;
  // Nothing was mapped there before, so no direct pointer can have been given.
  return status;
}

IommuStatus Iommu::unmap(const IommuUnmap& request) {
  const IommuStatus status = domains_.unmap(request.domain, request.virt_start, request.virt_end);
  if (status != IommuStatus::Ok) return status;
  ++unmaps;
  tlb_.invalidate(request.domain, request.virt_start, request.virt_end);
  bridge_->translation_changed(request.virt_start, request.virt_end);
  return status;
}

}  // namespace ringside::virtio
