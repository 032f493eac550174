// SPDX-License-Identifier: Apache-2.0
// Takes packets of a link apart: requests go to the registers, completions to the reads, messages
// nowhere. Completions never wait. A packet that is too short or too long, or of a type that is not
// known, is thrown away and told.
`default_nettype none
module tlp_receive (
    input wire aclk,
    input wire aresetn,

    input  wire        s_axis_tlp_tvalid,
    output wire        s_axis_tlp_tready,
    input  wire [31:0] s_axis_tlp_tdata,
    input  wire        s_axis_tlp_tlast,

    output wire        req_valid,
    input  wire        req_ready,
    output wire        req_write,
    output wire        req_unsupported,
    output wire [15:0] req_address,
    output wire [10:0] req_length,
    output wire [ 3:0] req_first_be,
    output wire [ 3:0] req_last_be,
    output wire [15:0] req_requester,
    output wire [ 9:0] req_tag,
    output wire [ 2:0] req_class,
    output wire [ 2:0] req_attributes,
    output wire        data_valid,
    input  wire        data_ready,
    output wire [31:0] data,
    output logic       data_end,

    output wire        cpl_start,
    output wire [ 9:0] cpl_tag,
    output wire [ 2:0] cpl_status,
    output wire [12:0] cpl_byte_count,
    output wire        cpl_has_data,
    output wire        cpl_valid,
    output wire [31:0] cpl_data,

    output logic malformed,  // for a clock
    output wire  idle
);
  `include "tlp_header.svh"
  typedef enum logic [2:0] {
    H0,
    H1,
    H2,
    H3,
    GIVE,  // a request to the registers
    DATA,
    DROP   // up to the packet's end
  } state_t;
  state_t state;
  logic [31:0] h0, h1, h2, h3;
  logic [10:0] left;
  logic ended;  // the packet is over

  wire [31:0] head = swap(s_axis_tlp_tdata);
  wire wide = h0[29];
  wire has_data = h0[30];
  wire [4:0] kind = h0[28:24];
  wire completion = kind == TLP_COMPLETION;
  wire memory = kind == TLP_MEMORY;
  wire other = kind == TLP_IO || kind == TLP_CONFIG0 || kind == TLP_CONFIG1;
  wire known = !h0[31] && (memory || (!wide && (completion || other)));
  wire dropped_kind = !h0[31] && kind[4:3] == TLP_MESSAGE;
  wire [10:0] length = h0[9:0] == '0 ? 11'd1024 : {1'b0, h0[9:0]};
  wire [31:0] low = wide ? h3 : h2;

  wire take = s_axis_tlp_tvalid && s_axis_tlp_tready;
  wire to_registers = memory && has_data;
  assign s_axis_tlp_tready = state != GIVE && !(state == DATA && to_registers && !data_ready);
  assign idle = state == H0 && !s_axis_tlp_tvalid;

  assign req_valid = state == GIVE;
  assign req_write = to_registers;
  assign req_unsupported = !memory;
  assign req_address = {low[15:2], 2'b00};
  assign req_length = length;
  assign req_first_be = h1[3:0];
  assign req_last_be = h1[7:4];
  assign req_requester = h1[31:16];
  assign req_tag = {h0[23], h0[19], h1[15:8]};
  assign req_class = h0[22:20];
  assign req_attributes = {h0[18], h0[13:12]};
  assign data_valid = state == DATA && to_registers && s_axis_tlp_tvalid;
  assign data = s_axis_tlp_tdata;

  // The last double word of a completion's header is on the stream.
  assign cpl_start = state == H2 && take && known && completion;
  assign cpl_tag = {h0[23], h0[19], head[15:8]};
  assign cpl_status = h1[15:13];
  assign cpl_byte_count = h1[11:0] == '0 ? 13'd4096 : {1'b0, h1[11:0]};
  assign cpl_has_data = has_data;
  assign cpl_valid = state == DATA && completion && take;
  assign cpl_data = s_axis_tlp_tdata;

  wire short_header = take && s_axis_tlp_tlast && (state == H0 || state == H1 || (state == H2 && wide));
  always_ff @(posedge aclk) begin
    malformed <= 1'b0;
    data_end <= 1'b0;
    if (!aresetn) begin
      state <= H0;
    end else begin
      if (take)
        case (state)
          H0: begin
            h0 <= head;
            state <= H1;
          end
          H1: begin
            h1 <= head;
            left <= length;
            if (!known) begin
              malformed <= !dropped_kind;
              state <= DROP;
            end else state <= H2;
          end
          H2: begin
            h2 <= head;
            ended <= s_axis_tlp_tlast;
            if (wide) state <= H3;
            else if (!completion) state <= GIVE;
            else if (s_axis_tlp_tlast) begin
              malformed <= has_data;
              state <= H0;
            end else state <= has_data ? DATA : DROP;
          end
          H3: begin
            h3 <= head;
            ended <= s_axis_tlp_tlast;
            state <= GIVE;
          end
          DATA: begin
            left <= left - 11'd1;
            if (s_axis_tlp_tlast) begin
              malformed <= left != 11'd1;
              data_end <= left != 11'd1;
              state <= H0;
            end else if (left == 11'd1) begin
              malformed <= 1'b1;
              state <= DROP;
            end
          end
          default: if (s_axis_tlp_tlast) state <= H0;
        endcase
      if (short_header) begin
        malformed <= 1'b1;
        state <= H0;
      end
      if (state == GIVE && req_ready) begin
        if (ended) begin
          malformed <= has_data;
          data_end <= has_data;
          state <= H0;
        end else state <= to_registers ? DATA : DROP;
      end
    end
  end

  wire _unused = &{1'b0, h0, h1, h2, low[31:16], low[1:0], h3};
endmodule
`default_nettype wire
