// SPDX-License-Identifier: Apache-2.0
// The rules and the reference of virtqueues for a bench in SystemVerilog, over DPI-C: load
// libvring_ref.so (vring_ref.h says what each function takes). A bench makes a vring_ref_scoreboard per
// virtio device and tells it of each access at the device's border, in the order of their effects:
//
//   vring_ref_scoreboard scoreboard = new("nic");
//   scoreboard.register_write($time, 64'h14, 64'h0, 1);
//   scoreboard.data(beat, strobes); ...; scoreboard.dma_write($time, address, bytes);
//   scoreboard.finish();
//
// What is found is handed to found(), which a bench overrides to report by its own means (uvm_error, say).
// Times are in picoseconds. Only integers, handles and strings go over DPI, no arrays, so that simulators agree.
package vring_ref_pkg;
  import "DPI-C" function int unsigned vring_ref_version();
  import "DPI-C" function string vring_ref_error_text(input int result);
  import "DPI-C" function chandle vring_ref_sv_create(
    input int predict,
    input int length_is_written,
    input int looks_when_told,
    input longint interrupt_within
  );
  import "DPI-C" function void vring_ref_sv_destroy(input chandle handle);
  import "DPI-C" function int vring_ref_sv_set_queue(
    input chandle handle,
    input int queue_index,
    input int predict,
    input int length_is_written,
    input int looks_when_told,
    input longint interrupt_within
  );
  import "DPI-C" function int vring_ref_sv_register(
    input chandle handle,
    input longint at,
    input int is_write,
    input longint offset,
    input longint value,
    input int bytes
  );
  import "DPI-C" function int vring_ref_sv_data(
    input chandle handle,
    input longint data,
    input int strobes
  );
  import "DPI-C" function int vring_ref_sv_dma(
    input chandle handle,
    input longint at,
    input int is_write,
    input int status,
    input int purpose,
    input int queue_index,
    input longint request,
    input longint address,
    input int skip,
    input int bytes
  );
  import "DPI-C" function int vring_ref_sv_interrupt(
    input chandle handle,
    input longint at,
    input int queue_index
  );
  import "DPI-C" function int vring_ref_sv_finish(input chandle handle);
  import "DPI-C" function int vring_ref_sv_findings(input chandle handle);
  import "DPI-C" function int vring_ref_sv_clear(input chandle handle);
  import "DPI-C" function string vring_ref_sv_rule(
    input chandle handle,
    input int index
  );
  import "DPI-C" function string vring_ref_sv_expected(
    input chandle handle,
    input int index
  );
  import "DPI-C" function string vring_ref_sv_found(
    input chandle handle,
    input int index
  );
  import "DPI-C" function string vring_ref_sv_text(
    input chandle handle,
    input int index
  );
  import "DPI-C" function longint vring_ref_sv_field(
    input chandle handle,
    input int index,
    input int which
  );
  import "DPI-C" function longint vring_ref_sv_counter(
    input chandle handle,
    input int which
  );

  localparam int unsigned VRING_REF_MAJOR = 1;  // that this package was written for

  localparam int VRING_REF_NO_QUEUE = 32'h0000_ffff;  // or an interrupt: configuration change
  localparam longint VRING_REF_NO_REQUEST = 64'hffff_ffff_ffff_ffff;

  // Status of an access
  localparam int VRING_REF_DONE = 0;
  localparam int VRING_REF_ADDRESS_ERROR = 1;
  localparam int VRING_REF_BUS_ERROR = 2;

  // What an access is for
  localparam int VRING_REF_UNKNOWN = 0;  // it is told from the address
  localparam int VRING_REF_AVAIL_INDEX = 1;
  localparam int VRING_REF_AVAIL_RING = 2;
  localparam int VRING_REF_DESCRIPTOR = 3;
  localparam int VRING_REF_INDIRECT_TABLE = 4;
  localparam int VRING_REF_PAYLOAD = 5;
  localparam int VRING_REF_USED_RING = 6;
  localparam int VRING_REF_USED_INDEX = 7;
  localparam int VRING_REF_SUPPRESSION = 8;

  // Fields of a finding that are numbers
  localparam int VRING_REF_FIELD_TRANSACTION = 0;
  localparam int VRING_REF_FIELD_TIME = 1;
  localparam int VRING_REF_FIELD_DEVICE = 2;
  localparam int VRING_REF_FIELD_QUEUE = 3;
  localparam int VRING_REF_FIELD_REQUEST = 4;
  localparam int VRING_REF_FIELD_PREDICTED = 5;

  class vring_ref_scoreboard;
    string  name;
    chandle handle;      // null: the library is of another version, or has no memory
    int     reported;    // findings that found() has been given
    int     failures;    // accesses that the library did not take: the bench is wrong

    // See vring_ref_settings in vring_ref.h.
    function new(string name = "vring_ref", int predict = 1, int length_is_written = 1,
                 int looks_when_told = 1, longint interrupt_within = 0);
      this.name = name;
      reported = 0;
      failures = 0;
      handle = null;
      if (vring_ref_version() >> 16 != VRING_REF_MAJOR)
        failed("libvring_ref.so is of another major version than vring_ref_pkg");
      else begin
        handle = vring_ref_sv_create(predict, length_is_written, looks_when_told, interrupt_within);
        if (handle == null) failed("no reference could be made");
      end
    endfunction

    // Not called by itself: SystemVerilog has no destructors.
    virtual function void close();
      vring_ref_sv_destroy(handle);
      handle = null;
    endfunction

    virtual function void set_queue(int queue, int predict, int length_is_written,
                                    int looks_when_told, longint interrupt_within);
      take(vring_ref_sv_set_queue(handle, queue, predict, length_is_written, looks_when_told,
                                  interrupt_within));
    endfunction

    // ---- what happens
    virtual function void register_write(longint at, longint offset, longint value, int bytes);
      take(vring_ref_sv_register(handle, at, 1, offset, value, bytes));
    endfunction
    virtual function void register_read(longint at, longint offset, longint value, int bytes);
      take(vring_ref_sv_register(handle, at, 0, offset, value, bytes));
    endfunction

    // The next 8 bytes of the access that dma() will tell of; strobes only count in writes.
    virtual function void data(longint bytes, bit [7:0] strobes);
      take(vring_ref_sv_data(handle, bytes, int'(strobes)));
    endfunction
    // Ends an access: `skip` bytes at the start of its data are not part of it, `bytes` are, from `address` on.
    virtual function void dma(longint at, bit is_write, longint address, int skip, int bytes,
                              int status, int purpose, int queue, longint request);
      take(vring_ref_sv_dma(handle, at, int'(is_write), status, purpose, queue, request, address,
                            skip, bytes));
    endfunction
    virtual function void dma_read(longint at, longint address, int bytes);
      dma(at, 0, address, 0, bytes, VRING_REF_DONE, VRING_REF_UNKNOWN, VRING_REF_NO_QUEUE,
          VRING_REF_NO_REQUEST);
    endfunction
    virtual function void dma_write(longint at, longint address, int bytes);
      dma(at, 1, address, 0, bytes, VRING_REF_DONE, VRING_REF_UNKNOWN, VRING_REF_NO_QUEUE,
          VRING_REF_NO_REQUEST);
    endfunction

    virtual function void interrupt(longint at, int queue);
      take(vring_ref_sv_interrupt(handle, at, queue));
    endfunction
    virtual function void finish();
      take(vring_ref_sv_finish(handle));
    endfunction

    // ---- what comes of it
    // Finding number `index` of those that are kept; its fields: vring_ref_sv_rule() and the like.
    virtual function void found(int index);
      $display("%s: %s", name, vring_ref_sv_text(handle, index));
    endfunction
    // The bench has told something that cannot be.
    virtual function void failed(string why);
      $display("%s: error: %s", name, why);
    endfunction

    virtual function longint transactions();
      return vring_ref_sv_counter(handle, 0);
    endfunction
    virtual function longint requests();
      return vring_ref_sv_counter(handle, 1);
    endfunction
    virtual function longint used();
      return vring_ref_sv_counter(handle, 2);
    endfunction
    virtual function longint predicted_bytes();
      return vring_ref_sv_counter(handle, 3);
    endfunction
    virtual function longint findings();
      return vring_ref_sv_counter(handle, 4);
    endfunction

    protected virtual function void take(int result);
      if (result < 0) begin
        failures = failures + 1;
        failed(vring_ref_error_text(result));
      end
      if (result <= 0) return;
      while (reported < vring_ref_sv_findings(handle)) begin
        reported = reported + 1;
        found(reported - 1);
      end
    endfunction
  endclass
endpackage
