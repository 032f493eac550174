// SPDX-License-Identifier: Apache-2.0
// A model that has a disk as its back end, and what tests of disks need around it.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "backend/block_backend.h"
#include "backend/plugin_types.h"
#include "support/sim.h"

namespace ringside::test {

struct Shelf : Model {
  Shelf(const sc_core::sc_module_name& name, const ModelContext& context) : Model(name, context) {}
  ChildSlot<backend::BlockBackend> backend{this, "backend", required, "a disk"};
};

inline void register_shelf(Registry& registry) {
  backend::register_types(registry);
  registry.add<Model, Shelf>("shelf", "holds a disk");
}

inline std::string shelf_yaml(const std::string& backend) {
  return "children:\n  a: {type: shelf, backend: " + backend + "}\n";
}

/// A platform with one disk, started.
struct Disk : Sim {
  explicit Disk(const std::string& backend) : Sim(shelf_yaml(backend), register_shelf) {
    run(sc_core::sc_time(1, sc_core::SC_NS));
  }
  backend::BlockBackend& get() { return *model<Shelf>("a").backend; }
  backend::BlockBackend* operator->() { return &get(); }

  std::string read(std::uint64_t offset, std::size_t bytes) {
    std::string data(bytes, '?');
    BOOST_REQUIRE(get().read(offset, data.data(), bytes));
    return data;
  }
  void write(std::uint64_t offset, const std::string& data) {
    BOOST_REQUIRE(get().write(offset, data.data(), data.size()));
  }
};

/// What building a platform with this back end reports; empty if nothing.
inline std::string problems(const std::string& backend) {
  Registry registry;
  register_shelf(registry);
  Platform platform(registry);
  platform.build(Node::parse(shelf_yaml(backend), "t.yaml"));
  return platform.diagnostics().str();
}

/// A folder of its own below the temporary one, removed at the end.
struct Folder {
  Folder() {
    std::string pattern = std::filesystem::temp_directory_path() / "ringside-block-XXXXXX";
    BOOST_REQUIRE(mkdtemp(pattern.data()));
    path = pattern;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::string file(const std::string& name) const { return path + "/" + name; }
  /// Makes a file with this content.
  std::string make(const std::string& name, const std::string& content) const {
    std::ofstream(file(name), std::ios::binary) << content;
    return file(name);
  }
  static std::string content(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  /// Storage that a file takes on the host.
  static std::uint64_t allocated(const std::string& file) {
    struct stat info {};
    BOOST_REQUIRE(stat(file.c_str(), &info) == 0);
    return static_cast<std::uint64_t>(info.st_blocks) * 512;
  }
  std::string path;
};

/// A server program for the time of a test.
struct Server {
  explicit Server(std::vector<std::string> words) {
    child = fork();
    BOOST_REQUIRE(child >= 0);
    if (child == 0) {
      std::vector<char*> argv;
      for (std::string& word : words) argv.push_back(word.data());
      argv.push_back(nullptr);
      execvp(argv[0], argv.data());
      _exit(127);
    }
  }
  ~Server() { stop(); }
  void stop(int number = SIGKILL) {
    if (child <= 0) return;
    kill(child, number);
    waitpid(child, nullptr, 0);
    child = -1;
  }
  /// Waits until the server takes connections; making the socket is not yet that.
  static void wait_for(const std::string& socket) {
    bool there = false;
    for (int i = 0; i < 1000 && !there; ++i) {
      there = connects(socket);
      if (!there) usleep(10000);
    }
    BOOST_REQUIRE(there);
  }
  static bool connects(const std::string& socket) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket.copy(address.sun_path, sizeof address.sun_path - 1);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool ok = connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    close(fd);
    return ok;
  }
  pid_t child = -1;
};

inline std::string times(std::size_t count, char c) {
  return std::string(count, c);
}

}  // namespace ringside::test
