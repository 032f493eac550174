// SPDX-License-Identifier: Apache-2.0
// An entropy device: the engine with one queue and entropy_source behind it.
`default_nettype none
module virtio_entropy #(
    parameter int DATA_WIDTH = 64,
    parameter int QUEUE_SIZE = 256,
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
  assign device_id = 16'd4;

  wire request_tvalid, request_tready, request_tlast;
  wire response_tvalid, response_tready, response_tlast, stream_reset;
  wire [DATA_WIDTH-1:0] request_tdata, response_tdata;
  wire [BYTES-1:0] request_tkeep, response_tkeep;
  wire [63:0] request_tuser;
  wire [11:0] config_address;

  virtqueue_core #(
      .DATA_WIDTH(DATA_WIDTH),
      .QUEUES(1),
      .QUEUE_SIZE(QUEUE_SIZE),
      .VECTORS(2)
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
      .queue_serve(1'b1),
      .config_data(32'd0),
      .*
  );

  entropy_source #(
      .DATA_WIDTH(DATA_WIDTH)
  ) part (
      .*
  );

  wire _unused = &{1'b0, request_tdata, request_tkeep, config_address};
endmodule
`default_nettype wire
