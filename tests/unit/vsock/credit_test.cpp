// SPDX-License-Identifier: Apache-2.0
// Counters of credit, which wrap.
#include <boost/test/unit_test.hpp>

#include "virtio/device/vsock_credit.h"

using namespace ringside::virtio;

BOOST_AUTO_TEST_CASE(the_sender_knows_what_is_free) {
  VsockSendCredit credit;
  BOOST_TEST(credit.free() == 0u);
  BOOST_TEST(credit.update(1000, 0));
  BOOST_TEST(credit.free() == 1000u);
  credit.sent(700);
  BOOST_TEST(credit.free() == 300u);
  BOOST_TEST(credit.update(1000, 200));
  BOOST_TEST(credit.free() == 500u);
  BOOST_TEST(credit.update(100, 200));  // less than is on its way
  BOOST_TEST(credit.free() == 0u);
  BOOST_TEST(credit.update(0xffffffff, 700));
  BOOST_TEST(credit.free() == 0xffffffffu);
}

BOOST_AUTO_TEST_CASE(a_counter_that_goes_back_or_ahead_is_not_believed) {
  VsockSendCredit credit;
  credit.sent(700);
  BOOST_TEST(credit.update(1000, 500));
  BOOST_TEST(!credit.update(1000, 400));
  BOOST_TEST(credit.in_flight() == 200u);
  BOOST_TEST(!credit.update(2000, 701));
  BOOST_TEST(credit.in_flight() == 200u);
  BOOST_TEST(credit.free() == 1800u);  // but the size counts
  BOOST_TEST(!credit.update(2000, 0x80000000));
  BOOST_TEST(credit.update(2000, 700));
  BOOST_TEST(credit.in_flight() == 0u);
}

BOOST_AUTO_TEST_CASE(counters_wrap) {
  VsockSendCredit sender;
  VsockReceiveCredit receiver(0x60000000);
  std::uint32_t total = 0;
  for (int round = 0; round < 20; ++round) {  // 7.5 GiB
    BOOST_TEST(sender.update(receiver.buf_alloc(), receiver.tell()));
    BOOST_TEST(sender.free() == 0x60000000u);
    BOOST_TEST(receiver.free() == 0x60000000u);
    for (const std::uint32_t bytes : {0x10000000u, 0x0fffffffu}) {
      sender.sent(bytes);
      receiver.received(bytes);
      total += bytes;
    }
    BOOST_TEST(sender.in_flight() == 0x1fffffffu);
    BOOST_TEST(receiver.held() == 0x1fffffffu);
    BOOST_TEST(receiver.free() == 0x40000001u);
    receiver.forwarded(0x1fffffff);
    BOOST_TEST(receiver.tell() == total);
  }
}

BOOST_AUTO_TEST_CASE(the_sender_is_told_before_it_has_to_wait) {
  VsockReceiveCredit credit(1000);
  BOOST_TEST(!credit.worth_telling());
  credit.received(200);
  BOOST_TEST(!credit.worth_telling());
  credit.forwarded(200);
  BOOST_TEST(!credit.worth_telling());  // it believes in 800
  credit.received(600);
  BOOST_TEST(credit.worth_telling());  // it believes in 200
  BOOST_TEST(credit.tell() == 200u);
  BOOST_TEST(!credit.worth_telling());
  credit.forwarded(600);
  BOOST_TEST(credit.worth_telling());
  credit.tell();
  credit.received(1000);
  BOOST_TEST(!credit.worth_telling());  // nothing has changed that it could be told
  credit.forwarded(2000);               // more than there is
  BOOST_TEST(credit.held() == 0u);
}
