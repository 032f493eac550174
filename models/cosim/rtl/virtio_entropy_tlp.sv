// SPDX-License-Identifier: Apache-2.0
// An entropy device behind a link: virtio_entropy and axi_tlp_bridge. Its registers are the BAR.
`default_nettype none
module virtio_entropy_tlp #(
    parameter int DATA_WIDTH = 64,
    parameter int QUEUE_SIZE = 256,
    parameter int MAX_PAYLOAD = 256,
    parameter int MAX_READ_REQUEST = 512,
    parameter logic [15:0] ID = 16'h0100,
    parameter logic [63:0] MSI_ADDRESS = 64'hfee0_0000,
    localparam int BYTES = DATA_WIDTH / 8
) (
    input wire aclk,
    input wire aresetn,
    `include "tlp_ports.svh"
    output wire [ 1:0] isr_status,
    output wire        resting,
    output wire        link_error,
    output wire [15:0] device_id
);
  wire bridge_idle, device_resting;
  assign resting = bridge_idle && device_resting;

  wire axi_arvalid, axi_arready, axi_rvalid, axi_rready, axi_rlast;
  wire axi_awvalid, axi_awready, axi_wvalid, axi_wready, axi_wlast, axi_bvalid, axi_bready;
  wire [63:0] axi_araddr, axi_awaddr;
  wire [3:0] axi_arid, axi_awid, axi_rid, axi_bid;
  wire [7:0] axi_arlen, axi_awlen;
  wire [2:0] axi_arsize, axi_awsize;
  wire [1:0] axi_arburst, axi_awburst, axi_rresp, axi_bresp;
  wire [31:0] axi_aruser, axi_awuser;
  wire [DATA_WIDTH-1:0] axi_rdata, axi_wdata;
  wire [BYTES-1:0] axi_wstrb;

  wire axil_awvalid, axil_awready, axil_wvalid, axil_wready, axil_bvalid, axil_bready;
  wire axil_arvalid, axil_arready, axil_rvalid, axil_rready;
  wire [15:0] axil_awaddr, axil_araddr;
  wire [31:0] axil_wdata, axil_rdata;
  wire [3:0] axil_wstrb;
  wire [1:0] axil_bresp, axil_rresp;

  wire irq_valid, irq_ready;
  wire [15:0] irq_vector;

  virtio_entropy #(
      .DATA_WIDTH(DATA_WIDTH),
      .QUEUE_SIZE(QUEUE_SIZE)
  ) device (
      .bug(8'd0),
      .s_axil_awvalid(axil_awvalid),
      .s_axil_awready(axil_awready),
      .s_axil_awaddr(axil_awaddr),
      .s_axil_wvalid(axil_wvalid),
      .s_axil_wready(axil_wready),
      .s_axil_wdata(axil_wdata),
      .s_axil_wstrb(axil_wstrb),
      .s_axil_bvalid(axil_bvalid),
      .s_axil_bready(axil_bready),
      .s_axil_bresp(axil_bresp),
      .s_axil_arvalid(axil_arvalid),
      .s_axil_arready(axil_arready),
      .s_axil_araddr(axil_araddr),
      .s_axil_rvalid(axil_rvalid),
      .s_axil_rready(axil_rready),
      .s_axil_rdata(axil_rdata),
      .s_axil_rresp(axil_rresp),
      .m_axi_arvalid(axi_arvalid),
      .m_axi_arready(axi_arready),
      .m_axi_araddr(axi_araddr),
      .m_axi_arid(axi_arid),
      .m_axi_arlen(axi_arlen),
      .m_axi_arsize(axi_arsize),
      .m_axi_arburst(axi_arburst),
      .m_axi_aruser(axi_aruser),
      .m_axi_rvalid(axi_rvalid),
      .m_axi_rready(axi_rready),
      .m_axi_rid(axi_rid),
      .m_axi_rdata(axi_rdata),
      .m_axi_rresp(axi_rresp),
      .m_axi_rlast(axi_rlast),
      .m_axi_awvalid(axi_awvalid),
      .m_axi_awready(axi_awready),
      .m_axi_awaddr(axi_awaddr),
      .m_axi_awid(axi_awid),
      .m_axi_awlen(axi_awlen),
      .m_axi_awsize(axi_awsize),
      .m_axi_awburst(axi_awburst),
      .m_axi_awuser(axi_awuser),
      .m_axi_wvalid(axi_wvalid),
      .m_axi_wready(axi_wready),
      .m_axi_wdata(axi_wdata),
      .m_axi_wstrb(axi_wstrb),
      .m_axi_wlast(axi_wlast),
      .m_axi_bvalid(axi_bvalid),
      .m_axi_bready(axi_bready),
      .m_axi_bid(axi_bid),
      .m_axi_bresp(axi_bresp),
      .resting(device_resting),
      .*
  );

  axi_tlp_bridge #(
      .DATA_WIDTH(DATA_WIDTH),
      .MAX_PAYLOAD(MAX_PAYLOAD),
      .MAX_READ_REQUEST(MAX_READ_REQUEST),
      .ID(ID),
      .MSI_ADDRESS(MSI_ADDRESS)
  ) bridge (
      .m_axil_awvalid(axil_awvalid),
      .m_axil_awready(axil_awready),
      .m_axil_awaddr(axil_awaddr),
      .m_axil_wvalid(axil_wvalid),
      .m_axil_wready(axil_wready),
      .m_axil_wdata(axil_wdata),
      .m_axil_wstrb(axil_wstrb),
      .m_axil_bvalid(axil_bvalid),
      .m_axil_bready(axil_bready),
      .m_axil_arvalid(axil_arvalid),
      .m_axil_arready(axil_arready),
      .m_axil_araddr(axil_araddr),
      .m_axil_rvalid(axil_rvalid),
      .m_axil_rready(axil_rready),
      .m_axil_rdata(axil_rdata),
      .m_axil_rresp(axil_rresp),
      .s_axi_arvalid(axi_arvalid),
      .s_axi_arready(axi_arready),
      .s_axi_araddr(axi_araddr),
      .s_axi_arid(axi_arid),
      .s_axi_arlen(axi_arlen),
      .s_axi_aruser(axi_aruser),
      .s_axi_rvalid(axi_rvalid),
      .s_axi_rready(axi_rready),
      .s_axi_rid(axi_rid),
      .s_axi_rdata(axi_rdata),
      .s_axi_rresp(axi_rresp),
      .s_axi_rlast(axi_rlast),
      .s_axi_awvalid(axi_awvalid),
      .s_axi_awready(axi_awready),
      .s_axi_awaddr(axi_awaddr),
      .s_axi_awid(axi_awid),
      .s_axi_wvalid(axi_wvalid),
      .s_axi_wready(axi_wready),
      .s_axi_wdata(axi_wdata),
      .s_axi_wstrb(axi_wstrb),
      .s_axi_wlast(axi_wlast),
      .s_axi_bvalid(axi_bvalid),
      .s_axi_bready(axi_bready),
      .s_axi_bid(axi_bid),
      .s_axi_bresp(axi_bresp),
      .idle(bridge_idle),
      .*
  );

  wire _unused = &{
      1'b0, axi_arsize, axi_arburst, axi_awlen, axi_awsize, axi_awburst, axi_awuser, axil_bresp
  };
endmodule
`default_nettype wire
