// SPDX-License-Identifier: Apache-2.0
// The fields of the common configuration structure that each queue has (virtio 1.4, 4.1.4.3):
// written through the window of the selected queue, read there and by whoever serves a queue.
`default_nettype none
module queue_config #(
    parameter int QUEUES = 1,
    parameter int QUEUE_SIZE = 256,  // largest, a power of 2
    parameter int VECTORS = 2,
    localparam int QW = QUEUES > 1 ? $clog2(QUEUES) : 1
) (
    input wire aclk,
    input wire aresetn,
    input wire device_reset,  // all queues as after power-on

    // ---- the window
    input  wire  [15:0] queue_select,
    input  wire         write,
    input  wire  [ 7:0] write_offset,  // of the 32-bit word in the structure
    input  wire  [31:0] write_data,
    input  wire  [ 3:0] write_strobe,
    input  wire  [ 7:0] read_offset,
    output logic [31:0] read_data,
    input  wire         negotiated,    // FEATURES_OK
    input  wire         ring_packed,
    input  wire         may_reset,     // VIRTIO_F_RING_RESET

    // ---- the queues
    output logic [QUEUES-1:0] enabled,
    output logic [QUEUES-1:0] started,   // for a clock: has just been enabled
    input  wire  [QUEUES-1:0] quiet,     // nothing of the queue is under way
    input  wire  [    QW-1:0] current,   // the queue whose values these are:
    output wire  [      15:0] size,
    output wire  [      63:0] descriptor_area,
    output wire  [      63:0] driver_area,
    output wire  [      63:0] device_area,
    input  wire  [    QW-1:0] vector_queue,
    output wire  [      15:0] vector_here
);
  `include "virtio_numbers.svh"
  logic [QUEUES-1:0] resetting;
  logic [15:0] sizes[QUEUES];
  logic [15:0] vectors[QUEUES];
  logic [63:0] descriptor_areas[QUEUES];
  logic [63:0] driver_areas[QUEUES];
  logic [63:0] device_areas[QUEUES];

  assign size = sizes[current];
  assign descriptor_area = descriptor_areas[current];
  assign driver_area = driver_areas[current];
  assign device_area = device_areas[current];
  assign vector_here = vectors[vector_queue];

  wire exists = queue_select < 16'(QUEUES);
  wire [QW-1:0] q = exists ? queue_select[QW-1:0] : '0;
  wire on = enabled[q];

  // ---- reading
  always_comb begin
    read_data = '0;
    if (!exists) begin
      if (read_offset == 8'h18) read_data = {NO_VECTOR, 16'd0};
    end else begin
      case (read_offset)
        8'h18: read_data = {vectors[q], sizes[q]};
        8'h1c: read_data = {queue_select, 15'b0, on};  // queue_notify_off is the queue's number
        8'h20: read_data = descriptor_areas[q][31:0];
        8'h24: read_data = descriptor_areas[q][63:32];
        8'h28: read_data = driver_areas[q][31:0];
        8'h2c: read_data = driver_areas[q][63:32];
        8'h30: read_data = device_areas[q][31:0];
        8'h34: read_data = device_areas[q][63:32];
        8'h38: read_data = {15'b0, resetting[q], 16'd0};
        default: ;
      endcase
    end
  end

  // ---- what may be written
  wire take = write && exists && !device_reset;
  wire word = take && write_strobe == 4'b1111 && !on;
  wire low = take && write_strobe == 4'b0011;
  wire high = take && write_strobe == 4'b1100;
  wire [15:0] low_data = write_data[15:0];
  wire [15:0] high_data = write_data[31:16];
  wire power_of_2 = (low_data & (low_data - 16'd1)) == '0;
  wire legal_size = low_data != '0 && low_data <= 16'(QUEUE_SIZE) && (power_of_2 || ring_packed);
  wire legal_vector = high_data < 16'(VECTORS);

  // Alignment (2.7, 2.8.10.1), and no area beyond the end of the address space.
  wire [63:0] n = {48'b0, sizes[q]};
  wire [63:0] descriptor_bytes = {n[59:0], 4'b0};
  wire [63:0] driver_bytes = ring_packed ? 64'd4 : {n[62:0], 1'b0} + 64'd6;
  wire [63:0] device_bytes = ring_packed ? 64'd4 : {n[60:0], 3'b0} + 64'd6;
  wire aligned = descriptor_areas[q][3:0] == '0 && device_areas[q][1:0] == '0 &&
      !driver_areas[q][0] && !(ring_packed && driver_areas[q][1]);
  wire in_space = descriptor_areas[q] <= 64'd0 - descriptor_bytes &&
      driver_areas[q] <= 64'd0 - driver_bytes && device_areas[q] <= 64'd0 - device_bytes;
  wire still_power_of_2 = (sizes[q] & (sizes[q] - 16'd1)) == '0;
  wire legal_queue = aligned && in_space && (still_power_of_2 || ring_packed);

  wire enable = low && write_offset == 8'h1c && low_data == 16'd1 && negotiated && !on &&
      !resetting[q] && legal_queue;
  wire reset = high && write_offset == 8'h38 && high_data == 16'd1 && may_reset && negotiated;

  always_ff @(posedge aclk) begin
    started <= '0;
    for (int i = 0; i < QUEUES; i++) begin
      if (!aresetn || device_reset || (resetting[i] && quiet[i])) begin
        enabled[i] <= 1'b0;
        resetting[i] <= 1'b0;
        sizes[i] <= 16'(QUEUE_SIZE);
        vectors[i] <= NO_VECTOR;
        descriptor_areas[i] <= '0;
        driver_areas[i] <= '0;
        device_areas[i] <= '0;
      end
    end
    if (aresetn) begin
      if (enable) begin
        enabled[q] <= 1'b1;
        started[q] <= 1'b1;
      end
      if (reset) begin
        enabled[q]   <= 1'b0;
        resetting[q] <= 1'b1;
      end
      if (low && write_offset == 8'h18 && legal_size && !on) sizes[q] <= low_data;
      if (high && write_offset == 8'h18) vectors[q] <= legal_vector ? high_data : NO_VECTOR;
      if (word) begin
        case (write_offset)
          8'h20: descriptor_areas[q][31:0] <= write_data;
          8'h24: descriptor_areas[q][63:32] <= write_data;
          8'h28: driver_areas[q][31:0] <= write_data;
          8'h2c: driver_areas[q][63:32] <= write_data;
          8'h30: device_areas[q][31:0] <= write_data;
          8'h34: device_areas[q][63:32] <= write_data;
          default: ;
        endcase
      end
    end
  end

  wire _unused = &{1'b0, n[63]};
endmodule
`default_nettype wire
