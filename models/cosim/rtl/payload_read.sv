// SPDX-License-Identifier: Apache-2.0
// The device-readable part of a chain as one packet on the request stream. A chain without any is
// a packet of one beat without bytes.
`default_nettype none
module payload_read #(
    parameter int DATA_WIDTH = 64,
    localparam int BYTES = DATA_WIDTH / 8,
    localparam int CW = $clog2(BYTES) + 1
) (
    input wire       aclk,
    input wire       aresetn,
    input wire [7:0] bug,
    input wire       drop,

    input  wire start,  // for a clock: the list is complete
    output logic done,  // the packet has been taken, until the next start

    input  wire        buffer_valid,
    input  wire        buffer_alone,
    input  wire [31:0] buffer_bytes,
    output wire        buffer_pop,

    output wire        cmd_valid,
    input  wire        cmd_ready,
    output wire [31:0] cmd_bytes,
    output wire        cmd_last,

    input  wire                  in_valid,
    output wire                  in_ready,
    input  wire [DATA_WIDTH-1:0] in_data,
    input  wire [        CW-1:0] in_count,
    input  wire                  in_last,

    output wire                  m_axis_tvalid,
    input  wire                  m_axis_tready,
    output wire [DATA_WIDTH-1:0] m_axis_tdata,
    output wire [     BYTES-1:0] m_axis_tkeep,
    output wire                  m_axis_tlast
);
  `include "planted_bugs.svh"
  logic active;  // a packet is under way
  logic null_packet;

  wire short_read = bug == BUG_SHORT_READ && buffer_alone && buffer_bytes > 32'd1;
  assign cmd_valid = active && !null_packet && buffer_valid;
  assign cmd_bytes = short_read ? buffer_bytes - 32'd1 : buffer_bytes;
  assign cmd_last = buffer_alone;
  assign buffer_pop = cmd_valid && cmd_ready;

  assign m_axis_tvalid = active && (null_packet || in_valid);
  assign m_axis_tdata = in_data;
  assign m_axis_tkeep = null_packet ? '0 : ~({BYTES{1'b1}} << in_count);
  assign m_axis_tlast = null_packet || in_last;
  assign in_ready = active && !null_packet && m_axis_tready;

  always_ff @(posedge aclk) begin
    if (!aresetn || drop) begin
      active <= 1'b0;
      done   <= 1'b0;
    end else if (start) begin
      active <= 1'b1;
      done <= 1'b0;
      null_packet <= !buffer_valid;
    end else if (m_axis_tvalid && m_axis_tready && m_axis_tlast) begin
      active <= 1'b0;
      done   <= 1'b1;
    end
  end
endmodule
`default_nettype wire
