// SPDX-License-Identifier: Apache-2.0
// A design with an AXI4 manager, an AXI4-Lite subordinate and interrupt vectors behind a link that
// carries packets of PCI Express: DMA becomes memory reads and writes, requests from the link become
// register accesses, vectors become writes of the vector to MSI_ADDRESS (MSI-X with one address).
// What is sent keeps its order, so an interrupt never passes data that have been answered before.
`default_nettype none
module axi_tlp_bridge #(
    parameter int DATA_WIDTH = 64,
    parameter int MAX_BEATS = 16,         // of a burst
    parameter int MAX_PAYLOAD = 256,      // powers of 2, 128 to 4096
    parameter int MAX_READ_REQUEST = 512,
    parameter logic [15:0] ID = 16'h0100,  // bus, device, function
    parameter logic [63:0] MSI_ADDRESS = 64'hfee0_0000,
    localparam int BYTES = DATA_WIDTH / 8
) (
    input wire aclk,
    input wire aresetn,
    `include "tlp_ports.svh"

    input  wire                   s_axi_arvalid,
    output wire                   s_axi_arready,
    input  wire  [          63:0] s_axi_araddr,
    input  wire  [           3:0] s_axi_arid,
    input  wire  [           7:0] s_axi_arlen,
    input  wire  [          31:0] s_axi_aruser,
    output wire                   s_axi_rvalid,
    input  wire                   s_axi_rready,
    output wire  [           3:0] s_axi_rid,
    output wire  [DATA_WIDTH-1:0] s_axi_rdata,
    output wire  [           1:0] s_axi_rresp,
    output wire                   s_axi_rlast,
    input  wire                   s_axi_awvalid,
    output wire                   s_axi_awready,
    input  wire  [          63:0] s_axi_awaddr,
    input  wire  [           3:0] s_axi_awid,
    input  wire                   s_axi_wvalid,
    output wire                   s_axi_wready,
    input  wire  [DATA_WIDTH-1:0] s_axi_wdata,
    input  wire  [     BYTES-1:0] s_axi_wstrb,
    input  wire                   s_axi_wlast,
    output wire                   s_axi_bvalid,
    input  wire                   s_axi_bready,
    output wire  [           3:0] s_axi_bid,
    output wire  [           1:0] s_axi_bresp,

    output wire        m_axil_awvalid,
    input  wire        m_axil_awready,
    output wire [15:0] m_axil_awaddr,
    output wire        m_axil_wvalid,
    input  wire        m_axil_wready,
    output wire [31:0] m_axil_wdata,
    output wire [ 3:0] m_axil_wstrb,
    input  wire        m_axil_bvalid,
    output wire        m_axil_bready,
    output wire        m_axil_arvalid,
    input  wire        m_axil_arready,
    output wire [15:0] m_axil_araddr,
    input  wire        m_axil_rvalid,
    output wire        m_axil_rready,
    input  wire [31:0] m_axil_rdata,
    input  wire [ 1:0] m_axil_rresp,

    input  wire        irq_valid,
    output wire        irq_ready,
    input  wire [15:0] irq_vector,

    output logic link_error,  // something came that is malformed or was not asked for; stays
    output wire  idle
);
  `include "tlp_header.svh"

  wire [3:0] out_valid, out_ready, out_last;
  wire [127:0] out_data;
  wire send_idle, write_idle, read_idle, registers_idle, receive_idle;
  tlp_send #(
      .SOURCES(4)
  ) send (
      .in_valid(out_valid),
      .in_ready(out_ready),
      .in_data(out_data),
      .in_last(out_last),
      .idle(send_idle),
      .*
  );

  tlp_write #(
      .DATA_WIDTH(DATA_WIDTH),
      .MAX_BEATS(MAX_BEATS),
      .MAX_PAYLOAD(MAX_PAYLOAD),
      .ID(ID)
  ) write (
      .out_valid(out_valid[0]),
      .out_ready(out_ready[0]),
      .out_data(out_data[31:0]),
      .out_last(out_last[0]),
      .idle(write_idle),
      .*
  );

  wire cpl_start, cpl_has_data, cpl_valid, malformed, unexpected;
  wire [9:0] cpl_tag;
  wire [2:0] cpl_status;
  wire [12:0] cpl_byte_count;
  wire [31:0] cpl_data;
  tlp_read #(
      .DATA_WIDTH(DATA_WIDTH),
      .MAX_BEATS(MAX_BEATS),
      .MAX_READ_REQUEST(MAX_READ_REQUEST),
      .ID(ID)
  ) read (
      .out_valid(out_valid[1]),
      .out_ready(out_ready[1]),
      .out_data(out_data[63:32]),
      .out_last(out_last[1]),
      .idle(read_idle),
      .*
  );

  wire req_valid, req_ready, req_write, req_unsupported, data_valid, data_ready, data_end;
  wire [15:0] req_address, req_requester;
  wire [10:0] req_length;
  wire [3:0] req_first_be, req_last_be;
  wire [9:0] req_tag;
  wire [2:0] req_class, req_attributes;
  wire [31:0] data;
  tlp_registers #(
      .ID(ID)
  ) registers (
      .out_valid(out_valid[2]),
      .out_ready(out_ready[2]),
      .out_data(out_data[95:64]),
      .out_last(out_last[2]),
      .idle(registers_idle),
      .*
  );

  tlp_receive receive (
      .idle(receive_idle),
      .*
  );

  // ---- interrupts
  localparam logic WIDE = MSI_ADDRESS[63:32] != '0;
  logic [2:0] word;  // of the packet, after its first two always the address
  logic [31:0] interrupt;
  always_comb
    case (word)
      3'd0: interrupt = swap({2'b01, WIDE, TLP_MEMORY, 8'h00, 6'h00, 10'd1});
      3'd1: interrupt = swap({ID, 8'h00, 4'h0, 4'hf});
      3'd2: interrupt = swap(MSI_ADDRESS[63:32]);
      3'd3: interrupt = swap(MSI_ADDRESS[31:0]);
      default: interrupt = {16'b0, irq_vector};
    endcase
  assign out_valid[3] = irq_valid;
  assign out_data[127:96] = interrupt;
  assign out_last[3] = word == 3'd4;
  assign irq_ready = out_ready[3] && word == 3'd4;

  assign idle = send_idle && write_idle && read_idle && registers_idle && receive_idle;

  always_ff @(posedge aclk) begin
    if (!aresetn) begin
      word <= '0;
      link_error <= 1'b0;
    end else begin
      if (out_valid[3] && out_ready[3]) word <= word == 3'd4 ? 3'd0 : word == 3'd1 && !WIDE ? 3'd3 : word + 3'd1;
      if (malformed || unexpected) link_error <= 1'b1;
    end
  end

  wire _unused = &{1'b0, s_axis_tlp_tkeep};
endmodule
`default_nettype wire
