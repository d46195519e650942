// A run's captures appear together, whole, under names that tell what they are.
#include "src/capture/directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "src/capture/read.h"
#include "tests/capture/temp_folder.h"

namespace natsim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

CaptureOptions two_interfaces(const std::string& directory) {
  CaptureOptions options;
  options.directory = directory;
  options.name = "lab";
  options.epoch = {1'767'225'600};
  options.interfaces = {{"pc", "eth0"}, {"router", "lan"}};
  return options;
}

TEST(CaptureDirectory, HasOneFileForAllInterfacesAndOneForEach) {
  const TempFolder temp;
  auto captures = CaptureDirectory::open(two_interfaces(temp / "out/lab")).value();
  captures->record(0, Direction::sent, Instant::from_ns(5), counting_bytes(60), "sent");
  captures->record(1, Direction::received, Instant::from_ns(9), counting_bytes(61));
  captures->record(1, Direction::sent, Instant::from_ns(10), counting_bytes(62));
  EXPECT_EQ(captures->close(), FileStatus());
  EXPECT_EQ(captures->frames(), 3u);
  EXPECT_EQ(captures->pcapng_path(), temp / "out/lab/lab.pcapng");

  using Frames = std::vector<CapturedFrame>;
  const auto all = read_capture(temp / "out/lab/lab.pcapng");
  EXPECT_EQ(
      all.value(),
      (Frames{{0_ns, counting_bytes(60)}, {4_ns, counting_bytes(61)}, {5_ns, counting_bytes(62)}}));
  EXPECT_EQ(read_capture(temp / "out/lab/pc-eth0.pcap").value(),
            (Frames{{0_ns, counting_bytes(60)}}));
  EXPECT_EQ(read_capture(temp / "out/lab/router-lan.pcap").value(),
            (Frames{{0_ns, counting_bytes(61)}, {1_ns, counting_bytes(62)}}));
}

TEST(CaptureDirectory, KeepsKeysBesideTheCapturesAndNoneOfAnEarlierRun) {
  const TempFolder temp;
  auto captures = CaptureDirectory::open(two_interfaces(temp.path())).value();
  captures->add_tls_keys("CLIENT_RANDOM 00 01\n");
  captures->add_tls_keys("CLIENT_RANDOM 02 03\n");
  EXPECT_THAT(temp.names(), testing::Not(testing::Contains("lab.keys")));
  EXPECT_EQ(captures->close(), FileStatus());
  const Bytes bytes = file_bytes(temp / "lab.keys");
  EXPECT_EQ(std::string(bytes.begin(), bytes.end()), "CLIENT_RANDOM 00 01\nCLIENT_RANDOM 02 03\n");
  captures.reset();
  captures = CaptureDirectory::open(two_interfaces(temp.path())).value();
  EXPECT_EQ(captures->close(), FileStatus());
  EXPECT_THAT(temp.names(), ElementsAre("lab.pcapng", "pc-eth0.pcap", "router-lan.pcap"));
}

TEST(CaptureDirectory, GivesAnInterfaceThatSawNothingAFileWithoutFrames) {
  const TempFolder temp;
  auto captures = CaptureDirectory::open(two_interfaces(temp.path())).value();
  EXPECT_EQ(captures->close(), FileStatus());
  EXPECT_THAT(temp.names(), ElementsAre("lab.pcapng", "pc-eth0.pcap", "router-lan.pcap"));
  EXPECT_EQ(file_bytes(temp / "pc-eth0.pcap").size(), 24u);
  EXPECT_THAT(read_capture(temp / "pc-eth0.pcap").value(), IsEmpty());
}

TEST(CaptureDirectory, WritesTheSameBytesForTheSameFrames) {
  const TempFolder temp;
  for (const char* const run : {"first", "second"}) {
    auto captures = CaptureDirectory::open(two_interfaces(temp / run)).value();
    for (int i = 0; i < 1000; ++i)
      captures->record(std::uint32_t(i % 2), Direction::sent, Instant::from_ns(i),
                       counting_bytes(std::size_t(i)), i % 3 == 0 ? "third" : "");
    EXPECT_EQ(captures->close(), FileStatus());
  }
  for (const char* const name : {"/lab.pcapng", "/pc-eth0.pcap", "/router-lan.pcap"}) {
    const Bytes first = file_bytes(temp / "first" + name);
    EXPECT_GT(first.size(), 200'000u);
    EXPECT_EQ(first, file_bytes(temp / "second" + name)) << name;
  }
}

TEST(CaptureDirectory, RecordsOnlyWhatTheFilterLetsThrough) {
  const TempFolder temp;
  CaptureOptions options = two_interfaces(temp.path());
  options.filter = CaptureFilter::compile("ether[0] = 7").value();
  auto captures = CaptureDirectory::open(std::move(options)).value();
  captures->record(0, Direction::sent, Instant(), Bytes(60, 7));
  captures->record(0, Direction::sent, Instant(), Bytes(60, 8));
  EXPECT_EQ(captures->close(), FileStatus());
  EXPECT_EQ(captures->frames(), 1u);
  EXPECT_EQ(read_capture(temp / "lab.pcapng")->size(), 1u);
  EXPECT_EQ(read_capture(temp / "pc-eth0.pcap")->size(), 1u);
}

TEST(CaptureDirectory, KeepsTheOldCapturesUntilTheNewOnesAreWhole) {
  const TempFolder temp;
  const Bytes old{'o', 'l', 'd'};
  write_file(temp / "pc-eth0.pcap", old);
  write_file(temp / "pc-eth0.pcap.part", old);  // left by a run that was killed
  auto captures = CaptureDirectory::open(two_interfaces(temp.path())).value();
  captures->record(0, Direction::sent, Instant(), Bytes(300'000));
  captures->record(0, Direction::sent, Instant(), Bytes(60));
  EXPECT_EQ(file_bytes(temp / "pc-eth0.pcap"), old);
  EXPECT_EQ(captures->close(), FileStatus());
  EXPECT_EQ(file_bytes(temp / "pc-eth0.pcap").size(), 24u + 16 + 262'144 + 16 + 60);
  EXPECT_THAT(temp.names(), ElementsAre("lab.pcapng", "pc-eth0.pcap", "router-lan.pcap"));
}

TEST(CaptureDirectory, LeavesNothingBehindWithoutClose) {
  const TempFolder temp;
  {
    auto captures = CaptureDirectory::open(two_interfaces(temp.path())).value();
    captures->record(0, Direction::sent, Instant(), Bytes(300'000));
    captures->record(0, Direction::sent, Instant(), Bytes(300'000));
    EXPECT_THAT(temp.names(), ElementsAre("lab.pcapng.part", "pc-eth0.pcap.part"));
  }
  EXPECT_THAT(temp.names(), IsEmpty());
}

TEST(CaptureDirectory, DoesNotWriteThroughALinkThatLiesThere) {
  const TempFolder temp;
  write_file(temp / "precious", Bytes{'!'});
  std::filesystem::create_symlink(temp / "precious", temp / "lab.pcapng.part");
  std::filesystem::create_symlink(temp / "precious", temp / "lab.pcapng");
  auto captures = CaptureDirectory::open(two_interfaces(temp.path())).value();
  EXPECT_EQ(captures->close(), FileStatus());
  EXPECT_EQ(file_bytes(temp / "precious"), Bytes{'!'});
  EXPECT_FALSE(std::filesystem::is_symlink(temp / "lab.pcapng"));
}

TEST(CaptureDirectory, TellsInterfacesApartWhoseNamesReadAlike) {
  EXPECT_THAT(pcap_names({{"a-b", "c"}, {"a", "b-c"}, {"a-b-c", "2"}, {"a-b", "d"}}),
              ElementsAre("a-b-c.pcap", "a-b-c-2.pcap", "a-b-c-2-2.pcap", "a-b-d.pcap"));
}

TEST(CaptureDirectoryDeathTest, RefusesNamesThatAreNoFileNames) {
  EXPECT_DEATH(pcap_names({{"../etc", "eth0"}}), "fit_for_file_name");
  EXPECT_DEATH(pcap_names({{"pc", ""}}), "fit_for_file_name");
}

// What stands in the way, and how the message ends.
TEST(CaptureDirectory, TellsWhyAFolderCannotBeUsed) {
  const TempFolder temp;
  write_file(temp / "file", Bytes{});
  const auto in_file = CaptureDirectory::open(two_interfaces(temp / "file/out"));
  ASSERT_FALSE(in_file.ok());
  EXPECT_EQ(in_file.error().number, ENOTDIR);
  EXPECT_EQ(in_file.error().text(), temp / "file/out: cannot create the folder: Not a directory");
  EXPECT_EQ(CaptureDirectory::open(two_interfaces(temp / "file")).error().number, ENOTDIR);

  std::filesystem::create_directory(temp / "lab.pcapng.part");
  EXPECT_EQ(CaptureDirectory::open(two_interfaces(temp.path())).error().text(),
            temp / "lab.pcapng.part: cannot create: File exists");

  CaptureOptions ancient = two_interfaces(temp / "out");
  ancient.epoch = {-1};
  EXPECT_THAT(CaptureDirectory::open(std::move(ancient)).error().text(), HasSubstr("before 1970"));
}

TEST(CaptureDirectory, TellsThatAFolderIsNotWritable) {
  const TempFolder temp;
  ASSERT_EQ(::chmod(temp.path().c_str(), 0555), 0);
  const bool root = ::geteuid() == 0;  // Root may write everywhere; then it is nobody who tries.
  if (root) {
    ASSERT_EQ(::seteuid(65534), 0);
  }
  const auto captures = CaptureDirectory::open(two_interfaces(temp.path()));
  const auto below = CaptureDirectory::open(two_interfaces(temp / "below"));
  if (root) {
    ASSERT_EQ(::seteuid(0), 0);
  }
  ASSERT_FALSE(captures.ok() || below.ok());
  EXPECT_EQ(captures.error().text(), temp / "lab.pcapng.part: cannot create: Permission denied");
  EXPECT_EQ(below.error().text(), temp / "below: cannot create the folder: Permission denied");
}

TEST(CaptureDirectory, LetsOnlyOneRunWriteIntoAFolder) {
  const TempFolder temp;
  auto captures = CaptureDirectory::open(two_interfaces(temp.path())).value();
  EXPECT_EQ(CaptureDirectory::open(two_interfaces(temp.path())).error().text(),
            temp.path() + ": another natsim is writing captures here");
  captures.reset();
  EXPECT_TRUE(CaptureDirectory::open(two_interfaces(temp.path())).ok());
}

TEST(CaptureDirectory, RemovesAllFilesWhenOneCannotBeFinished) {
  const TempFolder temp;
  auto captures = CaptureDirectory::open(two_interfaces(temp.path())).value();
  std::filesystem::create_directories(temp / "router-lan.pcap/not-empty");
  const FileStatus error = captures->close();
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->number, EISDIR);
  EXPECT_EQ(error->path, temp / "router-lan.pcap");
  EXPECT_EQ(captures->close(), error);
  // What had its name by then is whole.
  EXPECT_THAT(temp.names(), ElementsAre("lab.pcapng", "pc-eth0.pcap", "router-lan.pcap"));
}

TEST(CaptureDirectory, TellsThatAFileVanished) {
  const TempFolder temp;
  auto captures = CaptureDirectory::open(two_interfaces(temp.path())).value();
  while (!std::filesystem::exists(temp / "pc-eth0.pcap.part"))
    captures->record(0, Direction::sent, Instant(), Bytes(1000));
  std::filesystem::remove(temp / "pc-eth0.pcap.part");
  for (int i = 0; i < 1000; ++i) captures->record(0, Direction::sent, Instant(), Bytes(1000));
  ASSERT_TRUE(captures->error().has_value());
  const std::uint64_t frames = captures->frames();
  captures->record(1, Direction::sent, Instant(), Bytes(1000));
  EXPECT_EQ(captures->frames(), frames);
  EXPECT_EQ(captures->close()->text(),
            temp / "pc-eth0.pcap.part: cannot open again: No such file or directory");
  EXPECT_THAT(temp.names(), IsEmpty());
}

// Bounds the descriptors of the process while it lives.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(rlim_t limit) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit now{limit, before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &now);
  }
  ~DescriptorLimit() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST(CaptureDirectory, WritesThousandsOfInterfacesWithFewDescriptors) {
  const DescriptorLimit limit(32);
  constexpr std::uint32_t kInterfaces = 3000;
  constexpr int kRounds = 12;
  const TempFolder temp;
  CaptureOptions options = two_interfaces(temp.path());
  options.interfaces.clear();
  for (std::uint32_t i = 0; i < kInterfaces; ++i)
    options.interfaces.push_back({"n" + std::to_string(i), "eth0"});
  auto captures = CaptureDirectory::open(std::move(options)).value();
  const Bytes frame =
      counting_bytes(4000);  // The share of 3000 interfaces is 21 KiB: flushed twice.
  for (int round = 0; round < kRounds; ++round)
    for (std::uint32_t i = 0; i < kInterfaces; ++i)
      captures->record(i, Direction::sent, Instant::from_ns(round), frame);
  EXPECT_EQ(captures->close(), FileStatus());
  EXPECT_EQ(temp.names().size(), kInterfaces + 1);
  for (std::uint32_t i = 0; i < kInterfaces; i += 997) {
    const auto frames = read_capture(temp / ("n" + std::to_string(i) + "-eth0.pcap"));
    ASSERT_TRUE(frames.ok()) << frames.error();
    ASSERT_EQ(frames->size(), std::size_t(kRounds));
    for (int round = 0; round < kRounds; ++round)
      EXPECT_EQ((*frames)[std::size_t(round)],
                (CapturedFrame{Duration::nanoseconds(round), frame}));
  }
}

}  // namespace
}  // namespace natsim
