// SPDX-License-Identifier: Apache-2.0
#include "kit/plugin.h"

#include "backend/block_file.h"
#include "backend/block_memory.h"
#include "backend/block_nbd.h"
#include "backend/display.h"
#include "backend/entropy_source.h"
#include "backend/evdev_input.h"
#include "backend/hub_net.h"
#include "backend/plugin_types.h"
#include "backend/pty_char.h"
#include "backend/seat.h"
#include "backend/simple_char.h"
#include "backend/socket_char.h"
#include "backend/socket_net.h"
#include "backend/stdio_char.h"
#include "backend/tap_net.h"
#include "backend/unix_vsock.h"
#include "backend/user_net.h"
#include "backend/vnc_display.h"

namespace ringside::backend {

void register_types(Registry& registry) {
  registry.add<BlockBackend, FileBlock>("file", "a raw image file or block device of the host");
  registry.add<BlockBackend, MemoryBlock>("memory", "a disk in memory, empty at the start");
  registry.add<BlockBackend, NbdBlock>(
      "nbd", "a disk on an NBD server; any image format through qemu-nbd or nbdkit");

  registry.add<Display, NoDisplay>("none", "nobody looks; the picture is there for screenshots");
  registry.add<Display, VncDisplay>("vnc", "a window for VNC viewers (libvncserver)");

  registry.add<EntropySource, SeededEntropy>("seeded",
                                             "a generator that gives the same bytes in every run");
  registry.add<EntropySource, HostEntropy>("host", "the host's random number generator");

  registry.add<InputSource, Seat>("seat", "what all input devices of one user share");
  registry.add<InputSource, ScriptInput>("script", "keys and movements at written times");
  registry.add<InputSource, EvdevInput>("evdev", "an event device of the host");

  registry.add<CharBackend, StdioChar>("stdio", "standard input and output; Ctrl-A x quits");
  registry.add<CharBackend, PtyChar>("pty", "a pseudo terminal");
  registry.add<CharBackend, UnixChar>("unix", "a local socket: one client at a time, or a server");
  registry.add<CharBackend, TcpChar>("tcp", "a TCP socket: one client at a time, or a server");
  registry.add<CharBackend, FileChar>("file", "output to a file, input from a file");
  registry.add<CharBackend, NullChar>("null", "nobody at the other end");
  registry.add<CharBackend, MemoryChar>("memory", "output kept in memory, input from C++");

  registry.add<NetBackend, UserNet>(
      "user", "a private network behind a NAT, with DHCP, DNS and TFTP (libslirp)");
  registry.add<NetBackend, TapNet>("tap", "a TAP interface of the host");
  registry.add<NetBackend, SocketNet>("socket", "a cable to another process, over a socket");
  registry.add<NetBackend, HubNet>("hub", "a cable shared by models of this simulation");
  registry.add<NetBackend, LinkNet>("link", "a cable between two models of this simulation");
  registry.add<NetBackend, NoNet>("null", "a network with nobody else");

  registry.add<VsockBackend, UnixVsock>("unix", "ports of the guest and the host as local sockets");
  registry.add<VsockBackend, NoVsock>("null", "a host where nobody listens");
}

}  // namespace ringside::backend

RINGSIDE_PLUGIN("backend", ringside::backend::register_types);
