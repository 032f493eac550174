// SPDX-License-Identifier: Apache-2.0
// The session: versions, attaching, walking, fids and their bounds, flush.
#include "client.h"

using namespace ringside;
using test::Client;
using test::Message;
using test::Reply;
using test::Request;
using test::ServerBench;

namespace {

Reply version(Client& client, const std::string& name, std::uint32_t msize) {
  return client.send(Request(Message::Version, 0xffff).u32(msize).text(name));
}

}  // namespace

SIM_TEST_CASE(a_version_is_agreed_on) {
  ServerBench b;
  const std::pair<const char*, const char*> cases[] = {
      {"9P2000.L", "9P2000.L"}, {"9P2000.u", "9P2000.u"}, {"9P2000", "9P2000"},
      {"9P2000.x", "9P2000"},   {"9P2001", "unknown"},    {"", "unknown"},
      {"9P2000L", "unknown"}};
  for (const auto& [asked, given] : cases) {
    Reply reply = version(b.client, asked, 8192);
    BOOST_TEST(reply.type == 101u);
    BOOST_TEST(reply.tag == 0xffffu);
    BOOST_TEST(reply.u32() == 8192u);
    BOOST_TEST(reply.text() == given, asked);
  }
}

SIM_TEST_CASE(the_smaller_message_size_counts) {
  ServerBench b;
  BOOST_TEST(version(b.client, "9P2000.L", ~0u).u32() == 512u << 10);
  BOOST_TEST(version(b.client, "9P2000.L", 4096).u32() == 4096u);
  BOOST_TEST(version(b.client, "9P2000.L", 4095).error != 0);
  BOOST_TEST(version(b.client, "9P2000.L", 0).error != 0);
}

SIM_TEST_CASE(nothing_works_before_a_version) {
  ServerBench b;
  BOOST_TEST(b.client.attach(0) == -1);
  BOOST_TEST(version(b.client, "9P1999", 8192).ok());
  BOOST_TEST(b.client.attach(0) == -1);
  b.client.start();
}

SIM_TEST_CASE(a_version_ends_the_session_before) {
  ServerBench b;
  b.folder.put("a", "text");
  b.client.start();
  BOOST_TEST(b.client.walk(0, 1, {"a"}) == 0);
  BOOST_TEST(b.client.open(1, 0) == 0);
  BOOST_TEST(b.server.open_files() == 1u);
  b.client.start("9P2000.u");
  BOOST_TEST(b.server.fids() == 1u);
  BOOST_TEST(b.server.open_files() == 0u);
  BOOST_TEST(b.client.clunk(1) == EBADF);
}

SIM_TEST_CASE(errors_are_those_of_the_dialect) {
  ServerBench b;
  b.client.start("9P2000.L");
  Reply reply = b.client.send(Request(Message::Clunk, 77).u32(5));
  BOOST_TEST(reply.type == 7u);
  BOOST_TEST(reply.tag == 77u);
  BOOST_TEST(reply.error == EBADF);
  b.client.start("9P2000.u");
  reply = b.client.send(Request(Message::Clunk).u32(5));
  BOOST_TEST(reply.type == 107u);
  BOOST_TEST(reply.message == "Bad file descriptor");
  BOOST_TEST(reply.error == EBADF);
  BOOST_TEST(reply.left() == 0u);
  b.client.start("9P2000");
  reply = b.client.send(Request(Message::Clunk).u32(5));
  BOOST_TEST(reply.type == 107u);
  BOOST_TEST(reply.message == "Bad file descriptor");
  BOOST_TEST(reply.left() == 0u);
}

SIM_TEST_CASE(authentication_is_not_needed) {
  ServerBench b;
  b.client.start();
  const Request request = Request(Message::Authenticate).u32(3).text("u").text("").u32(0);
  BOOST_TEST(b.client.send(request).error == EOPNOTSUPP);
}

