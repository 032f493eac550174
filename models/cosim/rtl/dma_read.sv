// SPDX-License-Identifier: Apache-2.0
// Reads memory as a stream of bytes. A command names an address and a number of bytes of any
// alignment; commands join into one packet until one says `last`. Bursts are issued ahead, up to
// SLOTS at a time, each with the number of its slot as ARID, and may be answered in any order and
// interleaved: a slot has room for its whole burst, so RREADY never falls.
// ARUSER: {bytes that are wanted, 16 bits; queue, 8; step, 8}. The last beat may bring more.
`default_nettype none
module dma_read #(
    parameter int DATA_WIDTH = 64,
    parameter int SLOTS = 4,
    parameter int MAX_BEATS = 16,
    localparam int BYTES = DATA_WIDTH / 8,
    localparam int CW = $clog2(BYTES) + 1,
    localparam int SW = $clog2(SLOTS)
) (
    input wire       aclk,
    input wire       aresetn,
    input wire [7:0] bug,
    input wire       drop,  // while high: drop commands and data, finish what is on the bus

    input  wire         cmd_valid,
    output wire         cmd_ready,
    input  wire  [63:0] cmd_address,
    input  wire  [31:0] cmd_bytes,  // 1 or more
    input  wire  [15:0] cmd_user,   // {queue, step}
    input  wire         cmd_last,

    output wire                   out_valid,
    input  wire                   out_ready,
    output wire  [DATA_WIDTH-1:0] out_data,
    output wire  [        CW-1:0] out_count,
    output wire                   out_last,

    output wire  idle,   // nothing to do and nothing on the bus
    output logic error,  // an access failed since the last drop ended

    output logic                  m_axi_arvalid,
    input  wire                   m_axi_arready,
    output wire  [          63:0] m_axi_araddr,
    output logic [           3:0] m_axi_arid,
    output logic [           7:0] m_axi_arlen,
    output wire  [           2:0] m_axi_arsize,
    output wire  [           1:0] m_axi_arburst,
    output logic [          31:0] m_axi_aruser,
    input  wire                   m_axi_rvalid,
    output wire                   m_axi_rready,
    input  wire  [           3:0] m_axi_rid,
    input  wire  [DATA_WIDTH-1:0] m_axi_rdata,
    input  wire  [           1:0] m_axi_rresp,
    input  wire                   m_axi_rlast
);
  `include "planted_bugs.svh"
  localparam int LB = $clog2(BYTES);
  localparam int BW = $clog2(MAX_BEATS);

  // ---- commands into bursts
  logic        active;
  logic [63:0] address;
  logic [31:0] remaining;
  logic [15:0] user;
  logic        last;
  wire  [12:0] burst_bytes;
  wire  [ 8:0] burst_beats;
  burst_size #(
      .BYTES(BYTES),
      .MAX_BEATS(MAX_BEATS)
  ) size (
      .bug,
      .enable(active),
      .address,
      .remaining,
      .bytes(burst_bytes),
      .beats(burst_beats)
  );

  // ---- slots, taken and drained in a ring
  logic [SLOTS-1:0] slot_busy;
  logic [LB-1:0] slot_skip[SLOTS];  // lanes before the first byte
  logic [12:0] slot_bytes[SLOTS];  // still to be drained
  logic [BW:0] slot_beats[SLOTS];
  logic [BW:0] slot_received[SLOTS];
  logic [SLOTS-1:0] slot_last;
  logic [SW-1:0] take, drain;
  logic [BW-1:0] drain_beat;
  logic [DATA_WIDTH-1:0] store[SLOTS*MAX_BEATS];

  wire issue = active && !slot_busy[take] && !m_axi_arvalid && !drop;
  wire whole = remaining == {19'b0, burst_bytes};
  assign cmd_ready = !active && !drop;

  logic [63:0] ar_address;
  assign m_axi_araddr = bug == BUG_UNSTABLE_ADDRESS ? ar_address ^ {57'b0, moved, 6'b0} : ar_address;
  logic moved;  // of the planted bug: the address changes while it waits
  always_ff @(posedge aclk) moved <= m_axi_arvalid && !m_axi_arready;
  assign m_axi_arsize  = 3'(LB);
  assign m_axi_arburst = 2'b01;
  assign m_axi_rready  = 1'b1;

  // ---- the oldest slot into the stream
  wire arrived = slot_busy[drain] && slot_received[drain] > {1'b0, drain_beat};
  wire complete = slot_busy[drain] && slot_received[drain] == slot_beats[drain];
  wire [LB-1:0] skip = drain_beat == '0 ? slot_skip[drain] : '0;
  wire [CW-1:0] room = CW'(BYTES) - CW'(skip);
  wire ends = slot_bytes[drain] <= 13'(room);
  wire [CW-1:0] count = ends ? slot_bytes[drain][CW-1:0] : room;
  wire gear_ready;
  wire feed = arrived && gear_ready && !drop;
  wire freed = drop ? complete : feed && ends;

  byte_gearbox #(
      .BYTES(BYTES)
  ) gearbox (
      .aclk,
      .aresetn,
      .clear(drop),
      .in_valid(arrived && !drop),
      .in_ready(gear_ready),
      .in_data(store[{drain, drain_beat}]),
      .in_skip(skip),
      .in_count(count),
      .in_last(ends && slot_last[drain]),
      .out_want(CW'(BYTES)),
      .out_valid,
      .out_ready,
      .out_data,
      .out_count,
      .out_last
  );

  assign idle = !active && !m_axi_arvalid && slot_busy == '0;
  wire [SW-1:0] from = m_axi_rid[SW-1:0];
  wire failed = m_axi_rvalid && m_axi_rresp != 2'b00 && bug != BUG_IGNORED_ERROR;

  always_ff @(posedge aclk) begin
    if (m_axi_rvalid) store[{from, slot_received[from][BW-1:0]}] <= m_axi_rdata;
    if (!aresetn) begin
      active <= 1'b0;
      slot_busy <= '0;
      take <= '0;
      drain <= '0;
      drain_beat <= '0;
      error <= 1'b0;
      m_axi_arvalid <= 1'b0;
    end else begin
      if (m_axi_arready) m_axi_arvalid <= 1'b0;
      if (cmd_valid && cmd_ready) begin
        active <= 1'b1;
        address <= cmd_address;
        remaining <= cmd_bytes;
        user <= cmd_user;
        last <= cmd_last;
      end
      if (issue) begin
        m_axi_arvalid <= 1'b1;
        ar_address <= address;
        m_axi_arid <= 4'(take);
        m_axi_arlen <= 8'(burst_beats - 9'd1);
        m_axi_aruser <= {3'b0, burst_bytes, user};
        slot_busy[take] <= 1'b1;
        slot_skip[take] <= address[LB-1:0];
        slot_bytes[take] <= burst_bytes;
        slot_beats[take] <= (BW + 1)'(burst_beats);
        slot_received[take] <= '0;
        slot_last[take] <= last && whole;
        take <= take + 1'b1;
        address <= address + {51'b0, burst_bytes};
        remaining <= remaining - {19'b0, burst_bytes};
        if (whole) active <= 1'b0;
      end
      if (drop) active <= 1'b0;
      if (m_axi_rvalid) slot_received[from] <= slot_received[from] + 1'b1;
      if (feed) begin
        slot_bytes[drain] <= slot_bytes[drain] - 13'(count);
        drain_beat <= drain_beat + 1'b1;
      end
      if (freed) begin
        slot_busy[drain] <= 1'b0;
        drain <= drain + 1'b1;
        drain_beat <= '0;
      end
      error <= !(drop && idle) && (error || failed);
    end
  end

  wire _unused = &{1'b0, m_axi_rid, m_axi_rlast};
endmodule
`default_nettype wire
