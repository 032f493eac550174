// SPDX-License-Identifier: Apache-2.0
// A bench in SystemVerilog as another simulator would run it: the engine in RTL, memory, a driver that moves
// requests, and vring_ref_axi_monitor bound to the engine. +bug=N plants a bug, +packed and +event choose the
// ring, +seed=N repeats a run. Prints what the scoreboard finds, and ends with a line of totals.
`default_nettype none
package bench_pkg;
  import vring_ref_pkg::*;

  // As a verification library's scoreboard would: found() reports by the bench's own means.
  class bench_scoreboard extends vring_ref_scoreboard;
    function new(string name = "bench");
      super.new(name);
    endfunction
    virtual function void found(int index);
      $display("FOUND %s: transaction %0d, queue %0d: expected %s, found %s",
               vring_ref_sv_rule(handle, index),
               vring_ref_sv_field(handle, index, VRING_REF_FIELD_TRANSACTION),
               vring_ref_sv_field(handle, index, VRING_REF_FIELD_QUEUE),
               vring_ref_sv_expected(handle, index), vring_ref_sv_found(handle, index));
    endfunction
  endclass
endpackage

module bench;
  timeunit 1ps; timeprecision 1ps;

  localparam logic [63:0] BASE = 64'h8000_0000;
  localparam int MEMORY = 1 << 17;
  localparam logic [63:0] DESCRIPTORS = BASE, DRIVER = BASE + 64'h1000, DEVICE = BASE + 64'h2000;
  localparam logic [63:0] BUFFERS = BASE + 64'h4000;
  localparam int SIZE = 8;
  localparam int MOST = 4096;  // bytes of a buffer

  logic aclk = 0, aresetn = 0;
  logic [7:0] bug = 0;
  always #2000 aclk = !aclk;  // 250 MHz

  logic s_axil_awvalid = 0, s_axil_wvalid = 0, s_axil_arvalid = 0;
  logic [15:0] s_axil_awaddr, s_axil_araddr;
  logic [31:0] s_axil_wdata;
  logic [3:0] s_axil_wstrb;
  wire s_axil_awready, s_axil_wready, s_axil_bvalid, s_axil_arready, s_axil_rvalid;
  wire [1:0] s_axil_bresp, s_axil_rresp;
  wire [31:0] s_axil_rdata;

  wire irq_valid, resting;
  wire [15:0] irq_vector;
  wire [1:0] isr_status;

  wire m_axi_arvalid, m_axi_rready, m_axi_awvalid, m_axi_wvalid, m_axi_wlast, m_axi_bready;
  wire [63:0] m_axi_araddr, m_axi_awaddr, m_axi_wdata;
  wire [3:0] m_axi_arid, m_axi_awid;
  wire [7:0] m_axi_arlen, m_axi_awlen, m_axi_wstrb;
  wire [2:0] m_axi_arsize, m_axi_awsize;
  wire [1:0] m_axi_arburst, m_axi_awburst;
  wire [31:0] m_axi_aruser, m_axi_awuser;
  logic m_axi_arready = 0, m_axi_rvalid = 0, m_axi_rlast, m_axi_awready = 0, m_axi_wready = 0;
  logic m_axi_bvalid = 0;
  logic [3:0] m_axi_rid, m_axi_bid;
  logic [63:0] m_axi_rdata;
  logic [1:0] m_axi_rresp, m_axi_bresp;

  wire request_tvalid, request_tlast, response_tready, stream_reset;
  wire [63:0] request_tdata, request_tuser;
  wire [7:0] request_tkeep;
  logic response_tvalid = 0, response_tlast;
  logic [63:0] response_tdata;
  logic [7:0] response_tkeep;
  logic request_tready = 0;

  virtqueue_core #(
      .DATA_WIDTH(64),
      .VECTORS(2)
  ) core (
      .s_axil_bready(1'b1),
      .s_axil_rready(1'b1),
      .irq_ready(1'b1),
      .m_axis_request_tvalid(request_tvalid),
      .m_axis_request_tready(request_tready),
      .m_axis_request_tdata(request_tdata),
      .m_axis_request_tkeep(request_tkeep),
      .m_axis_request_tlast(request_tlast),
      .m_axis_request_tuser(request_tuser),
      .s_axis_response_tvalid(response_tvalid),
      .s_axis_response_tready(response_tready),
      .s_axis_response_tdata(response_tdata),
      .s_axis_response_tkeep(response_tkeep),
      .s_axis_response_tlast(response_tlast),
      .queue_serve(1'b1),
      .config_address(),
      .config_data(32'd0),
      .*
  );
  bind virtqueue_core vring_ref_axi_monitor #(
      .DATA_WIDTH(64),
      .NAME("engine")
  ) monitor (.*);

  // ---- memory: a read at a time; writes in order, answered a while after their data

  logic [7:0] memory[MEMORY];

  function automatic logic holds(input logic [63:0] address);
    return address >= BASE && address < BASE + 64'(MEMORY);
  endfunction
  function automatic logic [63:0] load(input logic [63:0] address, input int bytes);
    load = '0;
    for (int i = 0; i < bytes; i++) load[8*i+:8] = memory[int'(address-BASE)+i];
  endfunction
  task automatic store(input logic [63:0] address, input int bytes, input logic [63:0] value);
    for (int i = 0; i < bytes; i++) memory[int'(address-BASE)+i] = value[8*i+:8];
  endtask

  function automatic int some(input int below);
    return int'($urandom() % unsigned'(below));
  endfunction

  logic [63:0] read_at, write_at;
  int read_left = 0, read_wait, write_wait = 0;
  logic writing = 0;
  logic [3:0] write_id, answer_id[16];  // of writes that have not been answered
  logic [1:0] write_response, answer_response[16];
  int answers_in = 0, answers_out = 0;
  always @(posedge aclk) begin
    // Reads, a burst at a time.
    m_axi_arready <= 0;
    if (m_axi_arvalid && m_axi_arready) begin
      read_at <= {m_axi_araddr[63:3], 3'b000};
      read_left <= int'(m_axi_arlen) + 1;
      read_wait <= some(12);
      m_axi_rid <= m_axi_arid;
    end else if (read_left == 0 && !m_axi_rvalid && m_axi_arvalid) m_axi_arready <= 1;
    if (m_axi_rvalid && m_axi_rready) m_axi_rvalid <= 0;
    if (read_left != 0 && (!m_axi_rvalid || m_axi_rready)) begin
      if (read_wait != 0) read_wait <= read_wait - 1;
      else begin
        m_axi_rvalid <= 1;
        m_axi_rdata <= holds(read_at) ? load(read_at, 8) : 64'hdead_dead_dead_dead;
        m_axi_rresp <= holds(read_at) ? 2'b00 : 2'b11;
        m_axi_rlast <= read_left == 1;
        read_left <= read_left - 1;
        read_at <= read_at + 8;
      end
    end
    m_axi_awready <= 0;
    if (m_axi_awvalid && m_axi_awready) begin
      write_at <= {m_axi_awaddr[63:3], 3'b000};
      write_id <= m_axi_awid;
      write_response <= holds(m_axi_awaddr) ? 2'b00 : 2'b11;
      writing <= 1;
      m_axi_wready <= 1;
    end else if (!writing && answers_in - answers_out < 16 && m_axi_awvalid) m_axi_awready <= 1;
    if (m_axi_wvalid && m_axi_wready) begin
      for (int i = 0; i < 8; i++)
        if (m_axi_wstrb[i] && holds(write_at)) memory[int'(write_at-BASE)+i] <= m_axi_wdata[8*i+:8];
      write_at <= write_at + 8;
      if (m_axi_wlast) begin
        writing <= 0;
        m_axi_wready <= 0;
        answer_id[answers_in%16] <= write_id;
        answer_response[answers_in%16] <= write_response;
        answers_in <= answers_in + 1;
        write_wait <= some(20);
      end
    end
    if (write_wait != 0) write_wait <= write_wait - 1;
    if (m_axi_bvalid && m_axi_bready) m_axi_bvalid <= 0;
    else if (!m_axi_bvalid && answers_in != answers_out && write_wait == 0) begin
      m_axi_bvalid <= 1;
      m_axi_bid <= answer_id[answers_out%16];
      m_axi_bresp <= answer_response[answers_out%16];
      answers_out <= answers_out + 1;
    end
  end

  // ---- the device part: gives back what it is given, inverted

  logic [7:0] held[MOST];
  int held_bytes = 0, answered = 0, answer = 0, excess = 0;
  logic answering = 0;
  always @(posedge aclk) begin
    if (!aresetn || stream_reset) begin
      held_bytes = 0;
      answering = 0;
      response_tvalid <= 0;
    end else begin
      if (request_tvalid && request_tready) begin
        for (int i = 0; i < 8; i++)
          if (request_tkeep[i]) begin
            held[held_bytes] = request_tdata[8*i+:8];
            held_bytes = held_bytes + 1;
          end
        if (request_tlast) begin
          answer = held_bytes < int'(request_tuser[63:32]) ? held_bytes : int'(request_tuser[63:32]);
          answer = answer + excess;
          answered = 0;
          answering = 1;
        end
      end
      if (response_tvalid && response_tready) begin
        response_tvalid <= 0;
        if (response_tlast) begin
          answering = 0;
          held_bytes = 0;
        end
      end
      if (answering && (!response_tvalid || response_tready)) begin
        for (int i = 0; i < 8; i++) begin
          response_tdata[8*i+:8] <= answered + i < held_bytes ? ~held[answered+i] : 8'hcc;
          response_tkeep[i] <= answered + i < answer;
        end
        response_tlast <= answered + 8 >= answer;
        response_tvalid <= 1;
        answered = answered + 8;
      end
    end
    request_tready <= !answering;
  end

  // ---- registers

  // Pins change at falling edges, so that no simulator's order of processes matters: what is seen there
  // is what the next rising edge takes.
  task automatic put(input logic [15:0] offset, input logic [31:0] value, input int bytes);
    logic address_taken, data_taken, done;
    @(negedge aclk);
    s_axil_awvalid = 1;
    s_axil_wvalid = 1;
    s_axil_awaddr = {offset[15:2], 2'b00};
    s_axil_wdata = value << (8 * offset[1:0]);
    s_axil_wstrb = 4'((1 << bytes) - 1) << offset[1:0];
    do begin
      address_taken = s_axil_awready;
      data_taken = s_axil_wready;
      done = s_axil_bvalid;
      @(negedge aclk);
      if (address_taken) s_axil_awvalid = 0;
      if (data_taken) s_axil_wvalid = 0;
    end while (!done);
  endtask

  task automatic get(input logic [15:0] offset, input int bytes, output logic [31:0] value);
    logic taken, done;
    @(negedge aclk);
    s_axil_arvalid = 1;
    s_axil_araddr = {offset[15:2], 2'b00};
    do begin
      taken = s_axil_arready;
      done = s_axil_rvalid;
      value = s_axil_rdata;
      @(negedge aclk);
      if (taken) s_axil_arvalid = 0;
    end while (!done);
    value = (value >> (8 * offset[1:0])) & (32'hffff_ffff >> (32 - 8 * bytes));
  endtask

  // ---- the driver

  bit packed_ring = 0, event_idx = 0, lost = 0;
  int avail = 0;         // split: avail index; packed: next slot
  bit wrap = 1;          // packed
  int used = 0;          // requests that have come back
  int used_slot = 0;     // packed
  bit used_wrap = 1;

  task automatic reset_device();
    logic [31:0] status;
    put(16'h14, 0, 1);
    status = 1;
    for (int tries = 0; status[7:0] != 0; tries++) begin
      if (tries == 1000) begin
        lost = 1;
        break;
      end
      get(16'h14, 1, status);
    end
  endtask

  task automatic bring_up();
    logic [31:0] value;
    reset_device();
    put(16'h14, 3, 1);
    put(16'h08, 0, 4);
    put(16'h0c, event_idx ? 32'h2000_0000 : 0, 4);
    put(16'h08, 1, 4);
    put(16'h0c, packed_ring ? 32'h5 : 32'h1, 4);
    put(16'h14, 11, 1);
    get(16'h14, 1, value);
    put(16'h10, 0, 2);
    put(16'h16, 0, 2);
    put(16'h18, SIZE, 2);
    put(16'h1a, 1, 2);
    put(16'h20, DESCRIPTORS[31:0], 4);
    put(16'h24, 0, 4);
    put(16'h28, DRIVER[31:0], 4);
    put(16'h2c, 0, 4);
    put(16'h30, DEVICE[31:0], 4);
    put(16'h34, 0, 4);
    for (int i = 0; i < 32'h3000; i++) memory[i] = 0;
    put(16'h1c, 1, 2);
    put(16'h14, 15, 1);
    avail = 0;
    wrap = 1;
    used = 0;
    used_slot = 0;
    used_wrap = 1;
  endtask

  task automatic descriptor(input int slot, input logic [63:0] address, input int bytes,
                            input logic [15:0] low, input logic [15:0] high);
    store(DESCRIPTORS + 64'(16 * slot), 8, address);
    store(DESCRIPTORS + 64'(16 * slot + 8), 8, {high, low, 32'(bytes)});
  endtask

  // Request n of a batch: a buffer to read, one to write.
  task automatic add(input int n, input int bytes);
    logic [63:0] from, to;
    logic [15:0] bits;
    int second;
    from = BUFFERS + 64'(2 * MOST * n) + 64'(some(9));
    to = from + 64'(MOST) + 64'(some(9));
    for (int i = 0; i < bytes; i++) memory[int'(from-BASE)+i] = 8'($urandom());
    if (!packed_ring) begin
      descriptor(2 * n, from, bytes, 16'd1, 16'(2 * n + 1));
      descriptor(2 * n + 1, to, bytes, 16'd2, 16'd0);
      store(DRIVER + 64'd4 + 64'(unsigned'(2 * (avail % SIZE))), 2, 64'(2 * n));
      avail = avail + 1;
    end else begin
      bits = wrap ? 16'h0080 : 16'h8000;
      second = (avail + 1) % SIZE;  // an even number of slots: both are of one lap
      descriptor(second, to, bytes, 16'(n), bits | 16'd2);
      descriptor(avail, from, bytes, 16'(n), bits | 16'd1);
      avail = (avail + 2) % SIZE;
      if (avail == 0) wrap = !wrap;
    end
  endtask

  // What the driver says of interrupts, before it publishes a batch of n.
  task automatic want(input bit interrupts, input int n);
    if (packed_ring) begin
      store(DRIVER, 4, interrupts ? 64'h0 : 64'h0001_0000);
    end else if (event_idx)
      store(DRIVER + 64'(4 + 2 * SIZE), 2, 64'(16'(interrupts ? used + n - 1 : used - 1)));
    else store(DRIVER, 2, interrupts ? 64'h0 : 64'h1);
  endtask

  // How many requests have come back in all.
  task automatic collect();
    logic [15:0] flags, back;
    if (!packed_ring) begin
      back = 16'(load(DEVICE + 2, 2)) - 16'(used);
      used = used + int'(back);
      return;
    end
    forever begin
      flags = 16'(load(DESCRIPTORS + 64'(16 * used_slot + 14), 2));
      if (flags[15] != used_wrap || flags[7] != used_wrap) return;
      used = used + 1;
      used_slot = (used_slot + 2) % SIZE;
      if (used_slot == 0) used_wrap = !used_wrap;
    end
  endtask

  task automatic rest();
    for (int i = 0; i < 20; i++) begin
      @(posedge aclk);
      if (!resting) i = 0;
      if (longint'($time) > deadline) return;
    end
  endtask
  longint deadline = 0;

  task automatic batch(input int n, input int bytes, input bit interrupts);
    int due;
    due = used + n;
    want(interrupts, n);
    for (int i = 0; i < n; i++) add(i, bytes);
    if (!packed_ring) store(DRIVER + 2, 2, 64'(16'(avail)));
    put(16'h3000, 0, 4);
    deadline = longint'($time) + 64'd100_000_000;  // 100 us
    while (used < due && longint'($time) < deadline) begin
      @(posedge aclk);
      collect();
    end
    if (used != due) lost = 1;
    rest();
    core.monitor.scoreboard.finish();
  endtask

  task automatic run();
    bring_up();
    for (int i = 0; i < 40 && !lost; i++)
      batch(1 + i % 3, 1 + some(700), i % 4 != 3);
    // Resets at any moment of a request.
    for (int i = 0; i < 60 && !lost; i++) begin
      bring_up();
      want(1, 1);
      add(0, 2000);
      if (!packed_ring) store(DRIVER + 2, 2, 64'(16'(avail)));
      put(16'h3000, 0, 4);
      repeat (10 * i) @(posedge aclk);
      reset_device();
      repeat (300) @(posedge aclk);
    end
  endtask

  int seed = 1;
  string verdict;
  bench_pkg::bench_scoreboard scoreboard;
  initial begin
    scoreboard = new("engine");
    core.monitor.scoreboard = scoreboard;
    void'($value$plusargs("bug=%d", bug));
    void'($value$plusargs("seed=%d", seed));
    void'($value$plusargs("excess=%d", excess));
    packed_ring = $test$plusargs("packed") != 0;
    event_idx = $test$plusargs("event") != 0;
    void'($urandom(seed));
    repeat (4) @(posedge aclk);
    @(negedge aclk) aresetn = 1;
    repeat (4) @(posedge aclk);
    run();
    verdict = "all came back";
    if (lost) verdict = "the driver is lost";
    $display("TOTAL bug %0d seed %0d: %0d findings, %0d transactions, %0d requests, %0d used, %0d bytes predicted, %0d failures of the bench, %s",
             bug, seed, core.monitor.scoreboard.findings(), core.monitor.scoreboard.transactions(),
             core.monitor.scoreboard.requests(), core.monitor.scoreboard.used(),
             core.monitor.scoreboard.predicted_bytes(), core.monitor.scoreboard.failures,
             verdict);
    core.monitor.scoreboard.close();
    $finish;
  end
endmodule
`default_nettype wire
