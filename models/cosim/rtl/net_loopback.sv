// SPDX-License-Identifier: Apache-2.0
// Device part of a network device (virtio 1.4, 5.1) whose wire leads back to itself: a frame that is
// sent on transmitq1 comes back on receiveq1, with a fresh virtio_net_hdr. It holds one frame; the
// transmit queue waits until that has been received. Frames that are longer than it holds, and
// packets shorter than their header, are lost, as on a wire.
`default_nettype none
module net_loopback #(
    parameter int DATA_WIDTH = 64,
    parameter int MOST_BYTES = 2048,  // of a packet with its header, a power of 2
    parameter logic [47:0] MAC = 48'h52_54_00_12_34_56,
    localparam int BYTES = DATA_WIDTH / 8
) (
    input wire aclk,
    input wire aresetn,
    input wire stream_reset,

    input  wire                   request_tvalid,
    output wire                   request_tready,
    input  wire  [DATA_WIDTH-1:0] request_tdata,
    input  wire  [     BYTES-1:0] request_tkeep,
    input  wire                   request_tlast,
    input  wire  [          63:0] request_tuser,

    output wire                   response_tvalid,
    input  wire                   response_tready,
    output wire  [DATA_WIDTH-1:0] response_tdata,
    output wire  [     BYTES-1:0] response_tkeep,
    output wire                   response_tlast,

    output wire [ 1:0] queue_serve,    // {transmitq1, receiveq1}
    input  wire [11:0] config_address,
    output logic [31:0] config_data
);
  localparam int LB = $clog2(BYTES);
  localparam int DEPTH = MOST_BYTES / BYTES;
  localparam int AW = $clog2(DEPTH);
  localparam logic [15:0] HEADER = 16'd12;

  typedef enum logic [1:0] {
    TAKE,    // a request
    ANSWER,  // a frame that was sent: nothing to write
    LOAD,    // the next beat of a frame that is received
    SEND
  } state_t;
  state_t state;

  logic [DATA_WIDTH-1:0] store[DEPTH];
  logic [DATA_WIDTH-1:0] beat;
  logic full;           // a frame is held
  logic too_long;
  logic [AW:0] at;      // beats
  logic [15:0] bytes;   // of the frame with its header

  wire transmits = request_tuser[7:0] == 8'd1;
  wire fits = at != (AW + 1)'(DEPTH);
  logic [15:0] count;
  always_comb begin
    count = 16'(BYTES);
    if (request_tvalid && !(&request_tkeep)) begin
      count = '0;
      for (int i = 0; i < BYTES; i++) if (request_tkeep[i]) count = 16'(i + 1);
    end
  end
  wire [15:0] total = {{15 - AW - LB{1'b0}}, at, {LB{1'b0}}} + count;
  wire [15:0] left = bytes - {{15 - AW - LB{1'b0}}, at, {LB{1'b0}}};

  // The header of the frame that comes back: all 0, but num_buffers is 1 (5.1.6.4.1).
  logic [DATA_WIDTH-1:0] patched;
  always_comb begin
    patched = beat;
    for (int i = 0; i < BYTES; i++) begin
      if ({{14 - AW - LB{1'b0}}, at, {LB{1'b0}}} + 15'(i) < 15'(HEADER))
        patched[8*i+:8] = {{14 - AW - LB{1'b0}}, at, {LB{1'b0}}} + 15'(i) == 15'd10 ? 8'd1 : 8'd0;
    end
  end

  assign request_tready = state == TAKE;
  assign response_tvalid = state == ANSWER || state == SEND;
  assign response_tdata = patched;
  assign response_tlast = state == ANSWER || left <= 16'(BYTES);
  assign response_tkeep = state == ANSWER ? '0 : left < 16'(BYTES) ? ~({BYTES{1'b1}} << left) : '1;
  assign queue_serve = {!full, full};

  always_comb begin
    case (config_address)
      12'h000: config_data = {MAC[23:16], MAC[31:24], MAC[39:32], MAC[47:40]};
      12'h004: config_data = {16'd1, MAC[7:0], MAC[15:8]};  // status: the link is up
      default: config_data = '0;
    endcase
  end

  always_ff @(posedge aclk) begin
    if (state == TAKE && request_tvalid && transmits && fits) store[at[AW-1:0]] <= request_tdata;
    if (state == LOAD) beat <= store[at[AW-1:0]];
    if (!aresetn || stream_reset) begin
      state <= TAKE;
      full <= 1'b0;
      too_long <= 1'b0;
      at <= '0;
    end else begin
      case (state)
        TAKE:
        if (request_tvalid) begin
          if (transmits && fits) at <= at + 1'b1;
          if (transmits && !fits) too_long <= 1'b1;
          if (request_tlast) begin
            at <= '0;
            too_long <= 1'b0;
            state <= transmits ? ANSWER : LOAD;
            if (transmits) begin
              bytes <= total;
              full  <= fits && !too_long && total > HEADER;
            end
          end
        end
        ANSWER: if (response_tready) state <= TAKE;
        LOAD:   state <= SEND;
        default:  // SEND
        if (response_tready) begin
          at <= response_tlast ? '0 : at + 1'b1;
          state <= response_tlast ? TAKE : LOAD;
          if (response_tlast) full <= 1'b0;
        end
      endcase
    end
  end

  wire _unused = &{1'b0, request_tuser[63:8]};
endmodule
`default_nettype wire
