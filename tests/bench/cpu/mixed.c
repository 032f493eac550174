// SPDX-License-Identifier: Apache-2.0
// A mixed integer workload without an operating system, the same for every emulator. Prints a
// checksum per part, which must agree everywhere, and the instructions retired (where instret
// counts instructions). ROUNDS sets how long it takes.
#include <stddef.h>
#include <stdint.h>

#ifndef ROUNDS
#define ROUNDS 100
#endif

static void put(char c) { *(volatile uint8_t*)0x10000000 = (uint8_t)c; }
static void print(const char* s) {
  while (*s) put(*s++);
}
static void print_hex(uint64_t v) {
  for (int i = 60; i >= 0; i -= 4) put("0123456789abcdef"[(v >> i) & 15]);
}
static void print_decimal(uint64_t v) {
  char digits[20];
  int n = 0;
  do digits[n++] = (char)('0' + v % 10);
  while ((v /= 10) != 0);
  while (n > 0) put(digits[--n]);
}
static uint64_t instret(void) {
  uint64_t v;
  __asm__ volatile("csrr %0, minstret" : "=r"(v));
  return v;
}
void report_trap(uint64_t cause, uint64_t pc) {
  print("TRAP ");
  print_hex(cause);
  print(" at ");
  print_hex(pc);
  put('\n');
}

void* memset(void* to, int c, size_t n) {
  for (uint8_t* p = to; n-- > 0;) *p++ = (uint8_t)c;
  return to;
}
void* memcpy(void* to, const void* from, size_t n) {
  uint8_t* d = to;
  for (const uint8_t* s = from; n-- > 0;) *d++ = *s++;
  return to;
}

static uint64_t seed;
static uint32_t next_random(void) {
  seed = seed * 6364136223846793005ull + 1442695040888963407ull;
  return (uint32_t)(seed >> 33);
}

// Quick sort of 2000 words.
#define SORT_N 2000
static uint32_t keys[SORT_N];
static void quick_sort(uint32_t* a, long lo, long hi) {
  while (lo < hi) {
    const uint32_t pivot = a[(lo + hi) / 2];
    long i = lo, j = hi;
    while (i <= j) {
      while (a[i] < pivot) ++i;
      while (a[j] > pivot) --j;
      if (i <= j) {
        const uint32_t t = a[i];
        a[i++] = a[j];
        a[j--] = t;
      }
    }
    if (j - lo < hi - i) {
      quick_sort(a, lo, j);
      lo = i;
    } else {
      quick_sort(a, i, hi);
      hi = j;
    }
  }
}
static uint64_t do_sort(void) {
  for (int i = 0; i < SORT_N; ++i) keys[i] = next_random();
  quick_sort(keys, 0, SORT_N - 1);
  uint64_t sum = 0;
  for (int i = 0; i < SORT_N; ++i) sum = sum * 31 + keys[i];
  return sum;
}

// CRC-32 of 16 KiB by table.
#define CRC_N 16384
static uint32_t crc_table[256];
static uint8_t bytes[CRC_N];
static uint64_t do_crc(void) {
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t c = i;
    for (int k = 0; k < 8; ++k) c = (c >> 1) ^ (c & 1 ? 0xedb88320u : 0);
    crc_table[i] = c;
  }
  for (int i = 0; i < CRC_N; ++i) bytes[i] = (uint8_t)next_random();
  uint32_t crc = ~0u;
  for (int i = 0; i < CRC_N; ++i) crc = crc_table[(crc ^ bytes[i]) & 255] ^ (crc >> 8);
  return ~crc;
}

// 32 x 32 matrix product.
#define DIM 32
static int64_t left[DIM][DIM], right[DIM][DIM], product[DIM][DIM];
static uint64_t do_matrix(void) {
  for (int i = 0; i < DIM; ++i)
    for (int j = 0; j < DIM; ++j) {
      left[i][j] = (int32_t)next_random();
      right[i][j] = (int32_t)next_random();
    }
  uint64_t sum = 0;
  for (int i = 0; i < DIM; ++i)
    for (int j = 0; j < DIM; ++j) {
      int64_t cell = 0;
      for (int k = 0; k < DIM; ++k) cell += left[i][k] * right[k][j];
      product[i][j] = cell;
      sum ^= (uint64_t)cell * (uint64_t)(i * DIM + j + 1);
    }
  return sum;
}

