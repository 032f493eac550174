// SPDX-License-Identifier: Apache-2.0
// What can be done with files that busybox has not:
//   fs flock FILE COMMAND...       lock the file by flock(2) and run the command meanwhile
//   fs lock FILE COMMAND...        the same by fcntl(2), the first 100 bytes
//   fs setxattr FILE NAME VALUE    extended attributes
//   fs getxattr FILE NAME
//   fs rmxattr FILE NAME
//   fs listxattr FILE              a name a line
// Locks that somebody else has, and attributes that are not there, are an error.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

static int fail(const char* what) {
  fprintf(stderr, "fs: %s: %s\n", what, strerror(errno));
  return 1;
}

static int usage(void) {
  fprintf(stderr, "usage: fs flock|lock FILE COMMAND... | setxattr|getxattr|rmxattr|listxattr FILE [NAME [VALUE]]\n");
  return 2;
}

static int locked(int whole, const char* file, char** command) {
  int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0) return fail(file);
  struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 100};
  if (whole ? flock(fd, LOCK_EX | LOCK_NB) : fcntl(fd, F_SETLK, &range)) return fail(file);
  pid_t child = fork();
  if (child == 0) {
    execvp(command[0], command);
    _exit(fail(command[0]));
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) < 0) return fail(command[0]);
  range.l_type = F_UNLCK;
  if (whole ? flock(fd, LOCK_UN) : fcntl(fd, F_SETLK, &range)) return fail(file);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static int list(const char* file) {
  static char names[65536];
  ssize_t bytes = listxattr(file, names, sizeof names);
  if (bytes < 0) return fail(file);
  for (char* name = names; name < names + bytes; name += strlen(name) + 1) puts(name);
  return 0;
}

int main(int count, char** words) {
  if (count < 3) return usage();
  const char *what = words[1], *file = words[2];
  if (!strcmp(what, "listxattr")) return list(file);
  if (count < 4) return usage();
  if (!strcmp(what, "flock")) return locked(1, file, words + 3);
  if (!strcmp(what, "lock")) return locked(0, file, words + 3);
  if (!strcmp(what, "rmxattr")) return removexattr(file, words[3]) ? fail(file) : 0;
  if (!strcmp(what, "getxattr")) {
    static char value[65536];
    ssize_t bytes = getxattr(file, words[3], value, sizeof value);
    if (bytes < 0) return fail(file);
    fwrite(value, 1, bytes, stdout);
    return 0;
  }
  if (count < 5 || strcmp(what, "setxattr")) return usage();
  return setxattr(file, words[3], words[4], strlen(words[4]), 0) ? fail(file) : 0;
}
