// SPDX-License-Identifier: Apache-2.0
// Loads of known shape, for measurements: so many requests of so many bytes, so many in flight.
//   workload blk-read  DEVICE       direct reads at random places
//   workload blk-write DEVICE       direct writes; what was there is lost
//     --bytes N (4096)   of a request, a multiple of 512
//     --count N (1000)   requests
//     --depth N (1)      requests in flight
//     --batch            `depth` requests by one io_submit, then wait for all of them; without it each by
//                        its own io_submit as soon as one is done
//     --sequential       one place after the other
//     --seed N (1)       of the places
//   workload udp-send     ADDRESS PORT    datagrams to whoever is there
//   workload udp-pingpong ADDRESS PORT    one datagram, wait for the answer, the next
//   workload udp-echo     PORT            sends back `count` datagrams (without --count: without end)
//     --bytes N (64), --count N (1000)
//     --interval N (0)   microseconds from one to the next; 0: as fast as possible
//     --timeout N (1000) milliseconds to wait for an answer
//   --region             the load is the region of interest: the emulator's statistics are of it alone
// At the end one line: WORKLOAD KIND key=value ... with the time by the guest's clock. Latencies are of one
// request (blk: from io_submit until io_getevents gives it; pingpong: there and back).
#define _GNU_SOURCE  // O_DIRECT
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/fs.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "marker.h"

enum { MAX_DEPTH = 1024, MAX_COUNT = 100000000, MAX_BYTES = 1 << 20, MAX_DATAGRAM = 65507, SECOND = 1000000000 };

static struct {
  uint64_t bytes, count, depth, seed, interval, timeout;
  int batch, sequential, counted, region;
} want = {.depth = 1, .seed = 1, .count = 1000, .timeout = 1000};

// Latencies in nanoseconds. Beyond this many the rest is counted, but not kept.
enum { KEPT = 1 << 20 };
static uint64_t latencies[KEPT], latency_count, latency_sum;

