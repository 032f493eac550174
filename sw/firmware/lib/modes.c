// SPDX-License-Identifier: Apache-2.0
#include "modes.h"

static void* mark;

static void name_mode(struct mode* m) {
  static const char* const irqs[] = {"poll", "intx", "msix"};
  char size[16] = "";
  if (m->size) format_text(size, sizeof size, ",size%u", m->size);
  format_text(m->name, sizeof m->name, "%s%s%s%s%s%s,%s", m->legacy ? "legacy," : "",
              m->features & F_PACKED ? "packed" : "split",
              m->features & F_INDIRECT ? ",indirect" : "",
              m->features & F_EVENT_IDX ? ",event" : "", m->features & F_IN_ORDER ? ",inorder" : "",
              size, irqs[m->irq]);
}

// Features that change how the driver talks to the device are taken with some modes and left out
// with others, so that both ways are seen without another doubling of the modes.
static u64 companions(u64 features, u64 offered) {
  u64 always = offered & (F_VERSION_1 | F_ACCESS_PLATFORM | F_ORDER_PLATFORM | F_RING_RESET);
  if (features & F_EVENT_IDX) always |= offered & F_NOTIFICATION_DATA;
  if (features & F_INDIRECT) always |= offered & F_NOTIF_CONFIG_DATA;
  return always;
}

static enum irq_mode best_irq(const struct pci_function* f) {
  if (irq_has_imsic() && msix_vectors(f) > 1) return IRQ_MSIX;
  return f->pin ? IRQ_INTX : IRQ_POLL;
}

typedef void (*mode_test)(struct virtio_device*, const struct mode*);

static void run(struct virtio_device* d, struct mode m, u64 offered, mode_test test) {
  if (!m.legacy) m.features |= companions(m.features, offered);
  name_mode(&m);
  irq_release_all();
  test(d, &m);
}

static void run_matrix(struct pci_function* f, bool legacy, mode_test test) {
  static struct virtio_device d;
  virtio_open(&d, f, legacy);
  u64 offered = virtio_offered(&d);
  u64 axes[] = {F_INDIRECT, F_EVENT_IDX, F_IN_ORDER, F_PACKED};
  for (u32 pick = 0; pick < 16; pick++) {
    struct mode m = {.irq = best_irq(f), .legacy = legacy};
    for (u32 i = 0; i < 4; i++)
      if (pick >> i & 1) m.features |= axes[i];
    if ((m.features & offered) == m.features) run(&d, m, offered, test);
  }
  u64 both = offered & (F_INDIRECT | F_EVENT_IDX);
  run(&d, (struct mode){.irq = IRQ_POLL, .legacy = legacy}, offered, test);
  if (best_irq(f) == IRQ_MSIX && f->pin)
    run(&d, (struct mode){.irq = IRQ_INTX, .legacy = legacy, .features = both}, offered, test);
  if (legacy) return;
  run(&d, (struct mode){.irq = best_irq(f), .size = 4}, offered, test);
  if (offered & F_PACKED)
    run(&d,
        (struct mode){.irq = best_irq(f), .size = 5, .features = F_PACKED | (both & F_EVENT_IDX)},
        offered, test);
}

void for_each_mode(u32 type, mode_test test) {
  pci_enumerate();
  int found = 0;
  for (int i = 0; i < pci_count; i++) {
    struct pci_function* f = &pci_functions[i];
    if (virtio_type(f) != type) continue;
    found++;
    if (virtio_has_modern(f)) run_matrix(f, false, test);
    if (virtio_has_legacy(f)) run_matrix(f, true, test);
  }
  test_begin("%s/present", virtio_type_name(type));
  test_check(found > 0, "no such device among %d PCI functions", pci_count);
  test_end();
}

bool mode_begin(struct virtio_device* d, const struct mode* m, u64 wanted, const char* what) {
  mark = arena_mark();
  test_begin("%s@%02x:%02x.%u/%s/%s", virtio_type_name(d->type), d->pci->bus, d->pci->slot,
             d->pci->function, what, m->name);
  if (test_check(virtio_negotiate(d, wanted | m->features, m->irq), "features or vectors refused"))
    return true;
  mode_end(d);
  return false;
}

void mode_end(struct virtio_device* d) {
  test_check(!(virtio_status(d) & STATUS_NEEDS_RESET), "the device needs a reset");
  test_end();
  virtio_reset(d);
  arena_release(mark);
}
