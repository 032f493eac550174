// SPDX-License-Identifier: Apache-2.0
// How much of an access fits into the next AXI burst: no more than MAX_BEATS beats, and no byte
// beyond a 4 KiB boundary (AXI4, A3.4.1).
`default_nettype none
module burst_size #(
    parameter int BYTES = 8,
    parameter int MAX_BEATS = 16
) (
    input  wire  [ 7:0] bug,
    input  wire         enable,  // somebody looks
    input  wire  [63:0] address,
    input  wire  [31:0] remaining,
    output logic [12:0] bytes,   // of this burst
    output logic [ 8:0] beats
);
  `include "planted_bugs.svh"
  localparam int LB = $clog2(BYTES);
  localparam logic [12:0] MOST = 13'(MAX_BEATS * BYTES);

  logic [12:0] offset, by_beats, by_page, most, up;
  always_comb begin
    {offset, by_beats, by_page, most, up, bytes} = '0;
    beats = '0;
    if (enable) begin
      offset = {{13 - LB{1'b0}}, address[LB-1:0]};
      by_beats = MOST - offset;
      by_page = bug == BUG_PAGE_CROSSING ? MOST : 13'd4096 - {1'b0, address[11:0]};
      most = by_beats < by_page ? by_beats : by_page;
      bytes = remaining < {19'b0, most} ? remaining[12:0] : most;
      up = offset + bytes + 13'(BYTES - 1);
      beats = 9'(up >> LB);
    end
  end

  wire _unused = &{1'b0, address[63:12]};
endmodule
`default_nettype wire
