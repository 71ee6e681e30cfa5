#include "pipeline/ingest/share_reader.hpp"

#include <algorithm>
#include <mutex>

namespace tarifa
{

ShareReader::ShareReader(Comm const& comm, Source const& source, Reasons const& reasons,
                         std::vector<InputFile> const& files)
    : comm_(comm)
    , source_(source)
    , reasons_(reasons)
    , files_(files)
{
  for (InputFile const& file : files)
  {
    headers_.push_back(file.header);
    fields_.push_back(file.fields);
  }
}

StagedShare ShareReader::read(ThreadTeam& team, Log& log, Staging const& staging,
                              BlockFeed::Stretch const& stretch, std::uint32_t share, BlockEnd& before)
{
  BlockFeed feed(comm_, source_, files_, staging.block_bytes, stretch);
  share_ = {};
  comm_.all_or_none("reading input",
                    [&]
                    {
                      BlockParser::Shared const shared{source_, reasons_,           headers_,
                                                       fields_, staging.folder,     staging.mode,
                                                       share,   staging.spills_keys};
                      parsers_.clear();
                      for (int thread = 0; thread < team.threads(); ++thread)
                      {
                        parsers_.push_back(std::make_unique<BlockParser>(shared, thread));
                      }
                      parse_blocks(team, log, feed, stretch);
                    });
  before = mend_guesses(feed, before);
  comm_.all_or_none("staging",
                    [&]
                    {
                      for (auto const& parser : parsers_)
                      {
                        parser->finish();
                        if (!share_.withdrawn.empty() && staging.mode == AppendMode::write)
                        {
                          parser->recount(share_.outcomes);
                        }
                        share_.threads.push_back(parser->hand_over());
                      }
                    });
  parsers_.clear();
  share_.read = feed.read();
  return std::move(share_);
}

void ShareReader::parse_blocks(ThreadTeam& team, Log& log, BlockFeed& feed, BlockFeed::Stretch const& stretch)
{
  std::mutex mutex;
  // Of the whole delivery, as if all ranks were as far as this one.
  auto const ranks = static_cast<std::uint64_t>(comm_.size());
  std::uint64_t const before = stretch.begin / ranks;
  auto const all = static_cast<std::int64_t>(BlockFeed::whole(files_).end / ranks);
  std::vector<BlockOutcome>& outcomes = share_.outcomes;
  team.run(
      [&](int thread)
      {
        BlockFeed::Block block;
        while (!team.failed() && feed.next(block))
        {
          BlockOutcome outcome = parsers_[static_cast<std::size_t>(thread)]->parse(
              block.text, [&] { return feed.lengthen(block); });
          std::scoped_lock const lock(mutex);
          log.count(outcome.read.records, outcome.read.bytes);
          log.progress(static_cast<std::int64_t>(before + feed.bytes_handed_out()), all, "bytes");
          outcomes.resize(std::max(outcomes.size(), block.number + 1));
          outcomes[block.number] = std::move(outcome);
        }
      });
}

/// Where a block really began is known once the block before it was parsed. A wrong guess is parsed again
/// from the right place, until the chain of blocks closes over all ranks. The end of the last block.
BlockEnd ShareReader::mend_guesses(BlockFeed& feed, BlockEnd const& before)
{
  BlockEnd end = before;
  std::int64_t mended = 1;
  while (mended > 0)
  {
    std::vector<std::int64_t> mine;  // of the last block of each rank that has any
    if (!share_.outcomes.empty())
    {
      BlockOutcome const& last = share_.outcomes.back();
      mine = {comm_.rank(), last.file, static_cast<std::int64_t>(last.exit),
              static_cast<std::int64_t>(last.exit_open)};
    }
    std::vector<std::int64_t> const all = comm_.gather_all(mine);
    BlockEnd of_rank_before = before;
    end = before;
    for (std::size_t i = 0; i < all.size(); i += 4)
    {
      end = {static_cast<std::uint32_t>(all[i + 1]), static_cast<std::uint64_t>(all[i + 2]), all[i + 3] != 0};
      of_rank_before = all[i] < comm_.rank() ? end : of_rank_before;
    }
    std::int64_t const here =
        comm_.all_or_none("checking where blocks begin", [&] { return mend_here(feed, of_rank_before); });
    mended = comm_.sum(here);
  }
  return end;
}

std::int64_t ShareReader::mend_here(BlockFeed& feed, BlockEnd before)
{
  std::int64_t mended = 0;
  for (BlockOutcome& outcome : share_.outcomes)
  {
    bool const follows = before.file == outcome.file;
    if (follows && (outcome.start != before.exit || outcome.start_open != before.open))
    {
      BlockFeed::Block block;
      feed.again(block, outcome.file, outcome.begin, before.exit);
      block.text.open_line = before.open;
      for (RunRef const& run : outcome.runs)
      {
        share_.withdrawn.insert(run.number);
      }
      outcome = parsers_.front()->parse(block.text, [&] { return feed.lengthen(block); });
      ++mended;
    }
    before = {outcome.file, outcome.exit, outcome.exit_open};
  }
  return mended;
}

}  // namespace tarifa
