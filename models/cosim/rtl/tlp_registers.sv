// SPDX-License-Identifier: Apache-2.0
// Requests of a link as register accesses over AXI4-Lite, one request at a time, a double word after
// the other; reads are completed with all of their data at once. A read of more than MAX_WORDS
// double words, and one that a register answers with an error, is completed as CA; what is no
// memory request, as UR.
`default_nettype none
module tlp_registers #(
    parameter int MAX_WORDS = 32,  // a power of 2
    parameter logic [15:0] ID = 16'h0100
) (
    input wire aclk,
    input wire aresetn,

    input  wire        req_valid,
    output wire        req_ready,
    input  wire        req_write,        // a memory write; its data follow
    input  wire        req_unsupported,  // to be completed as UR
    input  wire [15:0] req_address,
    input  wire [10:0] req_length,       // double words, 1 to 1024
    input  wire [ 3:0] req_first_be,
    input  wire [ 3:0] req_last_be,
    input  wire [15:0] req_requester,
    input  wire [ 9:0] req_tag,
    input  wire [ 2:0] req_class,
    input  wire [ 2:0] req_attributes,
    input  wire        data_valid,
    output wire        data_ready,
    input  wire [31:0] data,
    input  wire        data_end,         // for a clock: no more data come

    output wire         out_valid,
    input  wire         out_ready,
    output logic [31:0] out_data,
    output wire         out_last,

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

    output wire idle
);
  `include "tlp_header.svh"
  localparam int MW = $clog2(MAX_WORDS);

  typedef enum logic [2:0] {
    IDLE,
    AWAIT,   // data of a write
    WRITE,
    READ,
    HEADER,
    DATA
  } state_t;
  state_t state;
  logic address_sent, data_sent, over;  // over: no more data come
  logic [15:0] address, requester;
  logic [10:0] length, at;
  logic [3:0] first_be, last_be;
  logic [9:0] tag;
  logic [2:0] traffic_class, attributes, status;
  logic of_memory;
  logic [31:0] word;
  logic [31:0] store[MAX_WORDS];
  logic [1:0] header;

  wire last = at + 11'd1 == length;
  wire [3:0] enabled = at == '0 ? first_be : last ? last_be : 4'hf;

  assign req_ready = state == IDLE;
  assign data_ready = state == AWAIT;
  assign idle = state == IDLE;

  assign m_axil_awvalid = state == WRITE && !address_sent && enabled != '0;
  assign m_axil_awaddr = address;
  assign m_axil_wvalid = state == WRITE && !data_sent && enabled != '0;
  assign m_axil_wdata = word;
  assign m_axil_wstrb = enabled;
  assign m_axil_bready = 1'b1;
  assign m_axil_arvalid = state == READ && !address_sent;
  assign m_axil_araddr = address;
  assign m_axil_rready = 1'b1;

  // The completion (2.2.9).
  wire [3:0] end_be = length == 11'd1 ? first_be : last_be;
  wire [1:0] skipped = first_be[0] ? 2'd0 : first_be[1] ? 2'd1 : first_be[2] ? 2'd2 : first_be[3] ? 2'd3 : 2'd0;
  wire [1:0] unused = end_be[3] ? 2'd0 : end_be[2] ? 2'd1 : end_be[1] ? 2'd2 : 2'd3;
  wire [12:0] span = {length, 2'b00} - 13'(skipped) - 13'(unused);
  wire [12:0] byte_count = !of_memory ? 13'd4 : length == 11'd1 && first_be == '0 ? 13'd1 : span;
  logic [4:0] lower_word;
  wire [6:0] lower = of_memory ? {lower_word, skipped} : 7'd0;
  wire with_data = status == STATUS_SUCCESSFUL;
  always_comb begin
    out_data = store[at[MW-1:0]];
    if (state == HEADER)
      case (header)
        2'd0: out_data = swap({
          1'b0, with_data, 1'b0, TLP_COMPLETION, tag[9], traffic_class, tag[8], attributes[2], 2'b00,
          2'b00, attributes[1:0], 2'b00, with_data ? length[9:0] : 10'd0
        });
        2'd1: out_data = swap({ID, status, 1'b0, byte_count[11:0]});
        default: out_data = swap({requester, tag[7:0], 1'b0, lower});
      endcase
  end
  assign out_valid = state == HEADER || state == DATA;
  assign out_last = state == DATA ? last : header == 2'd2 && !with_data;

  always_ff @(posedge aclk) begin
    if (state == READ && m_axil_rvalid) store[at[MW-1:0]] <= m_axil_rdata;
    if (!aresetn) begin
      state <= IDLE;
    end else
      case (state)
        IDLE: begin
          address <= {req_address[15:2], 2'b00};
          requester <= req_requester;
          length <= req_length;
          first_be <= req_first_be;
          last_be <= req_last_be;
          tag <= req_tag;
          traffic_class <= req_class;
          attributes <= req_attributes;
          of_memory <= !req_unsupported;
          status <= req_unsupported ? STATUS_UNSUPPORTED :
              req_length > 11'(MAX_WORDS) ? STATUS_ABORT : STATUS_SUCCESSFUL;
          at <= '0;
          header <= '0;
          address_sent <= 1'b0;
          data_sent <= 1'b0;
          if (req_valid) begin
            if (req_write) state <= AWAIT;
            else if (req_unsupported || req_length > 11'(MAX_WORDS)) state <= HEADER;
            else state <= READ;
          end
        end
        AWAIT: begin
          word <= data;
          address_sent <= 1'b0;
          data_sent <= 1'b0;
          if (data_valid) state <= WRITE;
          else if (data_end || over) state <= IDLE;
        end
        WRITE: begin
          if (m_axil_awready) address_sent <= 1'b1;
          if (m_axil_wready) data_sent <= 1'b1;
          if (m_axil_bvalid || enabled == '0) begin
            address <= address + 16'd4;
            at <= at + 11'd1;
            state <= last ? IDLE : AWAIT;
          end
        end
        READ: begin
          if (m_axil_arready) address_sent <= 1'b1;
          if (m_axil_rvalid) begin
            address_sent <= 1'b0;
            address <= address + 16'd4;
            at <= last ? '0 : at + 11'd1;
            if (m_axil_rresp != 2'b00) status <= STATUS_ABORT;
            if (last) state <= HEADER;
          end
        end
        HEADER:
        if (out_ready) begin
          header <= header + 2'd1;
          if (header == 2'd2) state <= with_data ? DATA : IDLE;
        end
        DATA:
        if (out_ready) begin
          at <= at + 11'd1;
          if (last) state <= IDLE;
        end
        default: state <= IDLE;
      endcase
    over <= state != IDLE && (over || data_end);
    if (state == IDLE) lower_word <= req_address[6:2];
  end

  wire _unused = &{1'b0, req_address[1:0], byte_count[12], end_be[0]};
endmodule
`default_nettype wire
