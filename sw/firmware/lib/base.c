// SPDX-License-Identifier: Apache-2.0
#include "base.h"

// ---- text

static void put(char c) {
  while (!(read8(UART + 5) & 0x20)) {
  }
  write8(UART, (u8)c);
}

struct sink {
  char* out;  // null: the UART
  size_t size, used;
};

static void emit(struct sink* s, char c) {
  if (!s->out) {
    if (c == '\n') put('\r');
    put(c);
    return;
  }
  if (s->used + 1 < s->size) s->out[s->used] = c;
  s->used++;
}

static void emit_number(struct sink* s, u64 value, unsigned base, int width, char pad,
                        bool negative) {
  char digits[24];
  int n = 0;
  do {
    digits[n++] = "0123456789abcdef"[value % base];
    value /= base;
  } while (value);
  if (negative) digits[n++] = '-';
  for (int i = n; i < width; i++) emit(s, pad);
  while (n) emit(s, digits[--n]);
}

static void format_into(struct sink* s, const char* f, va_list args) {
  for (; *f; f++) {
    if (*f != '%') {
      emit(s, *f);
      continue;
    }
    char pad = ' ';
    int width = 0, longs = 0;
    if (*++f == '0') pad = *f++;
    while (*f >= '0' && *f <= '9') width = width * 10 + (*f++ - '0');
    while (*f == 'l') longs++, f++;
    if (*f == 's') {
      for (const char* t = va_arg(args, const char*); *t; t++) emit(s, *t);
    } else if (*f == 'c') {
      emit(s, (char)va_arg(args, int));
    } else if (*f == 'd') {
      long v = longs ? va_arg(args, long) : va_arg(args, int);
      emit_number(s, v < 0 ? -(u64)v : (u64)v, 10, width, pad, v < 0);
    } else if (*f == 'u' || *f == 'x') {
      u64 v = longs ? va_arg(args, u64) : va_arg(args, u32);
      emit_number(s, v, *f == 'x' ? 16 : 10, width, pad, false);
    } else {
      emit(s, *f);
    }
  }
  if (s->out && s->size) s->out[s->used < s->size ? s->used : s->size - 1] = 0;
}

void print(const char* format, ...) {
  va_list args;
  va_start(args, format);
  struct sink s = {0};
  format_into(&s, format, args);
  va_end(args);
}

int format_text(char* out, size_t size, const char* format, ...) {
  va_list args;
  va_start(args, format);
  struct sink s = {.out = out, .size = size};
  format_into(&s, format, args);
  va_end(args);
  return (int)s.used;
}

// The compiler emits calls to these four; the attribute keeps it from finding them in themselves.
#define NO_PATTERN __attribute__((optimize("no-tree-loop-distribute-patterns")))

NO_PATTERN void* memset(void* to, int byte, size_t size) {
  u8* p = to;
  u64 word = 0x0101010101010101ul * (u8)byte;
  for (; size && (u64)p % 8; size--) *p++ = (u8)byte;
  for (; size >= 8; size -= 8, p += 8) *(u64*)p = word;
  while (size--) *p++ = (u8)byte;
  return to;
}

NO_PATTERN void* memcpy(void* to, const void* from, size_t size) {
  u8* d = to;
  const u8* s = from;
  if (((u64)d | (u64)s) % 8 == 0)
    for (; size >= 8; size -= 8, d += 8, s += 8) *(u64*)d = *(const u64*)s;
  while (size--) *d++ = *s++;
  return to;
}

NO_PATTERN int memcmp(const void* a, const void* b, size_t size) {
  const u8 *p = a, *q = b;
  for (; size--; p++, q++)
    if (*p != *q) return *p - *q;
  return 0;
}

NO_PATTERN size_t strlen(const char* s) {
  size_t n = 0;
  while (s[n]) n++;
  return n;
}

int strcmp(const char* a, const char* b) {
  while (*a && *a == *b) a++, b++;
  return (u8)*a - (u8)*b;
}

