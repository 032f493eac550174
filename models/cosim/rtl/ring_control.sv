// SPDX-License-Identifier: Apache-2.0
// Serves the queues in turn, a chain at a time: looks for it, has it read and moved, publishes it,
// and decides whether the driver is to be told. The order of accesses is that of our TLM engine with
// `publish_each` and nothing fetched ahead (README.md): split rings as in virtio 1.4, 2.7, packed
// ones as in 2.8.
`default_nettype none
module ring_control #(
    parameter int QUEUES = 1,
    localparam int QW = QUEUES > 1 ? $clog2(QUEUES) : 1
) (
    input wire       aclk,
    input wire       aresetn,
    input wire [7:0] bug,

    input  wire              running,       // DRIVER_OK, and nothing is broken
    input  wire              device_reset,
    input  wire              ring_packed,
    input  wire              event_idx,
    input  wire [QUEUES-1:0] enabled,
    input  wire [QUEUES-1:0] started,
    input  wire [QUEUES-1:0] kicked,        // for a clock
    input  wire [QUEUES-1:0] serve,         // the device part can take a request of this queue
    output wire [QUEUES-1:0] quiet,         // nothing of the queue is under way
    output wire              idle,          // nothing is
    output wire              resting,       // and nothing will be, unless something comes from outside

    output logic [QW-1:0] current,
    input  wire  [  15:0] size,
    input  wire  [  63:0] descriptor_area,
    input  wire  [  63:0] driver_area,
    input  wire  [  63:0] device_area,

    // ---- accesses to the ring
    output logic         read_start,
    output logic         write_start,
    output logic [ 63:0] address,
    output logic [  4:0] bytes,
    output logic [ 63:0] write_data,
    output logic [  7:0] step,
    input  wire          access_done,
    input  wire  [127:0] read_data,

    // ---- the chain's descriptors
    output logic         fetch_start,
    output wire          fetching,
    output logic [ 15:0] first_index,
    output wire          first_wrap,
    input  wire          fetch_done,
    input  wire  [  7:0] fetch_failure,
    input  wire  [ 15:0] buffer_id,
    input  wire  [ 15:0] slots,
    input  wire  [ 31:0] readable_bytes,

    // ---- its payload
    output logic        move_start,
    output wire         moving,
    input  wire         move_done,
    input  wire  [31:0] written,

    // ---- the DMA units
    output wire drop,
    input  wire dma_idle,
    input  wire dma_error,

    output logic        queue_used,  // for a clock: tell the driver of `current`
    output logic        broken,      // for a clock
    output logic [ 7:0] failure      // the latest reason
);
  `include "virtio_numbers.svh"
  `include "planted_bugs.svh"

  typedef enum logic [3:0] {
    IDLE,
    LOOK,   // is there a request?
    QUIET,  // no notifications, please
    HEAD,   // split: the available ring's entry
    FETCH,  // descriptors
    EVENT,  // split with EVENT_IDX: where the next notification is due
    MOVE,   // payload
    USED,   // used element or descriptor
    INDEX,  // split: used index
    ASK,    // does the driver want to be told?
    LOUD,   // notifications again
    DROP
  } state_t;
  state_t state;
  logic issued;  // the state's access is under way

  // ---- what each queue has of its own
  logic [15:0] next_avail[QUEUES];   // split: position of the next request; packed: its slot
  logic [15:0] avail_index[QUEUES];  // split: the driver's index as last seen
  logic [15:0] next_used[QUEUES];    // split: used index; packed: slot of the next used descriptor
  logic [15:0] seen_event[QUEUES];   // matters to a planted bug only
  logic [QUEUES-1:0] avail_wrap, used_wrap;
  logic [QUEUES-1:0] loud;           // notifications are asked for (split: without EVENT_IDX)
  logic [QUEUES-1:0] pending;        // to be looked at

  wire [15:0] avail = next_avail[current];
  wire [15:0] used = next_used[current];
  wire [15:0] mask = size - 16'd1;

  // All below is worked out only in the states that need it: the clocks of a simulation are spent
  // here.

  // ---- whose turn it is
  logic [QUEUES-1:0] ready;
  logic [QW-1:0] chosen;
  always_comb begin
    ready  = '0;
    chosen = current;
    if (state == IDLE) begin
      ready = pending & enabled & serve & {QUEUES{running}};
      for (int i = QUEUES - 1; i >= 0; i--) if (ready[i]) chosen = QW'(i);
      for (int i = QUEUES - 1; i >= 0; i--) if (ready[i] && QW'(i) > current) chosen = QW'(i);
    end
  end

  // ---- LOOK: what has been read
  logic [15:0] index_read, waiting;
  logic found;
  always_comb begin
    index_read = avail_index[current];
    waiting = '0;
    found = 1'b0;
    if (state == LOOK) begin
      if (issued) index_read = read_data[15:0];
      waiting = index_read - avail;
      found = waiting != '0;
      if (ring_packed)
        found = read_data[112+DESC_AVAIL] == avail_wrap[current] &&
            read_data[112+DESC_USED] != avail_wrap[current];
    end
  end
  wire must_quiet = loud[current] && !(event_idx && !ring_packed);
  wire may_sleep = loud[current] || (event_idx && !ring_packed);

  // ---- FETCH, ASK: positions in a packed ring
  logic [16:0] avail_after, used_after;
  always_comb begin
    {avail_after, used_after} = '0;
    if (state == FETCH) avail_after = {1'b0, avail} + {1'b0, slots};
    if (state == ASK) used_after = {1'b0, used} + {1'b0, slots};
  end
  wire avail_laps = avail_after >= {1'b0, size};
  wire used_laps = used_after >= {1'b0, size};

  // ---- ASK: does the driver want to be told? Positions of a packed ring are counted over two laps.
  logic wanted, at_descriptor;
  logic [15:0] event_word;
  logic [16:0] event_at, used_at, distance;
  always_comb begin
    {event_word, event_at, used_at, distance} = '0;
    {wanted, at_descriptor} = '0;
    if (state == ASK && access_done) begin
      event_word = bug == BUG_STALE_EVENT ? seen_event[current] : read_data[15:0];
      event_at = {2'b0, event_word[14:0]} + (event_word[15] ? 17'd0 : {1'b0, size});
      used_at = {1'b0, used} + (used_wrap[current] ? 17'd0 : {1'b0, size});
      distance = event_at >= used_at ? event_at - used_at : event_at + {size, 1'b0} - used_at;
      at_descriptor = read_data[17:16] == EVENT_AT_DESCRIPTOR && event_idx &&
          {1'b0, event_word[14:0]} < size;
      if (bug == BUG_UNASKED_INTERRUPT) wanted = 1'b1;
      else if (!ring_packed) wanted = event_idx ? event_word == used : !read_data[0];
      else if (read_data[17:16] == EVENT_DISABLE) wanted = 1'b0;
      else wanted = !at_descriptor || distance < {1'b0, slots};
    end
  end

  // ---- the access of each state
  logic is_read, is_write;
  logic [63:0] at;
  logic [31:0] used_bytes;
  logic [15:0] used_flags, used_slot;
  always_comb begin
    {used_bytes, used_flags, used_slot} = '0;
    {is_read, is_write} = 2'b00;
    at = device_area;
    bytes = 5'd2;
    write_data = '0;
    step = STEP_SUPPRESSION;
    if (!issued) case (state)
      LOOK: begin
        is_read = ring_packed || index_read == avail;
        at = ring_packed ? descriptor_area + {44'b0, avail, 4'b0} : driver_area + 64'd2;
        bytes = ring_packed ? 5'd16 : 5'd2;
        step = ring_packed ? STEP_DESCRIPTOR : STEP_AVAIL_INDEX;
      end
      QUIET: begin
        is_write = 1'b1;
        bytes = ring_packed ? 5'd4 : 5'd2;
        write_data = ring_packed ? {46'b0, EVENT_DISABLE, 16'b0} : 64'd1;
      end
      LOUD: begin
        is_write = 1'b1;
        bytes = ring_packed ? 5'd4 : 5'd2;
        if (ring_packed && event_idx)
          write_data = {46'b0, EVENT_AT_DESCRIPTOR, avail_wrap[current], avail[14:0]};
      end
      HEAD: begin
        is_read = 1'b1;
        at = driver_area + 64'd4 + {47'b0, avail & mask, 1'b0};
        step = STEP_AVAIL_RING;
      end
      EVENT: begin
        is_write = 1'b1;
        at = device_area + 64'd4 + {45'b0, size, 3'b0};
        write_data = {48'b0, bug == BUG_AVAIL_EVENT ? avail - 16'd1 : avail};
      end
      USED: begin
        is_write = 1'b1;
        used_bytes = bug == BUG_USED_LENGTH ? written + readable_bytes : written;
        used_flags = (used_wrap[current] ? 16'h8080 : 16'h0000) | (written != '0 ? 16'h2 : 16'h0);
        used_slot = bug == BUG_RING_WRAP ? used : used & mask;
        at = ring_packed ? descriptor_area + {44'b0, used, 4'b0} + 64'd8
                         : device_area + 64'd4 + {45'b0, used_slot, 3'b0};
        bytes = 5'd8;
        write_data = ring_packed ? {used_flags, buffer_id, used_bytes} : {used_bytes, 16'b0, buffer_id};
        step = STEP_USED_RING;
      end
      INDEX: begin
        is_write = 1'b1;
        at = device_area + 64'd2;
        write_data = {48'b0, used + 16'd1};
        step = STEP_USED_INDEX;
      end
      ASK: begin
        is_read = 1'b1;
        at = ring_packed || !event_idx ? driver_area : driver_area + 64'd4 + {47'b0, size, 1'b0};
        bytes = ring_packed ? 5'd4 : 5'd2;
      end
      default: ;
    endcase
  end
  assign address = at;
  assign read_start = is_read;
  assign write_start = is_write;

  // ---- who else is at work
  assign fetching = state == FETCH;
  assign moving = state == MOVE;
  assign drop = state == DROP;
  assign first_wrap = avail_wrap[current];
  assign idle = (state == IDLE && dma_idle) || bug == BUG_DMA_AFTER_RESET;
  assign resting = state == IDLE && ready == '0;
  for (genvar i = 0; i < QUEUES; i++) begin : g_quiet
    assign quiet[i] = idle || QW'(i) != current;
  end
  wire stop = (device_reset || !enabled[current]) && bug != BUG_DMA_AFTER_RESET;

  logic peeked;  // matters to a planted bug only

  always_ff @(posedge aclk) begin
    fetch_start <= 1'b0;
    move_start <= 1'b0;
    queue_used <= 1'b0;
    broken <= 1'b0;
    if (read_start || write_start) issued <= 1'b1;
    pending <= pending | kicked | started;

    case (state)
      IDLE: begin
        issued <= 1'b0;
        peeked <= 1'b0;
        if (ready != '0 && dma_idle) begin
          current <= chosen;
          pending[chosen] <= kicked[chosen];
          state <= LOOK;
        end
      end

      LOOK:
      if (access_done || (!is_read && !issued)) begin
        issued <= 1'b0;
        if (!ring_packed) avail_index[current] <= index_read;
        first_index <= avail;
        if (!ring_packed && waiting > size) begin
          broken  <= 1'b1;
          failure <= ERROR_AVAIL_INDEX;
          state   <= DROP;
        end else if (found) begin
          state <= must_quiet ? QUIET : ring_packed ? FETCH : HEAD;
          fetch_start <= !must_quiet && ring_packed;
        end else if (bug == BUG_READ_AHEAD && !ring_packed && !peeked) begin
          state <= HEAD;
        end else begin
          state <= may_sleep ? IDLE : LOUD;
        end
      end

      QUIET:
      if (access_done) begin
        issued <= 1'b0;
        loud[current] <= 1'b0;
        state <= ring_packed ? FETCH : HEAD;
        fetch_start <= ring_packed;
      end

      LOUD:
      if (access_done) begin
        issued <= 1'b0;
        loud[current] <= 1'b1;
        state <= bug == BUG_LOST_KICK ? IDLE : LOOK;
      end

      HEAD:
      if (access_done) begin
        issued <= 1'b0;
        first_index <= read_data[15:0];
        if (bug == BUG_READ_AHEAD && avail_index[current] == avail) begin
          peeked <= 1'b1;
          state  <= LOOK;
        end else if (read_data[15:0] >= size) begin
          broken  <= 1'b1;
          failure <= ERROR_HEAD;
          state   <= DROP;
        end else begin
          state <= FETCH;
          fetch_start <= 1'b1;
        end
      end

      FETCH:
      if (fetch_done) begin
        if (fetch_failure != ERROR_NONE) begin
          broken  <= 1'b1;
          failure <= fetch_failure;
          state   <= DROP;
        end else begin
          if (!ring_packed) begin
            next_avail[current] <= avail + 16'd1;
          end else begin
            next_avail[current] <= avail_laps ? avail_after[15:0] - size : avail_after[15:0];
            avail_wrap[current] <= avail_wrap[current] ^ avail_laps;
          end
          state <= event_idx && !ring_packed ? EVENT : MOVE;
          move_start <= !(event_idx && !ring_packed);
        end
      end

      EVENT:
      if (access_done) begin
        issued <= 1'b0;
        state <= MOVE;
        move_start <= 1'b1;
      end

      MOVE:
      if (move_done && !move_start) state <= bug == BUG_EARLY_INDEX && !ring_packed ? INDEX : USED;

      USED: begin
        if (!issued && bug == BUG_EARLY_INTERRUPT) queue_used <= 1'b1;
        if (access_done) begin
          issued <= 1'b0;
          state  <= ring_packed || bug == BUG_EARLY_INDEX ? ASK : INDEX;
        end
      end

      INDEX:
      if (access_done) begin
        issued <= 1'b0;
        state  <= bug == BUG_EARLY_INDEX ? USED : ASK;
      end

      ASK:
      if (access_done) begin
        issued <= 1'b0;
        queue_used <= wanted && bug != BUG_EARLY_INTERRUPT;
        seen_event[current] <= read_data[15:0];
        if (!ring_packed) begin
          next_used[current] <= used + 16'd1;
        end else begin
          next_used[current] <= used_laps ? used_after[15:0] - size : used_after[15:0];
          used_wrap[current] <= used_wrap[current] ^ (used_laps && bug != BUG_LOST_WRAP);
        end
        pending[current] <= 1'b1;
        state <= IDLE;
      end

      default:  // DROP
      if (dma_idle) state <= IDLE;
    endcase

    if (state != IDLE && state != DROP) begin
      if (stop) begin
        state <= DROP;
        {fetch_start, move_start, queue_used, broken} <= '0;
      end else if (dma_error) begin
        state   <= DROP;
        {fetch_start, move_start, queue_used} <= '0;
        broken  <= 1'b1;
        failure <= ERROR_MEMORY;
      end
    end

    for (int i = 0; i < QUEUES; i++) begin
      if (started[i]) begin
        next_avail[i] <= '0;
        avail_index[i] <= '0;
        next_used[i] <= '0;
        seen_event[i] <= '0;
        avail_wrap[i] <= 1'b1;
        used_wrap[i] <= 1'b1;
        loud[i] <= 1'b1;
      end
    end
    if (!aresetn) begin
      state <= IDLE;
      current <= '0;
      pending <= '0;
      failure <= ERROR_NONE;
    end
  end

  wire _unused = &{1'b0, read_data[111:18], event_word[14:0]};
endmodule
`default_nettype wire
