// SPDX-License-Identifier: Apache-2.0
// AXI4-Lite to plain register accesses, one read and one write at a time. A register answers a read
// in the clock of `read`, and a write has happened after the clock of `write`.
`default_nettype none
module axi_lite_slave (
    input wire aclk,
    input wire aresetn,

    input  wire         s_axil_awvalid,
    output wire         s_axil_awready,
    input  wire  [15:0] s_axil_awaddr,
    input  wire         s_axil_wvalid,
    output wire         s_axil_wready,
    input  wire  [31:0] s_axil_wdata,
    input  wire  [ 3:0] s_axil_wstrb,
    output logic        s_axil_bvalid,
    input  wire         s_axil_bready,
    output wire  [ 1:0] s_axil_bresp,
    input  wire         s_axil_arvalid,
    output wire         s_axil_arready,
    input  wire  [15:0] s_axil_araddr,
    output logic        s_axil_rvalid,
    input  wire         s_axil_rready,
    output logic [31:0] s_axil_rdata,
    output wire  [ 1:0] s_axil_rresp,

    output wire        write,
    output wire [15:0] write_address,
    output wire [31:0] write_data,
    output wire [ 3:0] write_strobe,
    output wire        read,
    output wire [15:0] read_address,
    input  wire [31:0] read_data
);
  // A write goes through when address and data are both here.
  assign write = s_axil_awvalid && s_axil_wvalid && !s_axil_bvalid;
  assign s_axil_awready = write;
  assign s_axil_wready = write;
  assign write_address = {s_axil_awaddr[15:2], 2'b00};
  assign write_data = s_axil_wdata;
  assign write_strobe = s_axil_wstrb;
  assign s_axil_bresp = 2'b00;

  assign read = s_axil_arvalid && !s_axil_rvalid;
  assign s_axil_arready = read;
  assign read_address = {s_axil_araddr[15:2], 2'b00};
  assign s_axil_rresp = 2'b00;

  always_ff @(posedge aclk) begin
    if (!aresetn) begin
      s_axil_bvalid <= 1'b0;
      s_axil_rvalid <= 1'b0;
    end else begin
      if (write) s_axil_bvalid <= 1'b1;
      else if (s_axil_bready) s_axil_bvalid <= 1'b0;
      if (read) s_axil_rvalid <= 1'b1;
      else if (s_axil_rready) s_axil_rvalid <= 1'b0;
      if (read) s_axil_rdata <= read_data;
    end
  end

  wire _unused = &{1'b0, s_axil_awaddr[1:0], s_axil_araddr[1:0]};
endmodule
`default_nettype wire
