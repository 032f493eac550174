// SPDX-License-Identifier: Apache-2.0
// The device's own fields of the common configuration structure (virtio 1.4, 4.1.4.3): features,
// status, selectors. A reset lasts until nothing is under way any more; until then status reads as
// before.
`default_nettype none
module common_config #(
    parameter int QUEUES = 1,
    parameter int VECTORS = 2,
    parameter logic [63:0] FEATURES = 64'h1_0000_0000  // what is offered
) (
    input wire aclk,
    input wire aresetn,

    input  wire         write,
    input  wire  [ 7:0] write_offset,
    input  wire  [31:0] write_data,
    input  wire  [ 3:0] write_strobe,
    input  wire         read,
    input  wire  [ 7:0] read_offset,
    output logic [31:0] read_data,

    output logic [15:0] queue_select,
    output logic [15:0] config_vector,
    output logic [63:0] driver_features,
    output logic [ 7:0] status,
    output logic        device_reset,  // a reset is under way
    input  wire         quiet,         // nothing is
    input  wire         broken         // for a clock: a queue is broken
);
  `include "virtio_numbers.svh"
  logic [31:0] device_feature_select, driver_feature_select;

  wire [31:0] offered = device_feature_select == 32'd0 ? FEATURES[31:0]
                      : device_feature_select == 32'd1 ? FEATURES[63:32] : 32'd0;
  wire [31:0] chosen = driver_feature_select == 32'd0 ? driver_features[31:0]
                     : driver_feature_select == 32'd1 ? driver_features[63:32] : 32'd0;

  always_comb begin
    read_data = '0;
    if (read) case (read_offset)
      8'h00: read_data = device_feature_select;
      8'h04: read_data = offered;
      8'h08: read_data = driver_feature_select;
      8'h0c: read_data = chosen;
      8'h10: read_data = {16'(QUEUES), config_vector};
      8'h14: read_data = {queue_select, 8'd0, status};  // the configuration never changes
      default: read_data = '0;
    endcase
  end

  wire word = write && write_strobe == 4'b1111;
  wire low = write && write_strobe == 4'b0011;
  wire high = write && write_strobe == 4'b1100;
  wire byte_0 = write && write_strobe == 4'b0001;

  wire negotiated = (status & STATUS_FEATURES_OK) != '0;
  wire acceptable = (driver_features & ~FEATURES) == '0 && driver_features[F_VERSION_1];
  wire [7:0] asked = write_data[7:0];

  logic [7:0] next_status;
  always_comb begin
    next_status = status | (asked & ~STATUS_NEEDS_RESET);
    if (!negotiated && !acceptable) next_status = next_status & ~STATUS_FEATURES_OK;
    if ((next_status & STATUS_FEATURES_OK) == '0)
      next_status = next_status & ~STATUS_DRIVER_OK | status & STATUS_DRIVER_OK;
  end

  wire write_status = byte_0 && write_offset == 8'h14 && !device_reset;
  wire reset_over = device_reset && quiet;

  always_ff @(posedge aclk) begin
    if (!aresetn || reset_over) begin
      device_reset <= 1'b0;
      status <= '0;
      driver_features <= '0;
      device_feature_select <= '0;
      driver_feature_select <= '0;
      queue_select <= '0;
      config_vector <= NO_VECTOR;
    end else if (!device_reset) begin
      if (write_status && asked == '0) device_reset <= 1'b1;
      else if (write_status) status <= next_status | (broken ? STATUS_NEEDS_RESET : 8'd0);
      else if (broken) status <= status | STATUS_NEEDS_RESET;
      if (word && write_offset == 8'h00) device_feature_select <= write_data;
      if (word && write_offset == 8'h08) driver_feature_select <= write_data;
      if (word && write_offset == 8'h0c && !negotiated) begin
        if (driver_feature_select == 32'd0) driver_features[31:0] <= write_data;
        if (driver_feature_select == 32'd1) driver_features[63:32] <= write_data;
      end
      if (low && write_offset == 8'h10)
        config_vector <= write_data[15:0] < 16'(VECTORS) ? write_data[15:0] : NO_VECTOR;
      if (high && write_offset == 8'h14) queue_select <= write_data[31:16];
    end
  end
endmodule
`default_nettype wire
