// SPDX-License-Identifier: Apache-2.0
// Packets of several sources onto one stream, a whole packet at a time, sources in turn. All sent
// packets keep the order in which their sources had them taken, so a source that waits until its
// packet is taken knows that nothing passes it.
`default_nettype none
module tlp_send #(
    parameter int SOURCES = 4,
    localparam int SW = $clog2(SOURCES)
) (
    input wire aclk,
    input wire aresetn,

    input  wire  [   SOURCES-1:0] in_valid,
    output logic [   SOURCES-1:0] in_ready,
    input  wire  [SOURCES*32-1:0] in_data,   // as on the stream
    input  wire  [   SOURCES-1:0] in_last,

    output wire        idle,
    output wire        m_axis_tlp_tvalid,
    input  wire        m_axis_tlp_tready,
    output wire [31:0] m_axis_tlp_tdata,
    output wire [ 3:0] m_axis_tlp_tkeep,
    output wire        m_axis_tlp_tlast
);
  logic active;
  logic [SW-1:0] current, next;
  always_comb begin
    next = current;
    for (int i = SOURCES; i >= 1; i--)
      if (in_valid[SW'(current + SW'(i))]) next = current + SW'(i);
  end
  always_comb begin
    in_ready = '0;
    in_ready[current] = active && m_axis_tlp_tready;
  end
  assign idle = !active && in_valid == '0;
  assign m_axis_tlp_tvalid = active && in_valid[current];
  assign m_axis_tlp_tdata = in_data[{current, 5'b0}+:32];
  assign m_axis_tlp_tkeep = 4'hf;
  assign m_axis_tlp_tlast = in_last[current];

  always_ff @(posedge aclk) begin
    if (!aresetn) begin
      active <= 1'b0;
      current <= '0;
    end else if (!active) begin
      active <= in_valid != '0;
      current <= next;
    end else if (m_axis_tlp_tvalid && m_axis_tlp_tready && m_axis_tlp_tlast) begin
      active <= 1'b0;
    end
  end
endmodule
`default_nettype wire