static void die(const char* what) {
  fprintf(stderr, "workload: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void refuse(const char* what) {
  fprintf(stderr, "workload: %s\n", what);
  exit(2);
}

static uint64_t now(void) {
  struct timespec time;
  if (clock_gettime(CLOCK_MONOTONIC, &time)) die("clock_gettime");
  return (uint64_t)time.tv_sec * SECOND + time.tv_nsec;
}

static uint64_t number(const char* text, uint64_t least, uint64_t most) {
  char* end;
  errno = 0;
  unsigned long long value = strtoull(text, &end, 0);
  if (errno || !*text || *end || *text == '-' || value < least || value > most) {
    fprintf(stderr, "workload: '%s' is no number from %llu to %llu\n", text, (unsigned long long)least,
            (unsigned long long)most);
    exit(2);
  }
  return value;
}

static void keep_latency(uint64_t ns) {
  if (latency_count < KEPT) latencies[latency_count] = ns;
  latency_count++;
  latency_sum += ns;
}

static volatile uint32_t* marker;

static void find_marker(void) {
  if (want.region && !(marker = marker_open())) refuse("--region: this machine has no marker");
}

// The load begins, or has ended; the time.
static uint64_t begin(void) {
  if (marker) marker[MARKER_REGION] = 1;
  return now();
}

static uint64_t end(void) {
  uint64_t time = now();
  if (marker) marker[MARKER_REGION] = 0;
  return time;
}

static int by_value(const void* a, const void* b) {
  uint64_t x = *(const uint64_t*)a, y = *(const uint64_t*)b;
  return x < y ? -1 : x > y;
}

static void report(const char* kind, uint64_t done, uint64_t lost, uint64_t ns) {
  if (!ns) ns = 1;
  printf("WORKLOAD %s bytes=%llu depth=%llu count=%llu lost=%llu ns=%llu per_s=%.1f bytes_per_s=%.0f", kind,
         (unsigned long long)want.bytes, (unsigned long long)want.depth, (unsigned long long)done,
         (unsigned long long)lost, (unsigned long long)ns, (double)done * SECOND / ns,
         (double)done * want.bytes * SECOND / ns);
  if (latency_count) {
    uint64_t kept = latency_count < KEPT ? latency_count : KEPT;
    qsort(latencies, kept, sizeof *latencies, by_value);
    printf(" mean_ns=%llu p50_ns=%llu p99_ns=%llu max_ns=%llu", (unsigned long long)(latency_sum / latency_count),
           (unsigned long long)latencies[(kept - 1) / 2], (unsigned long long)latencies[(kept - 1) * 99 / 100],
           (unsigned long long)latencies[kept - 1]);
  }
  puts("");
}

// ---- disks ----

struct request {
  struct iocb block;
  uint64_t start;
};

static struct request requests[MAX_DEPTH];
static struct io_event events[MAX_DEPTH];

static uint64_t next_place(uint64_t places) {
  static uint64_t state, next;
  if (want.sequential) return next++ % places;
  if (!state) state = want.seed * 0x9e3779b97f4a7c15 + 1;
  // xorshift64*
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return (state * 0x2545f4914f6cdd1d >> 16) % places;
}

static uint64_t size_of(int fd, const char* device) {
  struct stat info;
  uint64_t bytes;
  if (fstat(fd, &info)) die(device);
  if (S_ISREG(info.st_mode)) return info.st_size;
  if (ioctl(fd, BLKGETSIZE64, &bytes)) die(device);
  return bytes;
}

static void submit(aio_context_t context, struct request** chosen, long count, uint64_t places) {
  static struct iocb* blocks[MAX_DEPTH];
  for (long i = 0; i < count; i++) {
    chosen[i]->block.aio_offset = next_place(places) * want.bytes;
    chosen[i]->start = now();
    blocks[i] = &chosen[i]->block;
  }
  for (long done = 0; done < count;) {
    long taken = syscall(SYS_io_submit, context, count - done, blocks + done);
    if (taken < 0 && errno != EAGAIN) die("io_submit");
    if (taken > 0) done += taken;
  }
}

static void disk(const char* kind, const char* device) {
  int writes = !strcmp(kind, "blk-write");
  int fd = open(device, (writes ? O_RDWR : O_RDONLY) | O_DIRECT | O_CLOEXEC);
  if (fd < 0) die(device);
  uint64_t places = size_of(fd, device) / want.bytes;
  if (!places) refuse("the device is smaller than a request");
  aio_context_t context = 0;
  if (syscall(SYS_io_setup, want.depth, &context)) die("io_setup");

  struct request* idle[MAX_DEPTH];
  for (uint64_t i = 0; i < want.depth; i++) {
    void* data;
    if (posix_memalign(&data, 4096, want.bytes)) refuse("no memory for the data");
    memset(data, 0x5a, want.bytes);
    requests[i].block.aio_fildes = fd;
    requests[i].block.aio_lio_opcode = writes ? IOCB_CMD_PWRITE : IOCB_CMD_PREAD;
    requests[i].block.aio_buf = (uintptr_t)data;
    requests[i].block.aio_nbytes = want.bytes;
    requests[i].block.aio_data = i;
    idle[i] = &requests[i];
  }

  uint64_t submitted = 0, done = 0, free_ones = want.depth;
  uint64_t start = begin();
  while (done < want.count) {
    while (free_ones && submitted < want.count) {
      uint64_t left = want.count - submitted;
      uint64_t count = !want.batch ? 1 : free_ones < left ? free_ones : left;
      submit(context, idle + free_ones - count, count, places);
      free_ones -= count;
      submitted += count;
    }
    long in_flight = submitted - done;
    long got = syscall(SYS_io_getevents, context, want.batch ? in_flight : 1, in_flight, events, NULL);
    if (got < 0 && errno != EINTR) die("io_getevents");
    uint64_t time = now();
    for (long i = 0; i < got; i++) {
      struct request* request = &requests[events[i].data];
      if (events[i].res != (int64_t)want.bytes) {
        errno = events[i].res < 0 ? -events[i].res : EIO;
        die(device);
      }
      keep_latency(time - request->start);
      idle[free_ones++] = request;
      done++;
    }
  }
  report(kind, done, 0, end() - start);
}

// ---- datagrams ----

static struct sockaddr_in address(const char* host, const char* port) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(number(port, 1, 65535))};
  if (inet_pton(AF_INET, host, &a.sin_addr) != 1) refuse("the address is no A.B.C.D");
  return a;
}

static int udp_socket(void) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), on = 1;
  if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof on)) die("socket");
  return fd;
}

static void wait_until(uint64_t time) {
  struct timespec until = {.tv_sec = time / SECOND, .tv_nsec = time % SECOND};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) {
  }
}

// True when there is something to read. 0: wait without end.
static int readable(int fd, uint64_t milliseconds) {
  struct pollfd wait = {.fd = fd, .events = POLLIN};
  int ready = poll(&wait, 1, milliseconds ? (int)milliseconds : -1);
  if (ready < 0 && errno != EINTR) die("poll");
  return ready > 0;
}

// True when the answer to datagram `n` has come; those to earlier ones, which were given up, are passed over.
static int answered(int fd, uint64_t n) {
  static char data[MAX_DATAGRAM];
  while (readable(fd, want.timeout)) {
    ssize_t size = recv(fd, data, sizeof data, 0);
    if (size < 0) return 0;  // nobody listens there
    uint64_t number;
    if (size < (ssize_t)sizeof number) continue;
    memcpy(&number, data, sizeof number);
    if (number == n) return 1;
  }
  return 0;
}

