// SPDX-License-Identifier: Apache-2.0
#include "irq/plic.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "kit/device_tree.h"
#include "kit/platform.h"
#include "kit/tag.h"

namespace ringside {

namespace {

constexpr std::uint64_t kPending = 0x1000;
constexpr std::uint64_t kEnable = 0x2000;
constexpr std::uint64_t kEnableBytes = 0x80;
constexpr std::uint64_t kContext = 0x200000;
constexpr std::uint64_t kContextBytes = 0x1000;
constexpr std::uint64_t kThreshold = 0;
constexpr std::uint64_t kClaim = 4;

}  // namespace

Plic::Plic(const sc_core::sc_module_name& name, const ModelContext& context)
    : Model(name, context), sources_(source_count + 1) {
  window.on_transport([this](auto& payload, auto&) { access(payload); });
}

void Plic::resolve() {
  constexpr unsigned kMaxHarts = (kWindowBytes - kContext) / kContextBytes / 2;
  for (HartContainer* container : platform().find_all<HartContainer>()) {
    for (HartInterface* hart : container->harts()) {
      if (hart->hart_id() >= kMaxHarts) continue;
      add_context(hart, 2 * hart->hart_id(), HartIrq::MachineExternal);
      add_context(hart, 2 * hart->hart_id() + 1, HartIrq::SupervisorExternal);
    }
  }
}

void Plic::add_context(HartInterface* hart, unsigned number, HartIrq irq) {
  if (contexts_.size() <= number) contexts_.resize(number + 1);
  contexts_[number].hart = hart;
  contexts_[number].irq = irq;
  contexts_[number].enabled.assign(sources_.size() / 32 + 1, 0);
}

void Plic::reset() {
  for (Source& source : sources_) {
    source.priority = 0;
    source.pending = source.claimed = false;
  }
  for (Context& context : contexts_) {
    std::fill(context.enabled.begin(), context.enabled.end(), 0);
    context.threshold = 0;
    update(context);
  }
}

void Plic::irq_level(unsigned line, bool high) {
  if (line == 0 || line >= sources_.size()) return;
  Source& source = sources_[line];
  source.wire = high;
  // A request that has been made stays, even if the wire goes down again.
  if (!high || source.claimed || source.pending) return;
  source.pending = true;
  update_all();
}

void Plic::access(tlm::tlm_generic_payload& payload) {
  const std::uint64_t offset = payload.get_address();
  if (payload.get_data_length() != 4 || offset % 4 != 0)
    return payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
  auto* tag = payload.get_extension<TransactionTag>();
  if (tag && offset >= kContext && (offset - kContext) % kContextBytes == kClaim)
    tag->region = Region::Claim;
  std::uint32_t value = 0;
  if (payload.is_read()) {
    value = read(offset);
    std::memcpy(payload.get_data_ptr(), &value, sizeof value);
  } else if (payload.is_write()) {
    std::memcpy(&value, payload.get_data_ptr(), sizeof value);
    write(offset, value);
  }
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

Plic::Context* Plic::context_at(std::uint64_t number) {
  return number < contexts_.size() && contexts_[number].hart ? &contexts_[number] : nullptr;
}

std::uint32_t Plic::read(std::uint64_t offset) {
  if (offset < kPending) return offset / 4 < sources_.size() ? sources_[offset / 4].priority : 0;
  if (offset < kEnable) {
    std::uint32_t bits = 0;
    for (std::uint64_t i = 0, number = (offset - kPending) * 8; i < 32; ++i, ++number)
      if (number < sources_.size() && sources_[number].pending) bits |= 1u << i;
    return bits;
  }
  if (offset < kContext) {
    const Context* context = context_at((offset - kEnable) / kEnableBytes);
    const std::uint64_t word = (offset - kEnable) % kEnableBytes / 4;
    return context && word < context->enabled.size() ? context->enabled[word] : 0;
  }
  Context* context = context_at((offset - kContext) / kContextBytes);
  if (!context) return 0;
  switch ((offset - kContext) % kContextBytes) {
    case kThreshold:
      return context->threshold;
    case kClaim:
      return claim(*context);
    default:
      return 0;
  }
}

void Plic::write(std::uint64_t offset, std::uint32_t value) {
  if (offset < kPending) {
    const std::uint64_t number = offset / 4;
    if (number == 0 || number >= sources_.size()) return;
    sources_[number].priority = value & kMaxPriority;
    return update_all();
  }
  if (offset < kEnable) return;  // pending bits are read-only
  if (offset < kContext) {
    Context* context = context_at((offset - kEnable) / kEnableBytes);
    const std::uint64_t word = (offset - kEnable) % kEnableBytes / 4;
    if (!context || word >= context->enabled.size()) return;
    // Bits of sources that don't exist stay 0; source 0 is none.
    std::uint32_t mask = word == 0 ? ~1u : ~0u;
    const std::size_t beyond = sources_.size() - std::min<std::size_t>(sources_.size(), 32 * word);
    if (beyond < 32) mask &= (1u << beyond) - 1;
    context->enabled[word] = value & mask;
    return update(*context);
  }
  Context* context = context_at((offset - kContext) / kContextBytes);
  if (!context) return;
  switch ((offset - kContext) % kContextBytes) {
    case kThreshold:
      context->threshold = value & kMaxPriority;
      return update(*context);
    case kClaim:
      return complete(*context, value);
    default:
      return;
  }
}

bool Plic::is_enabled(const Context& context, unsigned source) const {
  return context.enabled[source / 32] & (1u << (source % 32));
}

unsigned Plic::best(const Context& context) const {
  unsigned best = 0;
  for (unsigned number = 1; number < sources_.size(); ++number) {
    const Source& source = sources_[number];
    if (!source.pending || source.priority == 0 || !is_enabled(context, number)) continue;
    if (best == 0 || source.priority > sources_[best].priority) best = number;
  }
  return best;
}

std::uint32_t Plic::claim(Context& context) {
  const unsigned number = best(context);
  if (number == 0) return 0;
  ++claims;
  sources_[number].pending = false;
  sources_[number].claimed = true;
  update_all();
  return number;
}

void Plic::complete(Context& context, std::uint32_t number) {
  // A completion of a source that is not enabled for the context is ignored (chapter 9).
  if (number == 0 || number >= sources_.size() || !is_enabled(context, number)) return;
  Source& source = sources_[number];
  if (!source.claimed) return;
  source.claimed = false;
  if (!source.wire) return;
  source.pending = true;
  update_all();
}

void Plic::update(Context& context) {
  if (!context.hart) return;
  const unsigned number = best(context);
  const bool out = number != 0 && sources_[number].priority > context.threshold;
  if (out == context.out) return;
  context.out = out;
  if (out) lose_to_interrupt(*this, *context.hart);
  context.hart->set_irq(context.irq, out);
}

void Plic::update_all() {
  for (Context& context : contexts_) update(context);
}

void Plic::device_tree(DeviceTree& tree) {
  std::vector<std::uint32_t> wires;
  for (const Context& context : contexts_)
    if (context.hart)
      wires.insert(wires.end(), {tree.phandle(context.hart->intc_phandle_name()),
                                 static_cast<std::uint32_t>(context.irq)});
  tree.soc()
      .child(fmt::format("plic@{:x}", window.base()))
      .texts("compatible", {"sifive,plic-1.0.0", "riscv,plic0"})
      .wide("reg", {window.base(), kWindowBytes})
      .empty("interrupt-controller")
      .cell("#interrupt-cells", 1)
      .cell("#address-cells", 0)
      .cells("interrupts-extended", wires)
      .cell("riscv,ndev", source_count)
      .cell("phandle", tree.phandle(phandle_name()));
}

}  // namespace ringside
