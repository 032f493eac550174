// SPDX-License-Identifier: Apache-2.0
// AXI4 reads as memory reads of a link. A burst becomes requests of at most MAX_READ_REQUEST bytes,
// with tags {request, 4; ARID, 4}; completions come in any order and in any pieces, and a burst is
// answered when all of it is here, the whole burst at once. ARUSER may say how many bytes are meant
// (16 bits at the top, 0: all); no others are asked for. UR becomes DECERR, any other status SLVERR.
`default_nettype none
module tlp_read #(
    parameter int DATA_WIDTH = 64,
    parameter int MAX_BEATS = 16,
    parameter int MAX_READ_REQUEST = 512,
    parameter logic [15:0] ID = 16'h0100,
    localparam int BYTES = DATA_WIDTH / 8
) (
    input wire aclk,
    input wire aresetn,

    input  wire                   s_axi_arvalid,
    output wire                   s_axi_arready,
    input  wire  [          63:0] s_axi_araddr,
    input  wire  [           3:0] s_axi_arid,
    input  wire  [           7:0] s_axi_arlen,
    input  wire  [          31:0] s_axi_aruser,
    output wire                   s_axi_rvalid,
    input  wire                   s_axi_rready,
    output wire  [           3:0] s_axi_rid,
    output logic [DATA_WIDTH-1:0] s_axi_rdata,
    output wire  [           1:0] s_axi_rresp,
    output wire                   s_axi_rlast,

    output wire         out_valid,
    input  wire         out_ready,
    output logic [31:0] out_data,
    output wire         out_last,

    input  wire        cpl_start,       // for a clock: a completion's header
    input  wire [ 9:0] cpl_tag,
    input  wire [ 2:0] cpl_status,
    input  wire [12:0] cpl_byte_count,  // 1 to 4096
    input  wire        cpl_has_data,
    input  wire        cpl_valid,       // then its data
    input  wire [31:0] cpl_data,

    output logic unexpected,  // for a clock: a completion that nothing was asked for
    output wire  idle
);
  `include "tlp_header.svh"
  localparam int LB = $clog2(BYTES);
  localparam int WORDS = MAX_BEATS * BYTES / 4;
  localparam int WW = $clog2(WORDS);
  localparam int LW = LB - 2;
  localparam logic [12:0] MOST = 13'(MAX_READ_REQUEST);

  // ---- bursts, one for each id
  logic [15:0] busy;
  logic [11:0] slot_address[16];
  logic [12:0] slot_bytes[16];
  logic [ 7:0] slot_length[16];  // ARLEN
  logic [WW:0] slot_words[16], slot_received[16];
  logic [ 1:0] slot_response[16];
  logic [31:0] store[16*WORDS];

  // ---- requests
  logic        asking;
  logic [ 3:0] id, piece;
  logic [63:0] address;
  logic [12:0] remaining;
  logic [ 1:0] header;
  assign s_axi_arready = !asking && !busy[s_axi_arid];
  wire accept = s_axi_arvalid && s_axi_arready;
  wire [12:0] whole = 13'({5'b0, s_axi_arlen} + 13'd1) << LB;
  wire [12:0] burst_bytes = whole - 13'(s_axi_araddr[LB-1:0]);
  wire [15:0] meant = s_axi_aruser[31:16];
  wire [12:0] wanted = meant == '0 || meant > 16'(burst_bytes) ? burst_bytes : meant[12:0];

  wire [12:0] to_boundary = MOST - (13'(address[11:0]) & (MOST - 13'd1));
  wire [12:0] bytes = remaining < to_boundary ? remaining : to_boundary;
  wire [12:0] end_of = 13'(address[1:0]) + bytes + 13'd3;
  wire [ 9:0] length = end_of[11:2];
  wire        one = end_of[12:2] == 11'd1;
  wire [ 3:0] from = 4'hf << address[1:0];
  wire [ 3:0] up_to = 4'hf >> (2'd3 - end_of[1:0]);
  wire        wide = address[63:32] != '0;
  always_comb
    case (header)
      2'd0: out_data = swap({2'b00, wide, TLP_MEMORY, 8'h00, 6'h00, length});
      2'd1: out_data = swap({ID, piece, id, one ? 4'h0 : up_to, one ? from & up_to : from});
      2'd2: out_data = swap(wide ? address[63:32] : {address[31:2], 2'b00});
      default: out_data = swap({address[31:2], 2'b00});
    endcase
  assign out_valid = asking;
  assign out_last = header == (wide ? 2'd3 : 2'd2);

  // ---- completions
  wire [ 3:0] slot = cpl_tag[3:0];
  wire [12:0] first_room = MOST - (13'(slot_address[slot]) & (MOST - 13'd1));
  wire [12:0] whole_pieces = MOST * (13'(cpl_tag[7:4]) - 13'd1);
  wire [12:0] piece_start = cpl_tag[7:4] == '0 ? 13'd0 : first_room + whole_pieces;
  wire [12:0] piece_left = slot_bytes[slot] - piece_start;
  wire [12:0] piece_most = cpl_tag[7:4] == '0 ? first_room : MOST;
  wire [12:0] piece_bytes = piece_left < piece_most ? piece_left : piece_most;
  wire expected = cpl_tag[9:8] == '0 && busy[slot] && piece_start < slot_bytes[slot] &&
      cpl_byte_count <= piece_bytes;
  wire [12:0] place = 13'(slot_address[slot][1:0]) + piece_start + piece_bytes - cpl_byte_count;
  wire [12:0] left_words = (13'(place[1:0]) + cpl_byte_count + 13'd3) >> 2;
  wire failed = cpl_status != STATUS_SUCCESSFUL || !cpl_has_data;

  logic taking;  // data of a completion that was expected
  logic [3:0] taking_slot;
  logic [WW-1:0] taking_word;
  always_ff @(posedge aclk)
    if (cpl_valid && taking) store[{taking_slot, taking_word}] <= cpl_data;

  // ---- answers
  logic answering, ready_beat;  // a burst is chosen; its beat is put together
  logic [3:0] answer;
  logic [7:0] beat;
  logic [LW-1:0] lane;
  logic [15:0] complete;
  logic [3:0] next;
  always_comb begin
    next = '0;
    for (int i = 15; i >= 0; i--) begin
      complete[i] = busy[i] && slot_received[i] >= slot_words[i];
      if (complete[i]) next = 4'(i);
    end
  end
  wire [LW-1:0] first_lane = slot_address[answer][LB-1:2];
  wire [WW:0] word = ((WW + 1)'(beat) << LW) + (WW + 1)'(lane) - (WW + 1)'(first_lane);
  wire there = word < slot_words[answer];  // lanes before the first are beyond it as well
  assign s_axi_rvalid = answering && ready_beat;
  assign s_axi_rid = answer;
  assign s_axi_rresp = slot_response[answer];
  assign s_axi_rlast = beat == slot_length[answer];
  assign idle = busy == '0;

  always_ff @(posedge aclk) begin
    unexpected <= 1'b0;
    if (!aresetn) begin
      busy <= '0;
      asking <= 1'b0;
      answering <= 1'b0;
      ready_beat <= 1'b0;
      taking <= 1'b0;
      header <= '0;
    end else begin
      if (accept) begin
        busy[s_axi_arid] <= 1'b1;
        slot_address[s_axi_arid] <= s_axi_araddr[11:0];
        slot_bytes[s_axi_arid] <= wanted;
        slot_length[s_axi_arid] <= s_axi_arlen;
        slot_words[s_axi_arid] <= (WW + 1)'((13'(s_axi_araddr[1:0]) + wanted + 13'd3) >> 2);
        slot_received[s_axi_arid] <= '0;
        slot_response[s_axi_arid] <= 2'b00;
        asking <= 1'b1;
        id <= s_axi_arid;
        piece <= '0;
        address <= s_axi_araddr;
        remaining <= wanted;
      end
      if (asking && out_ready) begin
        header <= out_last ? 2'd0 : header + 2'd1;
        if (out_last) begin
          piece <= piece + 4'd1;
          address <= address + 64'(bytes);
          remaining <= remaining - bytes;
          asking <= remaining != bytes;
        end
      end

      if (cpl_start) begin
        taking <= expected && !failed;
        taking_slot <= slot;
        taking_word <= place[WW+1:2];
        unexpected <= !expected;
        if (expected && failed) begin
          slot_response[slot] <= cpl_status == STATUS_UNSUPPORTED ? 2'b11 : 2'b10;
          slot_received[slot] <= slot_received[slot] + (WW + 1)'(left_words);
        end
      end
      if (cpl_valid && taking) begin
        taking_word <= taking_word + 1'b1;
        slot_received[taking_slot] <= slot_received[taking_slot] + 1'b1;
      end

      if (!answering) begin
        answering <= complete != '0;
        answer <= next;
        beat <= '0;
        lane <= '0;
        ready_beat <= 1'b0;
      end else if (!ready_beat) begin
        s_axi_rdata[{lane, 5'b0}+:32] <= there ? store[{answer, word[WW-1:0]}] : '0;
        lane <= lane + 1'b1;
        ready_beat <= lane == {LW{1'b1}};
      end else if (s_axi_rready) begin
        ready_beat <= 1'b0;
        beat <= beat + 8'd1;
        if (s_axi_rlast) begin
          answering <= 1'b0;
          busy[answer] <= 1'b0;
        end
      end
    end
  end

  wire _unused = &{1'b0, s_axi_aruser[15:0], end_of[12], place[12:WW+2], left_words};
endmodule
`default_nettype wire
