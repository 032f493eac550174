// SPDX-License-Identifier: Apache-2.0
// The virtqueue engine: registers, rings and data movement of a virtio device without the device.
// What the device is sits on two streams, one packet each per request:
//   m_axis_request   the device-readable bytes; TUSER {device-writable bytes, 32; 0, 24; queue, 8}
//   s_axis_response  the bytes for the device-writable part; its length is the used length
// Register map, ports and rules: README.md. `bug` is 0, a constant of what is built on it, or an
// input for those who plant bugs at run time.
`default_nettype none
module virtqueue_core #(
    parameter int DATA_WIDTH = 64,      // 64, 128 or 256
    parameter int QUEUES = 1,           // 1 to 64
    parameter int QUEUE_SIZE = 256,     // largest size of a queue, a power of 2 up to 32768
    parameter int LIST_DEPTH = 64,      // buffers of a chain in each direction, a power of 2
    parameter int OUTSTANDING = 4,      // bursts in each direction: 2, 4, 8 or 16
    parameter int MAX_BEATS = 16,       // of a burst, a power of 2; a burst is 4096 bytes at most
    parameter int VECTORS = 2,          // of interrupts
    parameter logic [63:0] DEVICE_FEATURES = 64'h0,
    // VERSION_1, INDIRECT_DESC, EVENT_IDX, RING_PACKED, IN_ORDER, NOTIFICATION_DATA, RING_RESET
    parameter logic [63:0] RING_FEATURES = 64'h0000_014d_3000_0000,
    localparam int BYTES = DATA_WIDTH / 8
) (
    input wire       aclk,
    input wire       aresetn,
    input wire [7:0] bug,

    // ---- registers, interrupts, rest
    `include "register_ports.svh"

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
    input  wire                   s_axis_response_tlast,
    output wire                   stream_reset,    // forget requests that have come
    input  wire  [    QUEUES-1:0] queue_serve,     // a request of this queue can be taken
    output wire  [          11:0] config_address,  // device configuration, by 4 bytes
    input  wire  [          31:0] config_data
);
  `include "virtio_numbers.svh"
  localparam int QW = QUEUES > 1 ? $clog2(QUEUES) : 1;
  localparam logic [63:0] FEATURES = DEVICE_FEATURES | RING_FEATURES;

  // ---- registers
  wire write, read, registers_idle;
  wire [15:0] write_address, read_address;
  wire [31:0] write_data;
  wire [ 3:0] write_strobe;
  logic [31:0] read_data;
  axi_lite_slave axi_lite_slave (
      .aclk,
      .aresetn,
      .s_axil_awvalid,
      .s_axil_awready,
      .s_axil_awaddr,
      .s_axil_wvalid,
      .s_axil_wready,
      .s_axil_wdata,
      .s_axil_wstrb,
      .s_axil_bvalid,
      .s_axil_bready,
      .s_axil_bresp,
      .s_axil_arvalid,
      .s_axil_arready,
      .s_axil_araddr,
      .s_axil_rvalid,
      .s_axil_rready,
      .s_axil_rdata,
      .s_axil_rresp,
      .write,
      .write_address,
      .write_data,
      .write_strobe,
      .read,
      .read_address,
      .read_data,
      .idle(registers_idle)
  );

  wire in_common = read_address[15:8] == 8'h00;
  wire write_common = write && write_address[15:8] == 8'h00;
  wire isr_read = read && read_address == 16'h1000;
  wire [31:0] common_data, queue_data;
  wire [7:0] failure;
  wire [QW-1:0] current;
  always_comb begin
    if (in_common) read_data = common_data | queue_data;
    else if (read_address == 16'h1000) read_data = {30'b0, isr_status};
    else if (read_address == 16'h1004) read_data = {8'b0, 16'(current), failure};
    else if (read_address[15:12] == 4'h2) read_data = config_data;
    else read_data = '0;
  end
  assign config_address = read_address[11:0];

  // A doorbell is 4 bytes; with NOTIFICATION_DATA the upper half says what the ring says as well.
  wire doorbell = write && write_address >= 16'h3000 && write_strobe[1:0] == 2'b11;
  wire [15:0] bell = (write_address - 16'h3000) >> 2;
  logic [QUEUES-1:0] kicked;
  always_comb begin
    for (int i = 0; i < QUEUES; i++) kicked[i] = doorbell && bell == 16'(i);
  end

  wire [15:0] queue_select, config_vector;
  wire [63:0] driver_features;
  wire [7:0] status;
  wire device_reset, broken, idle, dma_idle, interrupts_idle;
  common_config #(
      .QUEUES(QUEUES),
      .VECTORS(VECTORS),
      .FEATURES(FEATURES)
  ) common_config (
      .aclk,
      .aresetn,
      .write(write_common),
      .write_offset(write_address[7:0]),
      .write_data,
      .write_strobe,
      .read,
      .read_offset(read_address[7:0]),
      .read_data(common_data),
      .queue_select,
      .config_vector,
      .driver_features,
      .status,
      .device_reset,
      .quiet(idle && interrupts_idle),
      .broken
  );

  wire ring_packed = driver_features[F_RING_PACKED];
  wire event_idx = driver_features[F_EVENT_IDX];
  wire working = (status & (STATUS_DRIVER_OK | STATUS_NEEDS_RESET)) == STATUS_DRIVER_OK;
  wire running = working && !device_reset;
  wire [QUEUES-1:0] enabled, started, quiet;
  wire [15:0] size, vector_here;
  wire [63:0] descriptor_area, driver_area, device_area;
  wire [QW-1:0] vector_queue;
  queue_config #(
      .QUEUES(QUEUES),
      .QUEUE_SIZE(QUEUE_SIZE),
      .VECTORS(VECTORS)
  ) queue_config (
      .aclk,
      .aresetn,
      .device_reset,
      .queue_select,
      .write(write_common),
      .write_offset(write_address[7:0]),
      .write_data,
      .write_strobe,
      .read,
      .read_offset(read_address[7:0]),
      .read_data(queue_data),
      .negotiated((status & STATUS_FEATURES_OK) != '0),
      .ring_packed,
      .may_reset(driver_features[F_RING_RESET]),
      .enabled,
      .started,
      .quiet,
      .current,
      .size,
      .descriptor_area,
      .driver_area,
      .device_area,
      .vector_queue,
      .vector_here
  );

  wire queue_used;
  interrupt_unit #(
      .QUEUES(QUEUES)
  ) interrupt_unit (
      .aclk,
      .aresetn,
      .device_reset,
      .queue_used,
      .used_queue(current),
      .config_changed(broken && running),
      .vector_queue,
      .vector_here,
      .config_vector,
      .isr_read,
      .isr_status,
      .idle(interrupts_idle),
      .irq_valid,
      .irq_ready,
      .irq_vector
  );

  // ---- rings
  wire ring_read_start, ring_write_start, access_done;
  wire [63:0] ring_address, ring_write_data;
  wire [4:0] ring_bytes;
  wire [7:0] ring_step;
  wire [127:0] access_data;
  wire fetch_start, fetching, fetch_done, first_wrap;
  wire [15:0] first_index, buffer_id, slots;
  wire [7:0] fetch_failure;
  wire [31:0] readable_bytes, writable_bytes, written;
  wire move_start, moving, move_done, drop, dma_error;
  ring_control #(
      .QUEUES(QUEUES)
  ) ring_control (
      .aclk,
      .aresetn,
      .bug,
      .running,
      .device_reset,
      .ring_packed,
      .event_idx,
      .enabled,
      .started,
      .kicked,
      .serve(queue_serve),
      .quiet,
      .idle,
      .resting(ring_resting),
      .current,
      .size,
      .descriptor_area,
      .driver_area,
      .device_area,
      .read_start(ring_read_start),
      .write_start(ring_write_start),
      .address(ring_address),
      .bytes(ring_bytes),
      .write_data(ring_write_data),
      .step(ring_step),
      .access_done,
      .read_data(access_data),
      .fetch_start,
      .fetching,
      .first_index,
      .first_wrap,
      .fetch_done,
      .fetch_failure,
      .buffer_id,
      .slots,
      .readable_bytes,
      .move_start,
      .moving,
      .move_done,
      .written,
      .drop,
      .dma_idle,
      .dma_error,
      .queue_used,
      .broken,
      .failure
  );
  wire ring_resting;
  assign resting = ring_resting && dma_idle && interrupts_idle && !device_reset && started == '0 &&
      registers_idle;
  assign stream_reset = drop || device_reset;

  wire fetch_read_start, push_readable, push_writable, readable_full, writable_full;
  wire [63:0] fetch_address, push_address;
  wire [31:0] push_bytes;
  wire [7:0] fetch_step;
  chain_fetch chain_fetch (
      .aclk,
      .aresetn,
      .drop,
      .start(fetch_start),
      .ring_packed,
      .indirect_allowed(driver_features[F_INDIRECT_DESC]),
      .queue_size(size),
      .descriptor_area,
      .first_index,
      .first_wrap,
      .first(access_data),
      .done(fetch_done),
      .failure(fetch_failure),
      .buffer_id,
      .slots,
      .readable_bytes,
      .writable_bytes,
      .read_start(fetch_read_start),
      .read_address(fetch_address),
      .read_step(fetch_step),
      .read_done(access_done),
      .read_data(access_data),
      .push_readable,
      .push_writable,
      .push_address,
      .push_bytes,
      .readable_full,
      .writable_full
  );

  data_path #(
      .DATA_WIDTH(DATA_WIDTH),
      .LIST_DEPTH(LIST_DEPTH),
      .OUTSTANDING(OUTSTANDING),
      .MAX_BEATS(MAX_BEATS)
  ) data_path (
      .aclk,
      .aresetn,
      .bug,
      .drop,
      .current_queue(8'(current)),
      .start_read(fetching ? fetch_read_start : ring_read_start),
      .start_write(ring_write_start),
      .address(fetching ? fetch_address : ring_address),
      .bytes(fetching ? 5'd16 : ring_bytes),
      .write_data(ring_write_data),
      .step(fetching ? fetch_step : ring_step),
      .access_done,
      .access_data,
      .list_clear(fetch_start),
      .push_readable,
      .push_writable,
      .push_address,
      .push_bytes,
      .readable_full,
      .writable_full,
      .writable_bytes,
      .move_start,
      .moving,
      .move_done,
      .written,
      .idle(dma_idle),
      .error(dma_error),
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
      .m_axi_rlast,
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
      .m_axi_bresp,
      .m_axis_request_tvalid,
      .m_axis_request_tready,
      .m_axis_request_tdata,
      .m_axis_request_tkeep,
      .m_axis_request_tlast,
      .m_axis_request_tuser,
      .s_axis_response_tvalid,
      .s_axis_response_tready,
      .s_axis_response_tdata,
      .s_axis_response_tkeep,
      .s_axis_response_tlast
  );
endmodule
`default_nettype wire
