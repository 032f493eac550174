// SPDX-License-Identifier: Apache-2.0
// What every virtio device is: a status machine, features, a configuration space and queues with a
// thread each. A device derives from VirtioDevice and sees requests; a transport drives it through
// the functions marked so.
//
//   status    reset -> ACKNOWLEDGE -> DRIVER -> FEATURES_OK -> DRIVER_OK -> (NEEDS_RESET) -> reset
//   calls     on_reset()               accepts_features()  on_driver_ok()               on_reset()
//   service                                                serve(q) whenever q is kicked or poked
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kit/dma.h"
#include "kit/model.h"
#include "virtio/core/admin.h"
#include "virtio/core/endpoint.h"
#include "virtio/core/engine.h"
#include "virtio/core/features.h"
#include "virtio/core/service.h"
#include "virtio/ring/virtqueue.h"

namespace ringside::virtio {

/// What a device needs from its transport.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual DmaInterface& dma() = 0;
  virtual std::uint16_t requester_id() const = 0;
  /// Used buffer notification of a queue; must not wait.
  virtual void notify_queue(unsigned queue) = 0;
  /// Configuration change notification; must not wait.
  virtual void notify_config() = 0;
  /// True while the driver uses the legacy interface: the configuration space has the guest's byte
  /// order (little-endian here) and headers their legacy forms.
  virtual bool legacy() const = 0;
  /// A queue that pause_queue() has stopped has published the last of its requests.
  virtual void queue_drained(unsigned) {}
};

class VirtioDevice : public VirtioEndpoint, private QueueHost {
 public:
  // ---- for devices: what to implement
  // ----------------------------------------------------------------------------
  // device_id() and class_code() of VirtioEndpoint, and:
  /// Device-type bits that are offered (0-23, 42, 50-127). Constant after the constructor.
  virtual FeatureSet device_features() const { return {}; }
  /// Extra device-type bits that only the legacy interface shows, and bits that it hides.
  virtual FeatureSet legacy_features(const FeatureSet& modern) const { return modern; }
  /// False makes FEATURES_OK stay clear: a combination that the specification forbids or the device
  /// cannot do.
  virtual bool accepts_features(const FeatureSet&) const { return true; }

  /// Length of the configuration space as of now, and its bytes. Ranges have been checked against
  /// config_bytes().
  virtual std::size_t config_bytes() const { return 0; }
  virtual void read_config(std::size_t offset, std::uint8_t* to, std::size_t bytes) = 0;
  virtual void write_config(std::size_t, const std::uint8_t*, std::size_t) {}

  /// Serves a queue: pop() until null, push() what is done. Called in the queue's thread each time
  /// it is kicked or poked while DRIVER_OK is set; what was pushed is flushed when it returns. It
  /// may wait simulated time.
  virtual void serve(unsigned queue) = 0;
  virtual void on_driver_ok() {}
  /// Drop all chains and forget what the driver set. Called for every reset by driver or platform.
  virtual void on_reset() {}
  /// The driver wants to suspend the device (VIRTIO_F_SUSPEND): finish what has been taken from
  /// the queues, without waiting for the outside. It is suspended once nothing is out.
  virtual void on_suspend() {}
  /// One queue is reset (VIRTIO_F_RING_RESET): drop its chains.
  virtual void on_queue_reset(unsigned) {}
  /// Capabilities and resource objects that the driver manages through the administration
  /// virtqueue. Called once, if there is one.
  virtual void declare_admin(AdminObjects&) {}

