// SPDX-License-Identifier: Apache-2.0
// Watches the pins of a virtio device and tells a scoreboard of vring_ref_pkg: AXI4-Lite registers, an AXI4
// manager to memory, interrupts by vector. It drives nothing; instantiate it beside the device, or bind it:
//
//   bind virtqueue_core vring_ref_axi_monitor #(.DATA_WIDTH(DATA_WIDTH)) monitor (.*);
//
// Pins see when an access ends, not when memory did it, so each is told at the moment that excuses nothing: a
// read with its last beat; a write of payload when BRESP comes, as memory may do it that late; a write of a
// ring with its last beat, as memory may do it that early (only if USER_TELLS, else with BRESP, too).
// Within a clock: BRESP, R, W, interrupt, registers.
`default_nettype none
module vring_ref_axi_monitor
  import vring_ref_pkg::*;
#(
    parameter int DATA_WIDTH = 64,  // a multiple of 64
    parameter int ID_WIDTH = 4,
    // AxUSER is {bytes that are meant, 16; queue, 8; step, 8}, see models/cosim/rtl. Without, what a read takes
    // is not known to the byte, and the rules on places that are read (outside, read-extent) say too much.
    parameter bit USER_TELLS = 1,
    parameter int OUTSTANDING = 32,  // bursts in each direction, at most
    parameter int QUEUES = 64,       // with a vector of their own, at most
    parameter string NAME = "vring_ref",
    localparam int BYTES = DATA_WIDTH / 8
) (
    input wire aclk,
    input wire aresetn,

    input wire        s_axil_awvalid,
    input wire        s_axil_awready,
    input wire [15:0] s_axil_awaddr,
    input wire        s_axil_wvalid,
    input wire        s_axil_wready,
    input wire [31:0] s_axil_wdata,
    input wire [ 3:0] s_axil_wstrb,
    input wire        s_axil_arvalid,
    input wire        s_axil_arready,
    input wire [15:0] s_axil_araddr,
    input wire        s_axil_rvalid,
    input wire        s_axil_rready,
    input wire [31:0] s_axil_rdata,

    input wire                  m_axi_arvalid,
    input wire                  m_axi_arready,
    input wire [          63:0] m_axi_araddr,
    input wire [  ID_WIDTH-1:0] m_axi_arid,
    input wire [          31:0] m_axi_aruser,
    input wire                  m_axi_rvalid,
    input wire                  m_axi_rready,
    input wire [  ID_WIDTH-1:0] m_axi_rid,
    input wire [DATA_WIDTH-1:0] m_axi_rdata,
    input wire [           1:0] m_axi_rresp,
    input wire                  m_axi_rlast,
    input wire                  m_axi_awvalid,
    input wire                  m_axi_awready,
    input wire [          63:0] m_axi_awaddr,
    input wire [  ID_WIDTH-1:0] m_axi_awid,
    input wire [          31:0] m_axi_awuser,
    input wire                  m_axi_wvalid,
    input wire                  m_axi_wready,
    input wire [DATA_WIDTH-1:0] m_axi_wdata,
    input wire [     BYTES-1:0] m_axi_wstrb,
    input wire                  m_axi_wlast,
    input wire                  m_axi_bvalid,
    input wire                  m_axi_bready,
    input wire [  ID_WIDTH-1:0] m_axi_bid,
    input wire [           1:0] m_axi_bresp,

    input wire        irq_valid,
    input wire        irq_ready,
    input wire [15:0] irq_vector
);
  timeunit 1ps; timeprecision 1ps;  // $time is in picoseconds here
  localparam int MOST_BEATS = 256;

  // A bench that reports by its own means puts an object of its own class here, before the end of reset.
  vring_ref_scoreboard scoreboard;
  initial if (scoreboard == null) scoreboard = new(NAME);

  // A burst that is out. Ages tell the oldest of an id; AW and W come in the same order, either first.
  logic [OUTSTANDING-1:0] read_out, write_out;
  int unsigned read_age[OUTSTANDING], write_age[OUTSTANDING];
  logic [ID_WIDTH-1:0] read_id[OUTSTANDING], write_id[OUTSTANDING];
  logic [63:0] read_address[OUTSTANDING], write_address[OUTSTANDING];
  logic [31:0] read_user[OUTSTANDING], write_user[OUTSTANDING];
  int read_beats[OUTSTANDING], write_beats[OUTSTANDING];
  logic [1:0] read_response[OUTSTANDING];
  logic [OUTSTANDING-1:0] addressed, filled, told;  // writes
  logic [DATA_WIDTH-1:0] read_data[OUTSTANDING*MOST_BEATS], write_data[OUTSTANDING*MOST_BEATS];
  logic [BYTES-1:0] strobes[OUTSTANDING*MOST_BEATS];
  int unsigned next_age, next_address, next_fill;

  // Registers
  logic write_addressed, write_given;
  logic [15:0] register_address, register_read_address, selected, config_vector;
  logic [31:0] register_data;
  logic [3:0] register_strobes;
  logic [15:0] vector_of[QUEUES];

  function automatic int status_of(input logic [1:0] response);
    if (response == 2'b11) return VRING_REF_ADDRESS_ERROR;
    return response[1] ? VRING_REF_BUS_ERROR : VRING_REF_DONE;
  endfunction

  function automatic longint now();
    return longint'($time);
  endfunction

  // ---- bursts

  function automatic int oldest_read(input logic [ID_WIDTH-1:0] id);
    int best;
    best = -1;
    for (int i = 0; i < OUTSTANDING; i++)
      if (read_out[i] && read_id[i] == id && (best < 0 || read_age[i] < read_age[best])) best = i;
    return best;
  endfunction

  function automatic int oldest_write(input logic [ID_WIDTH-1:0] id);
    int best;
    best = -1;
    for (int i = 0; i < OUTSTANDING; i++)
      if (write_out[i] && addressed[i] && filled[i] && write_id[i] == id &&
          (best < 0 || write_age[i] < write_age[best]))
        best = i;
    return best;
  endfunction

  // The write with this number in the order of addresses, which is that of data; made if it is new.
  function automatic int write_number(input int unsigned number);
    for (int i = 0; i < OUTSTANDING; i++) if (write_out[i] && write_age[i] == number) return i;
    for (int i = 0; i < OUTSTANDING; i++)
      if (!write_out[i]) begin
        write_out[i] = 1'b1;
        addressed[i] = 1'b0;
        filled[i] = 1'b0;
        told[i] = 1'b0;
        write_beats[i] = 0;
        write_age[i] = number;
        return i;
      end
    scoreboard.failed("more writes are out than OUTSTANDING");
    return -1;
  endfunction

  task automatic tell_read(input int i);
    int skip, bytes;
    skip = int'(read_address[i] % 64'(BYTES));
    bytes = read_beats[i] * BYTES - skip;
    if (USER_TELLS && int'(read_user[i][31:16]) < bytes) bytes = int'(read_user[i][31:16]);
    for (int beat = 0; beat < read_beats[i]; beat++)
      for (int w = 0; w < DATA_WIDTH / 64; w++)
        scoreboard.data(read_data[i*MOST_BEATS+beat][64*w+:64], 8'hff);
    scoreboard.dma(now(), 1'b0, read_address[i], skip, bytes, status_of(read_response[i]),
                   USER_TELLS ? int'(read_user[i][7:0]) : VRING_REF_UNKNOWN,
                   USER_TELLS ? int'(read_user[i][15:8]) : VRING_REF_NO_QUEUE, VRING_REF_NO_REQUEST);
    read_out[i] = 1'b0;
  endtask

  // All lanes of all beats: a strobe too many is to be seen.
  task automatic tell_write(input int i, input int status);
    for (int beat = 0; beat < write_beats[i]; beat++)
      for (int w = 0; w < DATA_WIDTH / 64; w++)
        scoreboard.data(write_data[i*MOST_BEATS+beat][64*w+:64], strobes[i*MOST_BEATS+beat][8*w+:8]);
    scoreboard.dma(now(), 1'b1, write_address[i] - write_address[i] % 64'(BYTES), 0,
                   write_beats[i] * BYTES, status,
                   USER_TELLS ? int'(write_user[i][7:0]) : VRING_REF_UNKNOWN,
                   USER_TELLS ? int'(write_user[i][15:8]) : VRING_REF_NO_QUEUE, VRING_REF_NO_REQUEST);
    told[i] = 1'b1;
  endtask

  function automatic bit of_ring(input int i);
    int step;
    step = int'(write_user[i][7:0]);
    return USER_TELLS && (step == VRING_REF_USED_RING || step == VRING_REF_USED_INDEX ||
                          step == VRING_REF_SUPPRESSION);
  endfunction

  task automatic see_response();
    int i;
    i = oldest_write(m_axi_bid);
    if (i < 0) begin
      scoreboard.failed("BVALID for no write");
      return;
    end
    if (!told[i] || status_of(m_axi_bresp) != VRING_REF_DONE) tell_write(i, status_of(m_axi_bresp));
    write_out[i] = 1'b0;
  endtask

  task automatic see_read_data();
    int i;
    i = oldest_read(m_axi_rid);
    if (i < 0) begin
      scoreboard.failed("RVALID for no read");
      return;
    end
    if (read_beats[i] < MOST_BEATS) begin
      read_data[i*MOST_BEATS+read_beats[i]] = m_axi_rdata;
      read_beats[i] = read_beats[i] + 1;
    end
    if (m_axi_rresp[1]) read_response[i] = m_axi_rresp;
    if (m_axi_rlast) tell_read(i);
  endtask

  task automatic see_read_address();
    int i;
    i = -1;
    for (int k = 0; k < OUTSTANDING; k++) if (i < 0 && !read_out[k]) i = k;
    if (i < 0) begin
      scoreboard.failed("more reads are out than OUTSTANDING");
      return;
    end
    read_out[i] = 1'b1;
    read_age[i] = next_age;
    next_age = next_age + 1;
    read_id[i] = m_axi_arid;
    read_address[i] = m_axi_araddr;
    read_user[i] = m_axi_aruser;
    read_beats[i] = 0;
    read_response[i] = 2'b00;
  endtask

  task automatic see_write_address();
    int i;
    i = write_number(next_address);
    next_address = next_address + 1;
    if (i < 0) return;
    addressed[i] = 1'b1;
    write_id[i] = m_axi_awid;
    write_address[i] = m_axi_awaddr;
    write_user[i] = m_axi_awuser;
    if (filled[i] && of_ring(i)) tell_write(i, VRING_REF_DONE);
  endtask

  task automatic see_write_data();
    int i;
    i = write_number(next_fill);
    if (m_axi_wlast) next_fill = next_fill + 1;
    if (i < 0) return;
    if (write_beats[i] < MOST_BEATS) begin
      write_data[i*MOST_BEATS+write_beats[i]] = m_axi_wdata;
      strobes[i*MOST_BEATS+write_beats[i]] = m_axi_wstrb;
      write_beats[i] = write_beats[i] + 1;
    end
    if (!m_axi_wlast) return;
    filled[i] = 1'b1;
    if (addressed[i] && of_ring(i)) tell_write(i, VRING_REF_DONE);
  endtask

  // ---- registers

  // A field is written in its own width, by its strobes.
  task automatic tell_register_write();
    int first, count;
    logic [63:0] value;
    first = 0;
    while (first < 4 && !register_strobes[first]) first = first + 1;
    count = 0;
    while (first + count < 4 && register_strobes[first+count]) count = count + 1;
    if (count == 0) return;
    if (count == 3) begin
      scoreboard.failed("a register write of 3 bytes");
      return;
    end
    value = 64'(register_data) >> (8 * first);
    learn(16'(int'({register_address[15:2], 2'b00}) + first), value[15:0]);
    scoreboard.register_write(now(), longint'({register_address[15:2], 2'b00}) + longint'(first),
                              longint'(value & (64'd1 << (8 * count)) - 64'd1), count);
  endtask

  // What the driver says of vectors and queues. It holds over a reset: an interrupt that comes too late is still
  // one of its queue.
  task automatic learn(input logic [15:0] offset, input logic [15:0] value);
    case (offset)
      16'h10: config_vector = value;
      16'h16: selected = value;
      16'h1a: begin
        for (int i = 0; i < QUEUES; i++) if (vector_of[i] == value) vector_of[i] = 16'hffff;
        if (int'(selected) < QUEUES) vector_of[int'(selected)] = value;
      end
      default: ;
    endcase
  endtask

  // A word is read at a time; it is told field by field.
  task automatic tell_register_read(input logic [31:0] data);
    longint word;
    word = longint'({register_read_address[15:2], 2'b00});
    case (word)
      64'h14: begin
        scoreboard.register_read(now(), word, longint'(data[7:0]), 1);
        scoreboard.register_read(now(), word + 1, longint'(data[15:8]), 1);
        scoreboard.register_read(now(), word + 2, longint'(data[31:16]), 2);
      end
      64'h10, 64'h18, 64'h1c, 64'h38: begin
        scoreboard.register_read(now(), word, longint'(data[15:0]), 2);
        scoreboard.register_read(now(), word + 2, longint'(data[31:16]), 2);
      end
      default: scoreboard.register_read(now(), word, longint'(data), 4);
    endcase
  endtask

  task automatic see_registers();
    if (s_axil_awvalid && s_axil_awready) begin
      write_addressed = 1'b1;
      register_address = s_axil_awaddr;
    end
    if (s_axil_wvalid && s_axil_wready) begin
      write_given = 1'b1;
      register_data = s_axil_wdata;
      register_strobes = s_axil_wstrb;
    end
    if (write_addressed && write_given) begin
      write_addressed = 1'b0;
      write_given = 1'b0;
      tell_register_write();
    end
    if (s_axil_rvalid && s_axil_rready) tell_register_read(s_axil_rdata);
    if (s_axil_arvalid && s_axil_arready) register_read_address = s_axil_araddr;
  endtask

  // A vector stands for the queue that it was given to last, or for the configuration.
  task automatic see_interrupt();
    for (int i = 0; i < QUEUES; i++)
      if (vector_of[i] == irq_vector) begin
        scoreboard.interrupt(now(), i);
        return;
      end
    if (irq_vector == config_vector) scoreboard.interrupt(now(), VRING_REF_NO_QUEUE);
    else scoreboard.failed("an interrupt of a vector that the driver has given to nothing");
  endtask

  always @(posedge aclk) begin
    if (!aresetn) begin
      read_out = '0;
      write_out = '0;
      addressed = '0;
      filled = '0;
      told = '0;
      next_age = 0;
      next_address = 0;
      next_fill = 0;
      write_addressed = 1'b0;
      write_given = 1'b0;
      selected = '0;
      config_vector = 16'hffff;
      for (int i = 0; i < QUEUES; i++) vector_of[i] = 16'hffff;
    end else begin
      if (m_axi_bvalid && m_axi_bready) see_response();
      if (m_axi_rvalid && m_axi_rready) see_read_data();
      if (m_axi_arvalid && m_axi_arready) see_read_address();
      if (m_axi_awvalid && m_axi_awready) see_write_address();
      if (m_axi_wvalid && m_axi_wready) see_write_data();
      if (irq_valid && irq_ready) see_interrupt();
      if (s_axil_awvalid || s_axil_wvalid || s_axil_arvalid || s_axil_rvalid) see_registers();
    end
  end
endmodule
`default_nettype wire
