// SPDX-License-Identifier: Apache-2.0
#include "vring_ref.h"

#include <new>
#include <string>
#include <vector>

#include "cosim/check/checker.h"

using namespace ringside::cosim;

namespace {

static_assert(VRING_REF_UNKNOWN == static_cast<int>(Purpose::Unknown) &&
              VRING_REF_AVAIL_INDEX == static_cast<int>(Purpose::AvailIndex) &&
              VRING_REF_PAYLOAD == static_cast<int>(Purpose::Payload) &&
              VRING_REF_SUPPRESSION == static_cast<int>(Purpose::Suppression) &&
              VRING_REF_CONFIG == static_cast<int>(Purpose::Config));
static_assert(VRING_REF_DONE == static_cast<int>(AccessStatus::Ok) &&
              VRING_REF_BUS_ERROR == static_cast<int>(AccessStatus::BusError));
static_assert(VRING_REF_NO_QUEUE == Transaction::kNoQueue);
static_assert(VRING_REF_NO_REQUEST == Transaction::kNoRequest);
static_assert(VRING_REF_QUEUES == Registers::kMaxQueues);

/// What the bench's functions say of a device's payload.
class TheirPayload final : public PayloadModel {
 public:
  explicit TheirPayload(const vring_ref_settings& settings)
      : byte_(settings.payload_byte), length_(settings.used_length), user_(settings.user) {}
  bool is(const vring_ref_settings& settings) const {
    return byte_ == settings.payload_byte && length_ == settings.used_length &&
           user_ == settings.user;
  }
  int byte(unsigned queue, const ObservedChain& chain, std::uint64_t offset) override {
    return byte_ ? byte_(user_, queue, chain.request, chain.out.data(), chain.out.size(), offset)
                 : -1;
  }
  std::int64_t length(unsigned queue, const ObservedChain& chain) override {
    return length_
               ? length_(user_, queue, chain.request, chain.readable_bytes, chain.writable_bytes)
               : -1;
  }

 private:
  decltype(vring_ref_settings::payload_byte) byte_;
  decltype(vring_ref_settings::used_length) length_;
  void* user_;
};

}  // namespace

struct vring_ref {
  std::vector<std::unique_ptr<TheirPayload>> payloads;  // queues that are on may know older ones
  std::unique_ptr<Checker> checker;
  std::uint64_t next = 0;          // transaction
  std::vector<std::string> texts;  // of findings that have been asked for; its capacity is fixed
  std::vector<std::uint8_t> data, strobes;  // of the access that vring_ref_sv_dma() will tell of
  int broken = VRING_REF_OK;

  CheckSettings settings(const vring_ref_settings& given) {
    CheckSettings settings;
    settings.predict = given.predict != 0;
    settings.length_is_written = given.length_is_written != 0;
    settings.looks_when_told = given.looks_when_told != 0;
    settings.interrupt_within = given.interrupt_within;
    settings.error_within = given.error_within;
    if (given.payload_byte || given.used_length) settings.payload = payload(given);
    return settings;
  }
  TheirPayload* payload(const vring_ref_settings& given) {
    for (const auto& known : payloads)
      if (known->is(given)) return known.get();
    payloads.push_back(std::make_unique<TheirPayload>(given));
    return payloads.back().get();
  }
};

