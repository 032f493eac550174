// SPDX-License-Identifier: Apache-2.0
// One access to a ring at a time: reads up to 16 bytes, writes up to 8, and is done when memory has
// answered. Sits before the DMA units and speaks for whoever walks the ring.
`default_nettype none
module control_access #(
    parameter int DATA_WIDTH = 64,
    localparam int BYTES = DATA_WIDTH / 8,
    localparam int CW = $clog2(BYTES) + 1
) (
    input wire aclk,
    input wire aresetn,
    input wire drop,  // forget the access; the DMA units are told themselves

    input  wire          start_read,   // for a clock, while idle
    input  wire          start_write,
    input  wire  [ 63:0] address,
    input  wire  [  4:0] bytes,
    input  wire  [ 63:0] write_data,
    input  wire  [  7:0] step,         // what it is for
    output logic         done,         // for a clock
    output logic [127:0] read_data,    // with done and after

    output logic                  read_cmd_valid,
    input  wire                   read_cmd_ready,
    input  wire                   read_valid,
    input  wire  [DATA_WIDTH-1:0] read_beat,
    input  wire                   read_last,

    output logic                  write_cmd_valid,
    input  wire                   write_cmd_ready,
    output logic                  write_valid,
    input  wire                   write_ready,
    output wire  [DATA_WIDTH-1:0] write_beat,
    output wire  [        CW-1:0] write_count,
    input  wire                   write_idle,

    output logic [63:0] cmd_address,
    output logic [ 7:0] cmd_step,
    output wire  [31:0] cmd_bytes
);
  logic [4:0] count;
  logic [63:0] data;
  logic writing;  // its response is awaited
  logic second;   // beat of a read on a bus of 64 bits

  assign cmd_bytes   = {27'b0, count};
  assign write_beat  = DATA_WIDTH'(data);
  assign write_count = CW'(count);

  always_ff @(posedge aclk) begin
    done <= 1'b0;
    if (!aresetn || drop) begin
      read_cmd_valid  <= 1'b0;
      write_cmd_valid <= 1'b0;
      write_valid     <= 1'b0;
      writing         <= 1'b0;
      second          <= 1'b0;
    end else begin
      if (start_read || start_write) begin
        cmd_address     <= address;
        cmd_step        <= step;
        count           <= bytes;
        data            <= write_data;
        read_cmd_valid  <= start_read;
        write_cmd_valid <= start_write;
        write_valid     <= start_write;
        writing         <= start_write;
      end
      if (read_cmd_valid && read_cmd_ready) read_cmd_valid <= 1'b0;
      if (write_cmd_valid && write_cmd_ready) write_cmd_valid <= 1'b0;
      if (write_valid && write_ready) write_valid <= 1'b0;
      if (writing && !write_cmd_valid && !write_valid && write_idle) begin
        writing <= 1'b0;
        done    <= 1'b1;
      end
      if (read_valid) begin
        second <= !read_last;
        done   <= read_last;
      end
    end
  end

  // 16 bytes are two beats on the narrowest bus and one on the others.
  if (DATA_WIDTH == 64) begin : g_narrow
    always_ff @(posedge aclk) begin
      if (read_valid && !second) read_data[63:0] <= read_beat;
      if (read_valid && second) read_data[127:64] <= read_beat;
    end
  end else begin : g_wide
    always_ff @(posedge aclk) if (read_valid) read_data <= read_beat[127:0];
  end
  if (DATA_WIDTH > 128) begin : g_unused
    wire _unused = &{1'b0, read_beat[DATA_WIDTH-1:128]};
  end
  if (DATA_WIDTH != 64) begin : g_second_unused
    wire _unused = &{1'b0, second};
  end
endmodule
`default_nettype wire