static void datagrams(const char* kind, const char* host, const char* port) {
  static char data[MAX_DATAGRAM];
  int answers = !strcmp(kind, "udp-pingpong");
  if (answers && want.bytes < sizeof(uint64_t)) refuse("a ping has at least 8 bytes");
  struct sockaddr_in to = address(host, port);
  int fd = udp_socket();
  if (connect(fd, (struct sockaddr*)&to, sizeof to)) die("connect");
  uint64_t lost = 0, start = begin();
  for (uint64_t n = 0; n < want.count; n++) {
    if (want.interval) wait_until(start + n * want.interval * 1000);
    if (want.bytes >= sizeof n) memcpy(data, &n, sizeof n);
    uint64_t sent = now();
    // A port that nobody has is said by the next call, and is no reason to stop sending.
    if (send(fd, data, want.bytes, 0) < 0 && errno != ECONNREFUSED) die("send");
    if (!answers) continue;
    if (answered(fd, n))
      keep_latency(now() - sent);
    else
      lost++;
  }
  report(kind, want.count - lost, lost, end() - start);
}

static void echo(const char* port) {
  static char data[MAX_DATAGRAM];
  struct sockaddr_in here = address("0.0.0.0", port), from;
  int fd = udp_socket();
  if (bind(fd, (struct sockaddr*)&here, sizeof here)) die("bind");
  fprintf(stderr, "LISTENING %s\n", port);
  uint64_t start = 0, done = 0;
  for (; !want.counted || done < want.count; done++) {
    socklen_t size = sizeof from;
    ssize_t bytes = recvfrom(fd, data, sizeof data, 0, (struct sockaddr*)&from, &size);
    if (bytes < 0) die("recvfrom");
    if (!start) start = begin();
    if (sendto(fd, data, bytes, 0, (struct sockaddr*)&from, size) < 0 && errno != ECONNREFUSED) die("sendto");
    want.bytes = bytes;
  }
  report("udp-echo", done, 0, end() - start);
}

// ---- the command line ----

static int usage(void) {
  fprintf(stderr,
          "usage: workload blk-read|blk-write DEVICE [--bytes N] [--count N] [--depth N] [--batch] [--sequential] "
          "[--seed N]\n"
          "       workload udp-send|udp-pingpong ADDRESS PORT [--bytes N] [--count N] [--interval MICROSECONDS] "
          "[--timeout MILLISECONDS]\n"
          "       workload udp-echo PORT [--count N]\n"
          "       each with [--region]\n");
  return 2;
}

// Takes the options out of the words; gives how many words are left, or -1.
static int take_options(int count, char** words) {
  int left = 0;
  for (int i = 0; i < count; i++) {
    const char* word = words[i];
    if (strncmp(word, "--", 2)) {
      words[left++] = words[i];
      continue;
    }
    if (!strcmp(word, "--batch")) {
      want.batch = 1;
      continue;
    }
    if (!strcmp(word, "--sequential")) {
      want.sequential = 1;
      continue;
    }
    if (!strcmp(word, "--region")) {
      want.region = 1;
      continue;
    }
    if (++i == count) return -1;
    if (!strcmp(word, "--bytes"))
      want.bytes = number(words[i], 1, MAX_BYTES);
    else if (!strcmp(word, "--count"))
      want.count = number(words[i], 0, MAX_COUNT), want.counted = 1;
    else if (!strcmp(word, "--depth"))
      want.depth = number(words[i], 1, MAX_DEPTH);
    else if (!strcmp(word, "--seed"))
      want.seed = number(words[i], 0, UINT32_MAX);
    else if (!strcmp(word, "--interval"))
      want.interval = number(words[i], 0, 1000000000);
    else if (!strcmp(word, "--timeout"))
      want.timeout = number(words[i], 1, 1000000);
    else
      return -1;
  }
  return left;
}

int main(int count, char** words) {
  int left = take_options(count - 1, words + 1);
  if (left < 2) return usage();
  const char *kind = words[1], *target = words[2];
  find_marker();
  if ((!strcmp(kind, "blk-read") || !strcmp(kind, "blk-write")) && left == 2) {
    if (!want.bytes) want.bytes = 4096;
    if (want.bytes % 512) refuse("--bytes is not a multiple of 512");
    disk(kind, target);
  } else if ((!strcmp(kind, "udp-send") || !strcmp(kind, "udp-pingpong")) && left == 3) {
    if (!want.bytes) want.bytes = 64;
    if (want.bytes > MAX_DATAGRAM) refuse("a datagram has at most 65507 bytes");
    datagrams(kind, target, words[3]);
  } else if (!strcmp(kind, "udp-echo") && left == 2) {
    echo(target);
  } else {
    return usage();
  }
  return 0;
}
