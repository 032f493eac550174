// SPDX-License-Identifier: Apache-2.0
#include "memory/memory_access.h"

#include <boost/test/unit_test.hpp>
#include <cstring>

using ringside::memory_access;

namespace {

struct Access {
  explicit Access(tlm::tlm_command command, std::uint64_t address, unsigned bytes) {
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(data);
    payload.set_data_length(bytes);
    payload.set_streaming_width(bytes);
  }
  tlm::tlm_response_status on(std::uint8_t* memory, std::size_t size, bool writable) {
    memory_access(payload, memory, size, writable);
    return payload.get_response_status();
  }
  tlm::tlm_generic_payload payload;
  unsigned char data[16] = {1, 2, 3, 4, 5, 6, 7, 8};
};

struct Memory {
  std::uint8_t bytes[16] = {0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17};
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(reads_and_writes_copy_the_bytes_at_the_address, Memory) {
  Access read(tlm::TLM_READ_COMMAND, 2, 3);
  BOOST_TEST(read.on(bytes, 16, true) == tlm::TLM_OK_RESPONSE);
  BOOST_TEST(read.data[0] == 0x12);
  BOOST_TEST(read.data[2] == 0x14);
  BOOST_TEST(read.data[3] == 4);  // not touched
  Access write(tlm::TLM_WRITE_COMMAND, 14, 2);
  BOOST_TEST(write.on(bytes, 16, true) == tlm::TLM_OK_RESPONSE);
  BOOST_TEST(bytes[14] == 1);
  BOOST_TEST(bytes[15] == 2);
}

BOOST_FIXTURE_TEST_CASE(accesses_beyond_the_end_are_errors, Memory) {
  for (const auto& [address, length] : {std::pair<std::uint64_t, unsigned>{16, 1},
                                        {15, 2},
                                        {~std::uint64_t{0}, 1},
                                        {~std::uint64_t{0} - 3, 8}}) {
    Access access(tlm::TLM_WRITE_COMMAND, address, length);
    BOOST_TEST(access.on(bytes, 16, true) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  }
  BOOST_TEST(bytes[15] == 0);
}

BOOST_FIXTURE_TEST_CASE(read_only_memory_refuses_writes, Memory) {
  Access write(tlm::TLM_WRITE_COMMAND, 0, 4);
  BOOST_TEST(write.on(bytes, 16, false) == tlm::TLM_COMMAND_ERROR_RESPONSE);
  BOOST_TEST(bytes[0] == 0x10);
}

BOOST_FIXTURE_TEST_CASE(byte_enables_choose_bytes_and_repeat, Memory) {
  unsigned char enable[2] = {TLM_BYTE_ENABLED, TLM_BYTE_DISABLED};
  Access write(tlm::TLM_WRITE_COMMAND, 0, 4);
  write.payload.set_byte_enable_ptr(enable);
  write.payload.set_byte_enable_length(2);
  BOOST_TEST(write.on(bytes, 16, true) == tlm::TLM_OK_RESPONSE);
  const std::uint8_t expected[4] = {1, 0x11, 3, 0x13};
  BOOST_TEST(std::memcmp(bytes, expected, 4) == 0);
  write.payload.set_byte_enable_length(0);
  BOOST_TEST(write.on(bytes, 16, true) == tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
}

BOOST_FIXTURE_TEST_CASE(streaming_bursts_are_refused, Memory) {
  Access write(tlm::TLM_WRITE_COMMAND, 0, 8);
  write.payload.set_streaming_width(4);
  BOOST_TEST(write.on(bytes, 16, true) == tlm::TLM_BURST_ERROR_RESPONSE);
}