// A list in shuffled order, walked and reversed.
#define NODES 2048
static struct Item {
  struct Item* next;
  uint64_t value;
} items[NODES];
static uint16_t order[NODES];
static uint64_t do_list(void) {
  for (int i = 0; i < NODES; ++i) order[i] = (uint16_t)i;
  for (int i = NODES - 1; i > 0; --i) {
    const int j = (int)(next_random() % (unsigned)(i + 1));
    const uint16_t t = order[i];
    order[i] = order[j];
    order[j] = t;
  }
  struct Item* head = NULL;
  for (int i = 0; i < NODES; ++i) {
    items[order[i]].value = (uint64_t)i * order[i];
    items[order[i]].next = head;
    head = &items[order[i]];
  }
  uint64_t sum = 0;
  for (int pass = 0; pass < 8; ++pass) {
    struct Item* reversed = NULL;
    while (head) {
      struct Item* const rest = head->next;
      sum = sum * 3 + head->value;
      head->next = reversed;
      reversed = head;
      head = rest;
    }
    head = reversed;
  }
  return sum;
}

// A bytecode interpreter: sums and mixes in a loop.
enum { PUSH, ADD, XOR, SHIFT, DUP, STORE, LOAD, LOOP, HALT };
static const uint8_t program[] = {LOAD, 0,    PUSH, 7,     ADD,  DUP,  SHIFT, 3,    XOR, STORE, 0,
                                  LOAD, 1,    PUSH, 13,    XOR,  LOAD, 0,     ADD,  STORE, 1,
                                  LOOP, 21,   HALT};
static uint64_t do_bytecode(void) {
  uint64_t stack[16];
  uint64_t vars[2] = {next_random(), next_random()};
  int sp = 0;
  int left_over = 2000;
  const uint8_t* pc = program;
  for (;;) {
    switch (*pc++) {
      case PUSH: stack[sp++] = *pc++; break;
      case ADD: --sp; stack[sp - 1] += stack[sp]; break;
      case XOR: --sp; stack[sp - 1] ^= stack[sp]; break;
      case SHIFT: stack[sp - 1] <<= *pc++; break;
      case DUP: stack[sp] = stack[sp - 1]; ++sp; break;
      case STORE: vars[*pc++] = stack[--sp]; break;
      case LOAD: stack[sp++] = vars[*pc++]; break;
      case LOOP:
        if (--left_over > 0) pc -= *pc + 1;
        else ++pc;
        break;
      default: return vars[0] ^ vars[1];
    }
  }
}

// Strings: build words, compare, count.
static char text[8192];
static uint64_t do_strings(void) {
  size_t n = 0;
  while (n < sizeof text - 16) {
    const unsigned length = 2 + next_random() % 9;
    for (unsigned i = 0; i < length; ++i) text[n++] = (char)('a' + next_random() % 26);
    text[n++] = ' ';
  }
  text[n] = 0;
  uint64_t words = 0, hash = 5381, vowels = 0;
  for (const char* p = text; *p; ++p) {
    hash = hash * 33 + (uint8_t)*p;
    words += *p == ' ';
    vowels += *p == 'a' || *p == 'e' || *p == 'i' || *p == 'o' || *p == 'u';
  }
  uint64_t found = 0;
  for (const char* p = text; *p; ++p) {
    const char* a = p;
    const char* b = "the";
    while (*b && *a == *b) ++a, ++b;
    found += *b == 0;
  }
  return hash ^ (words << 32) ^ (vowels << 16) ^ found;
}

// Sieve of Eratosthenes.
#define SIEVE_N 16384
static uint8_t composite[SIEVE_N];
static uint64_t do_sieve(void) {
  memset(composite, 0, sizeof composite);
  uint64_t count = 0;
  for (unsigned i = 2; i < SIEVE_N; ++i) {
    if (composite[i]) continue;
    ++count;
    for (unsigned j = i * 2; j < SIEVE_N; j += i) composite[j] = 1;
  }
  return count;
}

