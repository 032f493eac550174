// SPDX-License-Identifier: Apache-2.0
// Joins pieces of bytes and cuts them anew: takes 0 to BYTES bytes at a time, gives what is asked
// for, 1 to BYTES, or less at the end of a packet, from lane 0 on. What is wide is worked out only in
// clocks that need it, which simulation thanks.
`default_nettype none
module byte_gearbox #(
    parameter int BYTES = 8,
    localparam int CW = $clog2(BYTES) + 1
) (
    input wire aclk,
    input wire aresetn,
    input wire clear,  // forget everything

    input  wire                in_valid,
    output wire                in_ready,
    input  wire  [8*BYTES-1:0] in_data,
    input  wire  [     CW-2:0] in_skip,   // lanes before the first byte
    input  wire  [     CW-1:0] in_count,
    input  wire                in_last,

    input  wire  [     CW-1:0] out_want,
    output wire                out_valid,
    input  wire                out_ready,
    output wire  [8*BYTES-1:0] out_data,
    output wire  [     CW-1:0] out_count,
    output wire                out_last
);
  localparam int HW = CW + 1;
  logic [16*BYTES-1:0] bytes;  // lanes that hold nothing are 0
  logic [HW-1:0] held;
  logic ended;  // the packet's last byte is among those held

  assign in_ready  = !ended && held <= HW'(BYTES);
  assign out_valid = held >= HW'(out_want) || ended;
  assign out_count = held >= HW'(out_want) ? out_want : held[CW-1:0];
  assign out_last  = ended && held <= HW'(out_want);
  assign out_data  = bytes[8*BYTES-1:0];

  wire push = in_valid && in_ready;
  wire pop = out_valid && out_ready;
  wire [CW-1:0] taken = pop ? out_count : '0;
  wire [HW-1:0] kept = held - HW'(taken);

  always_ff @(posedge aclk) begin
    if (!aresetn || clear) begin
      bytes <= '0;
      held  <= '0;
      ended <= 1'b0;
    end else if (push) begin
      bytes <= bytes >> {taken, 3'b000} |
          {{8 * BYTES{1'b0}}, (in_data >> {in_skip, 3'b000}) &
              ~({8 * BYTES{1'b1}} << {in_count, 3'b000})} << {kept, 3'b000};
      held <= kept + HW'(in_count);
      ended <= in_last;
    end else if (pop) begin
      bytes <= bytes >> {taken, 3'b000};
      held  <= kept;
      ended <= ended && !out_last;
    end
  end
endmodule
`default_nettype wire
