// SPDX-License-Identifier: Apache-2.0
// AXI4 writes as memory writes of a link, one burst at a time. A burst becomes packets of bytes that
// lie one after the other, as byte enables can name them (2.2.5), none over a boundary of
// MAX_PAYLOAD bytes. Such writes are posted: BRESP is OKAY when the last packet is on the stream.
`default_nettype none
module tlp_write #(
    parameter int DATA_WIDTH = 64,
    parameter int MAX_BEATS = 16,
    parameter int MAX_PAYLOAD = 256,
    parameter logic [15:0] ID = 16'h0100,
    localparam int BYTES = DATA_WIDTH / 8
) (
    input wire aclk,
    input wire aresetn,

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

    output wire         out_valid,
    input  wire         out_ready,
    output logic [31:0] out_data,
    output wire         out_last,
    output wire         idle
);
  `include "tlp_header.svh"
  localparam int LB = $clog2(BYTES);
  localparam int WORDS = MAX_BEATS * BYTES / 4;  // of 32 bits
  localparam int WW = $clog2(WORDS);
  localparam int BW = $clog2(MAX_BEATS);
  localparam int LW = LB - 2;  // words of a beat
  localparam int PB = $clog2(MAX_PAYLOAD);

  typedef enum logic [2:0] {
    IDLE,
    COLLECT,
    LOOK,    // for a word with a strobe
    EXTEND,
    HEADER,
    DATA,
    RESPOND
  } state_t;
  state_t state;
  logic [63:0] address;  // of the burst's first beat
  logic [ 3:0] id;
  logic [BW:0] beats;
  logic [WW:0] at, last;  // words of the packet
  logic [ 1:0] header;

  logic [DATA_WIDTH-1:0] store_data[MAX_BEATS];
  logic [BYTES-1:0] store_strobe[MAX_BEATS];
  wire take = state == COLLECT && s_axi_wvalid;
  always_ff @(posedge aclk)
    if (take) begin
      store_data[beats[BW-1:0]] <= s_axi_wdata;
      store_strobe[beats[BW-1:0]] <= s_axi_wstrb;
    end

  // Words of the store.
  wire [WW:0] words = (WW + 1)'(beats) << LW;
  wire [WW:0] after = last + 1'b1;
  logic [3:0] first_be, last_be, after_be;
  always_comb begin
    first_be = store_strobe[at[WW-1:LW]][{at[LW-1:0], 2'b00}+:4];
    last_be = store_strobe[last[WW-1:LW]][{last[LW-1:0], 2'b00}+:4];
    after_be = store_strobe[after[WW-1:LW]][{after[LW-1:0], 2'b00}+:4];
  end
  wire [63:0] first_address = address + (64'(at) << 2);
  wire [63:0] after_address = address + (64'(after) << 2);
  wire up_to_end = last_be == 4'hf || (last == at && (last_be == 4'he || last_be == 4'hc || last_be == 4'h8));
  wire from_begin = after_be == 4'h1 || after_be == 4'h3 || after_be == 4'h7 || after_be == 4'hf;
  wire boundary = after_address[PB-1:0] == '0;
  wire extend = after != words && up_to_end && from_begin && !boundary;

  wire wide = first_address[63:32] != '0;
  wire [9:0] length = 10'(last) - 10'(at) + 10'd1;
  wire [3:0] header_last_be = last == at ? 4'h0 : last_be;
  wire header_ends = header == (wide ? 2'd3 : 2'd2);
  always_comb begin
    out_data = store_data[at[WW-1:LW]][{at[LW-1:0], 5'b0}+:32];
    if (state == HEADER)
      case (header)
        2'd0: out_data = swap({2'b01, wide, TLP_MEMORY, 8'h00, 6'h00, length});
        2'd1: out_data = swap({ID, 8'h00, header_last_be, first_be});
        2'd2: out_data = swap(wide ? first_address[63:32] : first_address[31:0]);
        default: out_data = swap(first_address[31:0]);
      endcase
  end
  assign out_valid = state == HEADER || state == DATA;
  assign out_last = state == DATA && at == last;

  assign s_axi_awready = state == IDLE;
  assign s_axi_wready = state == COLLECT;
  assign s_axi_bvalid = state == RESPOND;
  assign s_axi_bid = id;
  assign s_axi_bresp = 2'b00;
  assign idle = state == IDLE;

  always_ff @(posedge aclk) begin
    if (!aresetn) begin
      state <= IDLE;
    end else
      case (state)
        IDLE: begin
          beats <= '0;
          at <= '0;
          header <= '0;
          address <= {s_axi_awaddr[63:LB], {LB{1'b0}}};
          id <= s_axi_awid;
          if (s_axi_awvalid) state <= COLLECT;
        end
        COLLECT:
        if (take) begin
          beats <= beats + 1'b1;
          if (s_axi_wlast) state <= LOOK;
        end
        LOOK: begin
          last <= at;
          if (at == words) state <= RESPOND;
          else if (first_be != '0) state <= EXTEND;
          else at <= at + 1'b1;
        end
        EXTEND:
        if (extend) last <= after;
        else state <= HEADER;
        HEADER:
        if (out_ready) begin
          header <= header_ends ? 2'd0 : header + 2'd1;
          if (header_ends) state <= DATA;
        end
        DATA:
        if (out_ready) begin
          at <= at + 1'b1;
          if (out_last) state <= LOOK;
        end
        RESPOND: if (s_axi_bready) state <= IDLE;
        default: state <= IDLE;
      endcase
  end

  wire _unused = &{1'b0, s_axi_awaddr[LB-1:0], after_address[63:PB]};
endmodule
`default_nettype wire
