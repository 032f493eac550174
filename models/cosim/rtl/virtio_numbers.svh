// SPDX-License-Identifier: Apache-2.0
// Numbers of virtio 1.4 that several modules use, included inside a module.
/* verilator lint_off UNUSEDPARAM */
// Device status (2.1)
localparam logic [7:0] STATUS_ACKNOWLEDGE = 8'h01;
localparam logic [7:0] STATUS_DRIVER = 8'h02;
localparam logic [7:0] STATUS_DRIVER_OK = 8'h04;
localparam logic [7:0] STATUS_FEATURES_OK = 8'h08;
localparam logic [7:0] STATUS_NEEDS_RESET = 8'h40;
localparam logic [7:0] STATUS_FAILED = 8'h80;

// Feature bits (6)
localparam int F_INDIRECT_DESC = 28;
localparam int F_EVENT_IDX = 29;
localparam int F_VERSION_1 = 32;
localparam int F_RING_PACKED = 34;
localparam int F_IN_ORDER = 35;
localparam int F_NOTIFICATION_DATA = 38;
localparam int F_RING_RESET = 40;

// Descriptor flags (2.7.5, 2.8.1), by bit
localparam int DESC_NEXT = 0;
localparam int DESC_WRITE = 1;
localparam int DESC_INDIRECT = 2;
localparam int DESC_AVAIL = 7;
localparam int DESC_USED = 15;

// Flags of a packed ring's event suppression structures (2.8.10)
localparam logic [1:0] EVENT_ENABLE = 2'd0;
localparam logic [1:0] EVENT_DISABLE = 2'd1;
localparam logic [1:0] EVENT_AT_DESCRIPTOR = 2'd2;

localparam logic [15:0] NO_VECTOR = 16'hffff;

// What an access to memory is for: the numbers of Step in models/kit/tag.h, on AxUSER.
localparam logic [7:0] STEP_AVAIL_INDEX = 8'd1;
localparam logic [7:0] STEP_AVAIL_RING = 8'd2;
localparam logic [7:0] STEP_DESCRIPTOR = 8'd3;
localparam logic [7:0] STEP_INDIRECT_TABLE = 8'd4;
localparam logic [7:0] STEP_PAYLOAD = 8'd5;
localparam logic [7:0] STEP_USED_RING = 8'd6;
localparam logic [7:0] STEP_USED_INDEX = 8'd7;
localparam logic [7:0] STEP_SUPPRESSION = 8'd8;

// Why a queue broke: ENGINE_ERROR in the register map (README.md)
localparam logic [7:0] ERROR_NONE = 8'd0;
localparam logic [7:0] ERROR_MEMORY = 8'd1;            // SLVERR or DECERR
localparam logic [7:0] ERROR_AVAIL_INDEX = 8'd2;       // more than the ring's size ahead
localparam logic [7:0] ERROR_HEAD = 8'd3;              // head beyond the table
localparam logic [7:0] ERROR_NEXT = 8'd4;              // next beyond the table
localparam logic [7:0] ERROR_LOOP = 8'd5;              // chain longer than the ring
localparam logic [7:0] ERROR_TOO_LONG = 8'd6;          // more buffers than the engine holds
localparam logic [7:0] ERROR_INDIRECT = 8'd7;          // INDIRECT not negotiated
localparam logic [7:0] ERROR_INDIRECT_NEXT = 8'd8;     // INDIRECT with NEXT
localparam logic [7:0] ERROR_INDIRECT_NESTED = 8'd9;   // in a table, or in a list of a packed ring
localparam logic [7:0] ERROR_TABLE_SIZE = 8'd10;       // 0 bytes or not a multiple of 16
localparam logic [7:0] ERROR_ORDER = 8'd11;            // readable after writable
localparam logic [7:0] ERROR_BYTES = 8'd12;            // 4 GiB or more
localparam logic [7:0] ERROR_ADDRESS = 8'd13;          // leaves the address space
localparam logic [7:0] ERROR_NOT_AVAILABLE = 8'd14;    // packed list runs into the driver's half
/* verilator lint_on UNUSEDPARAM */
