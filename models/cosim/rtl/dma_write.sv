// SPDX-License-Identifier: Apache-2.0
// Writes a stream of bytes to memory. A command names an address and the most bytes that go there;
// a packet that ends sooner ends the command, a command that is full leaves the rest of the packet
// to the next. A burst is announced when all its data are here, so W never waits for the source and
// a drop leaves nothing half done. Up to OUTSTANDING bursts await their response, with different
// AWID: memory may do them in any order, so who needs an order waits for `idle`.
// AWUSER as ARUSER of dma_read; WSTRB has exactly the bytes that are written.
`default_nettype none
module dma_write #(
    parameter int DATA_WIDTH = 64,
    parameter int OUTSTANDING = 4,
    parameter int MAX_BEATS = 16,
    localparam int BYTES = DATA_WIDTH / 8,
    localparam int CW = $clog2(BYTES) + 1,
    localparam int IW = $clog2(OUTSTANDING)
) (
    input wire       aclk,
    input wire       aresetn,
    input wire [7:0] bug,
    input wire       drop,  // while high: drop commands and data, finish what has been announced

    input  wire         cmd_valid,
    output wire         cmd_ready,
    input  wire  [63:0] cmd_address,
    input  wire  [31:0] cmd_bytes,  // 1 or more
    input  wire  [15:0] cmd_user,   // {queue, step}
    input  wire         cmd_discard,  // no address: throw the rest of the packet away

    output logic        done,     // for a clock: the command has all its data
    output logic        ended,    // with done: and so has the packet
    output logic [31:0] written,  // with done: bytes of the command

    input  wire                   in_valid,
    output wire                   in_ready,
    input  wire  [DATA_WIDTH-1:0] in_data,
    input  wire  [        CW-1:0] in_count,
    input  wire                   in_last,

    output wire  idle,
    output logic error,

    output logic                  m_axi_awvalid,
    input  wire                   m_axi_awready,
    output logic [          63:0] m_axi_awaddr,
    output logic [           3:0] m_axi_awid,
    output logic [           7:0] m_axi_awlen,
    output wire  [           2:0] m_axi_awsize,
    output wire  [           1:0] m_axi_awburst,
    output logic [          31:0] m_axi_awuser,
    output wire                   m_axi_wvalid,
    input  wire                   m_axi_wready,
    output wire  [DATA_WIDTH-1:0] m_axi_wdata,
    output wire  [     BYTES-1:0] m_axi_wstrb,
    output wire                   m_axi_wlast,
    input  wire                   m_axi_bvalid,
    output wire                   m_axi_bready,
    input  wire  [           3:0] m_axi_bid,
    input  wire  [           1:0] m_axi_bresp
);
  `include "planted_bugs.svh"
  localparam int LB = $clog2(BYTES);
  localparam int DEPTH = 2 * MAX_BEATS;
  localparam int PW = $clog2(DEPTH);

  // ---- the command
  logic        active;
  logic [63:0] address;
  logic [31:0] remaining;
  logic [15:0] user;
  logic        discard;
  assign cmd_ready = !active && !done && !drop;

  // ---- the burst that is being collected
  logic        open;
  logic [63:0] burst_address;
  logic [12:0] burst_left, burst_bytes;
  logic [ 8:0] burst_beats;
  logic        full;    // as much as fits
  logic        packet_over;
  wire  [12:0] size_bytes;
  wire  [ 8:0] size_beats;
  burst_size #(
      .BYTES(BYTES),
      .MAX_BEATS(MAX_BEATS)
  ) size (
      .bug,
      .enable(active && !open),
      .address,
      .remaining,
      .bytes(size_bytes),
      .beats(size_beats)
  );

  wire [LB-1:0] lane = address[LB-1:0];
  wire [CW-1:0] room = CW'(BYTES) - CW'(lane);
  wire [CW-1:0] piece = burst_left < 13'(room) ? burst_left[CW-1:0] : room;
  wire [CW-1:0] want = discard ? CW'(BYTES) : piece;
  wire gear_valid, gear_last;
  wire [CW-1:0] gear_count;
  wire [DATA_WIDTH-1:0] gear_data;
  logic [PW:0] put, kept, get;  // in the store of beats: written, committed, sent
  wire store_full = put - get == (PW + 1)'(DEPTH);
  wire collect = open && !full && !packet_over && !store_full && !drop;
  wire take = collect && gear_valid;
  wire throw_away = active && discard && gear_valid && !drop;
  byte_gearbox #(
      .BYTES(BYTES)
  ) gearbox (
      .aclk,
      .aresetn,
      .clear(drop),
      .in_valid(in_valid && !drop),
      .in_ready,
      .in_data,
      .in_skip('0),
      .in_count,
      .in_last,
      .out_want(want),
      .out_valid(gear_valid),
      .out_ready(collect || throw_away),
      .out_data(gear_data),
      .out_count(gear_count),
      .out_last(gear_last)
  );

  // ---- beats
  logic [DATA_WIDTH-1:0] store_data[DEPTH];
  logic [BYTES-1:0] store_strobe[DEPTH];
  wire [BYTES-1:0] exact = ~({BYTES{1'b1}} << gear_count) << lane;
  wire over_end = bug == BUG_STROBE && gear_last;
  wire [BYTES-1:0] strobe = over_end ? {BYTES{1'b1}} << lane : exact;
  always_ff @(posedge aclk) begin
    if (take) begin
      store_data[put[PW-1:0]] <= gear_data << {lane, 3'b000};
      store_strobe[put[PW-1:0]] <= strobe;
    end
  end

  // ---- the bus
  logic [8:0] w_left;        // beats of the burst on W
  logic       w_next_valid;  // of the one after it
  logic [8:0] w_next;
  logic [IW:0] awaiting;     // responses
  logic [IW-1:0] id;
  wire over = open && (full || packet_over);
  wire may_commit = !m_axi_awvalid && !w_next_valid && awaiting != (IW + 1)'(OUTSTANDING);
  wire commit = over && burst_bytes != '0 && may_commit && !drop;
  wire close = over && (burst_bytes == '0 || commit) && !drop;
  wire sent = m_axi_wvalid && m_axi_wready;
  wire answered = m_axi_bvalid && m_axi_bready;

  assign m_axi_awsize = 3'(LB);
  assign m_axi_awburst = 2'b01;
  assign m_axi_wvalid = w_left != '0;
  assign m_axi_wdata = store_data[get[PW-1:0]];
  assign m_axi_wstrb = store_strobe[get[PW-1:0]];
  assign m_axi_wlast = w_left == 9'd1;
  assign m_axi_bready = 1'b1;
  assign idle = !active && !done && awaiting == '0;

  always_ff @(posedge aclk) begin
    if (!aresetn) begin
      active <= 1'b0;
      open <= 1'b0;
      full <= 1'b0;
      packet_over <= 1'b0;
      done <= 1'b0;
      put <= '0;
      kept <= '0;
      get <= '0;
      w_left <= '0;
      w_next_valid <= 1'b0;
      awaiting <= '0;
      id <= '0;
      error <= 1'b0;
      m_axi_awvalid <= 1'b0;
    end else begin
      done <= 1'b0;
      if (m_axi_awready) m_axi_awvalid <= 1'b0;
      if (cmd_valid && cmd_ready) begin
        active <= 1'b1;
        address <= cmd_address;
        remaining <= cmd_bytes;
        written <= '0;
        user <= cmd_user;
        discard <= cmd_discard;
      end
      if (throw_away && gear_last) begin
        active <= 1'b0;
        done <= 1'b1;
        ended <= 1'b1;
      end
      if (active && !open && !discard) begin
        open <= 1'b1;
        burst_address <= address;
        burst_left <= size_bytes;
        burst_bytes <= '0;
        burst_beats <= '0;
      end
      if (take) begin
        if (gear_count != '0) begin
          put <= put + 1'b1;
          burst_beats <= burst_beats + 9'd1;
        end
        burst_bytes <= burst_bytes + 13'(gear_count);
        burst_left <= burst_left - 13'(gear_count);
        address <= address + 64'(gear_count);
        remaining <= remaining - 32'(gear_count);
        written <= written + 32'(gear_count);
        full <= burst_left == 13'(gear_count);
        packet_over <= gear_last;
      end
      if (close) begin
        open <= 1'b0;
        full <= 1'b0;
        packet_over <= 1'b0;
        if (packet_over || remaining == '0) begin
          active <= 1'b0;
          done <= 1'b1;
          ended <= packet_over;
        end
      end
      if (commit) begin
        kept <= put;
        m_axi_awvalid <= 1'b1;
        m_axi_awaddr <= burst_address;
        m_axi_awid <= 4'(id);
        m_axi_awlen <= 8'(burst_beats - 9'd1);
        m_axi_awuser <= {3'b0, burst_bytes, user};
        id <= id + 1'b1;
        w_next_valid <= 1'b1;
        w_next <= burst_beats;
      end
      if (w_next_valid && (w_left == '0 || (sent && m_axi_wlast))) begin
        w_left <= w_next;
        w_next_valid <= 1'b0;
      end else if (sent) begin
        w_left <= w_left - 9'd1;
      end
      if (sent) get <= get + 1'b1;
      awaiting <= awaiting + (IW + 1)'(commit) - (IW + 1)'(answered);
      if (drop) begin
        active <= 1'b0;
        open <= 1'b0;
        full <= 1'b0;
        packet_over <= 1'b0;
        done <= 1'b0;
        put <= kept;
      end
      error <= !(drop && idle) && (error || (answered && m_axi_bresp != 2'b00));
    end
  end

  wire _unused = &{1'b0, size_beats, m_axi_bid};
endmodule
`default_nettype wire