SIM_TEST_CASE(messages_that_nobody_knows) {
  ServerBench b;
  for (const char* dialect : {"9P2000.L", "9P2000.u", "9P2000"}) {
    b.client.start(dialect);
    const std::string name(dialect);
    const std::vector<unsigned> common = {100, 102, 104, 108, 110, 116, 118, 120, 122};
    const std::vector<unsigned> plain = {112, 114, 124, 126};
    const std::vector<unsigned> linux_only = {8,  12, 14, 16, 18, 20, 22, 24, 26, 30,
                                              32, 40, 50, 52, 54, 70, 72, 74, 76};
    for (unsigned type = 0; type < 256; ++type) {
      const auto in = [type](const std::vector<unsigned>& list) {
        return std::find(list.begin(), list.end(), type) != list.end();
      };
      if (in(common) || in(name == "9P2000.L" ? linux_only : plain)) continue;
      const int error = b.client.send(Request(static_cast<Message>(type)).u32(0)).error;
      BOOST_TEST(error == (name == "9P2000" ? -1 : EOPNOTSUPP), type);
    }
  }
}

SIM_TEST_CASE(fids_are_in_use_once) {
  ServerBench b;
  b.folder.put("a", "");
  b.client.start();
  BOOST_TEST(b.client.attach(0) == EINVAL);
  BOOST_TEST(b.client.walk(0, 1, {"a"}) == 0);
  BOOST_TEST(b.client.walk(0, 1, {"a"}) == EINVAL);
  BOOST_TEST(b.client.attach(1) == EINVAL);
  BOOST_TEST(b.client.clunk(1) == 0);
  BOOST_TEST(b.client.clunk(1) == EBADF);
  BOOST_TEST(b.client.walk(0, 1, {"a"}) == 0);
}

SIM_TEST_CASE(walking) {
  ServerBench b;
  std::filesystem::create_directories(b.folder.at("a/b/c"));
  b.folder.put("a/b/file", "x");
  b.client.start();
  Client& c = b.client;
  BOOST_TEST(c.walk(0, 1, {"a", "b", "c"}) == 0);
  BOOST_TEST(c.last.type == ninep::kQidDirectory);
  BOOST_TEST(c.walk(0, 2, {}) == 0);  // a copy
  BOOST_TEST(c.info(2).qid.path == c.info(0).qid.path);
  BOOST_TEST(c.walk(1, 3, {"..", "file"}) == 0);
  BOOST_TEST(c.last.type == ninep::kQidFile);
  BOOST_TEST(c.last.path == b.folder.info("a/b/file").st_ino);
  // In place.
  BOOST_TEST(c.walk(2, 2, {"a"}) == 0);
  BOOST_TEST(c.info(2).qid.path == b.folder.info("a").st_ino);
  // A part of the way: the qids of it, and no new fid.
  Reply reply =
      c.send(Request(Message::Walk).u32(0).u32(9).u16(3).text("a").text("nothing").text("more"));
  BOOST_TEST(reply.ok());
  BOOST_TEST(reply.u16() == 1u);
  BOOST_TEST(reply.qid().path == b.folder.info("a").st_ino);
  BOOST_TEST(reply.left() == 0u);
  BOOST_TEST(c.clunk(9) == EBADF);
  // Not even the first: an error; and the fid in place stays where it was.
  BOOST_TEST(c.walk(0, 9, {"nothing"}) == ENOENT);
  BOOST_TEST(c.walk(2, 2, {"nothing"}) == ENOENT);
  BOOST_TEST(c.info(2).qid.path == b.folder.info("a").st_ino);
  // Below a file there is nothing.
  BOOST_TEST(c.walk(3, 9, {"x"}) == ENOTDIR);
  BOOST_TEST(c.walk(8, 9, {}) == EBADF);
  BOOST_TEST(c.walk(0, 9, std::vector<std::string>(17, "..")) == EINVAL);
  BOOST_TEST(c.walk(0, 9, std::vector<std::string>(16, "..")) == 0);
}

SIM_TEST_CASE(the_number_of_fids_is_bounded) {
  ninep::Limits limits;
  limits.fids = 20;
  limits.open = 3;
  ServerBench b("", limits);
  b.folder.put("a", "");
  b.client.start();
  for (std::uint32_t fid = 1; fid < 20; ++fid) BOOST_TEST(b.client.walk(0, fid, {"a"}) == 0);
  BOOST_TEST(b.client.walk(0, 20, {"a"}) == ENFILE);
  BOOST_TEST(b.client.attach(20) == ENFILE);
  BOOST_TEST(b.client.xattrwalk(1, 20, "") == ENFILE);
  for (std::uint32_t fid = 1; fid < 4; ++fid) BOOST_TEST(b.client.open(fid, 0) == 0);
  BOOST_TEST(b.client.open(4, 0) == EMFILE);
  BOOST_TEST(b.client.clunk(1) == 0);
  BOOST_TEST(b.client.open(4, 0) == 0);
  BOOST_TEST(b.client.clunk(10) == 0);
  BOOST_TEST(b.client.walk(0, 20, {}) == 0);
  BOOST_TEST(b.client.create(20, "new") == EMFILE);
}