// ---- memory

extern u8 __arena_start[], __arena_end[];
static u8* arena_next = __arena_start;

void* arena_alloc(size_t size, size_t alignment) {
  u8* p = (u8*)(((u64)arena_next + alignment - 1) & -alignment);
  if (p + size > __arena_end) {
    print("FAIL arena: out of memory\n");
    finish();
  }
  arena_next = p + size;
  return memset(p, 0, size);
}

void* arena_mark(void) {
  return arena_next;
}
void arena_release(void* mark) {
  arena_next = mark;
}

// ---- device tree (Devicetree Specification 0.4, chapter 5)

u64 fdt_blob;

static u32 be32(u64 a) {
  return __builtin_bswap32(*(u32*)a);
}

// Calls `visit` for each node (property null) and each property; stops when it returns true.
static bool fdt_walk(bool (*visit)(const char* node, const char* property, const u8* data, u32 size,
                                   const void* arg),
                     const void* arg) {
  if (!fdt_blob || be32(fdt_blob) != 0xd00dfeed) return false;
  u64 at = fdt_blob + be32(fdt_blob + 8), strings = fdt_blob + be32(fdt_blob + 12);
  const char* node = "";
  for (;;) {
    u32 token = be32(at);
    at += 4;
    if (token == 1) {
      node = (const char*)at;
      if (visit(node, 0, 0, 0, arg)) return true;
      at = (at + strlen(node) + 4) & ~3ul;
    } else if (token == 3) {
      u32 size = be32(at);
      if (visit(node, (const char*)(strings + be32(at + 4)), (const u8*)at + 8, size, arg))
        return true;
      at = (at + 8 + size + 3) & ~3ul;
    } else if (token == 9) {
      return false;
    }
  }
}

static bool match_compatible(const char* node, const char* property, const u8* data, u32 size,
                             const void* arg) {
  (void)node;
  if (!property || strcmp(property, "compatible")) return false;
  for (u32 i = 0; i < size; i += (u32)strlen((const char*)data + i) + 1)
    if (!strcmp((const char*)data + i, arg)) return true;
  return false;
}

bool fdt_has_compatible(const char* name) {
  return fdt_walk(match_compatible, name);
}

static int counted;
static bool count_node(const char* node, const char* property, const u8* data, u32 size,
                       const void* arg) {
  (void)data, (void)size;
  if (!property && !memcmp(node, arg, strlen(arg))) counted++;
  return false;
}

int fdt_count_nodes(const char* prefix) {
  counted = 0;
  fdt_walk(count_node, prefix);
  return counted;
}

// ---- results

static char test_name[160], test_why[200];
static bool test_good;
static int passed, failed;

void test_begin(const char* format, ...) {
  va_list args;
  va_start(args, format);
  struct sink s = {.out = test_name, .size = sizeof test_name};
  format_into(&s, format, args);
  va_end(args);
  test_good = true;
}

bool test_check(bool good, const char* format, ...) {
  if (good || !test_good) return good;  // the first failure tells the most
  va_list args;
  va_start(args, format);
  struct sink s = {.out = test_why, .size = sizeof test_why};
  format_into(&s, format, args);
  va_end(args);
  test_good = false;
  return false;
}

void test_end(void) {
  if (test_good) {
    passed++;
    print("PASS %s\n", test_name);
  } else {
    failed++;
    print("FAIL %s: %s\n", test_name, test_why);
  }
}

void test_skip(const char* why) {
  print("SKIP %s: %s\n", test_name, why);
}

void finish(void) {
  if (!passed) failed++;  // a run that checked nothing has not succeeded
  print("DONE passed=%d failed=%d\n", passed, failed);
  while (!(read8(UART + 5) & 0x40)) {
  }
  write32(SYSCON, failed ? SYSCON_FAIL | 1u << 16 : SYSCON_PASS);
  for (;;) wfi();
}

void irq_init(void);

void firmware_start(void) {
  irq_init();
  test_main();
  finish();
}
