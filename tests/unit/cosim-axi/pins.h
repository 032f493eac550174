// SPDX-License-Identifier: Apache-2.0
// Pins of a design that is not there: tests play its part.
#pragma once

#include <cstdint>

namespace ringside::test {

struct Pins {
  std::uint8_t m_axi_arvalid = 0, m_axi_arready = 0, m_axi_arid = 0, m_axi_arlen = 0,
               m_axi_arsize = 3, m_axi_arburst = 1;
  std::uint64_t m_axi_araddr = 0;
  std::uint32_t m_axi_aruser = 0;
  std::uint8_t m_axi_rvalid = 0, m_axi_rready = 1, m_axi_rid = 0, m_axi_rresp = 0, m_axi_rlast = 0;
  std::uint64_t m_axi_rdata = 0;
  std::uint8_t m_axi_awvalid = 0, m_axi_awready = 0, m_axi_awid = 0, m_axi_awlen = 0,
               m_axi_awsize = 3, m_axi_awburst = 1;
  std::uint64_t m_axi_awaddr = 0;
  std::uint32_t m_axi_awuser = 0;
  std::uint8_t m_axi_wvalid = 0, m_axi_wready = 0, m_axi_wlast = 0, m_axi_wstrb = 0;
  std::uint64_t m_axi_wdata = 0;
  std::uint8_t m_axi_bvalid = 0, m_axi_bready = 1, m_axi_bid = 0, m_axi_bresp = 0;

  std::uint8_t s_axil_awvalid = 0, s_axil_awready = 0, s_axil_wvalid = 0, s_axil_wready = 0,
               s_axil_wstrb = 0;
  std::uint16_t s_axil_awaddr = 0, s_axil_araddr = 0;
  std::uint32_t s_axil_wdata = 0, s_axil_rdata = 0;
  std::uint8_t s_axil_bvalid = 0, s_axil_bready = 0, s_axil_bresp = 0, s_axil_arvalid = 0,
               s_axil_arready = 0;
  std::uint8_t s_axil_rvalid = 0, s_axil_rready = 0, s_axil_rresp = 0;

  std::uint8_t m_axis_request_tvalid = 0, m_axis_request_tready = 0, m_axis_request_tkeep = 0,
               m_axis_request_tlast = 0;
  std::uint64_t m_axis_request_tdata = 0, m_axis_request_tuser = 0;
  std::uint8_t s_axis_response_tvalid = 0, s_axis_response_tready = 0, s_axis_response_tkeep = 0,
               s_axis_response_tlast = 0;
  std::uint64_t s_axis_response_tdata = 0;
  std::uint8_t stream_reset = 0;

  std::uint8_t irq_valid = 0, irq_ready = 0;
  std::uint16_t irq_vector = 0;
};

/// A clock of one core; the test changes the pins before it.
template <class Core>
void tick(Core& core) {
  core.sample();
  core.drive();
}

}  // namespace ringside::test