namespace {

/// The border: nothing that is thrown leaves it.
template <typename Function>
int guarded(Function function) noexcept {
  try {
    return function();
  } catch (const std::bad_alloc&) {
    return VRING_REF_ERROR_MEMORY;
  } catch (...) {
    return VRING_REF_ERROR_INTERNAL;
  }
}

/// The same with a reference that must be there, and that is not used again after a fault.
template <typename Function>
int guarded(vring_ref* ref, Function function) noexcept {
  if (!ref) return VRING_REF_ERROR_NULL;
  if (ref->broken != VRING_REF_OK) return ref->broken;
  const int result = guarded(function);
  if (result == VRING_REF_ERROR_MEMORY || result == VRING_REF_ERROR_INTERNAL) ref->broken = result;
  return result;
}

/// What `tell` has brought.
template <typename Tell>
int new_findings(vring_ref& ref, Tell tell) {
  const std::uint64_t before = ref.checker->findings().count();
  tell();
  return static_cast<int>(ref.checker->findings().count() - before);
}

int tell(vring_ref& ref, Transaction& t) {
  t.number = ref.next++;
  return new_findings(ref, [&] { ref.checker->see(t); });
}

int tell_register(vring_ref* ref, Kind kind, std::uint64_t time, std::uint64_t offset,
                  std::uint64_t value, unsigned bytes) {
  return guarded(ref, [&]() -> int {
    if (bytes != 1 && bytes != 2 && bytes != 4 && bytes != 8) return VRING_REF_ERROR_RANGE;
    std::uint8_t data[8];
    for (unsigned i = 0; i < 8; ++i) data[i] = static_cast<std::uint8_t>(value >> (8 * i));
    Transaction t;
    t.kind = kind;
    t.purpose = Purpose::Config;
    t.time = time;
    t.address = offset;
    t.length = bytes;
    t.data = data;
    return tell(*ref, t);
  });
}

bool in_range(const vring_ref_access& a) {
  return a.size >= sizeof a && a.status >= VRING_REF_DONE && a.status <= VRING_REF_BUS_ERROR &&
         a.purpose >= VRING_REF_UNKNOWN && a.purpose <= VRING_REF_CONFIG && a.device <= 0xffff &&
         a.queue <= VRING_REF_NO_QUEUE && a.bytes <= VRING_REF_MOST_BYTES;
}

int tell_dma(vring_ref& ref, const vring_ref_access& a) {
  if (!in_range(a)) return VRING_REF_ERROR_RANGE;
  if (!a.data && a.bytes != 0 && a.status == VRING_REF_DONE) return VRING_REF_ERROR_NULL;
  Transaction t;
  t.kind = a.is_write ? Kind::DmaWrite : Kind::DmaRead;
  t.time = a.time;
  t.status = static_cast<AccessStatus>(a.status);
  t.purpose = static_cast<Purpose>(a.purpose);
  t.device = static_cast<std::uint16_t>(a.device);
  t.queue = static_cast<std::uint16_t>(a.queue);
  t.request = a.request;
  t.address = a.address;
  t.length = a.bytes;
  t.data = a.data;
  if (a.is_write && a.data) t.strobes = a.strobes;
  trim_to_strobes(t);
  return tell(ref, t);
}

const Finding* kept(const vring_ref* ref, int index) {
  if (!ref || index < 0) return nullptr;
  const auto& all = ref->checker->findings().kept();
  return static_cast<std::size_t>(index) < all.size() ? &all[static_cast<std::size_t>(index)]
                                                      : nullptr;
}

const char* text_of(vring_ref& ref, int index) {
  while (ref.texts.size() <= static_cast<std::size_t>(index))
    ref.texts.push_back(ref.checker->findings().kept()[ref.texts.size()].str());
  return ref.texts[static_cast<std::size_t>(index)].c_str();
}

}  // namespace

const char* vring_ref_error_text(int result) {
  if (result >= 0) return "no error";
  switch (result) {
    case VRING_REF_ERROR_NULL:
      return "a handle or pointer is null";
    case VRING_REF_ERROR_RANGE:
      return "a value is out of range";
    case VRING_REF_ERROR_MEMORY:
      return "no more memory";
    case VRING_REF_ERROR_INTERNAL:
      return "a fault of the reference itself";
    case VRING_REF_ERROR_NONE:
      return "there is no such finding";
    default:
      return "an unknown error";
  }
}

uint32_t vring_ref_version(void) {
  return std::uint32_t{VRING_REF_VERSION_MAJOR} << 16 | VRING_REF_VERSION_MINOR;
}

// ---- settings and life

int vring_ref_settings_init(vring_ref_settings* settings) {
  if (!settings) return VRING_REF_ERROR_NULL;
  *settings = {};
  settings->size = sizeof *settings;
  settings->predict = settings->length_is_written = settings->looks_when_told = 1;
  settings->error_within = CheckSettings{}.error_within;
  return VRING_REF_OK;
}

int vring_ref_create(const vring_ref_settings* settings, vring_ref** made) {
  if (!made) return VRING_REF_ERROR_NULL;
  *made = nullptr;
  return guarded([&]() -> int {
    if (settings && settings->size < sizeof *settings) return VRING_REF_ERROR_RANGE;
    vring_ref_settings usual;
    vring_ref_settings_init(&usual);
    auto ref = std::make_unique<vring_ref>();
    ref->texts.reserve(Findings::kKept);
    ref->checker = std::make_unique<Checker>(ref->settings(settings ? *settings : usual));
    *made = ref.release();
    return VRING_REF_OK;
  });
}

void vring_ref_destroy(vring_ref* ref) {
  delete ref;
}

int vring_ref_set_queue(vring_ref* ref, unsigned queue, const vring_ref_settings* settings) {
  return guarded(ref, [&]() -> int {
    if (!settings) return VRING_REF_ERROR_NULL;
    if (queue >= VRING_REF_QUEUES || settings->size < sizeof *settings)
      return VRING_REF_ERROR_RANGE;
    ref->checker->set(queue, ref->settings(*settings));
    return VRING_REF_OK;
  });
}