  // ---- for devices: what to use
  // ----------------------------------------------------------------------------------
  Virtqueue& queue(unsigned index) { return *queues_[index]->queue; }
  /// Negotiated features; empty before FEATURES_OK.
  const FeatureSet& features() const { return negotiated_; }
  bool has(unsigned bit) const { return negotiated_.has(bit); }
  /// True while requests are served: from DRIVER_OK (legacy: from the first notification, if that
  /// is earlier) until the device is reset or needs to be.
  bool driver_ok() const { return started_ && !suspended() && !(status_ & kNeedsReset); }
  /// The driver has suspended the device (VIRTIO_F_SUSPEND, 3.4): transports ignore writes to the
  /// configuration space then.
  bool suspended() const { return (status_ & kSuspendStatus) != 0; }
  bool legacy() const { return transport_ && transport_->legacy(); }
  /// The configuration space has changed: a new generation, and a notification if the driver is
  /// there.
  void config_changed();
  /// Gives up until the next reset: DEVICE_NEEDS_RESET and a configuration change notification.
  /// Logs why.
  void needs_reset(const std::string& why);

  // ---- for transports
  // --------------------------------------------------------------------------------------------
  /// What a hart waits for whose notification is served inside of its exit.
  const Server& server(unsigned index) const { return *queues_[index]->queue; }
  /// Once, before the simulation.
  void attach(Transport& transport);
  unsigned num_queues() const final { return all_queues() - admin_queues(); }
  unsigned admin_queues() const { return administration_ ? 1 : 0; }
  unsigned all_queues() const final { return static_cast<unsigned>(queues_.size()); }
  std::string queue_name(unsigned index) const final { return queues_[index]->queue->stat_name(); }
  /// False for the administration virtqueue unless VIRTIO_F_ADMIN_VQ has been negotiated.
  bool has_queue(unsigned index) const {
    return index < num_queues() || (index < all_queues() && has(kAdminVq));
  }

  /// All that is offered on the modern and on the legacy interface.
  FeatureSet offered_features() const;
  FeatureSet offered_legacy_features() const;
  /// What the driver has written, and what it reads back.
  const FeatureSet& driver_features() const { return driver_features_; }
  void write_driver_features(unsigned page, std::uint32_t bits);

  /// After a reset it reads as before until no access to memory is under way any more, then as 0.
  std::uint8_t status() const;
  /// The whole status machine: 0 resets; FEATURES_OK checks; DRIVER_OK starts.
  void write_status(std::uint8_t status);
  std::uint8_t config_generation() const { return generation_; }

  /// Registers of one queue. Writes after enable are ignored, as the driver must not do them.
  struct QueueSetup {
    std::uint16_t max_size;
    std::uint16_t size;
    std::uint64_t descriptor_area;
    std::uint64_t driver_area;
    std::uint64_t device_area;
    bool enabled;
    bool resetting;
    std::optional<RingPosition> resume;  ///< where to go on; without it, the ring is new
  };
  QueueSetup& queue_setup(unsigned queue);
  /// Checks size and alignment and starts the queue; false (and the queue stays off) if they are
  /// not legal.
  bool enable_queue(unsigned queue);
  /// Forgets the queue's state and setup (VIRTIO_F_RING_RESET); ignored if that was not negotiated.
  void reset_queue(unsigned queue);
  /// For transports that stop and start queues by themselves (vhost). A paused queue takes no more
  /// requests. With `drain`, the device is asked to finish what it has taken as far as that does
  /// not wait for the outside; Transport::queue_drained() tells when nothing is out.
  void pause_queue(unsigned queue, bool drain);
  void resume_queue(unsigned queue);
  /// Requests are out, or memory is being accessed, and the device goes on.
  bool queue_busy(unsigned queue) const;
  /// Where a paused queue has come to; it is disabled and its setup forgotten.
  RingPosition stop_queue(unsigned queue);
  /// A notification write. `next` is only meaningful with VIRTIO_F_NOTIFICATION_DATA.
  /// It arrives in `delay`.
  void notify(unsigned queue, std::uint16_t next,
              const sc_core::sc_time& delay = sc_core::SC_ZERO_TIME);

