// SPDX-License-Identifier: Apache-2.0
// A private network behind a NAT, in this process and without rights: libslirp. It has a gateway,
// a DHCP server, a DNS forwarder and a TFTP server, and lives in host time.
#pragma once

#include <string>
#include <vector>

#include "backend/net_backend.h"
#include "kit/host.h"

namespace ringside::backend {

class SlirpThread;

/// A host port that is passed on to the guest.
struct HostForward {
  bool udp = false;
  std::uint32_t host_address = 0;  ///< host byte order
  std::uint16_t host_port = 0;
  std::uint32_t guest_address = 0;  ///< 0: the first that DHCP gives
  std::uint16_t guest_port = 0;

  /// Reads "tcp:127.0.0.1:2222-10.0.2.15:22"; both addresses may be left out (then the loopback
  /// interface of the host, and the guest). False if it isn't of that form.
  static bool parse(const std::string& text, HostForward& forward);
};

/// What a SlirpThread is started with. Addresses are in host byte order.
struct SlirpSettings {
  std::uint32_t network = 0;
  std::uint32_t mask = 0;
  std::uint32_t host = 0;
  std::uint32_t dns = 0;
  std::uint32_t dhcp_start = 0;
  bool restricted = false;
  bool host_loopback = true;
  bool ipv6 = true;
  std::string hostname;
  std::string domain;
  std::string tftp;
  std::string boot_file;
  std::string tftp_server_name;
  std::vector<std::string> dns_search;
  std::vector<HostForward> forwards;
  unsigned mtu = 1500;
};

class UserNet final : public NetBackend {
 public:
  UserNet(const sc_core::sc_module_name& name, const ModelContext& context);
  ~UserNet() override;
  void finish() override;

  Param<std::string> network{this, "network", "10.0.2.0/24", "IPv4 network of the guest"};
  Param<std::string> host{this, "host", "", "address of the gateway; empty: second of the network"};
  Param<std::string> dns{this, "dns", "", "address of the name server; empty: third"};
  Param<std::string> dhcp_start{this, "dhcp_start", "", "first address given out; empty: 15th"};
  Param<bool> restricted{this, "restrict", false,
                         "cut the guest off from the host and from other networks, except by "
                         "hostfwd"};
  Param<bool> host_loopback{this, "host_loopback", true,
                            "the gateway's address reaches services on the host's loopback"};
  Param<bool> ipv6{this, "ipv6", true, "IPv6 (fec0::/64) as well"};
  Param<std::string> hostname{this, "hostname", "", "name that DHCP gives to the guest"};
  Param<std::string> domain{this, "domain", "", "domain that DHCP gives to the guest"};
  Param<std::vector<std::string>> dns_search{this, "dns_search", std::vector<std::string>{},
                                             "domains to search that DHCP gives to the guest"};
  Param<FilePath> tftp{this, "tftp", FilePath{}, "folder served by TFTP, read-only"};
  Param<std::string> bootfile{this, "bootfile", "", "boot file name that DHCP gives to the guest"};
  Param<std::string> tftp_server_name{this, "tftp_server_name", "",
                                      "name of the TFTP server that DHCP gives to the guest"};
  Param<std::vector<std::string>> hostfwd{
      this, "hostfwd", std::vector<std::string>{},
      "host ports passed on to the guest: 'tcp:127.0.0.1:2222-:22'"};

 private:
  void start_of_simulation() override;
  void transmit(const std::uint8_t* frame, std::size_t bytes) override;
  void received(const HostInput::Bytes& message);
  void read_settings();
  std::uint32_t address(const Param<std::string>& param, std::uint32_t standard);

  HostInput host_input_{this, "frames"};
  SlirpSettings settings_;
  std::unique_ptr<SlirpThread> slirp_;
};

}  // namespace ringside::backend
