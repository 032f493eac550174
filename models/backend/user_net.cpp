// SPDX-License-Identifier: Apache-2.0
#include "backend/user_net.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <stdexcept>

#include "backend/slirp_thread.h"
#include "kit/platform.h"
#include "kit/units.h"

namespace ringside::backend {

namespace {

bool parse_address(const std::string& text, std::uint32_t& address) {
  in_addr in{};
  if (inet_pton(AF_INET, text.c_str(), &in) != 1) return false;
  address = ntohl(in.s_addr);
  return true;
}

bool parse_port(const std::string& text, std::uint16_t& port) {
  const auto value = parse_integer(text);
  if (!value || *value == 0 || *value > 65535) return false;
  port = static_cast<std::uint16_t>(*value);
  return true;
}

/// "address:port", the address may be empty.
bool parse_end(const std::string& text, std::uint32_t& address, std::uint16_t& port) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return false;
  const std::string host = text.substr(0, colon);
  return (host.empty() || parse_address(host, address)) && parse_port(text.substr(colon + 1), port);
}

bool is_folder(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

}  // namespace

bool HostForward::parse(const std::string& text, HostForward& forward) {
  const std::size_t dash = text.find('-');
  const std::string protocol = text.substr(0, text.find(':'));
  if (dash == std::string::npos || (protocol != "tcp" && protocol != "udp")) return false;
  forward = {};
  forward.udp = protocol == "udp";
  forward.host_address = INADDR_LOOPBACK;
  if (dash < 4) return false;
  return parse_end(text.substr(4, dash - 4), forward.host_address, forward.host_port) &&
         parse_end(text.substr(dash + 1), forward.guest_address, forward.guest_port);
}

UserNet::UserNet(const sc_core::sc_module_name& name, const ModelContext& context)
    : NetBackend(name, context) {
  host_input_.on_message([this](const HostInput::Bytes& message) { received(message); });
  if (!platform().describing()) read_settings();
}

UserNet::~UserNet() = default;

std::uint32_t UserNet::address(const Param<std::string>& param, std::uint32_t standard) {
  if (param->empty()) return settings_.network | standard;
  std::uint32_t value = 0;
  if (!parse_address(param, value) || (value & settings_.mask) != settings_.network)
    diagnostics().error(param.where(),
                        fmt::format("'{}' of {} is '{}'; expected an address in {}", param.name(),
                                    label(), param.get(), network.get()));
  return value;
}

void UserNet::read_settings() {
  const std::size_t slash = network->find('/');
  const std::uint64_t bits =
      slash == std::string::npos ? 0 : parse_integer(network->substr(slash + 1)).value_or(0);
  if (!parse_address(network->substr(0, slash), settings_.network) || bits < 8 || bits > 27) {
    diagnostics().error(network.where(),
                        fmt::format("'network' of {} is '{}'; expected an IPv4 network of 8 to 27 "
                                    "bits such as 10.0.2.0/24",
                                    label(), network.get()));
    return;
  }
  settings_.mask = ~0u << (32 - bits);
  settings_.network &= settings_.mask;
  settings_.host = address(host, 2);
  settings_.dns = address(dns, 3);
  settings_.dhcp_start = address(dhcp_start, 15);
  settings_.restricted = restricted;
  settings_.host_loopback = host_loopback;
  settings_.ipv6 = ipv6;
  settings_.hostname = hostname;
  settings_.domain = domain;
  settings_.dns_search = dns_search;
  settings_.tftp = tftp->path;
  settings_.boot_file = bootfile;
  settings_.tftp_server_name = tftp_server_name;
  if (!tftp->path.empty() && !is_folder(tftp->path))
    diagnostics().error(tftp.where(), fmt::format("'tftp' of {} is '{}', which is not a folder",
                                                  label(), tftp->path));
  for (const std::string& text : hostfwd.get()) {
    HostForward forward;
    if (HostForward::parse(text, forward)) {
      settings_.forwards.push_back(forward);
      continue;
    }
    diagnostics().error(hostfwd.where(),
                        fmt::format("'hostfwd' of {} has '{}'; expected protocol:address:port-"
                                    "address:port such as tcp:127.0.0.1:2222-:22",
                                    label(), text));
  }
}

void UserNet::start_of_simulation() {
  NetBackend::start_of_simulation();
  if (platform().host().replaying()) return;  // the recording holds what came from the network
  try {
    slirp_ = std::make_unique<SlirpThread>(settings_, [this](std::vector<std::uint8_t>&& frames) {
      host_input_.post(std::move(frames));
    });
    host_input_.set_live(true);
  } catch (const std::runtime_error& e) {
    platform().request_stop(1, fmt::format("{}: {}", label(), e.what()));
  }
}

void UserNet::transmit(const std::uint8_t* frame, std::size_t bytes) {
  if (slirp_) slirp_->send(frame, bytes);
}

void UserNet::received(const HostInput::Bytes& message) {
  FrameBatch::for_each(
      message, 0, [this](const std::uint8_t* frame, std::size_t bytes) { deliver(frame, bytes); });
}

void UserNet::finish() {
  slirp_.reset();
  NetBackend::finish();
}

}  // namespace ringside::backend
