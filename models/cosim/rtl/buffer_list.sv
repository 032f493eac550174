// SPDX-License-Identifier: Apache-2.0
// The buffers of a chain in one direction, in order: filled while the chain is read, emptied while
// its payload moves.
`default_nettype none
module buffer_list #(
    parameter int DEPTH = 64,
    localparam int AW = $clog2(DEPTH)
) (
    input wire aclk,
    input wire aresetn,
    input wire clear,

    input  wire        push,
    input  wire [63:0] push_address,
    input  wire [31:0] push_bytes,
    output wire        full,

    output logic        valid,  // a buffer is here
    output wire         alone,  // with valid: and no other follows
    output wire  [63:0] address,
    output wire  [31:0] bytes,
    input  wire         pop
);
  logic [95:0] store[DEPTH];
  logic [AW:0] put, get;
  logic [95:0] front;

  wire empty = put == get;
  wire load = !empty && (!valid || pop);
  assign full = put - get == (AW + 1)'(DEPTH);
  assign alone = empty;
  assign {address, bytes} = front;

  always_ff @(posedge aclk) begin
    if (push) store[put[AW-1:0]] <= {push_address, push_bytes};
    if (load) front <= store[get[AW-1:0]];
    if (!aresetn || clear) begin
      put   <= '0;
      get   <= '0;
      valid <= 1'b0;
    end else begin
      if (push) put <= put + 1'b1;
      if (load) get <= get + 1'b1;
      if (load) valid <= 1'b1;
      else if (pop) valid <= 1'b0;
    end
  end
endmodule
`default_nettype wire