// ---- what happens

int vring_ref_register_write(vring_ref* ref, uint64_t time, uint64_t offset, uint64_t value,
                             unsigned bytes) {
  return tell_register(ref, Kind::RegisterWrite, time, offset, value, bytes);
}

int vring_ref_register_read(vring_ref* ref, uint64_t time, uint64_t offset, uint64_t value,
                            unsigned bytes) {
  return tell_register(ref, Kind::RegisterRead, time, offset, value, bytes);
}

int vring_ref_access_init(vring_ref_access* access) {
  if (!access) return VRING_REF_ERROR_NULL;
  *access = {};
  access->size = sizeof *access;
  access->queue = VRING_REF_NO_QUEUE;
  access->request = VRING_REF_NO_REQUEST;
  return VRING_REF_OK;
}

int vring_ref_dma(vring_ref* ref, const vring_ref_access* access) {
  return guarded(ref,
                 [&]() -> int { return access ? tell_dma(*ref, *access) : VRING_REF_ERROR_NULL; });
}

int vring_ref_interrupt(vring_ref* ref, uint64_t time, unsigned queue) {
  return guarded(ref, [&]() -> int {
    if (queue > VRING_REF_NO_QUEUE) return VRING_REF_ERROR_RANGE;
    Transaction t;
    t.kind = Kind::Interrupt;
    t.purpose = Purpose::Interrupt;
    t.time = time;
    t.queue = static_cast<std::uint16_t>(queue);
    return tell(*ref, t);
  });
}

int vring_ref_finish(vring_ref* ref) {
  return guarded(ref, [&]() -> int { return new_findings(*ref, [&] { ref->checker->finish(); }); });
}

// ---- what was found

int vring_ref_findings(const vring_ref* ref) {
  return ref ? static_cast<int>(ref->checker->findings().kept().size()) : VRING_REF_ERROR_NULL;
}

int vring_ref_get_finding(vring_ref* ref, int index, vring_ref_finding* finding) {
  return guarded(ref, [&]() -> int {
    if (!finding) return VRING_REF_ERROR_NULL;
    if (finding->size < sizeof *finding) return VRING_REF_ERROR_RANGE;
    const Finding* f = kept(ref, index);
    if (!f) return VRING_REF_ERROR_NONE;
    *finding = {finding->size,
                to_string(f->rule),
                is_predicted(f->rule),
                f->transaction,
                f->time,
                f->device,
                f->queue,
                f->request,
                f->expected.c_str(),
                f->found.c_str(),
                text_of(*ref, index)};
    return VRING_REF_OK;
  });
}

int vring_ref_clear_findings(vring_ref* ref) {
  return guarded(ref, [&]() -> int {
    ref->checker->clear_findings();
    ref->texts.clear();
    return VRING_REF_OK;
  });
}

int vring_ref_get_counters(const vring_ref* ref, vring_ref_counters* counters) {
  if (!ref || !counters) return VRING_REF_ERROR_NULL;
  if (counters->size < sizeof *counters) return VRING_REF_ERROR_RANGE;
  const Checker& c = *ref->checker;
  *counters = {counters->size, c.transactions(),    c.requests(),
               c.used(),       c.predicted_bytes(), c.findings().count()};
  return VRING_REF_OK;
}

// ---- SystemVerilog

namespace {

vring_ref* of(void* ref) {
  return static_cast<vring_ref*>(ref);
}

vring_ref_settings sv_settings(int predict, int length_is_written, int looks_when_told,
                               long long interrupt_within) {
  vring_ref_settings settings;
  vring_ref_settings_init(&settings);
  settings.predict = predict;
  settings.length_is_written = length_is_written;
  settings.looks_when_told = looks_when_told;
  settings.interrupt_within = static_cast<std::uint64_t>(interrupt_within);
  return settings;
}

}  // namespace

void* vring_ref_sv_create(int predict, int length_is_written, int looks_when_told,
                          long long interrupt_within) {
  const vring_ref_settings settings =
      sv_settings(predict, length_is_written, looks_when_told, interrupt_within);
  vring_ref* made = nullptr;
  vring_ref_create(&settings, &made);
  return made;
}

void vring_ref_sv_destroy(void* ref) {
  vring_ref_destroy(of(ref));
}

int vring_ref_sv_set_queue(void* ref, int queue, int predict, int length_is_written,
                           int looks_when_told, long long interrupt_within) {
  const vring_ref_settings settings =
      sv_settings(predict, length_is_written, looks_when_told, interrupt_within);
  return vring_ref_set_queue(of(ref), static_cast<unsigned>(queue), &settings);
}

