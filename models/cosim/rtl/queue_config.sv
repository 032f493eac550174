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
    input  wire         read,
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
    if (!read) begin
    end else if (!exists) begin
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
  // Alignment (2.7, 2.8.10.1), and no area beyond the end of the address space.
  function automatic logic legal_areas(input logic [15:0] entries, input logic [63:0] descriptors,
                                       input logic [63:0] driver, input logic [63:0] device,
                                       input logic is_packed);
    logic [63:0] n;
    logic aligned, in_space;
    n = {48'b0, entries};
    aligned = descriptors[3:0] == '0 && device[1:0] == '0 && !driver[0] && !(is_packed && driver[1]);
    in_space = descriptors <= 64'd0 - (n << 4) &&
        driver <= 64'd0 - (is_packed ? 64'd4 : (n << 1) + 64'd6) &&
        device <= 64'd0 - (is_packed ? 64'd4 : (n << 3) + 64'd6);
    legal_areas = aligned && in_space;
  endfunction
  function automatic logic legal_size(input logic [15:0] entries, input logic is_packed);
    legal_size = entries != '0 && entries <= 16'(QUEUE_SIZE) &&
        (is_packed || (entries & (entries - 16'd1)) == '0);
  endfunction

  wire take = write && exists && !device_reset;
  wire [15:0] low_data = write_data[15:0];
  wire [15:0] high_data = write_data[31:16];

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
    if (aresetn && take && write_strobe == 4'b1111 && !on) begin
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
    if (aresetn && take && write_strobe == 4'b0011) begin
      if (write_offset == 8'h18 && !on && legal_size(low_data, ring_packed)) sizes[q] <= low_data;
      if (write_offset == 8'h1c && low_data == 16'd1 && negotiated && !on && !resetting[q] &&
          legal_size(sizes[q], ring_packed) &&
          legal_areas(sizes[q], descriptor_areas[q], driver_areas[q], device_areas[q], ring_packed)) begin
        enabled[q] <= 1'b1;
        started[q] <= 1'b1;
      end
    end
    if (aresetn && take && write_strobe == 4'b1100) begin
      if (write_offset == 8'h18) vectors[q] <= high_data < 16'(VECTORS) ? high_data : NO_VECTOR;
      if (write_offset == 8'h38 && high_data == 16'd1 && may_reset && negotiated) begin
        enabled[q]   <= 1'b0;
        resetting[q] <= 1'b1;
      end
    end
  end
endmodule
`default_nettype wire
