// SPDX-License-Identifier: Apache-2.0
// The response to a chain into its device-writable buffers, in order. What does not fit is thrown
// away. The end of the packet is the end of the request.
`default_nettype none
module payload_write (
    input wire       aclk,
    input wire       aresetn,
    input wire [7:0] bug,
    input wire       drop,

    input  wire         start,   // for a clock: the list is complete
    output logic        done,    // the packet has come and been written, until the next start
    output logic [31:0] written, // bytes of it

    input  wire        buffer_valid,
    input  wire [63:0] buffer_address,
    input  wire [31:0] buffer_bytes,
    output wire        buffer_pop,

    output logic        cmd_valid,
    input  wire         cmd_ready,
    output logic [63:0] cmd_address,
    output logic [31:0] cmd_bytes,
    output logic        cmd_discard,
    input  wire         cmd_done,
    input  wire         cmd_ended,
    input  wire  [31:0] cmd_written,
    input  wire         write_idle
);
  `include "planted_bugs.svh"
  typedef enum logic [2:0] {
    IDLE,
    NEXT,
    COMMAND,
    MOVE,
    DRAIN
  } state_t;
  state_t state;

  assign buffer_pop = state == NEXT && buffer_valid;

  always_ff @(posedge aclk) begin
    if (!aresetn || drop) begin
      state <= IDLE;
      done <= 1'b0;
      cmd_valid <= 1'b0;
    end else begin
      case (state)
        IDLE:
        if (start) begin
          state   <= NEXT;
          done    <= 1'b0;
          written <= '0;
        end
        NEXT: begin
          state <= COMMAND;
          cmd_valid <= 1'b1;
          if (buffer_valid) begin
            cmd_address <= buffer_address;
            cmd_bytes   <= buffer_bytes;
            cmd_discard <= 1'b0;
          end else begin
            cmd_address <= cmd_address + {32'b0, cmd_bytes};  // matters to the planted bug only
            cmd_bytes   <= 32'd4096;
            cmd_discard <= bug != BUG_OVERRUN;
          end
        end
        COMMAND:
        if (cmd_ready) begin
          cmd_valid <= 1'b0;
          state <= MOVE;
        end
        MOVE:
        if (cmd_done) begin
          if (!cmd_discard) written <= written + cmd_written;
          state <= cmd_ended ? DRAIN : NEXT;
        end
        default:  // DRAIN: until memory has all of it
        if (write_idle || bug == BUG_EARLY_USED) begin
          state <= IDLE;
          done  <= 1'b1;
        end
      endcase
    end
  end
endmodule
`default_nettype wire