int vring_ref_sv_register(void* ref, long long time, int is_write, long long offset,
                          long long value, int bytes) {
  return tell_register(of(ref), is_write ? Kind::RegisterWrite : Kind::RegisterRead,
                       static_cast<std::uint64_t>(time), static_cast<std::uint64_t>(offset),
                       static_cast<std::uint64_t>(value), static_cast<unsigned>(bytes));
}

int vring_ref_sv_data(void* ref, long long data, int strobes) {
  return guarded(of(ref), [&]() -> int {
    vring_ref& r = *of(ref);
    // A beat of any bus may lie before and after what is meant.
    if (r.data.size() >= VRING_REF_MOST_BYTES + 2048) return VRING_REF_ERROR_RANGE;
    for (unsigned i = 0; i < 8; ++i) {
      r.data.push_back(static_cast<std::uint8_t>(static_cast<std::uint64_t>(data) >> (8 * i)));
      r.strobes.push_back(static_cast<std::uint8_t>(strobes >> i & 1));
    }
    return VRING_REF_OK;
  });
}

int vring_ref_sv_dma(void* ref, long long time, int is_write, int status, int purpose, int queue,
                     long long request, long long address, int skip, int bytes) {
  return guarded(of(ref), [&]() -> int {
    vring_ref& r = *of(ref);
    const bool has_data = !r.data.empty();
    const bool fits = skip >= 0 && bytes >= 0 &&
                      static_cast<std::uint64_t>(skip) + static_cast<std::uint64_t>(bytes) <=
                          (has_data ? r.data.size() : VRING_REF_MOST_BYTES);
    int result = VRING_REF_ERROR_RANGE;
    if (fits) {
      vring_ref_access a;
      vring_ref_access_init(&a);
      a.time = static_cast<std::uint64_t>(time);
      a.is_write = is_write;
      a.status = status;
      a.purpose = purpose;
      a.queue = static_cast<std::uint32_t>(queue);
      a.request = static_cast<std::uint64_t>(request);
      a.address = static_cast<std::uint64_t>(address);
      a.bytes = static_cast<std::uint32_t>(bytes);
      a.data = has_data ? r.data.data() + skip : nullptr;
      a.strobes = has_data ? r.strobes.data() + skip : nullptr;
      result = tell_dma(r, a);
    }
    r.data.clear();
    r.strobes.clear();
    return result;
  });
}

int vring_ref_sv_interrupt(void* ref, long long time, int queue) {
  return vring_ref_interrupt(of(ref), static_cast<std::uint64_t>(time),
                             static_cast<unsigned>(queue));
}

int vring_ref_sv_finish(void* ref) {
  return vring_ref_finish(of(ref));
}

int vring_ref_sv_findings(void* ref) {
  return vring_ref_findings(of(ref));
}

int vring_ref_sv_clear(void* ref) {
  return vring_ref_clear_findings(of(ref));
}

const char* vring_ref_sv_rule(void* ref, int index) {
  const Finding* f = kept(of(ref), index);
  return f ? to_string(f->rule) : "";
}

const char* vring_ref_sv_expected(void* ref, int index) {
  const Finding* f = kept(of(ref), index);
  return f ? f->expected.c_str() : "";
}

const char* vring_ref_sv_found(void* ref, int index) {
  const Finding* f = kept(of(ref), index);
  return f ? f->found.c_str() : "";
}

const char* vring_ref_sv_text(void* ref, int index) {
  vring_ref_finding finding;
  finding.size = sizeof finding;
  return vring_ref_get_finding(of(ref), index, &finding) == VRING_REF_OK ? finding.text : "";
}

long long vring_ref_sv_field(void* ref, int index, int which) {
  const Finding* f = kept(of(ref), index);
  if (!f) return -1;
  switch (which) {
    case 0:
      return static_cast<long long>(f->transaction);
    case 1:
      return static_cast<long long>(f->time);
    case 2:
      return f->device;
    case 3:
      return f->queue;
    case 4:
      return static_cast<long long>(f->request);
    case 5:
      return is_predicted(f->rule) ? 1 : 0;
    default:
      return -1;
  }
}

long long vring_ref_sv_counter(void* ref, int which) {
  vring_ref_counters c;
  c.size = sizeof c;
  if (vring_ref_get_counters(of(ref), &c) != VRING_REF_OK) return -1;
  const std::uint64_t values[] = {c.transactions, c.requests, c.used, c.predicted_bytes,
                                  c.findings};
  return which >= 0 && which < 5 ? static_cast<long long>(values[which]) : -1;
}
