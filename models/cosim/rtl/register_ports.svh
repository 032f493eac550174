// SPDX-License-Identifier: Apache-2.0
// Ports of whatever has the engine's registers and interrupts, included in a list of ports that goes on.
input  wire         s_axil_awvalid,
output wire         s_axil_awready,
input  wire  [15:0] s_axil_awaddr,
input  wire         s_axil_wvalid,
output wire         s_axil_wready,
input  wire  [31:0] s_axil_wdata,
input  wire  [ 3:0] s_axil_wstrb,
output wire         s_axil_bvalid,
input  wire         s_axil_bready,
output wire  [ 1:0] s_axil_bresp,
input  wire         s_axil_arvalid,
output wire         s_axil_arready,
input  wire  [15:0] s_axil_araddr,
output wire         s_axil_rvalid,
input  wire         s_axil_rready,
output wire  [31:0] s_axil_rdata,
output wire  [ 1:0] s_axil_rresp,

output wire         irq_valid,
input  wire         irq_ready,
output wire  [15:0] irq_vector,
output wire  [ 1:0] isr_status,

output wire resting,  // nothing will happen before something comes from outside
