#include "pipeline/ingest/staged_share.hpp"

#include <gtest/gtest.h>

#include "pipeline/run/error.hpp"

namespace tarifa
{
namespace
{

StagedShare example()
{
  StagedShare share;
  StagedThread& thread = share.threads.emplace_back();
  thread.worker = {3, 1};
  thread.partitions = {"2019", "2020"};
  thread.has_missing = {{0, 1}, {1, 0}};
  thread.used = {{{}, {1, 0, 1}}, {{}, {}}};
  thread.texts = {{}, {"a", "", "\xC3\xA9"}};
  thread.key_ranges = {{-5, 7, true}};
  thread.keys = {{255, 1024, 16}};
  thread.run_file = {1U << 20U, 42};
  BlockOutcome& outcome = share.outcomes.emplace_back();
  outcome.worker = {3, 1};
  outcome.file = 2;
  outcome.begin = 10;
  outcome.start = 11;
  outcome.exit = 12;
  outcome.exit_open = true;
  outcome.read = {1, 2, 3, 4, 5};
  outcome.kept = {6, 7, 8, -9, 10};
  outcome.rounding = -11;
  outcome.rounded = 12;
  outcome.rejected = {{1, {1, 1, 1, 1, 0}}};
  outcome.runs = {{1, 512, 4096, 99, 7}};
  outcome.lines = 13;
  outcome.reject_offset = 14;
  outcome.reject_bytes = 15;
  share.withdrawn = {1, 7};
  share.read = {{1, 2, 3}, {}};
  return share;
}

TEST(StagedShare, ComesBackFromItsBytes)
{
  StagedShare const share = parse_share(bytes_of(example()));
  ASSERT_EQ(share.threads.size(), 1U);
  StagedThread const& thread = share.threads.front();
  EXPECT_EQ(thread.worker, (StagedWorker{3, 1}));
  EXPECT_EQ(thread.partitions, example().threads.front().partitions);
  EXPECT_EQ(thread.has_missing, example().threads.front().has_missing);
  EXPECT_EQ(thread.used, example().threads.front().used);
  EXPECT_EQ(thread.texts, example().threads.front().texts);
  EXPECT_EQ(thread.key_ranges.at(0).least, -5);
  EXPECT_TRUE(thread.key_ranges.at(0).any_missing);
  EXPECT_EQ(thread.keys.at(0).offset, 1024);
  EXPECT_EQ(thread.run_file.checksum, 42U);
  ASSERT_EQ(share.outcomes.size(), 1U);
  BlockOutcome const& outcome = share.outcomes.front();
  EXPECT_EQ(outcome.file, 2U);
  EXPECT_EQ(outcome.exit, 12U);
  EXPECT_FALSE(outcome.start_open);
  EXPECT_TRUE(outcome.exit_open);
  EXPECT_EQ(outcome.read, example().outcomes.front().read);
  EXPECT_EQ(outcome.kept, example().outcomes.front().kept);
  EXPECT_EQ(outcome.rounding, -11);
  EXPECT_EQ(outcome.rounded, 12);
  EXPECT_EQ(outcome.rejected, example().outcomes.front().rejected);
  EXPECT_EQ(outcome.runs.at(0).number, 7U);
  EXPECT_EQ(outcome.lines, 13);
  EXPECT_EQ(outcome.reject_offset, 14U);
  EXPECT_EQ(outcome.reject_bytes, 15U);
  EXPECT_EQ(share.withdrawn, example().withdrawn);
  EXPECT_EQ(share.read.at(0).high, 3U);
}

TEST(StagedShare, SaysSoWhenItsBytesAreCutShort)
{
  std::string const bytes = bytes_of(example());
  for (std::size_t length = 0; length < bytes.size(); ++length)
  {
    EXPECT_THROW(parse_share(std::string_view(bytes).substr(0, length)), Error) << length;
  }
}

}  // namespace
}  // namespace tarifa
