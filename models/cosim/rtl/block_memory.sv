// SPDX-License-Identifier: Apache-2.0
// Device part of a block device (virtio 1.4, 5.2) with its data in memory of its own: IN, OUT, FLUSH,
// GET_ID. The status is the last byte of the device-writable part, whatever that is long; before it
// lie the data that were asked for, or zeros.
`default_nettype none
module block_memory #(
    parameter int DATA_WIDTH = 64,
    parameter int SECTORS = 64,   // of 512 bytes, a power of 2
    parameter int SEG_MAX = 62,
    localparam int BYTES = DATA_WIDTH / 8
) (
    input wire aclk,
    input wire aresetn,
    input wire stream_reset,

    input  wire                   request_tvalid,
    output wire                   request_tready,
    input  wire  [DATA_WIDTH-1:0] request_tdata,
    input  wire  [     BYTES-1:0] request_tkeep,
    input  wire                   request_tlast,
    input  wire  [          63:0] request_tuser,

    output wire                   response_tvalid,
    input  wire                   response_tready,
    output wire  [DATA_WIDTH-1:0] response_tdata,
    output wire  [     BYTES-1:0] response_tkeep,
    output wire                   response_tlast,

    input  wire  [11:0] config_address,
    output logic [31:0] config_data
);
  localparam int LB = $clog2(BYTES);
  localparam int CW = LB + 1;
  localparam int WORDS = SECTORS * 512 / BYTES;
  localparam int AW = $clog2(WORDS);
  localparam int SW = 9 - LB;  // words of a sector
  localparam int HEADER_PIECE = BYTES < 16 ? BYTES : 16;

  localparam logic [31:0] TYPE_IN = 32'd0, TYPE_OUT = 32'd1, TYPE_FLUSH = 32'd4, TYPE_GET_ID = 32'd8;
  localparam logic [7:0] STATUS_OK = 8'd0, STATUS_IOERR = 8'd1, STATUS_UNSUPP = 8'd2;
  localparam logic [159:0] NAME = {48'd0, "kcolb-edisgnir"};

  typedef enum logic [2:0] {
    HEADER,
    DATA,    // of OUT
    DECIDE,  // about the status
    LOAD,
    SEND
  } state_t;
  state_t state;

  logic [DATA_WIDTH-1:0] store[WORDS];
  logic [DATA_WIDTH-1:0] word;
  logic second;            // half of the header, on a bus of 64 bits
  logic headless;          // the request ended within its header
  logic [31:0] kind;
  logic [63:0] sector;
  logic [AW:0] at;         // word
  logic beyond;            // an address was not there
  logic ragged;            // data of OUT that are not whole sectors
  logic [31:0] room, left; // bytes of the response
  logic [31:0] beats;      // of it that have gone
  logic [ 7:0] status;

  // ---- the request in pieces that suit
  logic [CW-1:0] count;
  always_comb begin
    count = CW'(BYTES);
    if (request_tvalid && !(&request_tkeep)) begin
      count = '0;
      for (int i = 0; i < BYTES; i++) if (request_tkeep[i]) count = CW'(i + 1);
    end
  end
  wire piece_valid, piece_last, gear_ready;
  wire [DATA_WIDTH-1:0] piece;
  wire [CW-1:0] piece_count;
  wire take = (state == HEADER || state == DATA) && piece_valid;
  assign request_tready = gear_ready && (state == HEADER || state == DATA);
  byte_gearbox #(
      .BYTES(BYTES)
  ) gearbox (
      .aclk,
      .aresetn,
      .clear(stream_reset),
      .in_valid(request_tvalid && request_tready),
      .in_ready(gear_ready),
      .in_data(request_tdata),
      .in_skip('0),
      .in_count(count),
      .in_last(request_tlast),
      .out_want(state == HEADER ? CW'(HEADER_PIECE) : CW'(BYTES)),
      .out_valid(piece_valid),
      .out_ready(take),
      .out_data(piece),
      .out_count(piece_count),
      .out_last(piece_last)
  );
  wire [127:0] header = 128'(piece);

  // ---- the answer
  wire [31:0] data_bytes = room - 32'd1;
  wire [63:0] last_sector = sector + {41'b0, data_bytes[31:9]};
  wire in_range = sector <= 64'(SECTORS) && last_sector <= 64'(SECTORS);
  wire [LB-1:0] status_lane = LB'(left - 32'd1);
  logic [DATA_WIDTH-1:0] id_word;
  always_comb begin
    id_word = '0;
    for (int i = 0; i < BYTES; i++)
      for (int k = 0; k < 20; k++)
        if (beats * 32'(BYTES) + 32'(i) == 32'(k)) id_word[8*i+:8] = name_byte(k);
  end
  function automatic logic [7:0] name_byte(input int k);
    name_byte = NAME[8*k+:8];
  endfunction

  logic [DATA_WIDTH-1:0] answer;
  always_comb begin
    answer = '0;
    if (status == STATUS_OK && kind == TYPE_IN) answer = word;
    if (status == STATUS_OK && kind == TYPE_GET_ID) answer = id_word;
    if (response_tlast && room != '0) answer[{status_lane, 3'b000}+:8] = status;
  end
  assign response_tvalid = state == SEND;
  assign response_tdata = answer;
  assign response_tlast = left <= 32'(BYTES);
  assign response_tkeep = left < 32'(BYTES) ? ~({BYTES{1'b1}} << left) : '1;

  always_comb begin
    case (config_address)
      12'h000: config_data = 32'(SECTORS);
      12'h00c: config_data = 32'(SEG_MAX);
      12'h014: config_data = 32'd512;
      default: config_data = '0;
    endcase
  end

  always_ff @(posedge aclk) begin
    if (state == DATA && take && kind == TYPE_OUT && !beyond && !at[AW] && piece_count == CW'(BYTES))
      store[at[AW-1:0]] <= piece;
    if (state == LOAD) word <= store[at[AW-1:0]];
    if (!aresetn || stream_reset) begin
      state  <= HEADER;
      second <= 1'b0;
    end else begin
      case (state)
        HEADER:
        if (take) begin
          room   <= request_tuser[63:32];
          ragged <= 1'b0;
          if (!second) kind <= piece[31:0];
          if (BYTES < 16 && !second && !piece_last) begin
            second <= 1'b1;
          end else begin
            second <= 1'b0;
            headless <= piece_count != CW'(HEADER_PIECE) || (BYTES < 16 && !second);
            sector <= BYTES < 16 ? header[63:0] : header[127:64];
            beyond <= (BYTES < 16 ? header[63:0] : header[127:64]) >= 64'(SECTORS);
            at <= {BYTES < 16 ? header[AW-SW:0] : header[64+AW-SW:64], {SW{1'b0}}};
            state <= piece_last ? DECIDE : DATA;
          end
        end
        DATA:
        if (take) begin
          at <= at + (AW + 1)'(piece_count == CW'(BYTES));
          if (at[AW] && piece_count != '0) beyond <= 1'b1;
          if (piece_count != '0 && piece_count != CW'(BYTES)) ragged <= 1'b1;
          if (piece_last) state <= DECIDE;
        end
        DECIDE: begin
          left  <= room;
          beats <= '0;
          state <= LOAD;
          if (headless) status <= STATUS_IOERR;
          else
            case (kind)
              TYPE_IN: begin
                status <= in_range && data_bytes[8:0] == '0 ? STATUS_OK : STATUS_IOERR;
                at <= {sector[AW-SW:0], {SW{1'b0}}};
              end
              TYPE_OUT: status <= beyond || ragged || at[SW-1:0] != '0 ? STATUS_IOERR : STATUS_OK;
              TYPE_FLUSH, TYPE_GET_ID: status <= STATUS_OK;
              default: status <= STATUS_UNSUPP;
            endcase
        end
        LOAD: state <= SEND;
        default:  // SEND
        if (response_tready) begin
          at <= at + 1'b1;
          beats <= beats + 32'd1;
          left <= left - 32'(BYTES);
          state <= response_tlast ? HEADER : LOAD;
        end
      endcase
    end
  end

  wire _unused = &{1'b0, request_tuser[31:0], header};
endmodule
`default_nettype wire
