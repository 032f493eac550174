// SPDX-License-Identifier: Apache-2.0
// Reads the descriptors of one chain, split or packed, direct or in a table, one at a time, checks
// them, and fills the two lists of buffers. What it refuses is listed in README.md.
`default_nettype none
module chain_fetch #(
    parameter int MOST_IN_TABLE = 1024  // descriptors of a chain with an indirect table
) (
    input wire       aclk,
    input wire       aresetn,
    input wire       drop,

    input  wire          start,            // for a clock
    input  wire          ring_packed,
    input  wire          indirect_allowed,
    input  wire  [ 15:0] queue_size,
    input  wire  [ 63:0] descriptor_area,
    input  wire  [ 15:0] first_index,      // the head; packed: the slot
    input  wire          first_wrap,       // packed: the wrap counter there
    input  wire  [127:0] first,            // packed: the descriptor there, which has been read
    output logic         done,             // for a clock
    output logic [  7:0] failure,          // with done: ERROR_NONE or what is wrong
    output logic [ 15:0] buffer_id,        // what the used element names
    output logic [ 15:0] slots,            // of the ring that the chain takes up
    output logic [ 31:0] readable_bytes,
    output logic [ 31:0] writable_bytes,

    output logic         read_start,
    output wire  [ 63:0] read_address,
    output wire  [  7:0] read_step,
    input  wire          read_done,
    input  wire  [127:0] read_data,

    output wire         push_readable,
    output wire         push_writable,
    output wire  [63:0] push_address,
    output wire  [31:0] push_bytes,
    input  wire         readable_full,
    input  wire         writable_full
);
  `include "virtio_numbers.svh"

  typedef enum logic [1:0] {
    IDLE,
    READ,
    WAIT,
    CHECK
  } state_t;
  state_t state;

  logic [127:0] d;
  logic [15:0] index;     // of the descriptor in the ring
  logic wrap;
  logic in_table;
  logic [63:0] table_address;
  logic [27:0] entries, entry;
  logic [15:0] count;     // descriptors seen
  logic writable_seen;

  // ---- the descriptor
  wire [63:0] address = d[63:0];
  wire [31:0] bytes = d[95:64];
  wire [15:0] flags = ring_packed ? d[127:112] : d[111:96];
  wire [15:0] next = d[127:112];
  wire [15:0] id = d[111:96];
  wire writes = flags[DESC_WRITE];
  wire names_table = flags[DESC_INDIRECT] && !in_table;
  wire available = flags[DESC_AVAIL] == wrap && flags[DESC_USED] != wrap;

  // ---- where the next one is
  wire more = ring_packed && in_table ? entry + 28'd1 != entries : flags[DESC_NEXT];
  wire next_beyond = !ring_packed && (in_table ? {12'b0, next} >= entries : next >= queue_size);
  wire [15:0] most = in_table ? 16'(MOST_IN_TABLE) : queue_size;
  wire at_end = index + 16'd1 == queue_size;

  logic [7:0] wrong;
  logic leaves, too_many;
  logic [31:0] so_far;
  always_comb begin
    wrong = ERROR_NONE;
    {leaves, too_many, so_far} = '0;
    if (state == CHECK) begin
      leaves = bytes != '0 && address + {32'b0, bytes - 32'd1} < address;
      so_far = readable_bytes + writable_bytes;  // less than 4 GiB
      too_many = so_far + bytes < so_far;
    end
    if (state != CHECK) wrong = ERROR_NONE;
    else if (ring_packed && !in_table && count != 16'd1 && !available) wrong = ERROR_NOT_AVAILABLE;
    else if (flags[DESC_INDIRECT] && (in_table || (ring_packed && count != 16'd1)))
      wrong = ERROR_INDIRECT_NESTED;
    else if (names_table) begin
      if (!indirect_allowed) wrong = ERROR_INDIRECT;
      else if (flags[DESC_NEXT]) wrong = ERROR_INDIRECT_NEXT;
      else if (bytes == '0 || bytes[3:0] != '0) wrong = ERROR_TABLE_SIZE;
      else if (leaves) wrong = ERROR_ADDRESS;
    end else begin
      if (!writes && writable_seen) wrong = ERROR_ORDER;
      else if (leaves) wrong = ERROR_ADDRESS;
      else if (too_many) wrong = ERROR_BYTES;
      else if (bytes != '0 && (writes ? writable_full : readable_full)) wrong = ERROR_TOO_LONG;
      else if (more && next_beyond) wrong = ERROR_NEXT;
      else if (more && count >= most) wrong = ERROR_LOOP;
    end
  end

  wire good = state == CHECK && wrong == ERROR_NONE && !drop;
  wire add = good && !names_table && bytes != '0;
  assign push_readable = add && !writes;
  assign push_writable = add && writes;
  assign push_address = address;
  assign push_bytes = bytes;

  assign read_address = in_table ? table_address + {32'b0, entry, 4'b0}
                                 : descriptor_area + {44'b0, index, 4'b0};
  assign read_step = in_table ? STEP_INDIRECT_TABLE : STEP_DESCRIPTOR;

  always_ff @(posedge aclk) begin
    done <= 1'b0;
    read_start <= 1'b0;
    if (!aresetn || drop) begin
      state <= IDLE;
    end else begin
      case (state)
        IDLE:
        if (start) begin
          state <= ring_packed ? CHECK : READ;
          d <= first;
          index <= first_index;
          wrap <= first_wrap;
          in_table <= 1'b0;
          count <= 16'd1;
          slots <= 16'd1;
          writable_seen <= 1'b0;
          readable_bytes <= '0;
          writable_bytes <= '0;
          buffer_id <= first_index;
        end
        READ: begin
          read_start <= 1'b1;
          state <= WAIT;
        end
        WAIT:
        if (read_done) begin
          d <= read_data;
          state <= CHECK;
        end
        default: begin  // CHECK
          state <= READ;
          failure <= wrong;
          if (ring_packed && !in_table) buffer_id <= id;
          if (wrong != ERROR_NONE) begin
            state <= IDLE;
            done  <= 1'b1;
          end else if (names_table) begin
            in_table <= 1'b1;
            table_address <= address;
            entries <= bytes[31:4];
            entry <= '0;
          end else begin
            if (writes) begin
              writable_bytes <= writable_bytes + bytes;
              writable_seen  <= 1'b1;
            end else begin
              readable_bytes <= readable_bytes + bytes;
            end
            if (!more) begin
              state <= IDLE;
              done  <= 1'b1;
            end else begin
              count <= count + 16'd1;
              if (in_table) begin
                entry <= ring_packed ? entry + 28'd1 : {12'b0, next};
              end else begin
                slots <= slots + 16'd1;
                index <= !ring_packed ? next : at_end ? 16'd0 : index + 16'd1;
                if (ring_packed && at_end) wrap <= !wrap;
              end
            end
          end
        end
      endcase
    end
  end
endmodule
`default_nettype wire
