// SPDX-License-Identifier: Apache-2.0
// Used buffer and configuration change notifications: a vector with valid and ready for MSI-X, ISR
// status for a line (virtio 1.4, 4.1.4.5, 4.1.5.1, 4.1.5.3). A vector that has been raised stays until
// it is taken, even over a reset of the device, which therefore waits for it.
`default_nettype none
module interrupt_unit #(
    parameter int QUEUES = 1,
    localparam int QW = QUEUES > 1 ? $clog2(QUEUES) : 1
) (
    input wire aclk,
    input wire aresetn,
    input wire device_reset,

    input wire          queue_used,  // for a clock: the driver is to be told of this queue
    input wire [QW-1:0] used_queue,
    input wire          config_changed,

    output wire  [QW-1:0] vector_queue,
    input  wire  [  15:0] vector_here,         // of vector_queue
    input  wire  [  15:0] config_vector,

    input  wire        isr_read,   // for a clock: and cleared
    output logic [1:0] isr_status,

    output wire         idle,
    output logic        irq_valid,
    input  wire         irq_ready,
    output logic [15:0] irq_vector
);
  `include "virtio_numbers.svh"
  logic [QUEUES-1:0] pending;
  logic config_pending;

  logic [QW-1:0] first;
  always_comb begin
    first = '0;
    for (int i = QUEUES - 1; i >= 0; i--) if (pending[i]) first = QW'(i);
  end
  assign vector_queue = first;
  assign idle = !irq_valid && !config_pending && pending == '0;

  wire [1:0] raised = {config_changed, queue_used};
  wire raise = !irq_valid && (config_pending || pending != '0);
  wire [15:0] next = config_pending ? config_vector : vector_here;

  always_ff @(posedge aclk) begin
    if (!aresetn) begin
      pending <= '0;
      config_pending <= 1'b0;
      isr_status <= '0;
      irq_valid <= 1'b0;
    end else begin
      if (irq_ready) irq_valid <= 1'b0;
      if (raise) begin
        irq_valid  <= next != NO_VECTOR;
        irq_vector <= next;
        if (config_pending) config_pending <= 1'b0;
        else pending[first] <= 1'b0;
      end
      if (queue_used) pending[used_queue] <= 1'b1;
      if (config_changed) config_pending <= 1'b1;
      isr_status <= (isr_read ? 2'b00 : isr_status) | raised;
      if (device_reset) begin
        pending <= '0;
        config_pending <= 1'b0;
        isr_status <= '0;
        if (raise) irq_valid <= 1'b0;
      end
    end
  end
endmodule
`default_nettype wire
