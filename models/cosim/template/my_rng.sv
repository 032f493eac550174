// SPDX-License-Identifier: Apache-2.0
// A whole virtio device (entropy, virtio 1.4, 5.4) with a ring engine of its own, as small as it gets: one
// split ring, no features but VERSION_1, one access to memory at a time. To be replaced by yours; what stays
// are the ports.
`default_nettype none
module my_rng #(
    parameter int QUEUE_SIZE = 64  // a power of 2
) (
    input wire aclk,
    input wire aresetn,

    // ---- registers: AXI4-Lite, in the layout of models/cosim/rtl/README.md
    input  wire         s_axil_awvalid,
    output wire         s_axil_awready,
    input  wire  [15:0] s_axil_awaddr,
    input  wire         s_axil_wvalid,
    output wire         s_axil_wready,
    input  wire  [31:0] s_axil_wdata,
    input  wire  [ 3:0] s_axil_wstrb,
    output logic        s_axil_bvalid,
    input  wire         s_axil_bready,
    output wire  [ 1:0] s_axil_bresp,
    input  wire         s_axil_arvalid,
    output wire         s_axil_arready,
    input  wire  [15:0] s_axil_araddr,
    output logic        s_axil_rvalid,
    input  wire         s_axil_rready,
    output logic [31:0] s_axil_rdata,
    output wire  [ 1:0] s_axil_rresp,

    // ---- interrupts: an MSI-X vector until it is taken; ISR for the pin
    output logic        irq_valid,
    input  wire         irq_ready,
    output logic [15:0] irq_vector,
    output logic [ 1:0] isr_status,

    output wire resting,  // nothing will happen before something comes from outside: the clock may stop

    // ---- memory: AXI4 of 64 bits
    output logic        m_axi_arvalid,
    input  wire         m_axi_arready,
    output wire  [63:0] m_axi_araddr,
    output wire  [ 3:0] m_axi_arid,
    output wire  [ 7:0] m_axi_arlen,
    output wire  [ 2:0] m_axi_arsize,
    output wire  [ 1:0] m_axi_arburst,
    output wire  [31:0] m_axi_aruser,
    input  wire         m_axi_rvalid,
    output wire         m_axi_rready,
    input  wire  [ 3:0] m_axi_rid,
    input  wire  [63:0] m_axi_rdata,
    input  wire  [ 1:0] m_axi_rresp,
    input  wire         m_axi_rlast,
    output logic        m_axi_awvalid,
    input  wire         m_axi_awready,
    output wire  [63:0] m_axi_awaddr,
    output wire  [ 3:0] m_axi_awid,
    output wire  [ 7:0] m_axi_awlen,
    output wire  [ 2:0] m_axi_awsize,
    output wire  [ 1:0] m_axi_awburst,
    output wire  [31:0] m_axi_awuser,
    output logic        m_axi_wvalid,
    input  wire         m_axi_wready,
    output wire  [63:0] m_axi_wdata,
    output wire  [ 7:0] m_axi_wstrb,
    output wire         m_axi_wlast,
    input  wire         m_axi_bvalid,
    output wire         m_axi_bready,
    input  wire  [ 3:0] m_axi_bid,
    input  wire  [ 1:0] m_axi_bresp
);
  localparam logic [15:0] NO_VECTOR = 16'hffff;
  localparam logic [7:0] FEATURES_OK = 8'h08, NEEDS_RESET = 8'h40;

  // ---- an access to a register: address and data may come in any order

  logic write_address_here, write_data_here, read_here;
  logic [15:0] write_address, read_address;
  logic [31:0] write_data;
  logic [ 3:0] write_strobe;
  wire write = write_address_here && write_data_here && !s_axil_bvalid;
  wire read = read_here && !s_axil_rvalid;
  assign s_axil_awready = !write_address_here;
  assign s_axil_wready = !write_data_here;
  assign s_axil_arready = !read_here;
  assign s_axil_bresp = 2'b00;
  assign s_axil_rresp = 2'b00;

  always_ff @(posedge aclk) begin
    if (!aresetn) begin
      write_address_here <= 1'b0;
      write_data_here <= 1'b0;
      read_here <= 1'b0;
      s_axil_bvalid <= 1'b0;
      s_axil_rvalid <= 1'b0;
    end else begin
      if (s_axil_awvalid && s_axil_awready) write_address_here <= 1'b1;
      if (s_axil_wvalid && s_axil_wready) write_data_here <= 1'b1;
      if (s_axil_arvalid && s_axil_arready) read_here <= 1'b1;
      if (s_axil_bvalid && s_axil_bready) s_axil_bvalid <= 1'b0;
      if (s_axil_rvalid && s_axil_rready) s_axil_rvalid <= 1'b0;
      if (write) begin
        write_address_here <= 1'b0;
        write_data_here <= 1'b0;
        s_axil_bvalid <= 1'b1;
      end
      if (read) begin
        read_here <= 1'b0;
        s_axil_rvalid <= 1'b1;
        s_axil_rdata <= read_data;
      end
    end
    if (s_axil_awready) write_address <= s_axil_awaddr;
    if (s_axil_wready) {write_data, write_strobe} <= {s_axil_wdata, s_axil_wstrb};
    if (s_axil_arready) read_address <= s_axil_araddr;
  end

  // ---- the registers: common configuration (4.1.4.3), ISR, doorbell

  logic [31:0] feature_select, driver_feature_select;
  logic [15:0] queue_select, config_vector, queue_vector, queue_size;
  logic [63:0] descriptor_area, driver_area, device_area;
  logic [7:0] status;
  logic version_1, queue_enabled, resetting, kicked;
  wire here = queue_select == 16'd0;

  logic [31:0] read_data;
  always_comb begin
    case ({read_address[15:2], 2'b00})
      16'h0000: read_data = feature_select;
      16'h0004: read_data = feature_select == 32'd1 ? 32'd1 : 32'd0;  // VIRTIO_F_VERSION_1
      16'h0008: read_data = driver_feature_select;
      16'h000c: read_data = {31'd0, driver_feature_select == 32'd1 && version_1};
      16'h0010: read_data = {16'd1, config_vector};  // one queue
      16'h0014: read_data = {queue_select, 8'd0, status};
      16'h0018: read_data = here ? {queue_vector, queue_size} : {NO_VECTOR, 16'd0};
      16'h001c: read_data = here ? {16'd0, 15'd0, queue_enabled} : 32'd0;
      16'h0020: read_data = here ? descriptor_area[31:0] : 32'd0;
      16'h0024: read_data = here ? descriptor_area[63:32] : 32'd0;
      16'h0028: read_data = here ? driver_area[31:0] : 32'd0;
      16'h002c: read_data = here ? driver_area[63:32] : 32'd0;
      16'h0030: read_data = here ? device_area[31:0] : 32'd0;
      16'h0034: read_data = here ? device_area[63:32] : 32'd0;
      16'h1000: read_data = {30'd0, isr_status};
      default: read_data = 32'd0;
    endcase
  end

  wire [15:0] word = {write_address[15:2], 2'b00};
  wire low = write && write_strobe[1:0] == 2'b11, high = write && write_strobe[3:2] == 2'b11;
  wire whole = low && high;
  wire write_status = write && word == 16'h0014 && write_strobe[0];
  wire reset_asked = write_status && write_data[7:0] == 8'd0;
  wire doorbell = low && word == 16'h3000;
  wire reset_done = resetting && state == REST && !irq_valid;  // nothing is on a bus any more
  wire broken;

  function automatic logic [15:0] vector(input logic [15:0] asked);
    vector = asked < 16'd2 ? asked : NO_VECTOR;
  endfunction

  always_ff @(posedge aclk) begin
    if (!aresetn || reset_done) begin
      status <= 8'd0;
      resetting <= 1'b0;
      feature_select <= 32'd0;
      driver_feature_select <= 32'd0;
      version_1 <= 1'b0;
      queue_select <= 16'd0;
      config_vector <= NO_VECTOR;
      queue_vector <= NO_VECTOR;
      queue_size <= 16'(QUEUE_SIZE);
      queue_enabled <= 1'b0;
      {descriptor_area, driver_area, device_area} <= '0;
    end else begin
      if (reset_asked) resetting <= 1'b1;
      else if (write_status)
        status <= status | (write_data[7:0] & ~(NEEDS_RESET | (version_1 ? 8'd0 : FEATURES_OK)));
      if (broken) status <= status | NEEDS_RESET;
      if (whole && word == 16'h0000) feature_select <= write_data;
      if (whole && word == 16'h0008) driver_feature_select <= write_data;
      if (whole && word == 16'h000c && driver_feature_select == 32'd1) version_1 <= write_data[0];
      if (low && word == 16'h0010) config_vector <= vector(write_data[15:0]);
      if (high && word == 16'h0014) queue_select <= write_data[31:16];
      if (here && !queue_enabled) begin
        // Beyond QUEUE_SIZE, or no power of 2: as it was.
        if (low && word == 16'h0018 && write_data[15:0] != 16'd0 &&
            write_data[15:0] <= 16'(QUEUE_SIZE) &&
            (write_data[15:0] & (write_data[15:0] - 16'd1)) == 16'd0)
          queue_size <= write_data[15:0];
        if (high && word == 16'h0018) queue_vector <= vector(write_data[31:16]);
        if (low && word == 16'h001c && write_data[15:0] == 16'd1) queue_enabled <= 1'b1;
        if (whole && word == 16'h0020) descriptor_area[31:0] <= write_data;
        if (whole && word == 16'h0024) descriptor_area[63:32] <= write_data;
        if (whole && word == 16'h0028) driver_area[31:0] <= write_data;
        if (whole && word == 16'h002c) driver_area[63:32] <= write_data;
        if (whole && word == 16'h0030) device_area[31:0] <= write_data;
        if (whole && word == 16'h0034) device_area[63:32] <= write_data;
      end
    end
  end

  // ---- an access to memory: up to 16 bytes read, or up to 8 written within 8 bytes

  logic accessing;
  logic [63:0] address, store;
  logic [4:0] bytes;
  logic [7:0] step;  // what it is for: a number of Purpose in models/cosim/check/transaction.h
  logic [63:0] loaded;  // the first of two beats
  logic failed;
  wire [31:0] user = {11'd0, bytes, 8'd0, step};
  wire [7:0] lanes = 8'((9'd1 << bytes) - 9'd1);

  assign m_axi_araddr = address;
  assign m_axi_arid = 4'd0;
  assign m_axi_arlen = {7'd0, bytes[4]};
  assign m_axi_arsize = 3'd3;
  assign m_axi_arburst = 2'b01;
  assign m_axi_aruser = user;
  assign m_axi_rready = 1'b1;
  assign m_axi_awaddr = address;
  assign m_axi_awid = 4'd0;
  assign m_axi_awlen = 8'd0;
  assign m_axi_awsize = 3'd3;
  assign m_axi_awburst = 2'b01;
  assign m_axi_awuser = user;
  assign m_axi_wdata = store << {address[2:0], 3'b000};
  assign m_axi_wstrb = lanes << address[2:0];
  assign m_axi_wlast = 1'b1;
  assign m_axi_bready = 1'b1;

  wire access_done = (m_axi_rvalid && m_axi_rlast) || m_axi_bvalid;
  wire access_failed = (m_axi_rvalid && m_axi_rresp[1]) || (m_axi_bvalid && m_axi_bresp[1]) || failed;
  wire [127:0] arrived = bytes[4] ? {m_axi_rdata, loaded} : {64'd0, m_axi_rdata >> {address[2:0], 3'b000}};

  // ---- the ring

  typedef enum logic [3:0] {
    REST,
    LOOK,       // avail index
    HEAD,       // avail ring
    FETCH,      // a descriptor
    FILL,       // its buffer
    USED_ID,    // used element, in halves: it may lie across 8 bytes
    USED_LENGTH,
    USED_INDEX,
    WISH,       // avail flags
    TELL,
    BROKEN
  } state_t;
  state_t state;
  logic [15:0] next_avail, used_index, head, descriptor, count;
  logic [63:0] buffer, random;
  logic [31:0] left, written;
  logic more, seen_writable;
  wire running = status[2] && !status[6] && !resetting && queue_enabled;
  wire [15:0] mask = queue_size - 16'd1;
  wire [4:0] room = 5'd8 - {2'b00, buffer[2:0]};  // to the end of the beat
  wire [4:0] chunk = left < {27'd0, room} ? left[4:0] : room;
  wire [2:0] flags = arrived[98:96];  // of a descriptor: INDIRECT, WRITE, NEXT
  wire [15:0] following = arrived[127:112];
  assign broken = state == BROKEN;

  task automatic access(input logic is_write, input logic [63:0] at, input logic [4:0] n,
                        input logic [7:0] purpose, input logic [63:0] data);
    accessing <= 1'b1;
    address <= at;
    bytes <= n;
    step <= purpose;
    store <= data;
    failed <= 1'b0;
    m_axi_arvalid <= !is_write;
    m_axi_awvalid <= is_write;
    m_axi_wvalid <= is_write;
  endtask

  function automatic logic [63:0] shuffled(input logic [63:0] x);
    logic [63:0] a, b;
    a = x ^ (x << 13);
    b = a ^ (a >> 7);
    shuffled = b ^ (b << 17);
  endfunction

  always_ff @(posedge aclk) begin
    if (doorbell) kicked <= 1'b1;
    if (m_axi_arvalid && m_axi_arready) m_axi_arvalid <= 1'b0;
    if (m_axi_awvalid && m_axi_awready) m_axi_awvalid <= 1'b0;
    if (m_axi_wvalid && m_axi_wready) m_axi_wvalid <= 1'b0;
    if (m_axi_rvalid && !m_axi_rlast) begin
      loaded <= m_axi_rdata;
      failed <= failed || m_axi_rresp[1];
    end
    if (irq_valid && irq_ready) irq_valid <= 1'b0;
    if (read && read_address == 16'h1000) isr_status <= 2'b00;

    if (access_done) accessing <= 1'b0;
    if (access_done && access_failed) state <= BROKEN;
    else if (!accessing || access_done)
      case (state)
        REST:
        if (running && kicked) begin
          kicked <= 1'b0;
          state <= LOOK;
          access(1'b0, driver_area + 64'd2, 5'd2, 8'd1, '0);
        end
        LOOK:
        if (!running || arrived[15:0] == next_avail) state <= REST;
        else if (arrived[15:0] - next_avail > queue_size) state <= BROKEN;
        else begin
          state <= HEAD;
          access(1'b0, driver_area + 64'd4 + {47'd0, next_avail & mask, 1'b0}, 5'd2, 8'd2, '0);
        end
        HEAD: begin
          head <= arrived[15:0];
          descriptor <= arrived[15:0];
          count <= 16'd1;
          written <= 32'd0;
          seen_writable <= 1'b0;
          if (!running) state <= REST;
          else if (arrived[15:0] >= queue_size) state <= BROKEN;
          else begin
            state <= FETCH;
            access(1'b0, descriptor_area + {44'd0, arrived[15:0], 4'd0}, 5'd16, 8'd3, '0);
          end
        end
        FETCH: begin
          buffer <= arrived[63:0];
          left <= flags[1] ? arrived[95:64] : 32'd0;  // what is to be read is not looked at
          descriptor <= following;
          more <= flags[0];
          count <= count + 16'd1;
          seen_writable <= flags[1];
          state <= FILL;
          if (!running) state <= REST;
          else if (flags[2] || (seen_writable && !flags[1]) || (flags[0] && following >= queue_size) ||
                   count > queue_size)
            state <= BROKEN;
        end
        FILL:
        if (!running) state <= REST;
        else if (left != 32'd0) begin
          access(1'b1, buffer, chunk, 8'd5, random);
          random <= shuffled(random);
          buffer <= buffer + 64'(chunk);
          left <= left - 32'(chunk);
          written <= written + 32'(chunk);
        end else if (more) begin
          state <= FETCH;
          access(1'b0, descriptor_area + {44'd0, descriptor, 4'd0}, 5'd16, 8'd3, '0);
        end else begin
          state <= USED_ID;
          access(1'b1, device_area + 64'd4 + {45'd0, used_index & mask, 3'd0}, 5'd4, 8'd6, 64'(head));
        end
        USED_ID: begin
          state <= USED_LENGTH;
          access(1'b1, address + 64'd4, 5'd4, 8'd6, 64'(written));
        end
        USED_LENGTH: begin
          state <= USED_INDEX;
          access(1'b1, device_area + 64'd2, 5'd2, 8'd7, {48'd0, used_index + 16'd1});
          used_index <= used_index + 16'd1;
          next_avail <= next_avail + 16'd1;
        end
        USED_INDEX: begin
          state <= WISH;
          access(1'b0, driver_area, 5'd2, 8'd8, '0);
        end
        WISH: begin
          state <= TELL;
          if (arrived[0]) begin  // VIRTQ_AVAIL_F_NO_INTERRUPT
            state <= LOOK;
            access(1'b0, driver_area + 64'd2, 5'd2, 8'd1, '0);
          end
        end
        TELL:
        if (!irq_valid) begin
          isr_status[0] <= 1'b1;
          irq_valid <= queue_vector != NO_VECTOR;
          irq_vector <= queue_vector;
          state <= LOOK;
          access(1'b0, driver_area + 64'd2, 5'd2, 8'd1, '0);
        end
        BROKEN:
        if (!irq_valid) begin
          isr_status[1] <= status[2];
          irq_valid <= status[2] && config_vector != NO_VECTOR && !resetting;
          irq_vector <= config_vector;
          state <= REST;
        end
        default: state <= REST;
      endcase

    if (!aresetn || reset_done) begin
      state <= REST;
      kicked <= 1'b0;
      accessing <= 1'b0;
      next_avail <= 16'd0;
      used_index <= 16'd0;
      isr_status <= 2'b00;
      irq_valid <= 1'b0;
      m_axi_arvalid <= 1'b0;
      m_axi_awvalid <= 1'b0;
      m_axi_wvalid <= 1'b0;
    end
    if (!aresetn) random <= 64'h9e37_79b9_7f4a_7c15;
  end

  wire _unused = &{1'b0, m_axi_rid, m_axi_bid, m_axi_rresp[0], m_axi_bresp[0], write_address[1:0],
      read_address[1:0], arrived[111:99]};
  assign resting = state == REST && !(running && kicked) && !resetting && !irq_valid && !write_address_here &&
      !write_data_here && !read_here && !s_axil_bvalid && !s_axil_rvalid;
endmodule
`default_nettype wire