// Atomics.
static uint64_t cells[64];
static uint64_t do_atomic(void) {
  for (int i = 0; i < 5000; ++i) {
    const uint32_t r = next_random();
    __atomic_fetch_add(&cells[r & 63], r, __ATOMIC_SEQ_CST);
    __atomic_fetch_xor((uint32_t*)&cells[(r >> 6) & 63], r >> 3, __ATOMIC_RELAXED);
    uint64_t old = cells[(r >> 12) & 63];
    __atomic_compare_exchange_n(&cells[(r >> 12) & 63], &old, old * 3 + 1, 0, __ATOMIC_ACQ_REL,
                                __ATOMIC_RELAXED);
  }
  uint64_t sum = 0;
  for (int i = 0; i < 64; ++i) sum = sum * 7 + cells[i];
  return sum;
}

// 512 different functions, about 100 KiB of code, called in random order.
#define BODY(n)                                                                     \
  static uint64_t __attribute__((noinline)) fn_##n(uint64_t a, uint64_t b) {        \
    uint64_t c = a ^ (0x##n * 0x9e3779b97f4a7c15ull);                               \
    for (int i = 0; i < 2; ++i) {                                                   \
      if (c & (1 + 0x##n % 7)) c = (c >> 3) + b * (0x##n + 3);                      \
      else c = (c << 5) - (b ^ 0x##n##0);                                           \
      if ((c ^ b) & 16) b += c >> (1 + 0x##n % 13);                                 \
      c ^= c >> 7;                                                                  \
      b = (b << 9) | (b >> 55);                                                     \
    }                                                                               \
    return c + b;                                                                   \
  }
#define NAME(n) fn_##n,
#define ROW(F, p) \
  F(p##0) F(p##1) F(p##2) F(p##3) F(p##4) F(p##5) F(p##6) F(p##7) \
  F(p##8) F(p##9) F(p##a) F(p##b) F(p##c) F(p##d) F(p##e) F(p##f)
#define PAGE(F, p) \
  ROW(F, p##0) ROW(F, p##1) ROW(F, p##2) ROW(F, p##3) ROW(F, p##4) ROW(F, p##5) ROW(F, p##6) \
  ROW(F, p##7) ROW(F, p##8) ROW(F, p##9) ROW(F, p##a) ROW(F, p##b) ROW(F, p##c) ROW(F, p##d) \
  ROW(F, p##e) ROW(F, p##f)
PAGE(BODY, 1)
PAGE(BODY, 2)
typedef uint64_t (*Function)(uint64_t, uint64_t);
static const Function functions[] = {PAGE(NAME, 1) PAGE(NAME, 2)};
static uint64_t do_calls(void) {
  uint64_t a = 1;
  for (int i = 0; i < 4000; ++i) {
    const uint32_t r = next_random();
    a = functions[r % 512](a, r);
  }
  return a;
}

static const struct {
  const char* name;
  uint64_t (*run)(void);
} parts[] = {{"sort", do_sort},         {"crc", do_crc},         {"matrix", do_matrix},
             {"list", do_list},         {"bytecode", do_bytecode}, {"strings", do_strings},
             {"sieve", do_sieve},       {"atomic", do_atomic},   {"calls", do_calls}};
#define PARTS (sizeof parts / sizeof parts[0])

int main(void) {
  static uint64_t sums[PARTS], spent[PARTS];
  seed = 42;
  const uint64_t start = instret();
  for (int round = 0; round < ROUNDS; ++round) {
    for (unsigned i = 0; i < PARTS; ++i) {
      const uint64_t before = instret();
      sums[i] = sums[i] * 5 + parts[i].run();
      spent[i] += instret() - before;
    }
  }
  const uint64_t total = instret() - start;
  for (unsigned i = 0; i < PARTS; ++i) {
    print(parts[i].name);
    put(' ');
    print_hex(sums[i]);
    put(' ');
    print_decimal(spent[i]);
    put('\n');
  }
  print("instructions ");
  print_decimal(total);
  put('\n');
  return 0;
}
