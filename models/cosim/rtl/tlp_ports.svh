// SPDX-License-Identifier: Apache-2.0
// Ports of whatever is behind a link: packets of PCI Express, 32 bits a clock, first byte in lane 0,
// included in a list of ports that goes on.
output wire        m_axis_tlp_tvalid,
input  wire        m_axis_tlp_tready,
output wire [31:0] m_axis_tlp_tdata,
output wire [ 3:0] m_axis_tlp_tkeep,
output wire        m_axis_tlp_tlast,
input  wire        s_axis_tlp_tvalid,
output wire        s_axis_tlp_tready,
input  wire [31:0] s_axis_tlp_tdata,
input  wire [ 3:0] s_axis_tlp_tkeep,
input  wire        s_axis_tlp_tlast,