  // ---- features, the same for every device
  // ------------------------------------------------------------------
  Param<bool> access_platform{this, "access_platform", false, "offer VIRTIO_F_ACCESS_PLATFORM"};
  Param<bool> order_platform{this, "order_platform", false, "offer VIRTIO_F_ORDER_PLATFORM"};
  Param<bool> notif_config_data{this, "notif_config_data", false,
                                "offer VIRTIO_F_NOTIF_CONFIG_DATA"};
  Param<bool> suspend{this, "suspend", false, "offer VIRTIO_F_SUSPEND"};
  Param<bool> admin_queue{
      this, "admin_queue", false,
      "offer VIRTIO_F_ADMIN_VQ: a queue for administration commands of the Self "
      "group"};
  Choice<bool> admin_opcodes{this,
                             "admin_opcodes",
                             {{"table", false}, {"text", true}},
                             false,
                             "where virtio 1.4 contradicts itself: RESOURCE_OBJ_QUERY is 0x0b and "
                             "MODIFY 0x0c in its table, "
                             "and the other way round in its text"};
  Param<bool> notify_on_empty{this, "notify_on_empty", true,
                              "offer VIRTIO_F_NOTIFY_ON_EMPTY to legacy drivers"};
  ChildSlot<ServiceModel> service{this, "service", nullptr,
                                  "how long the device works on a request; without it, no time"};
  ChildSlot<QueueEngine> engine_model{this, "engine", nullptr,
                                      "what walks the rings; without it, an ideal engine that "
                                      "takes no time of its own"};

 protected:
  /// A reset of the platform; what only that resets, a device resets in an override.
  void reset() override;
  VirtioDevice(const sc_core::sc_module_name& name, const ModelContext& context);
  /// Call in the constructor, once per queue in order: makes the queue and its thread. `size` is
  /// the largest that the driver may choose, 1 to 32768.
  void add_queue(const std::string& name, unsigned size);
  /// A used buffer notification is due: true keeps it back, and send_held_notification() sends it
  /// later (notification coalescing). Must not wait.
  virtual bool hold_back_notification(unsigned) { return false; }
  void send_held_notification(unsigned queue);
  /// Reads guest memory at an address that a request has named (the pages of a framebuffer), as DMA
  /// of that queue. False if memory does not answer. May wait, so the device may have been reset
  /// when it returns.
  bool read_memory(unsigned queue, std::uint64_t address, void* to, std::size_t bytes);

 private:
  struct QueueSlot {
    std::unique_ptr<Virtqueue> queue;
    QueueSetup setup{};
    std::uint16_t standard_size = 0;
  };

  void reset_device();
  void accept_features();
  void start();
  void begin_suspend();
  void finish_suspend();
  void resume();
  void set_queue_defaults(unsigned index);
  bool features_consistent(const FeatureSet& chosen) const;
  void run_queue(unsigned index);
  QueueLayout layout_of(unsigned index) const;

  DmaInterface& dma() override { return transport_->dma(); }
  std::uint16_t requester_id() const override { return transport_->requester_id(); }
  void used_notification(unsigned queue) override;
  void queue_broken(unsigned queue, const std::string& why) override;
  void queue_drained(unsigned queue) override;
  const EngineSettings& engine() const override;
  Tracer* tracer() const override;
  const Model* tagged_as() const override { return parent(); }
  sc_core::sc_mutex* engine_lock() override;
  sc_core::sc_time service_end(std::uint32_t out, std::uint32_t in) override;
  void react(const sc_core::sc_event& event, const std::string& name, std::function<void()> call);

  Transport* transport_ = nullptr;
  std::vector<std::unique_ptr<QueueSlot>> queues_;  // the administration virtqueue is the last
  std::unique_ptr<Administration> administration_;
  FeatureSet driver_features_;
  FeatureSet negotiated_;
  std::uint8_t status_ = 0;
  std::uint8_t generation_ = 0;
  std::uint8_t status_before_reset_ = 0;
  bool draining_ = false;  // the latest reset found accesses under way
  bool started_ = false;
  bool suspending_ = false;
  bool config_changed_meanwhile_ = false;  // while suspended
};

}  // namespace ringside::virtio
