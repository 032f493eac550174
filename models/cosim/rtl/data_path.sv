// SPDX-License-Identifier: Apache-2.0
// All that moves data: single accesses to the ring for whoever walks it, and the payload of a chain
// between memory and the two streams. Never both at once.
`default_nettype none
module data_path #(
    parameter int DATA_WIDTH = 64,
    parameter int LIST_DEPTH = 64,
    parameter int OUTSTANDING = 4,
    parameter int MAX_BEATS = 16,
    localparam int BYTES = DATA_WIDTH / 8
) (
    input wire       aclk,
    input wire       aresetn,
    input wire [7:0] bug,
    input wire       drop,           // while high: forget all of it, finish what is on the bus
    input wire [7:0] current_queue,  // for AxUSER and TUSER

    // ---- a ring access, one at a time
    input  wire         start_read,
    input  wire         start_write,
    input  wire [ 63:0] address,
    input  wire [  4:0] bytes,
    input  wire [ 63:0] write_data,
    input  wire [  7:0] step,
    output wire         access_done,
    output wire [127:0] access_data,

    // ---- the chain's buffers
    input  wire        list_clear,
    input  wire        push_readable,
    input  wire        push_writable,
    input  wire [63:0] push_address,
    input  wire [31:0] push_bytes,
    output wire        readable_full,
    output wire        writable_full,
    input  wire [31:0] writable_bytes,

    // ---- its payload
    input  wire        move_start,  // for a clock, `moving` is high from here until move_done
    input  wire        moving,
    output wire        move_done,
    output wire [31:0] written,

    output wire idle,
    output wire error,

    // ---- memory
    `include "memory_ports.svh"

    // ---- the device part
    output wire                   m_axis_request_tvalid,
    input  wire                   m_axis_request_tready,
    output wire  [DATA_WIDTH-1:0] m_axis_request_tdata,
    output wire  [     BYTES-1:0] m_axis_request_tkeep,
    output wire                   m_axis_request_tlast,
    output wire  [          63:0] m_axis_request_tuser,
    input  wire                   s_axis_response_tvalid,
    output wire                   s_axis_response_tready,
    input  wire  [DATA_WIDTH-1:0] s_axis_response_tdata,
    input  wire  [     BYTES-1:0] s_axis_response_tkeep,
    input  wire                   s_axis_response_tlast
);
  `include "virtio_numbers.svh"
  localparam int CW = $clog2(BYTES) + 1;

  wire read_idle, write_idle, read_error, write_error, request_done, response_done;
  wire control_read_valid, control_write_valid, control_out_valid, control_out_ready;
  wire [63:0] control_address;
  wire [7:0] control_step;
  wire [31:0] control_bytes;
  wire [CW-1:0] control_count;
  wire [DATA_WIDTH-1:0] control_beat;
  wire read_cmd_ready, write_cmd_ready, read_valid, read_last, write_in_ready;
  wire [DATA_WIDTH-1:0] read_beat;
  wire [CW-1:0] read_count;
  control_access #(
      .DATA_WIDTH(DATA_WIDTH)
  ) control_access (
      .aclk,
      .aresetn,
      .drop,
      .start_read,
      .start_write,
      .address,
      .bytes,
      .write_data,
      .step,
      .done(access_done),
      .read_data(access_data),
      .read_cmd_valid(control_read_valid),
      .read_cmd_ready,
      .read_valid(read_valid && !moving),
      .read_beat,
      .read_last,
      .write_cmd_valid(control_write_valid),
      .write_cmd_ready,
      .write_valid(control_out_valid),
      .write_ready(control_out_ready),
      .write_beat(control_beat),
      .write_count(control_count),
      .write_idle,
      .cmd_address(control_address),
      .cmd_step(control_step),
      .cmd_bytes(control_bytes)
  );

  // ---- payload
  wire readable_valid, readable_alone, readable_pop, writable_valid, writable_alone, writable_pop;
  wire [63:0] readable_address, writable_address;
  wire [31:0] readable_length, writable_length;
  buffer_list #(
      .DEPTH(LIST_DEPTH)
  ) readable (
      .aclk,
      .aresetn,
      .clear(list_clear || drop),
      .push(push_readable),
      .push_address,
      .push_bytes,
      .full(readable_full),
      .valid(readable_valid),
      .alone(readable_alone),
      .address(readable_address),
      .bytes(readable_length),
      .pop(readable_pop)
  );
  buffer_list #(
      .DEPTH(LIST_DEPTH)
  ) writable (
      .aclk,
      .aresetn,
      .clear(list_clear || drop),
      .push(push_writable),
      .push_address,
      .push_bytes,
      .full(writable_full),
      .valid(writable_valid),
      .alone(writable_alone),
      .address(writable_address),
      .bytes(writable_length),
      .pop(writable_pop)
  );

  wire payload_read_valid, payload_read_last, payload_out_ready;
  wire [31:0] payload_read_bytes;
  payload_read #(
      .DATA_WIDTH(DATA_WIDTH)
  ) payload_read (
      .aclk,
      .aresetn,
      .bug,
      .drop,
      .start(move_start),
      .done(request_done),
      .buffer_valid(readable_valid),
      .buffer_alone(readable_alone),
      .buffer_bytes(readable_length),
      .buffer_pop(readable_pop),
      .cmd_valid(payload_read_valid),
      .cmd_ready(read_cmd_ready),
      .cmd_bytes(payload_read_bytes),
      .cmd_last(payload_read_last),
      .in_valid(read_valid),
      .in_ready(payload_out_ready),
      .in_data(read_beat),
      .in_count(read_count),
      .in_last(read_last),
      .m_axis_tvalid(m_axis_request_tvalid),
      .m_axis_tready(m_axis_request_tready),
      .m_axis_tdata(m_axis_request_tdata),
      .m_axis_tkeep(m_axis_request_tkeep),
      .m_axis_tlast(m_axis_request_tlast)
  );
  assign m_axis_request_tuser = {writable_bytes, 24'b0, current_queue};

  wire payload_write_valid, payload_discard, write_done, write_ended;
  wire [63:0] payload_write_address;
  wire [31:0] payload_write_bytes, write_written;
  payload_write payload_write (
      .aclk,
      .aresetn,
      .bug,
      .drop,
      .start(move_start),
      .done(response_done),
      .written,
      .buffer_valid(writable_valid),
      .buffer_address(writable_address),
      .buffer_bytes(writable_length),
      .buffer_pop(writable_pop),
      .cmd_valid(payload_write_valid),
      .cmd_ready(write_cmd_ready),
      .cmd_address(payload_write_address),
      .cmd_bytes(payload_write_bytes),
      .cmd_discard(payload_discard),
      .cmd_done(write_done),
      .cmd_ended(write_ended),
      .cmd_written(write_written),
      .write_idle
  );

  // ---- data movers: the rings' while no payload moves
  wire [15:0] user = {current_queue, moving ? STEP_PAYLOAD : control_step};
  assign idle = read_idle && write_idle;
  assign error = read_error || write_error;
  assign move_done = request_done && response_done;
  dma_read #(
      .DATA_WIDTH(DATA_WIDTH),
      .SLOTS(OUTSTANDING),
      .MAX_BEATS(MAX_BEATS)
  ) dma_read (
      .aclk,
      .aresetn,
      .bug,
      .drop,
      .cmd_valid(moving ? payload_read_valid : control_read_valid),
      .cmd_ready(read_cmd_ready),
      .cmd_address(moving ? readable_address : control_address),
      .cmd_bytes(moving ? payload_read_bytes : control_bytes),
      .cmd_user(user),
      .cmd_last(!moving || payload_read_last),
      .out_valid(read_valid),
      .out_ready(!moving || payload_out_ready),
      .out_data(read_beat),
      .out_count(read_count),
      .out_last(read_last),
      .idle(read_idle),
      .error(read_error),
      .m_axi_arvalid,
      .m_axi_arready,
      .m_axi_araddr,
      .m_axi_arid,
      .m_axi_arlen,
      .m_axi_arsize,
      .m_axi_arburst,
      .m_axi_aruser,
      .m_axi_rvalid,
      .m_axi_rready,
      .m_axi_rid,
      .m_axi_rdata,
      .m_axi_rresp,
      .m_axi_rlast
  );

  // TKEEP has no holes, so its bits count the bytes.
  logic [CW-1:0] response_count;
  always_comb begin
    response_count = CW'(BYTES);
    if (s_axis_response_tvalid && !(&s_axis_response_tkeep)) begin
      response_count = '0;
      for (int i = 0; i < BYTES; i++) if (s_axis_response_tkeep[i]) response_count = CW'(i + 1);
    end
  end
  assign s_axis_response_tready = moving && !response_done && write_in_ready;
  assign control_out_ready = !moving && write_in_ready;
  dma_write #(
      .DATA_WIDTH(DATA_WIDTH),
      .OUTSTANDING(OUTSTANDING),
      .MAX_BEATS(MAX_BEATS)
  ) dma_write (
      .aclk,
      .aresetn,
      .bug,
      .drop,
      .cmd_valid(moving ? payload_write_valid : control_write_valid),
      .cmd_ready(write_cmd_ready),
      .cmd_address(moving ? payload_write_address : control_address),
      .cmd_bytes(moving ? payload_write_bytes : control_bytes),
      .cmd_user(user),
      .cmd_discard(moving && payload_discard),
      .done(write_done),
      .ended(write_ended),
      .written(write_written),
      .in_valid(moving ? s_axis_response_tvalid && !response_done : control_out_valid),
      .in_ready(write_in_ready),
      .in_data(moving ? s_axis_response_tdata : control_beat),
      .in_count(moving ? response_count : control_count),
      .in_last(!moving || s_axis_response_tlast),
      .idle(write_idle),
      .error(write_error),
      .m_axi_awvalid,
      .m_axi_awready,
      .m_axi_awaddr,
      .m_axi_awid,
      .m_axi_awlen,
      .m_axi_awsize,
      .m_axi_awburst,
      .m_axi_awuser,
      .m_axi_wvalid,
      .m_axi_wready,
      .m_axi_wdata,
      .m_axi_wstrb,
      .m_axi_wlast,
      .m_axi_bvalid,
      .m_axi_bready,
      .m_axi_bid,
      .m_axi_bresp
  );

  wire _unused = &{1'b0, writable_alone};
endmodule
`default_nettype wire
