// SPDX-License-Identifier: Apache-2.0
#include "control/address.h"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <fstream>

#include "folder.h"

using namespace ringside::control;

BOOST_AUTO_TEST_CASE(addresses_are_read) {
  BOOST_TEST(Address::parse("unix:/a/b").path == "/a/b");
  BOOST_TEST(Address::parse("run.sock").text() == "unix:run.sock");
  BOOST_TEST(Address::parse("tcp:4711").port == 4711);
  BOOST_TEST(Address::parse("tcp:localhost:1").text() == "tcp:127.0.0.1:1");
}

BOOST_AUTO_TEST_CASE(addresses_off_this_machine_and_nonsense_are_refused) {
  for (const char* text : {"tcp:0.0.0.0:1", "tcp:example.org:1", "tcp:", "tcp:70000", "tcp:x", "", "unix:"})
    BOOST_CHECK_THROW(Address::parse(text), std::runtime_error);
  BOOST_CHECK_THROW(Address::parse(std::string(200, 'x')), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(a_socket_file_is_for_its_owner_only) {
  Folder folder;
  Address address = Address::parse(folder.path("s"));
  const int fd = listen_at(address);
  struct stat info {};
  BOOST_REQUIRE_EQUAL(stat(address.path.c_str(), &info), 0);
  BOOST_TEST((info.st_mode & 0777) == 0600u);
  close(fd);
}

BOOST_AUTO_TEST_CASE(a_stale_socket_is_replaced_but_nothing_else_is) {
  Folder folder;
  Address address = Address::parse(folder.path("s"));
  close(listen_at(address));  // its file stays
  const int fd = listen_at(address);
  BOOST_CHECK_THROW(listen_at(address), std::runtime_error);  // somebody listens
  close(connect_to(address));
  close(fd);
  BOOST_CHECK_THROW(connect_to(address), std::runtime_error);
  Address file = Address::parse(folder.path("f"));
  std::ofstream(file.path) << "precious";
  BOOST_CHECK_THROW(listen_at(file), std::runtime_error);
  std::string text;
  std::ifstream(file.path) >> text;
  BOOST_TEST(text == "precious");
}

BOOST_AUTO_TEST_CASE(a_free_port_is_found) {
  Address address = Address::parse("tcp:0");
  const int fd = listen_at(address);
  BOOST_TEST(address.port != 0);
  close(connect_to(address));
  close(fd);
}
