// SPDX-License-Identifier: Apache-2.0
// A PCI Express link below a root port, a switch's port, or a function on the root bus: accesses of
// either direction take their time on it (`accuracy: timed`), and interrupts arrive when they have
// passed it. The formulas are LinkTiming's.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>

#include "kit/model.h"
#include "kit/tag.h"
#include "pci/link_timing.h"

namespace ringside::pci {

class Link final : public Model {
 public:
  static constexpr const char* kind = "link";
  static constexpr const char* kind_doc = "a link below a port or a function";

  Link(const sc_core::sc_module_name& name, const ModelContext& context);

  /// What takes an access at the other end.
  using Forward = std::function<void(tlm::tlm_generic_payload&, sc_core::sc_time&)>;

  /// An access that a function below issues; `forward` gives it to what is above. `delay` is when
  /// it is issued, and becomes when it has ended: for a read, when all data have come back.
  void upstream(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay, const Forward& forward);
  /// An access of a processor or another function. `delay` is given on to the function, for which
  /// it says how far in the future the access arrives, and becomes when the issuer may go on.
  void downstream(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay,
                  const Forward& forward);
  /// A pin's message (Assert_INTx, Deassert_INTx): `arrived` is called when it has passed the link.
  void pin_message(std::function<void()> arrived);

  const LinkSettings& settings() const { return settings_; }
  void reset() override;
  void refresh_statistics() override;

  Param<unsigned> generation{this, "generation", LinkSettings{}.generation, Range<unsigned>{1, 6},
                             "1 to 6: 2.5, 5, 8, 16, 32, 64 GT/s"};
  Param<unsigned> lanes{this, "lanes", LinkSettings{}.lanes, "1, 2, 4, 8 or 16"};
  Param<unsigned> max_payload{this, "max_payload", LinkSettings{}.max_payload,
                              "bytes of a write or a completion, whatever Device Control says"};
  Param<unsigned> max_read_request{this, "max_read_request", LinkSettings{}.max_read_request,
                                   "bytes of a read request, whatever Device Control says"};
  Param<unsigned> read_completion_boundary{this, "read_completion_boundary",
                                           LinkSettings{}.read_completion_boundary,
                                           "where completions are divided: 64 or 128"};
  Param<unsigned> tags{this, "tags", LinkSettings{}.tags, Range<unsigned>{1, 1024},
                       "read requests of the device side that may be under way"};
  Param<bool> ecrc{this, "ecrc", false, "packets carry an end-to-end CRC"};
  Param<sc_core::sc_time> latency{
      this, "latency", sc_core::sc_time(150, sc_core::SC_NS),
      Range<sc_core::sc_time>{sc_core::SC_ZERO_TIME, sc_core::sc_time(1, sc_core::SC_SEC)},
      "from the last bit sent until a packet is handed on, in either direction: physical layers, "
      "wire, data link layer"};
  Param<unsigned> posted_headers{this, "posted_headers", LinkSettings{}.posted_headers,
                                 Range<unsigned>{0, 4096},
                                 "credits for writes that each receiver gives; 0: no limit"};
  Param<unsigned> posted_data{this, "posted_data", LinkSettings{}.posted_data,
                              Range<unsigned>{0, 65536},
                              "credits for their data, 16 bytes each; 0: no limit"};
  Param<unsigned> nonposted_headers{this, "nonposted_headers", LinkSettings{}.nonposted_headers,
                                    Range<unsigned>{0, 4096},
                                    "credits for read requests; 0: no limit"};
  Param<unsigned> packets_per_ack{this, "packets_per_ack", LinkSettings{}.packets_per_ack,
                                  Range<unsigned>{0, 1024},
                                  "packets that one Ack and one UpdateFC answer; 0: these take no "
                                  "time"};

  Counter packets_up{this, "tlps_up", "count", "packets towards the host"};
  Counter packets_down{this, "tlps_down", "count", "packets away from it"};
  Counter bytes_up{this, "bytes_up", "B", "on the wire towards the host, overhead included"};
  Counter bytes_down{this, "bytes_down", "B", "on the wire away from it"};
  Counter payload_up{this, "payload_up", "B", "data in packets towards the host"};
  Counter payload_down{this, "payload_down", "B", "data in packets away from it"};
  Counter busy_up{this, "busy_ps_up", "ps", "time that the wire towards the host was in use"};
  Counter busy_down{this, "busy_ps_down", "ps", "time that the wire away from it was in use"};
  Counter credit_wait{this, "credit_wait_ps", "ps", "time that packets waited for credits"};
  Counter tag_wait{this, "tag_wait_ps", "ps", "time that read requests waited for a tag"};

 private:
  struct Message {
    sc_core::sc_time due;
    Forward forward;
    std::function<void()> pin;  // else a write:
    std::uint64_t address = 0;
    std::uint8_t data[8] = {};
    unsigned bytes = 0;
    TransactionTag tag;
  };

  LinkSettings read_settings();
  bool is_message(const tlm::tlm_generic_payload& payload, const TransactionTag* tag) const;
  void write_up(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay, const Forward& forward,
                TransactionTag* tag);
  void read_up(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay, const Forward& forward,
               TransactionTag* tag);
  void read_pieces(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay,
                   const Forward& forward, TransactionTag& tag);
  sc_core::sc_time read_piece(tlm::tlm_generic_payload& payload, Picoseconds at,
                              const Forward& forward, Picoseconds& sent);
  void post_message(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay,
                    const Forward& forward, const TransactionTag& tag);
  void enqueue(Message message);
  void deliver();

  LinkSettings settings_;
  LinkTiming timing_;
  std::deque<Message> messages_;
  sc_core::sc_event message_due_;
};

}  // namespace ringside::pci
