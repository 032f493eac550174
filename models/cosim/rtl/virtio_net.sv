// SPDX-License-Identifier: Apache-2.0
// A network device: the engine with a receive and a transmit queue, and net_loopback behind it.
`default_nettype none
module virtio_net #(
    parameter int DATA_WIDTH = 64,
    parameter int QUEUE_SIZE = 256,
    parameter logic [47:0] MAC = 48'h52_54_00_12_34_56,
    parameter int BUG = 0,  // planted, see planted_bugs.svh; -1: what the port says
    localparam int BYTES = DATA_WIDTH / 8
) (
    input wire aclk,
    input wire aresetn,
    input wire [7:0] bug,
    `include "register_ports.svh"
    `include "memory_ports.svh"
    output wire [15:0] device_id
);
  assign device_id = 16'd1;

  wire request_tvalid, request_tready, request_tlast;
  wire response_tvalid, response_tready, response_tlast, stream_reset;
  wire [DATA_WIDTH-1:0] request_tdata, response_tdata;
  wire [BYTES-1:0] request_tkeep, response_tkeep;
  wire [63:0] request_tuser;
  wire [11:0] config_address;
  wire [31:0] config_data;
  wire [1:0] queue_serve;

  virtqueue_core #(
      .DATA_WIDTH(DATA_WIDTH),
      .QUEUES(2),
      .QUEUE_SIZE(QUEUE_SIZE),
      .VECTORS(3),
      .DEVICE_FEATURES(64'h1_0020  /* MAC, STATUS */)
  ) core (
      .bug(BUG < 0 ? bug : 8'(BUG)),
      .m_axis_request_tvalid(request_tvalid),
      .m_axis_request_tready(request_tready),
      .m_axis_request_tdata(request_tdata),
      .m_axis_request_tkeep(request_tkeep),
      .m_axis_request_tlast(request_tlast),
      .m_axis_request_tuser(request_tuser),
      .s_axis_response_tvalid(response_tvalid),
      .s_axis_response_tready(response_tready),
      .s_axis_response_tdata(response_tdata),
      .s_axis_response_tkeep(response_tkeep),
      .s_axis_response_tlast(response_tlast),
      .*
  );

  net_loopback #(
      .DATA_WIDTH(DATA_WIDTH),
      .MAC(MAC)
  ) part (
      .*
  );
endmodule
`default_nettype wire
