// SPDX-License-Identifier: Apache-2.0
// A disk on an NBD server: nbdkit, qemu-nbd, nbd-server. With qemu-nbd that is any image format
// QEMU knows, with nbdkit whatever it has a plugin for:
//
//   backend: {type: nbd, uri: 'nbd://localhost/export'}
//   backend: {type: nbd, socket: disk.sock, export: root}
//   backend: {type: nbd, command: [qemu-nbd, -f, qcow2, /images/disk.qcow2]}
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "backend/block_backend.h"
#include "backend/block_overlay.h"

struct nbd_handle;

namespace ringside::backend {

/// Every call waits for the server, at most `timeout_ms` on the wall. A server that has gone makes
/// requests fail, not the simulator.
class NbdBlock final : public BlockBackend {
 public:
  NbdBlock(const sc_core::sc_module_name& name, const ModelContext& context);
  ~NbdBlock() override;

  std::uint64_t bytes() const override { return server_.bytes; }
  bool read_only() const override { return is_read_only || (server_.read_only && !snapshot); }
  bool read(std::uint64_t offset, void* to, std::size_t bytes) override;
  bool write(std::uint64_t offset, const void* from, std::size_t bytes) override;
  bool flush() override;
  bool discard(std::uint64_t offset, std::uint64_t bytes) override;
  bool write_zeroes(std::uint64_t offset, std::uint64_t bytes, bool may_unmap) override;
  bool can_unmap() const override { return server_.can_zero || snapshot; }

  Param<std::string> uri{this, "uri", "", "server and export, as nbd://, nbds:// or nbd+unix://"};
  Param<FilePath> socket{this, "socket", FilePath{}, "unix socket of the server, instead of 'uri'"};
  Param<std::string> export_name{
      this, "export", "", "name of the export with 'socket'; empty for the server's default"};
  Param<std::vector<std::string>> command{
      this, "command", std::vector<std::string>{},
      "server to start for this run, as words, instead of 'uri'"};
  Param<bool> is_read_only{this, "read_only", false, "the guest sees a read-only disk"};
  Param<bool> snapshot{this, "snapshot", false,
                       "keep writes in memory for this run and leave the export as it is"};
  Param<unsigned> reconnect{this, "reconnect", 0, Range<unsigned>{0, 1000},
                            "attempts, 100 ms apart, to find a server again that has gone"};
  Param<unsigned> timeout_ms{this, "timeout_ms", 30000, Range<unsigned>{1, 3600000},
                             "longest wait for an answer of the server, in ms on the wall"};

 private:
  struct Close {
    void operator()(nbd_handle* handle) const;
  };
  using Handle = std::unique_ptr<nbd_handle, Close>;
  /// What the server says of the export.
  struct Server {
    std::uint64_t bytes = 0;
    std::uint64_t max_request = 1 << 20;
    bool read_only = false;
    bool can_flush = false;
    bool can_trim = false;
    bool can_zero = false;
  };
  /// Starts a command; gives libnbd's cookie, negative on failure.
  using Issue = std::function<std::int64_t(nbd_handle*)>;

  void check_parameters() const;
  std::string server_name() const;
  /// A ready connection, or none and what went wrong.
  Handle connect(Server& server, std::string& problem) const;
  std::int64_t start_connecting(nbd_handle* handle) const;
  /// These give what went wrong, or nothing.
  std::string wait_connected(nbd_handle* handle) const;
  std::string learn(nbd_handle* handle, Server& server) const;

  std::string no_answer() const;

  bool run(const char* what, const Issue& issue);
  bool wait_done(std::int64_t cookie);
  bool find_again();
  void report(const char* what, const std::string& problem);
  /// Calls for pieces that the server can take.
  bool pieces(std::uint64_t offset, std::uint64_t bytes, std::uint64_t most,
              const std::function<bool(std::uint64_t at, std::uint64_t bytes)>& piece) const;
  bool read_server(std::uint64_t offset, std::uint8_t* to, std::size_t bytes);
  bool write_server(std::uint64_t offset, const std::uint8_t* from, std::size_t bytes);

  Server server_;
  Handle handle_;
  std::string problem_;
  bool reported_ = false;
  bool gave_up_ = false;
  std::unique_ptr<BlockOverlay> overlay_;
};

}  // namespace ringside::backend
