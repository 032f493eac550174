// SPDX-License-Identifier: Apache-2.0
// A cat for vsock, which busybox has not:
//   vsock cid                         print the guest's context id
//   vsock connect [-s] CID PORT       standard input to the peer, the peer to standard output
//   vsock listen [-s] PORT [COUNT]    the same with whoever connects, COUNT times (1)
//   vsock echo [-s] PORT [COUNT]      send back what comes, on COUNT connections at a time (1)
// -s: SOCK_SEQPACKET instead of SOCK_STREAM; one read of the input is one message.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
// Needs sys/socket.h before it.
#include <linux/vm_sockets.h>

static int kind = SOCK_STREAM;

static void die(const char* what) {
  fprintf(stderr, "vsock: %s: %s\n", what, strerror(errno));
  exit(1);
}

static unsigned number(const char* text) {
  char* end;
  unsigned long value = strtoul(text, &end, 0);
  if (!*text || *end) {
    fprintf(stderr, "vsock: '%s' is no number\n", text);
    exit(2);
  }
  return value;
}

static struct sockaddr_vm address(unsigned cid, unsigned port) {
  struct sockaddr_vm a = {.svm_family = AF_VSOCK, .svm_cid = cid, .svm_port = port};
  return a;
}

static int listener(unsigned port) {
  int fd = socket(AF_VSOCK, kind, 0);
  struct sockaddr_vm a = address(VMADDR_CID_ANY, port);
  if (fd < 0 || bind(fd, (struct sockaddr*)&a, sizeof a) || listen(fd, 64)) die("listen");
  fprintf(stderr, "LISTENING %u\n", port);
  return fd;
}

static void write_all(int fd, const char* data, ssize_t size) {
  while (size > 0) {
    ssize_t done = write(fd, data, size);
    if (done < 0) die("write");
    data += done;
    size -= done;
  }
}

// Both directions until the peer has closed; the end of our input closes the sending half only.
static void talk(int fd) {
  static char data[65536];
  struct pollfd ends[2] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = fd, .events = POLLIN}};
  for (;;) {
    if (poll(ends, 2, -1) < 0) die("poll");
    if (ends[1].revents) {
      ssize_t size = read(fd, data, sizeof data);
      if (size < 0) die("read");
      if (size == 0) return;
      write_all(STDOUT_FILENO, data, size);
    }
    if (ends[0].revents) {
      ssize_t size = read(STDIN_FILENO, data, sizeof data);
      if (size < 0) die("read input");
      if (size == 0) {
        shutdown(fd, SHUT_WR);
        ends[0].fd = -1;
      }
      write_all(fd, data, size);
    }
  }
}

static int echo_child(int fd) {
  static char data[65536];
  ssize_t size;
  while ((size = read(fd, data, sizeof data)) > 0) write_all(fd, data, size);
  return size < 0;
}

int main(int count, char** words) {
  const char* verb = count > 1 ? words[1] : "";
  int next = 2;
  if (count > next && !strcmp(words[next], "-s")) {
    kind = SOCK_SEQPACKET;
    next++;
  }
  int left = count - next;
  if (!strcmp(verb, "cid")) {
    unsigned cid;
    int fd = open("/dev/vsock", O_RDONLY);
    if (fd < 0 || ioctl(fd, IOCTL_VM_SOCKETS_GET_LOCAL_CID, &cid)) die("/dev/vsock");
    printf("%u\n", cid);
  } else if (!strcmp(verb, "connect") && left == 2) {
    int fd = socket(AF_VSOCK, kind, 0);
    struct sockaddr_vm a = address(number(words[next]), number(words[next + 1]));
    if (fd < 0 || connect(fd, (struct sockaddr*)&a, sizeof a)) die("connect");
    talk(fd);
  } else if ((!strcmp(verb, "listen") || !strcmp(verb, "echo")) && (left == 1 || left == 2)) {
    int fd = listener(number(words[next]));
    int connections = left == 2 ? number(words[next + 1]) : 1;
    for (int i = 0; i < connections; i++) {
      int peer = accept(fd, NULL, NULL);
      if (peer < 0) die("accept");
      if (verb[0] == 'l') {
        talk(peer);
      } else {
        pid_t child = fork();
        if (child < 0) die("fork");
        if (child == 0) exit(echo_child(peer));
      }
      close(peer);
    }
    while (wait(NULL) > 0) {
    }
  } else {
    fprintf(stderr,
            "usage: vsock cid | connect [-s] CID PORT | listen [-s] PORT [COUNT] | echo [-s] PORT "
            "[COUNT]\n");
    return 2;
  }
  return 0;
}
