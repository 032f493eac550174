// SPDX-License-Identifier: Apache-2.0
// AXI4-Lite to plain register accesses, one read and one write at a time. A register answers a read
// in the clock of `read`, and a write has happened after the clock of `write`. No output depends on
// an input of the same clock.
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

    output logic        write,
    output logic [15:0] write_address,
    output logic [31:0] write_data,
    output logic [ 3:0] write_strobe,
    output logic        read,
    output logic [15:0] read_address,
    input  wire  [31:0] read_data,
    output wire         idle
);
  logic address_here, data_here;  // of a write that has not been done

  assign s_axil_awready = !address_here;
  assign s_axil_wready = !data_here;
  assign s_axil_arready = !read && !s_axil_rvalid;
  assign idle = !address_here && !data_here && !s_axil_bvalid && !read && !s_axil_rvalid;
  assign s_axil_bresp = 2'b00;
  assign s_axil_rresp = 2'b00;

  always_ff @(posedge aclk) begin
    write <= 1'b0;
    read  <= 1'b0;
    if (!aresetn) begin
      address_here  <= 1'b0;
      data_here     <= 1'b0;
      s_axil_bvalid <= 1'b0;
      s_axil_rvalid <= 1'b0;
    end else begin
      if (s_axil_awvalid && s_axil_awready) begin
        address_here  <= 1'b1;
        write_address <= {s_axil_awaddr[15:2], 2'b00};
      end
      if (s_axil_wvalid && s_axil_wready) begin
        data_here    <= 1'b1;
        write_data   <= s_axil_wdata;
        write_strobe <= s_axil_wstrb;
      end
      if (s_axil_bvalid && s_axil_bready) s_axil_bvalid <= 1'b0;
      if (address_here && data_here && !write && !s_axil_bvalid) write <= 1'b1;
      if (write) begin
        address_here  <= 1'b0;
        data_here     <= 1'b0;
        s_axil_bvalid <= 1'b1;
      end

      if (s_axil_arvalid && s_axil_arready) begin
        read <= 1'b1;
        read_address <= {s_axil_araddr[15:2], 2'b00};
      end
      if (read) begin
        s_axil_rvalid <= 1'b1;
        s_axil_rdata  <= read_data;
      end else if (s_axil_rready) begin
        s_axil_rvalid <= 1'b0;
      end
    end
  end

  wire _unused = &{1'b0, s_axil_awaddr[1:0], s_axil_araddr[1:0]};
endmodule
`default_nettype wire
