// SPDX-License-Identifier: Apache-2.0
// Device part of an entropy device (virtio 1.4, 5.4): fills what the driver gives, up to MOST_BYTES a
// request, from a xorshift generator in each 64 bits of the stream. For silicon, put a source of true
// randomness in the place of `next`.
`default_nettype none
module entropy_source #(
    parameter int DATA_WIDTH = 64,
    parameter int MOST_BYTES = 4096,
    parameter logic [63:0] SEED = 64'h9e37_79b9_7f4a_7c15,  // not 0
    localparam int BYTES = DATA_WIDTH / 8
) (
    input wire aclk,
    input wire aresetn,
    input wire stream_reset,

    input  wire        request_tvalid,
    output wire        request_tready,
    input  wire        request_tlast,
    input  wire [63:0] request_tuser,

    output wire                   response_tvalid,
    input  wire                   response_tready,
    output wire  [DATA_WIDTH-1:0] response_tdata,
    output wire  [     BYTES-1:0] response_tkeep,
    output wire                   response_tlast
);
  localparam int WORDS = DATA_WIDTH / 64;
  wire [31:0] room = request_tuser[63:32];

  logic answering;
  logic [31:0] left;
  logic [63:0] words[WORDS];

  function automatic logic [63:0] next(input logic [63:0] x);
    logic [63:0] a, b;
    a = x ^ (x << 13);
    b = a ^ (a >> 7);
    next = b ^ (b << 17);
  endfunction

  assign request_tready  = !answering;
  assign response_tvalid = answering;
  assign response_tlast  = left <= 32'(BYTES);
  assign response_tkeep  = response_tlast ? ~({BYTES{1'b1}} << left) : '1;
  for (genvar i = 0; i < WORDS; i++) begin : g_word
    assign response_tdata[64*i+:64] = words[i];
    always_ff @(posedge aclk) begin
      if (!aresetn) words[i] <= SEED + 64'(i);
      else if (response_tvalid && response_tready) words[i] <= next(words[i]);
    end
  end

  always_ff @(posedge aclk) begin
    if (!aresetn || stream_reset) begin
      answering <= 1'b0;
    end else if (!answering) begin
      answering <= request_tvalid && request_tlast;
      left <= room < 32'(MOST_BYTES) ? room : 32'(MOST_BYTES);
    end else if (response_tready) begin
      answering <= !response_tlast;
      left <= left - 32'(BYTES);
    end
  end

  wire _unused = &{1'b0, request_tuser[31:0]};
endmodule
`default_nettype wire
