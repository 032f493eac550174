// SPDX-License-Identifier: Apache-2.0
// Bugs that can be switched in, to see that a checker finds them. 0 is none. Included inside a
// module. README.md says what each does and what shows it.
/* verilator lint_off UNUSEDPARAM */
localparam logic [7:0] BUG_NONE = 8'd0;
localparam logic [7:0] BUG_RING_WRAP = 8'd1;
localparam logic [7:0] BUG_USED_LENGTH = 8'd2;
localparam logic [7:0] BUG_STROBE = 8'd3;
localparam logic [7:0] BUG_EARLY_INDEX = 8'd4;
localparam logic [7:0] BUG_STALE_EVENT = 8'd5;
localparam logic [7:0] BUG_LOST_WRAP = 8'd6;
localparam logic [7:0] BUG_DMA_AFTER_RESET = 8'd7;
localparam logic [7:0] BUG_READ_AHEAD = 8'd8;
localparam logic [7:0] BUG_EARLY_INTERRUPT = 8'd9;
localparam logic [7:0] BUG_LOST_KICK = 8'd10;
localparam logic [7:0] BUG_AVAIL_EVENT = 8'd11;
localparam logic [7:0] BUG_PAGE_CROSSING = 8'd12;
localparam logic [7:0] BUG_UNSTABLE_ADDRESS = 8'd13;
localparam logic [7:0] BUG_IGNORED_ERROR = 8'd14;
localparam logic [7:0] BUG_SHORT_READ = 8'd15;
localparam logic [7:0] BUG_UNASKED_INTERRUPT = 8'd16;
localparam logic [7:0] BUG_OVERRUN = 8'd17;
localparam logic [7:0] BUG_EARLY_USED = 8'd18;
/* verilator lint_on UNUSEDPARAM */
