// SPDX-License-Identifier: Apache-2.0
// Headers of packets (PCI Express Base 5.0, 2.2), included inside a module. A double word of a
// header has its first byte at the top in the specification's figures, and in lane 0 on a stream.
/* verilator lint_off UNUSEDPARAM */
localparam logic [4:0] TLP_MEMORY = 5'b00000;
localparam logic [4:0] TLP_IO = 5'b00010;
localparam logic [4:0] TLP_CONFIG0 = 5'b00100;
localparam logic [4:0] TLP_CONFIG1 = 5'b00101;
localparam logic [4:0] TLP_COMPLETION = 5'b01010;
localparam logic [1:0] TLP_MESSAGE = 2'b10;  // of the type, its highest bits

localparam logic [2:0] STATUS_SUCCESSFUL = 3'd0;
localparam logic [2:0] STATUS_UNSUPPORTED = 3'd1;
localparam logic [2:0] STATUS_ABORT = 3'd4;
/* verilator lint_on UNUSEDPARAM */

/* verilator lint_off UNUSEDSIGNAL */
function automatic logic [31:0] swap(input logic [31:0] word);
  swap = {word[7:0], word[15:8], word[23:16], word[31:24]};
endfunction
/* verilator lint_on UNUSEDSIGNAL */