SIM_TEST_CASE(flush_answers_whatever_it_names) {
  ServerBench b;
  b.client.start();
  for (const unsigned tag : {0u, 1u, 7u, 0xffffu}) {
    const Reply reply = b.client.send(Request(Message::Flush, 9).u16(tag));
    BOOST_TEST(reply.type == 109u);
    BOOST_TEST(reply.tag == 9u);
    BOOST_TEST(reply.left() == 0u);
  }
}

SIM_TEST_CASE(truncated_messages_have_no_effect) {
  ServerBench b;
  b.folder.put("a", "text");
  b.client.start();
  BOOST_TEST(b.client.walk(0, 1, {}) == 0);
  const std::string whole[] = {
      Request(Message::LinuxCreate).u32(1).text("new").u32(2).u32(0644).u32(0).str(),
      Request(Message::MakeDirectory).u32(1).text("new").u32(0755).u32(0).str(),
      Request(Message::Symlink).u32(1).text("new").text("target").u32(0).str(),
      Request(Message::UnlinkAt).u32(1).text("a").u32(0).str(),
      Request(Message::RenameAt).u32(1).text("a").u32(1).text("new").str(),
      Request(Message::Walk).u32(0).u32(5).u16(1).text("a").str(),
      Request(Message::GetAttributes).u32(0).u64(0).str(),
      Request(Message::Version).u32(8192).text("9P2000.L").str()};
  for (const std::string& message : whole) {
    for (std::size_t bytes = 7; bytes < message.size(); ++bytes) {
      std::string part = message.substr(0, bytes);
      part[0] = static_cast<char>(bytes);  // the size is right, the fields are missing
      BOOST_TEST(b.client.send(part).error == EBADMSG);
      part[0] = static_cast<char>(message.size());  // or it promises more than there is
      BOOST_TEST(b.client.send(part).error == EBADMSG);
    }
  }
  BOOST_TEST(b.folder.has("a"));
  BOOST_TEST(!b.folder.has("new"));
  std::string small = whole[0];
  small[0] = 6;
  BOOST_TEST(b.client.send(small).error == EBADMSG);
  BOOST_TEST(b.server.fids() == 2u);
}

SIM_TEST_CASE(replies_without_room) {
  ServerBench b;
  b.folder.put("a", std::string(100, 't'));
  b.client.start();
  Client& c = b.client;
  BOOST_TEST(c.walk(0, 1, {"a"}) == 0);
  BOOST_TEST(c.walk(0, 2, {}) == 0);
  // Nothing is done if it could not be told.
  BOOST_TEST(
      c.send(Request(Message::MakeDirectory).u32(0).text("new").u32(0755).u32(0), 19).error ==
      EMSGSIZE);
  BOOST_TEST(!b.folder.has("new"));
  BOOST_TEST(
      c.send(Request(Message::LinuxCreate).u32(2).text("new").u32(2).u32(0644).u32(0), 23).error ==
      EMSGSIZE);
  BOOST_TEST(!b.folder.has("new"));
  BOOST_TEST(c.send(Request(Message::GetAttributes).u32(1).u64(0), 159).error == EMSGSIZE);
  BOOST_TEST(c.send(Request(Message::GetAttributes).u32(1).u64(0), 160).ok());
  BOOST_TEST(c.send(Request(Message::Walk).u32(0).u32(3).u16(1).text("a"), 21).error == EMSGSIZE);
  BOOST_TEST(c.send(Request(Message::Walk).u32(0).u32(3).u16(1).text("a"), 22).ok());
  // A read gives what fits.
  BOOST_TEST(c.open(1, 0) == 0);
  Reply reply = c.send(Request(Message::Read).u32(1).u64(0).u32(100), 11 + 60);
  BOOST_TEST(reply.u32() == 60u);
  BOOST_TEST(reply.left() == 60u);
  // Not even an error.
  BOOST_TEST(!c.send(Request(Message::Clunk).u32(99), 10).came);
  BOOST_TEST(!c.send(Request(Message::Clunk).u32(99), 0).came);
}
